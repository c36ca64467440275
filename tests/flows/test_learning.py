"""What goes on the unanswered board, with which words, and what never does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import meaning

from flows.conversation import Conversation, FormInHand
from flows.engine import Engine
from flows.events import Unanswered
from flows.messages import ChannelName, Incoming
from flows.turn import Turn
from flows.understanding import Ranked, Understanding

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
GREETED = Conversation(greeted=True)


def thought(*labels: str, confidence: float = 0.2) -> Understanding:
    """The model's ranking, best first, each a little less likely than the one before."""
    ranked = tuple(Ranked(label, round(confidence - at * 0.01, 3)) for at, label in enumerate(labels))
    return Understanding(ranked[0].label, ranked[0].confidence, ranked)


def sure(*labels: str) -> Understanding:
    best, *rest = labels
    return Understanding(best, 0.9, (Ranked(best, 0.9), *(Ranked(r, 0.03) for r in rest)))


def say(engine: Engine, state: Conversation, text: str, understood: Understanding | None, **more) -> Turn:
    incoming = Incoming(ChannelName.WEB, text=text, number=7, **more)
    return engine.take_turn(state, incoming, understood, NOW)


def press(engine: Engine, state: Conversation, button: str) -> Turn:
    return say(engine, state, "", None, button=button)


def board(turn: Turn) -> list[tuple[str, str, str | None]]:
    return [(e.reason, e.text, e.chosen) for e in turn.events if isinstance(e, Unanswered)]


UNSURE = thought("report_crime", "ask_local_team", "ask_about_bot")


def offer(engine: Engine, text: str = "im dave, that thing again", state: Conversation = GREETED) -> Turn:
    return say(engine, state, text, UNSURE)


# Choices that were offered


def test_unsure_words_are_noted_without_the_person(engine):
    turn = offer(engine)
    assert board(turn) == [("unsure", "im <name>, that thing again", None)]


@pytest.mark.parametrize(
    ("button", "noted"),
    [
        ("go:report_crime", [("unsure", "report_crime")]),
        ("go:ask_local_team", [("corrected", "ask_local_team")]),
        ("go:unsure", [("corrected", None)]),
        ("go:join_watch", []),  # a button of an earlier message
        ("go:nonsense", []),
        ("3:a:yes", []),
        ("go:emergency", []),
    ],
)
def test_the_choice_tells_what_was_meant(engine, button, noted):
    offered = offer(engine)
    turn = press(engine, offered.conversation, button)
    assert board(turn) == [(reason, "im <name>, that thing again", chosen) for reason, chosen in noted]


def test_both_lines_are_of_one_message(engine):
    offered = offer(engine)
    turn = press(engine, offered.conversation, "go:report_crime")
    [first], [second] = ([e for e in t.events if isinstance(e, Unanswered)] for t in (offered, turn))
    assert first.id == second.id
    assert first.ranking == second.ranking == tuple((r.label, r.confidence) for r in UNSURE.ranking)


def test_other_messages_have_other_ids(engine):
    def id_of(now, number):
        turn = engine.take_turn(
            GREETED, Incoming(ChannelName.WEB, text="eh what", number=number), UNSURE, now
        )
        return next(e.id for e in turn.events if isinstance(e, Unanswered))

    ids = {id_of(NOW, 1), id_of(NOW, 2), id_of(NOW + timedelta(microseconds=1), 1)}
    assert len(ids) == 3
    assert all(len(id) <= 36 for id in ids)


def test_none_of_the_offered_then_one_of_the_menu(engine):
    turn = press(engine, offer(engine).conversation, "go:unsure")
    turn = press(engine, turn.conversation, "go:ask_about_bot")
    assert board(turn) == [("corrected", "im <name>, that thing again", "ask_about_bot")]
    assert board(press(engine, turn.conversation, "go:report_crime")) == [], "once"


def test_a_number_chooses_where_there_are_no_buttons(engine):
    state = say(engine, GREETED, "that thing again", UNSURE).conversation
    incoming = Incoming(ChannelName.SMS, text="2", number=7)
    turn = engine.try_turn(state, incoming, NOW)
    assert board(turn) == [("corrected", "that thing again", "ask_local_team")]


@pytest.mark.parametrize(
    "between", ["stop", "hes got a knife", "something different altogether", "encampment"]
)
def test_words_are_forgotten_with_the_next_message(engine, between):
    state = offer(engine).conversation
    assert state.unsettled is not None
    turn = say(engine, state, between, meaning(between, "thanks"))
    assert turn.conversation.unsettled is None
    assert board(press(engine, turn.conversation, "go:report_crime")) == []


# Meanings that were acted on

ACTED = sure("ask/encampment_police_powers", "report_encampment", "report_crime")


def test_another_meaning_the_model_had_thought_of_corrects_what_was_done(engine):
    turn = say(engine, GREETED, "police and the caravans by my house, im dave", ACTED)
    assert board(turn) == []
    turn = press(engine, turn.conversation, "go:report_encampment")
    assert board(turn) == [
        ("corrected", "police and the caravans by my house, im <name>", "report_encampment")
    ]


def test_the_menu_may_lie_between(engine):
    turn = say(engine, GREETED, "police and the caravans", ACTED)
    turn = press(engine, turn.conversation, "go:menu")
    assert board(turn) == []
    turn = press(engine, turn.conversation, "go:report_crime")
    assert board(turn) == [("corrected", "police and the caravans", "report_crime")]


def test_going_on_to_another_subject_corrects_nothing(engine):
    turn = say(engine, GREETED, "police and the caravans", sure("ask/encampment_police_powers", "thanks"))
    turn = press(engine, turn.conversation, "go:menu")
    assert board(press(engine, turn.conversation, "go:report_crime")) == []


@pytest.mark.parametrize("label", ["thanks", "goodbye", "greet", "stop_messages", "help", "no_such_label"])
def test_words_that_lead_to_no_choice_are_not_remembered(engine, label):
    assert say(engine, GREETED, "some words", sure(label, "report_crime")).conversation.unsettled is None


def test_what_has_no_answer_yet_is_noted(engine):
    turn = say(engine, GREETED, "nighthawks, im dave", sure("ask/no_such_topic"))
    assert board(turn) == [("no_entry", "nighthawks, im <name>", None)]


def test_without_the_model_no_words_are_kept_because_danger_could_not_be_looked_for(engine):
    turn = say(engine, GREETED, "what are your opening hours", None)
    assert board(turn) == [("no_model", "", None)]
    assert turn.conversation.unsettled is None


# Danger, STOP and answers to questions


@pytest.mark.parametrize("text", ["hes got a knife", "i want to die"])
def test_danger_by_the_rules_is_never_noted(engine, text):
    turn = say(engine, GREETED, text, UNSURE)
    assert board(turn) == []
    assert turn.conversation.unsettled is None


@pytest.mark.parametrize("label", ["emergency", "crisis"])
def test_danger_by_the_model_is_never_noted(engine, label):
    turn = say(engine, GREETED, "please come", sure(label, "report_crime"))
    assert board(turn) == []
    assert turn.conversation.unsettled is None


MAYBE = thought("report_crime", "emergency", "ask_local_team")


def test_where_danger_is_among_the_likeliest_words_wait_for_the_choice(engine):
    turn = say(engine, GREETED, "he is outside again", MAYBE)
    assert board(turn) == [("unsure", "", None)]
    assert board(press(engine, turn.conversation, "go:emergency")) == []
    assert board(press(engine, turn.conversation, "go:unsure")) == [("corrected", "", None)]
    assert board(press(engine, turn.conversation, "go:report_crime")) == [
        ("unsure", "he is outside again", "report_crime")
    ]


def test_what_has_no_answer_but_may_be_danger_keeps_no_words(engine):
    turn = say(engine, GREETED, "he is outside again", sure("ask/no_such_topic", "crisis"))
    assert board(turn) == [("no_entry", "", None)]


def in_form(engine: Engine, asked: str, *, browsing: bool) -> Conversation:
    held = FormInHand("encampment", engine.content.forms["encampment"].version, {}, asked=asked)
    return replace(GREETED, forms=(held,), step=5, browsing=browsing)


def test_the_form_asks_personal_questions(engine):
    personal = [f.id for f in engine.content.forms["encampment"].fields if f.personal]
    assert personal, "or the tests below prove nothing"


@pytest.mark.parametrize("browsing", [True, False])
@pytest.mark.parametrize(
    "understood", [UNSURE, sure("ask/no_such_topic"), ACTED, sure("thanks"), MAYBE, None]
)
def test_nothing_said_while_a_question_about_a_person_is_open_is_noted(engine, browsing, understood):
    for field in (f.id for f in engine.content.forms["encampment"].fields if f.personal):
        turn = say(engine, in_form(engine, field, browsing=browsing), "who is it you need?", understood)
        assert board(turn) == []
        assert turn.conversation.unsettled is None


def test_what_may_be_the_answer_to_a_question_keeps_no_words(engine):
    turn = say(
        engine, in_form(engine, "place", browsing=False), "is it by my nans?", sure("ask/no_such_topic")
    )
    assert board(turn) == [("no_entry", "", None)]
    turn = say(engine, in_form(engine, "place", browsing=True), "summat else then", UNSURE)
    assert board(turn) == [("unsure", "summat else then", None)]


@pytest.mark.parametrize("text", ["stop", "STOP", "please stop texting me"])
def test_a_message_that_stops_is_never_noted(engine, text):
    turn = say(engine, offer(engine).conversation, text, UNSURE)
    assert turn.conversation.stopped
    assert board(turn) == []
    assert turn.conversation.unsettled is None


def test_links_edits_and_signs_have_no_words_to_keep(engine):
    assert board(say(engine, GREETED, "old words", UNSURE, edited=True)) == []
    turn = say(engine, GREETED, "?!", UNSURE)
    assert [(reason, text) for reason, text, _ in board(turn)] in ([], [("unsure", "")])
    assert turn.conversation.unsettled is None
