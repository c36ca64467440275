"""What waits between two messages of a report: no words that were turned aside, no question about another place."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fakes import meaning

from flows.conversation import Conversation
from flows.engine import Engine
from flows.facts import FactsNeeded, KnownSite, Need, SitesNeeded
from flows.messages import ChannelName, Incoming, Location
from flows.stored_answers import show
from flows.turn import Turn

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
AT_REC = "dirty pikeys on the rec"
TWO = "caravans on Myton Fields in Warwick and another lot of pikeys in the lay-by at Southam"
UNSURE = "dirty pikeys at the pikey camp on Myton Fields"
ATTACK = "dirty pikeys are attacking a man with a knife at Southam"
KNOWN = KnownSite("EN-7K3F-2QX", "Myton Fields, Warwick", "visited", NOW.date(), NOW.date(), 100, 0.9)


def say(
    engine: Engine, before: Conversation, text: str = "", found=None, known: KnownSite = KNOWN, **sent
) -> Turn:
    """A turn over a record that knows one site, at Myton Fields."""
    facts: dict[Need, object] = {}
    while True:
        try:
            incoming = Incoming(ChannelName.WEB, text=text, number=1, **sent)
            turn = engine.try_turn(before, incoming, NOW, facts)
            return turn or engine.take_turn(before, incoming, found, NOW, facts)
        except FactsNeeded as error:
            need = error.need
            assert isinstance(need, SitesNeeded)
            facts[need] = (known,) if abs(need.latitude - 52.279) < 0.01 else ()


def begun(engine: Engine, *words: str) -> Conversation:
    conversation = Conversation(greeted=True)
    for text in ("report encampment", *words):
        conversation = say(engine, conversation, text, meaning(text, "report_encampment")).conversation
    return conversation


@pytest.mark.parametrize(
    ("first", "text", "label", "place"),
    [
        ((), AT_REC, "report_encampment", AT_REC),
        ((), ATTACK, "emergency", "Southam"),
        (None, TWO, "report_encampment", "Myton Fields in Warwick"),
        (None, UNSURE, "unsure", "the pikey camp on Myton Fields"),
    ],
)
def test_words_turned_aside_wait_nowhere(engine: Engine, first, text, label, place):
    before = begun(engine, *first) if first is not None else Conversation(greeted=True)
    found = meaning(text, label, 0.9, (("place", place, None),))
    if label == "unsure":
        found = meaning(text, "report_encampment", 0.3, (("place", place, None),))
    turn = say(engine, before, text, found)
    held = turn.conversation.to_json() + str(turn.replies)
    assert turn.instead is not None
    assert "pikey" not in held.casefold() + turn.instead.casefold()
    assert [e.kind for e in turn.events if type(e).__name__ == "Moderated"] == ["hostile"]


def test_a_message_changed_after_its_report_was_sent_is_kept_neutrally(engine: Engine):
    turn = say(engine, Conversation(greeted=True), "the pikeys blocked the gate with a van", edited=True)
    assert turn.instead == "the people living there blocked the gate with a van"


def test_a_pin_told_instead_of_whether_it_is_that_site_asks_no_more_about_it(engine: Engine):
    asked = begun(engine, "Myton Fields in Warwick")
    assert asked.in_hand is not None and asked.in_hand.asked == "known"
    turn = say(engine, asked, location=Location(52.37, -1.26))
    held = turn.conversation.in_hand
    assert held is not None and (held.asked, held.partial) == ("caravans", None)
    assert held.answers["known"] is None and "Myton" not in turn.replies[-1].text


@pytest.mark.parametrize("text", ["another child is hurt", "no my husband hits me"])
def test_danger_is_heard_in_words_that_begin_like_an_answer_about_a_site(engine: Engine, text):
    turn = say(engine, begun(engine, "Myton Fields in Warwick"), text, meaning(text, "emergency", 0.95))
    assert "call 999" in turn.replies[0].text
    assert turn.conversation.in_hand is not None and "known" not in turn.conversation.in_hand.answers


def test_whether_a_site_was_known_is_shown_in_words_from_the_record_too(engine: Engine):
    field = engine.content.forms["encampment"].get_field("known")
    assert show(field, "same") == show(field, {"answer": "same"}) == "Yes, nothing new"


def test_a_site_without_a_name_is_asked_about_by_the_place_just_told(engine: Engine):
    turn = say(engine, begun(engine), "Myton Fields in Warwick", known=replace(KNOWN, name=""))
    assert "a site near Myton Fields, Warwick, first seen" in turn.replies[-1].text
