"""The shapes of the county's files; what each key means stands at the top of the files themselves."""

from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

LONDON = ZoneInfo("Europe/London")

Latitude = Field(ge=49, le=61)
Longitude = Field(ge=-9, le=2)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class District(Strict):
    id: str
    name: str
    code: str
    population: int
    council: str


class OutwardCode(Strict):
    code: str = Field(pattern=r"^[A-Z]{1,2}[0-9][0-9A-Z]?$")
    districts: tuple[str, ...]
    latitude: float = Latitude
    longitude: float = Longitude
    outside: bool
    within_m: int = Field(default=6000, ge=500, le=20_000)


class DistrictsFile(Strict):
    districts: tuple[District, ...]
    outward_codes_status: str = ""
    outward_codes: tuple[OutwardCode, ...]


class PlaceRow(Strict):
    name: str = Field(min_length=2)
    district: str
    latitude: float = Latitude
    longitude: float = Longitude
    within_m: int = Field(default=1000, ge=50, le=10_000)
    also: tuple[str, ...] = ()


class PlacesFile(Strict):
    status: str = ""
    places: tuple[PlaceRow, ...]


class NeighbourRow(Strict):
    name: str = Field(min_length=2)
    latitude: float = Latitude
    longitude: float = Longitude
    force: str
    council: str = ""
    within_m: int = Field(default=1000, ge=50, le=10_000)
    also: tuple[str, ...] = ()


class AmbiguousName(Strict):
    name: str
    also: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    councils: tuple[str, ...] = ()
    ask: str


class NeighboursFile(Strict):
    status: str = ""
    places: tuple[NeighbourRow, ...]
    ambiguous: tuple[AmbiguousName, ...] = ()


class LandmarkRow(Strict):
    name: str = Field(min_length=2)
    kind: str = Field(pattern=r"^[a-z_]+$")
    near: str
    district: str
    latitude: float = Latitude
    longitude: float = Longitude
    within_m: int = Field(ge=50, le=5000)
    also: tuple[str, ...] = ()


class RoadPointRow(Strict):
    at: str = Field(min_length=2)
    latitude: float = Latitude
    longitude: float = Longitude
    also: tuple[str, ...] = ()


class MainRoadRow(Strict):
    name: str = Field(min_length=2)
    also: tuple[str, ...] = ()
    points: tuple[RoadPointRow, ...] = Field(min_length=1)


class LandmarksFile(Strict):
    status: str = ""
    landmarks: tuple[LandmarkRow, ...]
    roads: tuple[MainRoadRow, ...] = ()


class Contact(Strict):
    name: str
    number: str = ""
    text: str = ""
    web: str = ""
    email: str = ""
    address: str = ""
    hours: str = ""
    who: str = ""
    area: str = ""
    note: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    checked_on: date | None = None
    status: Literal["confirmed", "unconfirmed"]

    def is_good_on(self, day: date) -> bool:
        """Whether it may be said on a day: confirmed, begun and not over; an empty date is no bound."""
        begun = self.valid_from is None or self.valid_from <= day
        return self.status == "confirmed" and begun and (self.valid_to is None or day <= self.valid_to)


class ContactsFile(Strict):
    contacts: dict[str, Contact]


class Desk(Strict):
    name: str
    organisation: str | None
    contact: str | None
    acts: Literal["council", "owner", "agency", "check"]
    told: str = ""


class RouteRow(Strict):
    desk: str
    told: str = Field(min_length=1)


class DesksFile(Strict):
    desks: dict[str, Desk]
    by_hand: tuple[str, ...] = ()
    routes: dict[str, dict[str, RouteRow]]


class Organisation(Strict):
    """A body by its kind (police_force, district_council ...) and the districts it works in."""

    id: str
    kind: str
    title: str = Field(min_length=1)
    short_name: str = ""
    office: str = ""
    holder: str = ""
    web: str | None = None
    contact: str | None = None
    districts: tuple[str, ...]
    valid_from: date | None = None
    valid_to: date | None = None
    expected_end: str | None = None
    end_status: str = ""

    def is_there(self, day: date) -> bool:
        """Whether the body works on a day; an empty date is no bound."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class OrganisationsFile(Strict):
    organisations: tuple[Organisation, ...]


class CountyEvent(Strict):
    """Something residents can go to; times are local (Europe/London)."""

    id: str = Field(pattern=r"^[a-z0-9_-]+$")
    title: str = Field(min_length=1, max_length=60)
    starts: datetime
    ends: datetime | None = None
    place: str = ""
    district: str | None = None
    online: bool = False
    how: str = ""
    checked_on: date | None = None
    status: Literal["confirmed", "unconfirmed"]

    @field_validator("starts", "ends")
    @classmethod
    def _in_london(cls, value: datetime | None) -> datetime | None:
        return value.replace(tzinfo=LONDON) if value is not None and value.tzinfo is None else value


class EventsFile(Strict):
    events: tuple[CountyEvent, ...]


class VolunteeringRole(Strict):
    """A way to help. Facts nobody has confirmed stay in `note` for staff; the public keys are then empty."""

    id: str
    title: str = Field(min_length=1, max_length=40)
    does: str
    age_from: int | None = None
    age_to: int | None = None
    time: str = ""
    where: str = ""
    start: str = ""
    contacts: tuple[str, ...] = ()
    topic: str | None = None
    status: Literal["confirmed", "unconfirmed"]
    note: str = ""
    sources: tuple[str, ...] = ()
    checked_on: date | None = None


class VolunteeringFile(Strict):
    roles: tuple[VolunteeringRole, ...]
