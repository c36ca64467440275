"""What lies under the marks of the county map, from the county's files: districts, main roads, towns.

Where the operator has loaded no boundaries, a district is drawn as whatever is nearer to its named places than to
anybody else's: rough, and said to be so on the map.
"""

import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import shapely
from pydantic import BaseModel, ConfigDict, Field
from shapely import Geometry, MultiPoint, Polygon

from flows.county import DistrictsFile, LandmarksFile, NeighboursFile, PlacesFile
from flows.yaml_lines import read_yaml
from staff.county_map import Area, Ground, Point, Road, Town

OUTSIDE = ""
REACH = 0.055  # degrees of latitude: how far from its named places a district is drawn
SMOOTH, DETAIL, SPIKE = 0.007, 0.002, 0.025


class Stage(BaseModel):
    """States shown alike."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    shape: str
    colour: str = Field(pattern=r"^#[0-9a-f]{6}$")
    states: tuple[str, ...]


class MapFile(BaseModel):
    """county/map.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    towns: tuple[str, ...]
    neighbours: tuple[str, ...]
    roads: tuple[str, ...]
    stages: tuple[Stage, ...] = Field(min_length=1)

    def find_stage(self, state: str) -> Stage:
        return next((stage for stage in self.stages if state in stage.states), self.stages[-1])


@dataclass(frozen=True)
class CountyFiles:
    """The files of county/ that a map is drawn from."""

    places: PlacesFile
    neighbours: NeighboursFile
    districts: DistrictsFile
    landmarks: tuple[LandmarksFile, ...]
    map: MapFile


def read_county(county: Path) -> CountyFiles:
    return CountyFiles(
        PlacesFile.model_validate(read_yaml(county / "places.yml")),
        NeighboursFile.model_validate(read_yaml(county / "neighbours.yml")),
        DistrictsFile.model_validate(read_yaml(county / "districts.yml")),
        tuple(
            LandmarksFile.model_validate(read_yaml(path)) for path in sorted(county.glob("landmarks_*.yml"))
        ),
        MapFile.model_validate(read_yaml(county / "map.yml")),
    )


def make_ground(files: CountyFiles, outlines: Mapping[str, Geometry] | None = None) -> Ground:
    """`outlines` are the loaded boundaries (WGS 84) by district id; without them they are drawn roughly."""
    names = {district.id: district.name for district in files.districts.districts}
    shapes = outlines or _rough_outlines(files)
    at = {row.name: (row.latitude, row.longitude) for row in files.neighbours.places}
    at |= {row.name: (row.latitude, row.longitude) for row in files.places.places}
    towns = [Town(name, at[name]) for name in files.map.towns if name in at]
    towns += [Town(name, at[name], is_outside=True) for name in files.map.neighbours if name in at]
    return Ground(
        areas=tuple(Area(names[id], _rings(shapes[id])) for id in names if id in shapes),
        roads=tuple(_roads(files)),
        towns=tuple(towns),
        is_rough=not outlines,
    )


def _roads(files: CountyFiles) -> Iterable[Road]:
    rows = {row.name: row for file in files.landmarks for row in file.roads}
    for name in files.map.roads:
        if name in rows and len(rows[name].points) > 1:
            points = tuple((point.latitude, point.longitude) for point in rows[name].points)
            yield Road(name, points, is_motorway=name.startswith("M"))


def _rough_outlines(files: CountyFiles) -> dict[str, Geometry]:
    """Each named place's surroundings, put together by district."""
    seeds: dict[Point, str] = {}
    for place in files.places.places:
        seeds.setdefault((place.latitude, place.longitude), place.district)
    for landmark in (row for file in files.landmarks for row in file.landmarks):
        seeds.setdefault((landmark.latitude, landmark.longitude), landmark.district)
    for outside in files.neighbours.places:
        seeds.setdefault((outside.latitude, outside.longitude), OUTSIDE)
    shrink = _shrink(seeds)
    points = MultiPoint([(longitude * shrink, latitude) for latitude, longitude in seeds])
    cells = shapely.voronoi_polygons(points, ordered=True).geoms
    held: dict[str, list[Geometry]] = defaultdict(list)
    near: dict[str, list[Geometry]] = defaultdict(list)
    for district, point, cell in zip(seeds.values(), points.geoms, cells, strict=True):
        held[district].append(cell)
        near[district].append(point)
    ids = [id for id in held if id != OUTSIDE]
    within = shapely.union_all([MultiPoint(near[id]).buffer(REACH) for id in ids])
    whole = shapely.union_all([cell for id in ids for cell in held[id]]).intersection(within)
    # Between far names cells run out into spikes: what is thinner than this is no part of the county.
    whole = _largest(whole.buffer(-SPIKE).buffer(2 * SPIKE).buffer(-SPIKE))
    areas = [_largest(shapely.union_all(held[id]).intersection(whole)) for id in ids]
    smooth = shapely.coverage_simplify(areas, SMOOTH)
    return {
        id: shapely.transform(area, lambda xy: xy / [shrink, 1.0])
        for id, area in zip(ids, smooth, strict=True)
    }


def _shrink(seeds: Iterable[Point]) -> float:
    latitudes = [latitude for latitude, _ in seeds]
    return math.cos(math.radians(sum(latitudes) / len(latitudes)))


def _largest(shape: Geometry) -> Geometry:
    """Without what a single misplaced name cuts off, or out."""
    return Polygon(max(shapely.get_parts(shape), key=lambda part: part.area).exterior)


def _rings(shape: Geometry) -> tuple[tuple[Point, ...], ...]:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    return tuple(
        tuple((round(y, 4), round(x, 4)) for x, y in ring.coords)
        for part in parts
        for ring in (part.exterior, *part.interiors)
    )


def find_outlines(path: Path, files: CountyFiles) -> dict[str, Geometry]:
    """The boundaries the operator has loaded (`frontdoor geo import`), by district id; none where one is missing."""
    if not path.is_file():
        return {}
    ids = {district.code: district.id for district in files.districts.districts}
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            rows = connection.execute("SELECT code, shape FROM areas").fetchall()
        except sqlite3.DatabaseError:  # no such file of ours: the map does without
            return {}
    found = {ids[code]: shapely.from_wkb(shape) for code, shape in rows if code in ids}
    if found.keys() != set(ids.values()):
        return {}
    smooth = shapely.coverage_simplify(list(found.values()), DETAIL)
    return dict(zip(found, smooth, strict=True))
