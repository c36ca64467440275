"""The page where a code shows what is held, in a real browser: anybody can use it, and it keeps nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from house import Chat, House
from playwright.sync_api import Browser, BrowserContext, expect
from test_chat_page import BROWSER_ARGUMENTS, CHROMIUM, browser, complaints, watch

from bot.web import make_app
from flows.references import find_reference

__all__ = ["BROWSER_ARGUMENTS", "browser", "complaints"]  # fixtures of the chat page's tests
LONG = "unbroken" * 40

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"),
]


@pytest.fixture
def house(sqlite_house: House) -> House:
    return House.speaking(sqlite_house.database, sqlite_house.folder)


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """The real application over the house, on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app(house.door()), log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


def a_code(house: House) -> str:
    """The code of somebody with a history; made aside, for the browser has this thread's event loop."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(_a_code, house).result()


def _a_code(house: House) -> str:
    chat = Chat(house, "web-1", "web")
    chat.say("join watch", "18", "neighbourhood", "Sam Patel, CV34 6PH", "member", "skip", "yes", "send")
    chat.say(LONG, "mydata")
    found = find_reference(chat.press("See what is held"))
    assert found is not None
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_wrong_with_the_code_page_and_what_it_shows(
    browser: Browser, house: House, url: str, complaints: list[str], width: int, scheme: str, tmp_path: Path
):
    with browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme) as context:
        page = watch(context.new_page(), complaints)
        page.goto(f"{url}/my-data")
        pages = [("asked", Axe().run(page))]
        page.screenshot(path=tmp_path / f"asked-{width}-{scheme}.png", full_page=True)
        page.get_by_label("Your code").fill("MD-7K3F-2QX")
        page.get_by_role("button", name="Show it").click()
        expect(page.get_by_role("alert")).to_contain_text("does not work")
        assert page.title().startswith("Error: ")
        pages.append(("wrong", Axe().run(page)))
        page.screenshot(path=tmp_path / f"wrong-{width}-{scheme}.png", full_page=True)
        page.get_by_label("Your code").fill(a_code(house))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("What Front Door holds about you")
        pages.append(("shown", Axe().run(page)))
        page.screenshot(path=tmp_path / f"shown-{width}-{scheme}.png", full_page=True)
        inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert inner <= outer, "nothing scrolls sideways"
        for name, found in pages:
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"


@pytest.mark.parametrize("width", [320, 1280])
def test_the_code_page_fits_and_its_controls_can_be_hit(browser: Browser, url: str, width: int):
    with browser.new_context(viewport={"width": width, "height": 568}) as context:
        page = context.new_page()
        page.goto(f"{url}/my-data")
        inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert inner <= outer
        boxes = [control.bounding_box() for control in page.locator("button, input").all()]
        assert len(boxes) == 2
        assert all(box and box["height"] >= 44 and box["width"] >= 44 for box in boxes), boxes


def test_the_page_works_without_script_and_keeps_nothing(browser: Browser, house: House, url: str):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{url}/my-data")
        page.get_by_label("Your code").fill(a_code(house))
        page.get_by_role("button", name="Show it").click()
        expect(page.get_by_text("Sam Patel, CV34 6PH").first).to_be_visible()
        assert_kept_nothing(context)
        # Nobody who comes after to this screen gets it back.
        page.goto(f"{url}/my-data")
        page.go_back()
        expect(page.get_by_text("Sam Patel, CV34 6PH")).to_have_count(0)


def assert_kept_nothing(context: BrowserContext) -> None:
    state = context.storage_state()
    assert (state["cookies"], state["origins"]) == ([], [])
