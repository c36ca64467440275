from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from storage_samples import NOW, a_conversation, a_report, later

from storage.conversations import KeptConversation
from storage.database import Database, Transaction
from storage.errors import VersionConflict
from storage.tables import handles, joins, memberships, people

DAY = 86_400.0


def member(tx: Transaction, person_id: str, scheme: str = "watch", role: str = "member") -> str:
    return tx.memberships.join(person_id, scheme, role, delivery={}, now=NOW)


def code(tx: Transaction, person_id: str, text: str) -> str:
    expires = {"expires_at": later(60), "now": NOW}
    return tx.codes.make("status", text, person_id=person_id, subject=None, **expires)


def whole(tx: Transaction, person_id: str) -> dict[str, object]:
    """Everything that hangs on a person."""
    return {
        "doors": [kept.id for kept in tx.conversations.of_person(person_id)],
        "submissions": [s.id for s in tx.submissions.of_person(person_id)],
        "memberships": {m.scheme: (m.id, m.role) for m in tx.memberships.of_person(person_id)},
        "consents": [c.id for c in tx.consents.of_person(person_id)],
        "roles": tx.grants.of_person(person_id),
        "groups": [g.id for g in tx.local_groups.of_coordinator(person_id)],
        "codes": tx.codes.live_of(person_id, "status", NOW),
    }


NOTHING: dict[str, object] = {
    "doors": [],
    "submissions": [],
    "memberships": {},
    "consents": [],
    "roles": frozenset(),
    "groups": [],
    "codes": 0,
}


def a_full_person(tx: Transaction, address: str, channel: str = "sms") -> KeptConversation:
    kept = a_conversation(tx, address, channel)
    report = tx.submissions.file(a_report(f"R{address}"), kept, "en", NOW)
    tx.consents.give(kept.person_id, "contact", 1, "en", channel, report, NOW)
    tx.consents.give(kept.person_id, "watch", 1, "en", channel, None, NOW)
    member(tx, kept.person_id)
    tx.grants.give(kept.person_id, "coordinator", "ada", NOW)
    group = tx.local_groups.add("watch", f"G{address}", 52.0, -1.5, NOW)
    tx.local_groups.set_coordinator(group, kept.person_id)
    code(tx, kept.person_id, f"ST-{address * 4}-222")
    return kept


def test_a_door_joins_another_person_with_all_that_hangs_on_it_and_goes_back(database: Database) -> None:
    with database.transaction() as tx:
        old = a_full_person(tx, "1")
        new = a_conversation(tx, "2", "telegram")
        before = whole(tx, old.person_id)
        assert tx.joining.join(old.handle_id, new.person_id, later(1)) is not None
        assert whole(tx, old.person_id) == NOTHING
        joined = whole(tx, new.person_id)
        assert joined | {"doors": sorted(str(d) for d in (old.id, new.id))} == before | {
            "doors": sorted((old.id, new.id))
        }
        assert {kept.id for kept in tx.conversations.of_person(new.person_id)} == {old.id, new.id}
        found = tx.conversations.find_by_id(old.id)
        assert found is not None
        assert found.person_id == new.person_id
        undoable = tx.joining.find_undoable(new.person_id, later(2))
        assert undoable is not None
        assert (undoable.from_person, undoable.handle_id) == (old.person_id, old.handle_id)
        assert tx.joining.undo(new.person_id, later(2)) == [old.handle_id]
        assert whole(tx, old.person_id) == before
        assert whole(tx, new.person_id) == NOTHING | {"doors": [new.id]}
        assert tx.joining.undo(new.person_id, later(3)) == []


def test_what_came_through_the_door_after_the_join_goes_back_with_it(database: Database) -> None:
    with database.transaction() as tx:
        old, new = a_full_person(tx, "1"), a_conversation(tx, "2")
        tx.joining.join(old.handle_id, new.person_id, later(1))
        kept = tx.conversations.find_by_id(old.id)
        assert kept is not None
        later_one = tx.submissions.file(a_report("R9"), kept, "en", later(2))
        tx.joining.undo(new.person_id, later(3))
        assert tx.submissions.of_person(new.person_id) == []
        assert [s.reference for s in tx.submissions.of_person(old.person_id)] == ["R1", "R9"]
        assert tx.submissions.find(later_one).person_id == old.person_id


def test_a_turn_begun_before_a_join_is_taken_anew(database: Database) -> None:
    with database.transaction() as tx:
        old, new = a_conversation(tx, "1"), a_conversation(tx, "2")
        tx.joining.join(old.handle_id, new.person_id, later(1))
        with pytest.raises(VersionConflict):
            tx.conversations.save(old.id, old.conversation, old.version, later(2))


def test_a_place_in_the_same_scheme_is_left_and_taken_up_again_by_undoing(database: Database) -> None:
    with database.transaction() as tx:
        old, new = a_conversation(tx, "1"), a_conversation(tx, "2")
        theirs = member(tx, new.person_id, role="helper")
        mine, farm = member(tx, old.person_id), member(tx, old.person_id, "farm")
        tx.joining.join(old.handle_id, new.person_id, later(1))
        assert whole(tx, new.person_id)["memberships"] == {
            "watch": (theirs, "helper"),
            "farm": (farm, "member"),
        }
        row = tx.connection.execute(select(memberships).where(memberships.c.id == mine)).one()
        assert (row.status, row.left_at, row.person_id) == ("left", later(1), old.person_id)
        tx.joining.undo(new.person_id, later(2))
        assert whole(tx, new.person_id)["memberships"] == {"watch": (theirs, "helper")}
        assert whole(tx, old.person_id)["memberships"] == {
            "watch": (mine, "member"),
            "farm": (farm, "member"),
        }


def test_a_place_long_left_does_not_cost_the_one_still_held(database: Database) -> None:
    with database.transaction() as tx:
        old, new = a_conversation(tx, "1"), a_conversation(tx, "2")
        tx.memberships.leave(member(tx, new.person_id), new.person_id, NOW)
        mine = member(tx, old.person_id)
        tx.joining.join(old.handle_id, new.person_id, later(1))
        assert whole(tx, new.person_id)["memberships"] == {"watch": (mine, "member")}


def test_a_role_once_revoked_does_not_come_back_by_joining(database: Database) -> None:
    with database.transaction() as tx:
        old, new = a_conversation(tx, "1"), a_conversation(tx, "2")
        for role in ("coordinator", "partner"):
            tx.grants.give(old.person_id, role, "ada", NOW)
        tx.grants.give(new.person_id, "partner", "ada", NOW)
        tx.grants.revoke(new.person_id, "partner", NOW)
        tx.grants.revoke(old.person_id, "coordinator", NOW)
        tx.joining.join(old.handle_id, new.person_id, later(1))
        assert tx.grants.of_person(new.person_id) == frozenset()


def test_of_a_person_with_more_doors_only_what_came_through_this_one_moves(database: Database) -> None:
    with database.transaction() as tx:
        old = a_full_person(tx, "1")
        second = a_conversation(tx, "2", "telegram")
        sent = tx.submissions.file(a_report("R2"), second, "en", NOW)
        agreed = tx.consents.give(second.person_id, "contact", 1, "en", "telegram", sent, NOW)
        tx.joining.join(second.handle_id, old.person_id, later(1))
        new = a_conversation(tx, "3", "web")
        before = whole(tx, old.person_id)
        tx.joining.join(second.handle_id, new.person_id, later(2))
        after = whole(tx, new.person_id)
        assert (after["submissions"], after["consents"]) == ([sent], [agreed])
        assert (after["memberships"], after["roles"], after["groups"]) == ({}, frozenset(), [])
        assert [kept.id for kept in tx.conversations.of_person(old.person_id)] == [old.id]
        assert tx.joining.find_undoable(old.person_id, later(3)) is None  # it has moved on since
        assert tx.joining.undo(new.person_id, later(3)) == [second.handle_id]
        assert whole(tx, old.person_id) == before


def test_only_the_latest_join_of_the_last_day_is_undone(database: Database) -> None:
    with database.transaction() as tx:
        new, first, second = (a_conversation(tx, address) for address in "123")
        tx.joining.join(first.handle_id, new.person_id, later(1))
        tx.joining.join(second.handle_id, new.person_id, later(100))
        assert tx.joining.undo(new.person_id, later(DAY + 50)) == [second.handle_id]
        assert tx.joining.undo(new.person_id, later(DAY + 50)) == []
        assert tx.joining.undo(new.person_id, later(DAY + 50), within=timedelta(days=2)) == [first.handle_id]


@pytest.mark.parametrize("what", ["the same person", "no such door", "nobody"])
def test_there_may_be_nothing_to_join(database: Database, what: str) -> None:
    with database.transaction() as tx:
        one = a_conversation(tx)
        handle = "nothing" if what == "no such door" else one.handle_id
        into = "nothing" if what == "nobody" else one.person_id
        assert tx.joining.join(handle, into, NOW) is None
        assert tx.joining.find_undoable(one.person_id, NOW) is None


def test_a_door_joined_twice_at_once_is_joined_once(database: Database) -> None:
    with database.transaction() as tx:
        old, new = a_full_person(tx, "1"), a_conversation(tx, "2")
        before = whole(tx, old.person_id)
        tx.commit()

    def join(_: int) -> str | None:
        return database.run_blocking(lambda tx: tx.joining.join(old.handle_id, new.person_id, later(1)))

    with ThreadPoolExecutor(6) as threads:
        assert len([id for id in threads.map(join, range(6)) if id is not None]) == 1
    with database.transaction() as tx:
        assert tx.connection.execute(select(func.count()).select_from(joins)).scalar_one() == 1
        assert whole(tx, new.person_id)["submissions"] == before["submissions"]
        tx.commit()

    def undo(_: int) -> list[str]:
        return database.run_blocking(lambda tx: tx.joining.undo(new.person_id, later(2)))

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(undo, range(6))) == [[]] * 5 + [[old.handle_id]]
    with database.reading() as tx:
        assert whole(tx, old.person_id) == before


def test_two_people_who_join_each_other_at_once_end_up_with_all_their_doors(database: Database) -> None:
    with database.transaction() as tx:
        one, other = a_conversation(tx, "1"), a_conversation(tx, "2")
        tx.commit()

    def join(pair: tuple[str, str]) -> str | None:
        return database.run_blocking(lambda tx: tx.joining.join(*pair, later(1)))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(join, [(one.handle_id, other.person_id), (other.handle_id, one.person_id)]))
    with database.reading() as tx:
        owners = list(tx.connection.execute(select(handles.c.person_id)).scalars())
        assert set(owners) <= {one.person_id, other.person_id}
        assert tx.connection.execute(select(func.count()).select_from(people)).scalar_one() == 2
