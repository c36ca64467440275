"""`frontdoor check` names file, line and fault: one broken copy of the real files per fault."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from flows.check import Fault, check_content
from flows.yaml_lines import Unreadable, read_document

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
LANGUAGES = "flows/texts/languages.yml"
EN, FORM = "flows/texts/en.yml", "flows/forms/encampment.yml"
KNOWLEDGE, SIGNPOSTS = "county/knowledge/encampments.yml", "county/signposts.yml"
DESKS, PLACES, DISTRICTS = "county/desks.yml", "county/places.yml", "county/districts.yml"
STATES = "county/encampment_states.yml"
CONTACTS, NEIGHBOURS, DANGER = "county/contacts.yml", "county/neighbours.yml", "flows/danger.yml"


@pytest.fixture
def copy(tmp_path) -> Path:
    for folder in ("flows", "county"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_service_itself_has_no_fault():
    assert [f for f in check_content(ROOT, today=date(2026, 11, 23)) if not f.is_warning] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        pytest.param(EN, "  menu:\n", "  menu: [\n", "not readable as YAML", id="broken YAML"),
        pytest.param(
            EN, "language: en\n", "language: en\nlanguage: en\n", "language is given twice", id="key twice"
        ),
        pytest.param(
            EN, "name: English\n", "name: English\ncolour: red\n", "unknown key colour", id="unknown key"
        ),
        pytest.param(EN, "name: English\n", "", "name is missing", id="missing key"),
        pytest.param(EN, "  thanks: You are welcome.\n", "", "the text thanks is missing", id="missing text"),
        pytest.param(EN, "Back to {thing}.", "Back to {thin}.", "nothing fills in {thin}", id="placeholder"),
        pytest.param(EN, "Back to {thing}.", "Back to {thing.", "braces", id="braces"),
        pytest.param(
            EN, "You are welcome.", "Merci \u4f60.", "cannot hold \u4f60", id="letters beyond GSM-7"
        ),
        pytest.param(
            EN, "You are welcome.", "You are welcome. " * 20, "two text messages", id="too long for SMS"
        ),
        pytest.param(EN, "You are welcome.", "Text CANCEL.", "the word CANCEL", id="reserved word in a text"),
        pytest.param(
            EN, "button.menu: Menu", "button.menu: " + "Menu " * 9, "too long for a button", id="label"
        ),
        pytest.param(
            EN, "  skip: [skip,", "  skip: [true,", "words.skip.0", id="a word that YAML takes for true"
        ),
        pytest.param(FORM, "version: 2\nprefix", "version: nought\nprefix", "version", id="form: wrong type"),
        pytest.param(
            FORM, "    kind: number\n", "    kind: nummer\n", "fields.2.kind", id="form: unknown kind"
        ),
        pytest.param(
            FORM, "when: {updates: true}", "when: {updats: true}", "not asked before", id="form: condition"
        ),
        pytest.param(FORM, "prefix: EN", "prefix: OI", "prefix", id="form: prefix"),
        pytest.param(
            FORM, "id: encampment\n", "id: camp\n", "the file is called", id="form: id is not the file's"
        ),
        pytest.param(
            FORM, "reference is {reference}. Please", "reference is {ref}. Please", "{ref", id="form: done"
        ),
        pytest.param(FORM, "label: Car park", "label: Quit", "phone network", id="form: reserved option"),
        pytest.param(
            FORM, "Is it your land, or", "Text END. Is it your land, or", "the word END", id="form: END"
        ),
        pytest.param(
            FORM, "Is it your land, or", "Land? " * 60, "two text messages", id="form: question too long"
        ),
        pytest.param(
            KNOWLEDGE, "emergency, police_101]", "emergency, nobody]", "no contact nobody", id="contact"
        ),
        pytest.param(
            KNOWLEDGE, "emergency, police_101]", "emergency, relay_uk]", "not confirmed", id="unconfirmed"
        ),
        pytest.param(
            KNOWLEDGE,
            "start: [report_encampment]",
            "start: [tents]",
            "by the label tents",
            id="label to start",
        ),
        pytest.param(
            KNOWLEDGE,
            "In danger: call 999.",
            "Call 01926 415000.",
            "01926415000 is said",
            id="a number of nobody",
        ),
        pytest.param(
            KNOWLEDGE,
            '    sms: "It depends on whose land it is.',
            '    sms: "See example.org.',
            "example.org is said",
            id="an address of nobody",
        ),
        pytest.param(
            "county/knowledge/home.yml",
            "      renting:\n",
            "      rentin:\n",
            "no case rentin",
            id="unknown case",
        ),
        pytest.param(
            "county/volunteering.yml",
            "topic: independent_custody_visiting",
            "topic: nothing",
            "no answer nothing",
            id="role without its answer",
        ),
        pytest.param("county/cases.yml", "ages: [8, 17]", "ages: eight", "ages", id="case: ages"),
        pytest.param(KNOWLEDGE, "    owner:", "    ouner:", "unknown key ouner", id="answer: unknown key"),
        pytest.param(
            KNOWLEDGE,
            "id: encampment_police_powers",
            "id: encampment_who_is_responsible",
            "given twice",
            id="twice",
        ),
        pytest.param(
            SIGNPOSTS, "  complain:\n", "  join_choir:\n", "no title label.join_choir", id="label title"
        ),
        pytest.param(SIGNPOSTS, "[emergency, crimestoppers]", "[x]", "no contact x", id="signpost: contact"),
        pytest.param(DESKS, "{desk: rugby_council,", "{desk: rugby_club,", "no desk rugby_club", id="desk"),
        pytest.param(
            DESKS, "  park:\n    north_warwickshire:", "  park:\n    north:", "no row for north_w", id="row"
        ),
        pytest.param(
            DESKS, "\n  car_park:\n", "\n  car_parks:\n", "land of the kind car_park", id="kind of land"
        ),
        pytest.param(
            DESKS, "contact: rugby_council", "contact: nobody", "no contact nobody", id="desk: contact"
        ),
        pytest.param(
            PLACES,
            '"Coleshill", district: north_w',
            '"Coleshill", district: n',
            "no district",
            id="dis",
        ),
        pytest.param(PLACES, '"Coleshill"', '"Atherstone"', "given to two places", id="a name of two places"),
        pytest.param(
            PLACES, "latitude: 52.50, longitude: -1.71", "latitude: 5.5, longitude: -1.71", "latitude", id="l"
        ),
        pytest.param(
            DISTRICTS, "districts: [rugby]", "districts: [rugbee]", "no district rugbee", id="outward code"
        ),
        pytest.param(
            NEIGHBOURS, 'force: "West Midlands Police"', "farce: x", "unknown key farce", id="neighbour"
        ),
        pytest.param(
            CONTACTS,
            "2026-11-22, status: confirmed",
            "2026-11-22, status: certain",
            "status",
            id="contact: status",
        ),
        pytest.param(
            DANGER,
            r"rule: \bgonna (kms",
            r"rule: \bgonna ((kms",
            "no regular expression",
            id="danger: pattern",
        ),
        pytest.param(
            DANGER,
            "finds: [my house is being burgled]",
            "finds: [hello]",
            "its own example: hello",
            id="example",
        ),
        pytest.param(
            DANGER, "never:\n", "never:\n  - hes got a knife\n", "finds danger in: hes", id="danger: never"
        ),
        pytest.param(LANGUAGES, "    offer:", "    ofer:", "unknown key ofer", id="languages: unknown key"),
        pytest.param(LANGUAGES, "  ro:\n", "  Romanian:\n", "no code of another", id="languages: code"),
        pytest.param(LANGUAGES, "[romana,", "[polski,", "given to two languages", id="languages: name twice"),
        pytest.param(LANGUAGES, "dzwoń pod 999", "dzwoń", "must name 999", id="languages: 999"),
        pytest.param(
            LANGUAGES, "zrozumieć. Na", "zrozumieć {who}. Na", "no {braces}", id="languages: braces"
        ),
        pytest.param(
            LANGUAGES, "sms: Mozesz", "sms: " + "Можете " * 20, "two text messages", id="languages: sms"
        ),
        pytest.param(LANGUAGES, "sms: Puteti", "sms: END Puteti", "the word END", id="languages: END"),
        pytest.param(
            LANGUAGES, "name: Polski\n", "name: " + "Polski " * 9 + "\n", "a button", id="languages: name"
        ),
        pytest.param(DANGER, "now_only: true\n", "now: true\n", "unknown key now", id="danger: unknown key"),
    ],
)
def test_each_fault_is_named_where_it_stands(copy, file, old, new, message):
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text, "the file no longer holds what this test breaks"
    before, after = text.split(old, 1)
    path.write_text(before + new + after, encoding="utf-8")
    faults = [f for f in check_content(copy) if not f.is_warning]
    named = [f for f in faults if message in f.message]
    assert named, faults
    assert named[0].file == file
    first = before.count("\n") + 1
    last = first + new.count("\n") + 3
    # A missing thing has no line of its own: then its surroundings are named.
    if (
        "missing" not in message
        and "no row" not in message
        and "land of" not in message
        and "not asked" not in message
    ):
        assert any(first - 2 <= f.line <= last for f in named), (first, named)


@pytest.mark.parametrize(
    "file", [EN, LANGUAGES, FORM, SIGNPOSTS, DESKS, PLACES, DISTRICTS, CONTACTS, NEIGHBOURS, DANGER]
)
def test_a_file_that_is_missing_or_no_text_is_a_fault_and_not_a_crash(copy, file):
    (copy / file).write_bytes(b"\xff\xfe\x00")
    assert any(f.file == file and "UTF-8" in f.message for f in check_content(copy))
    if file != FORM:
        (copy / file).unlink()
        assert any(f.file == file and "missing" in f.message for f in check_content(copy))


def test_an_empty_file_is_a_fault(copy):
    (copy / DESKS).write_text("")
    assert any(f.file == DESKS for f in check_content(copy))


def test_several_faults_are_all_told_and_sorted(copy):
    for file, old, new in ((EN, "You are welcome.", "Text QUIT."), (FORM, "prefix: EN", "prefix: OI")):
        path = copy / file
        path.write_text(path.read_text().replace(old, new))
    faults = [f for f in check_content(copy) if not f.is_warning]
    assert {f.file for f in faults} >= {EN, FORM}
    assert faults == sorted(faults)


def test_a_related_answer_that_is_not_there_is_a_warning(copy):
    path = copy / KNOWLEDGE
    path.write_text(path.read_text().replace("related: [encampment_what_happens_next,", "related: [moon,", 1))
    (fault,) = [f for f in check_content(copy) if "moon" in f.message]
    assert fault.is_warning and fault.file == KNOWLEDGE


def test_answers_past_their_review_date_are_named_once_a_date_is_known():
    assert not any("review" in f.message for f in check_content(ROOT))
    late = [f for f in check_content(ROOT, today=date(2030, 1, 1)) if "review" in f.message]
    assert late and all(f.is_warning for f in late)


def test_another_language_is_held_to_the_source(copy):
    (copy / "flows/texts/pl.yml").write_text(
        "language: pl\nname: Polski\nreviewed_by: null\ntexts:\n  thanks: Prosz\u0119 {who}.\n  tanks: Nie.\n"
    )
    faults = [f for f in check_content(copy) if f.file.endswith("pl.yml")]
    assert {(f.line, f.message) for f in faults if not f.is_warning} == {
        (5, "nothing fills in {who}"),
        (6, "nothing says the text tanks"),
    }
    assert sum(f.is_warning for f in faults) > 100


def test_a_language_no_speaker_has_read_is_a_warning(copy):
    path = copy / LANGUAGES
    path.write_text(path.read_text().replace("reviewed_by: null", "reviewed_by: A. Reader", 1))
    unread = [f for f in check_content(copy) if f.file == LANGUAGES]
    assert len(unread) == 4 and all(f.is_warning and "has read this yet" in f.message for f in unread)


def test_a_menu_that_leads_nowhere(copy):
    (copy / "config.yml").write_text(
        "language: en\nservice:\n  menu:\n    - report_encampment\n    - fly_a_kite\n"
    )
    assert Fault("config.yml", 5, "nothing is behind the label fly_a_kite") in check_content(copy)


def test_a_list_of_states_that_does_not_hold_together(copy):
    path = copy / STATES
    said = path.read_text()
    for old, new in (
        ("next: [acknowledged, duplicate_of", "next: [acknowleged, acknowledged, duplicate_of"),
        ("next: [order_granted, visited, vacated]", "next: [visited, vacated]"),
        ("published: stage.assigned", "published: stage.with_desk"),
        ("next: [cleanup, closed, reopened]", "next: [cleanup, closed, reopened, police_assessed]"),
        ("desks: [county_encampments], title: Visit}\n  police", "desks: [county], title: Visit}\n  police"),
        ("open: false\n    asks_solved", "open: true\n    asks_solved"),
    ):
        assert old in said
        said = said.replace(old, new, 1)
    path.write_text(said)
    form, texts = copy / FORM, copy / EN
    form.write_text(form.read_text().replace("states: encampment", "states: camp"))
    texts.write_text(texts.read_text().replace("has been visited.", "was visited by police on 3 May."))
    told = " / ".join(f.message for f in check_content(copy) if not f.is_warning)
    for fault in (
        "there is no state acknowleged",
        "no case can come into the state order_granted",
        "has no text stage.with_desk",
        "one stage must stand before it, not stage.with_desk, stage.vacated",
        "there is no desk county",
        "open: false stands at the states that end a case",
        "there is no county/camp_states.yml",
        "a stage tells no number",
    ):
        assert fault in told, told


def test_lines_are_found_as_deep_as_a_file_goes(tmp_path):
    path = tmp_path / "a.yml"
    path.write_text("a:\n  - b: 1\n    c: 2\n  - {d: 3}\n")
    document = read_document(path)
    assert [
        document.find_line(w) for w in ((), ("a",), ("a", 0, "c"), ("a", 1, "d"), ("a", 1, "x"), ("z",))
    ] == [*(1, 1, 3, 4, 4, 1)]
    with pytest.raises(Unreadable) as told:
        read_document(tmp_path / "none.yml")
    assert told.value.line == 1


def test_a_contact_that_is_over_is_named_wherever_it_is_said(copy):
    after = [
        f
        for f in check_content(copy, today=date(2028, 4, 1))
        if "county_council is not valid today" in f.message
    ]
    before = [f for f in check_content(copy, today=date(2028, 3, 31)) if "is not valid today" in f.message]
    assert after and not before


def test_what_must_be_reviewed_soon_and_what_is_late_are_warnings(copy):
    soon = check_content(copy, today=date(2027, 5, 1))
    late = check_content(copy, today=date(2027, 6, 1))
    assert any("must be reviewed by 26 May" in f.message and f.is_warning for f in soon)
    assert any("past its review date" in f.message and f.is_warning for f in late)
