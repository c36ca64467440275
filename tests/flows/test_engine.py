"""Promises of the engine that hold whatever citizens send: it never fails, loses nothing, and danger goes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fake_record import FakeRecord
from fakes import meaning
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.content import Content
from flows.conversation import Conversation, FormInHand
from flows.engine import Engine
from flows.events import DangerSeen, FormDropped, MessagesStopped, SubmissionFiled, Unanswered
from flows.facts import FactsNeeded
from flows.form_files import load_form
from flows.forms import Form
from flows.messages import ChannelName, Incoming, Location, Photo
from flows.understanding import Ranked, Understanding

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LABELS = (
    *("greet", "goodbye", "thanks", "affirm", "deny", "help", "cancel", "go_back", "skip", "talk_to_person"),
    *("change_language", "ask_about_bot", "stop_messages", "report_encampment", "join_horse_watch"),
    *("raise_concern", "report_crime", "check_status", "emergency", "crisis", "out_of_scope"),
    *("ask/encampment_police_powers", "ask/tack_theft", "ask/no_such_topic", "no_such_label"),
)
WORDS = (
    *(
        "yes",
        "no",
        "1",
        "2",
        "14",
        "99",
        "skip",
        "back",
        "menu",
        "drop",
        "send",
        "change 3",
        "change",
        "done",
    ),
    *(
        "on",
        "help",
        "start",
        "encampment",
        "warwick",
        "Banbury Road, Southam",
        "CV34 6PH",
        "M1 1AE",
        "6",
        "loads",
    ),
    *(
        "minus three",
        "yesterday",
        "tomorrow",
        "park",
        "rubbish and noise",
        "07700 900123",
        "a@example.org",
        "mine",
    ),
    *(
        "52.2812,-1.5840",
        "what happens next?",
        "",
        "\x00",
        "\ud800",
        "\U0001f44d",
        "word " * 900,
        "\u202eabc",
        "{thing}",
    ),
    *(
        "mydata",
        "forget me",
        "join",
        "undo",
        "stop alerts",
        "start alerts",
        "my watch",
        "watch",
        "visit",
        "volunteer",
    ),
    *(
        "call me",
        "adviser",
        "local worry",
        "Sam Patel, CV34 6PH",
        "1",
        "2",
        "member",
        "JN-003R-J0H",
        "EN-003R-J0H",
    ),
    *("JN-0000-000", "ST 003R J0H", "horse watch", "18 or over", "under 13"),
    *("i want to die", "hes got a knife", "%s %d {0}", "/intent{}", "keep it", "carry on", "thats all"),
)
text = st.one_of(st.sampled_from(WORDS), st.text(max_size=40))
buttons = st.one_of(
    st.sampled_from(
        [
            *("go:menu", "go:emergency", "go:report_encampment", "go:unsure", "go:start", "go:nonsense", ""),
            *(
                "go:my_data",
                "go:my_data/forget",
                "go:my_data/forget_yes",
                "go:my_data/send",
                "go:my_data/join",
            ),
            *(
                "go:withdraw/x",
                "go:handover/HV-003R-J0H",
                "go:watch_stay/x",
                "go:join_horse_watch",
                "go:check_status",
            ),
        ]
    ),
    st.builds(
        "{}:{}:{}".format,
        st.integers(0, 40),
        st.sampled_from("acx"),
        st.sampled_from(
            [
                "yes",
                "no",
                "done",
                "skip",
                "send",
                "drop_yes",
                "drop_no",
                "change_1",
                "change_x",
                "park",
                "back",
            ]
        ),
    ),
)
understandings = st.one_of(
    st.none(),
    st.builds(
        lambda label, confidence, other, language: Understanding(
            label,
            confidence,
            (Ranked(label, confidence), Ranked(other, round(1 - confidence, 3))),
            language=language,
        ),
        st.sampled_from(LABELS),
        st.floats(0, 1),
        st.sampled_from(LABELS),
        st.sampled_from([None, "pl", "pa", "uk", "xx"]),
    ),
)
degrees = st.floats(allow_nan=True, allow_infinity=True)
moves = st.fixed_dictionaries(
    {
        "text": text,
        "press": st.one_of(st.none(), st.integers(0, 12), buttons),
        "location": st.one_of(st.none(), st.none(), st.builds(Location, degrees, degrees)),
        "photos": st.lists(
            st.one_of(
                st.builds(Photo, st.sampled_from("abcdefgh")), st.just(Photo(problem="photo.too_large"))
            ),
            max_size=3,
        ).map(tuple),
        "start": st.one_of(
            st.none(), st.none(), st.none(), st.sampled_from(["", "encampment", "ask_fly_tipping", "x"])
        ),
        "notice": st.one_of(st.none(), st.none(), st.just("notice.voice")),
        "edited": st.sampled_from([False, False, False, True]),
        "understanding": understandings,
        "hours": st.sampled_from([0, 0, 0, 20]),
    }
)


class Knowing:
    """The engine over a record that holds nothing of anybody and answers every question of a turn."""

    def __init__(self, engine: Engine) -> None:
        self.content = engine.content
        self._engine = engine
        self._record = FakeRecord()

    def try_turn(self, *asked):
        return self._answering(self._engine.try_turn, asked)

    def take_turn(self, *asked):
        return self._answering(self._engine.take_turn, asked)

    def _answering(self, take, asked):
        facts = {}
        while True:
            try:
                return take(*asked, facts)
            except FactsNeeded as error:
                facts[error.need] = self._record.answer(error.need, START)


@pytest.mark.slow
@pytest.mark.parametrize("channel", [ChannelName.WEB, ChannelName.SMS])
@settings(max_examples=150, deadline=None)
@given(steps=st.lists(moves, min_size=1, max_size=25))
def test_whatever_is_sent(engine: Engine, channel, steps):
    engine = Knowing(engine)
    conversation, now, shown = Conversation(), START, []
    for step in steps:
        now += timedelta(minutes=1, hours=step["hours"])
        incoming = _incoming(channel, step, shown)
        before = conversation
        turn = engine.try_turn(conversation, incoming, now)
        if turn is None:
            turn = engine.take_turn(conversation, incoming, step["understanding"], now)
            assert turn == engine.take_turn(before, incoming, step["understanding"], now), (
                "not the same twice"
            )
            _check_offer(engine, before, incoming, step["understanding"], now, turn)
        conversation = Conversation.from_json(turn.conversation.to_json())
        assert conversation == turn.conversation
        _check_turn(engine, before, incoming, turn)
        shown = [b.payload for r in turn.replies for b in r.buttons] or shown


def _incoming(channel, step, shown) -> Incoming:
    press = step["press"]
    if isinstance(press, int):
        press = shown[press] if press < len(shown) else None
    parts = {k: step[k] for k in ("text", "location", "photos", "start", "notice", "edited")}
    return Incoming(channel, button=press, number=123456, **parts)


def _check_offer(engine, before, incoming, understanding, now, turn) -> None:
    """The offer of a language changes nothing else: the same answer, the same events, the same state."""
    if understanding is None:
        return
    plain = engine.take_turn(before, incoming, replace(understanding, language=None), now)
    assert turn.events == plain.events
    assert replace(turn.conversation, languages_offered=before.languages_offered) == plain.conversation or (
        turn.conversation == plain.conversation
    )
    left = [r for r in turn.replies if not _is_offer(engine, r)]
    assert len(left) == len(plain.replies)
    for with_it, without in zip(left, plain.replies, strict=True):
        assert with_it.text.endswith(without.text) and with_it.buttons == without.buttons
    told = len(turn.conversation.languages_offered) - len(plain.conversation.languages_offered)
    assert told in (0, 1)
    if told:
        assert understanding.language not in before.languages_offered


def _is_offer(engine, reply) -> bool:
    return any(reply.text == language.not_yet.text.strip() for language in engine.content.languages.values())


def _check_turn(engine, before, incoming, turn) -> None:
    dangers = [e for e in turn.events if isinstance(e, DangerSeen)]
    if engine.content.safety.find_danger(incoming.text):
        assert dangers, "danger words were not answered"
    if dangers:
        unsure = dangers[0].by == "model, unsure"
        words = engine.content.texts.say("danger.in_case" if unsure else f"danger.{dangers[0].kind}", "en")
        assert (turn.replies[0].text, turn.replies[0].to_sms()) == (words.text, words.sms)
        assert turn.replies[0].urgent
    one_more_photo = incoming.photos and not (incoming.text or incoming.edited)
    answered = turn.replies or before.stopped or before.silenced or one_more_photo
    assert answered, "a message got no answer"
    kept = [e for e in turn.events if isinstance(e, Unanswered)]
    if dangers or any(isinstance(e, MessagesStopped) for e in turn.events):
        assert not kept and turn.conversation.unsettled is None, "what must not be learned from was kept"
    gone = len(before.forms) - len(turn.conversation.forms)
    let_go = [e for e in turn.events if isinstance(e, FormDropped | SubmissionFiled)]
    assert gone <= len(let_go), "a form was lost"
    if any(isinstance(e, MessagesStopped) for e in turn.events):
        assert not turn.conversation.forms and turn.conversation.stopped
    for reply in turn.replies:
        assert reply.text.strip()
        for button in reply.buttons:
            assert button.label and len(button.payload.encode()) <= 64
    numbered = [b.payload for b in turn.replies[-1].buttons if not b.keyword] if turn.replies else []
    if numbered:
        assert tuple(numbered) == turn.conversation.offered


def second_form() -> Form:
    return Form.model_validate(
        {
            "id": "concern",
            "version": 1,
            "prefix": "CN",
            "label": "raise_concern",
            "title": "Pass on a worry",
            "thing": "your worry",
            "intro": {"text": "I can pass this on. In danger call 999."},
            "done": {"text": "Done. {reference}"},
            "fields": [{"id": "what", "kind": "text", "title": "What", "ask": "What is it?"}],
        }
    )


@pytest.fixture
def two_forms(content: Content) -> Engine:
    forms = {**content.forms, "concern": second_form()}
    return Engine(replace(content, forms=forms, menu=("report_encampment", "raise_concern")))


def said(text: str, **more) -> Incoming:
    return Incoming(ChannelName.WEB, text=text, number=7, **more)


def test_a_form_within_a_form_is_finished_first_and_the_other_goes_on(two_forms):
    first = two_forms.take_turn(Conversation(), said("encampment"), None, START).conversation
    words = "can i also pass on a worry"
    turn = two_forms.take_turn(first, said(words), meaning(words, "raise_concern"), START)
    assert [f.form for f in turn.conversation.forms] == ["encampment", "concern"]
    assert "I will keep your report open." in turn.replies[-1].text
    turn = two_forms.take_turn(turn.conversation, said("bikes in the park at night"), None, START)
    assert "1. What: bikes in the park at night" in turn.replies[-1].text
    turn = two_forms.take_turn(turn.conversation, said("yes"), None, START)
    assert [e.form for e in turn.events] == ["concern"]
    assert "Back to your report." in turn.replies[-1].text
    assert [f.form for f in turn.conversation.forms] == ["encampment"]


def test_a_form_below_another_comes_up_instead_of_being_begun_twice(two_forms):
    state = two_forms.take_turn(Conversation(), said("encampment"), None, START).conversation
    state = two_forms.take_turn(state, said("", button="go:raise_concern"), None, START).conversation
    turn = two_forms.take_turn(state, said("", button="go:report_encampment"), None, START)
    assert [f.form for f in turn.conversation.forms] == ["concern", "encampment"]


def test_a_form_that_changed_keeps_what_still_fits(engine):
    answers = {"place": {"text": "Southam", "district": "stratford_on_avon", "certainty": "near"}}
    old = FormInHand("encampment", 0, {**answers, "land": "the_moon", "gone": 1, "caravans": 3}, asked="land")
    turn = engine.take_turn(Conversation(forms=(old,), step=9), said("hello"), None, START)
    kept = turn.conversation.in_hand
    assert kept is not None
    assert kept.version == engine.content.forms["encampment"].version > 0
    assert kept.answers == {**answers, "caravans": 3, "known": None}


def test_a_form_no_longer_in_use_is_closed_with_a_word(engine):
    gone = FormInHand("gone", 1, {"a": 1}, asked="a")
    turn = engine.take_turn(Conversation(forms=(gone,), step=9), said("hello there"), None, START)
    assert "no longer in use" in turn.replies[0].text
    assert next(type(e).__name__ for e in turn.events) == "FormDropped"


def knowing_no_sites(take):
    """A turn over a record that holds nothing near the place that is told."""
    try:
        return take({})
    except FactsNeeded as error:
        return take({error.need: ()})


def test_certain_answers_need_no_model(engine):
    state = engine.try_turn(Conversation(), said("encampment"), START).conversation
    for words in ("Banbury Road, Southam CV47 1AA", "3", "2", "yesterday", "1", "1 2", "3", "no", "no", "no"):
        turn = knowing_no_sites(lambda facts: engine.try_turn(state, said(words), START, facts))  # noqa: B023
        if turn is None:  # a place in words
            turn = knowing_no_sites(lambda facts: engine.take_turn(state, said(words), None, START, facts))  # noqa: B023
        state = turn.conversation
    assert engine.try_turn(state, said("send"), START).events
    assert engine.try_turn(Conversation(), said("what are you"), START) is None


@pytest.mark.parametrize("words", ["send", "yes", "that helped"])
def test_a_word_that_acts_is_nobodys_name(engine, words):
    state = Conversation()
    for said_words in ("horse watch", "18 or over", words):
        state = engine.take_turn(state, said(said_words), None, START).conversation
    assert state.in_hand is not None and "name" not in state.in_hand.answers


def test_the_form_file_is_what_the_engine_holds(engine):
    from pathlib import Path

    path = Path(__file__).parents[2] / "flows" / "forms" / "encampment.yml"
    assert load_form(path) == engine.content.forms["encampment"]
