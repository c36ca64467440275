"""Whoever keeps all that ever leaves the house, and takes one day's from another's, learns of nobody."""

import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from consultation_samples import a_consultation, with_consultations
from consulted_people import keep_answers
from sqlalchemy import update

from bot.consultation_ledger_page import render_ledger
from bot.consultation_results_page import render_results
from flows.content import load_content
from staff.consulting.codebook_operations import CodebookDesk
from staff.consulting.findings import ConsultationFindings
from staff.consulting.operations import ConsultationDesk
from staff.consulting.other_versions import find_other_versions
from staff.consulting.said_by_theme import tell_again
from staff.errors import StaffError
from staff.small_numbers import PEOPLE
from storage.coding import KeptAssignment
from storage.database import Database
from storage.tables import responses

ROOT = Path(__file__).parents[3]
COUNTY = ROOT / "county"
CONTENT = load_content(ROOT / "flows", COUNTY)
NAMES = CONTENT.gazetteer.district_names
SURVEY = a_consultation()
BEGUN = datetime(2026, 12, 10, 12, tzinfo=UTC)
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>")
BY_DOOR = re.compile(r"Answers of the public, by door.*?</table>", re.DOTALL)
IN_TENS = re.compile(r"(?:About \d*0|Fewer than 10|No) people of the public answered")


@dataclass
class Outside:
    """Somebody who asks for everything on every day, and keeps it."""

    database: Database
    folder: Path
    now: datetime = BEGUN
    pages: list[str] = field(default_factory=list)
    ledgers: list[str] = field(default_factory=list)
    data: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        content = with_consultations(CONTENT, SURVEY)
        self.desk = ConsultationDesk(self.database, content)
        self.findings = ConsultationFindings(self.database, content, COUNTY, NAMES)

    def ask(self) -> None:
        """The ledger; and, where the house gives them, the page, and open data with it and without."""
        self.now += timedelta(days=1)
        self.ledgers.append(render_ledger(self.findings.ledger("parks"), BEGUN))
        self._take_data()
        figures = self.findings.results("parks")
        page = render_results(figures.results, BEGUN, public=True)
        try:
            self.findings.publish("parks", figures, page, actor="ada", now=self.now)
        except StaffError:
            return
        self.pages.append(page)
        self._take_data()

    def _take_data(self) -> None:
        folder = self.folder / f"{self.now:%j}"
        try:
            files = self.findings.write_open_data(self.findings.results("parks"), folder)
        except StaffError:
            return
        self.data.append({path.name: path.read_text(encoding="utf-8") for path in files})


def answer(lot: random.Random, database: Database, held: list[int]) -> None:
    """A few come, one goes, one thinks anew: as it may fall out."""
    count = lot.choice((1, 3, 9, 40))
    seed = lot.randrange(10_000)
    match lot.choice(("come", "come", "go", "change")):
        case "come":
            database.run_blocking(lambda tx: keep_answers(tx, SURVEY, count, seed=seed))
            held.append(seed)
        case "go":
            withdraw(database)
        case "change":
            database.run_blocking(lambda tx: keep_answers(tx, SURVEY, 1, seed=held[0]))


def closed_after(answers: int, database: Database, folder: Path) -> Outside:
    """A consultation that so many answered and that is closed."""
    outside = Outside(database, folder)
    outside.desk.open("parks", actor="ada", now=BEGUN)
    database.run_blocking(lambda tx: keep_answers(tx, SURVEY, answers))
    outside.desk.close("parks", actor="ada", now=BEGUN)
    return outside


def withdraw(database: Database) -> None:
    """One of the public counts no longer; after closing this is what joining two doors of one person does."""
    with database.reading() as tx:
        first = next(each.id for each in tx.responses.stream("parks") if not each.is_police)
    aside = update(responses).where(responses.c.id == first).values(withdrawn_at=BEGUN)
    database.run_blocking(lambda tx: tx.connection.execute(aside))


@pytest.mark.parametrize("seed", range(4))
def test_what_one_day_told_less_what_another_told_is_nothing(
    seed: int, sqlite_database: Database, tmp_path: Path
) -> None:
    lot, outside, held = random.Random(seed), Outside(sqlite_database, tmp_path), [seed]
    outside.desk.open("parks", actor="ada", now=BEGUN)
    sqlite_database.run_blocking(lambda tx: keep_answers(tx, SURVEY, lot.choice((25, 90, 150)), seed=seed))
    for _ in range(4):
        outside.ask()
        answer(lot, sqlite_database, held)
    assert not outside.pages and not outside.data, "told while it can still be answered"
    assert all(IN_TENS.search(ledger) for ledger in outside.ledgers)
    assert not any("by door" in ledger for ledger in outside.ledgers)

    outside.desk.close("parks", actor="ada", now=outside.now)
    truth = outside.findings.results("parks").results
    outside.ask()
    for change in (withdraw, flag, decide, withdraw):
        change(sqlite_database)
        outside.ask()
    assert len(outside.pages) == 5 and len(outside.data) == 9, "what it tells was not to be had"
    assert len({tuple(map(tuple, figures_of(page))) for page in outside.pages}) == 1
    assert all(each == outside.data[0] for each in outside.data)
    [doors] = {BY_DOOR.search(ledger)[0] for ledger in outside.ledgers[5:]}
    assert {cell for row in figures_of(doors) for cell in row} <= {
        "All",
        "Door",
        "Answers",
        *map(str, (truth.public, *truth.doors, *truth.door_counts)),
    }
    assert "Lamps in June." in outside.pages[-1]
    # And what stands is what was true when it closed, not less of it for having been asked for before.
    assert truth.public == outside.findings.results("parks").results.public
    assert truth.questions == outside.findings.results("parks").results.questions


def figures_of(page: str) -> list[list[str]]:
    """The cells of all tables of a page."""
    return [CELL.findall(row) for row in page.split("<tr")]


def flag(database: Database) -> None:
    with database.reading() as tx:
        ids = [each.id for each in tx.responses.stream("parks")][:12]
    data = {"group": "abcd", "sign": "burst", "text": "One hand", "responses": ids}
    database.run_blocking(lambda tx: tx.ledger.add("parks", "flood", data, "ada", BEGUN))


def decide(database: Database) -> None:
    entry = {"text": "Lamps in June."}
    database.run_blocking(lambda tx: tx.ledger.add("parks", "decision", entry, "ada", BEGUN))


def test_a_count_of_a_theme_stays_until_it_is_off_by_ten() -> None:
    told = [tell_again(14, None)]
    for count in (15, 16, 19, 20, 21):
        told.append(tell_again(count, told[-1]))
    assert told == [10, 10, 10, 10, 20, 20]
    assert tell_again(9, None) is PEOPLE.few
    assert tell_again(12, PEOPLE.few) == 10
    assert tell_again(0, 10) == 0


def test_a_page_holds_the_count_of_a_theme_against_the_page_before(
    sqlite_database: Database, tmp_path: Path
) -> None:
    outside = closed_after(60, sqlite_database, tmp_path)
    lights = CodebookDesk(sqlite_database, "parks", "why")
    lights.add("lights", "Dark paths", "That paths are dark", actor="ada", now=BEGUN)
    with sqlite_database.reading() as tx:
        ids = [each.id for each in tx.responses.stream("parks") if not each.is_police]
    for upto in (14, 15):
        said = [KeptAssignment(id, ("lights",), "ada", BEGUN, False) for id in ids[:upto]]
        sqlite_database.run_blocking(lambda tx, said=said: tx.coding.assign("why", said))
        outside.ask()
        assert "About 10 people spoke of it" in outside.pages[-1]


def test_another_version_tells_no_number_of_another_day(sqlite_database: Database, tmp_path: Path) -> None:
    outside = closed_after(40, sqlite_database, tmp_path)
    outside.ask()
    second = a_consultation(version=2)
    told = []
    for _ in range(8):
        with sqlite_database.reading() as tx:
            told += [other.answers for other in find_other_versions(tx, second)]
        withdraw(sqlite_database)
    assert len(told) == 8 and len(set(told)) == 1


def test_whoever_publishes_in_the_same_moment_does_not_tell_other_figures(
    sqlite_database: Database, tmp_path: Path
) -> None:
    outside = closed_after(60, sqlite_database, tmp_path)
    mine = outside.findings.results("parks")
    withdraw(sqlite_database)
    outside.ask()
    with pytest.raises(StaffError, match="in this moment"):
        outside.findings.publish("parks", mine, "<p>Mine</p>", actor="bea", now=BEGUN)
    with pytest.raises(StaffError, match="not published"):
        outside.findings.write_open_data(mine, tmp_path / "mine")
