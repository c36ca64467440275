import pytest
from alembic import command
from sqlalchemy import inspect, select, text
from storage_samples import NOW, a_conversation, later

from storage.database import Database, Transaction
from storage.errors import SealBroken
from storage.migrate import alembic_config, migrate
from storage.states import UnansweredStatus
from storage.tables import conversations, unanswered
from storage.vault import Vault

WORDS = "that thing at the green again"
RANKING = [("ask/parking", 0.4), ("help", 0.3)]


def an_unsure(tx: Transaction, words: str = WORDS, seconds: float = 0, id: str = "") -> str:
    return tx.unanswered.add("sms", "unsure", RANKING, later(seconds), text=words, id=id)


def test_words_are_sealed_and_come_back(database: Database) -> None:
    with database.transaction() as tx:
        id = tx.unanswered.add(
            "web", "corrected", RANKING, NOW, text=WORDS, chosen="ask/parking", language="pl", id="a" * 32
        )
        assert id == "a" * 32
        (kept,) = tx.unanswered.latest(9)
        assert (kept.text, kept.chosen, kept.language) == (WORDS, "ask/parking", "pl")
        assert (kept.reason, kept.ranking, kept.status) == ("corrected", tuple(RANKING), "new")
        row = tx.connection.execute(select(unanswered)).one()
        assert WORDS.encode() not in row.text
        assert WORDS not in str(row)


def test_a_message_knows_its_conversation_only_as_long_as_that_is_there(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        tx.unanswered.add("sms", "unsure", RANKING, NOW, text=WORDS, conversation_id=kept.id)
        assert tx.connection.execute(select(unanswered.c.conversation_id)).scalar_one() == kept.id
        tx.connection.execute(conversations.delete())
        assert tx.connection.execute(select(unanswered.c.conversation_id)).scalar_one() is None
        assert tx.unanswered.latest(9)[0].text == WORDS


def test_a_row_says_nothing_else_of_whose_message_it_was(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        an_unsure(tx)
        row = str(tx.connection.execute(select(unanswered)).one())
        for secret in (kept.id, kept.person_id, kept.conversation_key, kept.address):
            assert secret not in row


def test_words_moved_to_another_row_do_not_open(database: Database) -> None:
    with database.transaction() as tx:
        one, other = an_unsure(tx), an_unsure(tx, "other words")
        sealed = tx.connection.execute(select(unanswered.c.text).where(unanswered.c.id == one)).scalar_one()
        tx.connection.execute(unanswered.update().where(unanswered.c.id == other).values(text=sealed))
        with pytest.raises(SealBroken):
            tx.unanswered.latest(9)


def test_a_message_without_words_has_nothing_sealed_and_nothing_to_export(database: Database) -> None:
    with database.transaction() as tx:
        tx.unanswered.add("sms", "no_model", [], NOW)
        assert tx.connection.execute(select(unanswered.c.text)).scalar_one() is None
        assert [m.text for m in tx.unanswered.latest(9)] == [""]
        assert tx.unanswered.waiting() == []


def test_what_is_chosen_later_is_told_of_the_same_message(database: Database) -> None:
    with database.transaction() as tx:
        an_unsure(tx, id="b" * 32)
        again = tx.unanswered.add(
            "sms", "corrected", RANKING, later(60), text=WORDS, chosen="help", id="b" * 32
        )
        (kept,) = tx.unanswered.latest(9)
        assert again == kept.id == "b" * 32
        assert (kept.reason, kept.chosen, kept.text, kept.at) == ("corrected", "help", WORDS, NOW)


@pytest.mark.parametrize("status", [UnansweredStatus.USED, UnansweredStatus.DISMISSED])
def test_words_go_when_a_person_has_dealt_with_them_and_do_not_come_back(
    database: Database, status: UnansweredStatus
) -> None:
    with database.transaction() as tx:
        id = an_unsure(tx, id="c" * 32)
        tx.unanswered.settle(id, status)
        tx.unanswered.add("sms", "corrected", RANKING, NOW, text=WORDS, chosen="help", id=id)
        (kept,) = tx.unanswered.latest(9)
        assert (kept.status, kept.text, kept.chosen) == (status, "", "help")
        assert tx.unanswered.latest(9, UnansweredStatus.NEW) == []
        assert tx.unanswered.waiting() == []


def test_what_waits_is_told_in_order_and_within_a_time(database: Database) -> None:
    with database.transaction() as tx:
        for seconds in (20, 0, 10):
            an_unsure(tx, f"at {seconds}", seconds)
        assert [m.text for m in tx.unanswered.waiting()] == ["at 0", "at 10", "at 20"]
        assert [m.text for m in tx.unanswered.waiting(since=later(10))] == ["at 10", "at 20"]
        assert [m.text for m in tx.unanswered.waiting(until=later(10))] == ["at 0"]
        assert [m.text for m in tx.unanswered.latest(2)] == ["at 20", "at 10"]


def test_ids_are_found_by_their_beginning(database: Database) -> None:
    with database.transaction() as tx:
        for id in ("ab1" + "0" * 29, "ab2" + "0" * 29, "cd" + "0" * 30):
            an_unsure(tx, id=id)
        assert tx.unanswered.ids_beginning("cd") == ["cd" + "0" * 30]
        assert len(tx.unanswered.ids_beginning("ab")) == 2
        assert tx.unanswered.ids_beginning("%") == []
        assert tx.unanswered.ids_beginning("_d") == []


def test_the_board_from_before_is_kept_both_ways(unmigrated_url: str) -> None:
    database = Database(unmigrated_url, Vault("x" * 40))
    migrate(database, "0001")
    with database.transaction() as tx:
        old = "INSERT INTO unanswered (id, at, channel, reason, ranking) VALUES (:id, :at, 'sms', 'unsure', '[]')"
        at = "2026-03-29 00:30:00.000000" if database.is_sqlite else NOW
        tx.connection.execute(text(old), {"id": "old", "at": at})
        tx.commit()
    migrate(database)
    with database.transaction() as tx:
        an_unsure(tx, id="new")
        kept = {m.id: m for m in tx.unanswered.latest(9)}
        assert (kept["old"].text, kept["old"].language, kept["old"].status) == ("", "en", "new")
        assert kept["old"].at == NOW
        assert kept["new"].text == WORDS
        tx.commit()
    config = alembic_config()
    with database.transaction() as tx:
        config.attributes["connection"] = tx.connection
        command.downgrade(config, "0001")
        columns = [column["name"] for column in inspect(tx.connection).get_columns("unanswered")]
        assert columns == ["id", "at", "channel", "reason", "ranking"]
        assert len(tx.connection.execute(text("SELECT id FROM unanswered")).all()) == 2
        assert inspect(tx.connection).get_pk_constraint("unanswered")["name"] == "pk_unanswered"
        tx.commit()
    migrate(database)
    with database.reading() as tx:
        assert {m.id: m.text for m in tx.unanswered.latest(9)} == {"old": "", "new": ""}
    database.dispose()
