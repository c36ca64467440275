import pytest
from sqlalchemy import select, update
from storage_samples import NOW, a_conversation, later

from storage.database import Database, Transaction
from storage.errors import SealBroken
from storage.tables import pushes

REPLY = {"text": "Your report was passed on.", "buttons": []}


def add(tx: Transaction, key: str, due: float = 0, address: str = "1", kind: str = "update") -> bool:
    return tx.pushes.add(key, a_conversation(tx, address).id, kind, REPLY, later(due), NOW)


def test_a_push_is_made_once_and_due_when_its_time_comes(database: Database) -> None:
    with database.transaction() as tx:
        assert add(tx, "b", due=60)
        assert add(tx, "a", due=30)
        assert not add(tx, "a", due=0)
        assert tx.pushes.due(later(29), 10) == []
        assert [push.key for push in tx.pushes.due(later(60), 10)] == ["a", "b"]
        (push,) = tx.pushes.due(later(60), 1)
        assert (push.reply, push.kind, push.due_at, push.made_at) == (REPLY, "update", later(30), NOW)
        assert push.conversation_id == a_conversation(tx, "1").id


@pytest.mark.parametrize("state", ["promised", "dropped"])
def test_a_settled_push_is_settled_once_and_holds_no_words(database: Database, state: str) -> None:
    with database.transaction() as tx:
        add(tx, "a")
        (push,) = tx.pushes.due(NOW, 10)
        assert tx.pushes.settle(push.id, state, later(1), error="e" * 99)
        assert not tx.pushes.settle(push.id, "promised", later(2))
        assert tx.pushes.due(later(9), 10) == []
        row = tx.connection.execute(select(pushes)).one()
        assert (row.state, row.reply, row.settled_at, row.error) == (state, None, later(1), "e" * 60)
        assert not add(tx, "a")


def test_a_push_is_not_settled_as_waiting(database: Database) -> None:
    with database.transaction() as tx, pytest.raises(ValueError, match="promised or dropped"):
        tx.pushes.settle(1, "waiting", NOW)


def test_what_waits_for_a_conversation_can_be_dropped(database: Database) -> None:
    with database.transaction() as tx:
        for key, kind in (("a", "update"), ("b", "check"), ("c", "code"), ("d", "answer")):
            add(tx, key, kind=kind)
        add(tx, "other", address="2")
        mine = a_conversation(tx, "1").id
        tx.pushes.settle(tx.pushes.due(NOW, 1)[0].id, "promised", NOW)
        assert tx.pushes.drop_waiting(mine, later(1), kinds=("check", "update")) == 1
        assert [push.key for push in tx.pushes.due(later(1), 10)] == ["c", "d", "other"]
        assert tx.pushes.drop_waiting(mine, later(1)) == 2
        assert [push.key for push in tx.pushes.due(later(1), 10)] == ["other"]


def test_words_to_be_sent_are_sealed_in_their_row(database: Database) -> None:
    with database.transaction() as tx:
        add(tx, "a")
        add(tx, "b")
        assert "passed on" not in str(tx.connection.execute(select(pushes)).all())
        swap = select(pushes.c.reply).where(pushes.c.key == "b").scalar_subquery()
        tx.connection.execute(update(pushes).where(pushes.c.key == "a").values(reply=swap))
        with pytest.raises(SealBroken):
            tx.pushes.due(NOW, 10)
