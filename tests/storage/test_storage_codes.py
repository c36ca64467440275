from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update
from storage_samples import NOW, a_conversation, later

from storage.codes import WRONG_TRIES
from storage.database import Database, Transaction
from storage.errors import SealBroken
from storage.tables import codes
from storage.vault import Vault

CODE = "JN-7K3F-2QX"


def made(tx: Transaction, person_id: str | None = None, code: str = CODE, seconds: float = 600) -> str:
    return tx.codes.make("join", code, person_id=person_id, subject="s", expires_at=later(seconds), now=NOW)


def person(tx: Transaction, address: str = "1") -> str:
    return a_conversation(tx, address).person_id


def test_a_code_is_good_once_and_until_its_time_is_over(database: Database) -> None:
    with database.transaction() as tx:
        mine, theirs = person(tx, "1"), person(tx, "2")
        id = made(tx, mine)
        found = tx.codes.find(" jn-7k3f-2qx ", NOW)
        assert (found.state, found.id, found.kind, found.subject) == ("good", id, "join", "s")
        assert (found.person_id, found.expires_at, found.address) == (mine, later(600), None)
        assert tx.codes.find(CODE, later(600)).state == "expired"
        assert not tx.codes.use(id, theirs, later(600))
        assert tx.codes.use(id, theirs, later(599))
        assert not tx.codes.use(id, theirs, later(599))
        used = tx.codes.find(CODE, later(9_999))
        assert (used.state, used.used_at, used.used_by) == ("used", later(599), theirs)


@pytest.mark.parametrize("code", ["JN-7K3F-2QY", "ST-7K3F-2QX", "7K3F2QX", "", "JN-"])
def test_what_was_never_made_is_unknown(database: Database, code: str) -> None:
    with database.transaction() as tx:
        made(tx, person(tx))
        found = tx.codes.find(code, NOW)
        assert (found.state, found.id, found.person_id) == ("unknown", "", None)


def test_of_a_code_used_twice_at_once_one_use_counts(database: Database) -> None:
    with database.transaction() as tx:
        id, people = made(tx), [person(tx, f"{at}") for at in range(8)]
        tx.commit()

    def use(person_id: str) -> bool:
        with database.transaction() as tx:
            won = tx.codes.use(id, person_id, later(1))
            tx.commit()
        return won

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(use, people))
    assert sum(won) == 1
    with database.reading() as tx:
        assert tx.codes.find(CODE, later(2)).used_by == people[won.index(True)]


def test_codes_and_what_they_are_for_cannot_be_read(database: Database) -> None:
    with database.transaction() as tx:
        phone = {"expires_at": later(600), "now": NOW, "person_id": person(tx), "subject": None}
        one = tx.codes.make("phone", CODE, address="+447700900123", **phone)
        other = tx.codes.make("phone", "PH-2222-222", address="+447700900456", **phone)
        assert tx.codes.find(CODE, NOW).address == "+447700900123"
        text = str(tx.connection.execute(select(codes)).all())
        assert "7K3F" not in text
        assert "7700900123" not in text
        swap = select(codes.c.address).where(codes.c.id == other).scalar_subquery()
        tx.connection.execute(update(codes).where(codes.c.id == one).values(address=swap))
        with pytest.raises(SealBroken):
            tx.codes.find(CODE, NOW)


def test_five_wrong_guesses_at_a_code_end_it(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        made(tx, mine)
        made(tx, person(tx, "2"), "JN-2222-222")
        for at in range(WRONG_TRIES):
            assert tx.codes.find(CODE, later(at)).state == "good"
            assert tx.codes.count_wrong("JN-7K3F-999", later(at)) == mine
        assert tx.codes.find(CODE, later(WRONG_TRIES)).state == "expired"
        assert tx.codes.count_wrong("JN-7K3F-999", later(WRONG_TRIES)) is None
        assert tx.codes.find("JN-2222-222", NOW).state == "good"


def test_what_is_no_guess_at_a_live_code_counts_against_none(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        id = made(tx, mine)
        for code in (CODE, "JN-9999-999", "", "rubbish"):
            assert tx.codes.count_wrong(code, NOW) is None
        assert tx.connection.execute(select(codes.c.tries)).scalar_one() == 0
        tx.codes.use(id, mine, NOW)
        assert tx.codes.count_wrong("JN-7K3F-999", NOW) is None


def test_live_codes_of_a_person_are_counted_by_kind(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        made(tx, mine)
        made(tx, mine, "JN-2222-222", seconds=60)
        made(tx, person(tx, "2"), "JN-3333-333")
        tx.codes.use(made(tx, mine, "JN-4444-444"), mine, NOW)
        assert tx.codes.live_of(mine, "join", NOW) == 2
        assert tx.codes.live_of(mine, "join", later(60)) == 1
        assert tx.codes.live_of(mine, "status", NOW) == 0


def test_codes_are_known_after_the_secret_key_was_changed(database: Database, database_url: str) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        made(tx, mine)
        tx.commit()
    changed = Database(database_url, Vault("n" * 40, previous=("a secret that only tests know, 40 letters",)))
    with changed.transaction() as tx:
        assert tx.codes.find(CODE, NOW).state == "good"
        assert tx.codes.count_wrong("JN-7K3F-999", NOW) == mine
    changed.dispose()


def test_wrong_tries_are_counted_by_conversation_and_time(database: Database) -> None:
    with database.transaction() as tx:
        one, other = a_conversation(tx, "1"), a_conversation(tx, "2")
        for seconds in (0, 5, 9):
            tx.tries.add(one.id, "join", later(seconds))
        tx.tries.add(other.id, "reference", later(5))
        assert tx.tries.count(one.id, NOW) == 3
        assert tx.tries.count(one.id, later(5)) == 2
        assert tx.tries.count(other.id, NOW) == 1
