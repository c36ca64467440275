"""The Telegram door: what each update means, what each reply becomes, what each failed call means."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fake_telegram as fake
import pytest
from fake_telegram import ACCEPT_THEN_DROP, DROP, FakeTelegram, Fault
from hypothesis import given
from hypothesis import strategies as st

from bot.channel import (
    Channel,
    ContactStopped,
    PhotoUnavailable,
    Received,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
    Unreachable,
)
from bot.downloads import MAX_FILE_BYTES
from bot.telegram import TelegramChannel
from bot.telegram_updates import Peek, peek
from flows.messages import Button, ChannelName, Incoming, Location, Reply

SECRET = "s3cret_Token-1"
NOBODY = "http://127.0.0.1:9"  # a port nothing listens on
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server
        assert server.violations == []


def channel(api_url: str = NOBODY, **options: Any) -> TelegramChannel:
    settings: dict[str, Any] = {"read_timeout_seconds": 5.0, "photo_retry_seconds": (0.0,)} | options
    return TelegramChannel(fake.TOKEN, api_url, SECRET, **settings)


def with_channel(act: Callable[[TelegramChannel], Awaitable[Any]], api_url: str, **options: Any) -> Any:
    async def run() -> Any:
        door = channel(api_url, **options)
        try:
            return await act(door)
        finally:
            await door.aclose()

    return asyncio.run(run())


def send(api_url: str, body: dict[str, Any], address: str = "7", **options: Any) -> Any:
    return with_channel(lambda door: door.send(address, body, key="k1"), api_url, **options)


def said(**what: Any) -> Incoming:
    return Incoming(ChannelName.TELEGRAM, **what)


DOOR = channel()  # for all that calls nobody
HELLO = DOOR.render(Reply("Hello"))[0]
ANSWER_PRESS = {"method": "answerCallbackQuery", "params": {"callback_query_id": "q1"}}
RETIRE = {"method": "editMessageReplyMarkup", "params": {"message_id": 1}}
LEAVE = {"method": "leaveChat", "params": {}}


def test_it_is_a_channel() -> None:
    door: Channel = DOOR
    assert door.name is ChannelName.TELEGRAM
    assert door.rate_per_second + door.burst <= 30  # never more in any one second


# Verify


@pytest.mark.parametrize(
    ("header", "good"),
    [
        (SECRET, True),
        (None, False),
        ("", False),
        ("wrong", False),
        (SECRET + " ", False),
        ("gehëim", False),
        ("\ud800", False),
        ("x" * 1_000_000, False),
    ],
    ids=["valid", "missing", "empty", "wrong", "longer", "not ASCII", "half a surrogate pair", "1 MB"],
)
def test_only_our_secret_opens_the_door(header: str | None, good: bool) -> None:
    assert DOOR.verify(header) is good


def test_a_door_that_only_polls_lets_no_webhook_in() -> None:
    door = TelegramChannel(fake.TOKEN, NOBODY, None)
    assert not door.verify("")
    assert not door.verify(None)


@pytest.mark.parametrize("secret", ["", "with space", "x" * 257, "é"])
def test_a_secret_telegram_would_refuse_is_refused_at_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        TelegramChannel(fake.TOKEN, NOBODY, secret)


# Peek


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (fake.text_update(10, 7, "hi"), Peek(10, "7")),
        (fake.message_update(10, -100123, "edited_message"), Peek(10, "-100123")),
        (fake.button_update(10, 7, "a"), Peek(10, "7")),
        ({"update_id": 10, "callback_query": {"from": {"id": 8}}}, Peek(10, "8")),
        ({"update_id": 10, "inline_query": {"from": {"id": 8}}}, Peek(10, "8")),
        ({"update_id": 10, "poll_answer": {"user": {"id": 8}}}, Peek(10, "8")),
        (fake.member_update(10, 7, "member", "kicked"), Peek(10, "7")),
        ({"update_id": 10, "poll": {"id": "1"}}, Peek(10, None)),
        ({"update_id": 10, "a_kind_of_next_year": 5}, Peek(10, None)),
        ({"update_id": 10, "message": {"chat": {"id": "7"}}}, Peek(10, None)),
        ({"update_id": "10"}, None),
        ({"update_id": True}, None),
        ({"update_id": -1}, None),
        ({"update_id": 2**63}, None),
        ({"update_id": 1.5}, None),
        ({}, None),
        ([], None),
        (None, None),
        ("update_id", None),
    ],
)
def test_peek(update: object, expected: Peek | None) -> None:
    assert peek(update) == expected


# Parse

STICKER = {"file_id": "s", "file_unique_id": "s", "width": 1, "height": 1, "type": "regular"}
FILE = {"file_id": "f", "file_unique_id": "f"}
PIN = {"latitude": 52.28, "longitude": -1.58}

MESSAGES = [
    ("hello", {"text": "hello"}, said(text="hello")),
    ("emoji and right-to-left", {"text": "👨‍👩‍👧 \u202eabc"}, said(text="👨‍👩‍👧 \u202eabc")),
    ("half a surrogate pair", {"text": "a\ud83db"}, said(text="a\ufffdb")),
    ("/start", {"text": "/start"}, said(start="")),
    ("/START with payload", {"text": "/START encampment"}, said(start="encampment")),
    ("/start of this bot", {"text": "/start@FrontDoorBot encampment"}, said(start="encampment")),
    ("/start with words", {"text": "/start there are vans"}, said(start="", text="there are vans")),
    ("/menu", {"text": "/menu"}, said(text="menu")),
    ("/stop", {"text": "/stop"}, said(text="stop")),
    ("/help with words", {"text": "/help me please"}, said(text="help me please")),
    ("no command", {"text": '/intent{"a": 1}'}, said(text='/intent{"a": 1}')),
    ("a path", {"text": "/etc/passwd"}, said(text="/etc/passwd")),
    ("location", {"location": PIN}, said(location=Location(52.28, -1.58))),
    ("live location", {"location": PIN | {"live_period": 900}}, said(location=Location(52.28, -1.58))),
    (
        "venue",
        {"location": PIN, "venue": {"location": PIN, "title": "Rec", "address": "Myton Road"}},
        said(location=Location(52.28, -1.58)),
    ),
    ("off the earth", {"location": {"latitude": 91, "longitude": 0}}, None),
    ("nowhere", {"location": {"latitude": float("nan"), "longitude": 0}}, None),
    (
        "own contact",
        {"contact": {"phone_number": "447700900123", "first_name": "A", "user_id": 7}},
        said(text="+447700900123"),
    ),
    (
        "another's contact",
        {"contact": {"phone_number": "44", "first_name": "B", "user_id": 8}},
        said(notice="notice.other"),
    ),
    ("voice", {"voice": FILE | {"duration": 3}}, said(notice="notice.voice")),
    ("audio", {"audio": FILE | {"duration": 3}}, said(notice="notice.voice")),
    ("video", {"video": FILE, "caption": "here"}, said(text="here", notice="notice.voice")),
    ("video note", {"video_note": FILE}, said(notice="notice.voice")),
    ("sticker", {"sticker": STICKER}, said(notice="notice.sticker")),
    (
        "animation",
        {"animation": FILE, "document": FILE | {"mime_type": "image/gif"}},
        said(notice="notice.sticker"),
    ),
    ("dice", {"dice": {"emoji": "🎲", "value": 3}}, said(notice="notice.sticker")),
    ("poll", {"poll": {"id": "1"}}, said(notice="notice.other")),
    ("story", {"story": {"id": 1}}, said(notice="notice.other")),
    ("a PDF", {"document": FILE | {"mime_type": "application/pdf"}}, said(notice="notice.other")),
    ("something of next year", {"hologram": {"id": 1}}, said(notice="notice.other")),
    ("nothing in it", {}, said(notice="notice.other")),
    ("a pinned message", {"pinned_message": {"message_id": 1}}, None),
    ("a changed timer", {"message_auto_delete_timer_changed": {"message_auto_delete_time": 1}}, None),
]


@pytest.mark.parametrize(("content", "incoming"), [pytest.param(*case[1:], id=case[0]) for case in MESSAGES])
def test_a_message_means(content: dict[str, Any], incoming: Incoming | None) -> None:
    received = DOOR.parse(fake.message_update(10, 7, **content))
    assert received == (Received("7", incoming) if incoming else None)


def test_a_photo_is_taken_at_its_best_size() -> None:
    received = DOOR.parse(fake.photo_update(10, 7, "f1", "the gate"))
    assert received == Received("7", said(text="the gate"), photo_refs=("f1",))


def test_a_needlessly_large_photo_is_taken_one_size_smaller() -> None:
    update = fake.photo_update(10, 7, "f1")
    update["message"]["photo"][-1]["file_size"] = 11 * 1024 * 1024
    received = DOOR.parse(update)
    assert received and received.photo_refs == ("f1-s",)


def test_a_photo_sent_as_a_file_is_a_photo() -> None:
    update = fake.message_update(10, 7, document=FILE | {"mime_type": "image/HEIC"}, media_group_id="1")
    assert DOOR.parse(update) == Received("7", said(), photo_refs=("f",))


@pytest.mark.parametrize(
    ("content", "incoming"),
    [
        ({"text": "seven vans"}, said(text="seven vans", edited=True)),
        ({"caption": "gate"}, said(text="gate", edited=True)),
        ({"location": PIN | {"live_period": 900}}, None),
        ({"photo": [FILE | {"width": 9, "height": 9}]}, None),
    ],
    ids=["text", "caption", "a step of a live location", "photo"],
)
def test_an_edit_means(content: dict[str, Any], incoming: Incoming | None) -> None:
    received = DOOR.parse(fake.message_update(10, 7, "edited_message", edit_date=2, **content))
    assert received == (Received("7", incoming) if incoming else None)


def test_a_press_is_answered_and_its_buttons_are_retired() -> None:
    received = DOOR.parse(fake.button_update(1, 7, "land:park", message_id=5))
    retire = {"method": "editMessageReplyMarkup", "params": {"message_id": 5}}
    assert received == Received("7", said(button="land:park"), chores=(ANSWER_PRESS, retire))
    assert DOOR.retire("5") == retire
    assert DOOR.retire("") is None


def test_a_press_on_a_message_too_old_to_show_still_counts() -> None:
    update = fake.button_update(1, 7, "land:park", message_id=5)
    update["callback_query"]["message"] = {"message_id": 5, "date": 0, "chat": {"id": 7, "type": "private"}}
    received = DOOR.parse(update)
    assert received and received.incoming == said(button="land:park")
    del update["callback_query"]["message"]
    assert DOOR.parse(update) == Received("7", said(button="land:park"), chores=(ANSWER_PRESS,))


def test_a_press_without_payload_is_only_answered() -> None:
    update = fake.button_update(1, 7, "x")
    del update["callback_query"]["data"]
    received = DOOR.parse(update)
    assert received and received.incoming is None
    assert ANSWER_PRESS in received.chores


@pytest.mark.parametrize(
    ("update", "received"),
    [
        (fake.member_update(1, 7, "member", "kicked"), Received("7", None, blocked=True)),
        (fake.member_update(1, 7, "kicked", "member"), Received("7", None, blocked=False)),
        (fake.member_update(1, -5, "left", "member", "group"), Received("-5", None, chores=(LEAVE,))),
        (fake.member_update(1, -5, "left", "member", "supergroup"), Received("-5", None, chores=(LEAVE,))),
        (fake.member_update(1, -5, "member", "left", "group"), None),
    ],
    ids=["blocked", "unblocked", "put into a group", "into a supergroup", "out of it again"],
)
def test_the_bots_standing_changes(update: dict[str, Any], received: Received | None) -> None:
    assert DOOR.parse(update) == received


@pytest.mark.parametrize("chat_type", ["group", "supergroup", "channel"])
def test_silence_in_groups(chat_type: str) -> None:
    update = fake.text_update(1, -5, "STOP")
    update["message"]["chat"] = {"id": -5, "type": chat_type, "title": "Neighbours"}
    assert DOOR.parse(update) is None


def test_another_bot_is_not_talked_to() -> None:
    update = fake.text_update(1, 7, "hi")
    update["message"]["from"]["is_bot"] = True
    assert DOOR.parse(update) is None


def test_what_the_library_cannot_read_around_the_words_does_not_cost_the_words() -> None:
    odd = {"reply_to_message": {"message_id": "x"}, "entities": [{"odd": 1}], "forward_origin": {"type": []}}
    assert DOOR.parse(fake.text_update(1, 7, "hi", **odd)) == Received("7", said(text="hi"))


@pytest.mark.parametrize("missing", ["chat", "date", "message_id", "from"])
def test_a_message_with_a_field_missing_is_left(missing: str, caplog: pytest.LogCaptureFixture) -> None:
    update = fake.text_update(99, 7, "private words")
    del update["message"][missing]
    assert DOOR.parse(update) is None
    assert "private words" not in caplog.text


def test_the_same_update_means_the_same_twice() -> None:
    door = DOOR
    update = fake.button_update(1, 7, "a")
    before = json.dumps(update)
    assert door.parse(update) == door.parse(update)
    assert json.dumps(update) == before


def test_peek_and_parse_agree_on_the_chat() -> None:
    door = DOOR
    updates = [
        fake.text_update(1, 7, "x"),
        fake.button_update(1, 8, "a"),
        fake.member_update(1, 9, "member", "kicked"),
    ]
    for update in updates:
        known, received = peek(update), door.parse(update)
        assert known and received and known.chat_id == received.address


# Every kind of update there is

described = pytest.mark.skipif(not FakeTelegram.checks_calls, reason="the Bot API description is not here")


def _example(types: list[str], depth: int = 0) -> Any:
    """The least value of a described type."""
    kind = types[0]
    if kind.startswith("Array of "):
        return [_example([kind.removeprefix("Array of ")], depth + 1)] if depth < 6 else []
    simple = {"Integer": 1, "Float": 1.0, "String": "x", "Boolean": True}
    if kind in simple:
        return simple[kind]
    known = fake.description()
    assert known
    told = known["types"][kind]
    if "subtypes" in told:
        return _example([told["subtypes"][0]], depth + 1)
    return {f["name"]: _example(f["types"], depth + 1) for f in told.get("fields", []) if f["required"]}


def _kinds_of(type_name: str) -> list[str]:
    known = fake.description()
    return [field["name"] for field in known["types"][type_name]["fields"]] if known else ["none described"]


@described
@pytest.mark.parametrize("kind", [kind for kind in _kinds_of("Update") if kind != "update_id"])
def test_every_kind_of_update_is_read_without_a_fall(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    known = fake.description()
    assert known
    field = next(f for f in known["types"]["Update"]["fields"] if f["name"] == kind)
    update = {"update_id": 5, kind: _example(field["types"])}
    found = peek(update)
    assert found and found.update_id == 5
    received = DOOR.parse(update)
    if kind not in ("message", "edited_message", "callback_query", "my_chat_member"):
        assert received is None
    assert "telegram_update_unreadable" not in caplog.text


@described
@pytest.mark.parametrize("content", _kinds_of("Message"))
def test_every_kind_of_message_is_read_without_a_fall(content: str, caplog: pytest.LogCaptureFixture) -> None:
    known = fake.description()
    assert known
    field = next(f for f in known["types"]["Message"]["fields"] if f["name"] == content)
    update = fake.message_update(5, 7)
    update["message"].setdefault(content, _example(field["types"]))
    DOOR.parse(update)
    assert "telegram_update_unreadable" not in caplog.text


@described
def test_the_updates_asked_for_exist() -> None:
    from bot.telegram_updates import ALLOWED_UPDATES

    assert set(ALLOWED_UPDATES) <= set(_kinds_of("Update"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
PARTS = [
    "text",
    "caption",
    "photo",
    "document",
    "location",
    "venue",
    "contact",
    "from",
    "chat",
    "date",
    "message_id",
]


def _well_formed(received: Received | None) -> bool:
    if received is None:
        return True
    incoming = received.incoming
    assert received.address.lstrip("-").isdigit()
    assert all(isinstance(ref, str) for ref in received.photo_refs)
    assert all(isinstance(chore["method"], str) for chore in received.chores)
    if incoming:
        assert isinstance(incoming.text.encode(), bytes)
        assert incoming.button is None or isinstance(incoming.button, str)
    return True


@given(JSON)
def test_any_json_is_read_without_a_fall(payload: Any) -> None:
    assert _well_formed(DOOR.parse(payload))
    peek(payload)


@given(st.dictionaries(st.sampled_from(PARTS), JSON, max_size=4))
def test_any_message_is_read_without_a_fall(odd: dict[str, Any]) -> None:
    update = fake.text_update(1, 7, "hi")
    update["message"].update(odd)
    assert _well_formed(DOOR.parse(update))


@given(st.sampled_from(["id", "from", "message", "data"]), JSON)
def test_any_press_is_read_without_a_fall(part: str, odd: Any) -> None:
    update = fake.button_update(1, 7, "a")
    update["callback_query"][part] = odd
    assert _well_formed(DOOR.parse(update))


# Render


def markup(reply: Reply) -> dict[str, Any]:
    found: dict[str, Any] = DOOR.render(reply)[-1]["params"]["reply_markup"]
    return found


def test_short_choices_stand_in_pairs_and_long_ones_below_each_other() -> None:
    short = tuple(Button(label, f"x:{label}") for label in ("Park", "Road", "Not sure"))
    assert [[b["text"] for b in row] for row in markup(Reply("Where?", short))["inline_keyboard"]] == [
        ["Park", "Road"],
        ["Not sure"],
    ]
    long = (*short, Button("A business or industrial place", "x:b"))
    assert all(len(row) == 1 for row in markup(Reply("Where?", long))["inline_keyboard"])


def test_a_place_is_asked_for_with_the_position_button_and_the_choices_as_words() -> None:
    asked = markup(
        Reply("Where is it?", (Button("Skip", "skip"), Button("Back", "back")), wants_location=True)
    )
    assert asked["keyboard"] == [
        [{"text": "Share my location", "request_location": True}],
        [{"text": "Skip"}, {"text": "Back"}],
    ]
    assert asked["one_time_keyboard"] and asked["resize_keyboard"]


def test_plain_words_take_an_old_position_button_away() -> None:
    assert markup(Reply("Thank you")) == {"remove_keyboard": True}


def test_long_words_are_split_with_the_buttons_under_the_last_part() -> None:
    text = "\n".join(f"Line {number} 🙂 {'word ' * 20}" for number in range(120))
    bodies = DOOR.render(Reply(text, (Button("OK", "ok"),)))
    texts = [body["params"]["text"] for body in bodies]
    assert len(texts) > 2
    assert all(len(part.encode("utf-16-le")) // 2 <= 4096 for part in texts)
    assert "".join("".join(texts).split()) == "".join(text.split())
    assert ["reply_markup" in body["params"] for body in bodies] == [False] * (len(bodies) - 1) + [True]


def test_nothing_to_say_sends_nothing() -> None:
    assert DOOR.render(Reply("  \n")) == []


def test_no_word_is_read_as_markup_and_no_link_is_fetched() -> None:
    params = DOOR.render(Reply("see https://example.org *now*"))[0]["params"]
    assert "parse_mode" not in params
    assert params["link_preview_options"] == {"is_disabled": True}


def test_a_payload_telegram_would_refuse_is_refused_here() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        DOOR.render(Reply("x", (Button("A", "é" * 33),)))


# Send


def test_every_call_is_one_the_bot_api_describes(telegram: FakeTelegram) -> None:
    replies = [
        Reply("true", (Button("Park", "a:1"), Button("Road", "a:2"))),  # words that look like JSON stay words
        Reply("Where?", (Button("Skip", "s"),), wants_location=True),
        Reply("Thanks"),
    ]

    async def talk(door: TelegramChannel) -> list[str]:
        refs = [await door.send("7", body, key="k") for reply in replies for body in door.render(reply)]
        for body in (ANSWER_PRESS, RETIRE, LEAVE):
            assert await door.send("7", body, key="k") == ""
        await door.set_webhook("https://door.example/")
        await door.delete_webhook()
        await door.poll(5, timeout_seconds=0)
        telegram.photos["f"] = b"x"
        await door.fetch_photo("f")
        return refs

    refs = with_channel(talk, telegram.url)
    assert [str(message["message_id"]) for message in telegram.sent_to(7)] == refs
    assert [message["text"] for message in telegram.sent_to(7)] == ["true", "Where?", "Thanks"]
    assert "reply_markup" not in telegram.sent_to(7)[0]  # RETIRE took them off
    hooked = telegram.calls_of("setWebhook")[0].params
    assert (hooked["url"], hooked["secret_token"]) == ("https://door.example/telegram/webhook", SECRET)
    called = {call.method for call in telegram.calls}
    assert {"sendMessage", "answerCallbackQuery", "editMessageReplyMarkup", "leaveChat", "getFile"} <= called


@described
def test_the_stand_in_itself_refuses_what_the_description_does_not_allow() -> None:
    good = {"chat_id": "7", "text": "hi"}
    assert fake.check_call("sendMessage", good) == []
    assert fake.check_call("sendMassage", good)
    assert fake.check_call("sendMessage", {"chat_id": "7"})
    assert fake.check_call("sendMessage", good | {"colour": "red"})
    assert fake.check_call("sendMessage", good | {"disable_notification": "maybe"})
    assert fake.check_call(
        "sendMessage", good | {"reply_markup": '{"inline_keyboard": [[{"caption": "x"}]]}'}
    )


Fails = tuple[Fault, type[SendError], str]
FAILURES: list[Any] = [
    pytest.param(
        fake.failure(403, "Forbidden: bot was blocked by the user"), ContactStopped, "blocked", id="blocked"
    ),
    pytest.param(
        fake.failure(403, "Forbidden: user is deactivated"), ContactStopped, "deactivated", id="gone"
    ),
    pytest.param(
        fake.failure(400, "Bad Request: chat not found"), Rejected, "chat_not_found", id="no such chat"
    ),
    pytest.param(fake.failure(400, "Bad Request: message is too long"), Rejected, "too_long", id="too long"),
    pytest.param(fake.failure(413, "Request Entity Too Large"), Rejected, "too_large", id="413"),
    pytest.param(fake.failure(401, "Unauthorized"), Unreachable, "token_refused", id="wrong token"),
    pytest.param(fake.failure(404, "Not Found"), Unreachable, "token_refused", id="malformed token"),
    pytest.param(fake.failure(500, "Internal Server Error"), Unreachable, "500", id="500 said by Telegram"),
    pytest.param(fake.failure(500, "Internal Server Error: restart"), Uncertain, "500", id="restarting"),
    pytest.param(fake.failure(502, "Bad Gateway"), Uncertain, "502", id="502 said by Telegram"),
    pytest.param(fake.gateway_page(502), Uncertain, "502", id="502 page"),
    pytest.param(fake.gateway_page(504, takes_effect=True), Uncertain, "504", id="504 page after accepting"),
    pytest.param(fake.gateway_page(403), Unreachable, "403", id="a proxy forbids it: nobody blocked us"),
    pytest.param(fake.gateway_page(200), Uncertain, "odd_answer", id="200 that is no JSON"),
    pytest.param(Fault(fake.Answer(200, {"ok": True})), Uncertain, "odd_answer", id="200 with no result"),
    pytest.param(
        Fault(fake.Answer(200, {"ok": True, "result": {}})), Uncertain, "odd_answer", id="an odd message"
    ),
    pytest.param(DROP, Uncertain, "no_answer", id="dropped before it took effect"),
    pytest.param(ACCEPT_THEN_DROP, Uncertain, "no_answer", id="dropped after it took effect"),
]


@pytest.mark.parametrize(("fault", "error", "code"), FAILURES)
def test_a_failed_send_means(telegram: FakeTelegram, fault: Fault, error: type[SendError], code: str) -> None:
    telegram.plan(fault)
    with pytest.raises(error) as caught:
        send(telegram.url, HELLO)
    assert type(caught.value) is error
    assert code in caught.value.code
    assert len(telegram.sent_to(7)) == fault.takes_effect
    assert len(telegram.calls_of("sendMessage")) == fault.takes_effect  # and was not tried a second time


def test_no_answer_in_time_is_uncertain(telegram: FakeTelegram) -> None:
    telegram.plan(Fault(takes_effect=True, hang_seconds=3))
    with pytest.raises(Uncertain):
        send(telegram.url, HELLO, read_timeout_seconds=0.2)


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="telegram_unreachable"):
        send(NOBODY, HELLO)


def test_a_migrated_chat_is_rejected(telegram: FakeTelegram) -> None:
    body = {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request",
        "parameters": {"migrate_to_chat_id": -1},
    }
    telegram.plan(Fault(fake.Answer(400, body)))
    with pytest.raises(Rejected, match="telegram_chat_migrated"):
        send(telegram.url, HELLO)


def test_an_address_that_is_no_chat_is_rejected_without_a_call(telegram: FakeTelegram) -> None:
    with pytest.raises(Rejected):
        send(telegram.url, HELLO, address="@somebody")
    assert telegram.calls == []


@pytest.mark.parametrize(("seconds", "whole_door"), [(1, False), (5, False), (6, True), (3600, True)])
def test_a_short_429_is_the_chats_and_a_long_one_the_doors(
    telegram: FakeTelegram, seconds: int, whole_door: bool
) -> None:
    telegram.plan(fake.too_many_requests(seconds))
    with pytest.raises(Throttled) as caught:
        send(telegram.url, HELLO)
    assert (caught.value.retry_after_seconds, caught.value.whole_door) == (seconds, whole_door)


def test_two_chats_throttled_at_once_hold_the_door(telegram: FakeTelegram) -> None:
    now = [100.0]

    async def throttled(door: TelegramChannel, address: str) -> bool:
        telegram.plan(fake.too_many_requests(1))
        with pytest.raises(Throttled) as caught:
            await door.send(address, HELLO, key="k")
        return caught.value.whole_door

    async def act(door: TelegramChannel) -> list[bool]:
        seen = [await throttled(door, "7"), await throttled(door, "7"), await throttled(door, "8")]
        now[0] += 60
        return [*seen, await throttled(door, "9")]

    assert with_channel(act, telegram.url, clock=lambda: now[0]) == [False, False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "Bad Request: message is not modified: specified new message content is exactly the same",
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
        "Bad Request: message to edit not found",
        "Bad Request: message can't be edited",
    ],
)
def test_a_chore_with_nothing_left_to_do_is_done(telegram: FakeTelegram, text: str) -> None:
    telegram.plan(fake.failure(400, text))
    assert send(telegram.url, RETIRE) == ""


def test_leaving_a_group_one_was_thrown_out_of_is_done(telegram: FakeTelegram) -> None:
    telegram.plan(fake.failure(403, "Forbidden: bot is not a member of the group chat"))
    assert send(telegram.url, LEAVE, address="-5") == ""


def test_a_chore_of_unknown_outcome_may_simply_be_repeated(telegram: FakeTelegram) -> None:
    telegram.plan(ACCEPT_THEN_DROP)
    with pytest.raises(Unreachable):
        send(telegram.url, RETIRE)


def test_what_was_sent_cannot_be_looked_up() -> None:
    with pytest.raises(LookupError):
        with_channel(lambda door: door.find_sent("7", HELLO, key="k", since=NOW), NOBODY)


# Polling


def test_polling_gives_updates_as_they_came_and_confirms_by_offset(telegram: FakeTelegram) -> None:
    odd = {"update_id": 12, "a_kind_of_next_year": {"deep": [1]}}
    broken = {"update_id": 13, "message": {"no": "chat"}}
    for update in (fake.text_update(11, 7, "a"), odd, broken):
        telegram.push(update)

    async def act(door: TelegramChannel) -> list[list[dict[str, Any]]]:
        return [await door.poll(offset, timeout_seconds=0) for offset in (None, 12, 14)]

    first, second, third = with_channel(act, telegram.url)
    assert first == [fake.text_update(11, 7, "a"), odd, broken]
    assert second == [odd, broken]
    assert third == []


def test_a_poll_waits_for_news(telegram: FakeTelegram) -> None:
    async def act(door: TelegramChannel) -> list[dict[str, Any]]:
        waiting = asyncio.create_task(door.poll(1, timeout_seconds=20))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        telegram.push(fake.text_update(11, 7, "a"))
        return await asyncio.wait_for(waiting, 5)

    assert len(with_channel(act, telegram.url, read_timeout_seconds=0.1)) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (fake.failure(409, "Conflict: terminated by other getUpdates request"), Unreachable),
        (fake.too_many_requests(9), Throttled),
        (fake.gateway_page(502), Uncertain),
        (Fault(fake.Answer(200, {"ok": True, "result": {}})), Unreachable),
    ],
)
def test_a_failed_poll_is_an_error_of_ours(
    telegram: FakeTelegram, fault: Fault, error: type[SendError]
) -> None:
    telegram.plan(fault)
    with pytest.raises(error):
        with_channel(lambda door: door.poll(1, timeout_seconds=0), telegram.url)


# Photos


def fetch(telegram: FakeTelegram, ref: str) -> Any:
    return with_channel(lambda door: door.fetch_photo(ref), telegram.url)


def test_a_photo_is_fetched(telegram: FakeTelegram) -> None:
    telegram.photos["f1"] = b"\xff\xd8" + b"x" * 300_000
    assert fetch(telegram, "f1") == telegram.photos["f1"]


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        pytest.param(DROP, fake.calling("getFile"), id="asking, dropped"),
        pytest.param(fake.gateway_page(502), fake.calling("getFile"), id="asking, 502"),
        pytest.param(fake.too_many_requests(1), fake.calling("getFile"), id="asking, 429"),
        pytest.param(DROP, fake.calling("f1"), id="loading, dropped"),
        pytest.param(fake.gateway_page(502), fake.calling("f1"), id="loading, 502"),
    ],
)
def test_a_photo_survives_one_failure(telegram: FakeTelegram, fault: Fault, where: Any) -> None:
    telegram.photos["f1"] = b"x"
    telegram.plan(fault, where=where)
    assert fetch(telegram, "f1") == b"x"
    assert len(telegram.requests) > 2


def test_a_photo_that_keeps_failing_is_given_up(telegram: FakeTelegram) -> None:
    telegram.photos["f1"] = b"x"
    telegram.plan(DROP, times=9)
    with pytest.raises(PhotoUnavailable, match=r"photo\.unavailable"):
        fetch(telegram, "f1")


def test_a_photo_telegram_will_not_give_is_given_up_at_once(telegram: FakeTelegram) -> None:
    with pytest.raises(PhotoUnavailable, match=r"photo\.unavailable"):
        fetch(telegram, "unknown")
    assert len(telegram.calls_of("getFile")) == 1


def test_too_large_by_telegrams_word(telegram: FakeTelegram) -> None:
    telegram.photos["f1"] = b"x" * (MAX_FILE_BYTES + 1)
    with pytest.raises(PhotoUnavailable, match=r"photo\.too_large"):
        fetch(telegram, "f1")


def test_too_large_by_telegrams_announcement_is_not_downloaded(telegram: FakeTelegram) -> None:
    telegram.photos["f1"] = b"x"
    file = {"file_id": "f1", "file_unique_id": "u", "file_path": "photos/f1", "file_size": 1024**3}
    telegram.plan(Fault(fake.Answer(200, {"ok": True, "result": file})), where=fake.calling("getFile"))
    with pytest.raises(PhotoUnavailable, match=r"photo\.too_large"):
        fetch(telegram, "f1")
    assert len(telegram.requests) == 1


def test_too_large_by_what_comes(telegram: FakeTelegram) -> None:
    telegram.photos["f1"] = b"x"
    flood = fake.Answer(200, b"x" * (MAX_FILE_BYTES + 1), content_type="image/jpeg")
    telegram.plan(Fault(flood), where=fake.calling("f1"))
    with pytest.raises(PhotoUnavailable, match=r"photo\.too_large"):
        fetch(telegram, "f1")


@pytest.mark.parametrize("path", ["http://127.0.0.1:9/x", "https://elsewhere.example/x", "../../bot1/getMe"])
def test_a_file_is_fetched_from_nowhere_but_the_file_server(telegram: FakeTelegram, path: str) -> None:
    file = {"file_id": "f", "file_unique_id": "u", "file_path": path}
    telegram.plan(
        Fault(fake.Answer(200, {"ok": True, "result": file})), times=9, where=fake.calling("getFile")
    )
    with pytest.raises(PhotoUnavailable, match=r"photo\.unavailable"):
        fetch(telegram, "f")
    assert telegram.calls == []  # all that was asked were the planned getFile and the file server


def test_a_path_on_this_machine_is_not_read(telegram: FakeTelegram, tmp_path: Path) -> None:
    """The library takes such a path for a local Bot API server's, and would read the file."""
    secret = tmp_path / "secret.key"
    secret.write_text("secret")
    file = {"file_id": "f", "file_unique_id": "u", "file_path": str(secret)}
    telegram.plan(Fault(fake.Answer(200, {"ok": True, "result": file})), times=9)
    with pytest.raises(PhotoUnavailable, match=r"photo\.unavailable"):
        fetch(telegram, "f")
    assert len(telegram.requests) == 1  # it is not tried again either


# Secrets


def test_no_token_and_no_words_in_log_or_error(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.photos["f1"] = b"x"
    words = DOOR.render(Reply("my private words"))[0]
    echo = fake.Answer(500, b"<p>my private words</p>", content_type="text/html")
    faults = [Fault(echo), Fault(fake.Answer(200, echo.body)), fake.failure(401, "Unauthorized"), DROP]

    async def act(door: TelegramChannel) -> list[str]:
        told = []
        await door.send("7", words, key="k")
        for fault in faults:
            telegram.plan(fault)
            try:
                await door.send("7", words, key="k")
            except SendError as error:
                logging.getLogger("test").exception("send failed")
                told.append(repr(error))
        telegram.plan(DROP, times=2)
        with pytest.raises(PhotoUnavailable):
            await door.fetch_photo("f1")
        await door.fetch_photo("f1")
        await door.poll(1, timeout_seconds=0)
        door.parse({"update_id": 1, "message": {"text": "my private words"}})
        return told

    told = with_channel(act, telegram.url)
    assert len(told) == len(faults)
    assert "send failed" in caplog.text
    for secret in (fake.TOKEN, fake.TOKEN.split(":")[1], "private words", SECRET):
        assert secret not in caplog.text
        assert secret not in " ".join(told)
    assert "telegram_token_refused" in caplog.text


def test_messages_are_taken_away_a_hundred_at_a_time() -> None:
    bodies = channel().erase([str(n) for n in range(1, 251)])
    assert [len(body["params"]["message_ids"]) for body in bodies] == [100, 100, 50]
    assert channel().erase([]) == [] and channel().erase(["", "x"]) == []


def test_what_the_bot_wrote_is_gone_once_it_is_taken_away(telegram: FakeTelegram) -> None:
    async def act(door: TelegramChannel) -> None:
        first = await door.send("7", door.render(Reply("one"))[0], key="1")
        await door.send("7", door.render(Reply("two"))[0], key="2")
        for body in door.erase([first, "999"]):
            assert await door.send("7", body, key="3") == ""

    with_channel(act, telegram.url)
    assert [message["text"] for message in telegram.sent_to(7)] == ["two"]
