"""For whom an answer is, told from the words of a message (county/cases.yml)."""

import pytest

from flows.engine import Engine

EVERY = ("under_18", "after", "renting", "business", "for_someone_else", "before")


@pytest.mark.parametrize(
    ("message", "case"),
    [
        ("I'm 14 and someone took my bike", "under_18"),
        ("im 18 and someone took my bike", "after"),
        ("aged 71, been scammed", "after"),
        ("my lad is 17 years old", "for_someone_else"),
        ("my 15 year old boy is running drugs", "for_someone_else"),
        ("my grandson who is 14 years old", "for_someone_else"),
        ("I am 15 years old", "under_18"),
        ("my shed was broken into last night", "after"),
        ("how do i stop my shed being broken into", "before"),
        ("what if I RENT?", "renting"),
        ("our landlord wont fix the lock", "renting"),
        ("we run a village hall and our church next door", "business"),
        ("my mum keeps getting calls", "for_someone_else"),
        ("my son hits me", None),
        ("best lock for a bike", None),
        ("", None),
        ("what happened on the parenting course", None),
    ],
)
def test_a_message_tells_for_whom_it_asks(engine: Engine, message, case):
    assert engine.content.cases.find(message, EVERY) == case


def test_only_cases_the_answer_has_are_found(engine: Engine):
    assert engine.content.cases.find("im 14 and my bike was stolen", ("after",)) == "after"
    assert engine.content.cases.find("im 14 and my bike was stolen", ()) is None
