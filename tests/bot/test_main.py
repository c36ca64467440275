"""What main.py puts together: readiness, missed texts, the webhook's registration, purging."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fake_telegram import FakeTelegram
from fake_twilio import FakeTwilio, refusal
from house import House, real_content
from sqlalchemy import text

from bot.chores import purge_now
from bot.main import FrontDoor, build
from bot.missed_texts import fetch_missed_texts
from bot.settings import ROOT, load_settings
from flows.consultations import Anonymity, compile_form, questionnaire_hash
from flows.conversation import Conversation, FormInHand


@pytest.fixture
def twilio():
    with FakeTwilio() as fake:
        yield fake


@pytest.fixture
def telegram():
    with FakeTelegram() as fake:
        yield fake


def built(tmp_path: Path, telegram: FakeTelegram, twilio: FakeTwilio, **more: str) -> FrontDoor:
    environ = {
        "FRONTDOOR_DATA": str(tmp_path / "data"),
        "SECRET_KEY": "a secret that only tests know, 40 letters",
        "PUBLIC_URL": "https://door.example",
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_NUMBER": twilio.number,
        "TWILIO_API_URL": twilio.url,
    } | more
    return build(load_settings(environ, ROOT), with_model=False)


def rows(door: FrontDoor, statement: str) -> list[Any]:
    with door.database.reading() as tx:
        return [tuple(row) for row in tx.connection.execute(text(statement))]


def test_a_text_whose_webhook_never_came_is_fetched_once(tmp_path, telegram, twilio):
    door = built(tmp_path, telegram, twilio)
    known = twilio.receive("+447700900123", "this one came")
    twilio.receive("+447700900124", "this one was missed")
    source = door.turns._source

    async def run() -> list[int]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=door.app), base_url="http://door"
        ) as client:
            signature = {"x-twilio-signature": twilio.sign("https://door.example/sms/webhook", known)}
            form = {"content-type": "application/x-www-form-urlencoded"}
            answer = await client.post("/sms/webhook", content=urlencode(known), headers=signature | form)
            assert answer.status_code == 200
        assert door.sms is not None
        missed = [await fetch_missed_texts(door.sms, door.database, source) for _ in range(2)]
        # Each has its line: the same sender's next text must be found to belong to it.
        await door.aclose()
        return missed

    assert asyncio.run(run()) == [1, 0]
    door = built(tmp_path, telegram, twilio)
    kept = rows(door, "SELECT provider_id, conversation_key FROM inbox ORDER BY id")
    assert len(kept) == len({key for _, key in kept}) == 2
    assert kept[1][1] == door.database.conversation_key("sms", "+447700900124")
    asyncio.run(door.aclose())


def test_readiness_tells_of_the_database_and_the_model(tmp_path, telegram, twilio, monkeypatch):
    door = built(tmp_path, telegram, twilio)

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=door.app), base_url="http://door"
        ) as client:
            well = await client.get("/readyz")

            async def away(work: Any) -> None:
                raise OSError("the disk is gone")

            monkeypatch.setattr(door.database, "read", away)
            ill = await client.get("/readyz")
        await door.aclose()
        return [well, ill]

    well, ill = asyncio.run(ask())
    assert (well.status_code, well.json()["database"], well.json()["understanding"]) == (200, "ok", "off")
    assert well.json()["doors"] == ["sms", "telegram", "web"]
    assert (ill.status_code, ill.json()["database"]) == (503, "unavailable")
    assert "disk" not in ill.text


def test_the_webhook_is_registered_however_often_telegram_refuses(tmp_path, telegram, twilio, monkeypatch):
    monkeypatch.setattr("bot.telegram_webhook.WEBHOOK_RETRY_SECONDS", (0.0, 0.01))
    telegram.plan(refusal(502, 0), times=6, where=lambda request: request.path.endswith("/setWebhook"))
    door = built(tmp_path, telegram, twilio)

    async def run() -> None:
        async with door.app.router.lifespan_context(door.app), asyncio.timeout(10):
            while not telegram.webhook:
                await asyncio.sleep(0.02)

    asyncio.run(run())
    assert telegram.webhook["url"] == "https://door.example/telegram/webhook"
    assert telegram.violations == []


def test_purging_takes_photos_files_along(sqlite_house: House, tmp_path):
    house = sqlite_house
    settings = load_settings({"FRONTDOOR_DATA": str(tmp_path)}, ROOT)

    def keep(tx: Any) -> None:
        kept = tx.conversations.open("web", "a", "web:a", house.clock())
        path = house.photos.save("p1", b"jpeg")
        tx.attachments.add(kept.id, "image/jpeg", 4, 1, 1, "0", path, house.clock(), id="p1")

    house.write(keep)
    days = settings.config.retention.unfiled_attachments_days
    assert purge_now(settings, house.database, house.photos, house.clock())["unfiled_attachments"] == 0
    much_later = house.clock() + timedelta(days=days + 1)
    assert purge_now(settings, house.database, house.photos, much_later)["unfiled_attachments"] == 1
    assert list((house.folder / "photos").iterdir()) == []


def test_purging_goes_by_how_anonymous_a_consultation_was_opened(sqlite_house: House, tmp_path):
    house, settings = sqlite_house, load_settings({"FRONTDOOR_DATA": str(tmp_path)}, ROOT)
    file = real_content().consultations["precept_2027"]
    asked = file.model_copy(update={"anonymity": Anonymity.ANONYMOUS})
    begun = FormInHand(compile_form(file).id, file.version, {}, started_at=house.clock().isoformat())

    def keep(tx: Any) -> None:
        now, told = house.clock(), asked.model_dump(mode="json")
        tx.consultations.open(asked.id, asked.version, told, questionnaire_hash(asked), "ada", now)
        kept = tx.conversations.open("web", "a", "web:a", now)
        tx.conversations.save(kept.id, Conversation(forms=(begun,)), kept.version, now)
        tx.messages.add(kept.id, "in", {"text": "it is dark there"}, None, now)

    house.write(keep)
    assert file.anonymity != asked.anonymity
    later = house.clock() + timedelta(days=8)
    assert purge_now(settings, house.database, house.photos, later)["left_words"] == 1
