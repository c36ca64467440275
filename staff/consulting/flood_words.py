"""The same words in many answers, or nearly the same."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from rapidfuzz import fuzz

from staff.consulting.flood_groups import Arrived, Flood, Sign, Sure, group_by, make_flood

SAME_WORDS_LEAST = 3
SAME_WORDS_SURE = 6
# Answers shorter than this are alike by chance; above so many pairs a comparison of each is not cheap.
ALIKE_WORDS = 10
ALIKE_LEAST_PERCENT = 82
SHINGLE = 3
MOST_SHARING = 60
MOST_PAIRS = 300_000


def find_same_words(looked: Sequence[Arrived], words: Mapping[str, str]) -> list[Flood]:
    floods = []
    for index, members in group_by(looked, lambda r: r.text_index).items():
        if len(members) < SAME_WORDS_LEAST:
            continue
        why = f"{len(members)} answers have the same words. A letter that many sign does that too."
        sure = Sure.STRONG if len(members) >= SAME_WORDS_SURE else Sure.FAIR
        if 0 < len(words.get(members[0].id, "").split()) < ALIKE_WORDS:
            sure = Sure.WEAK
            why = f"{len(members)} answers have the same few words, which many people may say."
        floods.append(make_flood(Sign.SAME_WORDS, sure, why, members, index))
    return floods


def find_alike_words(looked: Sequence[Arrived], words: Mapping[str, str]) -> tuple[list[Flood], str]:
    """Only answers that share a run of three words which few have are compared: the rest cannot be nearly the same."""
    by_id = {r.id: r for r in looked}
    plain = {id: " ".join(text.casefold().split()) for id, text in words.items() if id in by_id}
    long = {id: text for id, text in plain.items() if len(text.split()) >= ALIKE_WORDS}
    runs: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for id, text in long.items():
        parts = text.split()
        for run in {tuple(parts[at : at + SHINGLE]) for at in range(len(parts) - SHINGLE + 1)}:
            runs[run].append(id)
    shared: Counter[tuple[str, str]] = Counter()
    for ids in runs.values():
        if len(ids) < 2:
            continue
        # What very many say is held against its neighbours alone: a chain joins them as well as every pair would.
        pairs = (
            ((a, b) for at, a in enumerate(ids) for b in ids[at + 1 :])
            if len(ids) <= MOST_SHARING
            else pairwise(ids)
        )
        shared.update(pairs)
        if len(shared) > MOST_PAIRS:
            return [], "There are too many free answers to look for nearly the same words."
    heads = {id: id for id in long}

    def head(id: str) -> str:
        while heads[id] != id:
            heads[id] = heads[heads[id]]
            id = heads[id]
        return id

    for (a, b), common in shared.items():
        joined = common < 2 or head(a) == head(b)
        if not joined and fuzz.token_sort_ratio(long[a], long[b], score_cutoff=ALIKE_LEAST_PERCENT):
            heads[head(a)] = head(b)
    groups = group_by((by_id[id] for id in long), lambda r: head(r.id))
    floods = []
    for members in groups.values():
        texts = {by_id[m.id].text_index for m in members}
        if len(members) < SAME_WORDS_LEAST or (len(texts) == 1 and None not in texts):
            continue  # the very same words are told already
        sure = Sure.STRONG if len(members) >= SAME_WORDS_SURE else Sure.FAIR
        why = f"{len(members)} answers have nearly the same words, as if from one pattern."
        floods.append(make_flood(Sign.ALIKE_WORDS, sure, why, members, min(m.id for m in members)))
    return floods, ""
