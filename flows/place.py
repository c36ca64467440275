"""What a place is: as the gazetteer knows it, and as it was read from somebody's words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flows.geodata import Boundaries, PostcodePoints

# How far from its point a place may be, in metres, by how it was told.
PIN_M, POSTCODE_M, VILLAGE_M, NEAR_M, OUTWARD_M = 30, 150, 1000, 2000, 6000


class Certainty(StrEnum):
    """How exactly a place is known, best first."""

    PIN = "pin"
    POSTCODE = "postcode"
    NAMED_PLACE = "named_place"
    NEAR = "near"
    POSTCODE_AREA = "postcode_area"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class KnownPlace:
    """A place of the gazetteer. `district` is an id, or None outside the county; then `force` has its police.

    `within_m` is how far it goes on from its point.
    """

    name: str
    latitude: float
    longitude: float
    district: str | None = None
    also: tuple[str, ...] = ()
    force: str | None = None
    within_m: int = VILLAGE_M


@dataclass(frozen=True)
class AmbiguousPlace:
    """A name that must be asked about: of several places, or by the border. `ask` is what the citizen reads."""

    name: str
    also: tuple[str, ...]
    districts: tuple[str, ...]
    ask: str


@dataclass(frozen=True)
class OutwardArea:
    """What an outward postcode covers: district ids inside the county, and whether it reaches outside."""

    code: str
    districts: tuple[str, ...]
    latitude: float
    longitude: float
    outside: bool
    within_m: int = OUTWARD_M


@dataclass(frozen=True)
class GeoSources:
    """What national data the gazetteer is given, and how its local authorities are called here.

    `districts` has the county's district ids by ONS code, `forces` the police of each council around it by name.
    """

    points: PostcodePoints | None = None
    boundaries: Boundaries | None = None
    districts: Mapping[str, str] = field(default_factory=dict)
    forces: Mapping[str, str] = field(default_factory=dict)


NO_SOURCES = GeoSources()


@dataclass(frozen=True)
class Place:
    """Where something is, as far as known. `text` is the citizen's own words.

    A name that must be asked about brings its question (`ask`) and the districts it may lie in (`either`).
    `within_m` is how far from the point it may be, in metres, where that is known.
    """

    text: str
    name: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    district: str | None = None
    certainty: Certainty = Certainty.UNKNOWN
    outside: str | None = None
    postcode: str | None = None
    ask: str | None = None
    either: tuple[str, ...] | None = None
    within_m: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON values; keys that say nothing are left out."""
        kept = {k: v for k, v in self.__dict__.items() if v is not None}
        return {**kept, "either": list(self.either)} if self.either else kept

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> "Place":
        either = tuple(kept["either"]) if kept.get("either") else None
        certainty = Certainty(kept.get("certainty", "unknown"))
        return cls(**{**kept, "certainty": certainty, "either": either})


def km_between(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres (haversine, mean earth radius 6,371 km)."""
    a = (
        math.sin(math.radians(lat2 - lat1) / 2) ** 2
        + math.cos(math.radians(lat1))
        * math.cos(math.radians(lat2))
        * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 6371.0 * 2 * math.asin(math.sqrt(a))
