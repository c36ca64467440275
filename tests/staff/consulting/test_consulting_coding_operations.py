"""Free answers on record: themes found and kept, a codebook with versions, coding by file, two coders compared."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from consultation_samples import a_consultation, with_consultations

from flows.content import load_content
from flows.events import ResponseGiven
from nlu.rasa_process import get_python
from staff.consulting.codebook_operations import CodebookDesk
from staff.consulting.coding_files import CodingFault
from staff.consulting.coding_operations import CodingDesk, Which
from staff.consulting.free_answers import read_book
from staff.consulting.operations import ConsultationDesk
from staff.consulting.theme_operations import ThemesFound, find_and_keep_themes
from staff.consulting.themes import Member, Theme, Themes, ThemesFailed
from staff.errors import StaffError
from storage.database import Database, Transaction
from storage.responses import PSEUDONYMOUS, Respondent

ROOT = Path(__file__).parents[3]
CONTENT = with_consultations(load_content(ROOT / "flows", ROOT / "county"), a_consultation())
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ANSWERS = (
    "The path by the canal is dark, ring me on 07700 900123",
    "No lamps on the path at all",
    "=More lamps, please",
    "Dogs run loose",
)


@pytest.fixture
def record(sqlite_database: Database) -> Database:
    ConsultationDesk(sqlite_database, CONTENT).open("parks", actor="ada", now=NOON)

    def answer(tx: Transaction) -> None:
        for number, words in enumerate(ANSWERS):
            given = ResponseGiven("parks", 1, {"first": ["lights"]}, {"why": words})
            tx.responses.give(given, Respondent.of(PSEUDONYMOUS, f"p{number}", ""), "web", NOON)

    sqlite_database.run_blocking(answer)
    return sqlite_database


class FixedFinder:
    """One theme of all that speak of lamps or the dark; notes what it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.before: list[Themes | None] = []

    def __call__(self, root: Path, answers: Any, *, before: Themes | None, say: Any) -> Themes:
        told = dict(answers)
        self.texts, self.before = list(told.values()), [*self.before, before]
        dark = sorted(id for id, text in told.items() if "lamp" in text or "dark" in text)
        members = tuple(Member(id, 1, 0.9) for id in dark)
        theme = Theme("T1", ("lamp", "dark"), tuple(dark), members, (1.0, 0.0))
        return Themes((theme,), tuple(sorted(set(told) - set(dark))))


def find(record: Database, finder: Any) -> ThemesFound:
    return find_and_keep_themes(record, CONTENT, ROOT, "parks", "why", actor="ada", now=NOON, finder=finder)


def book(record: Database) -> CodebookDesk:
    return CodebookDesk(record, "parks", "why")


def desk(record: Database) -> CodingDesk:
    return CodingDesk(record, CONTENT, "parks", "why")


def add(record: Database, code: str = "lights", **different: Any) -> int:
    name = code.title()
    return book(record).add(code, name, f"Says {code}", **({"actor": "ada", "now": NOON} | different))


def exported(record: Database, path: Path) -> list[dict[str, str]]:
    desk(record).export(path, actor="ada", now=NOON)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def take(record: Database, path: Path, lines: list[tuple[str, str]], coder: str, **different: Any) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=different.pop("parted_by", ",")).writerows([("id", "codes"), *lines])
    at = NOON + timedelta(hours=different.pop("hours", 1))
    return desk(record).take(path, coder=coder, actor="ada", now=at, **different)


def test_themes_are_found_in_masked_words_and_kept_for_the_next_run(record: Database):
    finder = FixedFinder()
    found = find(record, finder)
    assert (found.answers, found.rest, found.known) == (4, 1, 0)
    [theme] = found.themes
    assert (theme.size, len(theme.examples)) == (3, 3)
    assert not any("07700" in text for text in (*finder.texts, *theme.examples))
    assert find(record, finder).known == 1
    first, again = finder.before
    assert first is None and again is not None and again.themes[0].id == "T1"
    with record.reading() as tx:
        run = tx.coding.last_run("parks", "why")
        line = tx.audit.latest(1)[0]
        assert run is not None and not any(words in str(run.result) for words in ANSWERS)
        assert (line.action, line.subject) == ("themes.found", "consultation:parks")
        assert (line.detail["answers"], line.detail["themes"], line.detail["rest"]) == (4, 1, 1)


def test_who_takes_it_back_while_themes_are_found_leaves_no_words(record: Database):
    fixed = FixedFinder()

    def finder(*args: Any, **different: Any) -> Themes:
        them = Respondent.of(PSEUDONYMOUS, "p1", "")
        record.run_blocking(lambda tx: tx.responses.withdraw("parks", them, NOON))
        return fixed(*args, **different)

    find(record, finder)
    with record.reading() as tx:
        run = tx.coding.last_run("parks", "why")
    assert run is not None
    [theme] = run.result["themes"]
    assert (theme["label"], len(theme["members"])) == ([], 2)


def test_what_cannot_be_grouped_says_why(record: Database):
    def fails(*_: Any, **__: Any) -> Themes:
        raise ThemesFailed("Rasa's environment .venv-nlu is missing: `make run` sets it up.")

    with pytest.raises(StaffError, match="make run"):
        find(record, fails)
    with pytest.raises(StaffError, match="no question first answered in own words"):
        CodingDesk(record, CONTENT, "parks", "first").look()
    with pytest.raises(StaffError, match="plans was never opened"):
        CodingDesk(record, CONTENT, "plans", "why").look()


def test_a_codebook_grows_by_versions(record: Database):
    find(record, FixedFinder())
    assert add(record, themes=["T1"]) == 1
    assert add(record, "dogs") == 2
    assert book(record).rename("lights", "Street lights", actor="eve", now=NOON) == 3
    parts = [("lamps", "Lamps", "New lamps"), ("dark", "Dark", "Dark paths")]
    assert book(record).split("lights", parts, actor="eve", now=NOON) == 4
    assert book(record).merge("dark", "lamps", actor="eve", now=NOON) == 5
    with record.reading() as tx:
        kept, version = read_book(tx, "parks", "why")
        assert version == 5 and [code.id for code in kept.list_open()] == ["dogs", "lamps"]
        lights = kept.get("lights")
        assert (lights.name, lights.made_by, lights.closed_by, lights.made_at) == (
            "Street lights",
            "ada",
            "eve",
            NOON,
        )
        verbs = [line.action for line in reversed(tx.audit.latest(5))]
    assert verbs == ["code.added", "code.added", "code.renamed", "code.split", "code.merged"]
    for change, told in (
        (lambda: add(record, "dogs"), "choose another name"),
        (lambda: add(record, "None"), "cannot be the id"),
        (lambda: add(record, "cars", themes=["T9"]), "no theme T9. There are: T1"),
        (lambda: book(record).merge("lights", "dogs", actor="eve", now=NOON), "merged or split before"),
    ):
        with pytest.raises(StaffError, match=told):
            change()


def test_answers_are_coded_by_file(record: Database, tmp_path: Path):
    find(record, FixedFinder())
    add(record, themes=["T1"])
    add(record, "dogs")
    rows = exported(record, tmp_path / "out.csv")
    by_words = {row["answer"].lstrip("'=")[:4]: row for row in rows}
    assert by_words["The "]["suggested"] == "lights" and by_words["The "]["themes"] == "T1 lamp dark"
    assert by_words["More"]["answer"].startswith("'=") and "07700" not in str(rows)
    assert {row["codes"] for row in rows} == {""}
    ids = [row["id"] for row in rows]
    file = tmp_path / "in.csv"
    ledger = ConsultationDesk(record, CONTENT)
    ledger.add_entry("parks", "decision", "More lamps in June.", themes=["lights"], actor="ada", now=NOON)
    with pytest.raises(StaffError, match=r"no code or theme light\. There are: lights, dogs, T1"):
        ledger.add_entry("parks", "decision", "More lamps.", themes=["light"], actor="ada", now=NOON)
    lines = [(ids[0], "Lights; dogs"), (ids[1], "none"), (ids[2], "")]
    assert take(record, file, lines, "Bea", parted_by=";") == 2
    state = desk(record).look()
    assert state.standings["coded"] == 2 and state.coders == {"Bea": 2}
    assert {each.code: each.coded for each in state.codes} == {"lights": 1, "dogs": 1}
    with pytest.raises(CodingFault) as fault:
        take(record, file, [(ids[0], "cats"), ("nobody", "dogs"), (ids[0], "dogs")], "Bea")
    assert fault.value.faults == [
        'line 2, codes: There is no code "cats". There are: lights, dogs.',
        "line 3, id: no such answer, or it was taken back meanwhile",
        "line 4, id: the same as in line 2",
    ]
    assert desk(record).look() == state


def test_two_coders_are_compared_and_what_they_differ_over_is_settled(record: Database, tmp_path: Path):
    add(record)
    add(record, "dogs")
    rows = exported(record, tmp_path / "out.csv")
    ids = [row["id"] for row in rows]
    file = tmp_path / "in.csv"
    take(record, file, [(id, "lights" if at < 2 else "dogs") for at, id in enumerate(ids)], "Bea")
    with pytest.raises(StaffError, match="There are: Bea"):
        desk(record).compare(actor="ada", now=NOON)
    take(record, file, [(id, "lights" if at < 1 else "dogs") for at, id in enumerate(ids)], "Cy", hours=2)
    report = desk(record).compare(actor="ada", now=NOON)
    assert (report.one, report.other, report.both) == ("Bea", "Cy", 4)
    found = report.codes["lights"]
    assert found.agreed == 3 and found.kappa == pytest.approx(0.5) and found.low is not None
    sizes = {
        which: desk(record).export(tmp_path / "some.csv", which, actor="ada", now=NOON) for which in Which
    }
    assert list(sizes.values()) == [4, 0, 4, 1, 0]
    [dispute] = report.disputes
    assert dispute.answer == ids[1] and report.answers == {ids[1]: rows[1]["answer"].removeprefix("'")}
    take(record, file, [(ids[1], "lights")], "Bea and Cy", hours=3, settles=True)
    report = desk(record).compare(actor="ada", now=NOON)
    assert report.disputes == () and report.codes["lights"].agreed == 3
    assert desk(record).look().standings["settled"] == 1


@pytest.mark.slow
@pytest.mark.skipif(not get_python(ROOT).is_file(), reason="no .venv-nlu: `make test` sets it up")
def test_the_real_finder_reads_the_record(record: Database):
    steps: set[str] = set()
    found = find_and_keep_themes(
        record,
        CONTENT,
        ROOT,
        "parks",
        "why",
        actor="ada",
        now=NOON,
        say=lambda step, done, of: steps.add(step),
    )
    assert found.answers == 4 and steps >= {"masking", "reading", "grouping"}
