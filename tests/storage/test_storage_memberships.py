from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from storage_samples import NOW, a_conversation, later

from storage.database import Database, Transaction
from storage.errors import SealBroken
from storage.memberships import Membership
from storage.states import MembershipStatus
from storage.tables import memberships
from storage.vault import Vault

NEWS: dict[str, Any] = {"news": "urgent", "topics": ["theft"], "quiet": "evenings"}
DAY = 86_400.0


def person(tx: Transaction, address: str = "1") -> str:
    return a_conversation(tx, address).person_id


def joined(tx: Transaction, person_id: str, scheme: str = "watch", **different: Any) -> str:
    values: dict[str, Any] = {"postcode": "CV34 6PH", "district": "warwick", "delivery": NEWS, "now": NOW}
    return tx.memberships.join(person_id, scheme, "member", **(values | different))


def the_one(tx: Transaction, person_id: str) -> Membership:
    (found,) = tx.memberships.of_person(person_id)
    return found


def test_a_place_is_kept_with_what_was_told(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        group = tx.local_groups.add("watch", "Mill Lane", 52.28, -1.58, NOW)
        id = joined(tx, mine, group_id=group)
        found = the_one(tx, mine)
        assert (found.id, found.scheme, found.role, found.status) == (id, "watch", "member", "active")
        assert (found.postcode, found.district, found.group_id) == ("CV34 6PH", "warwick", group)
        assert (found.delivery, found.joined_at, found.confirmed_at) == (NEWS, NOW, NOW)
        assert (found.asked_at, found.paused_until, found.left_at) == (None, None, None)


def test_a_postcode_is_sealed_in_its_row(database: Database) -> None:
    with database.transaction() as tx:
        one, other = joined(tx, person(tx, "1")), joined(tx, person(tx, "2"))
        row = tx.connection.execute(select(memberships).where(memberships.c.id == one)).one()
        assert "6PH" not in str(tuple(row))
        swap = select(memberships.c.postcode).where(memberships.c.id == other).scalar_subquery()
        tx.connection.execute(update(memberships).where(memberships.c.id == one).values(postcode=swap))
        with pytest.raises(SealBroken):
            tx.memberships.of_person(person(tx, "1"))


@pytest.mark.parametrize("how", ["left", "paused", "active"])
def test_joining_again_makes_the_same_row_active(database: Database, how: str) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        id = joined(tx, mine)
        tx.memberships.mark_asked(id, later(1))
        if how == "left":
            assert tx.memberships.leave(id, mine, later(2))
            assert tx.memberships.of_person(mine) == []
        if how == "paused":
            assert tx.memberships.pause(id, mine, later(99), later(2))
        again = tx.memberships.join(
            mine, "watch", "helper", postcode="CV31 1AA", delivery={"news": "all"}, now=later(3)
        )
        assert again == id
        found = the_one(tx, mine)
        assert (found.status, found.role, found.postcode, found.district) == (
            "active",
            "helper",
            "CV31 1AA",
            None,
        )
        assert (found.left_at, found.paused_until, found.asked_at) == (None, None, None)
        assert (found.confirmed_at, found.joined_at) == (later(3), later(3) if how == "left" else NOW)


def test_places_are_listed_oldest_first_without_those_left(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        second = joined(tx, mine, "farm", now=later(2))
        first = joined(tx, mine, "watch", now=later(1))
        tx.memberships.leave(joined(tx, mine, "river"), mine, later(3))
        tx.memberships.pause(second, mine, later(9), later(3))
        assert [m.id for m in tx.memberships.of_person(mine)] == [first, second]


def test_only_what_is_named_changes(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        id = joined(tx, mine)
        assert tx.memberships.change(id, mine, later(1), delivery={"news": "digest"}, role="helper")
        found = the_one(tx, mine)
        assert (found.delivery, found.role, found.postcode) == ({"news": "digest"}, "helper", "CV34 6PH")
        assert found.updated_at == later(1)
        moved = {"postcode": "cv311aa", "district": "rugby", "group_id": None}
        assert tx.memberships.change(id, mine, later(2), **moved)
        found = the_one(tx, mine)
        assert (found.postcode, found.district) == ("CV31 1AA", "rugby")
        assert tx.memberships.change(id, mine, later(3), postcode=None)
        assert the_one(tx, mine).postcode is None
        assert tx.memberships.count_near("watch", "CV31 1AA") == 0


def test_a_pause_ends_by_itself_or_when_told(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        id = joined(tx, mine)
        tx.memberships.pause(id, mine, later(60), NOW)
        assert (the_one(tx, mine).status, the_one(tx, mine).paused_until) == ("paused", later(60))
        assert tx.memberships.end_pauses(later(59)) == 0
        assert tx.memberships.end_pauses(later(60)) == 1
        assert (the_one(tx, mine).status, the_one(tx, mine).paused_until) == ("active", None)
        tx.memberships.pause(id, mine, later(120), later(61))
        assert tx.memberships.change(id, mine, later(62), status="active")
        assert the_one(tx, mine).paused_until is None


def test_leaving_by_change_is_leaving(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        id = joined(tx, mine)
        assert tx.memberships.change(id, mine, later(1), status=MembershipStatus.LEFT)
        row = tx.connection.execute(select(memberships)).one()
        assert (row.status, row.left_at) == ("left", later(1))
        with pytest.raises(ValueError, match="gone"):
            tx.memberships.change(id, mine, later(1), status="gone")


def test_nobody_changes_the_place_of_another(database: Database) -> None:
    with database.transaction() as tx:
        mine, theirs = person(tx, "1"), person(tx, "2")
        id = joined(tx, theirs)
        before = the_one(tx, theirs)
        assert not tx.memberships.change(id, mine, later(1), status="left")
        assert not tx.memberships.leave(id, mine, later(1))
        assert not tx.memberships.pause(id, mine, later(9), later(1))
        assert not tx.memberships.confirm(id, mine, later(1))
        assert the_one(tx, theirs) == before


def test_what_was_left_cannot_be_changed(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        id = joined(tx, mine)
        assert tx.memberships.leave(id, mine, NOW)
        assert not tx.memberships.leave(id, mine, later(1))
        assert not tx.memberships.change(id, mine, later(1), status="active")
        assert not tx.memberships.pause(id, mine, later(9), later(1))


def test_members_of_a_road_are_counted_whoever_they_are(database: Database, database_url: str) -> None:
    with database.transaction() as tx:
        for at, (postcode, scheme) in enumerate(
            [("CV34 6PH", "watch"), ("cv346ph", "watch"), ("CV34 6PH", "farm"), ("CV34 6PJ", "watch")]
        ):
            joined(tx, person(tx, f"{at}"), scheme, postcode=postcode)
        gone, resting = person(tx, "gone"), person(tx, "resting")
        tx.memberships.leave(joined(tx, gone), gone, NOW)
        tx.memberships.pause(joined(tx, resting), resting, later(9), NOW)
        assert tx.memberships.count_near("watch", " Cv34  6ph") == 2
        assert tx.memberships.count_near("watch", "CV1 1AA") == 0
        tx.commit()
    changed = Database(database_url, Vault("n" * 40, previous=("a secret that only tests know, 40 letters",)))
    with changed.reading() as tx:
        assert tx.memberships.count_near("watch", "CV34 6PH") == 2
    changed.dispose()


def test_members_are_asked_once_a_year_and_reminded_once(database: Database) -> None:
    with database.transaction() as tx:
        mine = person(tx)
        id = joined(tx, mine)
        resting = person(tx, "2")
        tx.memberships.pause(joined(tx, resting), resting, later(900 * DAY), NOW)
        year = NOW + timedelta(days=365)
        assert tx.memberships.due_for_check(year - timedelta(seconds=1)) == []
        assert [m.id for m in tx.memberships.due_for_check(year)] == [id]
        assert tx.memberships.mark_asked(id, year)
        assert not tx.memberships.mark_asked(id, year)
        assert tx.memberships.due_for_check(year) == []
        month = year + timedelta(days=30)
        assert tx.memberships.due_for_reminder(month - timedelta(seconds=1)) == []
        assert [m.id for m in tx.memberships.due_for_reminder(month)] == [id]
        assert tx.memberships.mark_reminded(id, month)
        assert not tx.memberships.mark_reminded(id, month)
        assert tx.memberships.due_for_reminder(month) == []
        assert tx.memberships.confirm(id, mine, month)
        found = the_one(tx, mine)
        assert (found.confirmed_at, found.asked_at, found.reminded_at) == (month, None, None)
        assert tx.memberships.due_for_check(month + timedelta(days=364)) == []


def test_checks_come_a_few_at_a_time_longest_unconfirmed_first(database: Database) -> None:
    with database.transaction() as tx:
        ids = [joined(tx, person(tx, f"{at}"), now=later(at)) for at in (2, 0, 1)]
        due = tx.memberships.due_for_check(later(400 * DAY), limit=2)
        assert [m.id for m in due] == [ids[1], ids[2]]
