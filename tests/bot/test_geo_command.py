"""`frontdoor geo`: what it says to an operator, and that the next message is answered by what was loaded."""

import json
from pathlib import Path

import pytest
from geo_samples import SQUARES, write_boundaries, write_names, write_postcodes
from typer.testing import CliRunner

from bot.cli import app
from bot.deployment import load_deployment_content
from bot.settings import load_settings
from flows.messages import Location
from flows.place import Certainty

REST = {
    (f"E0700021{n}" if n < 10 else "E07000221", f"District {n}"): (
        -1.9 + n / 100,
        52.5,
        -1.89 + n / 100,
        52.51,
    )
    for n in (8, 9, 10)
} | {("E07000220", "Rugby"): (-1.35, 52.30, -1.20, 52.45)}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRONTDOOR_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["geo", *words])
    return done.exit_code, done.output


def test_files_are_loaded_shown_and_used(data: Path, tmp_path: Path):
    files = [
        *("--postcodes", str(write_postcodes(tmp_path / "onspd.zip"))),
        *("--boundaries", str(write_boundaries(tmp_path / "lad.geojson", squares={**SQUARES, **REST}))),
        *("--names", str(write_names(tmp_path / "opname.zip"))),
    ]
    code, said = run("import", *files)
    assert code == 0, said
    assert "3 file(s) loaded." in said
    code, said = run("show", "--json")
    assert {row["kind"]: row["kept"] for row in json.loads(said)} == {
        "boundaries": 6,
        "names": 3,
        "postcodes": 2,
    }
    content = load_deployment_content(load_settings({"FRONTDOOR_DATA": str(data)}))
    place = content.gazetteer.read("CV34 6PH")
    assert (place.certainty, place.district) == (Certainty.POSTCODE, "warwick")
    assert content.gazetteer.is_no_postcode("CV34 9ZZ")
    # The sample's Warwick reaches farther east than the real one: the boundary decides, and not what is near.
    assert content.gazetteer.read_pin(Location(52.33, -1.46)).district == "warwick"
    assert content.landmarks is not None
    assert content.landmarks.find("quillet lane, warwick").candidates[0].name == "Quillet Lane, Warwick"


def test_a_fault_and_nothing_given_are_told_in_a_sentence(data: Path, tmp_path: Path):
    assert run("import") == (1, "Give at least one of --postcodes, --boundaries and --names.\n")
    bad = tmp_path / "bad.csv"
    bad.write_text("pcds,lat,long\nCV34 6PH,north,-1.5\n", encoding="utf-8")
    code, said = run("import", "--postcodes", str(bad))
    assert code == 1
    assert "bad.csv, line 2: lat is no number; fetch the file again. Nothing was changed." in said
    assert not (data / "geo.sqlite").exists()
    assert "0 file(s) loaded." in run("show")[1]
