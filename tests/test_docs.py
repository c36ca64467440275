"""What the documents show must work: the tutorial's form is a form, and what it says of the keys is complete."""

import re
from pathlib import Path
from textwrap import dedent

import yaml

from flows.forms import Form, FormField, Kind

DOCS = Path(__file__).parent.parent / "docs"


def test_the_tutorials_form_is_a_form():
    shown = re.search(r"```yaml\n(.*?)```", (DOCS / "forms.md").read_text(encoding="utf-8"), re.S)
    assert shown is not None
    form = Form.model_validate(yaml.safe_load(dedent(shown.group(1))))
    assert form.id == "lost_dog"
    assert [field.kind for field in form.fields] == [Kind.PLACE, Kind.WHEN, Kind.YES_NO]


def test_every_key_and_kind_of_a_form_is_explained():
    text = (DOCS / "forms.md").read_text(encoding="utf-8")
    keys = [*Form.model_fields, *FormField.model_fields]
    assert [key for key in keys if f"`{key}`" not in text] == []
    assert [kind for kind in Kind if f"| `{kind}` |" not in text] == []
