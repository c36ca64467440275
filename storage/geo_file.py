"""The operator's own geography in one file beside the record: postcodes, boundaries and names of the area.

`geo.sqlite` is only ever read here; storage/geo_import.py writes a new one and puts it in the old one's place. A
process that is running sees the new file with its next question.
"""

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
import structlog

from flows.geodata import Area, NationalName, PostcodePoint
from flows.postcodes import get_outward

log = structlog.get_logger()
FILE_NAME = "geo.sqlite"
MOST_VARIABLES = 500
SCHEMA = """
CREATE TABLE loaded (
    kind TEXT PRIMARY KEY, source TEXT NOT NULL, at TEXT NOT NULL, read INTEGER NOT NULL, kept INTEGER NOT NULL
);
CREATE TABLE postcodes (
    postcode TEXT PRIMARY KEY, latitude REAL NOT NULL, longitude REAL NOT NULL, district TEXT
) WITHOUT ROWID;
CREATE TABLE areas (code TEXT PRIMARY KEY, name TEXT NOT NULL, shape BLOB NOT NULL);
CREATE TABLE names (
    spelt TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, near TEXT NOT NULL, district TEXT, council TEXT,
    latitude REAL NOT NULL, longitude REAL NOT NULL, within_m INTEGER NOT NULL
);
CREATE INDEX names_by_spelling ON names (spelt);
"""


@dataclass(frozen=True)
class Loaded:
    """What was imported: `kind` (postcodes, boundaries, names), the file's name, when (ISO), rows read and kept."""

    kind: str
    source: str
    at: str
    read: int
    kept: int


class GeoFile:
    """Answers what flows/geodata.py asks. Without a file, or with one that cannot be read, it knows nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._areas: list[tuple[Area, Any]] | None = None

    def find_point(self, postcode: str) -> PostcodePoint | None:
        """The point of a full postcode; one without a point where its area is loaded and it is not in it."""
        rows = self._ask(
            "SELECT latitude, longitude, p.district, a.name FROM postcodes p "
            "LEFT JOIN areas a ON a.code = p.district WHERE postcode = ?",
            postcode,
        )
        if rows:
            return PostcodePoint(postcode, *rows[0])
        outward = get_outward(postcode)
        # "!" is the character after the space.
        beside = self._ask(
            "SELECT 1 FROM postcodes WHERE postcode > ? AND postcode < ? LIMIT 1",
            f"{outward} ",
            f"{outward}!",
        )
        return PostcodePoint(postcode) if beside else None

    def find_area(self, latitude: float, longitude: float) -> Area | None:
        with self._lock:
            self._connect()
            if self._areas is None:
                self._areas = [
                    (Area(code, name), _prepared(shape))
                    for code, name, shape in self._rows("SELECT code, name, shape FROM areas", ())
                ]
            areas = self._areas
        return next((area for area, shape in areas if shapely.contains_xy(shape, longitude, latitude)), None)

    def find_names(self, names: Sequence[str]) -> Sequence[NationalName]:
        found: list[NationalName] = []
        for at in range(0, len(names), MOST_VARIABLES):
            some = names[at : at + MOST_VARIABLES]
            marks = ", ".join("?" * len(some))
            found += [
                NationalName(*row)
                for row in self._ask(
                    "SELECT name, kind, near, district, council, latitude, longitude, within_m "
                    f"FROM names WHERE spelt IN ({marks})",
                    *some,
                )
            ]
        return found

    def list_loaded(self) -> list[Loaded]:
        return [
            Loaded(*row) for row in self._ask("SELECT kind, source, at, read, kept FROM loaded ORDER BY kind")
        ]

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            self._connect()
            return self._rows(query, values)

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        if self._opened is None:
            return []
        try:
            with closing(self._opened.execute(query, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.Error as error:
            # A citizen is helped without it; the operator imports again.
            log.error("geo.unreadable", error=type(error).__name__)
            return []

    def _connect(self) -> None:
        """Opens the file that is there now, where it is another than the one that is open."""
        try:
            found = self._path.stat()
            identity: tuple[int, int] | None = (found.st_ino, found.st_mtime_ns)
        except OSError:
            identity = None
        if identity == self._identity:
            return
        if self._opened is not None:
            self._opened.close()
        self._opened, self._areas, self._identity = None, None, identity
        if identity is not None:
            address = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
            try:
                self._opened = sqlite3.connect(address, uri=True, check_same_thread=False)
            except sqlite3.Error as error:
                log.error("geo.unreadable", error=type(error).__name__)


def _prepared(shape: bytes) -> Any:
    found = shapely.from_wkb(shape)
    shapely.prepare(found)
    return found
