"""The county as a drawing: plain values in, plain values out, for a page to write as SVG.

Degrees become units of the drawing with one scale for both ways: longitude is shortened by the cosine of the middle
latitude, which over a county is true to about one in a hundred.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from staff.map_labels import Box, Label, Labels, boxes_of_marks

WIDTH = 800.0
MARGIN = 24.0
KM_A_DEGREE = 111.2
WIDE_TEXT, NARROW_TEXT = 15.0, 32.0
NARROW_TOWNS, NARROW_MARKS = 9, 1.4
AREA_TEXT = 17.0
KEY_WIDTH, KEY_HEIGHT = 275.0, 190.0  # the corner where the sizes of symbols are explained
SMALLEST, GROWTH, MOST_COUNTED = 10.0, 1.5, 60
FURTHEST_MOVED, ROUNDS = 34.0, 60
SIDES = {
    "square": (4, 45.0),
    "diamond": (4, 0.0),
    "hexagon": (6, 30.0),
    "octagon": (8, 22.5),
    "pentagon": (5, -90.0),
}
SIDES |= {"triangle": (3, -90.0)}
# So that each shape looks as large as a circle of the same radius.
SWELL = {"square": 1.22, "diamond": 1.25, "triangle": 1.5, "pentagon": 1.15, "hexagon": 1.1, "octagon": 1.06}

Point = tuple[float, float]  # latitude, longitude; in a drawing x, y


@dataclass(frozen=True)
class Area:
    """A district by the rings around it."""

    name: str
    rings: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True)
class Road:
    name: str
    points: tuple[Point, ...]
    is_motorway: bool = False


@dataclass(frozen=True)
class Town:
    name: str
    at: Point
    is_outside: bool = False


@dataclass(frozen=True)
class Ground:
    """What lies under the marks; towns the more important first. `is_rough`: the areas are only roughly so."""

    areas: tuple[Area, ...]
    roads: tuple[Road, ...]
    towns: tuple[Town, ...]
    is_rough: bool = True


@dataclass(frozen=True)
class Mark:
    """One symbol. `id` is its anchor and `row` that of its line in the table; `text` stands in it, `title` is said.

    `within_m` None draws no ring around it.
    """

    id: str
    row: str
    at: Point
    shape: str
    colour: str
    radius: float
    text: str
    title: str
    within_m: int | None = None


@dataclass(frozen=True)
class DrawnMark:
    """A mark at `x`, `y`; it belongs to `true_x`, `true_y`, from where it was moved if others lie there too."""

    mark: Mark
    x: float
    y: float
    true_x: float
    true_y: float
    path: str
    ring: float | None
    is_moved: bool


@dataclass(frozen=True)
class Drawing:
    """`areas` and `roads` are (name, SVG path); labels once for wide and once for narrow windows."""

    width: float
    height: float
    areas: tuple[tuple[str, str], ...]
    roads: tuple[tuple[str, str, bool], ...]
    dots: tuple[Point, ...]
    marks: tuple[DrawnMark, ...]
    wide: tuple[Label, ...]
    narrow: tuple[Label, ...]
    bar_km: int
    bar: float


@dataclass(frozen=True)
class Projection:
    north: float
    west: float
    scale: float  # units a degree of latitude
    shrink: float  # of longitude

    def point(self, at: Point) -> Point:
        latitude, longitude = at
        x = MARGIN + (longitude - self.west) * self.shrink * self.scale
        return round(x, 1), round(MARGIN + (self.north - latitude) * self.scale, 1)

    def metres(self, metres: float) -> float:
        return metres / 1000 / KM_A_DEGREE * self.scale


def size_by_caravans(caravans: int | None) -> float:
    """The radius of a symbol; its area grows with the caravans. Not counted: the smallest."""
    return SMALLEST + GROWTH * math.sqrt(min(caravans or 0, MOST_COUNTED))


def draw(ground: Ground, marks: Sequence[Mark]) -> Drawing:
    """Marks off the ground are left out: the page tells of them in its table."""
    points = [p for area in ground.areas for ring in area.rings for p in ring]
    points += [town.at for town in ground.towns if not town.is_outside]
    project, height = _project(points or [mark.at for mark in marks])
    sheet = Box(4, 4, WIDTH - 4, height - 4)
    drawn = _draw_marks(marks, project, sheet)
    spots = [(m.x, m.y, m.mark.radius) for m in drawn]
    bar_km = 10
    bar = project.metres(bar_km * 1000)
    corner = Box(0, height - 46, bar + 70, height)
    towns = [(town, project.point(town.at)) for town in ground.towns]
    towns = [(town, at) for town, at in towns if _is_on(at, sheet)]
    dots = tuple(at for _, at in towns)
    key = Box(WIDTH - KEY_WIDTH, height - KEY_HEIGHT, WIDTH, height)
    taken = [*boxes_of_marks(spots), corner, key]
    wide = Labels(sheet, [*taken, *boxes_of_marks([(x, y, 3) for x, y in dots])])
    for town, (x, y) in towns:
        wide.add_around(town.name, x, y, WIDE_TEXT, "outside" if town.is_outside else "town")
    for area in ground.areas:
        _name_area(wide, area, project)
    for road in ground.roads:
        wide.add_at(road.name, _middles(road, project), WIDE_TEXT * 0.8, "road")
    larger = [(x, y, radius * NARROW_MARKS) for x, y, radius in spots]
    narrow = Labels(sheet, [*boxes_of_marks(larger), Box(0, height - 80, bar + 110, height), key])
    for town, (x, y) in towns[:NARROW_TOWNS]:
        narrow.add_around(town.name, x, y, NARROW_TEXT, "town")
    return Drawing(
        width=WIDTH,
        height=height,
        areas=tuple((area.name, _path(area.rings, project, close=True)) for area in ground.areas),
        roads=tuple((r.name, _path([r.points], project, close=False), r.is_motorway) for r in ground.roads),
        dots=dots,
        marks=drawn,
        wide=tuple(wide.placed),
        narrow=tuple(narrow.placed),
        bar_km=bar_km,
        bar=round(bar, 1),
    )


def shape_path(shape: str, radius: float) -> str:
    """An SVG path around 0, 0."""
    if shape not in SIDES:
        arc = f"a{radius:.1f} {radius:.1f} 0 1 0"
        return f"M{-radius:.1f} 0{arc} {2 * radius:.1f} 0{arc} {-2 * radius:.1f} 0z"
    sides, turned = SIDES[shape]
    far = radius * SWELL[shape]
    corners = [math.radians(turned + 360 / sides * n) for n in range(sides)]
    return "M" + "L".join(f"{far * math.cos(a):.1f} {far * math.sin(a):.1f}" for a in corners) + "z"


def _project(points: Sequence[Point]) -> tuple[Projection, float]:
    north, south = max((p[0] for p in points), default=53.0), min((p[0] for p in points), default=52.0)
    east, west = max((p[1] for p in points), default=-1.0), min((p[1] for p in points), default=-2.0)
    shrink = math.cos(math.radians((north + south) / 2))
    scale = (WIDTH - 2 * MARGIN) / (max(east - west, 0.05) * shrink)
    return Projection(north, west, scale, shrink), round(2 * MARGIN + (north - south) * scale, 1)


def _draw_marks(marks: Sequence[Mark], project: Projection, sheet: Box) -> tuple[DrawnMark, ...]:
    """The larger first, so that none hides a smaller one."""
    on_map = [(mark, project.point(mark.at)) for mark in marks]
    on_map = [(mark, at) for mark, at in on_map if _is_on(at, sheet)]
    moved = _spread([(x, y, mark.radius) for mark, (x, y) in on_map])
    drawn = [
        DrawnMark(
            mark=mark,
            x=round(x, 1),
            y=round(y, 1),
            true_x=true[0],
            true_y=true[1],
            path=shape_path(mark.shape, mark.radius),
            ring=None if mark.within_m is None else round(project.metres(mark.within_m), 1),
            is_moved=math.dist((x, y), true) > mark.radius / 2,
        )
        for (mark, true), (x, y) in zip(on_map, moved, strict=True)
    ]
    return tuple(sorted(drawn, key=lambda m: -m.mark.radius))


def _spread(circles: Sequence[tuple[float, float, float]]) -> list[Point]:
    """Circles that lie on one another pushed apart, none far; those at one point go out in a spiral."""
    at = [(x + 0.1 * math.cos(2.4 * n), y + 0.1 * math.sin(2.4 * n)) for n, (x, y, _) in enumerate(circles)]
    for _ in range(ROUNDS):
        still = True
        for a in range(len(circles)):
            for b in range(a):
                apart = math.dist(at[a], at[b])
                wanted = circles[a][2] + circles[b][2] + 1
                if apart >= wanted - 0.5:
                    continue
                still = False
                push = (wanted - apart) / 2 / max(apart, 0.01)
                dx, dy = (at[a][0] - at[b][0]) * push, (at[a][1] - at[b][1]) * push
                at[a] = _no_further((at[a][0] + dx, at[a][1] + dy), circles[a])
                at[b] = _no_further((at[b][0] - dx, at[b][1] - dy), circles[b])
        if still:
            break
    return at


def _no_further(at: Point, circle: tuple[float, float, float]) -> Point:
    far = math.dist(at, circle[:2])
    if far <= FURTHEST_MOVED:
        return at
    share = FURTHEST_MOVED / far
    return circle[0] + (at[0] - circle[0]) * share, circle[1] + (at[1] - circle[1]) * share


def _is_on(at: Point, sheet: Box) -> bool:
    return sheet.left <= at[0] <= sheet.right and sheet.top <= at[1] <= sheet.bottom


def _path(lines: Iterable[Sequence[Point]], project: Projection, *, close: bool) -> str:
    drawn = []
    for line in lines:
        points = " ".join("{:g} {:g}".format(*project.point(p)) for p in line)
        drawn.append(f"M{points}" + ("z" if close else ""))
    return "".join(drawn)


def _middles(road: Road, project: Projection) -> list[Point]:
    """Where a road's name may stand: between two of its points, the longest piece first."""
    points = [project.point(p) for p in road.points]
    pieces = sorted(pairwise(points), key=lambda piece: -math.dist(*piece))
    return [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pieces]


def _name_area(labels: Labels, area: Area, project: Projection) -> None:
    """Within the area where there is room, else wherever there is."""
    ring = [project.point(p) for p in max(area.rings, key=len, default=())]

    def fits(box: Box) -> bool:
        corners = [
            (x, y) for x in (box.left, (box.left + box.right) / 2, box.right) for y in (box.top, box.bottom)
        ]
        return all(_is_inside(corner, ring) for corner in corners)

    spots = _spots_in(area, project)
    name = area.name.upper()
    if not labels.add_at(name, spots, AREA_TEXT, "area", fits):
        labels.add_at(name, spots, AREA_TEXT, "area")


def _is_inside(at: Point, ring: Sequence[Point]) -> bool:
    """Whether a line from the point crosses the ring an odd number of times."""
    x, y = at
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], *ring[:1]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


def _spots_in(area: Area, project: Projection) -> list[Point]:
    """A grid over the middle of an area, from its centre outward."""
    points = [project.point(p) for p in max(area.rings, key=len, default=())]
    if not points:
        return []
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    reach_x, reach_y = (max(xs) - min(xs)) / 2.5, (max(ys) - min(ys)) / 2.5
    steps = [n / 10 for n in range(-10, 11)]
    spots = [(x + reach_x * across, y + reach_y * down) for across in steps for down in steps]
    return sorted(spots, key=lambda spot: math.dist(spot, (x, y)))


def fit_text(mark: Mark) -> Mark:
    """The mark without its text where that has no room."""
    return mark if len(mark.text) * 6 < mark.radius * 2.2 else replace(mark, text="")
