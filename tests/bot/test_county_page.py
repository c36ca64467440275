"""The county map: what is drawn, that the table says the same, and what may be published."""

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
import shapely
from desk import audit, file, open_desk, ref, run, run_json

from bot.county_page import MapNames, render_places, render_sites
from bot.map_ground import find_outlines, make_ground, read_county
from bot.settings import ROOT
from flows.case_states import load_machines
from flows.content import load_gazetteer
from staff.county_map import Ground, Mark, draw
from staff.map_labels import box_of
from staff.map_sites import Site, count_by_place
from staff.small_numbers import Hidden

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
COUNTY = ROOT / "county"
OUTSIDE = re.compile(r"https?://|//[a-z]|url\(|@import|<script|<link|<img", re.IGNORECASE)


def site(number: int, **different) -> Site:
    made = Site(ref(number), "visited", "Warwick", "warwick", "park", 52.28, -1.58, 1000, 4, NOW, NOW, None)
    return replace(made, **different)


SITES = (
    site(1),
    site(2, state="received", caravans=None),  # at the same point
    site(3, state="notice_served", latitude=52.19, longitude=-1.71, within_m=30, caravans=40),
    site(4, state="no such state", latitude=52.52, longitude=-1.47, near="Nuneaton"),
    site(5, latitude=None, longitude=None, near=""),
    site(6, latitude=55.0, longitude=-3.0),
)


@pytest.fixture(scope="module")
def ground() -> Ground:
    return make_ground(read_county(COUNTY))


def page_of(ground: Ground) -> str:
    names = MapNames({"warwick": "Warwick"}, {"park": "Park or green"})
    return render_sites(SITES, ground, read_county(COUNTY).map, names, "All sites", NOW)


def svg_of(page: str) -> ElementTree.Element:
    found = re.search(r'<svg class="map".*?</svg>(?=\n<figcaption)', page, re.S)
    assert found is not None
    return ElementTree.fromstring(found.group())


def links(svg: ElementTree.Element) -> dict[str, str]:
    """By the row that a symbol leads to, what is said of it."""
    return {a.attrib["href"][1:]: a.attrib["aria-label"] for a in svg.iter("{http://www.w3.org/2000/svg}a")}


def test_every_site_is_in_the_table_and_those_with_a_point_on_the_map(ground: Ground) -> None:
    page = page_of(ground)
    assert [f'<tr id="row-{n}">' in page for n in range(1, 7)] == [True] * 6
    drawn = links(svg_of(page))
    assert sorted(drawn) == ["row-1", "row-2", "row-3", "row-4"]
    assert drawn["row-3"] == "Site 3: Notice served, near Warwick, 40 caravans"
    assert drawn["row-2"] == "Site 2: Received, near Warwick, caravans not counted"
    assert all(f'href="#site-{n}"' in page for n in (1, 2, 3, 4))
    assert "Not on the map (no point, or outside it): 5, 6." in page
    assert ref(6) in page


def test_the_page_needs_nothing_from_outside(ground: Ground) -> None:
    page = page_of(ground).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert OUTSIDE.search(page) is None


def test_proportions_are_true_and_the_bar_is_ten_kilometres(ground: Ground) -> None:
    at = {"a": (52.3, -1.6), "b": (52.4, -1.6), "c": (52.3, -1.5)}
    marks = [Mark(id, id, point, "circle", "#000000", 5, "", "", 1000) for id, point in at.items()]
    drawn = draw(ground, marks)
    a, b, c = ((m.true_x, m.true_y) for m in sorted(drawn.marks, key=lambda m: m.mark.id))
    north, east = a[1] - b[1], c[0] - a[0]
    assert east / north == pytest.approx(0.6115, abs=0.005)  # the cosine of 52.3 degrees
    assert drawn.bar / north == pytest.approx(10 / 11.12, abs=0.01)
    assert drawn.marks[0].ring == pytest.approx(drawn.bar / 10, abs=0.1)


def test_symbols_at_one_point_are_moved_apart_and_no_name_lies_on_another(ground: Ground) -> None:
    marks = [Mark(str(n), str(n), (52.28, -1.58), "square", "#000000", 12, "", "") for n in range(3)]
    drawn = draw(ground, marks)
    spots = [(m.x, m.y) for m in drawn.marks]
    assert min(abs(complex(*a) - complex(*b)) for a in spots for b in spots if a != b) > 20
    boxes = [box_of(label, 15) for label in drawn.wide if label.kind in ("town", "outside")]
    assert not any(a.meets(b) for n, a in enumerate(boxes) for b in boxes[:n])
    assert {"Nuneaton", "Rugby", "Stratford-upon-Avon"} <= {label.text for label in drawn.wide}


def test_every_state_an_encampment_may_be_in_has_its_symbol() -> None:
    look = read_county(COUNTY).map
    shown = [state for stage in look.stages for state in stage.states]
    assert len(shown) == len(set(shown))
    assert set(load_machines(COUNTY)["encampment"].states) <= set(shown)
    assert len({(stage.shape) for stage in look.stages}) == len(look.stages)


def test_what_is_published_has_no_points_no_references_and_no_small_numbers(ground: Ground) -> None:
    gazetteer = load_gazetteer(COUNTY)
    many = [site(n) for n in range(7)]
    few = [site(10 + n, near="Kenilworth", latitude=52.341, longitude=-1.571) for n in range(2)]
    counted = count_by_place([*many, *few], gazetteer)
    assert [(place.near, place.sites) for place in counted] == [
        ("Kenilworth", Hidden.FEW),
        ("Warwick", Hidden.OTHER),
    ]
    page = render_places(counted, ground, {"warwick": "Warwick"}, "All sites", NOW)
    assert "Near Kenilworth: fewer than 5 sites" in page
    assert all(hidden not in page for hidden in ("52.341", "-1.571", "EN-", 'class="ring"'))
    assert OUTSIDE.search(page.replace('xmlns="http://www.w3.org/2000/svg"', "")) is None


def test_loaded_boundaries_are_drawn_instead_of_rough_ones(tmp_path: Path) -> None:
    import sqlite3

    from storage.geo_file import FILE_NAME, SCHEMA

    files = read_county(COUNTY)
    assert find_outlines(tmp_path / FILE_NAME, files) == {}
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.executescript(SCHEMA)
        for number, district in enumerate(files.districts.districts):
            box = shapely.box(-1.9 + number / 10, 52.0, -1.8 + number / 10, 52.5)
            connection.execute(
                "INSERT INTO areas VALUES (?, ?, ?)", (district.code, district.name, shapely.to_wkb(box))
            )
    connection.close()
    made = make_ground(files, find_outlines(tmp_path / FILE_NAME, files))
    assert not made.is_rough
    assert {point[0] for point in made.areas[0].rings[0]} == {52.0, 52.5}


# the commands


@pytest.fixture
def desk(tmp_path, monkeypatch):
    database = open_desk(tmp_path, monkeypatch)
    land = {
        "land": "farmland",
        "caravans": 6,
        "impact": ["waste", "welfare_need"],
        "details": "my secret words",
    }
    seen = {
        "seen_at": {"value": "2026-11-20T08:00:00+00:00", "precision": "hour"},
        "place": {"text": "by Ada's gate"},
    }
    file(database, ref(1), answers=land | seen, desk="landowner")
    file(database, ref(2), desk="county_encampments")
    return database


def test_the_commands_write_pages_and_leave_their_lines(desk, tmp_path: Path) -> None:
    pages = [tmp_path / "map.html", tmp_path / "packet.html"]
    for words, path in zip(
        (("insight", "map", "--publish"), ("cases", "packet", ref(1))), pages, strict=True
    ):
        code, printed = run(*words, "-o", str(path))
        assert code == 0, printed
        assert OUTSIDE.search(path.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")) is None
    assert "reports_by_land,farmland,sites,1" in run("insight", "reports", "--by", "land", "--csv")[1]
    assert json.dumps(run_json("insight", "fairness", "--public")).count("fewer than 5") > 3
    code, printed = run("insight", "map", "-o", "/nowhere/map.html")
    assert (code, "Please give another file" in printed) == (1, True)
    code, printed = run("cases", "packet", ref(2), "-o", str(pages[1]))
    assert (code, "add --anyway" in printed) == (1, True)
    actions = ["insight.map", "case.packet", "insight.reports", "insight.fairness", "insight.map"]
    assert [line.action for line in audit(desk)] == actions


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")
def test_everyone_can_read_the_pages_on_any_screen_and_by_keyboard(desk, tmp_path: Path) -> None:
    pages = [tmp_path / f"{name}.html" for name in ("map", "published", "fairness", "packet")]
    commands = (
        ("insight", "map"),
        ("insight", "map", "--publish"),
        ("insight", "fairness"),
        ("cases", "packet", ref(1)),
    )
    for words, path in zip(commands, pages, strict=True):
        assert run(*words, "-o", str(path))[0] == 0
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for path in pages:
            for width in (1280, 320) if path == pages[0] else (320,):
                complaints: list[str] = []
                page = browser.new_page(viewport={"width": width, "height": 900})
                page.on("console", lambda message, told=complaints: told.append(message.text))
                page.goto(path.as_uri())
                found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
                assert [(path.name, width, f["id"], f["nodes"][0]["html"]) for f in found] == []
                inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                assert inner <= outer, (path.name, width)
                assert complaints == []
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(pages[0].as_uri())
        page.locator("#site-1 a").focus()
        page.keyboard.press("Enter")
        assert page.url.endswith("#row-1")
        page.locator("#row-1 a").focus()
        page.keyboard.press("Enter")
        assert page.url.endswith("#site-1")
        browser.close()
