"""What `frontdoor check` says of consultations: faults by line; wording that leads, doubles or leaves somebody out."""

from pathlib import Path

import pytest
import yaml

from flows.check_consultations import check_consultations
from flows.consultations import Consultation, Question, QuestionKind, compile_form, load_consultations
from flows.findings import Findings
from flows.texted_questions import count_whole_answer
from flows.yaml_lines import Unreadable, read_document

ROOT = Path(__file__).parents[2]
FORMS = {c.id: compile_form(c) for c in load_consultations(ROOT / "county").values()}


# In part, and in letters that leave less room by text.
VIEW = {"fields": {"view": {"ask": "\u0436" * 100, "options": {"up": "Tak", "mid": "Tak"}}}}


def sample(**changes):
    """A consultation with one good question."""
    question = {
        "id": "view",
        "kind": "scale",
        "title": "View",
        "ask": "Do you agree or disagree with this plan?",
        "facts": ["plan"],
        "options": [
            {"value": "up", "label": "Agree"},
            {"value": "mid", "label": "In between"},
            {"value": "down", "label": "Disagree"},
        ],
    }
    home = {"id": "home", "kind": "place", "title": "Home", "ask": "Where do you live?"}
    age = {"id": "age", "kind": "single", "title": "Age", "ask": "How old are you?", "dont_know": False}
    age["options"] = [
        {"value": "young", "label": "Under 16", "ages": [5, 15]},
        {"value": "grown", "label": "16 or over", "ages": [16, 120]},
    ]
    whole = {
        "id": "sample",
        "version": 1,
        "title": "A sample",
        "thing": "your answers",
        "keywords": ["sample"],
        "opens": "2026-12-01",
        "closes": "2027-02-01",
        "decision_on": "2027-03-01",
        "audience": "Everybody",
        "anonymity": "pseudonymous",
        "owner": "The office",
        "intro": {"text": "A few short questions."},
        "facts": [{"id": "plan", "text": "There is a plan.", "source": "The office"}],
        "about": {"district": "home", "age_band": "age"},
        "ends": [{"when": {"age": "young"}, "forget": True, "say": {"text": "Thank you."}}],
        "questions": [home, age, question],
    }
    whole["questions"][2] |= changes.pop("question", {})
    return whole | changes


def notes(tmp_path, whole, name="sample"):
    """The lines of what is found; warnings have a mark."""
    folder = tmp_path / "county" / "consultations"
    folder.mkdir(parents=True)
    (folder / f"{name}.yml").write_text(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))
    found = Findings(tmp_path, None)
    check_consultations(found, {}, {"en", "pl"})
    return [f"{'warning: ' if f.is_warning else ''}{f.message}" for f in sorted(found.faults)]


def test_a_date_that_is_none_is_a_fault_with_its_line(tmp_path):
    (tmp_path / "sample.yml").write_text("id: sample\ncloses: 2026-13-10\n")
    with pytest.raises(Unreadable, match="2026-13-10 is no date") as told:
        read_document(tmp_path / "sample.yml")
    assert told.value.line == 2


def test_a_good_one_has_nothing_to_mend(tmp_path):
    assert notes(tmp_path, sample()) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"closes": "2026-11-01"}, "closes before it opens"),
        ({"decision_on": "2027-01-15"}, "decision comes before it closes"),
        ({"closes": "2026-12-10"}, "warning: open for 1 weeks"),
        ({"facts": [{"id": "plan", "text": "There is a plan."}]}, "the fact plan has no source"),
        ({"facts": [{"id": "plan", "text": "A plan.", "source": "CHECK"}]}, "not confirmed yet"),
        ({"ends": []}, "under 13 it must end with forget: true"),
        ({"about": {}}, "warning: no question tells where people live"),
        ({"languages": ["en", "pl"]}, "warning: no words: in pl"),
        ({"words": {"xx": {}}}, "there is no language xx"),
        ({"words": {"pl": {"fields": {"other": {}}}}}, "there is no question other"),
        ({"words": {"pl": {}}}, "warning: no words in pl for title, thing, intro, ends, home, age, view"),
        ({"words": {"pl": {}}}, "warning: no words in pl for the fact plan"),
        ({"words": {"pl": {}}}, "warning: it has words: in pl, which is not named here"),
        ({"words": {"pl": VIEW}}, "warning: no words in pl for view.title, view.down, view.dont_know"),
        ({"words": {"pl": VIEW}}, "two options are called the same"),
        ({"words": {"pl": VIEW}}, "too long for two text messages (158 characters, 134 at most)"),
        ({"languages": ["en", "pl"], "words": {"pl": {}}}, "warning: nobody can choose pl yet"),
        ({"colour": "red"}, "unknown key colour"),
        ({"about": {"district": "nowhere"}}, "there is no place question nowhere"),
        ({"question": {"facts": ["another"]}}, "view: there is no fact another"),
    ],
)
def test_what_is_wrong_in_a_file_is_told(tmp_path, changes, told):
    found = notes(tmp_path, sample(**changes))
    assert any(told in note for note in found), found


def test_a_language_that_is_on_and_has_no_words_is_told(tmp_path):
    folder = tmp_path / "county" / "consultations"
    folder.mkdir(parents=True)
    (folder / "sample.yml").write_text(yaml.safe_dump(sample()))
    found = Findings(tmp_path, None)
    check_consultations(found, {}, {"en", "pl"}, on=["en", "pl"])
    assert [(f.is_warning, f.message) for f in found.faults] == [
        (True, "pl is on in config.yml and has no words: here, so English will be asked")
    ]


def test_a_fault_is_told_with_its_line(tmp_path):
    folder = tmp_path / "county" / "consultations"
    folder.mkdir(parents=True)
    text = yaml.safe_dump(sample(closes="2026-11-01"), sort_keys=False)
    (folder / "sample.yml").write_text(text)
    found = Findings(tmp_path, None)
    check_consultations(found, {}, {"en"})
    [fault] = found.faults
    assert (fault.file, text.splitlines()[fault.line - 1]) == (
        "county/consultations/sample.yml",
        "closes: '2026-11-01'",
    )


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({"ask": "Don't you think that the plan is good?"}, "leading"),
        ({"ask": "Do you agree or disagree that waste must stop?"}, "leading"),
        (
            {"ask": "Do you agree or disagree with more patrols and lower speed limits?"},
            "two questions in one",
        ),
        ({"ask": "Do you agree or disagree with cameras and/or lights?"}, "two questions in one"),
        ({"ask": "Do you agree with this plan?"}, "the question says agree and not disagree"),
        ({"ask": "How satisfied are you with the police?"}, "says satisfied and not dissatisfied"),
        (
            {"options": [{"value": "a", "label": "Agree a lot"}, {"value": "b", "label": "Agree"}]},
            "2 options say agree and 0 say disagree",
        ),
        ({"options": [{"value": v, "label": v} for v in "abcd"]}, "uneven scale"),
        ({"dont_know": False}, "do not know"),
        ({"kind": "several", "ask": "What matters to you?"}, "shuffle"),
        (
            {"ask": "Notwithstanding fiscal constraints, do you agree or disagree with recalibration?"},
            "reads like",
        ),
    ],
)
def test_wording_that_would_be_doubted_is_warned_of(tmp_path, question, told):
    found = notes(tmp_path, sample(question=question))
    assert any(note.startswith("warning: ") and told in note for note in found), found


@pytest.mark.parametrize(
    "ask",
    [
        "How safe or unsafe do you feel after dark near your home?",
        "Which should the police work on first? Choose up to three, the most important first.",
        "What do you think of the Police and Crime Plan?",
        "Where do you live? Give a town and a road.",
    ],
)
def test_fair_wording_passes(tmp_path, ask):
    assert notes(tmp_path, sample(question={"ask": ask})) == []


def test_free_words_are_not_asked_of_the_young(tmp_path):
    whole = sample(ends=[])
    whole["questions"][1]["options"][0] = {"value": "young", "label": "13 to 15", "ages": [13, 15]}
    whole["questions"][1]["required"] = True
    idea = {"id": "idea", "kind": "short_text", "title": "Idea", "ask": "Anything else?"}
    assert any(
        "in free words" in note
        for note in notes(tmp_path, whole | {"questions": [*whole["questions"], idea]})
    )


def test_the_cost_of_a_whole_answer_is_told(tmp_path):
    long = {
        "kind": "long_text",
        "ask": "What do you think? " + "It is up to you. " * 12,
        "options": [],
        "facts": [],
    }
    whole = sample()
    whole["questions"] += [{**whole["questions"][0], **long, "id": f"words_{n}"} for n in range(8)]
    assert any("a whole answer by text costs" in note for note in notes(tmp_path, whole))


@pytest.mark.parametrize("id", FORMS)
def test_the_examples_cost_at_most_fourteen_texts(id):
    assert count_whole_answer(FORMS[id]) <= 14


def test_the_examples_and_the_questions_about_oneself_lack_no_word_in_any_language():
    codes = {path.stem for path in (ROOT / "flows" / "texts").glob("??.yml")}
    found = Findings(ROOT, None)
    check_consultations(found, {}, codes, on=sorted(codes))
    about_words = [f.message for f in found.faults if "words" in f.message or "choose" in f.message]
    assert about_words == []
    # Gurmukhi has less than half the room in a text message.
    dear = {f.message.split(" costs ")[0] for f in found.faults if " costs " in f.message}
    assert dear == {"a whole answer by text in pa"}


def test_the_one_that_is_explained_is_good(tmp_path):
    text = (ROOT / "docs" / "consultations.md").read_text(encoding="utf-8")
    block = text.partition("```yaml\n")[2].partition("```")[0]
    lines = "\n".join(line.removeprefix("   ") for line in block.splitlines())
    assert notes(tmp_path, yaml.safe_load(lines), "sundays") == []


def test_every_key_and_kind_is_explained():
    text = (ROOT / "docs" / "consultations.md").read_text(encoding="utf-8")
    keys = [*Consultation.model_fields, *Question.model_fields, *QuestionKind]
    assert [key for key in keys if f"`{key}" not in text] == []


@pytest.mark.parametrize("keyword", ["stop", "MENU", "yes", "survey", "my answers", "2", "nie", "forget me"])
def test_a_keyword_that_does_something_else_is_a_fault(tmp_path, keyword):
    texts = tmp_path / "flows" / "texts"
    texts.mkdir(parents=True)
    found = Findings(tmp_path, None)
    for code in ("en", "pl"):
        (texts / f"{code}.yml").write_text((ROOT / "flows" / "texts" / f"{code}.yml").read_text())
        found.read(f"flows/texts/{code}.yml")
    folder = tmp_path / "county" / "consultations"
    folder.mkdir(parents=True)
    (folder / "sample.yml").write_text(yaml.safe_dump(sample(keywords=["sample", keyword])))
    check_consultations(found, {}, {"en"})
    said = f"the word {keyword} does something else already"
    assert [f.message for f in found.faults if "does something" in f.message] == [said]


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ([[5, 15], [16, 44], [45, 120]], []),
        ([[5, 15], [18, 44], [45, 120]], ["warning: nobody aged 16 to 17 finds their age"]),
        ([[5, 15], [16, 44], [46, 120]], ["warning: nobody aged 45 finds their age"]),
        ([[5, 15], [16, 45], [45, 120]], ["the age 45 is in two bands"]),
        ([[5, 15], [44, 16], [45, 120]], ["ages: [44, 16] ends before it begins"]),
    ],
)
def test_every_age_has_one_band(tmp_path, bands, said):
    whole = sample()
    whole["questions"][1]["options"] = [
        {"value": value, "label": value, "ages": ages}
        for value, ages in zip(("young", "middle", "old"), bands, strict=True)
    ]
    found = notes(tmp_path, whole)
    assert [n for n in found if "ages:" in n or "age is" in n or "the age" in n or "aged" in n] == said


def test_a_fault_of_one_question_is_named_in_its_line(tmp_path):
    whole = sample(question={"when": {"times": "night"}})
    assert _lines(tmp_path / "a", whole) == {"view: when: names times, which is not asked before it": "view"}
    whole = sample()
    whole["questions"].append(dict(whole["questions"][0]))
    assert _lines(tmp_path / "b", whole) == {"home: two questions have this id": "home"}


def _lines(root, whole):
    """Each fault, and the id of the question it is named at."""
    folder = root / "county" / "consultations"
    folder.mkdir(parents=True)
    written = yaml.safe_dump(whole, sort_keys=False)
    (folder / "sample.yml").write_text(written)
    found = Findings(root, None)
    check_consultations(found, {}, {"en"})
    lines = written.splitlines()
    return {f.message: lines[f.line - 1].removeprefix("- id: ") for f in found.faults if not f.is_warning}


def test_what_is_wanted_is_said_in_words(tmp_path):
    wrong = {
        "opens": "20/11/2026",
        "id": "Slow Down",
        "intro": "Hello",
        "keywords": "sample",
        "version": "one",
    }
    assert set(notes(tmp_path, sample(**wrong))) == {
        "opens: a day is wanted, like 2027-01-31",
        "id: small letters, digits and _ are wanted, a letter first",
        "intro: keys of its own are wanted below it, and no words",
        "keywords: a list is wanted, like [one, two]",
        "version: a whole number is wanted",
    }
