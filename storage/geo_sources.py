"""The published formats of national geography, read row by row from the operator's own copies.

- ONS Postcode Directory (and the smaller National Statistics Postcode Lookup): CSV with a header, in a zip or plain.
  Postcode in `pcds`, the district's code in `oslaua`, `laua` or, since 2025, `lad25cd`; `doterm` tells that a postcode
  has ended; `lat` 99.999999 that it has no point. geoportal.statistics.gov.uk, ONSPD User Guide.
- ONS Local Authority Districts boundaries: GeoJSON with `LAD24CD` and `LAD24NM` (the year changes), in degrees or on
  the British National Grid. geoportal.statistics.gov.uk.
- OS Open Names: CSV files of 34 columns without a header, in a zip or plain, on the British National Grid.
  docs.os.uk, OS Open Names Technical Specification.
"""

import csv
import io
import json
import math
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry import shape

NO_LATITUDE = 90.0  # ONS writes 99.999999
NATIONAL_GRID, DEGREES = "EPSG:27700", "EPSG:4326"
MOST_BOUNDARY_BYTES = 400_000_000
POSTCODE_COLUMNS = ("pcds", "pcd8", "pcd7", "pcd2", "pcd")
DISTRICT_COLUMN = re.compile(r"^(oslaua|laua|lad\d\dcd|ladcd)$")
# Of the 34 columns of OS Open Names; see the header file in its zip.
NAME1, NAME2, TYPE, LOCAL_TYPE, X, Y = 2, 4, 6, 7, 8, 9
XMIN, YMIN, XMAX, YMAX = 12, 13, 14, 15
POPULATED_PLACE, DISTRICT_BOROUGH, COUNTY_UNITARY = 18, 21, 24
NAME_COLUMNS = 34
# A number says nothing that the name of the road does not, and postcodes come from ONS.
LEFT_OUT = frozenset({"postcode", "numbered_road", "section_of_numbered_road"})
KINDS = {
    "named_road": "road",
    "section_of_named_road": "road",
    "place_of_worship": "church",
    "railway_station": "station",
    "primary_education": "school",
    "secondary_education": "school",
    "non_state_primary_education": "school",
    "non_state_secondary_education": "school",
}


class GeoFault(Exception):
    """A file that cannot be used: which, at which line or feature, and what to do."""

    def __init__(self, file: str, at: str, message: str) -> None:
        super().__init__(f"{file}{', ' + at if at else ''}: {message}")


@dataclass(frozen=True)
class PostcodeRow:
    postcode: str
    latitude: float
    longitude: float
    district: str | None


@dataclass(frozen=True)
class BoundaryRow:
    """A local authority; `shape` is in WGS 84 degrees, longitude first."""

    code: str
    name: str
    shape: Any


@dataclass(frozen=True)
class NameRow:
    """A name of OS Open Names. `x` and `y` are metres on the British National Grid."""

    name: str
    other_name: str
    kind: str
    x: float
    y: float
    near: str
    council: str
    within_m: int | None


def read_postcodes(path: Path) -> Iterator[PostcodeRow | None]:
    """Every postcode in use with its point; None for one that has ended or has no point. Raises GeoFault."""
    found = False
    for label, lines in _open_tables(path):
        header = [name.strip().lower() for name in next(lines, [])]
        code = next((header.index(name) for name in POSTCODE_COLUMNS if name in header), None)
        if code is None or "lat" not in header or "long" not in header:
            continue  # the zip holds lists of names of codes too
        found = True
        lat, long = header.index("lat"), header.index("long")
        ended = header.index("doterm") if "doterm" in header else None
        district = next((at for at, name in enumerate(header) if DISTRICT_COLUMN.match(name)), None)
        for number, row in enumerate(lines, 2):
            if len(row) != len(header):
                raise GeoFault(
                    label,
                    f"line {number}",
                    f"{len(row)} columns where the header has {len(header)}; the file may be cut short, "
                    "fetch it again",
                )
            if ended is not None and row[ended].strip():
                yield None
                continue
            latitude = _number(row[lat], label, number, "lat")
            longitude = _number(row[long], label, number, "long")
            if abs(latitude) > NO_LATITUDE:
                yield None
                continue
            where = row[district].strip() if district is not None else ""
            yield PostcodeRow(_spaced(row[code]), latitude, longitude, where or None)
    if not found:
        raise GeoFault(
            path.name,
            "",
            "no table with the columns pcds, lat and long; give the zip of the ONS Postcode Directory",
        )


def read_boundaries(path: Path) -> Iterator[BoundaryRow]:
    """Every local authority of a boundary file. Raises GeoFault."""
    if path.stat().st_size > MOST_BOUNDARY_BYTES:
        raise GeoFault(
            path.name, "", "too large; take the generalised boundaries (BGC), they are exact to 20 metres"
        )
    try:
        kept = json.loads(path.read_text(encoding="utf-8-sig"))
        features = kept["features"]
    except json.JSONDecodeError as error:
        raise GeoFault(
            path.name, f"line {error.lineno}", f"not GeoJSON ({error.msg}); fetch it again"
        ) from error
    except (UnicodeDecodeError, KeyError, TypeError) as error:
        raise GeoFault(
            path.name, "", "not GeoJSON; choose GeoJSON where the boundaries are downloaded"
        ) from error
    to_degrees = _to_degrees(path.name, kept)
    for number, feature in enumerate(features, 1):
        at = f"feature {number}"
        try:
            properties = {k.upper(): v for k, v in feature["properties"].items()}
            code = next(v for k, v in properties.items() if re.fullmatch(r"LAD(\d\d)?CD", k))
            name = next(v for k, v in properties.items() if re.fullmatch(r"LAD(\d\d)?NM", k))
        except (KeyError, TypeError, AttributeError, StopIteration) as error:
            raise GeoFault(
                path.name, at, "no LAD..CD and LAD..NM; give the Local Authority Districts boundaries"
            ) from error
        try:
            outline = shape(feature["geometry"])
        except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
            raise GeoFault(path.name, at, "its outline cannot be read; fetch the file again") from error
        if to_degrees is not None:
            outline = shapely.transform(outline, to_degrees.transform, interleaved=False)
        yield BoundaryRow(str(code), str(name), outline if outline.is_valid else shapely.make_valid(outline))


def read_names(path: Path) -> Iterator[NameRow | None]:
    """Every name; None for what is left out (road numbers, postcodes). Raises GeoFault."""
    for label, lines in _open_tables(path):
        for number, row in enumerate(lines, 1):
            if not row or row[0] == "ID":
                continue
            if len(row) < NAME_COLUMNS:
                raise GeoFault(
                    label,
                    f"line {number}",
                    f"{len(row)} columns where OS Open Names has {NAME_COLUMNS}; give its zip in CSV format",
                )
            kind = re.sub(r"[^a-z]+", "_", row[LOCAL_TYPE].lower()).strip("_")
            if kind in LEFT_OUT:
                yield None
                continue
            yield NameRow(
                row[NAME1].strip(),
                row[NAME2].strip(),
                KINDS.get(kind, kind or "place"),
                _number(row[X], label, number, "GEOMETRY_X"),
                _number(row[Y], label, number, "GEOMETRY_Y"),
                row[POPULATED_PLACE].strip(),
                row[DISTRICT_BOROUGH].strip() or row[COUNTY_UNITARY].strip(),
                _half_across(row),
            )


def _open_tables(path: Path) -> Iterator[tuple[str, Iterator[list[str]]]]:
    """The CSV files of a zip, or the one given: a label for faults, and its rows. Raises GeoFault."""
    try:
        if not zipfile.is_zipfile(path):
            if path.suffix.lower() == ".zip":
                raise GeoFault(path.name, "", "no zip, or cut short; fetch it again")
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield path.name, _rows(path.name, file)
            return
        with zipfile.ZipFile(path) as held:
            names = [n for n in held.namelist() if n.lower().endswith(".csv")]
            # The directory comes whole, and once more cut by postcode area.
            whole = [n for n in names if "multi_csv" not in n.lower()]
            for name in whole if any(n.lower().startswith("data/") for n in whole) else names:
                with held.open(name) as packed:
                    label = f"{path.name}, {name}"
                    yield label, _rows(label, io.TextIOWrapper(packed, encoding="utf-8-sig", newline=""))
    except (OSError, zipfile.BadZipFile) as error:
        raise GeoFault(path.name, "", f"cannot be read ({type(error).__name__}); fetch it again") from error


def _rows(label: str, file: io.TextIOBase | Any) -> Iterator[list[str]]:
    reader = csv.reader(file)
    try:
        yield from reader
    except (UnicodeDecodeError, csv.Error, zipfile.BadZipFile, EOFError) as error:
        raise GeoFault(
            label, f"line {reader.line_num + 1}", "no CSV in UTF-8; fetch the file again"
        ) from error


def _number(text: str, label: str, line: int, column: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise GeoFault(label, f"line {line}", f"{column} is no number; fetch the file again")
    return number


def _spaced(code: str) -> str:
    """A postcode as we write it, "CV34 6PH", from any of the ways it is padded."""
    bare = re.sub(r"\s+", "", code.upper())
    return f"{bare[:-3]} {bare[-3:]}"


def _half_across(row: list[str]) -> int | None:
    """Half of the diagonal of what a name covers, in metres; None for one that is given as a point."""
    try:
        xmin, ymin, xmax, ymax = (float(row[at]) for at in (XMIN, YMIN, XMAX, YMAX))
    except ValueError:
        return None
    return round(math.hypot(xmax - xmin, ymax - ymin) / 2)


def _to_degrees(file: str, kept: dict[str, Any]) -> Transformer | None:
    """What turns the file's numbers into degrees; None where they are. Told by `crs`, else by their size."""
    named = ((kept.get("crs") or {}).get("properties") or {}).get("name")
    if not named:
        named = NATIONAL_GRID if _is_metric(kept["features"]) else DEGREES
    try:
        crs = CRS.from_user_input(named)
    except CRSError as error:
        raise GeoFault(
            file, "crs", "no coordinate system anybody knows; choose WGS 84 or British National Grid"
        ) from error
    if crs.is_geographic:
        return None
    return between(crs, DEGREES)


@cache
def between(of: CRS | str, to: str) -> Transformer:
    """What turns x and y of one coordinate system into another's; looking it up takes a while."""
    return Transformer.from_crs(of, to, always_xy=True)


def _is_metric(features: Any) -> bool:
    """Whether the first number is larger than any degree."""
    found = next((f["geometry"]["coordinates"] for f in features if f.get("geometry")), 0)
    while isinstance(found, list) and found:
        found = found[0]
    return isinstance(found, int | float) and abs(found) > 180
