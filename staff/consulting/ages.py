"""Bands of age as surveys, the census and its files write them, and which of them can be compared."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_PATTERNS = (
    (re.compile(r"(?:under|below) (\d+)"), lambda to: (0, to - 1)),
    (re.compile(r"(\d+) and under"), lambda to: (0, to)),
    (re.compile(r"(\d+)(?: ?\+| and over| or over)"), lambda start: (start, None)),
    (re.compile(r"(\d+) ?(?:-|–|to) ?(\d+)"), lambda start, to: (start, to)),
    (re.compile(r"(\d+)"), lambda age: (age, age)),
)


OLDEST = 110  # an option of a form that goes so far goes on


class NotAnAge(ValueError):
    """Words that are no band of age."""


@dataclass(frozen=True, order=True)
class AgeBand:
    """From `low` to `high` in completed years, both within; no `high`: and over."""

    low: int
    high: int | None = None

    def __str__(self) -> str:
        if self.high is None:
            return f"{self.low} and over" if self.low else "all ages"
        if not self.low:
            return f"under {self.high + 1}"
        return f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"

    @classmethod
    def of_option(cls, ages: tuple[int, int]) -> "AgeBand":
        """As an option of a form has it (flows/forms.py)."""
        low, high = ages
        return cls(low, None if high >= OLDEST else high)

    @property
    def end(self) -> float:
        """The first age beyond it."""
        return float("inf") if self.high is None else self.high + 1

    def holds(self, other: "AgeBand") -> bool:
        return self.low <= other.low and other.end <= self.end


@dataclass(frozen=True)
class AgeGroup:
    """A band that both sides can be added up to, and the survey's bands in it as they are written."""

    band: AgeBand
    members: tuple[str, ...]

    @property
    def note(self) -> str | None:
        """What staff are told where the survey asked more exactly than can be compared."""
        if len(self.members) == 1:
            return None
        *others, last = self.members
        return f"{', '.join(others)} and {last} are taken together: the census figures here do not part them."


def parse_age(text: str) -> AgeBand:
    """A band such as "16-17", "under 16", "85+", "Aged 16 to 24 years", "Aged 4 years and under". Raises NotAnAge."""
    plain = re.sub(r"\b(?:aged|age|years?|old)\b", " ", text.casefold())
    plain = " ".join(plain.split())
    for pattern, read in _PATTERNS:
        if found := pattern.fullmatch(plain):
            return AgeBand(*read(*map(int, found.groups())))
    raise NotAnAge(f"{text!r} is no band of age; write it as 16-17, under 16 or 85+")


def join_bands(
    survey: Sequence[str] | Mapping[str, AgeBand], census: Iterable[AgeBand], *, least_age: int = 0
) -> tuple[AgeGroup, ...]:
    """The smallest groups of the survey's bands that are also groups of the census's, from `least_age` on.

    Bands of the survey wholly below `least_age` are left out. They are named as they are written, or by ids of their
    own with what each means.
    """
    asked = dict(survey) if isinstance(survey, Mapping) else {name: parse_age(name) for name in survey}
    asked = {name: band for name, band in asked.items() if band.end > least_age}
    theirs = [max(band.low, least_age) for band in census if band.end > least_age]
    starts = sorted({max(band.low, least_age) for band in asked.values()} & set(theirs))
    groups = []
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        band = AgeBand(start, None if end is None else end - 1)
        members = [
            name for name, each in asked.items() if start <= max(each.low, least_age) and each.low < band.end
        ]
        groups.append(AgeGroup(band, tuple(members)))
    return tuple(groups)
