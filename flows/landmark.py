"""What a landmark, a main road and a candidate for a place are: the values landmarks.py finds and gives out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Landmark:
    """Something residents name. `within_m` is how far off the point may be, in metres.

    `district` is None outside the county; then `outside` has its police, or "far".
    """

    name: str
    kind: str
    near: str
    district: str | None
    latitude: float
    longitude: float
    within_m: int
    also: tuple[str, ...] = ()
    outside: str | None = None


@dataclass(frozen=True)
class RoadPoint:
    at: str
    latitude: float
    longitude: float
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class MainRoad:
    """A road across the county, by points along it, in order."""

    name: str
    points: tuple[RoadPoint, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One place the words may mean; `within_m` says how exactly, `score` how likely (above 1: named outright)."""

    name: str
    district: str | None
    latitude: float
    longitude: float
    within_m: int
    score: float
    outside: str | None = None
    is_town: bool = False
    # Whether it must be asked about, however well its name was said.
    is_doubtful: bool = False
    # The only one of its name, said outright: it may be meant whatever town was named with it.
    is_only: bool = False


@dataclass(frozen=True)
class Named:
    """A known name in what was said. `is_beside`: it only says what the place is near to, or which way from it.

    `at` is the first of its `size` words.
    """

    name: str
    quality: float
    at: int
    size: int
    is_beside: bool


@dataclass(frozen=True)
class Found:
    """The candidates, likeliest first, and whether the first is sure enough not to be asked about."""

    candidates: tuple[Candidate, ...]
    is_sure: bool
