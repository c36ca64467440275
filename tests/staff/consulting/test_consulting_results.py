"""What is published of a consultation: weighted beside counted, nothing that tells of few, told once to who asked."""

import csv
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from consultation_samples import a_consultation, with_consultations
from consulted_people import in_columns, keep_answers, make_answers

from bot.consultation_ledger_page import render_ledger, write_ledger_pdf
from bot.consultation_missing_page import render_missing
from bot.consultation_results_page import render_results
from flows.consultations import load_consultations
from flows.content import load_content
from flows.office import EIGHT_TO_EIGHT
from staff.consulting.census import load_census
from staff.consulting.codebook_operations import CodebookDesk
from staff.consulting.codebook_record import book_to_json
from staff.consulting.coding import Code, Codebook
from staff.consulting.findings import TOLD_AT_ONCE, ConsultationFindings
from staff.consulting.gunning import load_periods
from staff.consulting.missing import find_missing
from staff.consulting.open_data import write_open_data
from staff.consulting.operations import ConsultationDesk
from staff.consulting.representativeness import load_reach
from staff.consulting.results import make_results
from staff.consulting.weighing import find_people
from staff.errors import StaffError
from staff.small_numbers import PEOPLE, Hidden
from storage.coding import KeptAssignment
from storage.database import Database
from storage.errors import StorageBusy
from storage.ledger import LedgerEntry

ROOT = Path(__file__).parents[3]
COUNTY = ROOT / "county"
CONTENT = load_content(ROOT / "flows", COUNTY)
NAMES = CONTENT.gazetteer.district_names
SURVEYS = load_consultations(COUNTY)
PRECEPT = SURVEYS["precept_2027"]
CENSUS = load_census(COUNTY)
NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)


def results_of(count, survey=PRECEPT, **options):
    answers = make_answers(survey, count)
    return make_results(survey, in_columns(survey, answers), find_people(survey, CENSUS), NAMES, **options)


def test_weighted_figures_stand_beside_the_counted_and_the_police_apart():
    found = results_of(600)
    change = found.questions[0]
    assert found.weighting.design_effect > 1
    assert found.police == sum(a.is_police is True for a in make_answers(PRECEPT, 600))
    assert found.public == 600 - found.police
    assert [line.label for line in change.lines][:2] == ["Less than this year", "The same as this year"]
    # The old answer more, and like the first option better: weights take some of it away again.
    assert change.lines[0].weighted.value < change.lines[0].plain.value - 0.01
    assert change.lines[0].weighted.margin > change.lines[0].plain.margin
    assert "give or take" in change.says[0]


def test_what_the_weights_do_not_make_up_for_is_said_and_what_they_are_not_made_of():
    answers = list(make_answers(PRECEPT, 600))
    ages = sorted({answer.age_band for answer in answers})
    assert not make_results(
        PRECEPT, in_columns(PRECEPT, answers), find_people(PRECEPT, CENSUS), NAMES
    ).weighting.notes
    # Hardly anybody but the youngest, and nobody from Rugby.
    old = [answer for answer in answers if answer.age_band != ages[0]][:12]
    answers = [a for a in answers if a.age_band == ages[0]] * 20 + old
    answers = [a for a in answers if a.district != "rugby"]
    found = make_results(PRECEPT, in_columns(PRECEPT, answers), find_people(PRECEPT, CENSUS), NAMES)
    assert found.is_weighted
    [left_out, gap] = found.weighting.notes
    assert left_out.startswith("Nobody answered from one district") and "no fair weight" in gap
    page = render_results(found, NOON)
    assert left_out in page and gap in page


def test_a_decision_is_of_the_day_it_was_in_london():
    night = datetime(2027, 6, 14, 23, 30, tzinfo=UTC)
    entry = LedgerEntry("e", PRECEPT.id, night, "ada", "decision", {"text": "Yes"})
    [decided] = results_of(60, entries=[entry]).decisions
    assert decided.on == date(2027, 6, 15)


@pytest.mark.parametrize("survey", SURVEYS.values(), ids=SURVEYS)
@pytest.mark.parametrize("count", [0, 1, 9, 30, 250])
def test_no_count_below_ten_and_no_share_of_one_is_shown(survey, count):
    answers = list(make_answers(survey, count))
    flagged = {answer.id for answer in answers[:7]}
    found = make_results(
        survey, in_columns(survey, answers), find_people(survey, CENSUS), NAMES, flagged=flagged
    )
    assert found.questions
    for question in found.questions:
        for line in (*question.lines, *question.rest, question.total):
            for shown in (line.count, line.police, line.without_flagged, *line.doors):
                assert shown is None or isinstance(shown, Hidden) or shown == 0 or shown >= PEOPLE.small
            assert line.label != "No answer" or question.kind not in ("single", "scale", "several", "ranking")
            if isinstance(line.count, Hidden) and question.measure == "share":
                assert line.plain is line.weighted is None
    page = render_results(found, NOON, public=True)
    assert not re.search(r'<td class="n">[1-9]</td>', page)


def test_an_average_gives_no_hidden_count_away():
    """Of 60 who rated, all but one step shown: the average would tell how many chose that."""
    for count in (60, 250):
        told = results_of(count, SURVEYS["youth_2027"])
        for question in told.questions:
            hides = any(isinstance(line.count, Hidden) for line in question.lines)
            assert not (hides and question.mean), question.id
    assert any(question.mean for question in told.questions)


def test_flagged_answers_are_counted_and_shown_without_too():
    answers = list(make_answers(PRECEPT, 900))
    flagged = {answer.id for answer in answers[:300]}
    found = make_results(
        PRECEPT, in_columns(PRECEPT, answers), find_people(PRECEPT, CENSUS), NAMES, flagged=flagged
    )
    line = found.questions[0].lines[0]
    assert found.has_flagged
    assert line.without_flagged < line.count
    exact = sum(answer.id in flagged and answer.is_police is not True for answer in answers)
    assert found.flagged % 10 == 0 and abs(found.flagged - exact) <= 5, "not in tens"
    assert exact % 10, "no test of it"


def test_the_page_needs_nothing_else_and_tells_we_asked_you_said_we_did():
    page = render_results(results_of(400), NOON, public=True)
    for heading in ("We asked", "You said", "We did", "Who answered"):
        assert f">{heading}<" in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    assert "<script" not in page
    assert page.count("<caption>") >= 4


def test_who_is_missing_is_named_with_what_to_do():
    answers = list(make_answers(PRECEPT, 500))
    answers[0] = replace(answers[0], version=0)
    found = find_missing(PRECEPT, answers, find_people(PRECEPT, CENSUS), load_reach(COUNTY), NAMES, NOON)
    assert found.answers + found.police + found.earlier == 500
    assert "Left out: 1 to an earlier version" in render_missing(found, NAMES, NOON)
    assert found.steps
    assert any("North Warwickshire" in step.who for step in found.steps)
    page = render_missing(found, NAMES, NOON)
    assert "For staff alone" in page
    assert found.steps[0].step in page.replace("&#39;", "'")
    empty = find_missing(PRECEPT, [], find_people(PRECEPT, CENSUS), load_reach(COUNTY), NAMES, NOON)
    assert "Nobody has answered yet" in render_missing(empty, NAMES, NOON)


def test_a_survey_for_the_young_is_weighed_by_the_young():
    people = find_people(SURVEYS["youth_2027"], CENSUS)
    assert all(each.age.high is not None and each.age.high <= 24 for each in people.census.residents)
    assert "from_25" not in people.group_of


def test_open_data_is_read_by_its_own_metadata(tmp_path):
    files = write_open_data(results_of(400), tmp_path)
    metadata = json.loads((tmp_path / "metadata.json").read_text())
    assert {path.name for path in files} >= {table["url"] for table in metadata["tables"]}
    for table in metadata["tables"]:
        with (tmp_path / table["url"]).open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        assert header == [column["name"] for column in table["tableSchema"]["columns"]]
        assert rows
        assert {len(row) for row in rows} == {len(header)}


def findings(database: Database, survey=None) -> ConsultationFindings:
    content = with_consultations(CONTENT, survey or a_consultation())
    return ConsultationFindings(database, content, COUNTY, NAMES)


def opened(database: Database, count: int) -> ConsultationFindings:
    content = with_consultations(CONTENT, a_consultation())
    ConsultationDesk(database, content).open("parks", actor="ada", now=NOON)
    database.run_blocking(lambda tx: keep_answers(tx, a_consultation(), count))
    return findings(database)


def close(database: Database, survey=None, now=NOON) -> None:
    content = with_consultations(CONTENT, survey or a_consultation())
    ConsultationDesk(database, content).close("parks", actor="ada", now=now)


def test_published_results_are_kept_and_everybody_who_asked_is_told_once(sqlite_database: Database):
    at = opened(sqlite_database, 120)
    night = datetime(2027, 1, 1, 22, tzinfo=UTC)
    for moment, fault in ((NOON, "is open until 31/12/2026"), (night, "--publish")):
        with pytest.raises(StaffError, match=fault):
            at.tell("parks", public_url="https://x.example", quiet=EIGHT_TO_EIGHT, actor="ada", now=moment)

    def want(tx):
        kept = tx.conversations.open("telegram", "42", "telegram:42", NOON)
        tx.results_wanted.add("parks", kept.id)
        return kept.id

    conversation = sqlite_database.run_blocking(want)
    close(sqlite_database)
    figures = at.results("parks")
    page = render_results(figures.results, NOON, public=True)
    assert at.publish("parks", figures, page, actor="ada", now=NOON) == "/consultations/parks"
    told = [
        at.tell("parks", public_url="https://x.example/", quiet=EIGHT_TO_EIGHT, actor="ada", now=night)
        for _ in range(2)
    ]
    assert told == [1, 0]
    with sqlite_database.reading() as tx:
        assert tx.published_results.last("parks").page == page
        assert tx.published_results.consultations() == {"parks"}
        [push] = tx.pushes.due(night + timedelta(days=1), 10)
        assert push.conversation_id == conversation
        assert push.due_at == datetime(2027, 1, 2, 8, tzinfo=UTC)
        assert "https://x.example/consultations/parks" in push.reply["text"]
        assert tx.ledger.entries("parks") == []


@dataclass
class BreakingOff:
    """A record that can be written to so many times more."""

    record: Database
    left: int

    def reading(self):
        return self.record.reading()

    def run_blocking(self, work, *given):
        self.left -= 1
        if self.left < 0:
            raise StorageBusy("the database stays locked")
        return self.record.run_blocking(work, *given)


def test_people_are_told_few_at_a_time_and_each_once_though_it_breaks_off(sqlite_database: Database):
    at = opened(sqlite_database, 120)
    close(sqlite_database)
    at.publish("parks", at.results("parks"), "", actor="ada", now=NOON)

    def want(tx):
        for number in range(TOLD_AT_ONCE + 5):
            kept = tx.conversations.open("telegram", str(number), f"telegram:{number}", NOON)
            tx.results_wanted.add("parks", kept.id)

    sqlite_database.run_blocking(want)
    told = {"public_url": "https://x.example", "quiet": EIGHT_TO_EIGHT, "actor": "ada", "now": NOON}
    with pytest.raises(StorageBusy):
        findings(BreakingOff(sqlite_database, 2)).tell("parks", **told)
    with sqlite_database.reading() as tx:
        assert len(tx.pushes.due(NOON, 999)) == TOLD_AT_ONCE
    assert at.tell("parks", **told) == 5
    with sqlite_database.reading() as tx:
        pushes = tx.pushes.due(NOON, 999)
        assert len({push.conversation_id for push in pushes}) == len(pushes) == TOLD_AT_ONCE + 5


def test_an_earlier_version_has_results_of_its_own_and_is_named_by_the_newest(database: Database, tmp_path):
    opened(database, 120)
    later = NOON + timedelta(days=5)
    survey = a_consultation(version=2, intro={"text": "Of parks.", "sms": "Of parks."})
    content = with_consultations(CONTENT, survey)
    ConsultationDesk(database, content).open("parks", new_version=True, actor="ada", now=later)
    database.run_blocking(lambda tx: keep_answers(tx, survey, 30, seed=3))
    at = findings(database, survey)
    close(database, survey, later)

    def publish(version=None, hours=0):
        figures = at.results("parks", version=version)
        page = render_results(figures.results, later, public=True)
        return at.publish("parks", figures, page, actor="ada", now=later + timedelta(hours=hours)), page

    newest, earlier = at.results("parks").results, at.results("parks", version=1).results
    assert [other.version for other in newest.others] == [1]
    assert newest.public <= 30 < 100 < earlier.public <= 120
    assert (newest.consultation.opens, earlier.consultation.closes) == (later.date(), later.date())
    assert "version 1 can be had from the office" in publish()[1]
    address, _ = publish(1, hours=2)
    assert address == "/consultations/parks/1"
    _, page = publish(hours=1)
    assert "About 110 people answered version 1" in page
    assert f'<a href="{address}">' in page
    with database.reading() as tx:
        assert tx.published_results.last("parks").page == page, "not the one that was published last"
    assert all(
        "_v1_" in path.name for path in write_open_data(earlier, tmp_path) if path.name.startswith("parks")
    )
    ledger = at.ledger("parks", version=1)
    assert not any("hash" in line for line in ledger.parts[1].look)
    database.run_blocking(lambda tx: keep_answers(tx, a_consultation(), 5, seed=9))
    assert at.results("parks", version=1).results.public == earlier.public, "told once"
    told = dict(at.ledger("parks", version=1).parts[2].sheets[0].rows)
    of_page = dict(zip(earlier.doors, map(str, earlier.door_counts), strict=True))
    assert {**of_page, "All": str(earlier.public)} == told, "as the page told them"
    assert "answered version 2" in " ".join(ledger.parts[2].says)
    with pytest.raises(StaffError, match=r"no version 3 that was opened\. There are: 1, 2"):
        at.results("parks", version=3)


def test_a_theme_is_told_under_its_name_with_how_many_spoke_of_it(sqlite_database: Database):
    at = opened(sqlite_database, 30)
    lights = CodebookDesk(sqlite_database, "parks", "why")
    lights.add("lights", "Dark paths", "That paths are dark", actor="ada", now=NOON)
    with sqlite_database.reading() as tx:
        ids = [each.id for each in tx.responses.stream("parks") if not each.is_police][:12]
    said = [KeptAssignment(id, ("lights",), "ada", NOON, False) for id in ids]
    sqlite_database.run_blocking(lambda tx: tx.coding.assign("why", said))
    desk = ConsultationDesk(sqlite_database, with_consultations(CONTENT, a_consultation()))
    desk.add_entry("parks", "decision", "More lights in June.", themes=["lights"], actor="ada", now=NOON)
    [theme] = at.results("parks").results.listened
    assert (theme.name, theme.said) == ("Dark paths", "That paths are dark. About 10 people spoke of it.")
    assert theme.did[0].text == "More lights in June."


def test_a_code_of_two_questions_is_told_of_for_each(sqlite_database: Database):
    """New codes are refused where another question has their id; two people at once can still make them."""
    words = [{"id": id, "kind": "long_text", "title": id.title(), "ask": "Why?"} for id in ("why", "how")]
    asked = [q.model_dump(exclude_none=True) for q in a_consultation().questions if q.id != "why"]
    survey = a_consultation(questions=[*asked, *words])
    desk = ConsultationDesk(sqlite_database, with_consultations(CONTENT, survey))
    desk.open("parks", actor="ada", now=NOON)
    for question, name in (("why", "Dark paths"), ("how", "New lamps")):
        book = book_to_json(Codebook((Code("lights", name, "Of lights", "ada", NOON),)))
        sqlite_database.run_blocking(
            lambda tx, question=question, book=book: tx.coding.keep_codebook(
                "parks", question, 1, book, "ada", NOON
            )
        )
    desk.add_entry("parks", "decision", "More lights in June.", themes=["lights"], actor="ada", now=NOON)
    told = findings(sqlite_database, survey).results("parks").results.listened
    assert [(t.name, [d.text for d in t.did]) for t in told] == [
        ("Dark paths", ["More lights in June."]),
        ("New lamps", ["More lights in June."]),
    ]


def test_the_ledger_holds_the_four_principles_and_says_what_to_look_at(sqlite_database: Database, tmp_path):
    at = opened(sqlite_database, 60)
    desk = ConsultationDesk(sqlite_database, with_consultations(CONTENT, a_consultation()))
    desk.add_entry("parks", "decision", "More lights in June.", themes=["lights"], actor="ada", now=NOON)
    ledger = at.ledger("parks")
    assert [part.id for part in ledger.parts] == ["open", "informed", "time", "considered"]
    assert any("before it closed" in line for line in ledger.parts[0].look)
    assert any("Christmas Day" in line for line in ledger.parts[2].says)
    assert "More lights in June." in render_ledger(ledger, NOON)
    write_ledger_pdf(ledger, tmp_path / "ledger.pdf", NOON)
    assert (tmp_path / "ledger.pdf").read_bytes().startswith(b"%PDF")
    desk.close("parks", actor="ada", now=NOON + timedelta(days=2))
    assert at.ledger("parks").parts[2].says[0].startswith("It could be answered on 3 days"), (
        "not what its file says"
    )


def test_periods_before_elections_are_marked_until_they_are_confirmed():
    periods = load_periods(COUNTY)
    assert periods
    assert all(period.status == "unconfirmed" or period.begins > date(2026, 1, 1) for period in periods)
