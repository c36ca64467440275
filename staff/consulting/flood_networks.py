"""Many answers from one network."""

import json
from collections import Counter
from collections.abc import Sequence

from staff.consulting.bursts import CHANCE, upper_tail
from staff.consulting.flood_groups import Arrived, Flood, Sign, Sure, group_by, make_flood

NETWORK_LEAST = 10


def find_same_network(looked: Sequence[Arrived]) -> list[Flood]:
    """Many people share a network: a school, an office, a mobile operator. Surer where they also answer alike."""
    floods = []
    for network, members in group_by(looked, lambda r: r.network_index).items():
        if len(members) < NETWORK_LEAST:
            continue
        lean = _find_lean(members, looked)
        why = f"{len(members)} answers came from one network. A school, an office or a mobile operator is one too."
        sure, chance = Sure.WEAK, None
        if lean is not None:
            question, inside, outside, chance = lean
            sure = Sure.STRONG if inside - outside > 0.4 else Sure.FAIR
            why += f" They answer {question} alike: {inside:.0%} say the same, of all others {outside:.0%}."
        floods.append(make_flood(Sign.SAME_NETWORK, sure, why, members, network, chance=chance))
    return floods


def _find_lean(
    members: Sequence[Arrived], looked: Sequence[Arrived]
) -> tuple[str, float, float, float] | None:
    """(question, share inside, share of all others, chance) of the answer they have most more often than others."""
    inside = {m.id for m in members}
    others = [r for r in looked if r.id not in inside]
    found = []
    tested = 0
    for name in sorted({name for m in members for name in m.answers}):
        said = Counter(json.dumps(m.answers[name], sort_keys=True) for m in members if name in m.answers)
        theirs = Counter(json.dumps(r.answers[name], sort_keys=True) for r in others if name in r.answers)
        answered, total = sum(said.values()), max(sum(theirs.values()), 1)
        tested += len(said)
        for value, count in said.items():
            share = (theirs[value] + 0.5) / (total + 1)
            chance = upper_tail(count, answered * share)
            found.append((chance, name, count / answered, share, value))
    # Where somebody lives is no opinion, but a network has a place: a lean in that alone says nothing.
    best = min((each for each in found if not each[4].startswith("{")), default=None)
    if best is None or best[0] * tested > CHANCE / 10 or best[2] - best[3] < 0.2:
        return None
    return best[1], best[2], best[3], min(1.0, best[0] * tested)
