"""The offer of another language: once, on top of the answer, never before 999; and switching where it is on."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import meaning

from bot.segments import count_segments, fold
from flows.content import Content
from flows.conversation import Conversation
from flows.engine import Engine
from flows.events import DangerSeen
from flows.messages import ChannelName, Incoming
from flows.texts import TextFile, Texts
from flows.yaml_lines import read_yaml

TEXTS = Path(__file__).parents[2] / "flows" / "texts"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
POLISH = {
    "language": "pl",
    "name": "Polski",
    "reviewed_by": None,
    "texts": {
        "menu": "Co chcesz zrobić?",
        "language.switched": "Od teraz po polsku.",
        "button.skip": "Pomiń",
    },
}


@pytest.fixture
def bilingual(content: Content) -> Engine:
    english = read_yaml(TEXTS / "en.yml")
    files = {"en": TextFile.model_validate(english), "pl": TextFile.model_validate(POLISH)}
    return Engine(replace(content, texts=Texts(files)))


def say(engine: Engine, text: str, label: str, state: Conversation | None = None, **more):
    channel = more.pop("channel", ChannelName.WEB)
    incoming = Incoming(channel, text=text, number=1)
    return engine.take_turn(state or Conversation(), incoming, meaning(text, label, **more), NOW)


def press(engine: Engine, payload: str, state: Conversation):
    return engine.try_turn(state, Incoming(ChannelName.WEB, button=payload, number=1), NOW)


def labels(turn) -> list[str]:
    return [b.label for r in turn.replies for b in r.buttons]


def test_a_language_that_is_on_is_offered_before_the_answer_with_a_button(bilingual):
    turn = say(bilingual, "ktos ukradl mi rower", "report_crime", language="pl")
    plain = say(bilingual, "ktos ukradl mi rower", "report_crime")
    assert len(turn.replies) == len(plain.replies)
    assert turn.replies[0].text.startswith("Mogę też odpowiadać po polsku.")
    assert turn.replies[0].text.endswith(plain.replies[0].text)
    assert labels(turn) == [*labels(plain), "Polski"]
    assert turn.conversation.offered == plain.conversation.offered, "numbered choices keep their numbers"


def test_it_is_offered_once(bilingual):
    first = say(bilingual, "ktos ukradl mi rower", "report_crime", language="pl")
    second = say(bilingual, "co mam teraz zrobic", "help", first.conversation, language="pl")
    assert "Mogę" not in second.replies[0].text and "Polski" not in labels(second)


def test_its_button_switches_from_there_on(bilingual):
    first = say(bilingual, "ktos ukradl mi rower", "report_crime", language="pl")
    turn = press(bilingual, "go:language/pl", first.conversation)
    assert turn.conversation.language == "pl"
    assert turn.replies[0].text == "Od teraz po polsku.\n\nCo chcesz zrobić?"
    later = say(bilingual, "dziekuje za pomoc", "thanks", turn.conversation, language="pl")
    assert "Polski" not in labels(later)


def test_switching_in_a_form_asks_the_open_question_again_and_loses_nothing(bilingual):
    words = "przyczepy kolo Southam"
    first = say(bilingual, words, "report_encampment", language="pl", entities=(("place", "Southam", None),))
    turn = press(bilingual, "go:language/pl", first.conversation)
    before, after = first.conversation.in_hand, turn.conversation.in_hand
    assert before is not None and after is not None
    assert (after.asked, after.answers, after.partial) == (before.asked, before.answers, before.partial)
    assert "Pomiń" in labels(turn) or "Where" in turn.replies[-1].text or "Which" in turn.replies[-1].text


@pytest.mark.parametrize("words", ["Polski", "po polsku", "in Polish please", "POLSKI"])
def test_the_name_of_a_language_switches_with_no_model(bilingual, words):
    turn = bilingual.try_turn(Conversation(), Incoming(ChannelName.SMS, text=words, number=1), NOW)
    assert turn is not None and turn.conversation.language == "pl"
    back = bilingual.try_turn(turn.conversation, Incoming(ChannelName.SMS, text="english", number=1), NOW)
    assert back is not None and back.conversation.language == "en"
    assert "I will answer in English" in back.replies[0].text


def test_the_name_of_a_language_may_be_the_answer_to_a_question(bilingual):
    state = bilingual.try_turn(Conversation(), Incoming(ChannelName.WEB, text="encampment"), NOW).conversation
    held = state.in_hand
    assert held is not None
    asked = state.with_form(replace(held, asked="details", answers={"place": held.answers.get("place")}))
    turn = say(bilingual, "polish", "out_of_scope", asked)
    assert turn.conversation.language == "en"


def test_who_asks_for_another_language_and_names_it_gets_it(bilingual):
    turn = say(bilingual, "can we do this in polish then", "change_language")
    assert turn.conversation.language == "pl"
    turn = say(bilingual, "czy mozna inaczej niz po angielsku", "change_language", language="pl")
    assert turn.conversation.language == "pl"


def test_who_asks_for_another_language_without_a_name_may_choose(bilingual):
    turn = say(bilingual, "have you got another language", "change_language")
    assert turn.conversation.language == "en"
    assert "Which language would you like?" in turn.replies[-1].text and labels(turn) == ["Polski"]


def test_where_no_other_is_on_it_is_said_which_are_understood(engine):
    turn = say(engine, "have you got another language", "change_language")
    said = turn.replies[-1]
    for words in (said.text, said.sms):
        assert "English for now" in words
        for name in ("Polish", "Romanian", "Panjabi", "Portuguese", "Ukrainian"):
            assert name in words


def test_english_alone_is_no_wish_where_nothing_else_is_spoken(engine):
    assert engine.try_turn(Conversation(), Incoming(ChannelName.WEB, text="english"), NOW) is None


def test_a_language_that_is_not_on_is_told_so_in_it(engine):
    turn = say(engine, "хто тут відповідає", "ask_about_bot", language="uk")
    assert turn.replies[0].text.startswith("Можете писати українською")
    assert not any(b.payload.startswith("go:language") for r in turn.replies for b in r.buttons)
    assert turn.conversation.languages_offered == ("uk",)


@pytest.mark.parametrize("code", ["fr", "xx"])
def test_a_language_we_have_no_words_in_changes_nothing(engine, code):
    assert say(engine, "bonjour a tous", "greet", language=code) == say(engine, "bonjour a tous", "greet")


@pytest.mark.parametrize("channel", [ChannelName.WEB, ChannelName.SMS])
@pytest.mark.parametrize("label", ["emergency", "crisis"])
def test_danger_goes_before_the_offer(engine, bilingual, channel, label):
    for one in (engine, bilingual):
        turn = say(one, "boje sie ze cos sie stanie", label, language="pl", channel=channel)
        assert [type(e) for e in turn.events] == [DangerSeen]
        assert turn.replies[0].text == one.content.texts.say(f"danger.{label}", "en").text
        assert "po polsku" in turn.replies[1].text
        assert all(r.urgent for r in turn.replies)


def test_danger_found_by_the_rules_waits_for_no_language(bilingual):
    turn = say(bilingual, "hes got a knife", "emergency", language="pl")
    plain = say(bilingual, "hes got a knife", "emergency")
    assert turn.replies[0] == plain.replies[0]


def test_stop_gets_no_offer(bilingual):
    turn = say(bilingual, "nie piszcie do mnie wiecej", "stop_messages", language="pl")
    assert turn.conversation.stopped and "polsku" not in turn.replies[0].text
    assert turn.conversation.languages_offered == ()


def test_silence_stays_silent_and_the_offer_is_kept_for_later(bilingual):
    state = Conversation(greeted=True)
    for _ in range(8):
        turn = say(bilingual, "blah blah blah", "out_of_scope", state)
        state = turn.conversation
    assert turn.replies == ()
    turn = say(bilingual, "blah blah blah", "out_of_scope", state, language="pl")
    assert turn.replies == () and turn.conversation.languages_offered == ()


@pytest.mark.parametrize("code", ["pl", "ro", "pa", "pt", "uk"])
def test_texts_stay_within_two_segments(content, code):
    files = {
        name: TextFile.model_validate(
            {**POLISH, "language": name, "name": content.languages[name].name, "texts": {}}
        )
        for name in content.languages
    }
    english = read_yaml(TEXTS / "en.yml")
    all_on = Engine(replace(content, texts=Texts({"en": TextFile.model_validate(english), **files})))
    for one in (all_on, Engine(content)):
        turns = [
            say(one, "what do you want", label, language=code, channel=ChannelName.SMS)
            for label in ("greet", "report_crime", "report_encampment", "change_language", "emergency")
        ]
        for reply in (r for turn in turns for r in turn.replies):
            assert count_segments(fold(reply.to_sms())).segments <= 2, reply.to_sms()
    choice = say(all_on, "another language", "change_language", channel=ChannelName.SMS).replies[-1]
    assert count_segments(fold(choice.to_sms())).segments <= 2, choice.to_sms()
