"""What follows an answer: MORE by SMS, lasting cases, review dates, privacy."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fakes import meaning

from flows import topics
from flows.content import Content
from flows.conversation import Answered, Conversation
from flows.engine import Engine
from flows.events import AnswerGiven, AnswerRated, Unanswered
from flows.messages import ChannelName, Incoming, Location
from flows.turn import Turn, fits_two_texts

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


def ask(
    engine: Engine,
    text: str,
    topic: str,
    *,
    channel=ChannelName.WEB,
    state: Conversation | None = None,
    now=NOW,
) -> Turn:
    state = state or Conversation(greeted=True)
    return engine.take_turn(state, Incoming(channel, text), meaning(text, f"ask/{topic}"), now)


def say(
    engine: Engine, turn: Turn, text: str, *, channel=ChannelName.WEB, after=timedelta(minutes=1)
) -> Turn:
    unsure = meaning(text, "out_of_scope", 0.2)
    return engine.take_turn(turn.conversation, Incoming(channel, text), unsure, NOW + after)


def test_more_tells_the_whole_answer_in_texts_that_fit(engine: Engine):
    for entry in engine.content.knowledge.values():
        for words in (entry, *entry.cases.values()):
            parts = topics.cut_for_sms(words.text)
            assert "\n".join(parts) == words.text.strip()
            assert all(fits_two_texts(f"{part}\nMORE") for part in parts), entry.id


def test_more_with_no_answer_before_is_no_command(engine: Engine):
    turn = engine.take_turn(
        Conversation(greeted=True), Incoming(ChannelName.SMS, "more"), meaning("more", "help"), NOW
    )
    assert "What would you like to do?" in turn.replies[-1].sms


def test_who_somebody_is_holds_for_the_next_question(engine: Engine):
    first = ask(engine, "im 15 and a man online wants pics of me", "online_grooming")
    assert first.events == (AnswerGiven("online_grooming", "under_18"),)
    second = ask(
        engine,
        "he says hell share them",
        "sextortion",
        state=first.conversation,
        now=NOW + timedelta(minutes=2),
    )
    assert AnswerGiven("sextortion", "under_18") in second.events


def test_what_happened_to_one_thing_did_not_happen_to_the_next(engine: Engine):
    first = ask(engine, "my bike was stolen", "bicycle_theft")
    assert first.events == (AnswerGiven("bicycle_theft", "after"),)
    second = ask(
        engine,
        "how do i keep my van safe",
        "van_tool_theft",
        state=first.conversation,
        now=NOW + timedelta(minutes=2),
    )
    assert AnswerGiven("van_tool_theft", "") in second.events


def test_a_follow_up_long_after_is_a_new_question(engine: Engine):
    first = ask(engine, "how do i stop burglars", "home_burglary_basics")
    soon = say(engine, first, "what if i rent")
    late = say(engine, first, "what if i rent", after=topics.FOLLOWS_WITHIN + timedelta(minutes=1))
    assert AnswerGiven("home_burglary_basics", "renting") in soon.events
    assert not any(isinstance(event, AnswerGiven) for event in late.events)


def test_an_answer_past_its_review_is_not_said(engine: Engine):
    entry = engine.content.knowledge["bicycle_theft"]
    late = datetime.combine(entry.review_by + timedelta(days=1), NOW.time(), UTC)
    turn = ask(engine, "bike lock", "bicycle_theft", now=late)
    assert "I do not have a checked answer" in turn.replies[0].text
    assert [event.reason for event in turn.events if isinstance(event, Unanswered)] == ["no_entry"]
    on_the_day = ask(
        engine, "bike lock", "bicycle_theft", now=datetime.combine(entry.review_by, NOW.time(), UTC)
    )
    assert AnswerGiven("bicycle_theft") in on_the_day.events


def test_only_pages_that_were_read_are_named_as_sources(engine: Engine):
    for topic, entry in engine.content.knowledge.items():
        if entry.private:
            continue
        text = ask(engine, "tell me about it please", topic).replies[0].text
        assert "general knowledge" not in text
        assert ("Source:" in text) == bool(entry.read_sources), topic


@pytest.mark.parametrize("channel", list(ChannelName))
def test_a_private_topic_is_told_only_after_it_is_safe(engine: Engine, channel):
    private = [topic for topic, entry in engine.content.knowledge.items() if entry.private]
    assert len(private) >= 6
    for topic in private:
        asked = ask(engine, "it is about something private", topic, channel=channel)
        told = engine.content.knowledge[topic]
        assert told.text[:60] not in asked.replies[-1].text and told.title not in asked.replies[-1].text
        assert not any(isinstance(event, AnswerGiven) for event in asked.events)
        pin = Incoming(channel, location=Location(52.29, -1.53))
        assert engine.try_turn(asked.conversation, pin, NOW), "a pin holds no words for the model"
        safe = engine.take_turn(
            asked.conversation, Incoming(channel, "yes"), None, NOW + timedelta(minutes=1)
        )
        assert AnswerGiven(topic) in safe.events
        words = safe.replies[-1].to_sms() if channel is ChannelName.SMS else safe.replies[-1].text
        assert safe.replies[0].text.startswith("Here is what you asked for.") or channel is ChannelName.SMS
        assert "999" in words and safe.replies[-1].topic is None


def test_yes_after_danger_is_not_that_it_is_safe_to_talk(engine: Engine):
    asked = ask(engine, "it is about something private", "stalking_harassment")
    danger = engine.take_turn(asked.conversation, Incoming(ChannelName.WEB, "hes got a knife"), None, NOW)
    told = engine.take_turn(danger.conversation, Incoming(ChannelName.WEB, "yes"), None, NOW)
    assert told.events == () and told.replies == danger.replies
    assert not told.conversation.asks_if_safe, "nor is a later yes, to whatever it is"


def test_a_rating_without_an_answer_counts_nothing(engine: Engine):
    turn = engine.take_turn(
        Conversation(greeted=True), Incoming(ChannelName.WEB, button="go:helped"), None, NOW
    )
    assert not any(isinstance(event, AnswerRated) for event in turn.events)
    assert "earlier answer" in turn.replies[0].text


def test_a_case_the_answer_does_not_have_is_an_old_button(engine: Engine):
    state = Conversation(greeted=True, answered=Answered("about_commissioner"))
    turn = engine.take_turn(state, Incoming(ChannelName.WEB, button="go:case/renting"), None, NOW)
    assert "earlier answer" in turn.replies[0].text


def test_danger_after_an_answer_is_danger(engine: Engine):
    first = ask(engine, "how do i stop burglars", "home_burglary_basics")
    turn = engine.take_turn(
        first.conversation,
        Incoming(ChannelName.WEB, "and what if hes in my kitchen now"),
        meaning("and what if hes in my kitchen now", "emergency", 0.7),
        NOW + timedelta(minutes=1),
    )
    assert turn.replies[0].urgent and "999" in turn.replies[0].text


def test_every_answer_is_reviewed_within_a_year(engine: Engine):
    for entry in engine.content.knowledge.values():
        assert (
            date(2026, 1, 1) < entry.reviewed_on < entry.review_by <= entry.reviewed_on + timedelta(days=366)
        )


def test_content_without_answers_still_speaks(engine: Engine):
    bare: Content = replace(engine.content, knowledge={})
    assert "checked answer" in ask(Engine(bare), "bike lock", "bicycle_theft").replies[0].text
