"""The shapes of the county's files; what each key means stands at the top of the files themselves."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

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


class DistrictsFile(Strict):
    districts: tuple[District, ...]
    outward_codes_status: str = ""
    outward_codes: tuple[OutwardCode, ...]


class PlaceRow(Strict):
    name: str = Field(min_length=2)
    district: str
    latitude: float = Latitude
    longitude: float = Longitude
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
    checked_on: date | None = None
    status: Literal["confirmed", "unconfirmed"]


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
