"""What the gazetteer may be given beside the county's own files: postcodes, boundaries and names from national data.

Flows says what it asks; who answers (a file on this machine, a web service) lives outside. Without any of them the
gazetteer knows what county/ says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class PostcodePoint:
    """Where a full postcode is (WGS 84 degrees); without a point, its source says that there is no such postcode.

    `district` is the ONS code of the local authority ("E07000222") and `council` its name, where they are told.
    """

    postcode: str
    latitude: float | None = None
    longitude: float | None = None
    district: str | None = None
    council: str | None = None


@dataclass(frozen=True)
class Area:
    """A local authority: its ONS code and its name."""

    code: str
    name: str


@dataclass(frozen=True)
class NationalName:
    """A road, settlement, park or the like of a national list of names.

    `near` is the town or village it is listed under, `within_m` how far it goes on from its point.
    """

    name: str
    kind: str
    near: str
    district: str | None
    council: str | None
    latitude: float
    longitude: float
    within_m: int


class PostcodePoints(Protocol):
    def find_point(self, postcode: str) -> PostcodePoint | None:
        """The point of a full postcode ("CV34 6PH"); None where the source says nothing about it."""


class Boundaries(Protocol):
    def find_area(self, latitude: float, longitude: float) -> Area | None:
        """The local authority a point lies in; None where no boundary holds it or none is loaded."""


class NationalNames(Protocol):
    def find_names(self, names: Sequence[str]) -> Sequence[NationalName]:
        """What is called by one of these names, spelt as flows/place_names.py spells."""


@dataclass(frozen=True)
class Geodata:
    """All that is given; whatever is None is not there."""

    points: PostcodePoints | None = None
    boundaries: Boundaries | None = None
    names: NationalNames | None = None


NO_GEODATA = Geodata()
