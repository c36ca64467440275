"""What is told of a consultation: the figures of each question, who answered, and what came of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import ConfigDict

from flows.consultations import Consultation, Question, QuestionKind
from staff.consulting.intervals import Estimate
from staff.consulting.raking import Weighed
from staff.small_numbers import Shown


class Measure(StrEnum):
    """What a figure of an option is: a share of those who answered, an amount, points, or there is none."""

    SHARE = "share"
    AMOUNT = "amount"
    POINTS = "points"
    NONE = "none"


@dataclass(frozen=True)
class Line:
    """An option, or those without an answer. Figures are None where they would tell of few."""

    id: str
    label: str
    count: Shown
    plain: Estimate | None = None
    weighted: Estimate | None = None
    doors: tuple[Shown, ...] = ()
    police: Shown | None = None
    without_flagged: Shown | None = None


@dataclass(frozen=True)
class QuestionResult:
    """`rest` are those who gave no answer; `mean` is of a scale (1 is the first step), rating or number.

    `step` is what shares are rounded to, in 100.
    """

    id: str
    title: str
    ask: str
    kind: QuestionKind
    measure: Measure
    lines: tuple[Line, ...]
    rest: tuple[Line, ...]
    total: Line
    mean: Weighed | None = None
    design_effect: float = 1.0
    step: int = 1
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class GroupLine:
    """A district or band of age: how many answered, and the share of the people who are of it."""

    label: str
    count: Shown
    share: float | None
    people: float


@dataclass(frozen=True)
class Weights:
    """What the weights were made by, in words (none could be made: empty), what they cost, and what is to be said."""

    by: str
    design_effect: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    kind: str
    on: date
    text: str


@dataclass(frozen=True)
class Listened:
    """A theme, what was said of it, and what came of it."""

    name: str
    said: str
    did: tuple[Decided, ...]


@dataclass(frozen=True)
class OtherVersion:
    """`answers` of the public, in tens; `address` is where its results are published, "" where they are not."""

    version: int
    answers: Shown
    address: str


@dataclass(frozen=True)
class Told:
    """What is reckoned from what people chose, and told once (result_told.py)."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="strings")

    public: Shown
    police: Shown
    doors: tuple[str, ...]
    door_counts: tuple[Shown, ...]
    flagged: Shown
    questions: tuple[QuestionResult, ...]
    districts: tuple[GroupLine, ...]
    ages: tuple[GroupLine, ...]
    weighting: Weights
    people_notes: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Results(Told):
    """What is told of the answers to one version of the questions; `others` are its other versions."""

    consultation: Consultation
    words: tuple[Question, ...]
    listened: tuple[Listened, ...]
    decisions: tuple[Decided, ...]
    others: tuple[OtherVersion, ...] = ()

    @property
    def is_weighted(self) -> bool:
        return self.weighting.design_effect is not None

    @property
    def has_flagged(self) -> bool:
        return any(line.without_flagged is not None for q in self.questions for line in q.lines)
