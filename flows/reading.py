"""What reading an answer comes to, and what it is read against."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.forms import FormField
from flows.landmarks import Landmarks
from flows.places import Gazetteer
from flows.screening import Screening
from flows.words import Words


@dataclass(frozen=True)
class Answered:
    """A value to store; None stands for "asked, and skipped"."""

    value: Any


@dataclass(frozen=True)
class Unclear:
    """Not yet an answer. `key` is the text that helps; `partial` is what to remember of it.

    `choices` are (payload value, text key or label) pairs to offer as buttons. `may_skip` offers to go on
    with what there is.
    """

    key: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    partial: dict[str, Any] | None = None
    choices: tuple[tuple[str, str], ...] = ()
    may_skip: bool = False


Read = Answered | Unclear | None


@dataclass(frozen=True)
class Asking:
    """What a question is read against: the field, the time, the gazetteer, the words for yes and no, and
    what it has so far (`partial`: {"place": {...}}, {"chosen": [...]}, {"photos": [...]} or {"kept": "..."}).
    `labels` are an option's words in the citizen's language, by value. `landmarks` finds roads, parks and the rest,
    `screening` what a form turns aside.
    """

    field: FormField
    now: datetime
    gazetteer: Gazetteer
    words: Words
    partial: dict[str, Any] | None = None
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    landmarks: Landmarks | None = None
    screening: Screening | None = None

    def so_far(self, name: str) -> Any:
        return (self.partial or {}).get(name)
