"""The page of `frontdoor evaluate` in a real browser: WCAG 2.2 AA, and nothing beside a narrow window.

Chromium is the distribution's own; without it these tests are skipped by name.
"""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from test_evaluating import make_judged, make_report

from bot.evaluation_report import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_everyone_can_read_the_page_on_any_screen(tmp_path: Path, width, scheme):
    write_report(make_report(make_judged()), tmp_path / "evaluation.html")
    asked, complaints = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto((tmp_path / "evaluation.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        browser.close()
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
    assert inner <= outer
    assert complaints == []
    assert asked == [(tmp_path / "evaluation.html").as_uri()]
