"""The pages of a consultation: published results for everybody, and every page readable by everyone."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from consulted_people import in_columns, make_answers
from test_web import Caller, build_app

from bot.consultation_ledger_page import render_ledger
from bot.consultation_missing_page import render_missing
from bot.consultation_results_page import render_results
from flows.consultations import load_consultations
from flows.content import load_content
from staff.consulting.census import load_census
from staff.consulting.gunning import Answered, load_periods, make_ledger
from staff.consulting.missing import find_missing
from staff.consulting.representativeness import load_reach
from staff.consulting.results import make_results
from staff.consulting.weighing import find_people

ROOT = Path(__file__).parents[2]
COUNTY = ROOT / "county"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NOW = datetime(2026, 12, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)


def test_published_results_are_open_to_everybody_and_others_are_not_there(sqlite_house):
    call = Caller(build_app(sqlite_house), host="203.0.113.9")
    absent = call("GET", "/consultations/parks")
    assert absent.status_code == 404
    assert "Nothing is published" in absent.text
    assert call("GET", "/consultations/parks%00").status_code == 404
    pages = (("<p>First</p>", 2, NOW), ("<p>Last</p>", 2, LATER), ("<p>Other</p>", 1, LATER))
    for page, version, at in pages:
        tables = {"version": version}
        sqlite_house.write(
            lambda tx, page=page, tables=tables, at=at: tx.published_results.add(
                "parks", page, tables, "ada", at
            )
        )
    assert call("GET", "/consultations/parks/1").text == "<p>Other</p>"
    for absent in ("3", "99999999999999999999", "1%00"):
        assert call("GET", f"/consultations/parks/{absent}").status_code == 404
    shown = call("GET", "/consultations/parks")
    assert (shown.status_code, shown.text) == (200, "<p>Last</p>")
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")
def test_everyone_can_read_results_missing_and_ledger(tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    names = load_content(ROOT / "flows", COUNTY).gazetteer.district_names
    census, surveys = load_census(COUNTY), load_consultations(COUNTY)
    pages = {}
    for id, survey in surveys.items():
        answers = list(make_answers(survey, 400))
        flagged = {answer.id for answer in answers[:60]}
        found = make_results(
            survey, in_columns(survey, answers), find_people(survey, census), names, flagged=flagged
        )
        pages[f"results_{id}"] = render_results(found, NOW, public=True)
    survey = surveys["precept_2027"]
    answers = list(make_answers(survey, 400))
    people = find_people(survey, census)
    missing = find_missing(survey, answers, people, load_reach(COUNTY), names, NOW)
    pages["missing"] = render_missing(missing, names, NOW)
    ledger = make_ledger(
        survey, [], Answered(400, (("Web chat", 300), ("Paper", 100))), [], None, load_periods(COUNTY)
    )
    pages["ledger"] = render_ledger(ledger, NOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, written in pages.items():
            path = tmp_path / f"{name}.html"
            path.write_text(written, encoding="utf-8")
            page = browser.new_page(viewport={"width": 320, "height": 900})
            page.goto(path.as_uri())
            found_wrong = Axe().run(page, options={"runOnly": RULES}).response["violations"]
            assert [(name, f["id"], f["nodes"][0]["html"]) for f in found_wrong] == []
            inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert inner <= outer, name
        browser.close()
