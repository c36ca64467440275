"""One question as results tell it: its lines with counts and figures, who gave no answer, and what it means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.consultations import Consultation, Question, QuestionKind
from flows.forms import DONT_KNOW
from staff.consulting.answer_columns import Asked, Column
from staff.consulting.counting import ALL, Result
from staff.consulting.result_cells import NO_ANSWER, Cells, find_rest
from staff.consulting.result_doors import Doors
from staff.consulting.result_shares import tell_shares
from staff.consulting.result_tables import SMALL, Totals
from staff.consulting.result_values import Line, Measure, QuestionResult
from staff.consulting.weighing import Weighted, Weighting, weigh_question
from staff.small_numbers import Hidden

REST = {
    "dont_know": "Don't know",
    "skipped": "Skipped",
    "not_asked": "Not asked",
    NO_ANSWER: "No answer",
}
OF_ALL = frozenset({QuestionKind.SEVERAL, QuestionKind.BUDGET})  # their counts do not add up to the answers


@dataclass(frozen=True)
class QuestionMaker:
    """Makes every question of one consultation; `columns` are the public's answers, in the order of the weights."""

    consultation: Consultation
    doors: Doors
    totals: Totals
    weighting: Weighting
    columns: Mapping[str, Column]

    def make(
        self, asked: Asked, result: Result, police: Result | None, *, has_flagged: bool
    ) -> QuestionResult:
        question = self.consultation.find_question(asked.id)
        assert question is not None
        everybody = result.tally(ALL)
        options = [row.option for row in everybody.rows]
        rest = find_rest(everybody)
        cells = self._cells(result, police, has_flagged=has_flagged)
        lines, rest_cells, total = _count(asked.kind, cells, options, rest)
        weighted = weigh_question(asked, self.columns[asked.id], self.weighting.weights)
        measure = _measure(asked.kind)
        may_tell = everybody.base.answered >= SMALL
        labels = _labels(question)
        made = tuple(self._with_figures(lines, options, labels, weighted, measure, may_tell=may_tell))
        no_answer = tuple(
            Line(name, labels.get(name, REST[name]), *_unlined(line))
            for name, line in zip(rest, rest_cells, strict=True)
        )
        step = 0
        if measure is Measure.SHARE:
            base = everybody.base
            made, step = tell_shares(
                made,
                no_answer,
                answered=base.answered,
                asked=base.answered + sum(getattr(base, part) for of in rest.values() for part in of),
                effect=weighted.design_effect,
                adds_up=asked.kind not in OF_ALL,
            )
        # With the counts that are shown, an average gives away those that are hidden.
        is_whole = not any(isinstance(line.count, Hidden) for line in lines)
        mean = weighted.mean if may_tell and is_whole else None
        return QuestionResult(
            id=asked.id,
            title=question.title,
            ask=question.ask.strip(),
            kind=asked.kind,
            measure=measure,
            lines=made,
            rest=no_answer,
            total=Line("total", "All asked", *_unlined(total)),
            mean=mean,
            design_effect=weighted.design_effect,
            step=max(step, 1),
        )

    def _cells(self, result: Result, police: Result | None, *, has_flagged: bool) -> Cells:
        everybody = result.tally(ALL)
        columns = [
            [result.tally(f"channel:{channel}") for channel in channels] for channels in self.doors.channels
        ] or [[everybody]]
        split = [[result.tally(ALL, with_flagged=False)], [everybody]] if has_flagged else None
        of_police = police.tally(ALL) if police is not None else None
        return Cells(self.totals, columns, split, of_police)

    def _with_figures(
        self,
        lines: Sequence[Line],
        options: Sequence[str],
        labels: Mapping[str, str],
        weighted: Weighted,
        measure: Measure,
        *,
        may_tell: bool,
    ) -> Iterator[Line]:
        """The lines of the options; a share is told only where its count is."""
        for option, line in zip(options, lines, strict=True):
            figure = weighted.options.get(option)
            is_told = may_tell and (measure is not Measure.SHARE or not isinstance(line.count, Hidden))
            yield Line(
                option,
                labels.get(option, option),
                line.count,
                figure.plain if figure and is_told else None,
                figure.weighted if figure and is_told and self.weighting.raked else None,
                line.doors,
                line.police,
                line.without_flagged,
            )


def _count(
    kind: QuestionKind, cells: Cells, options: Sequence[str], rest: Mapping[str, tuple[str, ...]]
) -> tuple[list[Line], list[Line], Line]:
    """The lines of the options, of who gave no answer, and the total."""
    if kind not in OF_ALL and kind is not QuestionKind.NUMBER:
        whole = cells.table(options, rest)
        return whole[: len(options)], whole[len(options) : -1], whole[-1]
    base = cells.table(["answered"], rest)
    # Held against everybody, not those who answered: "106 of 114 chose it" tells that 8 at most gave no answer.
    everybody = ("answered", *(part for of in rest.values() for part in of))
    lines = [
        cells.table([option], {"": everybody}, rest_holds_chosen=True)[0]
        for option in (options if kind in OF_ALL else ())
    ]
    return lines, base[1:-1], base[-1]


def _labels(question: Question) -> dict[str, str]:
    labels = {option.value: option.label for option in question.options} | {"yes": "Yes", "no": "No"}
    if any(option.value == DONT_KNOW for option in question.compile(()).options):
        labels[NO_ANSWER] = f"{REST['dont_know']}, or no answer"
    return labels


def _unlined(line: Line) -> tuple[Any, ...]:
    return (line.count, None, None, line.doors, line.police, line.without_flagged)


def _measure(kind: QuestionKind) -> Measure:
    match kind:
        case QuestionKind.BUDGET:
            return Measure.AMOUNT
        case QuestionKind.RANKING:
            return Measure.POINTS
        case QuestionKind.NUMBER:
            return Measure.NONE
        case _:
            return Measure.SHARE
