"""Who answered, beside the people who live here: by district and by age."""

from collections import Counter
from collections.abc import Mapping, Sequence

from staff.consulting.result_tables import hide
from staff.consulting.result_values import GroupLine
from staff.consulting.weighing import People
from staff.small_numbers import Hidden, Shown
from storage.counted_answers import Who


def find_who_answered(
    public: Sequence[Who], people: People, names: Mapping[str, str], whole: Shown
) -> tuple[tuple[GroupLine, ...], tuple[GroupLine, ...]]:
    """`whole` is how many of the public answered, as the page tells it."""
    seen = Counter(r.district if r.district in names else None for r in public)
    living = {group[0]: count for group, count in people.census.count_by(["district"]).items()}
    districts = _group_lines(living, seen, len(public), names, whole)
    if not people.ages:
        return districts, ()
    of_age = Counter(people.group_of.get(r.age_band or "") for r in public)
    grown = {group[0]: count for group, count in people.census.count_by(["age"], people.ages).items()}
    in_order = {str(group.band): grown.get(str(group.band), 0.0) for group in people.ages}
    return districts, _group_lines(in_order, of_age, len(public), {}, whole)


def _group_lines(
    living: Mapping[str, float],
    seen: Mapping[str | None, int],
    answers: int,
    names: Mapping[str, str],
    whole: Shown,
) -> tuple[GroupLine, ...]:
    groups = list(living)
    known = [seen.get(group, 0) for group in groups]
    counts = [[n] for n in (*known, answers - sum(known))]
    shown = hide([*groups, "unknown"], counts, [whole, whole])
    everybody = sum(living.values())
    lines = [
        GroupLine(
            names.get(group, group),
            row[0],
            None if isinstance(row[0], Hidden) or not answers else row[0] / answers,
            living[group] / everybody,
        )
        for group, row in zip(groups, shown, strict=False)
    ]
    unknown = shown[len(groups)][0]
    told = None if isinstance(unknown, Hidden) or not answers else unknown / answers
    return (*lines, GroupLine("Not known", unknown, told, 0.0)) if unknown else tuple(lines)
