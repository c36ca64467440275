"""The interpreter against real Rasa with the real model."""

import asyncio
import random
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx
import psutil
import pytest
from rasa_server import NluAddress

from flows.understanding import Understanding
from nlu.interpreter import RasaInterpreter

pytestmark = pytest.mark.slow
T = TypeVar("T")


def ask(server: NluAddress, *texts: str) -> list[Understanding | None]:
    """What it makes of the texts, all sent at once."""

    async def run() -> list[Understanding | None]:
        interpreter = RasaInterpreter(server, timeout_seconds=5)
        try:
            return list(await asyncio.gather(*(interpreter.understand(text) for text in texts)))
        finally:
            await interpreter.aclose()

    return run_now(run())


def run_now(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def test_a_report_is_understood_with_what_it_carries(nlu_server: NluAddress):
    text = "6 caravans on the rec off Myton Road Warwick since last night, gate blocked"

    (found,) = ask(nlu_server, text)

    assert found is not None
    assert found.label == "report_encampment" and found.confidence > 0.5
    assert [e.value for e in found.get_all("caravans")] == [6]
    assert [e.value for e in found.get_all("land")] == ["park"]
    assert [e.value for e in found.get_all("impact")] == ["blocked_access"]
    assert "Myton Road" in found.get_all("place")[0].text
    assert "last night" in found.get_all("seen_at")[0].text
    assert all(text[e.start : e.end] == e.text for e in found.entities)


def test_a_question_is_labelled_as_the_contract_writes_it(nlu_server: NluAddress):
    (found,) = ask(nlu_server, "how do i stop my bike being nicked")

    assert found is not None
    assert found.label == "ask/bicycle_theft"
    assert len(found.ranking) == 10
    assert [r.confidence for r in found.ranking] == sorted(
        (r.confidence for r in found.ranking), reverse=True
    )


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        '/stop_messages{"a": 1}',
        "",
        "\ud800",
        "\U0001f468\u200d\U0001f469",
        "\u202eabc",
        "x" * 100_000,
        "\u0661\u0662",
    ],
    ids=[
        "intent",
        "intent with entities",
        "empty",
        "half a character",
        "emoji",
        "right to left",
        "long",
        "digits",
    ],
)
def test_any_text_gets_an_answer_and_none_a_ready_made_intent(text: str, nlu_server: NluAddress):
    (found,) = ask(nlu_server, text)

    assert found is not None
    assert not (text.startswith("/") and found.confidence == 1.0)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
@pytest.mark.parametrize("size", [40, 10_000])
def test_binary_noise_is_out_of_scope(encoding: str, size: int, nlu_server: NluAddress):
    content = random.Random(size).randbytes(size)

    (found,) = ask(nlu_server, content.decode(encoding, "replace"))

    assert found is not None
    assert found.label == "out_of_scope"


@pytest.mark.parametrize(
    "text",
    [
        "ਸਾਡੇ ਖੇਤ ਵਿੱਚ ਛੇ ਕਾਰਵਾਂ ਆ ਗਏ ਹਨ, ਗੇਟ ਬੰਦ ਹੈ",
        "на полі біля Warwick стоять шість караванів",
        "لقد سُرقت دراجتي أمس من أمام المحطة",
        "我的自行车昨晚在车站被偷了",
        "今朝、畑に車が六台入りました",
        "\U0001f6a8\U0001f6a8\U0001f691",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ec\U0001f1e7 \u2764\ufe0f",
        "Z\u0351\u036b\u0343a\u0321\u034al\u0337\u0321g\u0315o\u0361",
        "ĳ \u0130\u0131 \ufb01eld ǆ \u1e9e",
    ],
    ids="Panjabi Ukrainian Arabic Chinese Japanese emoji joined-emoji marks letters-that-grow".split(),
)
def test_any_script_is_answered_and_what_is_marked_lies_in_the_text(text: str, nlu_server: NluAddress):
    (found,) = ask(nlu_server, text)

    assert found is not None
    assert found.label and 0 <= found.confidence <= 1
    assert all(text[e.start : e.end] == e.text for e in found.entities)


def test_a_message_of_ten_thousand_characters_is_read_by_its_beginning(nlu_server: NluAddress):
    text = "There are 6 caravans on the rec off Myton Road in Warwick. " + "And I told them so. " * 500

    started = time.monotonic()
    (found,) = ask(nlu_server, text)

    assert len(text) > 10_000
    assert time.monotonic() - started < 2
    assert found is not None
    assert [e.value for e in found.get_all("caravans")] == [6]
    assert all(text[e.start : e.end] == e.text for e in found.entities)


def test_sixteen_at_once_are_all_answered(nlu_server: NluAddress):
    started = time.monotonic()

    found = ask(nlu_server, *(f"there are {n} caravans at Newbold Comyn" for n in range(2, 18)))

    assert None not in found
    assert time.monotonic() - started < 3


def test_only_those_who_know_the_token_are_answered(nlu_server: NluAddress):
    with httpx.Client(trust_env=False) as client:
        answer = client.post(f"{nlu_server.base_url}/model/parse", json={"text": "hello"}, timeout=10)

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/webhooks/rest/webhook", "/webhooks/callback/webhook"])
def test_no_other_door_of_rasas_is_open(path: str, nlu_server: NluAddress):
    with httpx.Client(trust_env=False) as client:
        answer = client.post(nlu_server.base_url + path, json={"sender": "x", "message": "hi"}, timeout=10)

    assert answer.status_code == 404


def test_rasas_own_log_holds_no_message_text_and_no_token(nlu_server: NluAddress):
    ask(nlu_server, "my name is Zebedee", "/zebedee")

    log = nlu_server.log.read_text(encoding="utf-8")
    assert log
    assert "zebedee" not in log.casefold()
    assert nlu_server.token not in log


def test_it_is_ready_in_time_and_no_larger_than_planned(nlu_server: NluAddress):
    assert nlu_server.ready_after_seconds < 60  # 40 s is the aim; tests may share the machine
    assert psutil.Process(nlu_server.pid).memory_info().rss < 750_000_000
