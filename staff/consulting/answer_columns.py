"""The answers to a consultation question by question, as they are counted and weighted.

Answers are spread over their different values once for each question; everything else is reckoned on those.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from flows.consultations import FREE_TEXT, Consultation, QuestionKind, compile_form
from flows.forms import DONT_KNOW
from storage.counted_answers import CountedAnswers, Who

NOWHERE = "not_known"
NOT_ASKED = object()


class Answered(Protocol):
    """What is counted of a response (storage/responses.py keeps such). `is_police`: None where that was not asked."""

    @property
    def id(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def district(self) -> str | None: ...
    @property
    def age_band(self) -> str | None: ...
    @property
    def is_police(self) -> bool | None: ...
    @property
    def answers(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Asked:
    """A question as it is counted. `options` without "don't know"; of a scale the lowest first; of a rating unused.

    `steps` are the least and the most of a rating. `is_asked` says of a response without an answer whether the
    question was put, and so skipped; None: it was put to everybody.
    """

    id: str
    kind: QuestionKind
    options: tuple[str, ...] = ()
    steps: tuple[int, int] | None = None
    is_asked: Callable[[Mapping[str, Any]], bool] | None = None


def questions_of(consultation: Consultation) -> tuple[Asked, ...]:
    """What can be counted of a consultation: all but words."""
    form = compile_form(consultation)

    def is_asked(id: str, answers: Mapping[str, Any]) -> bool:
        return form.is_asked(form.get_field(id), dict(answers))

    return tuple(
        Asked(
            question.id,
            question.kind,
            tuple(option.value for option in question.options if option.value != DONT_KNOW),
            (question.minimum, question.maximum) if question.kind is QuestionKind.RATING else None,
            partial(is_asked, question.id) if question.when or question.unless else None,
        )
        for question in consultation.questions
        if question.kind not in FREE_TEXT
    )


class _Numbers(dict[Hashable, int]):
    """Numbers values in the order in which they first come."""

    def __missing__(self, value: Hashable) -> int:
        self[value] = number = len(self)
        return number


class Column(NamedTuple):
    """`values` are the different answers to a question, `codes` the number of each response's.

    A value is None where there is no answer, NOT_ASKED where the question was not put, a tuple where several things
    were said; of a budget the options and then their amounts; of a place the district.
    """

    values: Sequence[Any]
    codes: NDArray[np.intp]

    @classmethod
    def of(cls, said: Iterable[Hashable]) -> "Column":
        numbers = _Numbers()
        codes = np.fromiter(map(numbers.__getitem__, said), dtype=np.intp)
        return cls(list(numbers), codes)

    def only(self, wanted: NDArray[np.bool_]) -> "Column":
        kept = Column.of(self.codes[wanted].tolist())
        return Column([self.values[at] for at in kept.values], kept.codes)


@dataclass(frozen=True)
class AnswerColumns:
    """`ids`, `who` and the codes of every column (by question) are of each response, in one order."""

    ids: list[str]
    who: list[Who]
    columns: Mapping[str, Column]

    @classmethod
    def read(cls, answers: CountedAnswers, questions: Sequence[Asked]) -> "AnswerColumns":
        numbers = {question.id: _Numbers() for question in questions}
        codes: dict[str, list[int]] = {question.id: [] for question in questions}
        for few in answers.different():
            for question in questions:
                codes[question.id] += map(numbers[question.id].__getitem__, _said(question, few))
        said = np.array(answers.said, dtype=np.intp)
        columns = {id: Column(list(numbers[id]), np.array(codes[id], dtype=np.intp)[said]) for id in codes}
        return cls(answers.ids, answers.who, columns)

    @classmethod
    def of(cls, responses: Iterable[Answered], questions: Sequence[Asked]) -> "AnswerColumns":
        kept = list(responses)
        answers = [response.answers for response in kept]
        return cls(
            [response.id for response in kept],
            [Who(each.channel, each.district, each.age_band, each.is_police) for each in kept],
            {question.id: Column.of(_said(question, answers)) for question in questions},
        )

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, is_wanted: Callable[[Who], bool]) -> "AnswerColumns":
        wanted = list(map(is_wanted, self.who))
        theirs = np.array(wanted, dtype=np.bool_)
        columns = {id: column.only(theirs) for id, column in self.columns.items()}
        return AnswerColumns(list(compress(self.ids, wanted)), list(compress(self.who, wanted)), columns)


def _said(question: Asked, answers: Sequence[Mapping[str, Any]]) -> list[Any]:
    id = question.id
    said: list[Any]
    if (is_asked := question.is_asked) is None:
        said = [given.get(id) for given in answers]
    else:
        said = [given[id] if id in given else None if is_asked(given) else NOT_ASKED for given in answers]
    if question.kind in (QuestionKind.SEVERAL, QuestionKind.RANKING):
        return [tuple(value) if isinstance(value, list) else value for value in said]
    if question.kind is QuestionKind.BUDGET:
        # Flat, since a hundred thousand pairs within tuples take longer than all the rest.
        return [(*value, *value.values()) if isinstance(value, dict) else value for value in said]
    if question.kind is QuestionKind.PLACE:
        return [value.get("district", NOWHERE) if isinstance(value, dict) else value for value in said]
    return said
