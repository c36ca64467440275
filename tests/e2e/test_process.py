"""The process itself: how it begins, what it takes, and how it ends."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable

import httpx
import pytest
from fake_telegram import FakeTelegram, Fault, text_update
from fake_twilio import FakeTwilio
from front_door import FRONTDOOR, FrontDoorProcess

from storage.migrate import is_current

pytestmark = pytest.mark.slow
Start = Callable[..., FrontDoorProcess]

MEMORY_BYTES = 250_000_000


def test_the_first_page_comes_again_after_a_restart_and_the_process_stays_small(start: Start):
    door = start("--no-understanding")
    door.stop()
    door.start()
    assert httpx.get(door.url, trust_env=False).status_code == 200
    assert httpx.post(f"{door.url}/chat/sessions", trust_env=False).json()["replies"]
    assert door.memory_bytes() < MEMORY_BYTES


def test_front_doors_that_begin_together_find_one_set_of_tables(
    unmigrated_url: str, telegram: FakeTelegram, twilio: FakeTwilio, tmp_path
):
    given = ("--no-understanding",), {"DATABASE_URL": unmigrated_url}
    doors = [FrontDoorProcess(tmp_path / "data", telegram, twilio, *given) for _ in range(3)]
    try:
        starting = [threading.Thread(target=door.start, kwargs={"wait_seconds": 60}) for door in doors]
        for one in starting:
            one.start()
        for one in starting:
            one.join()
        for door in doors:
            assert door.readiness()["ready"] is True
            assert httpx.post(f"{door.url}/chat/sessions", trust_env=False).status_code == 201
        database = doors[0].database()
        assert is_current(database)
        database.dispose()
    finally:
        for door in doors:
            door.kill()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["terminate", "ctrl_c"])
def test_it_ends_in_order_within_ten_seconds_model_and_all(start: Start, how: signal.Signals):
    door = start()
    session = httpx.post(f"{door.url}/chat/sessions", trust_env=False).json()["session"]
    headers = {"authorization": f"Bearer {session}"}
    # A connection kept open, as browsers do, and the model still loading.
    with httpx.Client(base_url=door.url, trust_env=False) as client:
        assert client.get("/chat/messages?after=0", headers=headers).status_code == 200
        begun = time.monotonic()
        while not door.rasa() and time.monotonic() - begun < 10:
            time.sleep(0.1)
        children = door.rasa()
        assert door.stop(how) < 10
    assert door.returncode in (0, -how, 128 + how)
    assert not any(child.is_running() and child.status() != "zombie" for child in children)
    assert "Traceback" not in door.log.read_text()


def test_it_ends_within_ten_seconds_while_suppliers_hang(
    start: Start, telegram: FakeTelegram, twilio: FakeTwilio
):
    door = start("--no-understanding")
    assert telegram.wait_for(lambda: bool(telegram.webhook), seconds=10)
    telegram.plan(Fault(hang_seconds=60), times=100)
    secret = {"x-telegram-bot-api-secret-token": telegram.webhook["secret_token"]}
    for number in range(30):
        update = text_update(number, 7000 + number, "/start")
        assert httpx.post(
            f"{door.url}/telegram/webhook", headers=secret, json=update, trust_env=False
        ).is_success
    telegram.wait_for(lambda: sum(r.path.endswith("/sendMessage") for r in telegram.requests) >= 5)
    assert door.stop() < 10
    database = door.database()
    with database.reading() as tx:
        assert set(tx.inbox.counts().values()) == {0}, "every message was taken before the end"
        assert sum(tx.outbox.counts().values()) == 30, "and every reply is still promised"
    database.dispose()


def test_a_port_in_use_is_told(start: Start):
    door = start("--no-understanding")
    second = subprocess.run(
        [FRONTDOOR, "serve", "--port", str(door.port), "--no-understanding"],
        env=door.environment,
        cwd=door.data.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode != 0
    assert "address already in use" in second.stderr
    assert "Traceback" not in second.stderr
    assert door.is_up()
