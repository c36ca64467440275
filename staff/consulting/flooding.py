"""Many answers that may be one hand's, or one campaign's: shown to staff with why and how sure, never dropped.

Six signs are looked for: far more answers at a time than usual (bursts.py), the same words, nearly the same words, the
same answers within minutes, one network, and answering faster than anybody reads. None of them proves bad faith: a
school class is one network and one hour, a letter that many sign is the same words. So nothing is left out by itself:
staff look, may count a group apart with a reason (flood_marks.py), and figures are then shown with it and without.
What staff typed from paper is not looked at, since a pile of letters comes in one hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.county import LONDON
from staff.consulting.bursts import CHANCE, Burst, find_bursts
from staff.consulting.flood_answers import find_same_answers
from staff.consulting.flood_groups import Arrived, Flood, Sign, Sure, make_flood
from staff.consulting.flood_networks import find_same_network
from staff.consulting.flood_pace import find_too_quick
from staff.consulting.flood_words import find_alike_words, find_same_words


@dataclass(frozen=True)
class Looked:
    """`looked_at` responses; `typed` were left out, since staff typed them. `notes` say what could not be looked at."""

    floods: tuple[Flood, ...]
    looked_at: int
    typed: int
    notes: tuple[str, ...] = ()

    def ids(self, *least: Sure) -> frozenset[str]:
        """Of all groups, or of those that are so sure."""
        return frozenset(
            id for flood in self.floods if not least or flood.sure in least for id in flood.responses
        )


def find_floods(responses: Iterable[Arrived], words: Mapping[str, str] | None = None) -> Looked:
    """`words` are masked free answers by response id; without them nearly the same words are not looked for."""
    everything = list(responses)
    looked = sorted((r for r in everything if r.entered_by is None), key=lambda r: (r.answered_at, r.id))
    by_day = bool(looked) and all(
        not (r.answered_at.hour or r.answered_at.minute or r.answered_at.second) for r in looked
    )
    notes = []
    if by_day:
        notes.append("It is anonymous: only the day of each answer is kept, so bursts are looked for by day.")
    if not any(r.network_index for r in looked):
        notes.append(
            "No answer has a network: only those of a consultation by web chat that is not anonymous do."
        )
    floods = [
        *_bursts(looked, by_day),
        *find_same_words(looked, words or {}),
        *find_same_answers(looked, by_day),
        *find_same_network(looked),
        *find_too_quick(looked),
    ]
    if words:
        found, note = find_alike_words(looked, words)
        floods += found
        notes += [note] if note else []
    order = [*Sure]
    floods.sort(key=lambda flood: (order.index(flood.sure), -len(flood.responses), flood.id))
    return Looked(tuple(floods), len(looked), len(everything) - len(looked), tuple(notes))


def _bursts(looked: Sequence[Arrived], by_day: bool) -> list[Flood]:
    """Over all doors and over each alone: the more unlikely of two that share most of their answers."""
    streams: dict[str, list[Arrived]] = {"": list(looked)}
    for response in looked:
        streams.setdefault(response.channel, []).append(response)
    if len(streams) == 2:
        del streams[""]
    found: list[tuple[Burst, str, list[Arrived]]] = []
    for door, stream in streams.items():
        for burst in find_bursts([r.answered_at for r in stream], by_day=by_day):
            found.append((burst, door, [stream[at] for at in burst.members]))
    floods: list[Flood] = []
    told: set[str] = set()
    for burst, door, members in sorted(found, key=lambda each: (each[0].chance, each[1])):
        if len(told & {m.id for m in members}) * 2 > len(members):
            continue
        told |= {m.id for m in members}
        chance = min(1.0, burst.chance * len(streams))
        if chance > CHANCE:
            continue
        floods.append(_make_burst(burst, door, members, chance))
    return floods


def _make_burst(burst: Burst, door: str, members: Sequence[Arrived], chance: float) -> Flood:
    since = burst.since.astimezone(LONDON)
    within = "that day" if burst.hours == 24 and not since.hour else f"within {burst.hours} h"
    over = f" by {door}" if door else ""
    why = (
        f"{len(members)} answers{over} {within} from {since:%d/%m/%Y %H:%M}; {burst.expected:.1f} were to be expected. "
        "A newsletter or a meeting makes such a burst too."
    )
    # By its time alone a single answer of a day cannot be told from those that come every day.
    excess = 1 - burst.expected / len(members)
    sure = Sure.STRONG if burst.hours < 24 and excess > 0.8 else Sure.FAIR if excess > 0.7 else Sure.WEAK
    key = (door, burst.since.isoformat(), str(burst.hours))
    return make_flood(Sign.BURST, sure, why, members, *key, expected=burst.expected, chance=chance)
