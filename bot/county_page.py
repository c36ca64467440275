"""The page of `frontdoor insight map`: the drawing, its legend and a table with the same facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.map_ground import MapFile
from bot.pages import render_page
from flows.county import LONDON
from staff.county_map import Drawing, Ground, Mark, draw, fit_text, shape_path, size_by_caravans
from staff.map_sites import EXACT_M, PlaceCount, Site
from staff.small_numbers import Hidden

KEY_RADIUS = 11.0
SITE_COLUMNS = (
    "No.", "State", "Since", "Near", "District", "Land", "Caravans", "First reported", "Within", "Reference"
)  # fmt: skip
PLACE_COLUMNS = ("Near", "Sites", "District")
COUNT_COLOUR = "#1b5a9e"
SIZES, SIZE_COLOUR = (1, 10, 40), "#57606a"
# Symbols of places grow in steps, so that a hidden number cannot be measured.
STEPS = ((5, 13.0), (10, 17.0), (20, 21.0), (50, 26.0))
FEW_RADIUS = 10.0
ROUGH = "District areas are rough: each is what lies nearer to its named places than to another's."
WITHOUT_POINT = "Not on the map (no point, or outside it): {}."


@dataclass(frozen=True)
class Key:
    name: str
    path: str
    colour: str


@dataclass(frozen=True)
class TableRow:
    """`mark` is the anchor of its symbol, "" where it has none on the map."""

    id: str
    name: str
    cells: tuple[str, ...]
    mark: str = ""
    path: str = ""
    colour: str = ""


@dataclass(frozen=True)
class CountyPage:
    title: str
    covers: str
    drawing: Drawing
    legend: tuple[Key, ...]
    sizes: tuple[Key, ...]
    explained: tuple[str, ...]
    caption: tuple[str, ...]
    counted: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    foot: str


@dataclass(frozen=True)
class MapNames:
    """What districts, land and states are called."""

    district: Mapping[str, str]
    land: Mapping[str, str]


def render_sites(
    sites: Sequence[Site], ground: Ground, look: MapFile, names: MapNames, covers: str, now: datetime
) -> str:
    """For staff: every site at its point."""
    marks = [_site_mark(number, site, look) for number, site in enumerate(sites, 1) if _is_placed(site)]
    drawing = draw(ground, marks)
    on_map = {mark.mark.id for mark in drawing.marks}
    rows = [_site_row(number, site, look, names, on_map) for number, site in enumerate(sites, 1)]
    missing = [row.name for row in rows if not row.mark]
    there = {look.find_stage(site.state).id for site in sites}
    page = CountyPage(
        title="Encampment sites in the county",
        covers=covers,
        drawing=drawing,
        legend=tuple(
            Key(stage.name, shape_path(stage.shape, KEY_RADIUS), stage.colour)
            for stage in look.stages
            if stage.id in there
        ),
        sizes=tuple(
            Key(_caravans(count), shape_path("circle", size_by_caravans(count)), SIZE_COLOUR)
            for count in SIZES
        ),
        explained=(
            "A symbol is larger the more caravans were last counted (not counted: smallest); how many people reported "
            "a site changes nothing. A dashed ring shows how far from its point a site may be. The number is that of "
            "the table.",
        ),
        caption=(
            f"Drawn {_moment(now)}.",
            *((ROUGH,) if ground.is_rough else ()),
            *(("A symbol moved aside from others has a line to its point.",) if _any_moved(drawing) else ()),
            *((WITHOUT_POINT.format(", ".join(missing)),) if missing else ()),
        ),
        counted=f"{len(sites)} {'site' if len(sites) == 1 else 'sites'}",
        columns=SITE_COLUMNS,
        rows=tuple(rows),
        foot="For staff alone: it shows where people live. To publish, make one with --publish.",
    )
    return render_page("county_map.html", page=page)


def render_places(
    places: Sequence[PlaceCount], ground: Ground, districts: Mapping[str, str], covers: str, now: datetime
) -> str:
    """To publish: how many sites near which place, no point of any, small numbers hidden."""
    marks = [_place_mark(number, place) for number, place in enumerate(places, 1)]
    drawing = draw(ground, marks)
    on_map = {mark.mark.id for mark in drawing.marks}
    rows = [_place_row(number, place, districts, on_map) for number, place in enumerate(places, 1)]
    missing = [row.name for row in rows if not row.mark]
    page = CountyPage(
        title="Encampment sites by place",
        covers=covers,
        drawing=drawing,
        legend=(
            Key("Sites near a place, the larger the more", shape_path("circle", KEY_RADIUS), COUNT_COLOUR),
        ),
        sizes=(
            Key("few or hidden", shape_path("circle", FEW_RADIUS), SIZE_COLOUR),
            *(
                Key(f"{least} or more", shape_path("circle", radius), SIZE_COLOUR)
                for least, radius in STEPS[:2]
            ),
        ),
        explained=(
            "Each symbol stands at the named place nearest to the sites, not where any of them is. Small numbers are "
            "not shown, and some others neither, so that no total gives them away.",
        ),
        caption=(
            f"Drawn {_moment(now)}.",
            *((ROUGH,) if ground.is_rough else ()),
            *((WITHOUT_POINT.format(", ".join(missing)),) if missing else ()),
        ),
        counted="Sites near each place",
        columns=PLACE_COLUMNS,
        rows=tuple(rows),
        foot="Sites are places where people live or lived. Please treat them as you would your neighbours.",
    )
    return render_page("county_map.html", page=page)


def _is_placed(site: Site) -> bool:
    return site.latitude is not None and site.longitude is not None


def _site_mark(number: int, site: Site, look: MapFile) -> Mark:
    stage = look.find_stage(site.state)
    assert site.latitude is not None
    assert site.longitude is not None
    title = f"Site {number}: {_words(site.state)}, near {site.near}, {_caravans(site.caravans)}"
    return fit_text(
        Mark(
            id=f"site-{number}",
            row=f"row-{number}",
            at=(site.latitude, site.longitude),
            shape=stage.shape,
            colour=stage.colour,
            radius=size_by_caravans(site.caravans),
            text=str(number),
            title=title,
            within_m=site.within_m if (site.within_m or 0) > EXACT_M else None,
        )
    )


def _site_row(number: int, site: Site, look: MapFile, names: MapNames, on_map: set[str]) -> TableRow:
    stage = look.find_stage(site.state)
    since = _day(site.state_at.astimezone(LONDON).date()) if site.state_at is not None else ""
    if site.state_until is not None:
        since += f", until {_day(site.state_until)}"
    land = names.land.get(site.land or "", _words(site.land) if site.land else "not said")
    cells = (
        _words(site.state),
        since,
        site.near or "no point",
        names.district.get(site.district or "", "not known"),
        land,
        "not counted" if site.caravans is None else str(site.caravans),
        _day(site.since.astimezone(LONDON).date()),
        _distance(site.within_m) if _is_placed(site) else "",
        site.reference,
    )
    mark = f"site-{number}"
    return TableRow(
        id=f"row-{number}",
        name=str(number),
        cells=cells,
        mark=mark if mark in on_map else "",
        path=shape_path(stage.shape, KEY_RADIUS),
        colour=stage.colour,
    )


def _place_mark(number: int, place: PlaceCount) -> Mark:
    count = place.sites
    radius = FEW_RADIUS
    if not isinstance(count, Hidden):
        radius = max((radius for least, radius in STEPS if count >= least), default=FEW_RADIUS)
    return Mark(
        id=f"place-{number}",
        row=f"row-{number}",
        at=(place.latitude, place.longitude),
        shape="circle",
        colour=COUNT_COLOUR,
        radius=radius,
        text="" if isinstance(count, Hidden) else str(count),
        title=f"Near {place.near}: {count} {'site' if count == 1 else 'sites'}",
    )


def _place_row(number: int, place: PlaceCount, districts: Mapping[str, str], on_map: set[str]) -> TableRow:
    mark = f"place-{number}"
    cells = (str(place.sites), districts.get(place.district or "", "not known"))
    return TableRow(f"row-{number}", place.near, cells, mark if mark in on_map else "")


def _any_moved(drawing: Drawing) -> bool:
    return any(mark.is_moved for mark in drawing.marks)


def _caravans(count: int | None) -> str:
    if count is None:
        return "caravans not counted"
    return f"{count} caravan{'' if count == 1 else 's'}"


def _distance(metres: int | None) -> str:
    if metres is None:
        return "not known"
    return f"{metres} m" if metres < 1000 else f"{metres / 1000:g} km"


def _words(id: str) -> str:
    return id.replace("_", " ").capitalize()


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _moment(now: datetime) -> str:
    local = now.astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M}"
