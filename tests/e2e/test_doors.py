"""A report made through each door lands as a row and stands in every export."""

import asyncio
import csv
import json
from collections.abc import Callable

import httpx
import openpyxl
import pytest
from citizens import Citizen, Suppliers
from fake_telegram import FakeTelegram
from fake_twilio import FakeTwilio
from front_door import FrontDoorProcess

pytestmark = pytest.mark.slow
Start = Callable[..., FrontDoorProcess]

MEMORY_BYTES = 250_000_000


def test_a_report_through_each_door_is_a_row_and_in_every_export(
    start: Start, telegram: FakeTelegram, twilio: FakeTwilio, tmp_path
):
    door = start("--no-understanding")
    citizens = [Citizen(number) for number in (11, 12, 13)]

    async def report() -> None:
        suppliers = Suppliers(lambda: door.url, telegram, twilio, seconds=40)
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            await asyncio.gather(
                suppliers.report_by_web(client, citizens[0]),
                suppliers.report_by_telegram(client, citizens[1]),
                suppliers.report_by_sms(client, citizens[2]),
            )

    asyncio.run(report())
    assert door.memory_bytes() < MEMORY_BYTES
    assert door.stop() < 10
    polling = start("--no-understanding", "--telegram-polling")
    polled = Citizen(14)
    asyncio.run(
        Suppliers(lambda: polling.url, telegram, twilio, seconds=40).report_by_polled_telegram(polled)
    )
    typed = Citizen(15)
    typed.hears([type_report(polling, typed.number)])
    everybody = {c.reference: c.number for c in [*citizens, polled, typed]}
    assert len(everybody) == 5
    assert all(everybody)
    assert exported(polling, "csv", tmp_path) == everybody
    assert exported(polling, "xlsx", tmp_path) == everybody
    assert exported(polling, "json", tmp_path) == everybody
    assert exported(polling, "geojson", tmp_path) == everybody
    assert telegram.violations == []
    assert twilio.violations == []
    if telegram.checks_calls:
        assert {call.method for call in telegram.calls} >= {"sendMessage", "setWebhook", "getUpdates"}
    assert telegram.webhook == {}, "polling takes the webhook away"


def type_report(door: FrontDoorProcess, vehicles: int) -> str:
    """A report made with `frontdoor chat`; returns the screen."""
    lines = [
        "/start encampment",
        "lay-by on Banbury Road, Southam",
        *["no, another place"] * 3,  # the others told of sites there before, and each is asked about
        "6",
        str(vehicles),
        "yesterday",
        "lay-by",
    ]
    lines += ["1 2", "neither", "skip", "skip", "no", "send", "/quit"]
    done = door.run("chat", "--url", door.url, input="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    return done.stdout


def exported(door: FrontDoorProcess, kind: str, folder) -> dict[str, int]:
    """References and vehicles of an export through the command line."""
    file = folder / f"out.{kind}"
    done = door.run("export", "encampment", "--format", kind, "-o", str(file))
    assert done.returncode == 0, done.stderr
    if kind == "csv":
        rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    elif kind == "xlsx":
        table = list(openpyxl.load_workbook(file).worksheets[0].values)
        rows = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    elif kind == "json":
        rows = json.loads(file.read_text())["records"]
    else:
        rows = [feature["properties"] for feature in json.loads(file.read_text())["features"]]
    return {row["reference"]: int(row["vehicles"]) for row in rows}
