"""Telegram's updates fetched by us: confirmed only after they are kept, whatever happens between."""

import asyncio
from typing import Any

import pytest
from fake_server import Answer, Fault
from fake_telegram import DROP, FakeTelegram, text_update
from house import House

from bot.polling import poll_telegram
from bot.telegram import TelegramChannel
from bot.worker import Bell
from storage.errors import StorageBusy
from storage.inbox import Inbox

FAST = 0.01


@pytest.fixture
def telegram():
    with FakeTelegram() as fake:
        yield fake


def poll_until(house: House, fake: FakeTelegram, holds: Any, seconds: float = 8.0) -> None:
    async def run() -> None:
        channel = TelegramChannel(fake.token, fake.url, None)
        bell = Bell()
        polling = asyncio.create_task(poll_telegram(channel, house.database, house.source, bell))
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    assert not polling.done()
                    await asyncio.sleep(0.02)
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await channel.aclose()

    asyncio.run(run())


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr("bot.polling.FIRST_PAUSE_SECONDS", FAST)


def offsets(fake: FakeTelegram) -> list[int | None]:
    return [call.params.get("offset") for call in fake.calls_of("getUpdates")]


def test_updates_are_kept_in_order_and_confirmed_by_the_next_question(sqlite_house, telegram):
    for number in (10, 11, 12):
        telegram.push(text_update(number, 7, f"m{number}"))
    poll_until(sqlite_house, telegram, lambda: 13 in offsets(telegram))
    assert sqlite_house.rows("inbox", "provider_id") == ["10", "11", "12"]
    assert telegram.violations == []


def test_a_webhook_is_taken_away_first(sqlite_house, telegram):
    telegram.webhook = {"url": "https://door.example/telegram/webhook"}
    telegram.push(text_update(10, 7, "hello"))
    poll_until(sqlite_house, telegram, lambda: sqlite_house.count("inbox") == 1)
    assert telegram.webhook == {}


@pytest.mark.parametrize("fault", [StorageBusy("locked"), RuntimeError("the process stumbles")])
def test_nothing_is_confirmed_that_was_not_kept(sqlite_house, telegram, monkeypatch, fault):
    sqlite_house.database.busy_seconds = 0  # the database tries nothing again by itself: polling has to
    real, stumbles = Inbox.accept, iter([True, True, False, False, False])

    def accept(self, *args, **more):
        if next(stumbles):
            raise fault
        return real(self, *args, **more)

    monkeypatch.setattr(Inbox, "accept", accept)
    telegram.push(text_update(10, 7, "hello"))
    poll_until(sqlite_house, telegram, lambda: 11 in offsets(telegram))
    assert sqlite_house.rows("inbox", "provider_id") == ["10"]
    asked = offsets(telegram)
    assert asked[: asked.index(11)].count(None) >= 2, "asked again from the start until it was kept"


def test_a_crash_between_keeping_and_confirming_makes_no_second_message(sqlite_house, telegram):
    telegram.push(text_update(10, 7, "hello"))
    poll_until(sqlite_house, telegram, lambda: sqlite_house.count("inbox") == 1)
    telegram.push(text_update(10, 7, "hello"))  # a new process asks from the start: Telegram gives it again
    telegram.push(text_update(11, 7, "again"))
    poll_until(sqlite_house, telegram, lambda: sqlite_house.count("inbox") == 2)
    assert sqlite_house.rows("inbox", "provider_id") == ["10", "11"]


@pytest.mark.parametrize(
    "fault",
    [
        DROP,
        Fault(Answer(502, b"<html>Bad Gateway</html>", content_type="text/html")),
        Fault(Answer(200, {"ok": True, "result": "no list"})),
        Fault(Answer(200, {"ok": True, "result": [{"no": "update"}]})),
        Fault(
            Answer(409, {"ok": False, "error_code": 409, "description": "Conflict: other getUpdates request"})
        ),
    ],
    ids=["dropped", "gateway", "odd", "no_update", "conflict"],
)
def test_polling_goes_on_after_any_fault(sqlite_house, telegram, fault):
    telegram.plan(fault, times=2, where=lambda request: request.path.endswith("/getUpdates"))
    telegram.push(text_update(10, 7, "hello"))
    poll_until(sqlite_house, telegram, lambda: sqlite_house.count("inbox") == 1)


def test_a_pause_telegram_asks_for_is_kept(sqlite_house, telegram):
    body = {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests",
        "parameters": {"retry_after": 1},
    }
    telegram.plan(Fault(Answer(429, body)), where=lambda request: request.path.endswith("/getUpdates"))
    telegram.push(text_update(10, 7, "hello"))
    poll_until(sqlite_house, telegram, lambda: sqlite_house.count("inbox") == 1)
    moments = [r.at for r in telegram.requests if r.path.endswith("/getUpdates")]
    assert moments[1] - moments[0] >= 1


def test_an_update_nobody_can_read_does_not_hold_up_the_others(sqlite_house, telegram):
    telegram.push({"update_id": 10, "message": {"odd": True}})
    telegram.push(text_update(11, 7, "hello"))
    poll_until(sqlite_house, telegram, lambda: 12 in offsets(telegram))
    assert sqlite_house.count("inbox") == 2
