"""Messages sent unasked: when they may go, where they appear, and that each goes once or not at all."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fake_channel import texts
from fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER
from house import Chat, House
from test_web import Caller

from bot.pushing import promise_due
from bot.sms import SmsChannel
from bot.web import make_app
from flows.messages import Button, Reply
from flows.office import EIGHT_TO_EIGHT
from storage.outbox import Outbox
from storage.pushes import Pushes
from storage.states import MembershipStatus, PushState

TEXTER = "+447700900123"
KINDS = ("answer", "update", "check", "code", "note")
HOUR, DAY = 3600, 86400
SIGN_UP = ("join watch", "18", "neighbourhood", "Sam Patel, CV34 6PH", "member", "yes", "send")


@pytest.fixture
def house(speaking_house: House) -> House:
    return speaking_house


def push(chat: Chat, *kinds: str, reply: Reply | None = None) -> None:
    """Something to be said to this chat, due now."""
    house, kept = chat.house, chat.kept
    for kind in kinds:
        said = reply or Reply(f"news of {kind}")
        key = f"{kind}-{chat.address}-{house.count('pushes')}"
        house.write(
            lambda tx, key=key, kind=kind, said=said: tx.pushes.add(
                key, kept.id, kind, said.to_kept(), house.clock(), house.clock()
            )
        )


def change(chat: Chat, **values: Any) -> None:
    kept = chat.kept
    changed = replace(kept.conversation, **values)
    chat.house.write(lambda tx: tx.conversations.save(kept.id, changed, kept.version, chat.house.clock()))


def went(house: House) -> set[str]:
    """The kinds that went out by Telegram."""
    house.promise_due()
    asyncio.run(house.sender.send_all_due())
    return {words.removeprefix("news of ") for words in texts(house.telegram) if words.startswith("news of ")}


def a_chat(house: House, address: str = "7", channel: str = "telegram") -> Chat:
    chat = Chat(house, address, channel)
    chat.say("menu")
    return chat


# When


@pytest.mark.parametrize(
    ("hours_from_nine", "sent"),
    [(10.9, set(KINDS)), (11.1, {"answer"}), (22.9, {"answer"}), (23.1, set(KINDS))],
    ids=["before_eight_in_the_evening", "after_it", "before_eight_in_the_morning", "after_that"],
)
def test_at_night_only_answers_go_and_the_rest_waits_for_eight(house: House, hours_from_nine, sent):
    chat = a_chat(house)
    house.clock.pass_seconds(hours_from_nine * HOUR)
    push(chat, *KINDS)
    assert went(house) == sent
    house.clock.pass_seconds((25 - hours_from_nine) * HOUR)
    assert went(house) == set(KINDS), "nothing is lost"


def test_nothing_goes_before_it_is_due(house: House):
    chat = a_chat(house)
    later = house.clock() + timedelta(hours=1)
    house.write(
        lambda tx: tx.pushes.add(
            "k", chat.kept.id, "update", Reply("news of update").to_kept(), later, house.clock()
        )
    )
    assert went(house) == set()
    house.clock.pass_seconds(HOUR + 1)
    assert went(house) == {"update"}


# To whom


@pytest.mark.parametrize("before", [True, False], ids=["stopped_before", "stopped_while_it_waits"])
def test_stop_ends_all_of_them(house: House, before: bool):
    chat = a_chat(house)
    if before:
        chat.say("STOP")
    push(chat, *KINDS)
    if not before:
        chat.say("STOP")
    assert went(house) == set()
    assert set(house.rows("pushes", "state", "reply")) == {(PushState.DROPPED, None)}


@pytest.mark.parametrize("before", [True, False], ids=["stopped_before", "stopped_while_it_waits"])
def test_stop_alerts_ends_news_and_checks_and_no_answers(house: House, before: bool):
    chat = a_chat(house)
    if before:
        chat.say("stop alerts")
    push(chat, *KINDS)
    if not before:
        chat.say("stop alerts")
    assert went(house) == {"answer", "code", "note"}
    chat.say("start alerts")
    push(chat, "update")
    assert went(house) == {"answer", "code", "note", "update"}


@pytest.mark.parametrize(("taken", "sent"), [(False, set()), (True, {"answer"})])
def test_nothing_goes_where_somebody_else_may_see_it(house: House, taken: bool, sent: set[str]):
    chat = a_chat(house)
    until = (house.clock() + timedelta(minutes=30)).isoformat() if taken else ""
    change(chat, discreet=True, taken_until=until)
    push(chat, *KINDS)
    assert went(house) == sent
    assert house.rows("pushes", "error").count("discreet") == len(KINDS) - len(sent)


def test_who_is_gone_gets_nothing_and_a_door_switched_off_is_waited_for(house: House):
    texter = a_chat(house, TEXTER, "sms")
    push(texter, "note")
    door = house.channels.pop("sms")
    assert house.promise_due() == 0
    house.channels["sms"] = door
    assert house.promise_due() == 1
    assert house.rows("pushes", "state") == [PushState.PROMISED]


def test_on_the_web_it_is_fetched_with_what_is_new(house: House):
    call = Caller(make_app(house.door()))
    headers = call.session()
    asked = call.say(headers, "menu").json()
    seen = asked["replies"][-1]["number"]
    with house.database.reading() as tx:
        [(id, channel)] = house.rows("conversations", "id", "channel")
        assert tx.conversations.find_by_id(id) is not None
    assert channel == "web"
    said = Reply("news of update", (Button("Leave", "go:watch_leave/1"),))
    house.write(lambda tx: tx.pushes.add("k", id, "update", said.to_kept(), house.clock(), house.clock()))
    assert call("GET", f"/chat/messages?after={seen}", headers=headers).json()["replies"] == []
    assert house.promise_due() == 1
    [new] = call("GET", f"/chat/messages?after={seen}", headers=headers).json()["replies"]
    assert new["text"] == "news of update"
    assert [b["label"] for b in new["buttons"]] == ["Leave"]
    assert house.count("outbox") == 0


# Once


def test_a_crash_between_settling_and_promising_leaves_it_waiting_whole(house: House, monkeypatch):
    chat = a_chat(house)
    push(chat, "note")
    said_before, promised_before = house.count("messages"), house.count("outbox")

    def crash(*args: Any, **more: Any) -> None:
        raise RuntimeError("the process ends here")

    for repository, method in ((Outbox, "add"), (Pushes, "settle")):
        with monkeypatch.context() as once:
            once.setattr(repository, method, crash)
            with pytest.raises(RuntimeError):
                house.promise_due()
        assert house.rows("pushes", "state") == [PushState.WAITING]
        assert (house.count("messages"), house.count("outbox")) == (said_before, promised_before)
    assert went(house) == {"note"}


def test_eight_runs_at_once_and_more_later_send_it_once(house: House):
    chat = a_chat(house)
    push(chat, *KINDS)

    async def at_once() -> list[int]:
        now = house.clock()
        runs = (house.database.run(promise_due, house.channels, EIGHT_TO_EIGHT, now) for _ in range(8))
        return await asyncio.gather(*runs)

    assert sum(asyncio.run(at_once())) == len(KINDS)
    house.promise_due()
    assert went(house) == set(KINDS)
    assert len([words for words in texts(house.telegram) if words.startswith("news of")]) == len(KINDS)
    assert house.rows("pushes", "reply") == [None] * len(KINDS), "its words are with the message from now on"


# Still a member?


def member(house: House, address: str = "7", channel: str = "telegram") -> Chat:
    chat = Chat(house, address, channel)
    chat.say(*SIGN_UP)
    return chat


def asked(house: House) -> int:
    """Runs the hourly look and what it leads to; returns how many were asked."""
    number = house.check_members()
    house.promise_due()
    return number


def statuses(house: House) -> list[str]:
    return house.rows("memberships", "status")


def test_a_member_is_asked_once_a_year_and_stays_with_one_press(house: House):
    chat = member(house)
    house.clock.pass_seconds(364 * DAY)
    assert asked(house) == 0
    house.clock.pass_seconds(2 * DAY)
    assert asked(house) == 1
    assert asked(house) == 0, "the next hour does not ask again"
    with house.database.reading() as tx:
        replies = tx.messages.replies_after(chat.kept.id, 0, 99)
    last = replies[-1][1]
    assert "Neighbourhood Watch" in last["text"]
    chat.buttons = {b["label"]: b["payload"] for b in last["buttons"]}
    stay, _ = chat.buttons
    assert "you stay a member" in chat.press(stay)
    house.clock.pass_seconds(100 * DAY)
    assert asked(house) == 0
    house.clock.pass_seconds(266 * DAY)
    assert asked(house) == 1, "a year after the answer"


def test_who_does_not_answer_is_reminded_once_and_then_has_left(house: House):
    member(house)
    house.clock.pass_seconds(366 * DAY)
    assert asked(house) == 1
    house.clock.pass_seconds(29 * DAY)
    assert asked(house) == 0
    house.clock.pass_seconds(2 * DAY)
    assert asked(house) == 1
    assert asked(house) == 0
    house.clock.pass_seconds(59 * DAY)
    assert asked(house) == 0
    assert statuses(house) == [MembershipStatus.ACTIVE]
    house.clock.pass_seconds(2 * DAY)
    assert asked(house) == 0
    assert statuses(house) == [MembershipStatus.LEFT]
    assert [key.split("-")[0] for key in house.rows("pushes", "key")] == ["check", "remind"]


def test_a_late_no_leaves_and_a_later_yes_is_told_it_is_over(house: House):
    chat = member(house)
    [membership] = house.rows("memberships", "id")
    assert "You have left" in chat.send(button=f"go:watch_leave/{membership}")
    assert statuses(house) == [MembershipStatus.LEFT]
    assert "stay" not in chat.send(button=f"go:watch_stay/{membership}")
    assert statuses(house) == [MembershipStatus.LEFT]


def test_nobody_answers_for_another(house: House):
    member(house)
    [membership] = house.rows("memberships", "id")
    Chat(house, "8").send(button=f"go:watch_leave/{membership}")
    assert statuses(house) == [MembershipStatus.ACTIVE]


def test_a_pause_ends_and_nobody_is_asked_while_it_lasts(house: House):
    chat = member(house)
    chat.say("my watch", "pause", "1 year", "send")
    assert statuses(house) == [MembershipStatus.PAUSED]
    house.clock.pass_seconds(364 * DAY)
    assert asked(house) == 0
    assert statuses(house) == [MembershipStatus.PAUSED]
    house.clock.pass_seconds(2 * DAY)
    asked(house)
    assert statuses(house) == [MembershipStatus.ACTIVE]


def test_the_question_waits_for_the_morning(house: House):
    member(house)
    house.clock.pass_seconds(366 * DAY + 12 * HOUR)
    assert house.check_members() == 1
    assert house.rows("pushes", "due_at") == [datetime(2027, 11, 5, 8, tzinfo=UTC)]


def test_who_has_a_phone_and_a_web_chat_is_asked_on_the_phone(house: House):
    web, texter = member(house, "web-1", "web"), a_chat(house, TEXTER, "sms")
    told = texter.say("join chats")
    web.say(told[told.index("JN-") :][:11])
    for _ in range(9):
        web.say("menu")
    house.clock.pass_seconds(366 * DAY)
    asked(house)
    with house.database.reading() as tx:
        [id] = house.rows("pushes", "conversation_id")
        kept = tx.conversations.find_by_id(id)
    assert kept is not None and kept.channel == "sms"


def test_a_texter_answers_the_question_with_a_number(house: House):
    chat = member(house, TEXTER, "sms")
    house.channels["sms"] = SmsChannel(
        ACCOUNT_SID, AUTH_TOKEN, NUMBER, "http://127.0.0.1:9", "https://door.example"
    )
    house.clock.pass_seconds(366 * DAY)
    assert asked(house) == 1
    lines = house.bodies()[-1]["text"].split("\n")
    assert [line[:2] for line in lines[-2:]] == ["1 ", "2 "]
    assert chat.kept.conversation.offered, "numbers stand for its choices from now on"
    house.clock.pass_seconds(2 * HOUR)
    with house.database.reading() as tx:
        before = tx.memberships.of_person(chat.kept.person_id)[0].asked_at
    assert before is not None
    assert "you stay a member" in send_text(house, "1")
    with house.database.reading() as tx:
        assert tx.memberships.of_person(chat.kept.person_id)[0].asked_at is None


def test_a_number_still_answers_the_form_that_is_open(house: House):
    """A question that comes meanwhile does not turn a report's "2" into leaving the Watch."""
    chat = member(house)
    chat.say("report encampment", "lay-by on Banbury Road, Southam")
    house.clock.pass_seconds(366 * DAY)
    asked(house)
    chat.say("2")
    held = chat.kept.conversation.in_hand
    assert statuses(house) == [MembershipStatus.ACTIVE]
    assert held is not None and held.form == "encampment"


def send_text(house: House, words: str) -> str:
    """A text as Twilio hands it over; returns what was said to it."""
    fields = [["MessageSid", "SM" + "1" * 32], ["From", TEXTER], ["Body", words], ["NumMedia", "0"]]
    key = house.key(TEXTER, "sms")
    inbox_id = house.write(
        lambda tx: tx.inbox.accept("sms", "SM" + "1" * 32, key, {"fields": fields}, 10**9, house.clock()).id
    )
    return Chat(house, TEXTER, "sms").answered(inbox_id)
