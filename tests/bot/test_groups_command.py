"""`frontdoor groups`: the groups of the schemes, kept by staff."""

import pytest
from desk import Line, audit, now, open_desk, read, run, run_json
from sqlalchemy import update

from storage.database import Database
from storage.tables import local_groups


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Database:
    return open_desk(tmp_path, monkeypatch)


def all_groups(desk: Database):
    return read(desk, lambda tx: tx.local_groups.list())


@pytest.mark.parametrize("word", ["list", "add", "remove"])
def test_each_word_explains_itself(word):
    code, printed = run("groups", word, "--help")
    assert code == 0
    assert "Usage:" in printed


def test_groups_are_added_listed_and_removed(desk):
    code, printed = run("groups", "add", "rural", "Myton [Watch]", "CV34 4AB", "--as", "ada")
    assert code == 0, printed
    [group] = all_groups(desk)
    assert f"Added as {group.id[:8]} in warwick." in printed
    code, printed = run("groups", "list")
    for shown in (group.id[:8], "rural", "Myton [Watch]", "CV34", "52.2800, -1.5800", "1 group(s)."):
        assert shown in printed
    code, printed = run("groups", "remove", group.id[:8])
    assert code == 0, printed
    assert all_groups(desk) == []
    assert audit(desk) == [
        Line("ada", "group.add", group.id),
        Line("operator (command)", "group.remove", group.id),
    ]


def test_json_holds_the_same_rows(desk):
    added = run_json("groups", "add", "speed", "Kenilworth", "52.3490,-1.5800")
    run_json("groups", "add", "rural", "Myton", "CV34 4AB")
    [row] = run_json("groups", "list", "--scheme", "speed")
    assert (row["id"], row["name"], row["latitude"], row["outward"]) == (
        added["id"],
        "Kenilworth",
        52.349,
        None,
    )
    assert run_json("groups", "remove", row["id"]) == {"removed": row["id"]}
    assert [row["name"] for row in run_json("groups", "list")] == ["Myton"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "nothing", "Myton", "CV34 4AB"), "There is no scheme nothing"),
        (("add", "rural", "Myton", "somewhere"), "no postcode and no point"),
        (("add", "rural", "Myton", "M1 1AE"), "outside the county"),
        (("list", "--scheme", "nothing"), "There is no scheme nothing"),
        (("remove", "ffff0000"), "No group begins with ffff0000"),
        (("remove", ""), "No group begins"),
    ],
)
def test_what_is_refused_is_a_sentence(desk, arguments, told):
    code, printed = run("groups", *arguments)
    assert code == 1
    assert told in printed
    assert audit(desk) == []


def test_a_beginning_of_two_ids_removes_neither(desk):
    with desk.transaction() as tx:
        for number in (1, 2):
            id = tx.local_groups.add("rural", f"Group {number}", 52.28, -1.58, now())
            new = update(local_groups).where(local_groups.c.id == id)
            tx.connection.execute(new.values(id=f"aaaa{number}000"))
        tx.commit()
    code, printed = run("groups", "remove", "aaaa")
    assert code == 1
    assert "More than one group begins with aaaa" in printed
    assert len(all_groups(desk)) == 2
