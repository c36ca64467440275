import pytest
from storage_samples import NOW, a_conversation, later

from storage.database import Database, Transaction

WARWICK = (52.2823, -1.5849)


def groups(tx: Transaction) -> dict[str, str]:
    return {
        name: tx.local_groups.add(scheme, name, latitude, longitude, NOW, district="warwick", outward="CV34")
        for name, scheme, latitude, longitude in [
            ("Mill Lane", "watch", 52.2900, -1.5849),  # 0.9 km north
            ("Kenilworth Road", "watch", 52.3400, -1.5849),  # 6.4 km north
            ("Far East", "watch", 52.2823, -1.2000),  # 26 km east, in the latitude box
            ("Farms", "farm", 52.2823, -1.5849),
        ]
    }


def test_groups_are_listed_by_name(database: Database) -> None:
    with database.transaction() as tx:
        ids = groups(tx)
        assert [g.name for g in tx.local_groups.list()] == [
            "Far East",
            "Farms",
            "Kenilworth Road",
            "Mill Lane",
        ]
        (farms,) = tx.local_groups.list("farm")
        assert (farms.id, farms.district, farms.outward, farms.coordinator_id) == (
            ids["Farms"],
            "warwick",
            "CV34",
            None,
        )
        assert tx.local_groups.find(farms.id) == farms
        assert tx.local_groups.find("nothing") is None


@pytest.mark.parametrize(
    ("scheme", "place", "within_km", "name", "km"),
    [
        ("watch", WARWICK, 8.0, "Mill Lane", 0.86),
        ("watch", (52.3300, -1.5849), 8.0, "Kenilworth Road", 1.11),
        ("farm", WARWICK, 8.0, "Farms", 0.0),
        ("watch", WARWICK, 0.5, None, None),
        ("watch", (52.2823, -1.3500), 8.0, None, None),
        ("watch", (52.2823, -1.3500), 11.0, "Far East", 10.2),
        ("river", WARWICK, 8.0, None, None),
    ],
)
def test_the_nearest_group_within_reach_is_found(
    database: Database, scheme: str, place: tuple[float, float], within_km: float, name: str, km: float
) -> None:
    with database.transaction() as tx:
        groups(tx)
        found = tx.local_groups.find_nearest(scheme, *place, within_km=within_km)
        if name is None:
            assert found is None
        else:
            assert found is not None
            assert (found[0].name, found[1]) == (name, pytest.approx(km, abs=0.05))


def test_a_coordinator_is_known_until_somebody_else_is(database: Database) -> None:
    with database.transaction() as tx:
        ids = groups(tx)
        one, other = a_conversation(tx, "1").person_id, a_conversation(tx, "2").person_id
        assert tx.local_groups.set_coordinator(ids["Mill Lane"], one)
        assert tx.local_groups.set_coordinator(ids["Farms"], one)
        assert [g.name for g in tx.local_groups.of_coordinator(one)] == ["Farms", "Mill Lane"]
        assert tx.local_groups.set_coordinator(ids["Farms"], other)
        assert tx.local_groups.set_coordinator(ids["Mill Lane"], None)
        assert tx.local_groups.of_coordinator(one) == []
        assert not tx.local_groups.set_coordinator("nothing", one)


def test_members_stay_when_their_group_goes(database: Database) -> None:
    with database.transaction() as tx:
        ids = groups(tx)
        mine = a_conversation(tx).person_id
        tx.memberships.join(mine, "watch", "member", group_id=ids["Mill Lane"], delivery={}, now=NOW)
        assert tx.local_groups.remove(ids["Mill Lane"])
        assert not tx.local_groups.remove(ids["Mill Lane"])
        (left,) = tx.memberships.of_person(mine)
        assert (left.status, left.group_id) == ("active", None)


def test_a_role_is_held_from_when_it_is_given_until_it_is_revoked(database: Database) -> None:
    with database.transaction() as tx:
        one, other = a_conversation(tx, "1").person_id, a_conversation(tx, "2").person_id
        assert tx.grants.give(one, "coordinator", "staff:ada", NOW)
        assert not tx.grants.give(one, "coordinator", "staff:eve", later(1))
        assert tx.grants.give(one, "partner", "staff:ada", NOW)
        assert tx.grants.of_person(one) == {"coordinator", "partner"}
        assert tx.grants.of_person(other) == frozenset()
        assert not tx.grants.revoke(other, "partner", NOW)
        assert tx.grants.revoke(one, "partner", later(2))
        assert not tx.grants.revoke(one, "partner", later(3))
        assert tx.grants.of_person(one) == {"coordinator"}
        assert tx.grants.give(one, "partner", "staff:eve", later(4))
        assert tx.grants.of_person(one) == {"coordinator", "partner"}
