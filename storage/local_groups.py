"""Groups of a scheme that exist already, where they are, and who coordinates them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, insert, select, update

from storage.tables import local_groups, memberships

KM_IN_A_DEGREE = 111.2  # of latitude, on a sphere of mean earth radius
EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True)
class LocalGroup:
    """`outward` is the first half of a postcode ("CV34"); `coordinator_id` a person's, if it is somebody we know."""

    id: str
    scheme: str
    name: str
    district: str | None
    latitude: float
    longitude: float
    outward: str | None
    coordinator_id: str | None
    created_at: datetime


class LocalGroups:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        scheme: str,
        name: str,
        latitude: float,
        longitude: float,
        now: datetime,
        *,
        district: str | None = None,
        outward: str | None = None,
    ) -> str:
        id = str(uuid4())
        values = {
            "id": id,
            "scheme": scheme,
            "name": name,
            "district": district,
            "latitude": latitude,
            "longitude": longitude,
            "outward": outward,
            "coordinator_id": None,
            "created_at": now,
        }
        self._connection.execute(insert(local_groups).values(values))
        return id

    def find(self, id: str) -> LocalGroup | None:
        row = self._connection.execute(select(local_groups).where(local_groups.c.id == id)).one_or_none()
        return _from_row(row) if row is not None else None

    def list(self, scheme: str | None = None) -> list[LocalGroup]:
        """Of one scheme, or all, by name."""
        query = select(local_groups).order_by(local_groups.c.name, local_groups.c.id)
        if scheme is not None:
            query = query.where(local_groups.c.scheme == scheme)
        return [_from_row(row) for row in self._connection.execute(query)]

    def find_nearest(
        self, scheme: str, latitude: float, longitude: float, within_km: float = 8.0
    ) -> tuple[LocalGroup, float] | None:
        """The nearest group of a scheme with its distance in kilometres; None where none is within reach."""
        reach = within_km / KM_IN_A_DEGREE
        query = select(local_groups).where(
            local_groups.c.scheme == scheme,
            local_groups.c.latitude.between(latitude - reach, latitude + reach),
        )
        near = [
            (_km(latitude, longitude, row.latitude, row.longitude), row)
            for row in self._connection.execute(query.order_by(local_groups.c.id))
        ]
        km, row = min(near, key=lambda one: one[0], default=(math.inf, None))
        return (_from_row(row), km) if row is not None and km <= within_km else None

    def set_coordinator(self, group_id: str, person_id: str | None) -> bool:
        """False for an unknown group."""
        one = update(local_groups).where(local_groups.c.id == group_id)
        return self._connection.execute(one.values(coordinator_id=person_id)).rowcount == 1

    def of_coordinator(self, person_id: str) -> Sequence[LocalGroup]:
        query = select(local_groups).where(local_groups.c.coordinator_id == person_id)
        query = query.order_by(local_groups.c.name, local_groups.c.id)
        return [_from_row(row) for row in self._connection.execute(query)]

    def remove(self, id: str) -> bool:
        """False for an unknown group. Its members stay members of the scheme."""
        self._connection.execute(
            update(memberships).where(memberships.c.group_id == id).values(group_id=None)
        )
        return self._connection.execute(delete(local_groups).where(local_groups.c.id == id)).rowcount == 1


def _from_row(row: Row[Any]) -> LocalGroup:
    return LocalGroup(**row._mapping)


def _km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres (haversine)."""
    a = (
        math.sin(math.radians(lat2 - lat1) / 2) ** 2
        + math.cos(math.radians(lat1))
        * math.cos(math.radians(lat2))
        * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(a))
