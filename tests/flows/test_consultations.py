"""Consultations as data: what compiles to what, when one is open, how its questions read answers, and what is kept."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from consultation_samples import a_consultation, with_consultations
from fake_record import FakeRecord
from fakes import FixedInterpreter, meaning
from transcripts import Play

from flows.consultations import (
    FORM_PREFIX,
    Question,
    State,
    compile_form,
    draw_orders,
    load_consultations,
    questionnaire_hash,
    state,
)
from flows.content import Content
from flows.engine import Engine
from flows.events import EqualityGiven, FormDropped, ResponseGiven, ResponseWithdrawn
from flows.facts import OpenConsultation
from flows.forms import FormField
from flows.messages import ChannelName, Incoming
from flows.places import Gazetteer
from flows.questions import read_button, read_certain, read_freely
from flows.reading import Answered, Asking
from flows.stored_answers import is_stored_well, show

ROOT = Path(__file__).parents[2]
CONSULTATIONS = load_consultations(ROOT / "county")
PRECEPT, PLAN, YOUTH = (CONSULTATIONS[id] for id in ("precept_2027", "plan_2029", "youth_2027"))
NOW = datetime(2026, 12, 5, 12, tzinfo=UTC)
LETTERS = [{"value": v, "label": f"Thing {v}"} for v in ("one", "two", "three", "four")]


def asking(content: Content, kind: str, *, partial=None, **more) -> Asking:
    options = [*LETTERS, *more.pop("more", [])] if kind not in ("number", "place") else []
    field = FormField(id="q", kind=kind, title="Q", ask="Q?", options=options, survey=True, **more)
    return Asking(field, NOW, content.gazetteer, content.texts.words("en"), partial)


def read(asked: Asking, text: str):
    """The value, or the key of what would help."""
    found = read_certain(asked, Incoming(ChannelName.SMS, text))
    found = found or read_freely(asked, Incoming(ChannelName.SMS, text), None)
    return found.value if isinstance(found, Answered) else found and found.key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 1", ["three", "one"]),
        ("312", ["three", "one", "two"]),
        ("B and C", ["two", "three"]),
        ("thing four, thing one", ["four", "one"]),
        ("i would say thing four and after that thing two", ["four", "two"]),
        ("1 2 3 4", "choices.too_many"),
        ("2", "choices.too_few"),
        ("7", "choices.number"),
        ("everything", "choices.unclear"),
        ("3 then 1 please", ["three", "one"]),
        ("four then two", ["four", "two"]),
        ("four two", ["four", "two"]),
        ("thing four but not thing two", "choices.unclear"),
        ("no thing two", "choices.unclear"),
        ("no two", "choices.unclear"),
        ("four, no two", "choices.unclear"),
    ],
)
def test_a_ranking_keeps_its_order(content, text, value):
    assert read(asking(content, "ranking", fewest=2, most=3), text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("b", "two"),
        ("B and C", "choice.one_only"),
        ("1 and 2", "choice.one_only"),
        ("1, 2", "choice.one_only"),
        ("thing one or thing two", "choice.one_only"),
        ("9", "choices.number"),
        ("nought", "choice.unclear"),
        ("2 please", "two"),
        ("option b", "two"),
        ("number 2 i think", "two"),
        ("not thing two", "choice.unclear"),
        ("no thing two", "choice.unclear"),
        ("no two", "choice.unclear"),
        ("no 2", "two"),
        ("anything but thing two", "choice.unclear"),
        ("no opinion", "choice.unclear"),
    ],
)
def test_one_choice_is_one(content, text, value):
    assert read(asking(content, "choice"), text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("i am fifty-two", "from_45"),
        ("twenty", "from_16"),
        ("10 pounds", "choice.unclear"),
        ("yes one", "choice.unclear"),
        ("45-64", "from_45"),
        ("25 to 44", "from_25"),
        ("20-64", "choice.one_only"),
    ],
)
def test_an_age_is_told_in_figures_or_words(content, text, value):
    field = compile_form(PRECEPT).find_field("age")
    assert read(replace(asking(content, "choice"), field=field), text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("i agree", "agree"),
        ("i dont agree", "choice.unclear"),
        ("i do not agree", "choice.unclear"),
        ("i would never agree", "choice.unclear"),
        ("i disagree", "disagree"),
        ("i dont mind", "dont_know"),
    ],
)
def test_no_opinion_is_turned_round(content, text, value):
    scale = {"kind": "scale", "id": "view", "title": "View", "ask": "Do you agree or disagree?"}
    steps = [{"value": v, "label": v.capitalize()} for v in ("agree", "between", "disagree")]
    field = Question.model_validate(scale | {"options": steps}).compile(())
    assert read(replace(asking(content, "choice"), field=field), text) == value


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("yes i do", "affirm", True),
        ("no never did", "deny", False),
        ("not any more", "deny", False),
        ("sometimes", "affirm", "yes_no.unclear"),
        ("it depends", "affirm", "yes_no.unclear"),
        ("huh", "affirm", "yes_no.unclear"),
        ("neither", "deny", "yes_no.unclear"),
        ("yes and no", "affirm", "yes_no.unclear"),
    ],
)
def test_a_survey_takes_yes_and_no_only_where_they_are_said(content, text, label, value):
    question = Question(id="walk", kind="yes_no", title="Walk", ask="Do you walk to school?")
    asked = replace(asking(content, "choice"), field=question.compile(()))
    found = read_freely(asked, Incoming(ChannelName.WEB, text=text), meaning(text, label))
    assert (found.value if isinstance(found, Answered) else found.key) == value


def test_a_rating_is_told_out_of_ten(content):
    field = Question(id="safe", kind="rating", title="Safe", ask="How safe is it?").compile(())
    asked = replace(asking(content, "choice"), field=field)
    assert [read(asked, said) for said in ("3/10", "3 out of 10!", "three out of ten")] == [3, 3, 3]
    assert read(asked, "8/9") == 9


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("humps", ["bumps"]),
        ("humps then signs", ["bumps", "signs"]),
        ("i want humps first and then signs", "choices.unclear"),
        ("i want road humps first and after that signs", ["bumps", "signs"]),
    ],
)
def test_an_order_is_taken_whole_or_not_at_all(content, text, value):
    labels = {"signs": "Signs that tell your speed", "bumps": "Road humps", "watch": "A Speed Watch group"}
    question = {"id": "first", "kind": "ranking", "title": "First", "ask": "What should come first?"}
    options = [{"value": value, "label": label} for value, label in labels.items()]
    field = Question.model_validate(question | {"options": options}).compile(())
    assert read(replace(asking(content, "choice"), field=field), text) == value


def test_three_where_two_are_allowed(content):
    asked = asking(content, "choices", fewest=1, most=2)
    assert read(asked, "1 2 3") == "choices.too_many"
    assert read(asked, "1 2") == ["one", "two"]
    second = replace(asked, partial={"chosen": ["one"]})
    assert read_button(second, "two") == Answered(["one", "two"]), "two are enough: nothing more is asked"


def test_too_few_buttons_are_not_done(content):
    asked = asking(content, "choices", fewest=2, most=3, partial={"chosen": ["one"]})
    found = read_button(asked, "done")
    assert found is not None and not isinstance(found, Answered)
    assert found.key == "choices.too_few" and ("done", "button.done") not in found.choices


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40 30 20 10", [40, 30, 20, 10]),
        ("40, 30, 20, 10", [40, 30, 20, 10]),
        ("£40 £30 £20 £10", [40, 30, 20, 10]),
        ("40% 30% 20% 10%", [40, 30, 20, 10]),
        ("forty thirty twenty ten", [40, 30, 20, 10]),
        ("forty, thirty, 20 and ten", [40, 30, 20, 10]),
        ("1) 40\n2) 30\n3) 20\n4) 10", "budget.count"),
        ("thing one 60 and thing four 40", [60, 0, 0, 40]),
        ("60 on thing two, 40 on thing three", [0, 60, 40, 0]),
        ("evenly", [25, 25, 25, 25]),
        ("50 50", "budget.count"),
        ("40 30 20 20", "budget.sum"),
        ("thing one 60", "budget.sum"),
        ("-10 50 50 10", "number.negative"),
        ("12.5 12.5 50 25", "budget.numbers"),
        ("lots for thing one", "budget.numbers"),
    ],
)
def test_shares_make_the_whole(content, text, value):
    asked = asking(content, "budget", total=100)
    found = read(asked, text)
    assert (list(found.values()) if isinstance(found, dict) else found) == value
    if isinstance(found, dict):
        assert is_stored_well(asked.field, found)
        assert "Thing" in show(asked.field, found)


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("Rugby", "rugby"),
        ("i live in Kenilworth", "warwick"),
        ("cv34 6ph", "warwick"),
        ("North Warwickshire", "north_warwickshire"),
        ("CV8", None),
        ("the moon", None),
    ],
)
def test_where_people_live_is_a_district(content, text, district):
    found = read(asking(content, "place", rough=True), text)
    assert found == "area.unclear" if district is None else found["district"] == district
    assert not isinstance(found, dict) or set(found) <= {"text", "district", "outside"}


def test_outside_the_county_is_told_apart(content):
    assert read(asking(content, "place", rough=True), "Coventry")["outside"] == "West Midlands Police"
    pressed = read_button(asking(content, "place", rough=True), "elsewhere")
    assert isinstance(pressed, Answered) and pressed.value["outside"] == "far"
    assert isinstance(content.gazetteer, Gazetteer)


@pytest.mark.parametrize(
    ("day", "opened", "stands"),
    [
        ("2026-11-30", OpenConsultation(PRECEPT.id, 1), State.NOT_OPEN),
        ("2026-12-01", OpenConsultation(PRECEPT.id, 1), State.OPEN),
        ("2027-01-17", OpenConsultation(PRECEPT.id, 1), State.OPEN),
        ("2027-01-18", OpenConsultation(PRECEPT.id, 1), State.CLOSED),
        ("2026-12-05", OpenConsultation(PRECEPT.id, 1, closed=True), State.CLOSED),
        ("2026-12-05", OpenConsultation(PRECEPT.id, 2), State.NOT_OPEN),
        ("2026-12-05", None, State.NOT_OPEN),
        ("2027-01-18", None, State.CLOSED),
    ],
)
def test_when_a_consultation_is_open(day, opened, stands):
    assert state(PRECEPT, opened, date.fromisoformat(day)) is stands


def test_the_hash_is_of_what_is_asked_and_told():
    assert questionnaire_hash(PRECEPT) == questionnaire_hash(PRECEPT.model_copy(update={"owner": "Another"}))
    fact = PRECEPT.facts[0].model_copy(update={"text": "Another figure."})
    assert questionnaire_hash(PRECEPT) != questionnaire_hash(PRECEPT.model_copy(update={"facts": (fact,)}))
    less = PRECEPT.model_copy(update={"questions": PRECEPT.questions[:-1]})
    assert questionnaire_hash(PRECEPT) != questionnaire_hash(less)


def test_every_order_is_drawn_as_often_and_dont_know_stays_last():
    form = compile_form(PLAN)
    drawn = [draw_orders(form, number)["first"] for number in range(3000)]
    assert {order[-1] for order in drawn} == {"dont_know"}
    firsts = [order[0] for order in drawn]
    assert all(400 < firsts.count(value) < 600 for value in set(firsts)) and len(set(firsts)) == 6
    assert draw_orders(form, 7) == draw_orders(form, 7)


@pytest.mark.parametrize("consultation", CONSULTATIONS.values(), ids=lambda c: c.id)
def test_a_consultation_is_a_form(content, consultation):
    form = content.forms[f"{FORM_PREFIX}{consultation.id}"]
    assert (form.consultation, form.label) == (consultation.id, f"have_say/{consultation.id}")
    assert [f.id for f in form.fields] == [q.id for q in consultation.questions]


class Resident:
    """Somebody with one chat and one record."""

    def __init__(self, engine: Engine, *ids: str, door: ChannelName = ChannelName.WEB) -> None:
        record = FakeRecord(consultations=tuple(OpenConsultation(id, 1) for id in ids))
        self.play = Play(engine, door, NOW, 123456, record=record)

    def say(self, *words: str) -> str:
        for text in words:
            incoming = Incoming(self.play.channel, text=text, number=123456, secret=4711)
            self.play.take(incoming, FixedInterpreter(away=True))
        return "\n".join(self.play.shown())

    def all(self, kind: type) -> list:
        return [e for e in self.play.events if isinstance(e, kind)]


WHOLE_PLAN = ("plan", "rugby", "3", "no", "1 2", "safe", "skip")


@pytest.mark.parametrize("door", [ChannelName.SMS, ChannelName.WEB])
def test_who_leaves_everything_out_has_not_answered(engine, door):
    resident = Resident(engine, PLAN.id, door=door)
    told = resident.say("plan", *["skip"] * 6, *["send"] * (door is ChannelName.WEB))
    assert "nothing to send. You can begin again until 28/02/2027" in told
    assert not resident.all(ResponseGiven) and not resident.play.conversation.forms
    resident.say(*WHOLE_PLAN, *["send"] * (door is ChannelName.WEB))
    resident.say("plan", "change my answers", "change 1", "skip", "send")
    assert len(resident.all(ResponseGiven)) == 2, "what was answered before may be emptied"


def test_a_draft_never_counts(engine):
    resident = Resident(engine, PLAN.id)
    resident.say(*WHOLE_PLAN)
    assert not resident.all(ResponseGiven)
    assert not resident.play.record.responses
    resident.say("drop", "yes")
    assert resident.all(FormDropped) and not resident.all(ResponseGiven)


def test_only_the_changed_answer_is_another_and_the_ticket_stays(engine):
    resident = Resident(engine, PLAN.id)
    resident.say(*WHOLE_PLAN, "send")
    first = resident.all(ResponseGiven)[-1]
    assert first.ticket in "\n".join(resident.play.shown())
    assert "You answered" in resident.say("plan")
    assert "How safe" in resident.say("change my answers", "change 5")
    assert resident.play.conversation.in_hand.orders == first.orders
    resident.say("very unsafe", "send")
    again = resident.all(ResponseGiven)[-1]
    assert again.answers == first.answers | {"safe": "very_unsafe"}
    assert (again.ticket, len(resident.play.record.responses)) == (first.ticket, 1)


def test_a_keyword_in_a_sentence_begins_no_survey(engine):
    resident = Resident(engine, PLAN.id)
    resident.say("what is the plan for the youth club in our road")
    assert resident.play.conversation.in_hand is None


def test_taken_back_and_answered_anew(engine):
    resident = Resident(engine, PLAN.id)
    resident.say(*WHOLE_PLAN, "send", "plan", "take my answers back")
    assert resident.all(ResponseWithdrawn) and not resident.play.record.responses
    resident.say(*WHOLE_PLAN, "send")
    assert len(resident.play.record.responses) == 1


def test_my_answers_lists_what_was_answered_alone(engine):
    resident = Resident(engine, PLAN.id, PRECEPT.id, YOUTH.id)
    resident.say(*WHOLE_PLAN, "send", "police tax rugby", "52", "no", "2", "skip", "skip", "send")
    resident.say("my answers")
    shown = {button.label for button in resident.play.replies[-1].buttons}
    assert shown == {PLAN.title, PRECEPT.title, "Menu"}


def test_what_the_receipt_offers_is_understood_when_its_buttons_are_gone(engine):
    resident = Resident(engine, PLAN.id)
    assert "I have no answers of yours" in resident.say("change my answers")
    resident.say(*WHOLE_PLAN, "send", "menu")
    assert "results are not out yet" in resident.say("tell me the results")
    assert "I will tell you here" in resident.say("tell me the results")
    resident.play.record.consultations = (OpenConsultation(PLAN.id, 1, closed=True),)
    assert "is closed" in resident.say("my answers")
    resident.play.record.consultations = (OpenConsultation(PLAN.id, 1),)
    assert "You answered" in resident.say("take my answers back")
    resident.say("take my answers back")
    assert not resident.play.record.responses


def test_words_and_where_somebody_lives_are_not_among_the_answers(engine):
    resident = Resident(engine, PRECEPT.id)
    resident.say("precept", "cv34 6ph", "3", "no", "2", "evenly", "my own words", "send")
    [given] = resident.all(ResponseGiven)
    assert given.texts == {"comment": "my own words"}
    assert "6ph" not in str(given).casefold() and "my own words" not in str(given.answers)
    assert (given.district, given.age_band, given.is_police, given.ticket) == (
        "warwick",
        "from_25",
        False,
        "",
    )
    assert list(given.orders) == ["spend"]


def test_an_answer_that_was_made_impossible_by_an_earlier_one_is_not_given(engine):
    resident = Resident(engine, YOUTH.id)
    resident.say("youth", "16", "rugby", "3", "1", "2", "an idea", "change 1", "14", "send")
    [given] = resident.all(ResponseGiven)
    assert (given.age_band, given.texts) == ("from_13", {})


def test_leaving_the_questions_about_oneself_loses_nothing(engine):
    resident = Resident(engine, PRECEPT.id)
    resident.say("precept", "rugby", "3", "no", "2", "evenly", "skip", "send")
    assert "What is your sex?" in resident.say("questions about me", "55")
    resident.say("drop", "yes")
    assert len(resident.all(ResponseGiven)) == 1 and not resident.all(EqualityGiven)
    assert resident.play.record.responses
    resident.say("precept")
    assert "You answered" in "\n".join(resident.play.shown())


def test_what_is_told_of_oneself_names_nobody(engine):
    resident = Resident(engine, PRECEPT.id)
    resident.say("precept", "rugby", "3", "no", "2", "evenly", "skip", "send", "questions about me")
    resident.say("17", "f", "yes", "asian", "prefer not to say", "no", "sikh", "skip", "send")
    [told] = resident.all(EqualityGiven)
    assert told.answers == {
        **{"age": "from_16", "sex": "female", "gender": "yes", "ethnic_group": "asian"},
        **{"asian": "not_said", "condition": "no", "religion": "sikh"},
    }
    assert vars(told).keys() == {"consultation", "answers"}


def test_the_equality_questions_are_not_asked_before_an_answer(engine):
    resident = Resident(engine, PRECEPT.id)
    resident.play.take(Incoming(ChannelName.WEB, button="go:answers_about/precept_2027"), FixedInterpreter())
    assert "I have no answers of yours here" in "\n".join(resident.play.shown())
    resident.play.take(Incoming(ChannelName.WEB, button="go:have_say/equality"), FixedInterpreter())
    assert "come after a survey" in "\n".join(resident.play.shown())


def test_the_equality_questions_end_with_the_survey(engine):
    resident = Resident(engine, PRECEPT.id)
    resident.say("precept", "rugby", "3", "no", "2", "evenly", "skip", "send", "questions about me")
    resident.say("17", "f", "yes", "asian", "prefer not to say", "no", "sikh", "skip")
    resident.play.record.consultations = (OpenConsultation(PRECEPT.id, 1, closed=True),)
    assert "It closed before" in resident.say("send")
    assert not resident.all(EqualityGiven) and not resident.play.conversation.forms
    resident.play.take(Incoming(ChannelName.WEB, button="go:answers_about/precept_2027"), FixedInterpreter())
    assert not resident.play.conversation.forms


def test_a_code_is_tried_only_so_often(engine):
    resident = Resident(engine, PLAN.id)
    resident.say(*("TK-1234-567",) * 5)
    assert "I know no answers" not in resident.say("TK-0000-33H")


def test_two_surveys_in_hand_come_back_in_turn(engine):
    resident = Resident(engine, PLAN.id, PRECEPT.id)
    resident.say("plan", "rugby", "menu")
    resident.play.take(Incoming(ChannelName.WEB, button="go:have_say/precept_2027"), FixedInterpreter())
    resident.say("rugby", "3", "no", "2", "evenly", "skip")
    assert "Back to your answers on the plan." in resident.say("send")


def test_no_answer_that_is_offered_is_taken_for_danger(content):
    forms = [f for f in content.forms.values() if f.consultation or f.equality]
    options = [o for form in forms for field in form.fields for o in field.options]
    said = {word for o in options for word in (o.label, o.sms, *o.also) if word}
    assert [word for word in said if content.safety.find_danger(word)] == []


def test_questions_that_changed_are_asked_from_the_start(engine):
    resident = Resident(engine, PLAN.id)
    resident.say(*WHOLE_PLAN[:4])
    state = resident.play.conversation
    held = state.in_hand
    assert held is not None and held.answers
    resident.play.conversation = state.with_form(replace(held, version=held.version - 1))
    assert "from the start" in resident.say("1 2")
    kept = resident.play.conversation.in_hand
    assert kept is not None and kept.version == held.version and not kept.answers


def test_what_is_sent_while_a_new_version_is_opened_is_not_thrown_away(engine):
    resident = Resident(engine, PLAN.id)
    resident.say(*WHOLE_PLAN)
    resident.play.record.consultations = (OpenConsultation(PLAN.id, PLAN.version + 1),)
    said = resident.say("send")
    assert "I have kept your answers. Please send them again in a minute." in said
    asked = [q.model_copy(update={"ask": "Police now?"}) if q.id == "police" else q for q in PLAN.questions]
    second = PLAN.model_copy(update={"version": PLAN.version + 1, "questions": tuple(asked)})
    now_asked = with_consultations(engine.content, second)
    first = compile_form(PLAN)
    resident.play.engine = Engine(replace(now_asked, earlier={(first.id, PLAN.version): first}))
    said = resident.say("send")
    assert "I kept your answers to those that are still the same." in said and "Police now?" in said
    resident.say("no", "send")
    [given] = resident.all(ResponseGiven)
    assert given.version == second.version
    assert (given.answers["safe"], given.answers["police"], len(given.answers["first"])) == ("safe", False, 2)


def test_what_is_sent_once_the_opening_was_put_off_waits_for_that_day(engine):
    resident = Resident(engine, PLAN.id)
    resident.say(*WHOLE_PLAN)
    later = PLAN.model_copy(update={"opens": date(2027, 1, 4)})
    resident.play.engine = Engine(with_consultations(engine.content, later))
    said = resident.say("send")
    assert "opens on 04/01/2027. I have kept your answers. Please send them then." in said
    assert not resident.all(ResponseGiven)
    resident.play.now = datetime(2027, 1, 4, 9, tzinfo=UTC)
    resident.say("on", "send")
    assert len(resident.all(ResponseGiven)) == 1


def test_a_summer_night_is_of_the_day_in_london(engine):
    resident = Resident(engine, PLAN.id)
    summer = PLAN.model_copy(update={"opens": date(2027, 7, 2), "closes": date(2027, 8, 2)})
    resident.play.engine = Engine(with_consultations(engine.content, summer))
    resident.play.now = datetime(2027, 7, 1, 22, 30, tzinfo=UTC)
    assert "opens on 02/07/2027" in resident.say("police plan")
    resident.play.now = datetime(2027, 7, 1, 23, 30, tzinfo=UTC)
    assert "Where do you live" in resident.say("police plan")


@pytest.mark.parametrize("said", ["2", "change 2", "yes", "my flat"])
@pytest.mark.parametrize("door", [ChannelName.SMS, ChannelName.WEB])
def test_an_answer_to_questions_that_changed_meanwhile_is_not_read_as_another(content, said, door):
    before = a_consultation()
    asked = before.model_copy(update={"version": 2, "questions": _another_way(before)})
    forms = {(f.id, f.version): f for f in (compile_form(before),)}
    resident = Resident(Engine(with_consultations(content, before)), before.id, door=door)
    resident.say("safer parks", "rugby", "52", "no", "1")
    now = replace(with_consultations(content, asked), earlier=forms)
    resident.play.engine = Engine(now)
    resident.play.record.consultations = (OpenConsultation(before.id, 2),)
    told = resident.say(said)
    assert "The questions have changed" in told
    assert asked.questions[-1].ask in told
    assert "number" not in told and not resident.all(ResponseGiven)


def _another_way(consultation):
    """The questions, the last of them in other words."""
    *same, last = consultation.questions
    return (*same, last.model_copy(update={"ask": "What else would help you?"}))
