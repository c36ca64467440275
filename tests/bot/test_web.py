"""Every route: who may call it, what it does with good and bad input, and that nothing counts twice."""

import asyncio
import io
import json
import zlib
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from fake_telegram import text_update
from fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER
from house import House
from PIL import Image
from starlette.applications import Starlette
from starlette.datastructures import ImmutableMultiDict
from starlette.routing import Mount, Route
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.exchange import JSON_BYTES, Door
from bot.metrics import Metrics
from bot.sms import SmsChannel
from bot.supplier_routes import SMS_BYTES, TELEGRAM_BYTES
from bot.telegram import TelegramChannel
from bot.web import HEADERS, VERIFIED_BY, make_app
from flows.messages import Reply
from storage.errors import StorageBusy, StorageFull
from storage.inbox import Inbox

SECRET = "a-secret-of-telegrams"
PUBLIC_URL = "https://door.example"
PHOTO_BYTES = 200_000
TELEGRAM_HEADERS = {"x-telegram-bot-api-secret-token": SECRET}
SID = "SM" + "0" * 32


@pytest.fixture
def app(house: House) -> Starlette:
    return build_app(house)


@pytest.fixture
def sqlite_app(sqlite_house: House) -> Starlette:
    return build_app(sqlite_house)


@cache
def suppliers_doors() -> tuple[TelegramChannel, SmsChannel]:
    """Made once: they only verify here, and each reads the machine's certificates when it is made."""
    return (
        TelegramChannel("1:a", "http://127.0.0.1:9", SECRET),
        SmsChannel(ACCOUNT_SID, AUTH_TOKEN, NUMBER, "http://127.0.0.1:9", PUBLIC_URL),
    )


def build_app(house: House, **different: Any) -> Starlette:
    telegram_door, sms_door = suppliers_doors()
    values: dict[str, Any] = {"telegram": telegram_door, "sms": sms_door} | different
    return make_app(
        Door(
            database=house.database,
            turns=house.turns,
            source=house.source,
            metrics=Metrics(),
            photo_bytes=PHOTO_BYTES,
            idle=timedelta(days=7),
            **values,
        )
    )


class Caller:
    """Calls an application, from this machine unless told otherwise."""

    def __init__(self, app: Starlette, *, host: str = "127.0.0.1") -> None:
        self._app, self._host = app, host

    def __call__(self, method: str, path: str, **request: Any) -> httpx.Response:
        return self.many([(method, path, request)])[0]

    def many(self, requests: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
        """All at once."""

        async def run() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=self._app, client=(self._host, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
                calls = (client.request(method, path, **more) for method, path, more in requests)
                return list(await asyncio.gather(*calls))

        return asyncio.run(run())

    def session(self, language: str = "en") -> dict[str, str]:
        """Headers of a new chat."""
        begun = self("POST", "/chat/sessions", json={"language": language})
        assert begun.status_code == 201
        return {"authorization": f"Bearer {begun.json()['session']}"}

    def say(self, headers: dict[str, str], text: str, message_id: str | None = None) -> httpx.Response:
        return self(
            "POST", "/chat/messages", headers=headers, json={"id": message_id or str(uuid4()), "text": text}
        )


def said(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [reply["text"] for reply in answer.json()["replies"]]


def is_problem(answer: httpx.Response, status: int) -> bool:
    body = answer.json()
    return (
        answer.status_code == status == body["status"]
        and answer.headers["content-type"] == "application/problem+json"
        and bool(body["title"])
    )


def sms_fields(sid: str = SID, sender: str = "+447700900123", body: str = "hello") -> dict[str, str]:
    return {"MessageSid": sid, "From": sender, "To": NUMBER, "Body": body, "NumMedia": "0"}


def signed(
    path: str, fields: dict[str, str], token: str = AUTH_TOKEN, url: str = PUBLIC_URL
) -> dict[str, Any]:
    signature = RequestValidator(token).compute_signature(url + path, ImmutableMultiDict(fields))
    return {"content": urlencode(fields), "headers": form_headers(signature)}


def form_headers(signature: str | None) -> dict[str, str]:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return headers | ({"x-twilio-signature": signature} if signature is not None else {})


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "green").save(file, kind)
    return file.getvalue()


# Every route


def test_every_route_says_who_may_call_it(sqlite_app):
    named = [route.name for route in sqlite_app.routes if isinstance(route, Route | Mount)]
    assert len(named) == len(sqlite_app.routes)
    assert set(named) == set(VERIFIED_BY)


STRANGERS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "session token": [
        ("POST", "/chat/messages", {"json": {"id": str(uuid4()), "text": "hello"}}),
        ("GET", "/chat/messages?after=0", {}),
        ("POST", "/chat/photos", {"files": {"photo": b"x"}}),
    ],
    "secret header": [("POST", "/telegram/webhook", {"json": text_update(1, 7, "hello")})],
    "signature": [
        ("POST", "/sms/webhook", {"data": sms_fields()}),
        ("POST", "/sms/status", {"data": sms_fields()}),
    ],
}
WRONG = [
    {},
    {"authorization": "Bearer " + "x" * 43},
    {"authorization": "Bearer "},
    {"authorization": "Basic abcdefghijklmnopqrstuvwxyz"},
    {"authorization": "Bearer " + "x" * 5000},
    {"x-telegram-bot-api-secret-token": "wrong"},
    {"x-telegram-bot-api-secret-token": ""},
    {"x-telegram-bot-api-secret-token": SECRET + "x"},
    {"x-telegram-bot-api-secret-token": "x" * 60_000},
    {"x-twilio-signature": "wrong"},
    {"x-twilio-signature": ""},
    {"x-twilio-signature": "\xe9\xff"},
]


@pytest.mark.parametrize(
    "call", [c for calls in STRANGERS.values() for c in calls], ids=lambda c: f"{c[0]} {c[1]}"
)
def test_strangers_are_refused_whatever_they_claim_and_leave_no_trace(sqlite_app, sqlite_house, call):
    method, path, request = call
    for headers in WRONG:
        answer = Caller(sqlite_app)(
            method, path, headers={k: v.encode("latin-1") for k, v in headers.items()}, **request
        )
        assert is_problem(answer, 401 if path.startswith("/chat") else 403), headers
        assert SECRET not in answer.text
    assert sqlite_house.count("inbox") == 0


def test_the_table_of_strangers_holds_every_route_that_is_not_open(sqlite_app):
    guarded = {name for name, how in VERIFIED_BY.items() if how in STRANGERS}
    paths = {route.path: route.name for route in sqlite_app.routes if isinstance(route, Route)}
    tried = {
        (method, paths[path.partition("?")[0]]) for calls in STRANGERS.values() for method, path, _ in calls
    }
    # Two routes share /chat/messages, told apart by their methods.
    assert len(tried) == len(guarded)


def test_every_answer_carries_the_security_headers(sqlite_app):
    call = Caller(sqlite_app)
    answers = [
        call("GET", "/"),
        call("GET", "/static/chat.js"),
        call("GET", "/healthz"),
        call("GET", "/nowhere"),
        call("DELETE", "/chat/messages"),
        call("POST", "/chat/messages"),
        call("POST", "/telegram/webhook"),
    ]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 405, 401, 403]
    assert all(is_problem(answer, answer.status_code) for answer in answers[3:])


def test_our_own_fault_is_told_without_words_and_the_server_goes_on(
    sqlite_app, sqlite_house, monkeypatch, capsys
):
    def broken(*args: Any, **more: Any) -> None:
        raise ValueError("the words of a citizen")

    headers = Caller(sqlite_app).session()
    with monkeypatch.context() as once:
        once.setattr(Inbox, "accept", broken)
        answer = Caller(sqlite_app).say(headers, "hello")
    assert is_problem(answer, 500)
    printed = "".join(capsys.readouterr())
    assert "words of a citizen" not in answer.text + printed
    assert "web.fault" in printed
    assert said(Caller(sqlite_app).say(headers, "hello")) == ["echo hello"]


@pytest.mark.parametrize("fault", [StorageBusy("locked"), StorageFull("full")], ids=["locked", "full"])
def test_a_database_that_cannot_be_had_is_told_so_that_the_sender_comes_again(
    sqlite_app, sqlite_house, monkeypatch, fault
):
    def busy(*args: Any, **more: Any) -> None:
        raise fault

    headers = Caller(sqlite_app).session()
    sqlite_house.database.busy_seconds = 0.01
    monkeypatch.setattr(Inbox, "accept", busy)
    call = Caller(sqlite_app)
    answers = [
        call.say(headers, "hello"),
        call("POST", "/telegram/webhook", headers=TELEGRAM_HEADERS, json=text_update(1, 7, "hello")),
        call("POST", "/sms/webhook", **signed("/sms/webhook", sms_fields())),
    ]
    for answer in answers:
        assert is_problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("path", "headers", "limit"),
    [
        ("/telegram/webhook", TELEGRAM_HEADERS, TELEGRAM_BYTES),
        ("/sms/webhook", form_headers("x"), SMS_BYTES),
        ("/sms/status", form_headers("x"), SMS_BYTES),
        ("/chat/sessions", {}, JSON_BYTES),
        ("/chat/messages", {}, JSON_BYTES),
        ("/chat/photos", {"content-type": "multipart/form-data; boundary=x"}, PHOTO_BYTES + 64 * 1024),
    ],
)
@pytest.mark.parametrize("is_declared", [True, False], ids=["declared", "not_declared"])
def test_no_body_beyond_its_bound_is_read(sqlite_app, path, headers, limit, is_declared):
    given: list[int] = []

    async def endless() -> Any:
        for _ in range(64):
            given.append(limit // 16)
            yield b" " * given[-1]

    session = Caller(sqlite_app).session() if path.startswith("/chat") else {}
    length = {"content-length": str(limit * 4)} if is_declared else {}
    answer = Caller(sqlite_app)("POST", path, headers=headers | session | length, content=endless())
    assert is_problem(answer, 413)
    assert sum(given) <= limit * 1.2


def test_long_answers_are_packed_and_short_ones_are_not(sqlite_app):
    call = Caller(sqlite_app)
    page = call("GET", "/", headers={"accept-encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert (
        call("GET", "/healthz", headers={"accept-encoding": "gzip"}).headers.get("content-encoding") is None
    )
    assert "content-encoding" not in call("GET", "/", headers={"accept-encoding": "identity"}).headers


# Web chat: sessions


def test_a_session_opens_with_a_welcome(app, house: House):
    begun = Caller(app)("POST", "/chat/sessions")
    assert begun.status_code == 201
    assert len(begun.json()["session"]) >= 40
    assert begun.json()["replies"][0]["number"] >= 1
    assert begun.headers["cache-control"] == "no-store"
    assert house.count("web_sessions") == 1


@pytest.mark.parametrize("body", ["[]", '"en"', "{", '{"language": 5}', '{"language": null}', "\xff"])
def test_a_session_is_not_opened_on_nonsense(sqlite_app, sqlite_house, body):
    answer = Caller(sqlite_app)("POST", "/chat/sessions", content=body.encode("latin-1"))
    assert is_problem(answer, 400)
    assert sqlite_house.count("web_sessions") == 0


def test_a_session_long_unused_is_closed_and_one_in_use_is_not(sqlite_app, sqlite_house):
    headers = Caller(sqlite_app).session()
    for _ in range(4):
        sqlite_house.clock.pass_seconds(6 * 86400)
        assert Caller(sqlite_app).say(headers, "still here").status_code == 200
    sqlite_house.clock.pass_seconds(6 * 86400)
    assert Caller(sqlite_app)("GET", "/chat/messages?after=0", headers=headers).status_code == 200
    sqlite_house.clock.pass_seconds(2 * 86400)
    assert is_problem(Caller(sqlite_app).say(headers, "too late"), 401)
    assert "new one" in Caller(sqlite_app).say(headers, "too late").json()["detail"]


def test_a_short_idle_time_is_not_outrun_by_how_seldom_use_is_noted(sqlite_house):
    app = build_app(sqlite_house)
    app.state.door = type(app.state.door)(**{**vars(app.state.door), "idle": timedelta(minutes=10)})
    headers = Caller(app).session()
    for _ in range(6):
        sqlite_house.clock.pass_seconds(4 * 60)
        assert Caller(app).say(headers, "still here").status_code == 200


def test_a_session_whose_conversation_was_purged_is_closed(sqlite_app, sqlite_house):
    from sqlalchemy import text

    headers = Caller(sqlite_app).session()
    for table in ("messages", "conversations"):
        sqlite_house.write(lambda tx, table=table: tx.connection.execute(text(f"DELETE FROM {table}")))
    assert is_problem(Caller(sqlite_app).say(headers, "hello"), 401)


# Web chat: messages


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "5",
        "NaN",
        "[" * 200 + "]" * 200,
        "[" * 100_000,
        '{"id": "no uuid", "text": "hello"}',
        '{"id": 5, "text": "hello"}',
        '{"text": "hello"}',
        '{"id": "ID"}',
        '{"id": "ID", "text": 5}',
        '{"id": "ID", "text": null}',
        '{"id": "ID", "text": "a", "button": "b"}',
        '{"id": "ID", "button": ["x"]}',
        '{"id": "ID", "button": "' + "x" * 201 + '"}',
        '{"id": "ID", "location": "52,1"}',
        '{"id": "ID", "location": {"latitude": 52}}',
        '{"id": "ID", "location": {"latitude": "52", "longitude": 1}}',
        '{"id": "ID", "location": {"latitude": true, "longitude": 1}}',
        '{"id": "ID", "location": {"latitude": 91, "longitude": 1}}',
        '{"id": "ID", "location": {"latitude": NaN, "longitude": 1}}',
        '{"id": "ID", "location": {"latitude": 1e999, "longitude": 1}}',
        '{"id": "ID", "location": {"latitude": 1' + "0" * 400 + ', "longitude": 1}}',
        '{"id": "ID", "location": {"latitude": 1' + "0" * 5000 + ', "longitude": 1}}',
        b'{"id": "ID", "text": "\xff"}',
    ],
    ids=lambda body: str(body)[:60],
)
def test_a_message_that_breaks_the_contract_is_refused_with_the_reason(sqlite_app, sqlite_house, body):
    headers = Caller(sqlite_app).session()
    content = body if isinstance(body, bytes) else body.replace("ID", str(uuid4())).encode()
    answer = Caller(sqlite_app)("POST", "/chat/messages", headers=headers, content=content)
    assert is_problem(answer, 400)
    assert answer.json()["detail"]
    assert sqlite_house.count("inbox") == 0


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        "x" * 100_000,
        "\ud800 half an emoji",
        "a\x00b",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
        "\u202eright to left\u202c \u0627\u0644",
        "zero\u200bwidth",
        "e" + "\u0301" * 1000,
        '/intent{"a":1}',
        "=cmd|' /C calc'!A0",
        "'; DROP TABLE inbox; --",
        "<script>alert(1)</script>",
        "\r\n\t",
    ],
    ids=lambda words: repr(words)[:30],
)
def test_any_words_at_all_are_kept_and_answered(app, house: House, words):
    headers = Caller(app).session()
    content = json.dumps({"id": str(uuid4()), "text": words}).encode()
    answer = Caller(app)("POST", "/chat/messages", headers=headers, content=content)
    assert len(said(answer)) == 1
    assert house.rows("inbox", "state", "attempts") == [("done", 1)]


def test_buttons_pins_and_start_links_reach_the_engine(sqlite_app, sqlite_house):
    seen: list[Any] = []
    engine = sqlite_house.engine

    def look(incoming: Any) -> Any:
        seen.append(incoming)
        return (Reply("seen"),), ()

    engine.script[""] = look
    headers = Caller(sqlite_app).session()
    seen.clear()
    for content in (
        {"button": "1:a:yes"},
        {"location": {"latitude": 52.28, "longitude": -1}},
        {"text": "/start encampment"},
        {"text": "/start"},
    ):
        answer = Caller(sqlite_app)(
            "POST", "/chat/messages", headers=headers, json={"id": str(uuid4()), **content}
        )
        assert said(answer) == ["seen"]
    assert seen[0].button == "1:a:yes"
    assert (seen[1].location.latitude, seen[1].location.longitude) == (52.28, -1.0)
    assert [one.start for one in seen[2:]] == ["encampment", ""]
    assert said(Caller(sqlite_app).say(headers, "/started the report")) == ["echo /started the report"]


def test_the_same_id_again_gives_the_same_replies_and_has_no_second_effect(app, house: House):
    headers, message_id = Caller(app).session(), str(uuid4())
    first = Caller(app).say(headers, "hello", message_id)
    again = Caller(app).say(headers, "something else", message_id.upper())
    assert first.json() == again.json()
    assert said(first) == ["echo hello"]
    assert house.count("inbox") == 1


def test_the_same_id_in_another_chat_is_another_message(sqlite_app):
    call, message_id = Caller(sqlite_app), str(uuid4())
    assert said(call.say(call.session(), "one", message_id)) == ["echo one"]
    assert said(call.say(call.session(), "two", message_id)) == ["echo two"]


def test_the_same_id_ten_times_at_once_has_one_effect_and_ten_equal_answers(app, house: House):
    headers, message_id = Caller(app).session(), str(uuid4())
    request = {"headers": headers, "json": {"id": message_id, "text": "hello"}}
    answers = Caller(app).many([("POST", "/chat/messages", request)] * 10)
    assert {json.dumps(answer.json()) for answer in answers} == {json.dumps(answers[0].json())}
    assert [said(answer) for answer in answers] == [["echo hello"]] * 10
    assert house.count("inbox") == 1
    assert house.rows("conversations", "version") == [3], "the welcome and one turn"


def test_messages_posted_at_once_are_each_answered_and_in_the_order_they_came(app, house: House):
    headers = Caller(app).session()
    requests = [
        ("POST", "/chat/messages", {"headers": headers, "json": {"id": str(uuid4()), "text": f"m{number}"}})
        for number in range(10)
    ]
    answers = Caller(app).many(requests)
    assert [said(answer) for answer in answers] == [[f"echo m{number}"] for number in range(10)]
    assert house.rows("conversations", "version") == [12]
    if house.database.is_sqlite:
        # PostgreSQL keeps messages that come in the same instant in any order (the page sends one at a time).
        received = dict(house.rows("inbox", "id", "sequence"))
        kept = house.rows("messages", "inbox_id", "direction")
        answered = [received[inbox_id] for inbox_id, way in kept if way == "out" and inbox_id]
        assert answered == sorted(answered)


def test_news_is_fetched_after_a_number(sqlite_app):
    headers = Caller(sqlite_app).session()
    first = Caller(sqlite_app).say(headers, "one")
    Caller(sqlite_app).say(headers, "two")
    number = first.json()["replies"][0]["number"]
    news = Caller(sqlite_app)("GET", f"/chat/messages?after={number}", headers=headers)
    assert said(news) == ["echo two"]
    assert news.json()["next"] > number
    nothing = Caller(sqlite_app)("GET", f"/chat/messages?after={news.json()['next']}", headers=headers)
    assert nothing.json() == {"replies": [], "next": news.json()["next"]}
    everything = Caller(sqlite_app)("GET", "/chat/messages", headers=headers)
    assert said(everything)[-2:] == ["echo one", "echo two"]


@pytest.mark.parametrize("after", ["-1", "x", "", "1.5", "9" * 30, "\u00b2"])
def test_news_after_nonsense_is_refused(sqlite_app, after):
    headers = Caller(sqlite_app).session()
    answer = Caller(sqlite_app)("GET", "/chat/messages", params={"after": after}, headers=headers)
    assert is_problem(answer, 400)


def test_nobody_reads_anothers_chat(sqlite_app):
    call = Caller(sqlite_app)
    mine, theirs = call.session(), call.session()
    call.say(theirs, "their words")
    assert "their words" not in call("GET", "/chat/messages?after=0", headers=mine).text


def test_a_turn_that_fails_is_told_and_the_same_id_may_come_again(sqlite_app, sqlite_house, monkeypatch):
    monkeypatch.setattr("bot.turns.WAIT_SECONDS", 0.1)
    sqlite_house.engine.failing.add("stumble")
    headers, message_id = Caller(sqlite_app).session(), str(uuid4())
    answer = Caller(sqlite_app).say(headers, "stumble", message_id)
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"]
    sqlite_house.engine.failing.clear()
    sqlite_house.clock.pass_seconds(2)
    assert said(Caller(sqlite_app).say(headers, "stumble", message_id)) == ["echo stumble"]


def test_a_message_set_aside_is_told_and_other_words_are_taken(sqlite_app, sqlite_house, monkeypatch):
    monkeypatch.setattr("bot.turns.WAIT_SECONDS", 0.1)
    sqlite_house.engine.failing.add("poison")
    headers, message_id = Caller(sqlite_app).session(), str(uuid4())
    for _ in range(3):
        answer = Caller(sqlite_app).say(headers, "poison", message_id)
        sqlite_house.clock.pass_seconds(31)
    assert is_problem(answer, 422)
    assert "other words" in answer.json()["detail"]
    assert said(Caller(sqlite_app).say(headers, "something else")) == ["echo something else"]


# Web chat: photos


def post_photo(
    app: Starlette, headers: dict[str, str], data: bytes, message_id: str | None = None
) -> httpx.Response:
    fields = {"id": message_id} if message_id else {}
    return Caller(app)("POST", "/chat/photos", headers=headers, files={"photo": ("p.jpg", data)}, data=fields)


def bomb() -> bytes:
    """A PNG of a kilobyte or so that says it is 30,000 pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = (30_000).to_bytes(4, "big") * 2
    packed = zlib.compress(bytes(1_000_000), 9)
    parts = chunk(b"IHDR", size + b"\x08\x00\x00\x00\x00"), chunk(b"IDAT", packed), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_photo_is_kept_and_answered_once(app, house: House):
    headers, message_id = Caller(app).session(), str(uuid4())
    first = post_photo(app, headers, picture(), message_id)
    again = post_photo(app, headers, picture("PNG"), message_id)
    assert first.json() == again.json()
    [photo_id] = house.rows("attachments", "id")
    assert said(first) == [f"echo  ['{photo_id}']"]
    assert house.count("inbox") == 1
    assert len(list((house.folder / "photos").iterdir())) == 1


def test_the_same_photo_ten_times_at_once_is_kept_once(app, house: House):
    request = {
        "headers": Caller(app).session(),
        "files": {"photo": ("p.jpg", picture())},
        "data": {"id": str(uuid4())},
    }
    answers = Caller(app).many([("POST", "/chat/photos", request)] * 10)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert house.count("attachments") == 1
    assert len(list((house.folder / "photos").iterdir())) == 1


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: b"no photo at all", "photo.not_a_photo"),
        (lambda: b"", "photo.not_a_photo"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.not_a_photo"),
        (lambda: picture()[:200], "photo.not_a_photo"),
        (bomb, "photo.too_large"),
        (lambda: b"\xff" * (PHOTO_BYTES + 1), "photo.too_large"),
    ],
    ids=["text", "empty", "svg", "cut_off", "bomb", "too_large"],
)
def test_what_is_no_fit_photo_gets_kind_words_and_is_not_kept(
    sqlite_app, sqlite_house, make: Callable[[], bytes], problem
):
    answer = post_photo(sqlite_app, Caller(sqlite_app).session(), make())
    assert said(answer) == [f"echo  ['{problem}']"]
    assert sqlite_house.count("attachments") == 0
    assert not (sqlite_house.folder / "photos").exists()


def test_a_photo_id_of_another_chat_is_not_taken_for_it(sqlite_app, sqlite_house):
    message_id = str(uuid4())
    post_photo(sqlite_app, Caller(sqlite_app).session(), picture(), message_id)
    post_photo(sqlite_app, Caller(sqlite_app).session(), picture(), message_id)
    owners = sqlite_house.rows("attachments", "conversation_id")
    assert len(owners) == len(set(owners)) == 2


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": {"photo": "x"}}, 415),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 400),
        ({"files": {"other": b"x"}}, 400),
        ({"files": {"x": (None, "y")}, "data": {"photo": "words"}}, 400),
        ({"files": {"photo": b"x"}, "data": {"id": "no uuid"}}, 400),
        ({"files": [("photo", b"x"), ("photo", b"y")]}, 400),
        ({"files": {"photo": b"x"}, "data": {f"f{n}": "x" for n in range(9)}}, 400),
    ],
)
def test_a_photo_that_breaks_the_contract_is_refused(sqlite_app, sqlite_house, request_, status):
    more = dict(request_)
    headers = Caller(sqlite_app).session() | more.pop("headers", {})
    answer = Caller(sqlite_app)("POST", "/chat/photos", headers=headers, **more)
    assert is_problem(answer, status)
    assert sqlite_house.count("inbox") == 0


# Telegram


def telegram(app: Starlette, **request: Any) -> httpx.Response:
    return Caller(app)("POST", "/telegram/webhook", headers=TELEGRAM_HEADERS, **request)


def test_an_update_is_kept_before_it_is_acknowledged(app, house: House):
    assert telegram(app, json=text_update(12, 7, "hello")).status_code == 200
    assert house.rows("inbox", "provider_id", "sequence", "state") == [("12", 12, "waiting")]


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1, "poll": {"id": "5"}},
        {"update_id": 1, "something_new": {"a": [1, 2]}},
        {"update_id": 1},
        {"update_id": 1, "message": {"text": "no chat"}},
        {"update_id": 1, "message": "words"},
        {"update_id": 1, "message": {"chat": {"id": 10**30}}},
        {"update_id": 1, "message": {"chat": {"id": 7}, "text": "\ud800\x00"}},
    ],
    ids=str,
)
def test_any_kind_of_update_is_acknowledged(app, house: House, update):
    assert telegram(app, content=json.dumps(update)).status_code == 200
    assert house.count("inbox") == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "5",
        '{"a": 1}',
        '{"update_id": "1"}',
        '{"update_id": -1}',
        '{"update_id": 1e400}',
        '{"update_id": true}',
        '{"update_id": 1' + "0" * 30 + "}",
        "[" * 200 + "]" * 200,
        "[" * 100_000,
    ],
    ids=lambda body: body[:30],
)
def test_what_is_no_update_is_refused(sqlite_app, sqlite_house, body):
    assert is_problem(telegram(sqlite_app, content=body), 400)
    assert sqlite_house.count("inbox") == 0


@pytest.mark.parametrize("depth", [200, 900, 960, 990, 1000, 5000])
def test_a_deep_update_is_kept_or_refused_and_never_breaks_us(sqlite_app, sqlite_house, depth):
    deep = '{"update_id": 1, "message": ' + '{"a": ' * depth + "1" + "}" * depth + "}"
    assert telegram(sqlite_app, content=deep).status_code in (200, 400)


def test_the_same_update_ten_times_at_once_is_one(app, house: House):
    request = {"headers": TELEGRAM_HEADERS, "json": text_update(12, 7, "hello")}
    answers = Caller(app).many([("POST", "/telegram/webhook", request)] * 10)
    assert [answer.status_code for answer in answers] == [200] * 10
    assert house.count("inbox") == 1


def test_a_door_that_is_not_there_is_not_found(sqlite_house):
    app = build_app(sqlite_house, telegram=None, sms=None)
    assert is_problem(telegram(app, json=text_update(1, 7, "hello")), 404)
    for path in ("/sms/webhook", "/sms/status"):
        assert is_problem(Caller(app)("POST", path, **signed(path, sms_fields())), 404)


# SMS


def sms(app: Starlette, fields: dict[str, str], path: str = "/sms/webhook", **more: Any) -> httpx.Response:
    return Caller(app)("POST", path, **signed(path, fields, **more))


def test_a_text_is_kept_and_answered_with_nothing_to_say(app, house: House):
    answer = sms(app, sms_fields())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert answer.text.endswith("<Response/>")
    assert house.rows("inbox", "channel", "provider_id") == [("sms", SID)]


def test_a_signature_of_another_token_address_or_body_is_refused(sqlite_app, sqlite_house):
    assert is_problem(sms(sqlite_app, sms_fields(), token="0" * 32), 403)
    assert is_problem(sms(sqlite_app, sms_fields(), url="http://door.example"), 403)
    request = signed("/sms/webhook", sms_fields())
    changed = request | {"content": request["content"] + "&Extra=1"}
    assert is_problem(Caller(sqlite_app)("POST", "/sms/webhook", **changed), 403)
    assert is_problem(Caller(sqlite_app)("POST", "/sms/status", **request), 403)
    assert is_problem(Caller(sqlite_app)("POST", "/sms/webhook?k=1", **request), 403)
    assert sqlite_house.count("inbox") == 0


@pytest.mark.parametrize(
    "fields",
    [{"From": "+447700900123", "Body": "x"}, {"MessageSid": "no sid", "From": "+447700900123"}, {}],
    ids=["no_sid", "odd_sid", "empty"],
)
def test_a_signed_request_that_is_no_message_is_refused(sqlite_app, sqlite_house, fields):
    assert is_problem(sms(sqlite_app, fields), 400)
    assert sqlite_house.count("inbox") == 0


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"&".join(b"a=1" for _ in range(500))], ids=["no_text", "many_fields"]
)
def test_a_body_that_is_no_form_is_refused(sqlite_app, content):
    answer = Caller(sqlite_app)("POST", "/sms/webhook", content=content, headers=form_headers("x"))
    assert is_problem(answer, 400)


def test_a_sender_nobody_can_answer_is_kept_all_the_same(sqlite_app, sqlite_house):
    assert sms(sqlite_app, sms_fields(sender="60999")).status_code == 200
    assert sqlite_house.count("inbox") == 1


def test_the_same_text_ten_times_at_once_is_one(app, house: House):
    request = ("POST", "/sms/webhook", signed("/sms/webhook", sms_fields()))
    answers = Caller(app).many([request] * 10)
    assert [answer.status_code for answer in answers] == [200] * 10
    assert house.count("inbox") == 1


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        (["sent"], "sent"),
        (["delivered", "sent"], "delivered"),
        (["undelivered"], "failed"),
        (["queued"], "pending"),
        (["nonsense"], "pending"),
    ],
    ids=lambda value: str(value),
)
def test_what_became_of_a_text_is_kept_and_never_goes_backwards(app, house: House, reports, state):
    def promise(tx: Any) -> None:
        kept = tx.conversations.open("sms", "+447700900123", house.key("+447700900123", "sms"), house.clock())
        key = kept.conversation_key
        tx.outbox.add("1-0", kept.id, key, "sms", kept.address, {}, 1, "resend", False, house.clock())

    house.write(promise)
    for report in reports:
        fields = {"MessageSid": SID, "MessageStatus": report, "To": "+447700900123"}
        assert sms(app, fields, "/sms/status?k=1-0").status_code == 204
    assert house.rows("outbox", "state") == [state]


def test_a_status_of_an_unknown_text_is_fine(sqlite_app):
    assert (
        sms(sqlite_app, {"MessageSid": SID, "MessageStatus": "sent"}, "/sms/status?k=nobody").status_code
        == 204
    )
    assert sms(sqlite_app, {}, "/sms/status").status_code == 204


# Operations


def test_health_and_readiness(sqlite_house):
    async def not_ready() -> dict[str, Any]:
        return {"ready": False, "database": "unavailable"}

    assert Caller(build_app(sqlite_house))("GET", "/healthz").json() == {"status": "ok"}
    assert Caller(build_app(sqlite_house))("GET", "/readyz").status_code == 200
    assert Caller(build_app(sqlite_house, readiness=not_ready))("GET", "/readyz").status_code == 503


def test_metrics_are_for_this_machine_alone(sqlite_app, sqlite_house):
    sqlite_house.accept(1, "waiting")
    telegram(sqlite_app, json=text_update(12, 7, "hello"))
    telegram(sqlite_app, json=text_update(12, 7, "hello"))
    counted = Caller(sqlite_app)("GET", "/metrics")
    assert 'frontdoor_messages_accepted_total{channel="telegram"} 1.0' in counted.text
    assert 'frontdoor_messages_repeated_total{channel="telegram"} 1.0' in counted.text
    assert "frontdoor_inbox_waiting 2.0" in counted.text
    assert "hello" not in counted.text
    assert is_problem(Caller(sqlite_app, host="192.0.2.7")("GET", "/metrics"), 403)
    assert is_problem(Caller(sqlite_app)("GET", "/metrics", headers={"x-forwarded-for": "127.0.0.1"}), 403)


def test_a_new_message_wakes_the_worker_and_a_repeated_one_does_not(sqlite_house):
    rung: list[bool] = []
    app = build_app(sqlite_house, wake=lambda: rung.append(True))
    telegram(app, json=text_update(12, 7, "hello"))
    telegram(app, json=text_update(12, 7, "hello"))
    sms(app, sms_fields())
    assert len(rung) == 2
