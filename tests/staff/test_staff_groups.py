"""The groups of the schemes: added where they are, listed, removed."""

import pytest
from staff_samples import ADA, CONTENT, NOON, a_chat, audit

from staff.errors import StaffError
from staff.groups import Groups
from storage.database import Database


def groups_of(database: Database) -> Groups:
    return Groups(database, CONTENT)


def test_a_group_is_added_by_postcode(database: Database) -> None:
    group = groups_of(database).add("rural", "  Myton  Watch ", "cv344ab", actor=ADA, now=NOON)
    assert (group.scheme, group.name, group.outward, group.district) == (
        "rural",
        "Myton Watch",
        "CV34",
        "warwick",
    )
    assert groups_of(database).list() == (group,)
    assert audit(database) == [(ADA, "group.add", group.id, {"scheme": "rural"})]
    with database.reading() as tx:
        found = tx.local_groups.find_nearest("rural", group.latitude, group.longitude)
    assert found is not None
    assert found[0] == group


def test_a_group_is_added_by_its_point(database: Database) -> None:
    group = groups_of(database).add("speed", "Kenilworth", "52.3490,-1.5800", actor=ADA, now=NOON)
    assert (group.latitude, group.longitude, group.outward) == (52.349, -1.58, None)
    assert group.district == "warwick"


@pytest.mark.parametrize(
    ("scheme", "name", "where", "told"),
    [
        ("nothing", "Myton", "CV34 4AB", "There is no scheme nothing. There are: "),
        ("rural", " ", "CV34 4AB", "a name is needed"),
        ("rural", "x" * 101, "CV34 4AB", "at most 100"),
        ("rural", "Myton", "Warwick", "'Warwick' is no postcode and no point"),
        ("rural", "Myton", "M1 1AE", "outside the county"),
        ("rural", "Myton", "51.5000,-0.1200", "outside the county"),
        ("rural", "MYTON WATCH", "CV34 4AB", "There is a group MYTON WATCH in this scheme already"),
    ],
)
def test_what_cannot_be_added_says_why(sqlite_database: Database, scheme, name, where, told) -> None:
    groups = groups_of(sqlite_database)
    groups.add("rural", "Myton Watch", "CV34 4AB", actor=ADA, now=NOON)
    with pytest.raises(StaffError, match=told):
        groups.add(scheme, name, where, actor=ADA, now=NOON)
    assert len(groups.list()) == len(audit(sqlite_database)) == 1


def test_groups_are_listed_by_name_and_scheme(database: Database) -> None:
    groups = groups_of(database)
    for scheme, name in (("rural", "B"), ("speed", "A"), ("rural", "A")):
        groups.add(scheme, name, "CV34 4AB", actor=ADA, now=NOON)
    assert [group.name for group in groups.list()] == ["A", "A", "B"]
    assert [group.name for group in groups.list("rural")] == ["A", "B"]
    with pytest.raises(StaffError, match="There is no scheme nothing"):
        groups.list("nothing")


def test_a_group_is_removed_and_its_members_stay(database: Database) -> None:
    groups = groups_of(database)
    group = groups.add("rural", "Myton", "CV34 4AB", actor=ADA, now=NOON)
    with database.transaction() as tx:
        person = a_chat(tx).person_id
        tx.memberships.join(person, "rural", "member", group_id=group.id, delivery={}, now=NOON)
        tx.commit()
    groups.remove(group.id, actor=ADA, now=NOON)
    assert groups.list() == ()
    with database.reading() as tx:
        [membership] = tx.memberships.of_person(person)
    assert (membership.scheme, membership.group_id) == ("rural", None)
    assert audit(database)[-1] == (ADA, "group.remove", group.id, {"scheme": "rural"})
    with pytest.raises(StaffError, match="There is no group"):
        groups.remove(group.id, actor=ADA, now=NOON)
