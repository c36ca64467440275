"""All that a page of results tells, added up before it is told; what gives a hidden number away is left out.

Each table hides what would give a number of its own away (staff/small_numbers.py). Between tables there is more: a
total that stands elsewhere, doors beside what is flagged, a question that is put to those alone who gave one answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil, inf

from flows.consultations import Question, QuestionKind
from flows.forms import DONT_KNOW
from staff.consulting.pencil import Contradiction, Pencil
from staff.consulting.result_cells import NO_ANSWER
from staff.consulting.result_tables import TENS
from staff.consulting.result_values import Line, Measure, QuestionResult, Results
from staff.small_numbers import PEOPLE, Hidden

Name = tuple[str, ...]
ALL, WITHOUT, APART, POLICE = "all", "without flagged", "flagged", "police"
CHOSEN_APART = frozenset({QuestionKind.SEVERAL, QuestionKind.BUDGET})
LEFT_OUT = (
    "Figures are left out here, since with others on this page they would tell what a few people answered."
)


def find_told(results: Results, age_of: Mapping[str, str]) -> frozenset[Name]:
    """Numbers of few people that can be worked out. `age_of`: the band of age that an option stands for."""
    every = frozenset(question.id for question in results.questions)
    return (
        _work_out(results, age_of, conditions=False)
        | _work_out(results, age_of, conditions=True)
        | _work_out(results, age_of, conditions=True, large=every)
    )


def _work_out(
    results: Results, age_of: Mapping[str, str], *, conditions: bool, large: frozenset[str] = frozenset()
) -> frozenset[Name]:
    """`large`: questions of which what is not shown is taken to be ten or more, until that proves wrong."""
    while True:
        pencil: Pencil[Name] = Pencil()
        reading = _Reading(pencil, results, age_of, conditions, large)
        try:
            reading.read()
            pencil.find_told()
            reading.read_again()
            return frozenset(pencil.find_told())
        except Contradiction as fault:
            wrong = large & {part for name in fault.names if isinstance(name, tuple) for part in name}
            if not wrong:
                return frozenset()  # who takes more for granted than is so learns nothing
            large -= wrong


def withhold(results: Results, age_of: Mapping[str, str]) -> Results:
    """The results without what gives a number away: the least that is of use first, of as few questions as may be."""
    told = find_told(results, age_of)
    for leave_out in (_without_flagged, _without_doors, _without_least, _without_police, _without_figures):
        while told:
            tried = [_instead(results, at, leave_out) for at in range(len(results.questions))]
            found = [(find_told(less, age_of), less) for less in tried if less is not None]
            still, less = min(found, key=lambda each: len(each[0]), default=(told, results))
            if len(still) >= len(told):
                break
            results, told = less, still
    return results


def _instead(
    results: Results, at: int, leave_out: Callable[[QuestionResult], QuestionResult]
) -> Results | None:
    question = results.questions[at]
    less = leave_out(question)
    if less == question:
        return None
    return replace(results, questions=(*results.questions[:at], less, *results.questions[at + 1 :]))


def _each_line(question: QuestionResult, change: Callable[[Line], Line]) -> QuestionResult:
    return replace(
        question,
        lines=tuple(map(change, question.lines)),
        rest=tuple(map(change, question.rest)),
        total=change(question.total),
    )


def _without_flagged(question: QuestionResult) -> QuestionResult:
    return _each_line(question, lambda line: replace(line, without_flagged=None))


def _without_doors(question: QuestionResult) -> QuestionResult:
    return _each_line(question, lambda line: replace(line, doors=()))


def _without_least(question: QuestionResult) -> QuestionResult:
    """Of options that are chosen apart, without the one fewest chose: how many chose any is not known then."""
    told = [line for line in question.lines if not isinstance(line.count, Hidden) and line.count]
    if question.kind is not QuestionKind.SEVERAL or not told:
        return question
    least = min(told, key=lambda line: (PEOPLE.tells(line.count), line.id))
    return replace(question, lines=tuple(_hidden(line) if line is least else line for line in question.lines))


def _without_police(question: QuestionResult) -> QuestionResult:
    return _each_line(question, lambda line: replace(line, police=None))


def _without_figures(question: QuestionResult) -> QuestionResult:
    return replace(_each_line(question, _hidden), mean=None, says=(LEFT_OUT,))


def _hidden(line: Line) -> Line:
    other = Hidden.OTHER
    return Line(
        line.id,
        line.label,
        other,
        doors=tuple(other for _ in line.doors),
        police=None if line.police is None else other,
        without_flagged=None if line.without_flagged is None else other,
    )


class _Reading:
    """Takes down what a page says, in every column, and which of it adds up to which."""

    def __init__(
        self,
        pencil: Pencil[Name],
        results: Results,
        age_of: Mapping[str, str],
        conditions: bool,
        large: frozenset[str],
    ) -> None:
        self._pencil = pencil
        self._results = results
        self._age_of = age_of
        self._conditions = conditions
        self._large = large
        self._doors = results.doors if len(results.doors) > 1 else ()

    def read(self) -> None:
        pencil, results = self._pencil, self._results
        pencil.read((ALL,), results.public)
        pencil.read((POLICE,), results.police)
        if self._doors:
            for door, count in zip(self._doors, results.door_counts, strict=True):
                pencil.read((door,), count)
            pencil.add_up([(door,) for door in self._doors], (ALL,))
        for by, groups in (("district", results.districts), ("age", results.ages)):
            for group in groups:
                pencil.read((by, group.label), group.count)
            if groups:
                pencil.add_up([(by, group.label) for group in groups], (ALL,))
        if results.has_flagged:
            pencil.watch((APART,))
            if not isinstance(results.flagged, Hidden):
                tens = results.flagged
                pencil.learn((APART,), max(tens - TENS // 2, PEOPLE.small), tens + TENS // 2 - 1)
            pencil.add_up([(APART,), (WITHOUT,)], (ALL,))
        for question in results.questions:
            if LEFT_OUT in question.says:
                continue
            for column in self._read_lines(question):
                self._read_question(question, column)

    def _read_lines(self, question: QuestionResult) -> Iterator[str]:
        """Reads every cell; returns the columns there are."""
        pencil, id = self._pencil, question.id
        every = (*question.lines, *question.rest, question.total)
        columns = {ALL: [line.count for line in every]}
        if self._doors and question.total.doors:
            for at, door in enumerate(self._doors):
                columns[door] = [line.doors[at] for line in every]
        if question.total.without_flagged is not None:
            columns[WITHOUT] = [line.without_flagged or 0 for line in every]
        if question.total.police is not None:
            columns[POLICE] = [line.police or 0 for line in every]
        for column, shown in columns.items():
            for line, count in zip(every, shown, strict=True):
                name = (column,) if line is question.total else (id, line.id, column)
                pencil.read(name, count, hidden_is_large=id in self._large)
        for column, shown in columns.items():
            names = [(id, line.id, column) for line in every[:-1]]
            hidden = [name for name, count in zip(names, shown, strict=False) if isinstance(count, Hidden)]
            if len(hidden) > 1 and question.kind not in CHOSEN_APART:
                pencil.watch((id, "together", column))
                pencil.add_up(hidden, (id, "together", column))
        for line in every[:-1]:
            if self._doors and question.total.doors:
                pencil.add_up([(id, line.id, door) for door in self._doors], (id, line.id, ALL))
            if WITHOUT in columns:
                pencil.watch((id, line.id, APART))
                pencil.add_up([(id, line.id, WITHOUT), (id, line.id, APART)], (id, line.id, ALL))
        yield from columns

    def _read_question(self, question: QuestionResult, column: str) -> None:
        pencil, id = self._pencil, question.id
        answered = (id, "answered", column)
        pencil.watch(answered)
        lines = [(id, line.id, column) for line in question.lines]
        pencil.add_up([answered, *((id, line.id, column) for line in question.rest)], (column,))
        if question.kind in CHOSEN_APART:
            for name in lines:
                for rest, of in ((("not", *name), answered), (("not or none", *name), (column,))):
                    pencil.watch(rest)
                    pencil.add_up([name, rest], of)
            if lines:  # everybody who answered chose one or more
                pencil.add_up([answered, (id, "more than one", column)], (id, "chosen", column))
                pencil.add_up(lines, (id, "chosen", column))
        elif question.kind is not QuestionKind.NUMBER:
            pencil.add_up(lines, answered)
        if self._conditions:
            self._read_condition(question, column)

    def read_again(self) -> None:
        """What is no sum, and tells more the more is known."""
        for question in self._results.questions:
            if (question.id, "answered", ALL) in self._pencil.known:
                self._read_figures(question)
            for column in (ALL, WITHOUT, POLICE, *self._doors):
                if (question.id, "answered", column) in self._pencil.known:
                    self._read_most(question, column)

    def _read_most(self, question: QuestionResult, column: str) -> None:
        asked = self._results.consultation.find_question(question.id)
        if asked is not None and question.kind is QuestionKind.SEVERAL and question.lines:
            most = min(asked.most or len(question.lines), len(question.lines))
            chosen = sum(self._pencil.known[question.id, line.id, column][0] for line in question.lines)
            self._pencil.learn((question.id, "answered", column), ceil(chosen / most), inf)

    def _read_figures(self, question: QuestionResult) -> None:
        """How many answered, by a share beside a count; how many chose something, by what was given it together."""
        pencil, answered = self._pencil, (question.id, "answered", ALL)
        asked = self._results.consultation.find_question(question.id)
        everybody = self._pencil.known[ALL,][1]
        for line in question.lines:
            if line.plain is None:
                continue
            if question.measure is Measure.SHARE and not isinstance(line.count, Hidden):
                half = question.step / 200
                share = line.plain.value if question.step > 1 else round(line.plain.value, 2)
                most = line.count / (share - half) if share > half else inf
                pencil.learn(answered, line.count / (share + half), most)
            elif question.measure is Measure.AMOUNT and asked is not None and everybody < inf:
                least, most = pencil.known[answered][0], min(pencil.known[answered][1], everybody)
                amount = round(line.plain.value, 1)
                given = (amount - 0.05) * least, (amount + 0.05) * most
                pencil.learn((question.id, line.id, ALL), given[0] / (asked.total or 100), given[1])

    def _read_condition(self, question: QuestionResult, column: str) -> None:
        """A question that is put to some alone tells how many those are."""
        asked = self._results.consultation.find_question(question.id)
        if asked is None:
            return
        of = self._find_asked(asked, column)
        if of is None:
            return
        parts, is_asked = of
        id, names = question.id, [line.id for line in question.rest]
        were, were_not = (id, "were asked", column), (id, "not_asked", column)
        pencil = self._pencil
        pencil.watch(were)
        pencil.watch(were_not)
        pencil.add_up([were, were_not], (column,))
        pencil.add_up(parts, were if is_asked else were_not)
        if NO_ANSWER in names:
            pencil.add_up([were_not, (id, "asked in vain", column)], (id, NO_ANSWER, column))
        elif "not_asked" not in names:
            pencil.learn(were_not, 0, 0)

    def _find_asked(self, asked: Question, column: str) -> tuple[Sequence[Name], bool] | None:
        """The cells that together are those who were asked (True), or were not; None: it hangs on more than that."""
        condition = asked.when or asked.unless
        if len(condition) != 1 or (asked.when and asked.unless):
            return None
        [(name, values)] = condition.items()
        told = [value if isinstance(value, str) else "yes" if value else "no" for value in values]
        if name == self._results.consultation.about.age_band:
            bands = {self._age_of[value] for value in told if value in self._age_of}
            whole = {value for value, band in self._age_of.items() if band in bands} <= set(told)
            found = whole and bands and column == ALL
            return ([("age", band) for band in sorted(bands)], bool(asked.when)) if found else None
        by = next((q for q in self._results.questions if q.id == name), None)
        if by is None or DONT_KNOW in told or (by.kind in CHOSEN_APART and len(told) > 1):
            return None
        if not all((name, value, column) in self._pencil.known for value in told):
            return None
        return [(name, value, column) for value in told], bool(asked.when)
