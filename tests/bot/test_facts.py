"""The record in memory and the real one know the same after the same conversations, message by message."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from consultation_samples import a_consultation, with_consultations
from fake_channel import Clock
from fake_record import FakeRecord, KeptCode
from fakes import UNSURE
from house import Chat, House

from bot.facts import read_fact
from flows.code_kinds import make_code
from flows.conversation import Conversation
from flows.engine import Engine
from flows.events import ResponseGiven
from flows.facts import (
    CodeFacts,
    CodeNeeded,
    CodeState,
    ConsultationsNeeded,
    FactsNeeded,
    NearFacts,
    NearNeeded,
    Need,
    OpenConsultation,
    PersonFacts,
    PersonNeeded,
    ResponseNeeded,
)
from flows.messages import ChannelName, Incoming
from flows.turn import Turn
from storage.database import Transaction
from storage.responses import Respondent

TEXTER, OTHER = "+447700900123", "+447700900456"
RENT = (52.2823, -1.5849)  # in the middle of Warwick
NEAR = NearNeeded(("neighbourhood", "horse"), "CV34 6PH", *RENT)
# Codes that begin alike are one to whoever counts guesses, so these do not.
INVITED, OLD, USED = (make_code("invite", at << 20) for at in (1, 2, 3))
JOINED, PROVED = make_code("join", 4 << 20), make_code("status", 5 << 20)

REPORT = (
    "report encampment",
    "lay-by on Banbury Road, Southam",
    *("6", "2", "yesterday morning", "lay-by", "1 2", "neither", "skip", "skip", "yes"),
    *("[By text here]", "yes", "yes", "send"),
)
SIGN_UP = (
    *("join watch", "18", "neighbourhood and horse", "Sam Patel, CV34 6PH", "member"),
    *("I own or ride a horse", "yes", "send"),
)
WEB_SIGN_UP = (
    "join watch",
    "18",
    "horse",
    "Sam Patel, CV34 6PH",
    "I own or ride a horse",
    OTHER,
    "yes",
    "send",
)


@dataclass
class FakeChat:
    """One citizen talking to the real engine over the record in memory."""

    engine: Engine
    record: FakeRecord
    channel: ChannelName
    clock: Clock
    conversation: Conversation = field(default_factory=Conversation)
    buttons: dict[str, str] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    def say(self, text: str) -> str:
        return self._take(Incoming(self.channel, text=text))

    def press(self, label: str) -> str:
        return self._take(Incoming(self.channel, button=self.buttons[label]))

    def _take(self, incoming: Incoming) -> str:
        incoming = replace(incoming, number=next(self._numbers), secret=next(self._numbers))
        turn = self._turn(incoming)
        self.record.take(turn.events, self.clock())
        self.conversation = turn.conversation
        if turn.replies:
            self.buttons = {b.label: b.payload for r in turn.replies for b in r.buttons}
        return "\n\n".join(reply.text for reply in turn.replies)

    def _turn(self, incoming: Incoming) -> Turn:
        facts: dict[Need, Any] = {}
        while True:
            now = self.clock()
            try:
                turn = self.engine.try_turn(self.conversation, incoming, now, facts)
                return turn or self.engine.take_turn(self.conversation, incoming, UNSURE, now, facts)
            except FactsNeeded as error:
                facts[error.need] = self.record.answer(error.need, now)


Setup = Callable[[House, FakeRecord], None]
PARKS = ("safer parks", "Rugby", "16", "no", "1 3", "because it is dark there", "send")
PARKS_CHANGED = ("safer parks", "[Change my answers]", "change 4", "2", "send")


def nothing(house: House, record: FakeRecord) -> None:
    pass


def codes_of_others(house: House, record: FakeRecord) -> None:
    """Another chat's report and codes, and invitations by staff: good, too old and used."""
    other = Chat(house, OTHER, "sms")
    for words in REPORT:
        other.press(words.strip("[]")) if words.startswith("[") else other.say(words)
    house.source_number_starts_anew()
    now, later = house.clock(), house.clock() + timedelta(hours=1)

    def make(tx: Transaction) -> None:
        [report] = tx.submissions.of_person(other.kept.person_id)
        theirs: dict[str, Any] = {"person_id": other.kept.person_id, "expires_at": later, "now": now}
        staffs: dict[str, Any] = {"person_id": None, "subject": "custody_visitor", "now": now}
        tx.codes.make("join", JOINED, subject=None, **theirs)
        tx.codes.make("status", PROVED, subject=report.id, **theirs)
        tx.codes.make("invite", INVITED, expires_at=later, **staffs)
        tx.codes.make("invite", OLD, expires_at=now, **staffs)
        used = tx.codes.make("invite", USED, expires_at=later, **staffs)
        assert tx.codes.use(used, other.kept.person_id, now)

    house.write(make)
    holds = read(house, other, PersonNeeded())
    record.codes = {
        JOINED: KeptCode(JOINED, "join", holds=holds),
        PROVED: KeptCode(PROVED, "status", "a report", submission=holds.submissions[0]),
        INVITED: KeptCode(INVITED, "invite", "custody_visitor"),
        OLD: KeptCode(OLD, "invite", "custody_visitor", expires_at=now),
        USED: KeptCode(USED, "invite", "custody_visitor", used=True),
    }


def a_group_and_neighbours(house: House, record: FakeRecord) -> None:
    """Three members on the road, one of them paused, and a group of one scheme with a coordinator."""

    def make(tx: Transaction) -> str:
        group = tx.local_groups.add("neighbourhood", "Mill Lane", *RENT, house.clock())
        for number in range(3):
            address = f"+44770090050{number}"
            kept = tx.conversations.open("sms", address, house.key(address, "sms"), house.clock())
            joined = tx.memberships.join(
                kept.person_id, "neighbourhood", "member", postcode="cv346ph", delivery={}, now=house.clock()
            )
            if number == 0:
                tx.local_groups.set_coordinator(group, kept.person_id)
                tx.memberships.pause(joined, kept.person_id, house.clock() + timedelta(days=1), house.clock())
        return group

    group = house.write(make)
    record.near = {"neighbourhood": NearFacts(2, group, "Mill Lane", True)}


def an_open_consultation(house: House, record: FakeRecord, anonymity: str = "pseudonymous") -> None:
    file = a_consultation(anonymity=anonymity)
    house.engine.content = with_consultations(house.engine.content, file)
    told = file.model_dump(mode="json")
    house.write(lambda tx: tx.consultations.open("parks", 1, told, "0" * 64, "ada", house.clock()))
    record.consultations = (OpenConsultation("parks", 1),)


def an_anonymous_one(house: House, record: FakeRecord) -> None:
    an_open_consultation(house, record, "anonymous")


TALKS: dict[str, tuple[ChannelName, Setup, tuple[str, ...]]] = {
    "a report with news": (ChannelName.SMS, nothing, (*REPORT, "status")),
    "a consent taken back": (
        ChannelName.SMS,
        nothing,
        (
            *REPORT,
            "mydata",
            "[What I agreed to]",
            "[your report, 03/11/2026]",
            "mydata",
            "[What I agreed to]",
        ),
    ),
    "a watch joined, paused, taken up, changed and left": (
        ChannelName.TELEGRAM,
        nothing,
        (
            *SIGN_UP,
            *("my watch", "neighbourhood", "pause", "month", "send"),
            *("my watch", "neighbourhood", "end pause", "send"),
            *("my watch", "neighbourhood", "news", "urgent", "send"),
            *("my watch", "neighbourhood", "moved", "CV32 5AA", "send"),
            *("my watch", "horse", "leave", "send"),
        ),
    ),
    "a watch joined twice": (ChannelName.TELEGRAM, a_group_and_neighbours, (*SIGN_UP, *SIGN_UP)),
    "news by another phone": (ChannelName.WEB, nothing, (*WEB_SIGN_UP, "<the code texted>")),
    "a coordinator hands over": (
        ChannelName.TELEGRAM,
        nothing,
        (
            *("join watch", "18", "neighbourhood", "Sam Patel, CV34 6PH", "coordinator", "yes", "send"),
            *("my watch", "hand over", "send"),
        ),
    ),
    "alerts off and on": (ChannelName.SMS, nothing, ("stop alerts", "stop alerts", "start alerts")),
    "one's own code": (ChannelName.WEB, nothing, ("join chats", "<the code shown>", "undo")),
    "two chats joined and parted": (ChannelName.TELEGRAM, codes_of_others, (JOINED, "undo")),
    "an invitation": (ChannelName.TELEGRAM, codes_of_others, (INVITED, INVITED, OLD, USED)),
    "a report proved": (ChannelName.TELEGRAM, codes_of_others, (PROVED, PROVED)),
    "five wrong codes": (
        ChannelName.WEB,
        codes_of_others,
        (*(make_code("join", n << 22) for n in range(5)), INVITED),
    ),
    "a consultation answered, changed and taken back": (
        ChannelName.TELEGRAM,
        an_open_consultation,
        (*PARKS, "[Tell me the results]", *PARKS_CHANGED, "safer parks", "[Take my answers back]", *PARKS),
    ),
    "an anonymous one": (
        ChannelName.TELEGRAM,
        an_anonymous_one,
        (*PARKS, *PARKS_CHANGED, "TK-0000-000", "safer parks", "[Take my answers back]", *PARKS),
    ),
    "forgotten": (
        ChannelName.WEB,
        nothing,
        (*WEB_SIGN_UP, make_code("join", 5), "stop alerts", "forget me", "yes", "status"),
    ),
}


@pytest.mark.parametrize("talk", TALKS)
def test_both_records_know_the_same_after_every_message(speaking_house: House, talk: str):
    house = speaking_house
    door, setup, said = TALKS[talk]
    fake = FakeChat(house.engine, FakeRecord(), door, house.clock)
    setup(house, fake.record)
    real = Chat(house, {"sms": TEXTER}.get(door, "7"), door)
    told = ""
    for words in said:
        if words.startswith("<"):
            words = latest_code(house) if "texted" in words else told[told.index("JN-") :][:11]
        if words.startswith("["):
            told, imagined = real.press(words[1:-1]), fake.press(words[1:-1])
        else:
            told, imagined = real.say(words), fake.say(words)
        assert told == imagined
        now = house.clock()
        assert plain(read(house, real, PersonNeeded())) == plain(fake.record.answer(PersonNeeded(), now)), (
            words
        )
        near = fake.record.answer(NEAR, now)
        assert read(house, real, NEAR) == {s: near.get(s, NearFacts()) for s in NEAR.schemes}, words
        for code in [*fake.record.codes, make_code("join", 77)]:
            need = CodeNeeded(code)
            assert plain_code(read(house, real, need)) == plain_code(fake.record.answer(need, now)), code
        held = ResponseNeeded("parks", fake.conversation.tickets.get("parks", ""))
        for asked in (ConsultationsNeeded(), held, replace(held, ticket="")):
            assert read(house, real, asked) == fake.record.answer(asked, now), words


def test_the_talks_reach_everything_a_record_can_be_asked(sqlite_house: House):
    """Else two records that always say nothing would be the same."""
    house = House.speaking(sqlite_house.database, sqlite_house.folder)
    seen: list[PersonFacts] = []
    for at, (door, setup, said) in enumerate(TALKS.values()):
        fake = FakeChat(house.engine, FakeRecord(), door, house.clock)
        if setup is codes_of_others and at > list(TALKS).index("two chats joined and parted"):
            continue
        setup(house, fake.record)
        for words in said:
            if not words.startswith("<"):
                fake.press(words[1:-1]) if words.startswith("[") else fake.say(words)
                seen.append(fake.record.answer(PersonNeeded(), house.clock()))
    assert any(p.submissions for p in seen) and any(p.consents for p in seen)
    assert {m.status for p in seen for m in p.memberships} == {"active", "paused"}
    assert {m.news for p in seen for m in p.memberships} >= {"all", "urgent"}
    assert any(p.can_undo_join for p in seen) and any(p.alerts_stopped for p in seen)


def test_doors_of_one_person_are_told(speaking_house: House):
    telegram, texter = Chat(speaking_house), Chat(speaking_house, TEXTER, "sms")
    code = telegram.say("join chats")
    texter.say(code[code.index("JN-") :][:11])
    assert read(speaking_house, texter, PersonNeeded()).doors == ("sms", "telegram")
    assert read(speaking_house, telegram, PersonNeeded()).can_undo_join


def test_days_are_those_of_london_which_in_summer_begin_before_midnight_utc(speaking_house: House):
    house = speaking_house
    night, the_15th = datetime(2027, 6, 14, 23, 30, tzinfo=UTC), date(2027, 6, 15)
    house.clock.pass_seconds((night - house.clock()).total_seconds())
    an_open_consultation(house, FakeRecord())
    chat = Chat(house, TEXTER, "sms")
    for words in REPORT:
        chat.press(words[1:-1]) if words.startswith("[") else chat.say(words)
    given = ResponseGiven("parks", 1, {}, {})
    who = Respondent.of("pseudonymous", chat.kept.person_id, "")
    house.write(lambda tx: tx.responses.give(given, who, "sms", house.clock()))
    person = read(house, chat, PersonNeeded())
    assert [(s.sent_on, s.changed_on) for s in person.submissions] == [(the_15th, the_15th)]
    assert {c.given_on for c in person.consents} == {the_15th}
    assert read(house, chat, ResponseNeeded("parks", "")).response.answered_on == the_15th


def test_half_a_postcode_counts_nobody(speaking_house: House):
    a_group_and_neighbours(speaking_house, FakeRecord())
    chat = Chat(speaking_house)
    chat.say("menu")
    half, nowhere = replace(NEAR, postcode="CV34"), replace(NEAR, postcode="CV34", latitude=None)
    assert read(speaking_house, chat, half)["neighbourhood"].members_on_road == 0
    assert read(speaking_house, chat, half)["neighbourhood"].group_name == "Mill Lane"
    assert read(speaking_house, chat, nowhere)["neighbourhood"] == NearFacts()


def read(house: House, chat: Chat, need: Need) -> Any:
    kept = chat.kept
    with house.database.reading() as tx:
        return read_fact(tx, kept, need, house.clock())


def latest_code(house: House) -> str:
    words = house.bodies()[-1]["text"]
    at = words.index("PH-")
    return words[at : at + 11]


def plain(person: PersonFacts) -> Any:
    """Without ids, and without the order of what happened at one moment."""
    return (
        sorted((m.scheme, m.role, m.status, m.news) for m in person.memberships),
        person.submissions,
        sorted((c.wording, c.form, c.given_on) for c in person.consents),
        *(person.roles, person.can_undo_join, person.alerts_stopped, person.locked),
    )


def plain_code(code: CodeFacts) -> Any:
    """Without ids; what a code is about is one, but for the role of an invitation.

    Whose it is counts for a good one that joins chats.
    """
    subject = code.subject if code.kind == "invite" else bool(code.subject)
    return (
        code.state,
        code.kind,
        subject,
        code.is_own and (code.state, code.kind) == (CodeState.GOOD, "join"),
        code.submission,
    )
