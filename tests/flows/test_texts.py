"""What the service says: every sentence is there, filled in, short enough for SMS, and easy to read."""

import re
from pathlib import Path
from string import Formatter

import pytest

from bot.segments import count_segments, fold
from flows.asking import put_question
from flows.case_states import load_machines
from flows.consultations import (
    Anonymity,
    compile_equality,
    compile_form,
    load_consultations,
    load_equality,
)
from flows.conversation import Conversation, FormInHand
from flows.facts import CASE_STATES, CodeState, HeldMembership, PersonFacts, PersonNeeded
from flows.form_files import load_forms
from flows.forms import RESERVED_ON_SMS, Kind
from flows.messages import Button, ChannelName, Incoming, Reply
from flows.schemes import load_schemes
from flows.texts import TextFile, Wording, fill
from flows.turn import TurnBuilder, fits_two_texts
from flows.words import COMMANDS, WordLists, Words
from flows.yaml_lines import read_yaml

ROOT = Path(__file__).parents[2]
CODE = [path for room in ("flows", "bot", "staff") for path in sorted((ROOT / room).glob("*.py"))]
EN = read_yaml(ROOT / "flows" / "texts" / "en.yml")
TEXTS = TextFile.model_validate(EN).texts
FORMS = load_forms(ROOT / "flows" / "forms", load_schemes(ROOT / "county" / "schemes"))
FORMS |= {form.id: form for form in map(compile_form, load_consultations(ROOT / "county").values())}
FORMS |= {"equality": compile_equality(load_equality(ROOT / "county"))}
STAGES = {
    state.published
    for machine in load_machines(ROOT / "county").values()
    for state in machine.states.values()
    if state.published is not None
}
# The longest a value of each name can be.
LONGEST = {
    "messages": 9999,
    "closed": 9999,
    "latest": 9999,
    "thing": "x" * 30,
    "maximum": 1000,
    "minimum": 100,
    "most": 20,
    "count": 10,
    "number": 99,
    "postcode": "CV34 6PH",
    "name": "Royal Leamington Spa",
    "force": "West Midlands Police",
    "words": "x" * 100,
    "chosen": "x" * 120,
    "team": "x" * 60,
    "place": "Bishops Itchington",
    "district": "Nuneaton and Bedworth",
    "council": "Nuneaton and Bedworth Borough Council",
    "partnership": "Nuneaton and Bedworth Community Safety Partnership",
    "sources": "x" * 100,
    "reviewed": "22 November 2026",
    "noted": "x" * 150,
    "reference": "EN-7K3F-2QX",
    "next": "x" * 160,
    "question": "x" * 160,
    "code": "JN-7K3F-2QX",
    "receipt": "ER-7K3F-2QX",
    "minutes": 15,
    "page": "https://frontdoor.example.org/my-data",
    "state": max((said.text for key, said in TEXTS.items() if key.startswith("stage.")), key=len),
    "sent": "26/11/2026",
    "changed": "26/11/2026",
    "group": "x" * 60,
    "scheme": "Neighbourhood Watch",
    "schemes": "Neighbourhood Watch, Horse Watch and Heritage Watch",
    "near": "x" * 60,
    "when": "The office is closed just now. Expect an answer by Wednesday 23 September.",
    "day": "Wednesday 23 September",
    "body": "Nuneaton and Bedworth Community Safety Partnership",
    "stage": max((said.text for key, said in TEXTS.items() if key.startswith("stage.")), key=len, default=""),
    **dict.fromkeys(("opens", "closes", "closed", "decision"), "26/11/2026"),
    "title": "x" * 32,
    "link": "https://frontdoor.example.org/consultations/police_part_of_tax",
    "ticket": "TK-7K3F-2QX",
    **dict.fromkeys(("given", "fewest", "total", "sum"), 100),
    "first": "x" * 60,
    "second": "x" * 60,
}
SITE = {
    "site": {"name": "x" * 40, "first_seen_on": "2026-11-26", "state": "visited", "reference": "EN-7K3F-2QX"}
}


# Somebody who holds every scheme, so that each is offered.
FACTS = {
    PersonNeeded(): PersonFacts(
        memberships=tuple(
            HeldMembership(s.id, s.id, "member", "active") for s in load_schemes(ROOT / "county" / "schemes")
        )
    )
}


def keys_in_code() -> set[str]:
    keys = set()
    for path in CODE:
        # Lines of the log name their events in the same way.
        text = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if "log." not in line)
        text = text.replace("'", '"')
        keys |= set(re.findall(r'(?:words|label|raw|say|Unclear)\(\s*"([a-z_]+(?:\.[a-z_]+)?)"', text))
        keys |= set(re.findall(r'"((?:notice|photo|button|place|danger|form|text)\.[a-z_]+)"', text))
    return {k for k in keys if not k.endswith(".yml")}


def test_every_key_the_code_says_is_there():
    missing = {k for k in keys_in_code() if k not in TEXTS}
    assert not missing


def test_no_sentence_is_kept_that_nothing_says():
    said = keys_in_code()
    code = " ".join(path.read_text(encoding="utf-8") for path in CODE)
    made = ("label.", "topic.", "danger.", "button.drop_", "button.stop_", "button.")
    left = {k for k in TEXTS if k not in said and f'"{k}"' not in code and not k.startswith(made)}
    # Keys put together from a name: "{kind}.unclear", "form.{what}".
    left -= {f"{kind}.unclear" for kind in ("phone", "email", "photo", "text", "number", "when", "choice")}
    left -= {f"hide.{channel}" for channel in ("web", "telegram", "sms")}
    left -= {"form.drop", "form.stop", "goodbye", "thanks"}
    left -= STAGES | {f"state.{state}" for state in CASE_STATES} | {f"code.{state}" for state in CodeState}
    left -= {f"watch.changed_{what}" for what in ("news", "move", "pause", "carry_on", "leave")}
    left -= {f"survey.{level}" for level in Anonymity}
    assert not left


def test_every_placeholder_is_known_and_filled(subtests):
    for key, wording in TEXTS.items():
        with subtests.test(key):
            assert wording.placeholders() <= set(LONGEST), wording.placeholders()
            if wording.sms:
                assert {n for _, n, _, _ in Formatter().parse(wording.sms) if n} <= wording.placeholders()
            said = fill(wording, LONGEST)
            assert "{" not in said.text + said.sms


def test_every_text_message_is_two_segments_at_most_with_the_longest_values(subtests):
    for key in TEXTS.keys() - {"answer.source"}:
        with subtests.test(key):
            sms = fill(TEXTS[key], LONGEST).sms
            counted = count_segments(fold(sms))
            assert counted.encoding == "GSM-7"
            assert counted.segments <= 2, counted.units


def test_button_labels_fit_a_phone(subtests):
    for key, wording in TEXTS.items():
        if key.startswith(("button.", "label.", "topic.")):
            with subtests.test(key):
                assert len(wording.text) <= 32


@pytest.mark.parametrize(
    ("form", "field"),
    [(f, q) for f in FORMS.values() for q in f.fields],
    ids=lambda x: getattr(x, "id", None),
)
def test_every_question_with_its_options_is_two_segments_at_most(content, form, field):
    from datetime import UTC, datetime

    partial = SITE if field.kind is Kind.SITE else None
    held = FormInHand(form.id, form.version, {}, asked=field.id, partial=partial)
    state = Conversation(forms=(held,), step=1)
    turn = TurnBuilder(
        content,
        state,
        Incoming(ChannelName.SMS),
        None,
        datetime(2026, 1, 1, tzinfo=UTC),
        model_asked=False,
        facts=FACTS,
    )
    put_question(turn, form, field)
    shown = turn.replies[-1].to_sms()
    counted = count_segments(fold(shown))
    assert (counted.encoding, counted.segments <= 2) == ("GSM-7", True), shown
    # Alone and in capitals is how this service invites a word: none of the phone network's own.
    invited = set(re.findall(r"\b[A-Z]{3,}\b", shown))
    assert not invited & RESERVED_ON_SMS, shown
    for reply in turn.replies:
        for button in reply.buttons:
            assert len(button.payload.encode()) <= 64
            assert button.keyword not in RESERVED_ON_SMS


def test_no_text_invites_a_word_the_phone_network_acts_on(subtests):
    for key in TEXTS:
        with subtests.test(key):
            # STOP, START and HELP are named on purpose, where they mean to us what they mean to the network.
            # "START ALERTS" is no word of the network's: it acts only on a message that is nothing but START.
            names = {"sms_help", "stopped", "still_stopped", "alerts.stopped"}
            allowed = {"STOP", "START", "HELP"} if key in names else set()
            sms = TEXTS[key].sms or TEXTS[key].text
            assert not set(re.findall(r"\b[A-Z]{3,}\b", sms)) & (RESERVED_ON_SMS - allowed)


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda f: f.id)
def test_what_a_form_says_before_and_after_fits(form):
    for wording in (form.intro, form.done):
        counted = count_segments(fold(fill(wording, {**LONGEST, "thing": form.thing}).sms))
        assert (counted.encoding, counted.segments <= 2) == ("GSM-7", True), counted.units


def syllables(word: str) -> int:
    """Groups of vowels, a silent e at the end left out; good to about one in ten words."""
    word = re.sub(r"[^a-z]", "", word.casefold())
    if len(word) <= 3:
        return 1
    word = re.sub(r"(?:[^laeiouy]es|ed|[^laeiouy]e)$", "", word)
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def reading_grade(text: str) -> float:
    """Flesch-Kincaid grade (Kincaid and others 1975): 0.39 words/sentence + 11.8 syllables/word - 15.59.

    A grade is a school year; plus 5 it is about an age.
    """
    text = re.sub(r"\b\S+\.(?:co|uk|org|com)\S*", "site", text)
    sentences = [s for s in re.split(r"[.!?:]+\s|\n+", text + " ") if re.search(r"[A-Za-z]{2}", s)]
    words = re.findall(r"[A-Za-z'\u2019]+", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def test_reading_grade_is_what_it_should_be():
    assert reading_grade("The cat sat on the mat. It was fat.") < 1
    assert (
        reading_grade("Notwithstanding considerable institutional deliberation, implementation continues.")
        > 15
    )


LONG_TEXTS = {k: w.text for k, w in TEXTS.items() if len(w.text.split()) >= 8}
# The equality questions are worded by the standard, so that results compare.
OWN = [f for f in FORMS.values() if not f.equality]
LONG_TEXTS |= {f"{f.id}.{q.id}": q.ask for f in OWN for q in f.fields if len(q.ask.split()) >= 8}
LONG_TEXTS |= {f"{f.id}.intro": f.intro.text for f in FORMS.values()}
LONG_TEXTS |= {f"{f.id}.done": f.done.text for f in FORMS.values()}


def test_a_child_of_eleven_can_read_it(subtests):
    for key in LONG_TEXTS:
        with subtests.test(key):
            text = re.sub(r"\{(\w+)\}", "this", LONG_TEXTS[key])
            # "Warwickshire" and "emergency" alone lift a short sentence over any limit, so single ones may reach 8.
            assert reading_grade(text) <= 8.0, round(reading_grade(text), 1)


def test_all_together_are_for_a_reading_age_of_nine_to_eleven():
    grades = [reading_grade(re.sub(r"\{(\w+)\}", "this", t)) for t in LONG_TEXTS.values()]
    assert sum(grades) / len(grades) + 5 <= 10


def test_words_of_two_languages_are_understood_together():
    polish = WordLists(yes=("tak",), no=("nie",), skip=("pomi\u0144",))
    words = Words.of(polish, WordLists.model_validate(EN["words"]))
    assert {"tak", "yes"} <= words.yes
    assert words.commands["pomin"] == words.commands["skip"] == "skip"


def test_no_phrase_means_two_things():
    lists = WordLists.model_validate(EN["words"])
    seen: dict[str, str] = {}
    for name in COMMANDS:
        for phrase in getattr(lists, name):
            assert seen.setdefault(phrase, name) == name, phrase
    overlap = set(lists.yes) & set(lists.no)
    assert not overlap


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_said(name):
    assert getattr(WordLists.model_validate(EN["words"]), name)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("change 3", 3),
        ("3", 3),
        ("number 3", 3),
        ("no 3 is wrong", 3),
        ("please change number 12", 12),
        ("change 3 and 4", None),
        ("change", None),
        ("3 caravans", None),
        ("change 300", None),
    ],
)
def test_change_and_its_number(content, said, number):
    assert content.texts.words("en").read_change(said) == number


def test_a_reply_as_a_text_message():
    buttons = (Button("Park", "1:a:park"), Button("Skip", "1:c:skip", "SKIP"), Button("Farm", "1:a:farm"))
    assert Reply("Where?", buttons).to_sms() == "Where?\n1 Park\n2 Farm\nSKIP"
    menu = Button("Give up", "1:c:drop", "DROP")
    assert Reply("Long words", (menu,), sms="Text DROP to go").to_sms() == "Text DROP to go"
    assert Reply("Where?", (menu,)).to_sms() == "Where?\nDROP: Give up"


@pytest.mark.parametrize(
    "text",
    [
        *("a" * 306, "a" * 307, "{" * 152, "{" * 153, "\u0436" * 134, "\u0436" * 135, "\U0001f600" * 67),
        *("\u0142" * 306, "\u0142" * 307, "\u0219" * 306, "\u0219" * 307),  # a letter whose accent goes
    ],
    ids=range(11),
)
def test_what_fits_two_texts_is_what_the_network_counts(text):
    assert fits_two_texts(text) == (count_segments(fold(text)).segments <= 2)


def test_a_language_without_a_sentence_says_it_in_the_source_language(content):
    from flows.texts import Texts

    polish = TextFile(
        language="pl", name="Polski", reviewed_by=None, texts={"thanks": Wording(text="Prosz\u0119.")}
    )
    texts = Texts({"en": TextFile.model_validate(EN), "pl": polish})
    assert texts.say("thanks", "pl").text == "Prosz\u0119."
    assert texts.say("goodbye", "pl").text == texts.say("goodbye", "en").text
    assert texts.words("pl").commands["skip"] == "skip"
