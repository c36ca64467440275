"""What people do with their own place in the record: codes, joined doors, watches, status, consent, a person's turn."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from house import Chat, House, real_content

from bot.facts import read_fact
from flows.code_kinds import make_code
from flows.engine import Engine
from flows.events import CodeUsed
from flows.facts import PersonFacts, PersonNeeded
from flows.references import find_reference
from flows.turn import Turn
from storage.database import Transaction
from storage.states import MembershipStatus

TEXTER, OTHER = "+447700900123", "+447700900456"
DAY = 86400
SIGN_UP = ("join watch", "18", "neighbourhood", "Sam Patel, CV34 6PH", "member", "yes", "send")
REPORT = (
    *("report encampment", "lay-by on Banbury Road, Southam", "6", "2", "yesterday morning", "lay-by"),
    *("1 2", "neither", "skip", "skip"),
)


@pytest.fixture
def house(speaking_house: House) -> House:
    return speaking_house


def report(chat: Chat, *, contact: bool = False) -> str:
    """Sends a report; returns its reference."""
    chat.say(*REPORT)
    if contact:
        chat.say("yes")
        chat.press("By text here")
        told = chat.say("yes", "yes", "send")
    else:
        told = chat.say("no", "send")
    return code_in(told)


def code_in(words: str) -> str:
    found = find_reference(words)
    assert found is not None, words
    return found


def facts(chat: Chat) -> PersonFacts:
    kept = chat.kept
    with chat.house.database.reading() as tx:
        found: PersonFacts = read_fact(tx, kept, PersonNeeded(), chat.house.clock())
    return found


def invite(house: House, number: int = 7 << 20, **different: Any) -> str:
    code = make_code("invite", number)
    expires = house.clock() + timedelta(days=30)
    values = {"person_id": None, "subject": "custody_visitor", "expires_at": expires, "now": house.clock()}
    house.write(lambda tx: tx.codes.make("invite", code, **(values | different)))
    return code


def change(chat: Chat, **values: Any) -> None:
    """What another part of the service does to a conversation."""
    kept = chat.kept
    changed = replace(kept.conversation, **values)
    chat.house.write(lambda tx: tx.conversations.save(kept.id, changed, kept.version, chat.house.clock()))


def pushed(house: House, key: str) -> list[str]:
    """The addresses to which messages with such a key are to go."""
    rows = house.rows("pushes", "key", "conversation_id")
    with house.database.reading() as tx:
        found = [tx.conversations.find_by_id(id) for name, id in rows if name.startswith(key)]
    return [kept.address for kept in found if kept is not None]


def count_of(house: House, table: str, column: str, value: str) -> int:
    return house.rows(table, column).count(value)


# Codes


class Meddled(Engine):
    """The real engine; once a turn that uses a code is worked out, and before it is kept, something else happens."""

    def __init__(self) -> None:
        super().__init__(real_content())
        self.meanwhile: Callable[[], None] | None = None

    def try_turn(self, *args: Any) -> Turn | None:
        turn = super().try_turn(*args)
        if turn is not None and self.meanwhile and any(isinstance(e, CodeUsed) for e in turn.events):
            meanwhile, self.meanwhile = self.meanwhile, None
            aside = Thread(target=meanwhile)
            aside.start()
            aside.join()
        return turn


@pytest.mark.parametrize("kind", ["invite", "join"])
def test_of_two_chats_with_one_code_the_second_is_told_it_was_used(database, tmp_path, kind):
    engine = Meddled()
    house = House.speaking(database, tmp_path, engine=engine)
    one, other, owner = Chat(house), Chat(house, TEXTER, "sms"), Chat(house, "web-1", "web")
    code = code_in(owner.say("join chats")) if kind == "join" else invite(house)
    heard: list[str] = []
    engine.meanwhile = lambda: heard.append(other.say(code))
    slow = one.say(code)
    done = "registered as a custody visitor" if kind == "invite" else "are one person now"
    assert done in heard[0]
    assert "That code was used before" in slow
    assert count_of(house, "audit", "action", f"code.{kind}") == 1
    assert set(house.rows("inbox", "state", "attempts")) == {("done", 1)}, "taken again at once, not later"
    assert house.count("grants") == (1 if kind == "invite" else 0)
    assert house.count("joins") == (1 if kind == "join" else 0)


def test_a_code_typed_in_eight_chats_at_the_same_moment_is_used_once(house: House):
    code = invite(house)
    chats = [Chat(house, str(number)) for number in range(8)]
    for chat in chats:
        chat.post(text=code)

    async def all_at_once() -> list[Any]:
        items = await house.turns.claim_waiting(16)
        return await asyncio.gather(*(house.turns.take(item) for item in items))

    said = [replies[0].body["text"] for replies in asyncio.run(all_at_once())]
    assert sum("registered as a custody visitor" in words for words in said) == 1
    assert sum("That code was used before" in words for words in said) == 7
    assert house.count("grants") == 1


@pytest.mark.parametrize("how", ["used", "expired", "guessed"])
def test_a_code_that_is_no_good_is_refused_counted_and_told_to_its_owner_once_a_day(house: House, how: str):
    owner, stranger = Chat(house, "1"), Chat(house, "2")
    house.numbers[:] = [9 << 20, 0]
    code = code_in(owner.say("join chats"))
    wrong, told = code, "I do not know that code"
    if how == "used":
        Chat(house, "3").say(code)
        told = "was used before"
    elif how == "expired":
        house.clock.pass_seconds(15 * 60)
        told = "too old"
    else:
        wrong = make_code("join", (9 << 20) + 5)
        assert wrong[:7] == code[:7]
    told_before = len(pushed(house, "tried-"))
    for _ in range(3):
        assert told in stranger.say(wrong)
    assert house.count("tries") == 3
    assert count_of(house, "notices", "kind", "code_tried") == 3
    assert pushed(house, "tried-")[told_before:] == [pushed(house, "tried-")[0]], "once a day"
    house.clock.pass_seconds(DAY)
    stranger.say(wrong)
    days = 1 if how == "guessed" else 2  # a guess at a code that is over by then is nobody's
    assert len(pushed(house, "tried-")) == days
    assert not facts(stranger).can_undo_join


def test_the_fifth_guess_ends_the_code_guessed_at(house: House):
    owner = Chat(house, "1")
    house.numbers[:] = [9 << 20, 0]
    code = code_in(owner.say("join chats"))
    for number in range(5):
        # Each from a chat of its own: the code counts them all together.
        Chat(house, f"9{number}").say(make_code("join", (9 << 20) + 1 + number))
    assert "too old" in Chat(house, "3").say(code)


def test_after_five_wrong_tries_a_chat_is_locked_for_a_day(house: House):
    stranger, code = Chat(house), invite(house)
    for number in range(5):
        assert "too many" not in stranger.say(make_code("join", number << 22))
    assert "too many wrong tries" in stranger.say(code)
    assert "too many wrong tries" in stranger.say(make_code("join", 1))
    assert house.count("tries") == 5, "what is not looked at is not counted"
    house.clock.pass_seconds(DAY - 60)
    assert "too many wrong tries" in stranger.say(code)
    house.clock.pass_seconds(120)
    assert "registered as a custody visitor" in stranger.say(code)


def test_the_owner_is_warned_at_the_door_last_used(house: House):
    telegram, texter = Chat(house, "1"), Chat(house, TEXTER, "sms")
    texter.say(code_in(telegram.say("join chats")))
    house.numbers[:] = [9 << 20, 0]
    texter.say("join chats")
    Chat(house, "2").say(make_code("join", (9 << 20) + 5))
    assert pushed(house, "tried-") == [TEXTER]
    telegram.say("menu")
    house.clock.pass_seconds(DAY)
    house.numbers[:] = [10 << 20, 0]
    telegram.say("join chats")
    Chat(house, "2").say(make_code("join", (10 << 20) + 5))
    assert pushed(house, "tried-") == [TEXTER, "1"]


def test_a_handover_makes_the_other_coordinator_and_leaves_the_first_a_member(house: House):
    first, second = Chat(house, "1"), Chat(house, "2")

    def make_group(tx: Transaction) -> str:
        return tx.local_groups.add("neighbourhood", "Mill Lane", 52.2823, -1.5849, house.clock())

    group = house.write(make_group)
    first.say(*SIGN_UP[:4], "coordinator", "yes", "send")
    second.say(*SIGN_UP)
    house.write(lambda tx: tx.local_groups.set_coordinator(group, first.kept.person_id))
    told = first.say("my watch", "hand over", "send")
    code = code_in(told[told.index("HV-") :])
    second.say(code)
    assert "You are the coordinator now" in second.press(next(iter(second.buttons)))
    assert [m.role for m in facts(first).memberships] == ["member"]
    assert [m.role for m in facts(second).memberships] == ["coordinator"]
    with house.database.reading() as tx:
        [held] = tx.memberships.of_person(second.kept.person_id)
        found = tx.local_groups.find(group)
    assert held.postcode == "CV34 6PH", "what they told before is not lost"
    assert found is not None and found.coordinator_id == second.kept.person_id
    assert count_of(house, "consents", "wording", "watch-handover") == 1
    assert "was used before" in second.say(code)


# Joined doors


def state_of(house: House, *chats: Chat) -> list[Any]:
    """What each chat's person is known to have, in plain values."""
    return [replace(facts(chat), locked=False) for chat in chats]


def test_two_doors_become_one_person_and_are_parted_within_a_day_as_if_nothing_had_been(house: House):
    telegram, texter = Chat(house, "1"), Chat(house, TEXTER, "sms")
    telegram.say(*SIGN_UP)
    report(texter, contact=True)
    texter.say("join watch", "18", "horse", "Sam Patel, CV34 6PH", "own", "yes", "send")
    before = state_of(house, telegram, texter)
    assert "are one person now" in texter.say(code_in(telegram.say("join chats")))
    together = facts(texter)
    assert facts(telegram) == replace(together, alerts_stopped=False)
    assert {m.scheme for m in together.memberships} == {"neighbourhood", "horse"}
    assert len(together.submissions) == 3
    assert len(together.consents) == 3
    assert together.doors == ("sms", "telegram")
    assert pushed(house, "joined-") == ["1"], "the chat whose code it was is told"
    house.clock.pass_seconds(DAY - 60)
    assert "apart again" in telegram.say("undo")
    assert state_of(house, telegram, texter) == before
    assert "nothing to undo" in telegram.say("undo")


def test_two_doors_are_not_parted_after_a_day(house: House):
    telegram, texter = Chat(house, "1"), Chat(house, TEXTER, "sms")
    texter.say(code_in(telegram.say("join chats")))
    house.clock.pass_seconds(DAY + 60)
    assert "nothing to undo" in texter.say("undo")
    assert facts(telegram).doors == ("sms", "telegram")


def test_ones_own_code_joins_nothing(house: House):
    chat = Chat(house)
    assert "your other chat" in chat.say(code_in(chat.say("join chats")))
    assert house.count("joins") == 0
    assert house.count("tries") == 0


# A number given on the web


def sign_up_on_the_web(chat: Chat, phone: str) -> str:
    return chat.say(*SIGN_UP[:5], phone, "yes", "send")


def texted_code(house: House) -> str:
    return code_in(house.bodies()[-1]["text"])


def test_a_number_is_proved_by_the_code_texted_to_it(house: House):
    web = Chat(house, "web-1", "web")
    sign_up_on_the_web(web, OTHER)
    asyncio.run(house.sender.send_all_due())
    [(address, body)] = house.sms.sent
    assert address == OTHER
    assert "your number is confirmed" in web.say(code_in(body["text"]))
    assert facts(web).doors == ("sms", "web")
    assert house.rows("outbox", "body", "address", "conversation_id") == [(None, None, None)]


def test_the_code_texted_cannot_be_read_off_what_the_web_chat_shows(house: House):
    """A reference and a code drawn from one number would differ in their two letters alone."""
    web = Chat(house, "web-1", "web")
    shown = sign_up_on_the_web(web, OTHER)
    assert code_in(shown)[2:] != texted_code(house)[2:]
    assert texted_code(house)[3:7] == "0000", (
        "numbers of this house are small, or the line above says nothing"
    )


def test_the_code_of_a_handover_cannot_be_read_off_its_reference(house: House):
    chat = Chat(house)
    chat.say(*SIGN_UP[:4], "coordinator", "yes", "send")
    shown = chat.say("my watch", "hand over", "send")
    assert code_in(shown[shown.index("HV-") :])[2:] != code_in(shown[shown.index("WC-") :])[2:]


def test_no_code_goes_to_a_number_that_stopped_us_or_again_and_again(house: House):
    Chat(house, OTHER, "sms").say("STOP")
    asyncio.run(house.sender.send_all_due())
    before = len(house.sms.sent)
    web = Chat(house, "web-1", "web")
    assert "I have texted a code" in sign_up_on_the_web(web, OTHER), "who asks does not learn of it"
    for number in range(5):
        sign_up_on_the_web(web, f"+44770090060{number}")
    asyncio.run(house.sender.send_all_due())
    assert [address for address, _ in house.sms.sent[before:]] == [f"+44770090060{n}" for n in range(3)]


# How a report stands


@pytest.mark.parametrize("case", ["no such report", "stopped", "discreet", "good"])
def test_a_status_code_goes_only_where_it_may_and_who_asks_learns_nothing(house: House, case: str):
    owner, stranger = Chat(house, TEXTER, "sms"), Chat(house, "2")
    reference = report(owner)
    if case == "stopped":
        owner.say("STOP")
    elif case == "discreet":
        change(owner, discreet=True)
    asked = make_code("join", 5 << 20).replace("JN", "EN") if case == "no such report" else reference
    said = stranger.say(asked)
    wanted = f"{asked} was not sent from this chat. If there is such a report, I send a code to the chat it came from"
    assert said.startswith(wanted)
    assert pushed(house, "status-") == ([TEXTER] if case == "good" else [])
    assert count_of(house, "codes", "kind", "status") == (case == "good")
    assert house.count("tries") == 1


def test_the_words_to_who_asks_are_the_same_whether_there_is_such_a_report_or_not(house: House):
    owner = Chat(house, TEXTER, "sms")
    reference, invented = report(owner), make_code("join", 5 << 20).replace("JN", "EN")
    there, not_there = Chat(house, "2").say(reference), Chat(house, "3").say(invented)
    owner.say("STOP")
    stopped = Chat(house, "4").say(reference)
    assert there.replace(reference, "") == not_there.replace(invented, "") == stopped.replace(reference, "")


def test_a_status_code_asked_for_at_night_comes_at_eight_and_is_good_for_a_day_from_then(house: House):
    owner, stranger = Chat(house, TEXTER, "sms"), Chat(house, "2")
    reference = report(owner)
    house.clock.pass_seconds(14 * 3600)  # 23:00
    stranger.say(reference)
    eight = datetime(2026, 11, 4, 8, tzinfo=UTC)
    assert house.rows("pushes", "due_at") == [eight]
    assert house.promise_due() == 0
    asyncio.run(house.sender.send_all_due())
    before = len(house.sms.sent)
    house.clock.pass_seconds(9 * 3600 + 60)
    assert house.promise_due() == 1
    asyncio.run(house.sender.send_all_due())
    [(address, body)] = house.sms.sent[before:]
    assert address == TEXTER and reference in body["text"]
    house.clock.pass_seconds(23 * 3600)
    told = stranger.say(code_in(body["text"].replace(reference, "")))
    assert reference in told and "we have it" in told
    assert "was used before" in stranger.say(code_in(body["text"].replace(reference, "")))


def test_nobody_can_have_many_status_codes_sent(house: House):
    reference = report(Chat(house, TEXTER, "sms"))
    for number in range(5):
        Chat(house, f"8{number}").say(reference)
    assert count_of(house, "codes", "kind", "status") == 3
    assert pushed(house, "status-") == [TEXTER] * 3


# Watches and consent


def test_staff_and_no_neighbour_are_told_who_joined_a_group(house: House):
    coordinator, member = Chat(house, "1"), Chat(house, "2")
    coordinator.say("menu")

    def make_group(tx: Transaction) -> None:
        group = tx.local_groups.add("neighbourhood", "Mill Lane", 52.2823, -1.5849, house.clock())
        tx.local_groups.set_coordinator(group, coordinator.kept.person_id)

    house.write(make_group)
    member.say(*SIGN_UP)
    assert house.rows("notices", "kind") == ["member_joined"]
    assert house.count("pushes") == 0


def test_a_consent_taken_back_takes_the_details_and_the_place_with_it(house: House):
    chat = Chat(house)
    chat.say(*SIGN_UP)
    chat.say("mydata")
    chat.press("What I agreed to")
    assert "taken" in chat.press(next(iter(chat.buttons))).lower()
    assert house.rows("submissions", "personal") == [None]
    assert house.rows("memberships", "status") == [MembershipStatus.LEFT]
    assert facts(chat).consents == ()
    assert house.rows("submission_events", "kind").count("consent_withdrawn") == 1


# A person takes over


def taken_over(house: House, chat: Chat, *, minutes: int = 30) -> None:
    change(chat, taken_until=(house.clock() + timedelta(minutes=minutes)).isoformat())


@pytest.mark.parametrize("door", ["telegram", "web"])
def test_while_a_person_has_the_chat_only_danger_is_answered(house: House, door: str):
    chat = Chat(house, "1", door)
    chat.say("menu")
    taken_over(house, chat)
    for words in ("my bike was stolen", "join watch", "2", "menu"):
        assert chat.say(words) == ""
    assert count_of(house, "notices", "kind", "person_told_more") == 4
    assert "999" in chat.say("he has a knife, help")
    assert count_of(house, "notices", "kind", "danger") == 1
    house.clock.pass_seconds(31 * 60)
    told = chat.say("menu")
    assert told.startswith("The person has left the chat")
    assert "The person has left" not in chat.say("menu")
    assert count_of(house, "notices", "kind", "person_told_more") == 4


def test_a_person_in_the_chat_does_not_hold_up_stop_or_forget_me(house: House):
    chat = Chat(house)
    chat.say(*SIGN_UP)
    taken_over(house, chat)
    chat.say("mydata")
    assert "in one file" in chat.press("See what is held")
    assert "Shall I erase everything" in chat.say("forget me")
    assert "Nothing was erased" in chat.say("no")
    assert chat.say("thank you") == ""
    chat.say("forget me")
    assert "Your receipt is ER-" in chat.say("yes")
    assert house.count("memberships") == 0
