"""All that a page of results tells, added up before it is told; what gives a hidden number away is left out.

Each table hides what would give a number of its own away (staff/small_numbers.py). Between tables there is more: a
total that stands elsewhere, doors beside what is flagged, a question that is put to those alone who gave one answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from staff.consulting.page_sums import LEFT_OUT, Name, PageSums
from staff.consulting.pencil import Contradiction, Pencil
from staff.consulting.result_values import Line, QuestionResult, Results
from staff.small_numbers import PEOPLE, Hidden


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
        reading = PageSums(pencil, results, age_of, conditions, large)
        try:
            reading.read()
            pencil.find_told()
            reading.read_again()
            return frozenset(pencil.find_told())
        except Contradiction as fault:
            wrong = large & {part for name in fault.names if isinstance(name, tuple) for part in name}
            if not large:
                return frozenset()  # who takes more for granted than is so learns nothing
            large -= wrong or {min(large)}


def withhold(results: Results, age_of: Mapping[str, str]) -> Results:
    """The results without what gives a number away: the least that is of use first, of as few questions as may be."""
    told = find_told(results, age_of)
    for leave_out in (_without_flagged, _without_doors, _without_least, _without_police, _without_figures):
        while told:
            # The last first: what hangs on another question comes after it.
            tried = [_instead(results, at, leave_out) for at in reversed(range(len(results.questions)))]
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
    """Without the option fewest chose of those that are told: so how many chose any is not known."""
    told = [line for line in question.lines if not isinstance(line.count, Hidden) and line.count]
    if not told:
        return question
    least = min(told, key=lambda line: (PEOPLE.tells(line.count), line.id))
    lines = tuple(_hidden(line) if line is least else line for line in question.lines)
    return replace(question, lines=lines, mean=None)


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
