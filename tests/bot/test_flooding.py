"""Whoever sends far more than a person can is asked to wait, once; danger and STOP are heard all the same."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from house import Chat, House
from test_web import Caller, build_app

from bot.settings import LimitsConfig
from flows.content import Content
from storage.database import Database
from storage.retention import RetentionPolicy, purge

LIMITS = LimitsConfig(
    texts_per_minute=5,
    messages_per_minute=5,
    wait_minutes=5,
    network_messages_per_minute=6,
    network_chats_per_hour=5,
)
WAIT = "I will rest for 5 minutes"


@pytest.fixture
def crowded(database: Database, tmp_path: Path) -> House:
    return House.speaking(database, tmp_path, limits=LIMITS)


def test_who_sends_too_much_is_asked_to_wait_once_and_answered_again_later(crowded: House):
    chat, other = Chat(crowded), Chat(crowded, address="8")
    told = [chat.say("report encampment" if at == 0 else "77") for at in range(5)]
    assert all(told) and not any(WAIT in words for words in told)
    assert WAIT in chat.say("77")
    before, asked = chat.kept.conversation, len(crowded.interpreter.asked)
    assert [chat.say("by the old oak in Southam") for _ in range(40)] == [""] * 40
    assert chat.kept.conversation == before and before.in_hand is not None
    assert len(crowded.interpreter.asked) == asked, "nobody made sense of words that are not read"
    assert crowded.rows("notices", "kind").count("flood") == 1
    assert crowded.rows("inbox", "state").count("done") == 46
    assert "999" in other.say("hello"), "others are answered"
    crowded.clock.pass_seconds(301)
    assert "How many caravans" in chat.say("Banbury Road, Southam")


def test_a_flood_that_goes_on_is_told_to_staff_once_an_hour_so_that_danger_is_not_pushed_out(crowded: House):
    chat = Chat(crowded)
    for _ in range(4):
        assert WAIT in chat.say(*["77"] * 6)
        crowded.clock.pass_seconds(15 * 60)
    assert crowded.rows("notices", "kind").count("flood") == 1
    assert WAIT in chat.say(*["77"] * 6)
    assert crowded.rows("notices", "kind").count("flood") == 2


def test_danger_and_stop_are_heard_however_many_came_before(crowded: House):
    chat = Chat(crowded, channel="sms")
    chat.say(*["hello"] * 5)
    first, then = (chat.say("hes got a knife") for _ in range(2))
    assert first.startswith(then) and "999" in then
    assert WAIT in first and WAIT not in then, "who is answered this once is told of the wait all the same"
    assert chat.say("hello") == ""
    assert "no more" in chat.say("STOP")
    assert chat.kept.conversation.stopped
    assert chat.say("STOP") == ""


def test_a_message_that_is_tried_again_counts_once(crowded: House):
    chat = Chat(crowded)
    chat.post(text="hello")
    for _ in range(2):  # each time the process ends before there is a verdict
        assert asyncio.run(crowded.turns.claim_waiting(1))
        crowded.clock.pass_seconds(31)
    crowded.clock.pass_seconds(-62)
    crowded.write(lambda tx: tx.inbox.expire(crowded.clock() + timedelta(seconds=99)))
    assert all(WAIT not in chat.say("hello") for _ in range(4))
    assert WAIT in chat.say("hello")


def test_what_is_too_much_is_not_taken_for_being_tried_again(crowded: House):
    chat = Chat(crowded)
    chat.say("report encampment", *["77"] * 4)
    assert chat.kept.conversation.in_hand is not None
    for told in (1, 0):  # the one that went over, and the next; each time the process ends after the claim
        message = chat.post(text="77")
        assert asyncio.run(crowded.turns.claim_waiting(1))
        crowded.write(lambda tx: tx.inbox.expire(crowded.clock() + timedelta(seconds=99)))
        answer = chat.answered(message)
        assert answer.count(WAIT) == told and bool(answer) == bool(told)


def test_a_network_opens_so_many_chats_and_sends_so_much_but_danger_and_stop_are_taken(crowded: House):
    app = build_app(crowded, limits=LIMITS, content=lambda: crowded.engine.content)
    here, there, proxy = (Caller(app, host=host) for host in ("81.2.69.160", "92.40.1.2", "127.0.0.1"))
    opened = [here("POST", "/chat/sessions", json={}) for _ in range(7)]
    assert [answer.status_code for answer in opened] == [201] * 5 + [429] * 2
    assert opened[-1].headers["retry-after"] == "60"
    assert there("POST", "/chat/sessions", json={}).status_code == 201
    assert {proxy("POST", "/chat/sessions", json={}).status_code for _ in range(7)} == {201}

    def say(at: int, words: str) -> int:
        headers = {"authorization": f"Bearer {opened[at % 5].json()['session']}"}
        body = {"id": str(uuid4()), "text": words}
        return here("POST", "/chat/messages", json=body, headers=headers).status_code

    assert [say(at, "hello") for at in range(8)] == [200] * 6 + [429] * 2
    assert say(0, "hes got a knife") == 200
    assert say(1, "STOP") == 200
    assert crowded.rows("notices", "kind").count("network_flood") == 2
    crowded.clock.pass_seconds(61)
    assert say(0, "hello") == 200


class WatchedContent:
    """The content, with the threads in which somebody looked for danger at the door."""

    def __init__(self, content: Content) -> None:
        self._content, self.consultations, self.safety = content, content.consultations, self
        self.searched_in: list[int] = []

    def find_danger(self, text: str) -> object:
        self.searched_in.append(threading.get_ident())
        return self._content.safety.find_danger(text)


def test_only_what_is_too_much_is_searched_at_the_door_and_holds_up_nobody_meanwhile(crowded: House):
    watched = WatchedContent(crowded.engine.content)
    app = build_app(crowded, limits=LIMITS, content=lambda: watched)
    call = Caller(app, host="81.2.69.160")
    headers = {"authorization": f"Bearer {call('POST', '/chat/sessions', json={}).json()['session']}"}

    def say(words: str) -> int:
        body = {"id": str(uuid4()), "text": words}
        return call("POST", "/chat/messages", json=body, headers=headers).status_code

    assert [say("hello") for _ in range(6)] == [200] * 6
    assert watched.searched_in == []
    assert [say("hello"), say("hes got a knife")] == [429, 200]
    assert len(watched.searched_in) == 2
    assert threading.get_ident() not in watched.searched_in


def test_how_fast_somebody_wrote_is_soon_forgotten(crowded: House):
    Chat(crowded).say("hello")
    assert crowded.count("senders") == 1
    crowded.clock.pass_seconds(2 * 24 * 3600)
    purge(crowded.database, RetentionPolicy(), crowded.clock())
    assert crowded.count("senders") == 0
