"""The operator's own geography: read in its published layouts (samples written by hand), kept all or nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from geo_samples import (
    COUNTY,
    NAMES,
    NEW_HEADER,
    POSTCODES,
    write_boundaries,
    write_names,
    write_postcodes,
)
from pyproj import Transformer

from flows.geodata import Area, PostcodePoint
from storage.geo_file import GeoFile
from storage.geo_import import import_geo
from storage.geo_sources import GeoFault

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TO_GRID = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "geo.sqlite"


@pytest.mark.parametrize("name", ["onspd.zip", "ONSPD_AUG_2025_UK.csv"])
def test_postcodes_in_use_near_the_county_are_kept(target: Path, tmp_path: Path, name: str):
    (done,) = import_geo(target, COUNTY, NOW, postcodes=write_postcodes(tmp_path / name))
    assert (done.kind, done.read, done.kept) == ("postcodes", 5, 2)
    known = GeoFile(target)
    assert known.find_point("CV34 6PH") == PostcodePoint("CV34 6PH", 52.2814, -1.5853, "E07000222")
    # Ended, without a point or never there: it is none. Of an area that is not loaded nothing is said.
    for none in ("CV34 5AA", "CV34 9ZY", "CV34 9ZZ"):
        assert known.find_point(none) == PostcodePoint(none)
    assert known.find_point("NE66 1AA") is None


def test_the_newer_names_of_columns_are_known(target: Path, tmp_path: Path):
    import_geo(target, COUNTY, NOW, postcodes=write_postcodes(tmp_path / "a.csv", header=NEW_HEADER))
    found = GeoFile(target).find_point("CV34 6PH")
    assert found is not None
    assert found.district == "E07000222"


@pytest.mark.parametrize(
    ("grid", "crs"),
    [
        (None, ""),
        (None, "urn:ogc:def:crs:OGC:1.3:CRS84"),
        (TO_GRID.transform, "EPSG:27700"),
        (TO_GRID.transform, ""),
    ],
    ids=["degrees", "degrees told", "grid told", "grid seen"],
)
def test_boundaries_come_in_degrees_or_on_the_grid(target: Path, tmp_path: Path, grid, crs: str):
    file = write_boundaries(tmp_path / "lad.geojson", grid=grid, crs=crs)
    (done,) = import_geo(target, COUNTY, NOW, boundaries=file)
    assert (done.read, done.kept) == (3, 2)
    known = GeoFile(target)
    assert known.find_area(52.28, -1.58) == Area("E07000222", "Warwick")
    assert known.find_area(52.40, -1.50) == Area("E08000026", "Coventry")
    assert known.find_area(51.50, -0.12) is None


def test_names_are_found_as_residents_spell_them(target: Path, tmp_path: Path):
    (done,) = import_geo(target, COUNTY, NOW, names=write_names(tmp_path / "opname.zip"))
    assert (done.read, done.kept) == (6, 3)
    known = GeoFile(target)
    (lane,) = known.find_names(["quillet lane", "a429", "cv34 6ph"])
    assert (lane.name, lane.kind, lane.near, lane.district) == (
        "Quillet Lane",
        "road",
        "Warwick",
        "E07000222",
    )
    assert (round(lane.latitude, 2), round(lane.longitude, 2), lane.within_m) == (52.28, -1.59, 200)


def test_what_is_not_given_stays_and_a_running_process_sees_the_new_file(target: Path, tmp_path: Path):
    known = GeoFile(target)
    assert known.find_point("CV34 6PH") is None
    import_geo(target, COUNTY, NOW, postcodes=write_postcodes(tmp_path / "a.csv"))
    assert known.find_point("CV34 6PH") is not None
    import_geo(target, COUNTY, NOW, boundaries=write_boundaries(tmp_path / "lad.geojson"))
    found = known.find_point("CV5 7AA")
    assert found is not None
    assert found.council == "Coventry"
    assert [each.kind for each in known.list_loaded()] == ["boundaries", "postcodes"]


@pytest.mark.parametrize(
    ("kind", "name", "text", "told"),
    [
        ("postcodes", "a.csv", "name,age\nx,1\n", "a.csv: no table with the columns pcds, lat and long"),
        (
            "postcodes",
            "a.csv",
            "pcds,lat,long\nCV34 6PH,52.28\n",
            "a.csv, line 2: 2 columns where the header has 3",
        ),
        ("postcodes", "a.csv", "pcds,lat,long\nCV34 6PH,north,-1.5\n", "a.csv, line 2: lat is no number"),
        (
            "postcodes",
            "a.csv",
            "pcds,lat,long\nNE66 1AA,55.4,-1.7\n",
            "none of its 1 rows lies in the county",
        ),
        ("postcodes", "a.zip", "PK", "a.zip: no zip, or cut short"),
        ("boundaries", "a.json", '{"features": [', "a.json, line 1: not GeoJSON"),
        ("boundaries", "a.json", "[]", "choose GeoJSON"),
        ("boundaries", "a.json", '{"features": []}', "E07000222 not in it"),
        (
            "boundaries",
            "a.json",
            '{"features": [{"properties": {}, "geometry": null}]}',
            "feature 1: no LAD..CD",
        ),
        ("names", "a.csv", "a,b,c\n", "a.csv, line 1: 3 columns where OS Open Names has 34"),
        ("names", "a.csv", "\udcff", "no CSV in UTF-8"),
    ],
)
def test_a_bad_file_is_told_and_changes_nothing(target: Path, tmp_path: Path, kind, name, text, told):
    import_geo(target, COUNTY, NOW, postcodes=write_postcodes(tmp_path / "good.csv"))
    before = target.read_bytes()
    bad = tmp_path / name
    bad.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(GeoFault, match=told.replace("..", r"\.\.")):
        import_geo(target, COUNTY, NOW, **{kind: bad})
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_file_that_is_no_database_knows_nothing_and_is_replaced(target: Path, tmp_path: Path):
    target.write_bytes(b"not a database, however long it may be" * 100)
    assert GeoFile(target).find_point("CV34 6PH") is None
    assert GeoFile(target).find_area(52.28, -1.58) is None
    import_geo(target, COUNTY, NOW, postcodes=write_postcodes(tmp_path / "a.csv", POSTCODES[:1]))
    assert GeoFile(target).find_point("CV34 6PH") is not None


def test_many_names_are_asked_for_at_once(target: Path, tmp_path: Path):
    import_geo(target, COUNTY, NOW, names=write_names(tmp_path / "opname.zip", NAMES[:1]))
    found = GeoFile(target).find_names([f"nowhere {n}" for n in range(1200)] + ["quillet lane"])
    assert [each.name for each in found] == ["Quillet Lane"]
