"""The counts of one question, made fit to publish together: by door, without what is flagged, and of the police."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staff.consulting.counting import Tally
from staff.consulting.result_tables import Totals, hide, hide_pair, is_small
from staff.consulting.result_values import Line

NO_ANSWER = "no_answer"


def find_rest(tally: Tally) -> dict[str, tuple[str, ...]]:
    """Who gave no answer, by name; together where one of them alone would be few.

    Who was not asked stands apart where that is not few: the question it hangs on tells it anyhow, and who was asked
    and gave no answer is hidden better beside it.
    """
    base = tally.base
    unasked = ("not_asked", "unread")
    not_asked = base.not_asked + base.unread
    apart = {"not_asked": unasked} if not_asked else {}
    if is_small(not_asked):
        return {NO_ANSWER: ("dont_know", "skipped", *unasked)}
    if is_small(base.dont_know) or is_small(base.skipped):
        return {NO_ANSWER: ("dont_know", "skipped"), **apart}
    return {"dont_know": ("dont_know",), "skipped": ("skipped",), **apart}


@dataclass(frozen=True)
class Cells:
    """The counts of one question by door, with and without what is flagged, and of the police."""

    totals: Totals
    columns: Sequence[Sequence[Tally]]
    split: Sequence[Sequence[Tally]] | None
    police: Tally | None

    def table(
        self,
        options: Sequence[str],
        rest: Mapping[str, tuple[str, ...]],
        *,
        rest_holds_chosen: bool = False,
    ) -> list[Line]:
        """Lines in the order of the rows, and the total. `options` may be "answered", all who did."""

        def count(tallies: Sequence[Tally]) -> list[int]:
            chosen = [sum(_of_option(tally, option) for tally in tallies) for option in options]
            others = [sum(getattr(t.base, part) for t in tallies for part in of) for of in rest.values()]
            if rest_holds_chosen:
                others = [others[0] - sum(chosen)]
            return [*chosen, *others]

        names = [*options, *rest]
        counts = _turned([count(column) for column in self.columns])
        beside = None
        if self.split is None:
            shown = hide(names, counts, self.totals.doors)
        else:
            without, everybody = (count(part) for part in self.split)
            by_flag = _turned([without, [a - b for a, b in zip(everybody, without, strict=True)]])
            shown, beside = hide_pair(names, counts, by_flag, self.totals)
        theirs = None
        if self.police is not None:
            theirs = hide(names, [[n] for n in count([self.police])], [self.totals.police[-1]] * 2)
        is_by_door = len(self.columns) > 1
        return [
            Line(
                id=row_name,
                label=row_name,
                count=row[-1],
                doors=tuple(row[:-1]) if is_by_door else (),
                police=theirs[at][-1] if theirs else None,
                without_flagged=beside[at][0] if beside is not None else None,
            )
            for at, (row_name, row) in enumerate(zip([*names, "total"], shown, strict=True))
        ]


def _of_option(tally: Tally, option: str) -> int:
    if option == "answered":
        return tally.base.answered
    return next((row.count for row in tally.rows if row.option == option), 0)


def _turned(columns: Sequence[Sequence[int]]) -> list[list[int]]:
    return [list(row) for row in zip(*columns, strict=True)]
