"""Each kind of question: what it takes for certain, what it makes of a sentence, and what it does not take."""

from datetime import UTC, datetime

import pytest
from fakes import UNSURE, meaning

from flows.forms import FormField
from flows.messages import ChannelName, Incoming, Location
from flows.questions import (
    add_photos,
    read_button,
    read_certain,
    read_freely,
    repeat,
)
from flows.reading import Answered, Asking, Unclear
from flows.stored_answers import is_stored_well, show

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
OPTIONS = (
    {"value": "park", "label": "Park or green", "sms": "Park", "also": ["rec"]},
    {"value": "car_park", "label": "Car park"},
    {"value": "farm", "label": "Farm land", "also": ["field"]},
    {"value": "none", "label": "None of these", "sms": "None", "alone": True, "also": ["nothing"]},
)
MORE = {
    "choice": {"options": OPTIONS},
    "choices": {"options": OPTIONS},
    "consent": {"wording": "w", "version": 2},
    "when": {"past": True},
    "number": {"maximum": 300},
    "photo": {"maximum": 3},
    "text": {"max_length": 50},
    "place": {"required": True},
}


@pytest.fixture
def asking(content):
    def make(kind: str, partial=None, **more) -> Asking:
        field = FormField(id="it", kind=kind, title="It", ask="It?", **{**MORE.get(kind, {}), **more})
        return Asking(field, NOW, content.gazetteer, content.texts.words("en"), partial)

    return make


def said(text: str) -> Incoming:
    return Incoming(ChannelName.WEB, text=text)


def given(answer: bool) -> dict:
    return {"wording": "w", "version": 2, "given": answer}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("choice", "1", "park"),
        ("choice", "car park", "car_park"),
        ("choice", "REC", "park"),
        ("choice", "farm lnad", "farm"),
        ("choices", "1 3", ["park", "farm"]),
        ("choices", "1,3", ["park", "farm"]),
        ("choices", "13", ["park", "farm"]),
        ("choices", "1 and 3", ["park", "farm"]),
        ("choices", "numbers 1 & 3", ["park", "farm"]),
        ("choices", "rec and field", ["park", "farm"]),
        ("choices", "nothing", ["none"]),
        ("choices", "4 1", ["park"]),
        ("choices", "3 3 3", ["farm"]),
        ("yes_no", "yep", True),
        ("yes_no", "No thanks", False),
        ("yes_no", "1", True),
        ("yes_no", "2", False),
        ("consent", "ok", given(True)),
        ("consent", "nope", given(False)),
        ("number", "about six", 6),
        ("postcode", "cv346ph", "CV34 6PH"),
        ("phone", "my number is 07700 900123", "+447700900123"),
        ("phone", "+44 1926 410410", "+441926410410"),
        ("email", "it is sam@example.org. thanks", "sam@example.org"),
        ("email", "sam at example dot org", "sam@example.org"),
        ("email", "Sam @ example . org", "Sam@example.org"),
        ("text", "no", None),
        ("photo", "nope", None),
    ],
)
def test_certain(asking, kind, text, value):
    assert read_certain(asking(kind), said(text)) == Answered(value)


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        ("choices", "1 9", "choices.number"),
        ("choices", "0", "choices.number"),
        ("number", "minus three", "number.negative"),
        ("number", "loads", "number.vague"),
        ("number", "no", "number.no"),
        ("number", "301", "number.too_big"),
        ("when", "tomorrow", "when.future"),
        ("when", "3 november 1999", "when.long_ago"),
        ("phone", "07700 900", "phone.wrong"),
        ("phone", "07700 900123 or 07700 900124", "phone.two"),
        ("email", "sam@", "email.wrong"),
        ("place", "M1 1AE", "place.outside_postcode"),
        ("place", "Coventry", "place.outside"),
        ("place", "CV35 8AB", "place.town_of_postcode"),
        ("place", "Warwick", "place.road"),
    ],
)
def test_certain_but_not_yet_an_answer(asking, kind, text, key):
    read = read_certain(asking(kind), said(text))
    assert isinstance(read, Unclear)
    assert read.key == key


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("choice", "it is on a park i think"),
        ("choice", "9"),
        ("choices", "what do you mean"),
        ("yes_no", "perhaps"),
        ("number", "when will you come then"),
        ("number", "x"),
        ("when", "when will you come"),
        ("when", "bye for now"),
        ("place", "the rec"),
        ("text", "some words"),
        ("text", ""),
        ("photo", "here it comes"),
        ("phone", "no idea"),
        ("email", "no idea"),
    ],
)
def test_not_certain(asking, kind, text):
    assert read_certain(asking(kind), said(text)) is None


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("choice", "it is on a car park i think", "car_park"),
        ("choices", "there is a field and a rec there", ["park", "farm"]),
        ("number", "well when i looked there were six or so of them", 6),
        ("text", "some words", "some words"),
        ("postcode", "i think it is cv34 6ph", "CV34 6PH"),
    ],
)
def test_freely(asking, kind, text, value):
    assert read_freely(asking(kind), said(text), UNSURE) == Answered(value)


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        ("choice", "flibble", "choice.unclear"),
        ("choice", "a park or a farm land", "choice.unclear"),
        ("choices", "flibble", "choices.unclear"),
        ("yes_no", "perhaps", "yes_no.unclear"),
        ("consent", "perhaps", "yes_no.unclear"),
        ("number", "x", "number.unclear"),
        ("when", "x", "when.unclear"),
        ("place", "1", "place.unclear"),
        ("place", "yes", "place.unclear"),
        ("place", "the rec", "place.town"),
        ("postcode", "x", "postcode.unclear"),
        ("phone", "x", "phone.unclear"),
        ("email", "x", "email.unclear"),
        ("photo", "x", "photo.unclear"),
        ("text", "x" * 51, "text.too_long"),
    ],
)
def test_unclear_says_what_would_help(asking, content, kind, text, key):
    read = read_freely(asking(kind), said(text), None)
    assert isinstance(read, Unclear)
    assert read.key == key
    assert content.texts.has(key)


def test_consent_is_never_guessed_from_a_sentence(asking):
    text = "i suppose you may if you must"
    assert read_freely(asking("yes_no"), said(text), meaning(text, "affirm")) == Answered(True)
    read = read_freely(asking("consent"), said(text), meaning(text, "affirm"))
    assert isinstance(read, Unclear)


def test_entities_answer_where_the_words_do_not(asking):
    text = "we counted quite a few, i would say half a dozen caravans and then three cars"
    found = meaning(text, "report_encampment", entities=(("caravans", "half a dozen", 6),))
    assert read_freely(asking("number", entity="caravans"), said(text), found) == Answered(6)


@pytest.mark.parametrize(
    ("kind", "pressed", "value"),
    [
        ("choice", "farm", "farm"),
        ("yes_no", "no", False),
        ("consent", "yes", given(True)),
        ("photo", "done", []),
    ],
)
def test_button(asking, kind, pressed, value):
    assert read_button(asking(kind), pressed) == Answered(value)


@pytest.mark.parametrize(
    "kind", ["choice", "choices", "yes_no", "consent", "number", "place", "text", "photo"]
)
def test_a_button_of_another_question_is_no_answer(asking, kind):
    assert read_button(asking(kind), "nonsense") is None


def test_presses_add_up_until_done(asking):
    one = read_button(asking("choices"), "park")
    assert isinstance(one, Unclear)
    assert [value for value, _ in one.choices] == ["done", "car_park", "farm"]
    two = read_button(asking("choices", one.partial), "farm")
    assert isinstance(two, Unclear)
    assert read_button(asking("choices", two.partial), "done") == Answered(["park", "farm"])
    assert read_button(asking("choices", two.partial), "car_park") == Answered(["park", "farm", "car_park"])
    assert read_button(asking("choices", two.partial), "none") == Answered(["none"])
    assert read_certain(asking("choices", two.partial), said("car park")) == Answered(
        ["park", "farm", "car_park"]
    )
    assert read_certain(asking("choices", two.partial), said("no")) == Answered(["park", "farm"])


def test_photos_are_kept_until_enough_and_never_twice(asking):
    one = add_photos(asking("photo"), ["a", "a"])
    assert isinstance(one, Unclear)
    assert one.partial == {"photos": ["a"]}
    assert add_photos(asking("photo", one.partial), ["b", "c", "d"]) == Answered(["a", "b", "c"])


def test_a_pin_keeps_the_words_said_before_it(asking):
    partial = {"place": {"text": "the rec", "certainty": "unknown"}}
    read = read_certain(
        asking("place", partial), Incoming(ChannelName.WEB, location=Location(52.2823, -1.5849))
    )
    assert isinstance(read, Answered)
    assert (read.value["text"], read.value["district"], read.value["certainty"]) == (
        "the rec",
        "warwick",
        "pin",
    )


@pytest.mark.parametrize(
    ("kind", "partial", "key"),
    [
        ("place", {"place": {"text": "the rec", "certainty": "unknown"}}, "place.town"),
        ("choices", {"chosen": ["park"]}, "choices.more"),
        ("photo", {"photos": ["a"]}, "photo.another"),
        ("text", {"kept": "some words"}, "text.keep"),
        ("number", None, None),
    ],
)
def test_half_an_answer_is_asked_on_from_where_it_was(asking, kind, partial, key):
    again = repeat(asking(kind, partial))
    assert (again.key if again else None) == key


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("choice", "park", "Park or green"),
        ("choices", ["park", "farm"], "Park or green, Farm land"),
        ("number", 0, "0"),
        ("photo", ["a", "b"], "2"),
        ("text", "words", "words"),
        ("text", None, ""),
        ("photo", [], ""),
        ("place", {"text": "", "name": "Warwick", "certainty": "pin"}, "map pin near Warwick"),
        ("place", {"text": "the rec", "certainty": "unknown"}, "the rec"),
        (
            "place",
            {"text": "lemington", "name": "Leamington", "certainty": "near"},
            "lemington (near Leamington)",
        ),
    ],
)
def test_shown_back(asking, kind, value, shown):
    assert show(asking(kind).field, value) == shown


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("choice", "park", True),
        ("choice", "sea", False),
        ("choices", ["park", "sea"], False),
        ("number", 4, True),
        ("number", "4", False),
        ("consent", given(True), True),
        ("consent", {**given(True), "version": 1}, False),
        ("text", 4, False),
        ("place", None, True),
    ],
)
def test_a_stored_value_of_an_older_form_is_known(asking, kind, value, fits):
    assert is_stored_well(asking(kind).field, value) is fits
