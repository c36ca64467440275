"""Answers to consultations: one for each who answers, nothing beside them that leads to who."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from storage_samples import NOW, a_conversation, days_ago, later

from flows.events import ResponseGiven
from storage.database import Database, Transaction
from storage.errors import SealBroken
from storage.mixing import mix
from storage.responses import ANONYMOUS, IDENTIFIED, NOBODY, PSEUDONYMOUS, Respondent
from storage.retention import RetentionPolicy, purge
from storage.tables import equality_rows, metadata, responses, tickets

TICKET = "TK-7K3F-2QX"


def answered(**different: Any) -> ResponseGiven:
    values: dict[str, Any] = {
        "consultation": "precept",
        "version": 1,
        "answers": {"amount": "fifteen", "services": ["rural", "roads"]},
        "texts": {"why": "More officers on foot in the villages, please"},
        "orders": {"services": ["roads", "rural", "victims"]},
        "district": "rugby",
        "age_band": "25_34",
        "is_police": False,
        "seconds": 80,
    }
    return ResponseGiven(**(values | different))


def open_one(tx: Transaction, name: str = "precept", anonymity: str = PSEUDONYMOUS, version: int = 1) -> None:
    tx.consultations.open(name, version, {"anonymity": anonymity}, "0" * 64, "ada", days_ago(30))


def give(
    tx: Transaction, person: str, anonymity: str = PSEUDONYMOUS, at: float = 0, **different: Any
) -> bool:
    event = answered(**different)
    who = Respondent.of(anonymity, person, event.ticket)
    return tx.responses.give(event, who, "sms", later(at))


def counted(tx: Transaction, name: str = "precept") -> list[dict[str, Any]]:
    return [response.answers for response in tx.responses.stream(name)]


def test_an_answer_changed_later_stays_one(database: Database):
    with database.transaction() as tx:
        open_one(tx)
        assert give(tx, "p1")
        assert not give(tx, "p1", at=3600, answers={"amount": "none"}, texts={}, version=2)
        [one] = tx.responses.stream("precept")
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    assert (one.answers, one.version, one.answered_at, one.changed_at) == (
        {"amount": "none"},
        2,
        hour,
        hour + timedelta(hours=1),
    )
    assert one.orders == {"services": ["roads", "rural", "victims"]} and one.text_index is None


def test_two_taps_at_once_are_one_answer(database: Database):
    database.run_blocking(open_one)

    def tap(at: int) -> bool:
        return database.run_blocking(lambda tx: give(tx, "p1", at=at))

    with ThreadPoolExecutor(4) as pool:
        first = list(pool.map(tap, range(8)))
    with database.reading() as tx:
        assert len(counted(tx)) == first.count(True) == 1


def test_words_are_sealed_in_their_row_and_not_opened_for_counting(database: Database):
    with database.transaction() as tx:
        open_one(tx)
        give(tx, "p1")
        give(tx, "p2", texts={"why": "more OFFICERS on foot, in the villages please!"})
        give(tx, "p3", texts={"why": "no"})
        same, alike, short = sorted(tx.responses.stream("precept"), key=lambda r: str(r.text_index is None))
        assert same.text_index == alike.text_index and short.text_index is None
        assert {words["why"] for _, _, words in tx.responses.texts("precept")} >= {"no"}
        sealed = tx.connection.execute(select(responses.c.id, responses.c.texts)).all()
        assert not any(b"officers" in row.texts for row in sealed)
        tx.connection.execute(
            responses.update().where(responses.c.id == sealed[0].id).values(texts=sealed[1].texts)
        )
        with pytest.raises(SealBroken):
            list(tx.responses.texts("precept"))


def test_only_an_identified_answer_has_its_person(database: Database):
    with database.transaction() as tx:
        person = a_conversation(tx).person_id
        open_one(tx, "plan", IDENTIFIED)
        open_one(tx)
        give(tx, person, IDENTIFIED, consultation="plan")
        give(tx, person)
        kept = dict(tx.connection.execute(select(responses.c.consultation, responses.c.person_id)).all())
        assert kept == {"plan": person, "precept": None}
        # Who asks for their own finds both.
        assert [r.consultation for r in tx.responses.of_person(person)] in (
            ["plan", "precept"],
            ["precept", "plan"],
        )
        assert tx.responses.of_person("somebody else") == []


def test_nothing_leads_from_who_has_a_ticket_to_what_was_answered(database: Database):
    database.run_blocking(lambda tx: open_one(tx, anonymity=ANONYMOUS))
    for number in range(20):
        with database.transaction() as tx:
            person = f"p{number}"
            assert tx.tickets.give("precept", person) and not tx.tickets.give("precept", person)
            assert tx.tickets.had("precept", person) and not tx.tickets.had("precept", f"x{number}")
            told = {"answers": {"number": number}, "seconds": number}
            give(tx, person, ANONYMOUS, ticket=f"{TICKET}{number:02}", at=number, **told)
            tx.equality.add("precept", {"number": number})
            tx.commit()
    assert mix(database) == (0 if database.is_sqlite else 3) and mix(database) == 0
    with database.reading() as tx:
        noted = tx.connection.execute(select(tickets)).mappings().all()
        said = tx.connection.execute(select(responses)).mappings().all()
        values = [{v for v in row.values() if isinstance(v, str)} - {"precept"} for row in noted]
        shown = json.dumps([dict(row) for row in said], default=str)
        assert not any(value in shown for row in values for value in row)
        assert {row["person_id"] for row in said} == {None}
        # The minute would lead to the message; only the day is kept.
        assert {row["answered_at"].time().isoformat() for row in said} == {"00:00:00"}
        assert {row["seconds"] for row in said} == {None}
        assert not written_in_order(tx, "responses", "answers")
        assert not written_in_order(tx, "equality_rows", "answers")
        assert [row["number"] for row in tx.equality.rows("precept")] != list(range(20))
        assert set(equality_rows.c.keys()) == {"id", "consultation", "answers"}
        if not database.is_sqlite:
            query = "SELECT count(DISTINCT xmin::text) FROM {}"
            for table in ("tickets", "equality_rows", "responses"):
                assert tx.connection.execute(text(query.format(table))).scalar_one() == 1


def written_in_order(tx: Transaction, table: str, column: str) -> bool:
    """Whether the database's own place of each row tells which came first."""
    place = "rowid" if tx.connection.dialect.name == "sqlite" else "ctid"
    number = metadata.tables[table].c[column]
    rows = tx.connection.execute(select(number).order_by(text(place))).scalars()
    found = [row["number"] if isinstance(row, dict) else row for row in rows]
    return found == sorted(found)


def test_an_anonymous_answer_is_changed_by_its_ticket_alone(database: Database):
    with database.transaction() as tx:
        open_one(tx, anonymity=ANONYMOUS)
        give(tx, "p1", ANONYMOUS, ticket=TICKET)
        give(tx, "another phone", ANONYMOUS, ticket=TICKET.lower(), answers={"amount": "none"})
        assert counted(tx) == [{"amount": "none"}]
        found = tx.responses.find("precept", Respondent.of(ANONYMOUS, "p9", TICKET))
        assert found is not None and found.texts == answered().texts
        assert tx.responses.of_person("p1") == []
    with pytest.raises(ValueError, match="needs a ticket"):
        Respondent.of(ANONYMOUS, "p1", "")


def test_what_is_taken_back_is_not_counted_and_says_nothing_more(database: Database):
    with database.transaction() as tx:
        open_one(tx)
        who = Respondent.of(PSEUDONYMOUS, "p1", "")
        give(tx, "p1")
        assert tx.responses.withdraw("precept", who, NOW)
        assert not tx.responses.withdraw("precept", who, NOW)
        assert tx.responses.find("precept", who) is None and counted(tx) == []
        row = tx.responses.find_row("precept", who)
        assert row is not None and (row.answers, row.texts, row.district, row.is_police) == (
            {},
            None,
            None,
            None,
        )
        assert not give(tx, "p1", at=60)
        assert counted(tx) == [answered().answers]


def test_opening_a_new_version_closes_the_one_before(database: Database):
    with database.transaction() as tx:
        open_one(tx)
        open_one(tx, version=2)
        open_one(tx, "plan")
        assert tx.consultations.open("plan", 1, {}, "1" * 64, "ada", NOW) is None
        assert [(v.version, v.closed_at is None) for v in tx.consultations.versions("precept")] == [
            (1, False),
            (2, True),
        ]
        assert [(v.consultation, v.version) for v in tx.consultations.all_earlier()] == [("precept", 1)]
        assert [(c.id, c.version, c.closed) for c in tx.consultations.standing()] == [
            ("plan", 1, False),
            ("precept", 2, False),
        ]
        assert tx.consultations.close("precept", "ada", NOW) and not tx.consultations.close(
            "precept", "ada", NOW
        )
        current = tx.consultations.current("precept", hold=True)
        assert current is not None and (current.version, current.closed_by) == (2, "ada")
        assert [c.consultation for c in tx.consultations.all_current()] == ["plan", "precept"]
        assert tx.consultations.current("nothing") is None


def test_many_are_streamed_without_opening_what_is_sealed(sqlite_database: Database):
    plain = {
        "consultation": "precept",
        "version": 1,
        "channel": "web",
        "language": "en",
        "answers": answered().answers,
        "orders": answered().orders,
        "answered_at": NOW,
        "changed_at": NOW,
    }
    with sqlite_database.transaction() as tx:
        rows = [{**plain, "id": f"{n:036}", "respondent_index": f"{n:064}"} for n in range(5_000)]
        tx.connection.execute(insert(responses), rows)
        tx.commit()
    with sqlite_database.reading() as tx:
        assert sum(1 for _ in tx.responses.stream("precept")) == 5_000
        assert tx.responses.count("precept") == 5_000


def test_the_ledger_is_read_in_the_order_it_was_written(database: Database):
    with database.transaction() as tx:
        tx.ledger.add("precept", "decision", {"text": "Fifteen pounds", "themes": ["t1"]}, "ada", later(5))
        tx.ledger.add("precept", "reach", {"text": "A stall in Rugby market"}, "ada", NOW)
        tx.ledger.add("plan", "reach", {"text": "Radio"}, "ada", NOW)
        assert [entry.kind for entry in tx.ledger.entries("precept")] == ["reach", "decision"]
        assert [entry.data["themes"] for entry in tx.ledger.entries("precept", "decision")] == [["t1"]]


@pytest.mark.parametrize("anonymity", [IDENTIFIED, PSEUDONYMOUS])
@pytest.mark.parametrize("newer", ["from", "into"])
def test_joined_doors_have_one_vote_and_parted_ones_have_theirs_back(
    sqlite_database: Database, anonymity: str, newer: str
):
    with sqlite_database.transaction() as tx:
        phone, chat = a_conversation(tx), a_conversation(tx, "7", "telegram")
        people = {"from": phone.person_id, "into": chat.person_id}
        open_one(tx, anonymity=anonymity)
        open_one(tx, "plan", anonymity)
        for name, person in people.items():
            give(tx, person, anonymity, at=3600 * (name == newer), answers={"who": name}, texts={})
        give(tx, people["from"], anonymity, consultation="plan")
        assert tx.joining.join(phone.handle_id, people["into"], later(4000)) is not None
        assert counted(tx) == [{"who": newer}]
        joined = Respondent.of(anonymity, people["into"], "")
        found = tx.responses.find("precept", joined)
        assert found is not None and found.answers == {"who": newer}
        assert tx.responses.find("plan", joined) is not None
        tx.joining.undo(people["into"], later(4100))
        assert sorted(row["who"] for row in counted(tx)) == ["from", "into"]
        for name, person in people.items():
            theirs = tx.responses.find("precept", Respondent.of(anonymity, person, ""))
            assert theirs is not None and theirs.answers == {"who": name}
        assert tx.responses.find("plan", Respondent.of(anonymity, people["from"], "")) is not None


def test_a_joined_person_gets_no_second_ticket(sqlite_database: Database):
    with sqlite_database.transaction() as tx:
        phone, chat = a_conversation(tx), a_conversation(tx, "7", "telegram")
        open_one(tx, anonymity=ANONYMOUS)
        tx.tickets.give("precept", phone.person_id)
        tx.joining.join(phone.handle_id, chat.person_id, later(1))
        assert tx.tickets.had("precept", chat.person_id) and not tx.tickets.had("precept", phone.person_id)
        tx.joining.undo(chat.person_id, later(2))
        assert tx.tickets.had("precept", phone.person_id) and not tx.tickets.had("precept", chat.person_id)


def test_long_after_closing_nobody_is_told_from_an_answer(database: Database):
    with database.transaction() as tx:
        kept = a_conversation(tx)
        for name, anonymity in (("plan", IDENTIFIED), ("precept", PSEUDONYMOUS), ("young", IDENTIFIED)):
            open_one(tx, name, anonymity)
            give(tx, kept.person_id, anonymity, consultation=name)
            tx.results_wanted.add(name, kept.id)
        tx.consultations.close("plan", "ada", days_ago(400))
        tx.consultations.close("precept", "ada", days_ago(400))
        tx.consultations.close("young", "ada", days_ago(300))
        tx.tickets.give("plan", kept.person_id)
        tx.commit()
    counts = purge(database, RetentionPolicy(), later(1))
    assert counts["responses_respondents"] == 2 and counts["tickets"] == 1 and counts["results_wanted"] == 2
    assert purge(database, RetentionPolicy(), later(2))["responses_respondents"] == 0
    with database.reading() as tx:
        rows = {row.consultation: row for row in tx.connection.execute(select(responses))}
        for name in ("plan", "precept"):
            row = rows[name]
            assert row.respondent_index.startswith(NOBODY)
            assert (row.texts, row.text_index, row.person_id) == (None, None, None)
            assert row.answers == answered().answers
        assert rows["young"].person_id == kept.person_id and rows["young"].texts is not None
        assert tx.results_wanted.conversations("young") == [kept.id]


def test_a_chat_is_kept_while_what_it_may_have_answered_is_open(sqlite_database: Database):
    with sqlite_database.transaction() as tx:
        a_conversation(tx)
        open_one(tx)
        tx.commit()
    assert purge(sqlite_database, RetentionPolicy(), later(200 * 86_400))["conversations"] == 0
    sqlite_database.run_blocking(lambda tx: tx.consultations.close("precept", "ada", NOW))
    assert purge(sqlite_database, RetentionPolicy(), later(200 * 86_400))["conversations"] == 1
