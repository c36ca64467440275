"""The three example consultations from the first word to the kept answer, on all three doors.

The real engine, doors and record; only the suppliers are not there. What a whole answer by text costs is counted here.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fake_channel import Clock
from fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER
from house import Chat, House, real_content
from test_web import Caller

from bench.consultations.played import MOST_MESSAGES, MOST_SEGMENTS, TEXTED
from bot.networks import find_network
from bot.sms import SmsChannel
from bot.web import make_app
from flows.messages import ChannelName
from staff.consulting.answer_columns import questions_of
from staff.consulting.counting import count_answers
from staff.consulting.operations import ConsultationDesk
from storage.database import Database

TEXTER = "+447700900123"
DISTRICTS = {"precept_2027": "warwick", "plan_2029": "rugby", "youth_2027": "nuneaton_and_bedworth"}


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Path) -> House:
    """In December, all three opened by staff, with the real door for texts."""
    opened = House.speaking(sqlite_database, tmp_path, clock=Clock(datetime(2026, 12, 15, 10, tzinfo=UTC)))
    desk = ConsultationDesk(opened.database, real_content())
    for id in TEXTED:
        desk.open(id, actor="ada", now=opened.clock())
    opened.channels["sms"] = SmsChannel(
        ACCOUNT_SID, AUTH_TOKEN, NUMBER, "http://127.0.0.1:9", "https://door.example"
    )
    return opened


class Texter(Chat):
    """Texts as the supplier hands them over."""

    def post(self, **content: Any) -> int:
        sid = f"SM{next(self._ids):032d}"
        fields = [["MessageSid", sid], ["From", self.address], ["Body", content["text"]], ["NumMedia", "0"]]
        accept = ("sms", sid, self.key, {"fields": fields}, int(sid[2:]), self.house.clock())
        return int(self.house.write(lambda tx: tx.inbox.accept(*accept).id))


def answer(chat: Chat, lines: tuple[str, ...]) -> str:
    """Five seconds a line; returns what was said to the last."""
    told = ""
    for line in lines:
        chat.house.clock.pass_seconds(5)
        told = chat.say(line)
    return told


@pytest.mark.parametrize("door", list(ChannelName))
@pytest.mark.parametrize("id", list(TEXTED))
def test_a_whole_survey_is_answered_kept_and_counted(house: House, id: str, door: str):
    chat = Texter(house, TEXTER, door) if door == ChannelName.SMS else Chat(house, "7", door)
    assert len(TEXTED[id]) <= MOST_MESSAGES
    lines = TEXTED[id] if door == ChannelName.SMS else (*TEXTED[id], "send")
    told = answer(chat, lines)
    consultation = real_content().consultations[id]
    assert len(consultation.questions) == 6
    assert f"{consultation.decision_on:%d/%m/%Y}" in told
    with house.database.reading() as tx:
        [kept] = tx.responses.stream(id)
        [(_, _, words)] = tx.responses.texts(id)
    took = None if consultation.is_anonymous else 5 * (len(lines) - 1)
    assert (kept.channel, kept.district, kept.seconds) == (door, DISTRICTS[id], took)
    assert list(words.values()) == [lines[6]]
    results = count_answers([kept], questions_of(consultation))
    assert [each.tally().base.answered for each in results] == [1] * 5
    assert all(each.tally().base.unread == 0 for each in results)
    if door == ChannelName.SMS:
        segments = sum(body["segments"] for body in house.bodies())
        assert segments <= MOST_SEGMENTS, f"{id}: {segments} segments"


def test_the_network_of_a_web_chat_goes_with_an_answer_that_is_not_anonymous_alone(house: House):
    for at, network in enumerate(("a", "a", "b")):
        for id in ("precept_2027", "plan_2029"):
            chat = Chat(house, f"{id}{at}", ChannelName.WEB)
            for line in (*TEXTED[id], "send"):
                chat.send(text=line, network=network)
    with house.database.reading() as tx:
        kept = [each.network_index for each in tx.responses.stream("precept_2027")]
        assert sorted(kept.count(each) for each in kept) == [1, 2, 2]
        assert not {"a", "b"} & set(kept)
        assert {each.network_index for each in tx.responses.stream("plan_2029")} == {None}


def test_the_door_of_the_web_chat_takes_the_network_while_one_is_asked(house: House):
    for host in ("81.2.69.160", "81.2.69.161", "127.0.0.1"):
        call = Caller(make_app(house.door()), host=host)
        headers = call.session()
        for line in (*TEXTED["precept_2027"], "send"):
            call.say(headers, line)
    with house.database.reading() as tx:
        kept = [each.network_index for each in tx.responses.stream("precept_2027")]
    assert len(kept) == 3
    assert len(set(kept)) == 2
    assert None in kept


def test_a_network_is_a_part_of_a_public_address():
    assert find_network("81.2.69.160") == find_network("::ffff:81.2.69.7") == "81.2.69.0/24"
    assert find_network("2001:4860:4860:1::8888") == "2001:4860:4860::/48"
    assert [find_network(host) for host in ("127.0.0.1", "10.0.0.7", "::1", "testclient", "")] == [""] * 5


def test_closed_and_not_yet_open_are_told_by_date(house: House):
    house.clock.pass_seconds(timedelta(days=40).total_seconds())
    assert "17/01/2027" in Texter(house, TEXTER, "sms").say("police tax cv34")
    assert house.count("responses") == 0
