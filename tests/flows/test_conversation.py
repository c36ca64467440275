"""The state between two messages survives being written down."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.conversation import Conversation, FormInHand, Unsettled

text = st.text(max_size=20)
value = st.one_of(st.none(), st.booleans(), st.integers(), text, st.lists(text, max_size=3))
forms = st.builds(
    FormInHand,
    form=text,
    version=st.integers(1, 9),
    answers=st.dictionaries(text, value, max_size=4),
    asked=st.one_of(st.none(), text),
    partial=st.one_of(st.none(), st.dictionaries(text, value, max_size=2)),
    changing=st.booleans(),
)
unsettled = st.builds(
    Unsettled,
    id=text,
    text=text,
    ranking=st.lists(st.tuples(text, st.floats(0, 1)), max_size=3).map(tuple),
    offered=st.booleans(),
)
conversations = st.builds(
    Conversation,
    forms=st.lists(forms, max_size=3).map(tuple),
    step=st.integers(0, 1000),
    offered=st.lists(text, max_size=3).map(tuple),
    photos=st.lists(text, max_size=3).map(tuple),
    pin=st.one_of(st.none(), st.tuples(st.floats(-90, 90), st.floats(-180, 180))),
    confirming=st.sampled_from(["", "drop", "stop"]),
    paused=st.booleans(),
    browsing=st.booleans(),
    stopped=st.booleans(),
    unsettled=st.one_of(st.none(), unsettled),
    languages_offered=st.lists(text, max_size=3).map(tuple),
)


@given(conversations)
def test_a_conversation_comes_back_as_it_was(conversation):
    assert Conversation.from_json(conversation.to_json()) == conversation


def test_what_an_older_version_kept_is_understood():
    old = json.loads(Conversation(step=4).to_json())
    for later in ("browsing", "photos", "pin", "unsettled", "languages_offered"):
        del old[later]
    assert Conversation.from_json(json.dumps(old)) == Conversation(step=4)


@pytest.mark.parametrize("kept", ['{"format": 99}', "{}", '{"format": null}'])
def test_an_unknown_format_is_refused(kept):
    with pytest.raises(ValueError, match="unknown format"):
        Conversation.from_json(kept)
