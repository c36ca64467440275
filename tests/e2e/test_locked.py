"""Somebody else holds the database for half a minute: nothing is acknowledged that is not kept, nothing is lost."""

import sqlite3
import threading
import time
from collections.abc import Callable

import httpx
import pytest
from citizens import text_update
from fake_telegram import FakeTelegram
from front_door import FrontDoorProcess
from sqlalchemy import select

from storage.tables import inbox

pytestmark = pytest.mark.slow

LOCKED_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 6.5  # five, and the rest of the last try


def test_a_locked_database_makes_webhooks_wait_five_seconds_and_lose_nothing(
    start: Callable[..., FrontDoorProcess], telegram: FakeTelegram
):
    door = start("--no-understanding")
    assert telegram.wait_for(lambda: bool(telegram.webhook), seconds=10)
    secret = {"x-telegram-bot-api-secret-token": telegram.webhook["secret_token"]}
    session = httpx.post(f"{door.url}/chat/sessions", trust_env=False).json()["session"]
    locked, over = threading.Event(), threading.Event()

    def hold() -> None:
        other = sqlite3.connect(door.data / "frontdoor.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        locked.set()
        over.wait(LOCKED_SECONDS)
        other.execute("ROLLBACK")
        other.close()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait()
    begun = time.monotonic()
    refused = {"telegram": 0, "web": 0}
    waits: list[float] = []
    acknowledged_at: float | None = None
    with httpx.Client(base_url=door.url, timeout=20, trust_env=False) as client:
        while acknowledged_at is None and time.monotonic() - begun < LOCKED_SECONDS + 15:
            asked = time.monotonic()
            answer = client.post("/telegram/webhook", headers=secret, json=text_update(5, 7, "/start"))
            waits.append(time.monotonic() - asked)
            if answer.status_code == 200:
                acknowledged_at = time.monotonic() - begun
                break
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            refused["telegram"] += 1
            message = {"id": "5e0c3f0e-7a52-4f0b-9a55-6f8d2b9e4c11", "text": "hello"}
            headers = {"authorization": f"Bearer {session}"}
            if time.monotonic() - begun < LOCKED_SECONDS - 8:
                asked = time.monotonic()
                assert client.post("/chat/messages", headers=headers, json=message).status_code == 503
                waits.append(time.monotonic() - asked)
                refused["web"] += 1
            assert client.get("/healthz").status_code == 200
            page = client.get("/chat/messages?after=0", headers=headers)
            assert page.status_code == 200, "reading goes on"
        holder.join()
        assert acknowledged_at is not None
        assert acknowledged_at >= LOCKED_SECONDS - 0.5, "no 200 without a row"
        assert refused["telegram"] >= 2
        assert refused["web"] >= 2
        assert max(waits) <= LONGEST_WAIT_SECONDS
        # The same web message again, now that the lock is gone, is answered.
        again = client.post("/chat/messages", headers=headers, json=message)
        assert again.status_code == 200
        assert again.json()["replies"]
    assert telegram.wait_for(lambda: bool(telegram.sent_to(7)), seconds=15)
    database = door.database()
    with database.reading() as tx:
        rows = tx.connection.execute(select(inbox.c.provider_id, inbox.c.state)).all()
    database.dispose()
    assert len(rows) == 2
    assert {row.state for row in rows} == {"done"}
