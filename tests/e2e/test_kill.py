"""Killed in the middle: what was acknowledged has one effect, each report is there once, nothing hangs.

pytest tests/e2e/test_kill.py -s        prints the seed, the moments and the figures
FRONTDOOR_KILL_SEED=7 pytest ...        the same moments again
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import psutil
import pytest
from citizens import Citizen, Suppliers
from fake_telegram import FakeTelegram, text_update
from fake_twilio import FakeTwilio
from front_door import PUBLIC_URL, FrontDoorProcess
from sqlalchemy import func, select

from storage.database import Database
from storage.tables import conversations, inbox, messages, outbox, submissions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]
Start = Callable[..., FrontDoorProcess]

AT_ONCE = 40


@dataclass
class Chaos:
    """Kills at random moments, and what was on its way when it did."""

    random: random.Random
    kills: list[str] = field(default_factory=list)
    in_flight: Counter[str] = field(default_factory=Counter)
    slowest_start_seconds: float = 0.0

    def crash(self, door: FrontDoorProcess, database: Database) -> None:
        door.kill()
        with database.reading() as tx:
            sending = select(outbox.c.channel).where(outbox.c.state == "sending")
            self.in_flight.update(tx.connection.execute(sending).scalars())
        self.kills.append("front door")
        self.slowest_start_seconds = max(self.slowest_start_seconds, door.start(wait_seconds=60))

    def crash_rasa(self, door: FrontDoorProcess) -> None:
        for process in door.rasa():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.kills.append("rasa")


def seed() -> int:
    chosen = int(os.environ.get("FRONTDOOR_KILL_SEED") or random.SystemRandom().randrange(10_000))
    print(f"\nFRONTDOOR_KILL_SEED={chosen}")  # noqa: T201
    return chosen


def test_the_same_webhooks_ten_times_at_once_have_one_effect(
    start: Start, telegram: FakeTelegram, twilio: FakeTwilio
):
    door = start("--no-understanding")
    assert telegram.wait_for(lambda: bool(telegram.webhook), seconds=10)
    secret = {"x-telegram-bot-api-secret-token": telegram.webhook["secret_token"]}
    fields = twilio.receive("+447700900123", "report encampment")
    signature = {"x-twilio-signature": twilio.sign(f"{PUBLIC_URL}/sms/webhook", fields)}

    async def send_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=door.url, timeout=30, trust_env=False) as client:
            update = text_update(77, 5001, "/start encampment")
            posts = [client.post("/telegram/webhook", headers=secret, json=update) for _ in range(10)]
            form = {"content-type": "application/x-www-form-urlencoded"}
            posts += [
                client.post("/sms/webhook", headers=signature | form, content=urlencode(fields))
                for _ in range(10)
            ]
            return list(await asyncio.gather(*posts))

    assert [answer.status_code for answer in asyncio.run(send_all())] == [200] * 20
    assert telegram.wait_for(lambda: len(telegram.sent_to(5001)) >= 1)
    assert twilio.wait_for(lambda: len(twilio.sent_to("+447700900123")) >= 1)
    time.sleep(1.5)
    database = door.database()
    with database.reading() as tx:
        rows = tx.connection.execute(select(inbox.c.channel, inbox.c.state).order_by(inbox.c.channel)).all()
        turns = tx.connection.execute(select(conversations.c.version)).scalars().all()
    database.dispose()
    assert rows == [("sms", "done"), ("telegram", "done")]
    assert turns == [2, 2]
    assert len(telegram.sent_to(5001)) == 1
    sent = [m["body"] for m in twilio.sent_to("+447700900123")]
    assert len(sent) == len(set(sent)) <= 2


def test_kills_during_two_hundred_conversations_lose_and_double_nothing(
    start: Start, telegram: FakeTelegram, twilio: FakeTwilio
):
    chaos = Chaos(random.Random(seed()))
    door = start()
    citizens = [Citizen(number) for number in range(200)]
    doors = ["web"] * 140 + ["telegram"] * 35 + ["sms"] * 25
    chaos.random.shuffle(doors)
    database = door.database()

    async def crash_now_and_then() -> None:
        victims = ["front door"] * 6 + ["rasa"] * 4
        chaos.random.shuffle(victims)
        for victim in victims:
            await asyncio.sleep(chaos.random.uniform(0.5, 3.5))
            if victim == "rasa" and door.rasa():
                await asyncio.to_thread(chaos.crash_rasa, door)
            else:
                await asyncio.to_thread(chaos.crash, door, database)

    took = converse(citizens, doors, [door], telegram, twilio, chaos, crash_now_and_then)
    assert len(chaos.kills) == 10
    check_all_is_well(database, citizens, doors, telegram, twilio, chaos, took)
    database.dispose()


def test_kills_of_two_front_doors_on_one_postgresql_lose_and_double_nothing(
    start: Start, telegram: FakeTelegram, twilio: FakeTwilio, postgres_url: str
):
    chaos = Chaos(random.Random(seed()))
    doors_up = [start("--no-understanding", DATABASE_URL=postgres_url) for _ in range(2)]
    citizens = [Citizen(number) for number in range(45)]
    doors = ["web"] * 25 + ["telegram"] * 12 + ["sms"] * 8
    database = doors_up[0].database()

    async def crash_now_and_then() -> None:
        for _ in range(4):
            await asyncio.sleep(chaos.random.uniform(0.5, 2.0))
            await asyncio.to_thread(chaos.crash, chaos.random.choice(doors_up), database)

    took = converse(citizens, doors, doors_up, telegram, twilio, chaos, crash_now_and_then)
    check_all_is_well(database, citizens, doors, telegram, twilio, chaos, took)
    database.dispose()


def converse(
    citizens: list[Citizen],
    doors: list[str],
    doors_up: list[FrontDoorProcess],
    telegram: FakeTelegram,
    twilio: FakeTwilio,
    chaos: Chaos,
    crash_now_and_then: Callable[[], Any],
) -> float:
    """Every citizen makes a report while the crashes come; returns the seconds until all were through."""
    dawdle = random.Random(1)
    suppliers = Suppliers(
        lambda: chaos.random.choice(doors_up).url, telegram, twilio, dawdle=lambda: dawdle.uniform(0, 1.2)
    )
    places = asyncio.Semaphore(AT_ONCE)

    async def one(citizen: Citizen, door: str, client: httpx.AsyncClient) -> None:
        report = {
            "web": suppliers.report_by_web,
            "telegram": suppliers.report_by_telegram,
            "sms": suppliers.report_by_sms,
        }[door]
        if door != "web":  # what goes out is paced, so these begin first and do not take the others' places
            await report(client, citizen)
            return
        async with places:
            await report(client, citizen)

    async def all_of_it() -> None:
        async with httpx.AsyncClient(
            timeout=40, trust_env=False, limits=httpx.Limits(max_connections=100)
        ) as client:
            each = zip(citizens, doors, strict=True)
            await asyncio.gather(crash_now_and_then(), *(one(c, d, client) for c, d in each))

    begun = time.monotonic()
    asyncio.run(all_of_it())
    return time.monotonic() - begun


def check_all_is_well(
    database: Database,
    citizens: list[Citizen],
    doors: list[str],
    telegram: FakeTelegram,
    twilio: FakeTwilio,
    chaos: Chaos,
    took: float,
) -> None:
    wait_until_settled(database)
    with database.reading() as tx:
        read = tx.connection.execute
        states = Counter(read(select(inbox.c.state)).scalars())
        sends = Counter(tuple(row) for row in read(select(outbox.c.channel, outbox.c.state)))
        received = read(select(inbox.c.id, inbox.c.provider_id, inbox.c.conversation_key)).all()
        heard = Counter(read(select(messages.c.inbox_id).where(messages.c.direction == "in")).scalars())
        turns = {
            row.conversation_key: row.version
            for row in read(select(conversations.c.conversation_key, conversations.c.version))
        }
        filed = [(row.reference, row.answers["vehicles"]) for row in read(select(submissions))]
        promised = sum(1 for row in read(select(outbox.c.id).where(outbox.c.state != "cancelled")))

    # Each acknowledged message is there once and was taken once.
    provider_ids = [row.provider_id.rpartition(":")[2] for row in received]
    assert states == {"done": len(received)}
    assert len(set(provider_ids)) == len(provider_ids)
    assert {sent for citizen in citizens for sent in citizen.sent} <= set(provider_ids)
    assert heard == dict.fromkeys([row.id for row in received], 1)
    by_conversation = Counter(row.conversation_key for row in received)
    for key, version in turns.items():
        welcome = 1 if key.startswith("web:") else 0
        assert version - 1 - welcome == by_conversation[key]

    # Each report is there once, under the reference its citizen was told.
    assert sorted(vehicles for _, vehicles in filed) == [citizen.number for citizen in citizens]
    assert {vehicles: reference for reference, vehicles in filed} == {c.number: c.reference for c in citizens}

    # Each reply went out once, but for what Telegram cannot tell about.
    assert {state for _, state in sends} <= {"sent", "delivered"}
    texts = sum(1 for message in twilio.messages if message["direction"] == "outbound-api")
    chats = sum(len(telegram.sent_to(chat)) for chat in telegram.chats())
    assert texts == sends["sms", "sent"] + sends["sms", "delivered"]
    chores = len([call for call in telegram.calls if call.method != "sendMessage"])
    again = chats - (sends["telegram", "sent"] - chores_promised(database))
    assert 0 <= again <= chaos.in_flight["telegram"]
    assert telegram.violations == []
    assert twilio.violations == []
    print(  # noqa: T201
        f"{len(citizens)} reports ({Counter(doors)}), {len(received)} messages in {took:.0f} s; killed: "
        f"{Counter(chaos.kills)}; in flight then: {dict(chaos.in_flight)}; sent {promised} (chores {chores}), "
        f"again on Telegram: {again}; slowest start {chaos.slowest_start_seconds:.1f} s"
    )


def chores_promised(database: Database) -> int:
    """Telegram calls that are no message: their buttons were taken off."""
    with database.reading() as tx:
        rows = tx.connection.execute(
            select(outbox.c.key, outbox.c.body).where(outbox.c.channel == "telegram")
        )
        vault = database.vault
        return sum(b'"sendMessage"' not in vault.open_bytes(r.body, f"outbox.body:{r.key}") for r in rows)


def wait_until_settled(database: Database, seconds: float = 100) -> None:
    """Until nothing is on its way: what a crash left has its lease to wait for."""
    until = time.monotonic() + seconds
    while True:
        with database.reading() as tx:
            read = tx.connection.execute
            waiting = read(select(func.count()).where(inbox.c.state.in_(["waiting", "leased"]))).scalar_one()
            live = ["pending", "leased", "sending", "unknown"]
            to_send = read(select(func.count()).where(outbox.c.state.in_(live))).scalar_one()
        if not waiting and not to_send:
            return
        assert time.monotonic() < until, f"{waiting} still waiting, {to_send} still to send"
        time.sleep(0.5)
