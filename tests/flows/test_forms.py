"""Form files: every fault is named, and conditions hold."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from flows.form_files import load_form, load_forms
from flows.forms import RESERVED_ON_SMS, Form
from flows.schemes import load_schemes

FORMS = Path(__file__).parents[2] / "flows" / "forms"
SCHEMES = load_schemes(Path(__file__).parents[2] / "county" / "schemes")


def a_form(**fields_and_more) -> dict:
    fields = fields_and_more.pop("fields", [a_field()])
    return {
        "id": "test",
        "version": 1,
        "prefix": "TS",
        "label": "raise_concern",
        "title": "A test",
        "thing": "your test",
        "intro": {"text": "Hello."},
        "done": {"text": "Your reference is {reference}."},
        "fields": fields,
        **fields_and_more,
    }


def a_field(**more) -> dict:
    return {"id": "size", "kind": "number", "title": "Size", "ask": "How big?", **more}


def two_options(**more) -> list[dict]:
    return [{"value": "a", "label": "Apples"}, {"value": "b", "label": "Pears", **more}]


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        pytest.param(a_form(fields=[a_field(kind="choice")]), "at least two options", id="too few options"),
        pytest.param(
            a_form(fields=[a_field(options=two_options())]), "takes no options", id="options on a number"
        ),
        pytest.param(
            a_form(
                fields=[a_field(kind="choice", options=[*two_options(), {"value": "a", "label": "More"}])]
            ),
            "same value",
            id="an option twice",
        ),
        pytest.param(
            a_form(fields=[a_field(kind="consent")]), "wording: and version:", id="consent unworded"
        ),
        pytest.param(
            a_form(fields=[a_field(minimum=5, maximum=2)]), "minimum is above", id="minimum above maximum"
        ),
        pytest.param(a_form(fields=[a_field(), a_field()]), "two fields are called size", id="a field twice"),
        pytest.param(
            a_form(fields=[a_field(when={"later": True})]), "not asked before it", id="unknown condition"
        ),
        pytest.param(
            a_form(fields=[a_field(id="ok", kind="yes_no"), a_field(when={"ok": "maybe"})]),
            "answered yes or no",
            id="condition on a yes_no that is no yes or no",
        ),
        pytest.param(
            a_form(
                fields=[
                    a_field(id="fruit", kind="choice", options=two_options()),
                    a_field(when={"fruit": "c"}),
                ]
            ),
            "has no option c",
            id="condition on an unknown option",
        ),
        pytest.param(a_form(fields=[]), "at least 1", id="no fields"),
        pytest.param(a_form(prefix="OI"), "prefix", id="a prefix of letters that are misheard"),
        pytest.param(a_form(colour="red"), "colour", id="an unknown key"),
        pytest.param(a_form(fields=[a_field(colour="red")]), "colour", id="an unknown key of a field"),
        pytest.param(a_form(fields=[a_field(kind="colour")]), "kind", id="an unknown kind"),
        pytest.param(
            a_form(fields=[a_field(notes={"yes": {"text": "x"}})]), "go with a choice", id="notes on a number"
        ),
        pytest.param(
            a_form(fields=[a_field(kind="yes_no", notes={"maybe": {"text": "x"}})]),
            "no answer maybe",
            id="note",
        ),
    ],
)
def test_faults_are_named(form, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Form.model_validate(form)


@pytest.mark.parametrize("word", sorted(RESERVED_ON_SMS))
def test_words_of_the_phone_network_are_no_answers(word):
    for where in ({"label": word.title()}, {"sms": word.lower()}, {"also": [word]}):
        options = two_options()
        options[1] |= where
        with pytest.raises(ValidationError, match="phone network"):
            Form.model_validate(a_form(fields=[a_field(kind="choice", options=options)]))


def test_yes_and_no_of_yaml_are_taken_as_words():
    text = yaml.safe_load("{yes: {text: Good.}, no: {text: Fine.}}")
    form = Form.model_validate(a_form(fields=[a_field(kind="yes_no", notes=text)]))
    assert {k: v.text for k, v in form.fields[0].notes.items()} == {"yes": "Good.", "no": "Fine."}


def test_conditions_follow_answers_and_their_own_conditions():
    form = Form.model_validate(
        a_form(
            fields=[
                a_field(id="ok", kind="yes_no"),
                a_field(id="fruit", kind="choice", options=two_options(), when={"ok": True}),
                a_field(id="more", when={"fruit": ["a", "b"]}),
            ]
        )
    )
    ids = lambda answers: [f.id for f in form.asked_fields(answers)]  # noqa: E731
    assert ids({}) == ["ok"]
    assert ids({"ok": True}) == ["ok", "fruit"]
    assert ids({"ok": True, "fruit": "a"}) == ["ok", "fruit", "more"]
    assert ids({"ok": False, "fruit": "a"}) == ["ok"]
    assert form.next_field({"ok": True, "fruit": None}) is None


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.yml")), ids=lambda p: p.stem)
def test_forms_of_the_service(path):
    form = load_form(path, SCHEMES)
    assert path.stem == form.id
    assert "{reference}" in form.done.text and "{reference}" in (form.done.sms or form.done.text)
    words = " ".join([form.intro.text, *(f.ask for f in form.fields)]).casefold()
    assert "999" in form.intro.text
    for field in form.fields:
        assert field.description or field.personal, f"{field.id} has no description for the data dictionary"
    assert not any(w in words for w in ("ethnic", "their name", "who are they", "registration"))


def test_no_two_forms_share_a_prefix_or_a_label():
    forms = load_forms(FORMS, SCHEMES).values()
    assert len({f.prefix for f in forms}) == len({f.label for f in forms}) == len(forms)
