"""Writes the operator's own geography into geo.sqlite: what lies in the county or near it, all or nothing."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import shapely

from flows.landmarks import SETTLEMENTS
from flows.place_names import spelt
from flows.postcodes import get_outward
from storage.geo_file import SCHEMA, Loaded
from storage.geo_sources import (
    DEGREES,
    NATIONAL_GRID,
    BoundaryRow,
    GeoFault,
    NameRow,
    PostcodeRow,
    between,
    read_boundaries,
    read_names,
    read_postcodes,
)

AROUND_M = 15_000
# Without boundaries the county is what lies this near to one of its places.
VILLAGE_REACH_M = 4_000
BATCH = 20_000
SETTLEMENT_M, POINT_M, MOST_M = 1000, 150, 5000
TABLES = {"postcodes": "postcodes", "boundaries": "areas", "names": "names"}
# (kind, rows read so far)
Tell = Callable[[str, int], None]


@dataclass(frozen=True)
class CountyShape:
    """Which county it is: district ids by ONS code, their names, its outward codes, and points of its places."""

    districts: dict[str, str]
    outward_codes: frozenset[str]
    places: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Nearby:
    """The county and what is around it, on the grid and in degrees."""

    metres: Any
    degrees: Any


def import_geo(
    target: Path,
    county: CountyShape,
    now: datetime,
    *,
    postcodes: Path | None = None,
    boundaries: Path | None = None,
    names: Path | None = None,
    tell: Tell = lambda kind, rows: None,
) -> list[Loaded]:
    """Reads the files given, keeps what else was loaded before, and puts the new file in the old one's place.

    Returns what was imported now. Raises GeoFault, and then nothing has changed.
    """
    new = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        _begin(target, new)
        with closing(sqlite3.connect(new)) as db:
            done: list[Loaded] = []
            if boundaries is not None:
                done.append(_load_boundaries(db, boundaries, county, tell))
            near = _nearby(db, county)
            if postcodes is not None:
                done.append(_load_postcodes(db, postcodes, county, near, tell))
            if names is not None:
                done.append(_load_names(db, names, county, near, tell))
            done = [Loaded(each.kind, each.source, now.isoformat(), each.read, each.kept) for each in done]
            db.executemany(
                "INSERT OR REPLACE INTO loaded VALUES (?, ?, ?, ?, ?)",
                [(each.kind, each.source, each.at, each.read, each.kept) for each in done],
            )
            db.commit()
            db.execute("VACUUM")
        with new.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(new, target)
    finally:
        with suppress(FileNotFoundError):
            new.unlink()
    return done


def _begin(target: Path, new: Path) -> None:
    """The file before as it was, or an empty one."""
    if target.exists():
        try:
            shutil.copyfile(target, new)
            with closing(sqlite3.connect(new)) as db:
                db.execute("SELECT kind FROM loaded").fetchall()
            return
        except sqlite3.Error:
            new.unlink()  # no file of ours: what is given now replaces it
    with closing(sqlite3.connect(new)) as db:
        db.executescript(SCHEMA)


def _load_boundaries(db: sqlite3.Connection, path: Path, county: CountyShape, tell: Tell) -> Loaded:
    rows = list(_counted("boundaries", read_boundaries(path), tell))
    own = [row for row in rows if row.code in county.districts]
    missing = sorted(set(county.districts) - {row.code for row in own})
    if missing:
        raise GeoFault(
            path.name,
            "",
            f"{', '.join(missing)} not in it: give boundaries of a year whose districts are in county/districts.yml",
        )
    around = _around(shapely.union_all([row.shape for row in own]))
    kept: list[BoundaryRow] = [row for row in rows if row.shape.intersects(around.degrees)]
    db.execute("DELETE FROM areas")
    db.executemany(
        "INSERT INTO areas VALUES (?, ?, ?)",
        [(row.code, row.name, shapely.to_wkb(row.shape)) for row in kept],
    )
    return Loaded("boundaries", path.name, "", len(rows), len(kept))


def _load_postcodes(
    db: sqlite3.Connection, path: Path, county: CountyShape, near: _Nearby, tell: Tell
) -> Loaded:
    read = kept = 0
    db.execute("DELETE FROM postcodes")
    for rows in _batches(_counted("postcodes", read_postcodes(path), tell)):
        read += len(rows)
        there: list[PostcodeRow] = [row for row in rows if row is not None]
        inside = _are_in(near.degrees, [row.longitude for row in there], [row.latitude for row in there])
        # The county's own outward codes are kept whole, so that what is not in them is no postcode.
        chosen = [
            (row.postcode, row.latitude, row.longitude, row.district)
            for row, is_in in zip(there, inside, strict=True)
            if is_in or get_outward(row.postcode) in county.outward_codes
        ]
        kept += len(chosen)
        db.executemany("INSERT OR REPLACE INTO postcodes VALUES (?, ?, ?, ?)", chosen)
    return _checked(Loaded("postcodes", path.name, "", read, kept))


def _load_names(db: sqlite3.Connection, path: Path, county: CountyShape, near: _Nearby, tell: Tell) -> Loaded:
    to_degrees = between(NATIONAL_GRID, DEGREES)
    codes = {name: code for code, name in county.districts.items()}
    read = kept = 0
    db.execute("DELETE FROM names")
    for rows in _batches(_counted("names", read_names(path), tell)):
        read += len(rows)
        there: list[NameRow] = [row for row in rows if row is not None]
        inside = _are_in(near.metres, [row.x for row in there], [row.y for row in there])
        chosen = [row for row, is_in in zip(there, inside, strict=True) if is_in]
        if not chosen:
            continue
        kept += len(chosen)
        longitudes, latitudes = to_degrees.transform([row.x for row in chosen], [row.y for row in chosen])
        db.executemany(
            "INSERT INTO names VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(spelt(name), name, row.kind, row.near, codes.get(row.council), row.council or None),
                    *(round(latitude, 6), round(longitude, 6), _within(row)),
                )
                for row, latitude, longitude in zip(chosen, latitudes, longitudes, strict=True)
                for name in {row.name, row.other_name}
                if name
            ],
        )
    return _checked(Loaded("names", path.name, "", read, kept))


def _checked(done: Loaded) -> Loaded:
    if not done.kept:
        raise GeoFault(
            done.source,
            "",
            f"none of its {done.read} rows lies in the county or near it; is it of this part of Britain?",
        )
    return done


def _within(row: NameRow) -> int:
    least = SETTLEMENT_M if row.kind in SETTLEMENTS else POINT_M
    return min(max(row.within_m or 0, least), MOST_M)


def _nearby(db: sqlite3.Connection, county: CountyShape) -> _Nearby:
    """Around the county's boundaries where they are loaded, else around its places."""
    marks = ", ".join("?" * len(county.districts))
    shapes = db.execute(f"SELECT shape FROM areas WHERE code IN ({marks})", list(county.districts)).fetchall()
    if shapes:
        return _around(shapely.union_all([shapely.from_wkb(shape) for (shape,) in shapes]))
    points = shapely.MultiPoint([(longitude, latitude) for latitude, longitude in county.places])
    return _around(points, more_m=VILLAGE_REACH_M)


def _around(degrees: Any, *, more_m: int = 0) -> _Nearby:
    to_grid = between(DEGREES, NATIONAL_GRID)
    to_degrees = between(NATIONAL_GRID, DEGREES)
    metres = (
        shapely.transform(degrees, to_grid.transform, interleaved=False)
        .buffer(AROUND_M + more_m)
        .simplify(100)
    )
    found = _Nearby(metres, shapely.transform(metres, to_degrees.transform, interleaved=False))
    shapely.prepare(found.metres)
    shapely.prepare(found.degrees)
    return found


def _are_in(shape: Any, x: list[float], y: list[float]) -> list[bool]:
    return [bool(is_in) for is_in in shapely.contains_xy(shape, x, y)] if x else []


def _counted(kind: str, rows: Iterable[Any], tell: Tell) -> Iterator[Any]:
    number = 0
    for number, row in enumerate(rows, 1):
        if number % BATCH == 0:
            tell(kind, number)
        yield row
    tell(kind, number)


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
