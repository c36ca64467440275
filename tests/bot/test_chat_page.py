"""The web chat page in a real browser, against a server that speaks the contract.

Chromium is the distribution's own; without it these tests are skipped by name.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import stub_chat
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect, sync_playwright

STATIC = stub_chat.STATIC
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What Chromium prints by itself for every answer of 4xx and 5xx; the page has nothing to do with it.
EXPECTED_IN_CONSOLE = re.compile(r"Failed to load resource")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def stub() -> Iterator[stub_chat.Stub]:
    with stub_chat.serve() as stub:
        yield stub


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Errors of the console and of scripts. Each test must end without one: a policy violation is one."""
    found: list[str] = []
    yield found
    assert found == []


def watch(page: Page, complaints: list[str]) -> Page:
    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not EXPECTED_IN_CONSOLE.search(text):
            complaints.append(text)

    page.on("console", lambda message: note(message.type, message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


@pytest.fixture
def page(context: BrowserContext, stub: stub_chat.Stub, complaints: list[str]) -> Page:
    """A chat that is open, with the greeting on the page."""
    page = watch(context.new_page(), complaints)
    page.goto(stub.url)
    page.get_by_text("What would you like to do?").wait_for()
    return page


@pytest.fixture
def timed_page(context: BrowserContext, stub: stub_chat.Stub, complaints: list[str]) -> Page:
    """An open chat whose clock stands still but for `page.clock.run_for`."""
    page = watch(context.new_page(), complaints)
    page.clock.install(time=datetime(2026, 3, 3, 9, 0, tzinfo=UTC))
    page.goto(stub.url)
    page.get_by_text("What would you like to do?").wait_for()
    page.clock.pause_at(datetime(2026, 3, 3, 9, 10, tzinfo=UTC))
    until(page, lambda: bool(stub.polls))  # jumping ahead lets one poll through
    stub.polls.clear()
    page.wait_for_timeout(100)
    return page


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait, up to 10 s, for something the server should have seen."""
    for _ in range(500):
        if is_so():
            return
        page.wait_for_timeout(20)
    pytest.fail("the server did not see it in time")


def say(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def mine(page: Page, text: str) -> Locator:
    """The citizen's own messages with exactly this text."""
    said = page.locator("p.said", has_text=re.compile(rf"^You said: {re.escape(text)}$"))
    return page.locator("li.mine", has=said)


def stored(page: Page) -> dict[str, str]:
    return page.evaluate("() => ({...sessionStorage})")


# --- looks, and who can use it


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_wrong_in_a_conversation(browser, stub, complaints, width, scheme):
    with browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme) as context:
        page = watch(context.new_page(), complaints)
        page.goto(stub.url)
        page.get_by_text("What would you like to do?").wait_for()
        # axe is put in by the tool itself, past the page's policy; what it reports is the page.
        greeting = Axe().run(page)
        assert greeting.violations_count == 0, greeting.generate_report()
        say(page, "a link")
        page.get_by_text("You can read more").wait_for()
        say(page, "please refuse")
        page.locator("li.failed").wait_for()
        page.get_by_role("button", name="Clear this chat").click()
        stub.sessions.clear()
        say(page, "hello")
        page.get_by_role("button", name="Start a new chat").wait_for()
        result = Axe().run(page)
        assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize("width", [320, 375, 640, 1280])
def test_nothing_scrolls_sideways(browser, stub, complaints, width):
    with browser.new_context(viewport={"width": width, "height": 568}) as context:
        page = watch(context.new_page(), complaints)
        page.goto(stub.url)
        page.get_by_text("What would you like to do?").wait_for()
        for words in ("unbroken", "long", "link", "rtl", "Q" * 400):
            say(page, words)
            expect(page.locator("li.theirs").last).not_to_have_text("")
        page.get_by_role("button", name="Clear this chat").click()
        expect(page.locator("li.theirs")).to_have_count(6)
        inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert inner <= outer


def test_every_control_is_at_least_44_pixels_high(browser, stub, complaints):
    with browser.new_context(viewport={"width": 320, "height": 568}) as context:
        page = watch(context.new_page(), complaints)
        page.goto(stub.url)
        page.get_by_text("What would you like to do?").wait_for()
        page.get_by_role("button", name="Clear this chat").click()
        boxes = [control.bounding_box() for control in page.locator("button:visible, textarea").all()]
        assert len(boxes) >= 10
        assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes if box), boxes


def test_page_is_small_enough_for_an_old_phone():
    files = [STATIC / name for name in ("chat.html", "chat.css", "chat.js", "icon.svg")]
    assert sum(file.stat().st_size for file in files) < 48_000


def test_at_400_percent_zoom_the_box_does_not_cover_the_messages(browser, stub, complaints):
    # 1280 x 1024 at 400 % is laid out as 320 x 256.
    with browser.new_context(viewport={"width": 320, "height": 256}) as context:
        page = watch(context.new_page(), complaints)
        page.goto(stub.url)
        page.get_by_text("What would you like to do?").wait_for()
        assert page.locator("#form").evaluate("form => getComputedStyle(form).position") == "static"
        emergency = page.get_by_role("link", name="Call 999")
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        expect(emergency).to_be_in_viewport()


def test_emergency_line_and_way_to_call_need_no_script(browser, stub):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(stub.url)
        expect(page.locator(".strip")).to_contain_text("Emergency? Call 999. Nobody watches this chat.")
        emergency = page.locator(".strip").get_by_role("link", name="Call 999")
        expect(emergency).to_have_attribute("href", "tel:999")
        expect(page.locator("noscript").get_by_role("link", name="call 101")).to_be_visible()
        expect(page.locator("#form")).to_be_hidden()
        expect(page.locator("#opening")).to_be_hidden()


def test_a_conversation_with_the_keyboard_alone(page, stub):
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Report an encampment")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.get_by_text("What kind of land is it?").wait_for()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="I am not sure")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_text("You wrote: land:4").wait_for()
    page.keyboard.type("line one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("line two")
    page.keyboard.press("Enter")
    expect(page.locator("li.mine").last).to_contain_text("line one\nline two", use_inner_text=True)
    page.get_by_text("You wrote: line one").wait_for()  # it is shown before it is sent
    assert [content for _, _, content in stub.asked[1:]] == [
        "form:encampment",
        "land:4",
        "line one\nline two",
    ]


def test_on_a_touch_screen_a_choice_does_not_open_the_keyboard(browser, stub, complaints):
    with browser.new_context(
        viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True
    ) as context:
        page = watch(context.new_page(), complaints)
        page.goto(stub.url)
        page.get_by_role("button", name="Report an encampment").tap()
        page.get_by_text("What kind of land is it?").wait_for()
        expect(mine(page, "Report an encampment")).to_be_focused()


def test_screen_reader_hears_who_spoke(page):
    log = page.get_by_role("log")
    assert log.get_attribute("aria-live") == "polite"
    say(page, "hello")
    page.get_by_text("You wrote: hello").wait_for()
    assert page.locator("li.mine p.said").text_content() == "You said: hello"
    assert page.locator("li.theirs p.said").last.text_content() == "Front Door said: You wrote: hello"
    assert all(said.get_attribute("dir") == "auto" for said in page.locator("p.said").all())


def test_writing_is_told_once_while_an_answer_is_slow(page):
    say(page, "be slow")
    expect(page.locator("#waiting")).to_have_text("Front Door is writing")
    page.get_by_text("You wrote: be slow").wait_for()
    expect(page.locator("#waiting")).to_be_empty()


def test_what_comes_does_not_take_the_focus_from_the_typed_words(page, stub):
    page.locator("#text").press_sequentially("half a sent")
    stub.push("Your report was passed on.")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("Your report was passed on.").wait_for()
    page.keyboard.type("ence")
    expect(page.locator("#text")).to_have_value("half a sentence")


# --- what is shown


def test_markup_from_the_service_and_from_the_citizen_is_shown_as_text(page):
    say(page, "xss")
    page.get_by_role("button", name="<b onmouseover").wait_for()
    expect(page.locator("li.theirs p.said").last).to_contain_text('<img src=x onerror="window.pwned=1">')
    say(page, "<img src=x onerror=window.pwned=2>")
    page.get_by_text("You wrote: <img").wait_for()
    page.reload()
    page.get_by_text("You wrote: <img").wait_for()
    assert page.evaluate("window.pwned") is None
    assert page.locator("#messages :is(img, script, b, i)").count() == 0


def test_the_page_is_served_under_the_strict_policy(page, complaints):
    """Each test fails on a complaint of the browser; this one shows that there is a policy to complain of."""
    blocked = page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective));
            document.body.append(Object.assign(document.createElement("img"), {src: "data:image/png;base64,"}));
        })"""
    )
    assert blocked == "img-src"
    assert "Content Security Policy" in complaints.pop()


def test_only_web_addresses_and_telephone_numbers_become_links(page):
    say(page, "a link")
    page.get_by_text("You can read more").wait_for()
    links = page.locator("li.theirs").last.locator("a").all()
    assert [link.get_attribute("href") for link in links] == [
        "https://www.warwickshire.gov.uk/travellers",
        "tel:01926410410",
        "tel:101",
        "tel:999",
    ]
    assert links[0].get_attribute("rel") == "noopener noreferrer"


def test_buttons_are_retired_once_one_is_used_or_a_new_question_comes(page, stub):
    page.get_by_role("button", name="Report an encampment").click()
    expect(page.get_by_role("button", name="Ask a question")).to_have_count(0)
    page.get_by_role("button", name="Car park").wait_for()
    assert mine(page, "Report an encampment").count() == 1
    say(page, "it is a field")
    page.get_by_text("You wrote: it is a field").wait_for()
    expect(page.locator(".choices")).to_have_count(0)
    page.reload()
    page.get_by_text("You wrote: it is a field").wait_for()
    expect(page.locator(".choices")).to_have_count(0)


# --- sending


@pytest.mark.parametrize("trouble", ["drop-before", "drop-after", "error", "wait", "portal"])
def test_a_message_is_sent_again_with_the_same_id_and_shown_once(page, stub, trouble):
    say(page, f"please {trouble}")
    page.get_by_text(f"You wrote: please {trouble}").wait_for(timeout=20_000)
    ids = stub.times_asked(f"please {trouble}")
    assert len(ids) >= 2
    assert len(set(ids)) == 1
    assert len(stub.effects) == 1
    assert mine(page, f"please {trouble}").count() == 1
    expect(mine(page, f"please {trouble}").locator(".state")).to_have_text("Sent")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(300)
    assert stub.polls
    assert page.get_by_text(f"You wrote: please {trouble}").count() == 1


def test_after_the_last_try_the_citizen_is_asked_and_the_same_id_goes(timed_page, stub):
    page = timed_page
    stub.down = True
    say(page, "is anyone there")
    state = mine(page, "is anyone there").locator(".state")
    for tries, seconds in enumerate((1, 2, 4, 8), start=1):
        expect(state).to_have_text("Sending again soon")
        page.clock.run_for(seconds * 1000 - 1)
        assert len(stub.times_asked("is anyone there")) == tries
        page.clock.run_for(1)
        until(page, lambda tries=tries: len(stub.times_asked("is anyone there")) == tries + 1)
    expect(state).to_have_text("Not sent. Please check your signal.")
    stub.down = False
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("You wrote: is anyone there").wait_for()
    ids = stub.times_asked("is anyone there")
    assert len(ids) == 6
    assert len(set(ids)) == 1
    assert mine(page, "is anyone there").count() == 1
    expect(state).to_have_text("Sent")


def test_messages_typed_fast_arrive_in_order(page, stub):
    for words in ("one slow", "two", "three"):
        say(page, words)
    page.get_by_text("You wrote: three").wait_for()
    assert [content for _, _, content in stub.asked[1:]] == ["one slow", "two", "three"]


def test_refused_words_come_back_to_the_box_with_the_reason(page):
    say(page, "please refuse")
    expect(mine(page, "please refuse").locator(".state")).to_have_text(
        "Not sent. We could not read that. Please say it in other words."
    )
    expect(page.locator("#text")).to_have_value("please refuse")


def test_too_long_and_empty_messages_are_told_kindly_and_not_sent(page, stub):
    say(page, "x" * 4003)
    expect(page.locator("#notice")).to_have_text(
        "Your message is 3 letters too long. Please send it in two parts."
    )
    expect(page.locator("#text")).to_have_value("x" * 4003)
    say(page, "   ")
    expect(page.locator("#notice")).to_have_text("Please type a message first.")
    say(page, "😀" * 4000)
    page.get_by_text("You wrote: 😀").wait_for()
    assert len(stub.asked) == 2


def test_an_id_is_a_uuid_where_random_uuid_is_missing(context, stub, complaints):
    page = watch(context.new_page(), complaints)
    page.add_init_script("delete Crypto.prototype.randomUUID")
    page.goto(stub.url)
    page.get_by_text("What would you like to do?").wait_for()
    say(page, "hello")
    page.get_by_text("You wrote: hello").wait_for()
    (identity,) = stub.times_asked("hello")
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", identity or ""
    )


# --- sessions


def test_an_expired_session_is_told_and_the_words_are_kept(page, stub):
    page.get_by_role("button", name="Ask a question").wait_for()
    stub.sessions.clear()
    say(page, "six caravans by the canal")
    panel = page.get_by_role("region", name="This chat was closed because it was idle. Start a new chat?")
    panel.wait_for()
    expect(page.locator("#text")).to_have_value("six caravans by the canal")
    expect(page.locator(".choices")).to_have_count(0)
    page.reload()
    panel.wait_for()
    expect(page.locator("#text")).to_have_value("six caravans by the canal")
    page.get_by_role("button", name="Start a new chat").click()
    expect(page.get_by_text("What would you like to do?")).to_have_count(2)
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Send").click()
    page.get_by_text("You wrote: six caravans by the canal").wait_for()


def test_a_reload_brings_back_the_conversation_without_a_new_session(page, stub):
    say(page, "hello")
    page.get_by_text("You wrote: hello").wait_for()
    page.locator("#text").fill("not yet sent")
    before = page.locator("p.said").all_inner_texts()
    page.reload()
    page.get_by_text("You wrote: hello").wait_for()
    page.wait_for_timeout(300)  # the poll at the start must not show anything twice
    assert page.locator("p.said").all_inner_texts() == before
    expect(page.locator("#text")).to_have_value("not yet sent")
    assert [path for path, _, _ in stub.asked].count("/chat/sessions") == 1
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []


def test_a_reload_in_the_middle_of_sending_sends_once(page, stub):
    say(page, "be slow")
    page.wait_for_function("() => sessionStorage['frontdoor.chat'].includes('be slow')")
    page.reload()
    page.get_by_text("You wrote: be slow").wait_for()
    page.wait_for_timeout(300)
    assert len(set(stub.times_asked("be slow"))) == 1
    assert page.get_by_text("You wrote: be slow").count() == 1


def test_an_update_that_came_before_an_answer_is_still_fetched(page, stub):
    """The answer's number is past the update's; the cursor of the poll must not jump over it."""
    stub.push("The case is closed now.")
    say(page, "hello")
    page.get_by_text("You wrote: hello").wait_for()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("The case is closed now.").wait_for()
    assert page.get_by_text("You wrote: hello").count() == 1
    assert page.get_by_text("What would you like to do?").count() == 1


def test_updates_are_looked_for_every_15_seconds(timed_page, stub):
    stub.push("An officer visited.")
    timed_page.clock.run_for(14_999)
    assert stub.polls == []
    timed_page.clock.run_for(1)
    timed_page.get_by_text("An officer visited.").wait_for()
    assert stub.polls == [1]  # the greeting was number 1


def test_service_away_at_the_start_is_told_with_a_way_on(browser, stub, complaints):
    stub.down = True
    with browser.new_context() as context:
        page = watch(context.new_page(), complaints)
        page.clock.install()
        page.goto(stub.url)
        panel = page.get_by_role("region", name=re.compile("We could not open the chat"))
        for _ in range(60):
            page.clock.run_for(1000)
            if panel.is_visible():
                break
        expect(panel).to_contain_text("call 101")
        stub.down = False
        page.get_by_role("button", name="Try again").click()
        page.get_by_text("What would you like to do?").wait_for()


@pytest.mark.parametrize("payload", ["encampment", "A-b_9"])
def test_a_deep_link_sends_its_payload_once(context, stub, complaints, payload):
    page = watch(context.new_page(), complaints)
    page.goto(f"{stub.url}/?start={payload}")
    page.get_by_text(f"You wrote: /start {payload}").wait_for()
    page.reload()
    page.get_by_text(f"You wrote: /start {payload}").wait_for()
    page.wait_for_timeout(300)
    assert len(stub.times_asked(f"/start {payload}")) == 1
    assert page.locator("li.mine:visible").count() == 0


@pytest.mark.parametrize("payload", ["", "a b", "x" * 65, "<b>", "%2Fdelete"])
def test_a_deep_link_with_anything_else_is_ignored(context, stub, complaints, payload):
    page = watch(context.new_page(), complaints)
    page.goto(f"{stub.url}/?start={payload}")
    page.get_by_text("What would you like to do?").wait_for()
    page.wait_for_timeout(300)
    assert [path for path, _, _ in stub.asked] == ["/chat/sessions"]


# --- clearing and leaving


def test_clearing_asks_once_and_begins_anew(page, stub):
    say(page, "my secret words")
    page.get_by_text("You wrote: my secret words").wait_for()
    page.locator("#text").fill("draft words")
    page.get_by_role("button", name="Clear this chat").click()
    expect(page.get_by_role("button", name="No, keep it")).to_be_focused()
    page.get_by_role("button", name="No, keep it").click()
    assert mine(page, "my secret words").count() == 1
    page.get_by_role("button", name="Clear this chat").click()
    page.get_by_role("button", name="Yes, clear it").click()
    page.get_by_text("What would you like to do?").wait_for()
    assert mine(page, "my secret words").count() == 0
    expect(page.locator("#text")).to_have_value("")
    kept = json.dumps(stored(page))
    assert "secret" not in kept
    assert "draft" not in kept
    assert len(stub.sessions) == 2


@pytest.mark.parametrize("way", ["button", "escape"])
@pytest.mark.parametrize("words", ["hello", "be slow"], ids=["idle", "answer on its way"])
def test_leaving_quickly_leaves_nothing_behind(page, stub, way, words):
    def weather(route: Route) -> None:
        route.fulfill(body="<title>Weather</title>", content_type="text/html")

    page.route("https://www.bbc.co.uk/**", weather)
    say(page, words)
    if words == "hello":
        page.get_by_text("You wrote: hello").wait_for()
    assert "hello" in json.dumps(stored(page)) or words != "hello"
    if way == "button":
        page.get_by_role("button", name="Leave this page quickly").click()
    else:
        page.keyboard.press("Escape")
        expect(page.locator("#notice")).to_have_text("Press Escape two more times to leave this page.")
        page.keyboard.press("Escape")
        expect(page.locator("#notice")).to_have_text("Press Escape once more to leave this page.")
        page.keyboard.press("Escape")
    page.wait_for_url("https://www.bbc.co.uk/weather")
    page.goto(f"{stub.url}/static/icon.svg")
    assert stored(page) == {}


def test_escape_counts_only_in_a_row(page):
    page.locator("#text").focus()
    for key in ("Escape", "Escape", "a", "Escape"):
        page.keyboard.press(key)
    expect(page.locator("#notice")).to_have_text("Press Escape two more times to leave this page.")


# --- location and photo


def test_a_location_is_asked_for_only_when_pressed_and_sent(context, page, stub):
    context.grant_permissions(["geolocation"], origin=stub.url)
    context.set_geolocation({"latitude": 52.2823123, "longitude": -1.5849})
    page.get_by_role("button", name="Share my location").click()
    page.get_by_text("You wrote: {'latitude': 52.282312, 'longitude': -1.5849}").wait_for()
    assert mine(page, "My location: 52.2823, -1.5849").count() == 1


def test_a_location_that_is_refused_is_told(page):
    page.get_by_role("button", name="Share my location").click()
    expect(page.locator("#notice")).to_contain_text("Your location was not shared. You can type a street")


def test_a_location_where_the_browser_has_none_is_told(context, stub, complaints):
    page = watch(context.new_page(), complaints)
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.goto(stub.url)
    page.get_by_role("button", name="Share my location").click()
    expect(page.locator("#notice")).to_contain_text("Your browser cannot share your location here.")


@pytest.mark.parametrize("name", ["gate.png", "drop.png"])
def test_a_photo_is_sent_once_and_seen(page, stub, name):
    photo = {"name": name, "mimeType": "image/png", "buffer": PNG}
    page.locator("#file").set_input_files(photo)
    page.get_by_text("Thank you for the photo.").wait_for(timeout=20_000)
    expect(page.get_by_alt_text("The photo you added")).to_be_visible()
    assert stub.photo_bytes == [len(PNG)]
    assert len(set(stub.times_asked(name))) == 1
    expect(page.locator("progress")).to_have_count(0)


@pytest.mark.parametrize(
    ("photo", "told"),
    [
        (
            {"name": "big.png", "mimeType": "image/png", "buffer": PNG + bytes(10 * 1024 * 1024)},
            "bigger than 10 MB",
        ),
        ({"name": "empty.png", "mimeType": "image/png", "buffer": b""}, "That photo is empty"),
        ({"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}, "That is not a photo"),
    ],
    ids=["too large", "empty", "another kind"],
)
def test_a_photo_that_cannot_be_used_is_told_kindly_and_not_sent(page, stub, photo, told):
    page.locator("#file").set_input_files(photo)
    expect(page.locator("#notice")).to_contain_text(told)
    assert len(stub.asked) == 1


def test_a_photo_the_service_cannot_read_is_told(page):
    page.locator("#file").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"nonsense"})
    expect(page.locator("li.failed .state")).to_have_text("Not sent. That is not a photo we can read.")
