"""Answers to consultations from the chat to the record: once each, only while open, and told at once when it is not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from consultation_samples import a_consultation, with_consultations
from house import Chat, House, real_content
from sqlalchemy import delete

from bot.facts import read_fact
from bot.my_data import as_document, gather
from bot.opened_consultations import AskedAsOpened
from bot.recording_consultations import is_of_nobody
from flows.consultations import Consultation
from flows.conversation import Conversation
from flows.engine import Engine
from flows.events import ResponseGiven
from flows.facts import ConsultationsNeeded, OpenConsultation, ResponseFacts, ResponseNeeded
from flows.turn import Turn
from staff.consulting.codebook_operations import CodebookDesk
from staff.consulting.operations import ConsultationDesk
from storage import tables
from storage.coding import KeptAssignment
from storage.database import Database
from storage.responses import ANONYMOUS, IDENTIFIED, PSEUDONYMOUS, Respondent
from storage.retention import RetentionPolicy, purge
from storage.words_let_go import let_go_of_left

ADA = "ada"
ANSWERS = ("safer parks", "Rugby", "16", "no", "1 3", "because it is dark there", "send")


def a_house(database: Database, folder: Path, **different: Any) -> House:
    content = with_consultations(real_content(), a_consultation(**different))
    house = House.speaking(database, folder, engine=ClosingEngine(content))
    desk(house).open("parks", actor=ADA, now=house.clock())
    return house


def desk(house: House) -> ConsultationDesk:
    return ConsultationDesk(house.database, house.engine.content)


def answers(house: House) -> list[Any]:
    with house.database.reading() as tx:
        return [r.answers["first"] for r in tx.responses.stream("parks")]


def test_an_answer_is_kept_changed_and_taken_back(database: Database, tmp_path: Path):
    house = a_house(database, tmp_path)
    chat = Chat(house)
    assert "We have your answers" in chat.say(*ANSWERS)
    assert answers(house) == [["lights", "paths"]]
    chat.say("safer parks")
    chat.press("Change my answers")
    chat.say("change 4", "2", "send")
    assert answers(house) == [["patrols"]]
    assert house.rows("responses", "district", "age_band", "is_police", "person_id", "channel") == [
        ("rugby", "from_16", False, None, "telegram")
    ]
    chat.say("safer parks")
    chat.press("Take my answers back")
    assert answers(house) == []


@pytest.mark.parametrize("anonymity", [IDENTIFIED, PSEUDONYMOUS, ANONYMOUS])
def test_no_value_of_an_answer_is_one_of_the_chat_it_came_in(
    sqlite_database: Database, tmp_path: Path, anonymity: str
):
    house = a_house(sqlite_database, tmp_path, anonymity=anonymity)
    house.clock.pass_seconds(11)  # a clock that began on the hour would hide what is looked for
    chat = Chat(house)
    for line in (*ANSWERS, "safer parks"):
        house.clock.pass_seconds(29)
        chat.say(line)
    # From "safer parks" to "send": no two messages of the chat lie so far apart as it says.
    took = {IDENTIFIED: 6 * 29, PSEUDONYMOUS: 120, ANONYMOUS: None}
    assert house.rows("responses", "seconds") == [took[anonymity]]
    chat.press("Change my answers")
    chat.say("change 4", "2", "send")
    [response] = house.rows("responses", *(column.name for column in tables.responses.c))
    # All but what says which consultation it is, and what many share.
    shared = {"parks", "telegram", "en", "rugby", "from_16", "None", "{}"}
    told = {str(value) for value in response if not isinstance(value, int)} - shared
    others = set(tables.metadata.tables) - {"responses", "consultations"}
    rows = [tuple(row) for name in others for row in house.rows(name, *tables.metadata.tables[name].c.keys())]
    joined = {str(value) for row in rows for value in row} & told
    assert bool(joined) == (anonymity == IDENTIFIED), joined
    with sqlite_database.reading() as tx:
        verbs = {entry.action for entry in tx.audit.latest(9)} - {"consultation.opened"}
    assert verbs == ({"response.given", "response.changed"} if anonymity == IDENTIFIED else set())


class ClosingEngine(Engine):
    """Staff close the consultation after the turn was worked out, before it is kept."""

    close: Callable[[], object] | None = None

    def try_turn(self, *given: Any) -> Turn | None:
        turn = super().try_turn(*given)
        if self.close is not None and turn and any(isinstance(e, ResponseGiven) for e in turn.events):
            self.close()
        return turn


def test_who_sends_as_it_closes_is_told_at_once_and_not_counted(sqlite_database: Database, tmp_path: Path):
    house = a_house(sqlite_database, tmp_path)
    chat = Chat(house)
    chat.say(*ANSWERS[:-1])
    house.engine.close = lambda: desk(house).close("parks", actor=ADA, now=house.clock())
    assert "closed" in chat.say("send")
    assert answers(house) == []


def test_after_the_closing_day_nothing_is_taken(sqlite_database: Database, tmp_path: Path):
    house = a_house(sqlite_database, tmp_path, closes=date(2026, 11, 3))
    chat = Chat(house)
    chat.say(*ANSWERS[:-1])
    house.clock.pass_seconds(16 * 3600)
    assert "closed" in chat.say("send")
    assert answers(house) == []


def test_of_an_anonymous_answer_nothing_leads_to_who_gave_it(database: Database, tmp_path: Path):
    house = a_house(database, tmp_path, anonymity=ANONYMOUS)
    chat = Chat(house)
    told = chat.say(*ANSWERS)
    ticket = told[told.index("TK-") :][:11]
    assert answers(house) == [["lights", "paths"]]
    [answered_at] = house.rows("responses", "answered_at")
    assert answered_at.hour == answered_at.minute == 0
    # Nor do the words of the chat, in whatever state they lie.
    with database.reading() as tx:
        said = [words for _, _, words in tx.messages.said_in(chat.kept.id, 99)]
        assert len(said) >= 1 and not any("dark" in words or "lights" in words for words in said)
        assert [e.action for e in tx.audit.latest(9)] == ["consultation.opened"]
    payloads = house.rows("inbox", "payload")
    assert payloads[-1] is not None and set(payloads[:-1]) == {None}
    house.write(lambda tx: tx.connection.execute(delete(tables.outbox).where(tables.outbox.c.fleeting)))
    assert not any("dark" in body["text"] for body in house.bodies())
    # Another phone of the same person, joined later, gets no second ticket; the ticket opens it anywhere.
    other = Chat(house, "+447700900123", "sms")
    assert "You answered" in other.say(ticket)
    house.write(
        lambda tx: tx.conversations.save(chat.kept.id, Conversation(), chat.kept.version, house.clock())
    )
    assert "each person answers once" in chat.say("safer parks")
    with database.reading() as tx:
        assert tx.tickets.had("parks", chat.kept.person_id)
        assert tx.responses.find("parks", Respondent.of(ANONYMOUS, "", ticket)) is not None


def test_an_anonymous_answer_that_was_looked_at_and_left_leaves_no_words_either(
    sqlite_database: Database, tmp_path: Path
):
    house = a_house(sqlite_database, tmp_path, anonymity=ANONYMOUS)
    chat = Chat(house)
    for line in ANSWERS:
        house.clock.pass_seconds(7)
        chat.say(line)
    # The time between two messages of a chat would be the time it took.
    assert house.rows("responses", "seconds") == [None]
    chat.say("safer parks")
    assert "dark" in chat.press("Change my answers")
    chat.say("drop", "yes")
    with sqlite_database.reading() as tx:
        assert not any("dark" in words for _, _, words in tx.messages.said_in(chat.kept.id, 99))
    assert answers(house) == [["lights", "paths"]]


def test_the_words_of_an_anonymous_form_left_go_in_a_week_and_it_can_still_be_sent(
    database: Database, tmp_path: Path
):
    house = a_house(database, tmp_path, anonymity=ANONYMOUS)
    chat = Chat(house)
    chat.say(*ANSWERS[:-1])
    named = partial(is_of_nobody, house.engine.content)
    for days, left in ((6, 0), (1, 1), (1, 0)):
        house.clock.pass_seconds(days * 24 * 3600)
        counts = purge(database, RetentionPolicy(), house.clock(), is_of_nobody=named)
        assert counts["left_words"] == left
        with database.reading() as tx:
            said = [words for _, _, words in tx.messages.said_in(chat.kept.id, 99)]
        assert any("dark" in words for words in said) == (days == 6)
    chat.say("send")
    assert answers(house) == [["lights", "paths"]]


@dataclass
class ComingBack:
    """A record in which somebody writes again after the silent chats were found, before any is seen to."""

    record: Database
    come_back: Callable[[], object]

    def reading(self) -> Any:
        return self.record.reading()

    def run_blocking(self, work: Callable[..., bool], id: str) -> bool:
        self.come_back()
        return self.record.run_blocking(work, id)


def test_who_comes_back_in_that_moment_has_not_left(database: Database, tmp_path: Path):
    house = a_house(database, tmp_path, anonymity=ANONYMOUS)
    chat = Chat(house)
    chat.say(*ANSWERS[:-1])
    house.clock.pass_seconds(8 * 24 * 3600)
    week_ago = house.clock() - timedelta(days=7)
    named = partial(is_of_nobody, house.engine.content)
    assert let_go_of_left(ComingBack(database, lambda: chat.say("help")), named, week_ago) == 0
    with database.reading() as tx:
        assert any(words == "help" for _, _, words in tx.messages.said_in(chat.kept.id, 99))


def test_a_chat_with_no_such_form_is_only_read(sqlite_database: Database, tmp_path: Path):
    house = a_house(sqlite_database, tmp_path)
    Chat(house).say(*ANSWERS[:-1])
    house.clock.pass_seconds(8 * 24 * 3600)
    wrote: list[bool] = []
    record = ComingBack(sqlite_database, lambda: wrote.append(True))
    named = partial(is_of_nobody, house.engine.content)
    assert let_go_of_left(record, named, house.clock() - timedelta(days=7)) == 0
    assert not wrote


def test_own_answers_are_shown_with_what_is_held_and_gone_once_forgotten(
    sqlite_database: Database, tmp_path: Path
):
    house = a_house(sqlite_database, tmp_path, anonymity=ANONYMOUS)
    chat = Chat(house)
    chat.say(*ANSWERS)
    by = {"actor": ADA, "now": house.clock()}
    book = CodebookDesk(sqlite_database, "parks", "why")
    for code in ("dark", "lamps", "dogs"):
        book.add(code, f"Name of {code}", "A meaning", **by)
    book.merge("dark", "lamps", **by)
    [id] = house.rows("responses", "id")
    coded = KeptAssignment(id, ("dark",), "Bea", house.clock())
    sqlite_database.run_blocking(lambda tx: tx.coding.assign("why", [coded]))
    with sqlite_database.reading() as tx:
        page = as_document(gather(tx, chat.kept.person_id), house.engine.content, house.clock())
    assert "Name of lamps" in page and not any(other in page for other in ("of dark", "of dogs", "Bea"))
    assert "Safer parks" in page and "because it is dark there" in page and "Better paths" in page
    chat.say("forget me", "yes")
    assert house.count("responses") == house.count("tickets") == 0


def test_who_somebody_says_they_are_is_not_left_in_the_chat(sqlite_database: Database, tmp_path: Path):
    house = a_house(sqlite_database, tmp_path)
    chat = Chat(house)
    chat.say(*ANSWERS)
    chat.press("Tell me the results")
    form = house.engine.content.equality
    chat.press("Questions about me")
    for _ in form.fields:
        told = chat.say("prefer not to say")
        if "check" in told.lower():
            break
    chat.say("send")
    assert house.count("equality_rows") == 1 and house.count("results_wanted") == 1
    with sqlite_database.reading() as tx:
        [row] = tx.equality.rows("parks")
        assert row
        said = [words for _, _, words in tx.messages.said_in(chat.kept.id, 99)]
        assert any("dark" in words for words in said)
        assert not any("prefer not" in words.lower() for words in said)


def test_a_changed_file_is_asked_as_it_was_opened_until_staff_open_it_anew(
    sqlite_database: Database, tmp_path: Path
):
    house = a_house(sqlite_database, tmp_path)
    other = a_consultation().model_dump(mode="json")
    other["questions"][4]["ask"] = "Tell us more."
    files = with_consultations(real_content(), Consultation.model_validate(other))
    asked = AskedAsOpened(sqlite_database)
    house.engine.content = asked.apply(files)
    assert asked.state() == {"consultations_changed_since_opened": ["parks"]}
    chat = Chat(house)
    assert "Why is that?" in chat.say(*ANSWERS[:5])
    mark = asked.mark()
    second = with_consultations(real_content(), Consultation.model_validate(other | {"version": 2}))
    ConsultationDesk(sqlite_database, second).open("parks", new_version=True, actor=ADA, now=house.clock())
    assert asked.mark() != mark
    # Until the files are read again, what was being answered is kept under neither version.
    chat.say(*ANSWERS[5:])
    assert answers(house) == []
    house.engine.content = asked.apply(second)
    assert asked.state() == {}
    assert "Tell us more." in chat.say("send")
    chat.say("it is dark there", "send")
    assert answers(house) == [["lights", "paths"]]
    assert "Tell us more." in Chat(house, "8").say(*ANSWERS[:5])


def test_what_is_said_of_them_costs_one_short_query(sqlite_database: Database, tmp_path: Path):
    house = a_house(sqlite_database, tmp_path)
    chat = Chat(house)
    chat.say("menu")
    with sqlite_database.reading() as tx:
        assert read_fact(tx, chat.kept, ConsultationsNeeded(), house.clock()) == (
            OpenConsultation("parks", 1),
        )
        assert read_fact(tx, chat.kept, ResponseNeeded("nothing"), house.clock()) == ResponseFacts()
