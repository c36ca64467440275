"""Whole conversations over all three doors leave no word, number or token in any log line."""

import asyncio
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
import structlog
from fake_server import ACCEPT_THEN_DROP, DROP
from fake_telegram import FakeTelegram, button_update, text_update
from fake_twilio import FakeTwilio
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.logs import configure_logs, drop_private, place_of
from bot.main import build
from bot.settings import ROOT, load_settings
from bot.turns import Turns

SECRET_KEY = "k3y-of-the-vault-that-no-log-may-hold-xyz"
WORDS = "zanzibarley caravans by Quizzical Lane"
CHAT = 918273645
NUMBER = "+447700900555"
LOCATION = {"latitude": 52.28191, "longitude": -1.58371}


def test_nothing_private_is_logged_by_a_whole_conversation(tmp_path: Path, capfd, monkeypatch):
    with FakeTelegram() as telegram, FakeTwilio() as twilio:
        environ = {
            "FRONTDOOR_DATA": str(tmp_path),
            "SECRET_KEY": SECRET_KEY,
            "PUBLIC_URL": "https://door.example",
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "TWILIO_ACCOUNT_SID": twilio.account_sid,
            "TWILIO_AUTH_TOKEN": twilio.auth_token,
            "TWILIO_NUMBER": twilio.number,
            "TWILIO_API_URL": twilio.url,
        }
        configure_logs()
        logging.getLogger().setLevel(logging.DEBUG)  # louder than it ever runs
        token = asyncio.run(converse(environ, telegram, twilio, monkeypatch))
    printed = "".join(capfd.readouterr())
    assert "turn.failed" in printed
    assert "send.failed" in printed
    private = [
        *WORDS.split(),
        str(CHAT),
        NUMBER,
        NUMBER.removeprefix("+44"),
        str(LOCATION["latitude"]),
        token,
        SECRET_KEY,
        telegram.token,
        twilio.auth_token,
        telegram.webhook.get("secret_token", "none was set"),
    ]
    found = {word for word in private if len(word) > 2 and word in printed}
    assert found == set(), [line for line in printed.splitlines() if any(word in line for word in found)][:5]


async def converse(
    environ: dict[str, str], telegram: FakeTelegram, twilio: FakeTwilio, monkeypatch: Any
) -> str:
    """Words, buttons, pins, edits, faults and refusals through every door; returns the chat's token."""
    door = build(load_settings(environ, ROOT), with_model=False)
    transport = httpx.ASGITransport(app=door.app)
    async with (
        door.app.router.lifespan_context(door.app),
        httpx.AsyncClient(transport=transport, base_url="http://door", timeout=30) as client,
    ):
        await until(lambda: bool(telegram.webhook))
        secret = {"x-telegram-bot-api-secret-token": telegram.webhook["secret_token"]}
        token: str = (await client.post("/chat/sessions")).json()["session"]
        bearer = {"authorization": f"Bearer {token}"}
        telegram.plan(ACCEPT_THEN_DROP, where=lambda request: request.path.endswith("/sendMessage"))
        twilio.plan(DROP, where=lambda request: request.method == "POST")

        async def web(**content: Any) -> None:
            await client.post("/chat/messages", headers=bearer, json={"id": str(uuid4()), **content})

        async def sms(body: str) -> None:
            fields = twilio.receive(NUMBER, body)
            url = "https://door.example/sms/webhook"
            signature = RequestValidator(twilio.auth_token).compute_signature(url, ImmutableMultiDict(fields))
            headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
            await client.post("/sms/webhook", headers=headers, content=urlencode(fields))
            await client.post(
                "/sms/webhook", headers=headers | {"x-twilio-signature": "no"}, content=urlencode(fields)
            )

        for words in ("/start encampment", WORDS, "6", WORDS, "stop"):
            await web(text=words)
            await client.post(
                "/telegram/webhook", headers=secret, json=text_update(telegram.next_update_id(), CHAT, words)
            )
            await sms(words)
        await web(location=LOCATION)
        await web(button="1:a:" + WORDS.split()[0])
        await client.post("/chat/photos", headers=bearer, files={"photo": WORDS.encode()})
        await client.post("/telegram/webhook", headers=secret, json=button_update(9001, CHAT, "go:menu"))
        await client.post("/telegram/webhook", json=text_update(9002, CHAT, WORDS))
        await client.post(
            "/telegram/webhook", headers=secret, json={"update_id": 9003, "message": {"text": WORDS}}
        )
        real = Turns._turn

        async def broken(*args: Any) -> Any:
            raise ValueError(WORDS)

        monkeypatch.setattr(Turns, "_turn", broken)
        monkeypatch.setattr("bot.turns.WAIT_SECONDS", 0.1)
        await web(text=WORDS)
        monkeypatch.setattr(Turns, "_turn", real)
        await until(lambda: bool(telegram.sent_to(CHAT)))
        await asyncio.sleep(1)
    return token


async def until(holds: Any) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)


def test_keys_that_name_private_things_are_dropped():
    line = {"event": "x", "inbox": 5, "text": WORDS, "address": NUMBER, "token": "t", "url": "u", "body": {}}
    assert drop_private(None, "info", line) == {"event": "x", "inbox": 5}


def test_a_fault_is_named_by_its_place():
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        assert place_of(error).startswith("test_logs.py:")
    assert place_of(ValueError("never raised")) == "?"


def test_a_log_nobody_reads_any_more_stops_nobody():
    """`frontdoor serve 2>&1 | head`: whoever only wants to note a fault must not die of it."""
    program = (
        "import os, sys; from bot.logs import configure_logs; configure_logs(); import structlog\n"
        "os.close(2)\n"
        "for _ in range(3): structlog.get_logger().error('gone', at=1)\n"
        "print('went on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, env=dict(os.environ)
    )
    assert "went on" in done.stdout


@pytest.mark.parametrize("quiet", [True, False])
def test_quiet_logs_hold_warnings_alone(quiet, capfd):
    configure_logs(quiet=quiet)
    structlog.get_logger().info("a fact", inbox=1)
    structlog.get_logger().warning("a warning", inbox=2)
    printed = capfd.readouterr().err
    assert ("a fact" in printed) is not quiet
    assert "a warning" in printed
