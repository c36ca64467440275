"""The driver, against small servers of each dialect."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fake_chats import QUESTIONS, FakeService, front_door_transport, rasa_transport

from bench.dialects import FloorChat, FrontDoorChat, RasaChat
from bench.floor import make_floor
from bench.load import (
    FLOOR_MESSAGES,
    MOST_MESSAGES,
    LoadResult,
    OpenChat,
    drive,
    find_percentile,
    pouring,
    reporting,
)

MESSAGES = len(QUESTIONS) + 1
DIALECTS = pytest.mark.parametrize(
    ("open_chat", "make_transport"),
    [
        pytest.param(FrontDoorChat, front_door_transport, id="front_door"),
        pytest.param(RasaChat, rasa_transport, id="rasa"),
    ],
)
MakeTransport = Callable[[FakeService], httpx.AsyncBaseTransport]


def make_reports(
    service: FakeService,
    open_chat: OpenChat,
    make_transport: MakeTransport,
    *,
    reports: int,
    at_a_time: int = 1,
) -> LoadResult:
    report = reporting(open_chat, QUESTIONS)
    return asyncio.run(
        drive("http://fake", report, reports=reports, at_a_time=at_a_time, transport=make_transport(service))
    )


@DIALECTS
@pytest.mark.parametrize("at_a_time", [1, 4])
def test_every_report_is_made_once_and_every_message_counted(
    open_chat: OpenChat, make_transport: MakeTransport, at_a_time: int
) -> None:
    service = FakeService()
    found = make_reports(service, open_chat, make_transport, reports=10, at_a_time=at_a_time)
    assert len(service.heard) == 10
    assert all(len(said) == MESSAGES for said in service.heard.values())
    assert (found.reports, found.messages, found.failures) == (10, 10 * MESSAGES, {})
    assert found.messages_per_second == pytest.approx(10 * MESSAGES / found.seconds, rel=0.1)
    assert 0 < found.p50_ms <= found.p95_ms
    assert service.most_open <= at_a_time


@DIALECTS
def test_answers_fit_what_is_asked(open_chat: OpenChat, make_transport: MakeTransport) -> None:
    service = FakeService()
    make_reports(service, open_chat, make_transport, reports=1)
    (said,) = service.heard.values()
    assert said[1:] == ["Banbury Road, Southam", "6", "park"]


@DIALECTS
def test_refused_message_fails_its_report_and_no_other(
    open_chat: OpenChat, make_transport: MakeTransport
) -> None:
    service = FakeService(fails_at={2: (3, 503)})
    found = make_reports(service, open_chat, make_transport, reports=5)
    assert found.failures == {"HTTP 503": 1}
    # The refused message was sent and waited for, but not answered.
    assert found.messages == 4 * MESSAGES + 3
    assert found.messages_per_second == pytest.approx((found.messages - 1) / found.seconds, rel=0.1)


@DIALECTS
def test_report_without_reference_is_a_failure(open_chat: OpenChat, make_transport: MakeTransport) -> None:
    service = FakeService(endless=frozenset({0}))
    found = make_reports(service, open_chat, make_transport, reports=2)
    assert found.failures == {f"no reference after {MOST_MESSAGES} messages": 1}
    assert found.messages == MOST_MESSAGES + MESSAGES


@DIALECTS
def test_question_nobody_can_answer_is_a_failure_and_shown(
    open_chat: OpenChat, make_transport: MakeTransport
) -> None:
    service = FakeService(mumbles=frozenset({1}))
    found = make_reports(service, open_chat, make_transport, reports=2)
    assert found.failures == {"no answer written for: What is the airspeed of a swallow?": 1}
    assert found.failed == 1


def test_silence_of_a_failed_rasa_action_is_a_failure() -> None:
    service = FakeService(fails_at={0: (2, 500)})
    found = make_reports(service, RasaChat, rasa_transport, reports=1)
    assert found.failures == {"no answer written for: nothing was said": 1}


def test_server_that_is_not_there_is_a_failure() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    report = reporting(RasaChat, QUESTIONS)
    found = asyncio.run(
        drive("http://fake", report, reports=2, at_a_time=2, transport=httpx.MockTransport(refuse))
    )
    assert found.failures == {"ConnectError": 2}
    assert found.messages_per_second == 0


def test_answer_time_is_counted_from_sending_to_the_whole_answer() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.05)
        return httpx.Response(200, json=[{"text": "Your reference is EN-7K3F-2QX."}])

    report = reporting(RasaChat, QUESTIONS)
    found = asyncio.run(
        drive("http://fake", report, reports=4, at_a_time=4, transport=httpx.MockTransport(slow))
    )
    assert found.messages == 4
    assert found.p50_ms >= 50
    # Four at a time wait beside each other, not one after the other.
    assert found.seconds < 4 * 0.05


def test_each_finished_report_is_told_of() -> None:
    told: list[None] = []
    service = FakeService(mumbles=frozenset({0}))
    asyncio.run(
        drive(
            "http://fake",
            reporting(RasaChat, QUESTIONS),
            reports=3,
            at_a_time=2,
            on_report=lambda: told.append(None),
            transport=rasa_transport(service),
        )
    )
    assert len(told) == 3


def test_floor_keeps_a_row_for_every_message(tmp_path: Path) -> None:
    app, database = make_floor(tmp_path / "floor.db")
    found = asyncio.run(
        drive("http://fake", pouring(FloorChat), reports=5, at_a_time=2, transport=httpx.ASGITransport(app))
    )
    assert (found.messages, found.failures) == (5 * FLOOR_MESSAGES, {})
    rows = database.execute("SELECT count(*), count(DISTINCT conversation) FROM messages").fetchone()
    assert rows == (5 * FLOOR_MESSAGES, 5)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    database.close()


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 95, 0.0),
        ([7.0], 50, 7.0),
        ([7.0], 95, 7.0),
        ([4.0, 1.0, 3.0, 2.0], 50, 2.0),
        (list(range(1, 101)), 95, 95),
        (list(range(1, 101)), 50, 50),
        (list(range(1, 21)), 95, 19),
        ([1.0] * 19 + [100.0], 95, 1.0),
        ([1.0] * 18 + [100.0, 100.0], 95, 100.0),
        ([1.0, 2.0, 3.0], 100, 3.0),
    ],
)
def test_percentiles(values: list[float], percent: float, expected: float) -> None:
    assert find_percentile(values, percent) == expected
