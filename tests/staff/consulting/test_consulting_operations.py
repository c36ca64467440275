"""Staff open, close and type in: what was opened is what is asked and counted, whatever the file says later."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import segno
from consultation_samples import a_consultation, with_consultations

from flows.consultations import Consultation, questionnaire_hash
from flows.content import Content, load_content
from staff.consulting.asked import ask_as_opened, find_changed, read_opened
from staff.consulting.checking import check_file, find_file
from staff.consulting.entering import EntryFault, enter, read_rows
from staff.consulting.links import deep_link, write_qr
from staff.consulting.operations import ConsultationDesk
from staff.errors import StaffError
from storage.database import Database

ROOT = Path(__file__).parents[3]
CONTENT = load_content(ROOT / "flows", ROOT / "county")
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ADA = "ada"
ROW = {
    "number": "17",
    "home": "Rugby",
    "age": "from_16",
    "police": "no",
    "first": "lights; paths",
    "why": "It is dark",
}


def later(**time: float) -> datetime:
    return NOON + timedelta(**time)


def desk(database: Database, *files: Consultation) -> ConsultationDesk:
    return ConsultationDesk(database, content(*files))


def content(*files: Consultation) -> Content:
    return with_consultations(CONTENT, *(files or (a_consultation(),)))


def opened(database: Database, **different: Any) -> Content:
    file = a_consultation(**different)
    desk(database, file).open("parks", actor=ADA, now=NOON)
    return content(file)


def reworded(version: int = 1) -> Consultation:
    other = a_consultation().model_dump(mode="json")
    other["questions"][3]["ask"] = "What matters most?"
    return Consultation.model_validate(other | {"version": version})


def test_the_real_ones_open_as_they_are_and_are_read_again(sqlite_database: Database):
    for each in CONTENT.consultations.values():
        now = datetime(each.opens.year, each.opens.month, each.opens.day, 12, tzinfo=UTC)
        ConsultationDesk(sqlite_database, CONTENT).open(each.id, actor=ADA, now=now)
    with sqlite_database.reading() as tx:
        kept = tx.consultations.all_current()
        assert len(kept) == len(CONTENT.consultations) >= 3
        for each in kept:
            assert questionnaire_hash(read_opened(each)) == each.questionnaire_hash
        assert find_changed(CONTENT, kept) == ()
        assert ask_as_opened(CONTENT, kept) is CONTENT


def test_opening_and_closing_are_in_the_audit_and_in_the_list(database: Database):
    at = desk(database)
    [before] = at.list(now=NOON)
    assert (before.state, before.responses, before.changed) == ("not_open", 0, False)
    at.open("parks", actor=ADA, now=NOON)
    assert at.list(now=later(days=-90))[0].state == "ready"
    enter(database, content(), "parks", "paper", [ROW], actor=ADA, now=NOON)
    [row] = at.list(now=later(hours=1))
    assert (row.state, row.responses, row.opened_by, row.version) == ("open", 1, ADA, 1)
    assert at.close("parks", actor=ADA, now=later(days=1)) == 1
    assert at.list(now=later(days=1))[0].state == "closed"
    with database.reading() as tx:
        verbs = [entry.action for entry in reversed(tx.audit.latest(9))]
        assert verbs == ["consultation.opened", "responses.entered", "consultation.closed"]
    with pytest.raises(StaffError, match="closed already, on 27/11/2026"):
        at.close("parks", actor=ADA, now=later(days=2))


@pytest.mark.parametrize(
    ("file", "new_version", "told"),
    [
        (a_consultation(), False, "open already, as version 1, and its file says the same"),
        (reworded(), False, "file says something else now.*put version: 2"),
        (reworded(), True, "Put version: 2 into the file of parks first; it says 1"),
        (a_consultation(version=2, anonymity="anonymous"), True, "was opened as pseudonymous"),
        (a_consultation(version=2, closes=date(2026, 11, 25)), True, "closed on 25/11/2026"),
    ],
    ids=["twice", "changed", "same number", "another level", "over"],
)
def test_what_is_open_is_not_opened_otherwise(
    sqlite_database: Database, file: Consultation, new_version: bool, told: str
):
    opened(sqlite_database)
    with pytest.raises(StaffError, match=told):
        desk(sqlite_database, file).open("parks", new_version=new_version, actor=ADA, now=NOON)
    with sqlite_database.reading() as tx:
        assert [v.version for v in tx.consultations.versions("parks")] == [1]


def test_a_changed_file_is_asked_as_it_was_opened_until_it_is_a_new_version(sqlite_database: Database):
    opened(sqlite_database)
    put_off = reworded().model_copy(update={"closes": date(2027, 1, 15)})
    files = content(put_off)
    assert desk(sqlite_database, put_off).list(now=NOON)[0].changed
    with sqlite_database.reading() as tx:
        kept = tx.consultations.all_current()
    asked = ask_as_opened(files, kept)
    assert asked.forms["ask_parks"].get_field("first").ask == "What should come first?"
    assert asked.consultations["parks"].closes == date(2027, 1, 15)
    gone = ask_as_opened(with_consultations(CONTENT), kept)
    assert gone.forms["ask_parks"] == content().forms["ask_parks"]

    second = reworded(version=2)
    desk(sqlite_database, second).open("parks", new_version=True, actor=ADA, now=later(days=1))
    with sqlite_database.reading() as tx:
        assert ask_as_opened(content(second), tx.consultations.all_current()) == content(second)
        assert [v.closed_at is None for v in tx.consultations.versions("parks")] == [False, True]


def test_answers_on_paper_are_read_and_marked(database: Database):
    files = opened(database)
    rows = [ROW, {**ROW, "number": "18", "home": "CV34", "age": "40", "first": "More patrols", "why": ""}]
    done = enter(database, files, "parks", "paper", rows, actor=ADA, now=NOON)
    assert (done.new, done.changed) == (2, 0)
    again = enter(database, files, "parks", "paper", [{**ROW, "police": "yes"}], actor=ADA, now=later(days=1))
    assert (again.new, again.changed) == (0, 1)
    # The same number of another pile is another person.
    assert enter(database, files, "parks", "phone", [ROW], actor=ADA, now=NOON).new == 1
    with database.reading() as tx:
        kept = {(r.channel, r.district, r.is_police): r for r in tx.responses.stream("parks")}
        assert set(kept) == {
            ("paper", "rugby", True),
            ("paper", "warwick", False),
            ("phone", "rugby", False),
        }
        assert kept["paper", "rugby", True].answers["first"] == ["lights", "paths"]
        assert {r.entered_by for r in kept.values()} == {ADA} and {r.age_band for r in kept.values()} == {
            "from_16"
        }
        assert [texts for _, _, texts in tx.responses.texts("parks")] == [{"why": "It is dark"}] * 2


def test_one_fault_and_nothing_is_entered(sqlite_database: Database):
    files = opened(sqlite_database)
    wrong = [
        {**ROW, "first": "lights, paths, patrols", "colour": "red"},
        {**ROW, "age": "ancient"},
        {**ROW, "number": "19", "first": ""},
        {**ROW, "number": "20", "age": "under_16"},
        {**ROW, "number": ""},
        {**ROW, "number": "21", "language": "the one of my mother"},
    ]
    with pytest.raises(EntryFault) as fault:
        enter(sqlite_database, files, "parks", "paper", wrong, actor=ADA, now=NOON)
    assert fault.value.faults == [
        "column colour: there is no such question",
        "row 2, first: 1 to 2 of lights, patrols, paths, dont_know, with commas",
        "row 3, number: the same as in row 2",
        "row 3, age: one of under_16, from_16",
        "row 4, first: an answer is needed",
        "row 5: with such answers nothing is kept; leave the row out",
        "row 6, number: what is written on the paper, at most 40 characters",
        "row 7, language: its letters, such as en or pl",
    ]
    assert "ancient" not in str(fault.value)
    with sqlite_database.reading() as tx:
        assert tx.responses.count("parks") == 0


def test_paper_waits_for_opening_and_ends_with_closing(sqlite_database: Database):
    files = content()
    with pytest.raises(StaffError, match="was never opened"):
        enter(sqlite_database, files, "parks", "paper", [ROW], actor=ADA, now=NOON)
    opened(sqlite_database)
    with pytest.raises(StaffError, match="opens on 01/10/2026"):
        enter(
            sqlite_database,
            files,
            "parks",
            "paper",
            [ROW],
            actor=ADA,
            now=datetime(2026, 9, 30, 22, 59, tzinfo=UTC),
        )
    # Posted in time, typed after the last day.
    assert enter(sqlite_database, files, "parks", "paper", [ROW], actor=ADA, now=later(days=40)).new == 1
    desk(sqlite_database).close("parks", actor=ADA, now=later(days=41))
    with pytest.raises(StaffError, match="is closed"):
        enter(sqlite_database, files, "parks", "paper", [ROW], actor=ADA, now=later(days=42))
    with pytest.raises(StaffError, match="email is no source"):
        enter(sqlite_database, files, "parks", "email", [ROW], actor=ADA, now=NOON)


@dataclass
class Meanwhile:
    """A record to which something happens between what is read of it and what is written."""

    record: Database
    happens: Callable[[], object]

    def reading(self) -> Any:
        return self.record.reading()

    def run_blocking(self, work: Callable[..., Any]) -> Any:
        self.happens()
        return self.record.run_blocking(work)


@pytest.mark.parametrize("closes", [True, False], ids=["closed", "opened anew"])
def test_rows_are_read_before_anything_is_held_and_kept_only_where_it_is_still_so(
    sqlite_database: Database, closes: bool
):
    files = opened(sqlite_database)

    def change() -> None:
        if closes:
            desk(sqlite_database).close("parks", actor=ADA, now=NOON)
        else:
            desk(sqlite_database, reworded(2)).open("parks", new_version=True, actor=ADA, now=NOON)

    unread = Meanwhile(sqlite_database, lambda: pytest.fail("rows with faults came to the record"))
    with pytest.raises(EntryFault):
        enter(unread, files, "parks", "paper", [{**ROW, "age": "x"}], actor=ADA, now=NOON)
    record = Meanwhile(sqlite_database, change)
    with pytest.raises(StaffError, match="is closed" if closes else "Another version"):
        enter(record, files, "parks", "paper", [ROW], actor=ADA, now=NOON)
    with sqlite_database.reading() as tx:
        assert tx.responses.count("parks") == 0


def test_who_people_on_paper_say_they_are_is_kept_apart(database: Database):
    files = opened(database)
    assert files.equality is not None
    first = files.equality.get_field("sex")
    column = f"equality.{first.id}"
    rows = [{**ROW, "number": str(n), column: first.options[n % 2].value} for n in range(12)]
    assert enter(database, files, "parks", "paper", rows, actor=ADA, now=NOON).equality == 12
    # The same file again, put right or by mistake: nobody is counted twice.
    assert enter(database, files, "parks", "paper", rows, actor=ADA, now=NOON).equality == 0
    with database.reading() as tx:
        assert sorted(row[first.id] for row in tx.equality.rows("parks")) == sorted(r[column] for r in rows)
        asked = {name for response in tx.responses.stream("parks") for name in response.answers}
        assert asked == {"home", "age", "police", "first"}


def test_a_file_of_rows_is_read_whatever_made_it(tmp_path: Path):
    file = tmp_path / "answers.csv"
    file.write_text("\ufeffnumber, first\n1,lights\n2\n", encoding="utf-8")
    typed = [{"number": "1", "first": "lights"}, {"number": "2", "first": ""}]
    assert read_rows(file) == typed
    file.write_text("number;first\n1;lights\n2\n", encoding="utf-8")
    assert read_rows(file) == typed
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StaffError, match="Save it as CSV, in UTF-8"):
        read_rows(file)


def test_the_ledger_holds_what_was_done_and_for_which_theme(sqlite_database: Database):
    at = desk(sqlite_database)
    with pytest.raises(StaffError, match="never opened"):
        at.add_entry("parks", "reach", "A stall", actor=ADA, now=NOON)
    at.open("parks", actor=ADA, now=NOON)
    at.add_entry("parks", "reach", "A stall in Rugby market", actor=ADA, now=NOON)
    at.add_entry("parks", "considered", "Lights first", themes=["t1", "t2"], actor=ADA, now=later(days=1))
    assert [(e.kind, e.data.get("themes")) for e in at.entries("parks")] == [
        ("reach", None),
        ("considered", ["t1", "t2"]),
    ]
    for kind, text, told in (
        ("gossip", "x", "no kind"),
        ("considered", "x", "Which theme"),
        ("reach", " ", "write"),
    ):
        with pytest.raises(StaffError, match=told):
            at.add_entry("parks", kind, text, actor=ADA, now=NOON)


def test_a_posters_code_leads_into_the_consultation(tmp_path: Path):
    file = a_consultation()
    link = deep_link(file, "web", public_url="https://door.example/")
    assert link == "https://door.example/?start=ask_parks"
    assert deep_link(file, "telegram", telegram_bot="@Door") == "https://t.me/Door?start=ask_parks"
    assert deep_link(file, "sms", number="+447700900000") == "sms:+447700900000?body=safer%20parks"
    for door in ("web", "telegram", "sms", "fax"):
        with pytest.raises(StaffError):
            deep_link(file, door)
    modules = write_qr(link, tmp_path / "qr.svg")
    drawn = (tmp_path / "qr.svg").read_text(encoding="utf-8")
    assert modules == segno.make(link, error="q").symbol_size(border=0)[0] and "<svg" in drawn
    with pytest.raises(StaffError, match=r"call it qr\.svg"):
        write_qr(link, tmp_path / "qr.png")


def test_one_file_is_checked_by_its_name_or_its_path(tmp_path: Path):
    path = find_file(ROOT, "precept_2027")
    assert path == find_file(ROOT, str(path))
    assert [fault for fault in check_file(ROOT, path, date(2026, 12, 1)) if not fault.is_warning] == []
    with pytest.raises(StaffError, match=r"There are: .*precept_2027"):
        find_file(ROOT, "nothing")
    (tmp_path / "other.yml").write_text("id: other\n", encoding="utf-8")
    with pytest.raises(StaffError, match=r"Put other\.yml into"):
        find_file(ROOT, str(tmp_path / "other.yml"))
