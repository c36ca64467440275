"""What the documents show must work: the tutorial's form is a form, and what it says of the keys is complete."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import yaml

from flows.check import check_content
from flows.content import load_content
from flows.conversation import Conversation
from flows.engine import Engine
from flows.events import MembershipJoined
from flows.facts import FactsNeeded, Need
from flows.forms import Form, FormField, Kind
from flows.messages import ChannelName, Incoming

DOCS = Path(__file__).parent.parent / "docs"


def test_the_tutorials_form_is_a_form():
    shown = re.search(r"```yaml\n(.*?)```", (DOCS / "forms.md").read_text(encoding="utf-8"), re.S)
    assert shown is not None
    form = Form.model_validate(yaml.safe_load(dedent(shown.group(1))))
    assert form.id == "lost_dog"
    assert [field.kind for field in form.fields] == [Kind.PLACE, Kind.WHEN, Kind.YES_NO]


def test_the_readme_s_scheme_is_joined_like_any_other(tmp_path):
    """Done as the README tells a newcomer: one file, the check, and "allotment watch" by text message."""
    text = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"county/schemes/allotment.yml`:\n\n```yaml\n(.*?)```", text, re.S)
    assert shown is not None
    for room in ("flows", "county"):
        shutil.copytree(DOCS.parent / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "county" / "schemes" / "allotment.yml").write_text(shown.group(1), encoding="utf-8")
    assert [f for f in check_content(tmp_path) if not f.is_warning] == []
    engine = Engine(load_content(tmp_path / "flows", tmp_path / "county"))
    facts: dict[Need, object] = {}
    state, now, events = Conversation(), datetime(2026, 11, 23, 10, tzinfo=UTC), []
    for words in ("allotment watch", "1", "Sam Patel CV34 6PH", "1", "1", "send"):
        incoming = Incoming(ChannelName.SMS, words)
        try:
            turn = engine.try_turn(state, incoming, now, facts)
            turn = turn or engine.take_turn(state, incoming, None, now, facts)
        except FactsNeeded as error:
            facts[error.need] = {}
            turn = engine.take_turn(state, incoming, None, now, facts)
        state, events = turn.conversation, [*events, *turn.events]
    joined = [event for event in events if isinstance(event, MembershipJoined)]
    assert [(event.scheme, event.role) for event in joined] == [("allotment", "member")]


def test_every_key_and_kind_of_a_form_is_explained():
    text = (DOCS / "forms.md").read_text(encoding="utf-8")
    keys = [*Form.model_fields, *FormField.model_fields]
    assert [key for key in keys if f"`{key}`" not in text] == []
    assert [kind for kind in Kind if f"| `{kind}` |" not in text] == []
