"""What the interpreter makes of Rasa's answers, and of Rasa's failures."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from flows.understanding import Entity, Ranked, Understanding
from nlu.interpreter import MAX_CHARACTERS, Breaker, RasaInterpreter


@dataclass
class Server:
    base_url: str = "http://127.0.0.1:5005"
    token: str = "secret"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def answer_of(text: str, **changes: Any) -> dict[str, Any]:
    return {
        "text": text,
        "intent": {"name": "ask.bike_locks", "confidence": 0.81},
        "entities": [],
        "intent_ranking": [
            {"name": "ask.bike_locks", "confidence": 0.81},
            {"name": "greet", "confidence": 0.1},
        ],
    } | changes


Handler = Callable[[httpx.Request], httpx.Response]


def interpreter_with(handler: Any, **options: Any) -> RasaInterpreter:
    return RasaInterpreter(Server(), transport=httpx.MockTransport(handler), **options)


def understand(handler: Any, text: str, **options: Any) -> Understanding | None:
    async def run() -> Understanding | None:
        interpreter = interpreter_with(handler, **options)
        try:
            return await interpreter.understand(text)
        finally:
            await interpreter.aclose()

    return asyncio.run(run())


def sent_text(text: str) -> str:
    """What reaches Rasa of a message."""
    sent: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["text"])
        return httpx.Response(200, json=answer_of("x"))

    understand(handler, text)
    return sent[0]


def test_a_good_answer_becomes_our_own_values():
    entity = {"entity": "caravans", "start": 0, "end": 1, "value": 6, "extractor": "x"}

    found = understand(lambda _: httpx.Response(200, json=answer_of("", entities=[entity])), "6 caravans")

    assert found == Understanding(
        "ask/bike_locks",
        0.81,
        (Ranked("ask/bike_locks", 0.81), Ranked("greet", 0.1)),
        (Entity("caravans", "6", 6, 0, 1),),
    )


@pytest.mark.parametrize(
    ("said", "language"),
    [
        pytest.param({"name": "pl", "confidence": 0.97}, "pl", id="sure"),
        pytest.param({"name": "pl", "confidence": 1}, "pl", id="a whole number"),
        pytest.param({"name": "pl", "confidence": 0.6}, None, id="unsure"),
        pytest.param({"name": "pl", "confidence": "high"}, None, id="no number"),
        pytest.param({"name": "pl"}, None, id="no confidence"),
        pytest.param({"name": 7, "confidence": 1.0}, None, id="no name"),
        pytest.param({"name": "../pl", "confidence": 1.0}, None, id="no code"),
        pytest.param("pl", None, id="no mapping"),
        pytest.param(None, None, id="null"),
    ],
)
def test_the_language_is_read_where_it_is_sure_and_is_never_a_fault(said: Any, language: str | None):
    found = understand(lambda _: httpx.Response(200, json=answer_of("", language=said)), "czesc")

    assert found is not None and found.label == "ask/bike_locks"
    assert found.language == language


def test_no_word_of_a_language_is_none():
    found = understand(lambda _: httpx.Response(200, json=answer_of("")), "hello")

    assert found is not None and found.language is None


def test_only_the_text_is_sent_and_the_token_of_the_moment():
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=answer_of("hi"))

    async def run() -> None:
        server = Server()
        interpreter = RasaInterpreter(server, transport=httpx.MockTransport(handler))
        await interpreter.understand("hi")
        server.base_url, server.token = "http://127.0.0.1:5006", "another"
        await interpreter.understand("hi")
        await interpreter.aclose()

    asyncio.run(run())
    assert [str(r.url) for r in seen] == [
        "http://127.0.0.1:5005/model/parse?token=secret",
        "http://127.0.0.1:5006/model/parse?token=another",
    ]
    assert [json.loads(r.content) for r in seen] == [{"text": "hi"}, {"text": "hi"}]


@pytest.mark.parametrize(
    ("label", "ours"),
    [("ask.home.locks", "ask/home.locks"), ("greet", "greet"), ("asked", "asked"), ("task.ask", "task.ask")],
)
def test_only_the_first_dot_after_ask_is_a_slash(label: str, ours: str):
    answer = answer_of("x", intent={"name": label, "confidence": 0.5})

    found = understand(lambda _: httpx.Response(200, json=answer), "x")

    assert found is not None and found.label == ours


@pytest.mark.parametrize(
    "text",
    ["/restart", '/greet{"name": "x"}', "  /restart", "//restart", "\u200b/restart", "\u00a0/ /restart"],
)
def test_a_ready_made_intent_is_defused(text: str):
    assert sent_text(text)[0] not in "/ \u200b\u00a0"


def test_offsets_fit_the_message_as_it_was_written():
    entity = {"entity": "caravans", "start": 0, "end": 3, "value": 6}

    found = understand(
        lambda _: httpx.Response(200, json=answer_of("", entities=[entity])), "  /six caravans"
    )

    assert found is not None and found.entities == (Entity("caravans", "six", 6, 3, 6),)


@pytest.mark.parametrize(
    "text", ["", "   ", "///", "\u200b", "?!", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00 \x00\x08 \x02\x93"]
)
def test_nothing_to_understand_needs_no_call(text: str):
    def refuse(_: httpx.Request) -> httpx.Response:
        raise AssertionError("called")

    assert understand(refuse, text) == Understanding("out_of_scope", 0.0)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        pytest.param("word " * 300, 999, id="between words"),
        pytest.param("x" * 100_000, 1000, id="no space near"),
        pytest.param(
            "x" * 999 + "\U0001f468\u200d\U0001f469\u200d\U0001f467" + "x" * 50, 999, id="joined emoji"
        ),
        pytest.param("x" * 999 + "e\u0301" + "x" * 50, 999, id="combining accent"),
    ],
)
def test_a_long_text_is_cut_with_care(text: str, length: int):
    sent = sent_text(text)

    assert len(sent) == length <= MAX_CHARACTERS
    assert text.startswith(sent)


def test_halves_of_characters_and_control_characters_do_not_reach_rasa():
    assert sent_text("a\ud800b\x00c") == "a b c"


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def slow(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


FAILURES: list[Any] = [
    pytest.param(broken, id="refused"),
    pytest.param(slow, id="read timeout"),
    pytest.param(lambda _: httpx.Response(500, text="boom"), id="500"),
    pytest.param(lambda _: httpx.Response(401, json={"reason": "NotAuthenticated"}), id="wrong token"),
    pytest.param(lambda _: httpx.Response(200, text="<html>"), id="not JSON"),
    pytest.param(lambda _: httpx.Response(200, content=b"\xff\xfe"), id="not text"),
    pytest.param(lambda _: httpx.Response(200, json=[]), id="a list"),
    pytest.param(lambda _: httpx.Response(200, json={}), id="missing keys"),
    pytest.param(lambda _: httpx.Response(200, json={"intent": None, "entities": []}), id="no intent"),
    pytest.param(
        lambda _: httpx.Response(200, json=answer_of("", intent={"name": "greet"})), id="no confidence"
    ),
    pytest.param(
        lambda _: httpx.Response(200, json=answer_of("", intent={"name": "greet", "confidence": 7})),
        id="not a probability",
    ),
    pytest.param(
        lambda _: httpx.Response(200, json=answer_of("", entities=[{"entity": "x", "start": 0, "end": 99}])),
        id="entity outside the text",
    ),
]


@pytest.mark.parametrize("handler", FAILURES)
def test_a_failure_is_no_answer_and_counts(handler: Any):
    breaker = Breaker(allowed=1)

    assert understand(handler, "hello", breaker=breaker) is None
    assert breaker.is_open


def test_a_hanging_server_is_given_up():
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError("waited too long")

    breaker = Breaker(allowed=1)

    assert understand(hang, "hello", breaker=breaker, timeout_seconds=0.05) is None
    assert breaker.is_open


def test_an_intent_rasa_cannot_name_is_out_of_scope():
    answer = answer_of("x", intent={"name": None, "confidence": 0.0}, intent_ranking=[])

    assert understand(lambda _: httpx.Response(200, json=answer), "x") == Understanding("out_of_scope", 0.0)


def test_without_a_server_there_is_no_answer_and_no_failure():
    breaker = Breaker(allowed=1)

    async def run() -> Understanding | None:
        interpreter = RasaInterpreter(
            Server(base_url=""), transport=httpx.MockTransport(broken), breaker=breaker
        )
        return await interpreter.understand("hi")

    assert asyncio.run(run()) is None
    assert not breaker.is_open


def test_after_five_failures_calls_are_held_back_and_one_tries_again_later():
    calls: list[bool] = []
    clock = Clock()
    healthy = False

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(healthy)
        return httpx.Response(200, json=answer_of("x")) if healthy else broken(request)

    async def run() -> None:
        nonlocal healthy
        interpreter = interpreter_with(handler, breaker=Breaker(clock=clock))
        for _ in range(8):
            assert await interpreter.understand("hi") is None
        assert len(calls) == 5
        clock.now += 5.1
        assert [await interpreter.understand("hi") for _ in range(3)] == [None, None, None]
        assert len(calls) == 6, "one trial only"
        clock.now += 5.1
        healthy = True
        assert await interpreter.understand("hi") is not None
        assert await interpreter.understand("hi") is not None, "closed again"

    asyncio.run(run())


def test_a_success_in_between_keeps_the_breaker_closed():
    breaker = Breaker(allowed=2)
    breaker.note_failure()
    breaker.note_success()
    breaker.note_failure()

    assert not breaker.is_open


def test_sixteen_at_once_all_get_an_answer_with_four_in_flight():
    in_flight = 0
    most = 0

    async def handler(_: httpx.Request) -> httpx.Response:
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        await asyncio.sleep(0.02)
        in_flight -= 1
        return httpx.Response(200, json=answer_of("x"))

    async def run() -> list[Understanding | None]:
        interpreter = interpreter_with(handler)
        return list(await asyncio.gather(*(interpreter.understand("hi") for _ in range(16))))

    assert None not in asyncio.run(run())
    assert most == 4


def test_waiting_too_long_for_a_turn_is_no_answer_and_no_failure():
    async def handler(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.3)
        return httpx.Response(200, json=answer_of("x"))

    breaker = Breaker(allowed=1)

    async def run() -> list[Understanding | None]:
        interpreter = interpreter_with(handler, breaker=breaker, slot_wait_seconds=0.05, at_once=1)
        return list(await asyncio.gather(*(interpreter.understand("hi") for _ in range(2))))

    answers = asyncio.run(run())
    assert sum(a is None for a in answers) == 1
    assert not breaker.is_open


def test_the_log_holds_no_message_text(caplog: pytest.LogCaptureFixture):
    understand(broken, "my name is Bond")

    assert caplog.records
    assert "Bond" not in str([r.__dict__ for r in caplog.records])
    assert "secret" not in str([r.__dict__ for r in caplog.records])
