"""What is held about a person: shown to them alone, once for each code; and nothing left of it when they say so."""

import asyncio
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fake_channel import texts
from fake_server import File
from fake_telegram import FakeTelegram, check_call, text_update
from house import Chat, House
from open_record import tables_with
from PIL import Image
from test_web import Caller, is_problem, said

from bot.my_data import as_document, gather
from bot.my_data_routes import LONGEST_FORM
from bot.outbox import Sender
from bot.settings import ROOT
from bot.telegram import TelegramChannel
from bot.web import HEADERS, make_app
from flows.code_kinds import make_code
from flows.content import load_content
from flows.engine import Engine
from flows.messages import Reply
from flows.references import find_reference

TEXTER = "+447700900123"
MARKER = "Zanzibar"
SIGN_UP = ("join watch", "18", "neighbourhood", f"{MARKER} Patel, CV34 6PH", "member", "yes", "send")
REPORT = (
    *("report encampment", "lay-by on Banbury Road, Southam", "6", "2", "yesterday morning", "lay-by"),
    *("1 2", "neither", f"the gate by {MARKER} farm"),
)


@pytest.fixture
def house(speaking_house: House) -> House:
    return speaking_house


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(file, "JPEG")
    return file.getvalue()


def code_in(words: str) -> str:
    found = find_reference(words)
    assert found is not None, words
    return found


def ask_for_data(chat: Chat) -> str:
    chat.say("mydata")
    return chat.press("See what is held")


def in_words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# Shown


class TelegramChat(Chat):
    """One whose messages come as Telegram sends them."""

    def post(self, **content: Any) -> int:
        number = next(self._ids)
        words = content.get("text") or next(
            label for label, b in self.buttons.items() if b == content["button"]
        )
        update = text_update(number, int(self.address), words)
        if "button" in content:
            data = {"id": f"q{number}", "from": update["message"]["from"], "chat_instance": "1"}
            update = {"update_id": number, "callback_query": data | {"data": content["button"]}}
            update["callback_query"]["message"] = text_update(number, int(self.address), "?")["message"]
        accept = ("telegram", str(number), self.key, update, number, self.house.clock())
        return int(self.house.write(lambda tx: tx.inbox.accept(*accept).id))


def test_days_on_the_page_are_those_of_london(house: House):
    night = datetime(2027, 6, 14, 23, 30, tzinfo=UTC)
    house.clock.pass_seconds((night - house.clock()).total_seconds())
    chat = Chat(house)
    chat.say(*SIGN_UP)
    with house.database.reading() as tx:
        page = as_document(gather(tx, chat.kept.person_id), house.engine.content, house.clock())
    assert "15/06/2027" in page and "14/06/2027" not in page


def test_on_telegram_it_comes_as_a_file_after_the_words_that_announce_it(house: House):
    with FakeTelegram() as telegram:
        house.channels["telegram"] = door = TelegramChannel(telegram.token, telegram.url, "secret")
        chat = TelegramChat(house)
        chat.say(*SIGN_UP)
        chat.say("<script>alert(1)</script>")
        ask_for_data(chat)
        Chat(house, TEXTER, "sms").say("words of another")

        async def send() -> None:
            house.clock.follow()  # the door's rate lets them out one after the other
            await Sender(house.database, {"telegram": door}, house.source).send_all_due()
            await door.aclose()

        asyncio.run(send())
        assert telegram.violations == []
        [file] = telegram.documents[7]
        methods = [c.method for c in telegram.calls if c.method in ("sendMessage", "sendDocument")]
        announced = telegram.sent_to(7)[-1]["text"]
    assert methods[-1] == "sendDocument"
    assert "file" in announced
    assert (file.name, file.content_type) == ("my-data.html", "text/html")
    page = file.data.decode()
    words = in_words(page)
    for wanted in (
        "Telegram 7",
        "Neighbourhood Watch",
        "CV34 6PH",
        f"{MARKER} Patel",
        "watch-contact, version 1",
    ):
        assert wanted in words, wanted
    assert "&lt;script&gt;alert(1)" in page and "<script" not in page
    assert "words of another" not in page
    assert not re.findall(r"(?:src|href|url)\s*[=(]", page), "it needs nothing from elsewhere"
    [(body, address)] = [
        (b, a) for key, b, a in house.rows("outbox", "key", "body", "address") if key.startswith("data-")
    ]
    assert body is None and address is None, "no copy of it stays with what was sent"


@pytest.mark.skipif(not FakeTelegram.checks_calls, reason="Telegram's description is not there")
@pytest.mark.parametrize(
    ("params", "files", "fault"),
    [
        ({"chat_id": "7"}, {"document": "a file"}, None),
        ({"chat_id": "7"}, {}, "sendDocument needs document"),
        ({}, {"document": "a file"}, "sendDocument needs chat_id"),
        ({"chat_id": "7", "name": "x"}, {"document": "a file"}, "sendDocument has no name"),
        ({"chat_id": "7", "document": "d1"}, {"caption": "a file"}, "sendDocument.caption is no file"),
    ],
)
def test_the_stand_in_holds_files_to_what_telegram_publishes(params, files, fault):
    given = {name: File("my-data.html", "text/html", words.encode()) for name, words in files.items()}
    faults = check_call("sendDocument", params, given)
    assert faults == [] if fault is None else fault in faults


@pytest.mark.parametrize("door", ["web", "sms"])
def test_elsewhere_a_code_opens_the_page_once(house: House, door: str):
    chat, call = Chat(house, {"sms": TEXTER}.get(door, "web-1"), door), Caller(make_app(house.door()))
    chat.say(*SIGN_UP[:5], *(("skip",) if door == "web" else ()), *SIGN_UP[5:])
    told = ask_for_data(chat)
    assert "https://door.example/my-data" in told
    code = code_in(told)
    page = call("POST", "/my-data", data={"code": f" {code.lower().replace('-', ' ')} "})
    assert page.status_code == 200
    assert f"{MARKER} Patel" in in_words(page.text)
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; ")
    assert "script" not in policy and "frame-ancestors 'none'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    again = call("POST", "/my-data", data={"code": code})
    assert again.status_code == 403 and "used before" in again.text
    assert MARKER not in again.text
    assert house.rows("audit", "action")[-1] == "data.shown"


@pytest.mark.parametrize("given", ["", "MD-0000-000", "hello", "MD-7K3F-2QX", "<b>", "\x00", "JN"])
def test_a_wrong_code_shows_nothing(house: House, given: str):
    chat, call = Chat(house, "web-1", "web"), Caller(make_app(house.door()))
    chat.say(*SIGN_UP[:5])
    if given == "JN":
        given = code_in(chat.say("join chats"))
    else:
        ask_for_data(chat)
    answer = call("POST", "/my-data", data={"code": given})
    assert answer.status_code == 403
    assert "does not work" in answer.text
    assert MARKER not in answer.text and "<b>" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


def test_a_code_runs_out_and_five_guesses_end_it(house: House):
    chat, call = Chat(house, "web-1", "web"), Caller(make_app(house.door()))
    old = code_in(ask_for_data(chat))
    house.clock.pass_seconds(24 * 3600)
    assert "too old" in call("POST", "/my-data", data={"code": old}).text
    house.numbers[:] = [0, 0, 9 << 20, 0]
    code = code_in(ask_for_data(chat))
    for number in range(5):
        guess = make_code("data", (9 << 20) + 1 + number)
        assert call("POST", "/my-data", data={"code": guess}).status_code == 403
    assert call("POST", "/my-data", data={"code": code}).status_code == 403


def test_of_two_who_send_one_code_at_once_one_sees_the_page(house: House):
    chat, call = Chat(house, "web-1", "web"), Caller(make_app(house.door()))
    code = code_in(ask_for_data(chat))
    answers = call.many([("POST", "/my-data", {"data": {"code": code}})] * 6)
    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 5


def test_the_page_takes_no_endless_form_and_no_code_in_its_address(house: House):
    chat, call = Chat(house, "web-1", "web"), Caller(make_app(house.door()))
    code = code_in(ask_for_data(chat))
    assert is_problem(call("POST", "/my-data", content=b"code=" + b"x" * LONGEST_FORM), 413)
    assert MARKER not in call("GET", f"/my-data?code={code}").text
    asked = call("GET", "/my-data")
    assert asked.status_code == 200 and asked.headers["cache-control"] == "no-store"
    assert call("POST", "/my-data", data={"code": code}).status_code == 200, "and it is good still"


def test_a_code_for_the_page_is_no_good_in_a_chat(house: House):
    chat = Chat(house, "web-1", "web")
    code = code_in(ask_for_data(chat))
    assert "page" in Chat(house, "2").say(code)
    assert Caller(make_app(house.door()))("POST", "/my-data", data={"code": code}).status_code == 200


def test_both_doors_of_a_person_are_on_one_page(house: House):
    web, texter = Chat(house, "web-1", "web"), Chat(house, TEXTER, "sms")
    texter.say("words by text")
    texter.say(code_in(web.say("join chats")))
    code = code_in(ask_for_data(web))
    page = in_words(Caller(make_app(house.door()))("POST", "/my-data", data={"code": code}).text)
    assert "words by text" in page and f"Text message {TEXTER}" in page and "Web chat this chat" in page


# Forgotten


def forget(chat: Chat) -> str:
    assert "Shall I erase everything" in chat.say("forget me")
    return chat.press("Erase everything")


def left_of(house: House) -> dict[str, int]:
    with house.database.reading() as tx:
        return tables_with(tx, MARKER, TEXTER, TEXTER.removeprefix("+44"))


def a_life(house: House, door: str) -> Chat:
    """A chat with a watch, a report with a photo and the next one half filled in, and with more on the way to it."""
    chat = Chat(house, {"sms": TEXTER, "telegram": "7700900123"}.get(door, "web-1"), door)
    chat.say(*SIGN_UP[:5], *(("skip",) if door == "web" else ()), *SIGN_UP[5:])
    chat.say(*REPORT)
    if door == "web":
        chat.say("skip")
    else:
        house.telegram.photos["f1"] = house.sms.photos["f1"] = jpeg()
        chat.send(photos=["f1"])
        chat.press("That is all")
    chat.say("no", "send")
    chat.say(*REPORT[:2], "no, another place", *REPORT[2:])
    if door != "web":
        chat.send(photos=["f1"])
    chat.say("stop alerts", "start alerts")
    kept = chat.kept
    soon = house.clock() + timedelta(hours=1)

    def add(tx: Any) -> None:
        told = Reply(f"news for {MARKER}").to_kept()
        tx.pushes.add("waiting", kept.id, "update", told, soon, house.clock())
        tx.notices.add("danger", kept.id, {"kind": "emergency"}, house.clock())

    house.write(add)
    return chat


@pytest.mark.parametrize("door", ["telegram", "sms", "web"])
def test_nothing_is_left_of_who_says_forget_me_but_the_receipt(house: House, door: str):
    chat = a_life(house, door)
    reference = next(r for r in house.rows("submissions", "reference") if r.startswith("EN-"))
    assert left_of(house).keys() >= {"messages", "conversations", "submissions", "inbox", "pushes"}
    photos = list((house.folder / "photos").glob("*"))
    assert bool(photos) is (door != "web")
    if door != "web":
        assert house.rows("outbox", "state").count("pending") > 9, "nothing was sent yet"
    receipt = code_in(forget(chat))
    assert receipt.startswith("ER-")
    assert set(left_of(house)) <= {"outbox"}, "the receipt's own row, until it is sent"
    assert [p for p in photos if p.exists()] == []
    assert house.count("attachments") == 0
    house.clock.pass_seconds(2 * 3600)
    house.promise_due()
    asyncio.run(house.sender.send_all_due())
    assert left_of(house) == {}
    sent = texts(house.telegram) + texts(house.sms)
    assert [receipt in words for words in sent if "receipt" in words] == [True] * (door != "web")
    assert all(MARKER not in words for words in sent), "what waited was called off"
    bodies = house.rows("outbox", "body", "address")
    assert set(bodies) <= {(None, None)}
    with house.database.reading() as tx:
        report = tx.submissions.find_by_reference(reference)
    [detail] = [d for a, d in house.rows("audit", "action", "detail") if a == "person.forgotten"]
    assert json.loads(detail) == {"reason": "asked", "submissions": 2, "kept": ["encampment", "consent"]}
    assert report is not None
    assert (report.person_id, report.conversation_id, report.personal) == (None, None, {})
    assert report.answers["caravans"] == 6
    assert "other" not in report.answers and "text" not in report.answers["place"]


def test_a_web_chat_goes_on_empty_and_shows_the_receipt_again_to_who_lost_it(house: House):
    call = Caller(make_app(house.door()))
    headers = call.session()
    for words in SIGN_UP[:4]:
        call.say(headers, words)
    call.say(headers, "forget me")
    last = str(uuid4())
    told = call.say(headers, "yes", last)
    receipt = code_in(said(told)[0])
    assert call.say(headers, "yes", last).json() == told.json(), "the answer got lost and was asked for again"
    everything = said(call("GET", "/chat/messages?after=0", headers=headers))
    assert [code_in(words) for words in everything] == [receipt]
    assert MARKER not in str(call.say(headers, "menu").json())
    assert left_of(house) == {}


def test_a_web_chat_goes_on_in_the_language_it_was_in(database, tmp_path):
    content = load_content(ROOT / "flows", ROOT / "county", languages=("en", "pl"))
    house = House.speaking(database, tmp_path, engine=Engine(content))
    call = Caller(make_app(house.door()))
    headers = call.session("pl")
    call.say(headers, "forget me")
    button = call("GET", "/chat/messages?after=0", headers=headers).json()["replies"][-1]["buttons"][0]
    call("POST", "/chat/messages", headers=headers, json={"id": str(uuid4()), "button": button["payload"]})
    menu = said(call.say(headers, "menu"))
    assert content.texts.say("menu", "pl").text in menu[-1]


def test_with_one_door_all_joined_doors_are_forgotten(house: House):
    telegram, texter = a_life(house, "telegram"), Chat(house, TEXTER, "sms")
    call = Caller(make_app(house.door()))
    headers = call.session()
    texter.say(f"my name is {MARKER}")
    texter.say(code_in(telegram.say("join chats")))
    call.say(headers, code_in(texter.say("join chats")))
    asyncio.run(house.sender.send_all_due())
    before = len(texts(house.sms))
    code_in(forget(telegram))
    asyncio.run(house.sender.send_all_due())
    assert left_of(house) == {}
    assert texts(house.sms)[before:] == [], "the receipt goes where it was asked for"
    assert is_problem(call.say(headers, "hello"), 401)
    assert {house.count(t) for t in ("conversations", "handles", "web_sessions", "joins", "messages")} == {0}


def test_who_says_no_keeps_everything(house: House):
    chat = a_life(house, "sms")
    before = left_of(house)
    chat.say("forget me")
    assert "Nothing was erased" in chat.press("Keep it")
    assert left_of(house).keys() == before.keys()
    assert chat.kept.conversation.in_hand is not None, "and the form goes on"


def test_who_comes_back_is_somebody_new(house: House):
    chat = a_life(house, "telegram")
    person = chat.kept.person_id
    forget(chat)
    assert "Hello" in chat.say("hello")
    assert chat.kept.person_id != person
    assert "no Watch membership" in chat.say("my watch")


@pytest.mark.parametrize("door", ["telegram", "sms"])
def test_who_stopped_messages_can_be_forgotten_and_stays_stopped_until_they_say_start(
    house: House, door: str
):
    chat = a_life(house, door)
    chat.say("STOP")
    chat.say("forget me")
    assert "ER-" in (chat.press("Erase everything") if door == "telegram" else chat.say("yes"))
    asyncio.run(house.sender.send_all_due())
    assert left_of(house) == {}
    quiet = chat.say("join watch")
    assert quiet == "" if door == "sms" else "You asked us to stop" in quiet
    chat.say("START")
    assert house.count("suppressions") == 0
    assert "How old are you?" in chat.say("join watch")


def test_who_stopped_messages_still_sees_what_is_held(house: House):
    chat = Chat(house)
    chat.say("hello", "STOP", "mydata")
    assert "in one file" in chat.press("See what is held")
    assert chat.kept.conversation.stopped


@pytest.mark.parametrize("door", ["telegram", "sms", "web"])
@pytest.mark.parametrize("form", ["join watch", "volunteer"])
def test_of_a_child_nothing_is_left(house: House, door: str, form: str):
    chat = Chat(house, {"sms": TEXTER}.get(door, "7"), door)
    chat.say(f"hello I am {MARKER}", form)
    told = chat.say("11")
    assert "Childline" in told and "I have kept nothing of this chat" in told
    asyncio.run(house.sender.send_all_due())
    assert left_of(house) == {}
    assert house.count("submissions") == house.count("unanswered") == house.count("consents") == 0
    if door != "web":
        assert house.count("conversations") == house.count("people") == 0
        assert set(house.rows("outbox", "body")) == {None}
    assert [json.loads(detail)["reason"] for detail in house.rows("audit", "detail")] == ["under_13"]
