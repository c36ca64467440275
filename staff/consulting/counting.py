"""From answers to result tables: every kind of question, by who and by which door, with and without what is flagged."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.consultations import QuestionKind
from flows.forms import DONT_KNOW
from staff.consulting.answer_columns import NOT_ASKED, AnswerColumns, Answered, Asked, Column
from staff.consulting.intervals import Estimate, estimate_mean, estimate_share

ALL, PUBLIC, POLICE = "all", "public", "police"
_UNREAD = object()

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
_CELL = attrgetter("channel", "is_police")


@dataclass(frozen=True)
class Base:
    """How many there are of each sort. `unread` do not fit the question: of an older version, say."""

    answered: int
    dont_know: int
    skipped: int
    not_asked: int
    unread: int

    @property
    def asked(self) -> int:
        return self.answered + self.dont_know + self.skipped + self.unread


@dataclass(frozen=True)
class Row:
    """An option, a step of a scale, or an item.

    `share` is of those who answered; of a choice or scale all shares hold together (Goodman), of several choices each
    by itself (Wilson). In a ranking `count` and `share` are the first choices, `points` are Borda's (the last of five
    gets 0, the first 4; what somebody did not rank shares what is left) and `mean_rank` is 1 for the best. In a
    budget `mean` is the amount, `count` how many gave it any.
    """

    option: str
    count: int
    share: Estimate | None
    mean: Estimate | None = None
    points: float | None = None
    mean_rank: float | None = None


@dataclass(frozen=True)
class Tally:
    """`group` is "all", "public", "police" or a door's name after "channel:".

    The mean and quartiles of a scale are of its steps, the first of which is 1.
    """

    group: str
    with_flagged: bool
    base: Base
    rows: tuple[Row, ...] = ()
    mean: Estimate | None = None
    quartiles: tuple[float, float, float] | None = None

    @property
    def median(self) -> float | None:
        return self.quartiles[1] if self.quartiles else None


@dataclass(frozen=True)
class Result:
    question: str
    kind: QuestionKind
    tallies: tuple[Tally, ...]

    def tally(self, group: str = ALL, *, with_flagged: bool = True) -> Tally:
        """Raises KeyError for a group that is not there."""
        for tally in self.tallies:
            if (tally.group, tally.with_flagged) == (group, with_flagged):
                return tally
        raise KeyError(group)


def count_answers(
    responses: Iterable[Answered], questions: Sequence[Asked], *, flagged: Collection[str] = frozenset()
) -> tuple[Result, ...]:
    return count_columns(AnswerColumns.of(responses, questions), questions, flagged=flagged)


def count_columns(
    answers: AnswerColumns, questions: Sequence[Asked], *, flagged: Collection[str] = frozenset()
) -> tuple[Result, ...]:
    """`flagged` are ids of responses that staff look at: counted with them and without."""
    cut = _Cut.of(answers, frozenset(flagged))
    return tuple(_count(question, answers.columns[question.id], cut) for question in questions)


@dataclass(frozen=True)
class _Cut:
    """Which responses go together: `cells` number each response's, `sums` say which cells make up a group."""

    cells: NDArray[np.intp]
    size: int
    groups: tuple[tuple[str, bool], ...]
    sums: Counts

    @classmethod
    def of(cls, answers: AnswerColumns, flagged: frozenset[str]) -> "_Cut":
        told, cells = Column.of(map(_CELL, answers.who))
        # Twice as many cells: those not flagged, then those flagged.
        number = [(*cell, is_flagged) for is_flagged in (False, True) for cell in told]
        if flagged:
            cells = cells + len(told) * np.array([id in flagged for id in answers.ids], dtype=np.intp)
        channels = sorted({channel for channel, _, _ in number})
        groups = [
            (group, with_flagged)
            for group in (ALL, PUBLIC, POLICE, *(f"channel:{channel}" for channel in channels))
            for with_flagged in (True, False)
        ]
        sums = np.array(
            [[_is_in(group, with_flagged, cell) for cell in number] for group, with_flagged in groups],
            dtype=np.int64,
        )
        return cls(cells, len(number), tuple(groups), sums.reshape(len(groups), len(number)))

    def spread(self, column: Column) -> Counts:
        """For each group how many said each of the different values."""
        kinds = len(column.values)
        counts = np.bincount(self.cells * kinds + column.codes, minlength=self.size * kinds)
        spread: Counts = self.sums @ counts.reshape(self.size, kinds)
        return spread


def _is_in(group: str, with_flagged: bool, cell: tuple[str, bool, bool]) -> bool:
    channel, is_police, is_flagged = cell
    if is_flagged and not with_flagged:
        return False
    return group == ALL or group == (POLICE if is_police else PUBLIC) or group == f"channel:{channel}"


def _count(question: Asked, column: Column, cut: _Cut) -> Result:
    values, counts = column.values, cut.spread(column)
    read = [_read(question, value) for value in values]
    bases = _bases(values, read, counts)
    kept = [at for at, value in enumerate(read) if value is not _UNREAD]
    figures = _Figures(question, [read[at] for at in kept], counts[:, kept])
    tallies = tuple(
        figures.tally(at, group, with_flagged, bases[at])
        for at, (group, with_flagged) in enumerate(cut.groups)
    )
    return Result(question.id, question.kind, tallies)


def _read(question: Asked, value: Any) -> Any:
    """What an answer is, or _UNREAD: it is none, or does not fit."""
    if value is None or value is NOT_ASKED or _is_dont_know(value):
        return _UNREAD
    options = question.options
    match question.kind:
        case QuestionKind.SINGLE | QuestionKind.SCALE:
            return value if value in options else _UNREAD
        case QuestionKind.YES_NO:
            named = {True: "yes", False: "no", "yes": "yes", "no": "no"}
            return named.get(value, _UNREAD)
        case QuestionKind.SEVERAL | QuestionKind.RANKING:
            whole = isinstance(value, tuple) and len(set(value)) == len(value) and set(value) <= set(options)
            return value if whole and value else _UNREAD
        case QuestionKind.BUDGET:
            half = len(value) // 2 if isinstance(value, tuple) else 0
            given = dict(zip(value[:half], value[half:], strict=True)) if half else {"": None}
            fits = given.keys() <= set(options) and all(isinstance(n, (int, float)) for n in given.values())
            return tuple(given.get(option, 0) for option in options) if fits else _UNREAD
        case QuestionKind.RATING:
            low, high = question.steps or (1, 5)
            fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
            return value if fits else _UNREAD
        case QuestionKind.NUMBER:
            return value if isinstance(value, (int, float)) and not isinstance(value, bool) else _UNREAD
        case QuestionKind.PLACE:
            return value if isinstance(value, str) else _UNREAD
        case _:
            return _UNREAD


def _is_dont_know(value: Any) -> bool:
    return (isinstance(value, str) and value == DONT_KNOW) or value == (DONT_KNOW,)


def _bases(values: Sequence[Any], read: Sequence[Any], counts: Counts) -> list[Base]:
    sorts = np.array([_sort_of(value, fits) for value, fits in zip(values, read, strict=True)], dtype=np.intp)
    summed = [
        np.bincount(sorts, weights=row, minlength=len(_SORTS)) if len(row) else np.zeros(5) for row in counts
    ]
    return [Base(*(int(count) for count in row)) for row in summed]


_SORTS = tuple(Base.__dataclass_fields__)


def _sort_of(value: Any, fits: Any) -> int:
    if fits is not _UNREAD:
        return _SORTS.index("answered")
    if value is None:
        return _SORTS.index("skipped")
    if value is NOT_ASKED:
        return _SORTS.index("not_asked")
    return _SORTS.index("dont_know" if _is_dont_know(value) else "unread")


class _Figures:
    """The figures of one question from its different answers (`values`) and how many of each group gave each."""

    def __init__(self, question: Asked, values: Sequence[Any], counts: Counts) -> None:
        self._question = question
        self._values = values
        self._counts = counts
        self._options = question.options
        if question.kind is QuestionKind.YES_NO:
            self._options = ("yes", "no")
        elif question.kind is QuestionKind.PLACE:
            self._options = tuple(sorted(set(values)))
        elif question.kind is QuestionKind.RATING:
            low, high = question.steps or (1, 5)
            self._options = tuple(str(step) for step in range(low, high + 1))
        self._said = self._by_option()

    def tally(self, at: int, group: str, with_flagged: bool, base: Base) -> Tally:
        kind, counts = self._question.kind, self._counts[at]
        mean, quartiles = None, None
        if kind in (QuestionKind.SCALE, QuestionKind.RATING, QuestionKind.NUMBER) and base.answered:
            steps = {option: step for step, option in enumerate(self._options, 1)}
            told = [steps[value] if kind is QuestionKind.SCALE else value for value in self._values]
            numbers = np.array(told, dtype=np.float64)
            mean, quartiles = _mean(numbers, counts), _quartiles(numbers, counts)
        rows: tuple[Row, ...] = ()
        if self._options and base.answered:
            rows = self._rows(counts, base.answered)
        return Tally(group, with_flagged, base, rows, mean, quartiles)

    def _by_option(self) -> Floats:
        """For each different answer and option: 1 where it says it; in a ranking the place, in a budget the amount."""
        kind, values, options = self._question.kind, self._values, self._options
        if kind is QuestionKind.BUDGET:
            return np.array(values, dtype=np.float64).reshape(len(values), len(options))
        said = np.zeros((len(values), len(options)))
        number = {option: column for column, option in enumerate(options)}
        for row, value in enumerate(values if options else ()):
            if kind is QuestionKind.RANKING:
                # Those left out share the places that are left.
                said[row] = (len(value) + 1 + len(options)) / 2
                for place, option in enumerate(value, 1):
                    said[row, number[option]] = place
            elif kind is QuestionKind.SEVERAL:
                said[row, [number[option] for option in value]] = 1
            else:
                said[row, number[str(value)]] = 1
        return said

    def _rows(self, counts: Counts, answered: int) -> tuple[Row, ...]:
        kind, said, options = self._question.kind, self._said, self._options
        if kind is QuestionKind.BUDGET:
            given = counts @ (said > 0)
            return tuple(
                Row(
                    option,
                    int(given[at]),
                    estimate_share(given[at] / answered, answered),
                    _mean(said[:, at], counts),
                )
                for at, option in enumerate(options)
            )
        held = counts @ (said == 1)
        together = 1 if kind is QuestionKind.SEVERAL else len(options)
        shares = [estimate_share(float(count) / answered, answered, groups=together) for count in held]
        if kind is not QuestionKind.RANKING:
            return tuple(
                Row(option, int(count), share)
                for option, count, share in zip(options, held, shares, strict=True)
            )
        ranks = counts @ said / answered
        return tuple(
            Row(option, int(held[at]), shares[at], None, float(len(options) - ranks[at]), float(ranks[at]))
            for at, option in enumerate(options)
        )


def _mean(numbers: Floats, counts: Counts) -> Estimate:
    answered = int(counts.sum())
    mean = float(counts @ numbers) / answered
    spread = float(counts @ (numbers - mean) ** 2) / max(answered - 1, 1)
    return estimate_mean(mean, spread, answered)


def _quartiles(numbers: Floats, counts: Counts) -> tuple[float, float, float]:
    """Between two answers, the middle of them."""
    order = np.argsort(numbers)
    upto = np.cumsum(counts[order])
    last, answered = len(numbers) - 1, int(upto[-1])
    found = []
    for share in (0.25, 0.5, 0.75):
        at = share * answered
        below = order[min(int(np.searchsorted(upto, at - 1e-9)), last)]
        above = order[min(int(np.searchsorted(upto, at + 1e-9)), last)]
        found.append(float(numbers[below] + numbers[above]) / 2)
    return found[0], found[1], found[2]
