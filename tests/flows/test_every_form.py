"""What holds for every form by every way in and on every door, written once against the form's own definition."""

from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from fake_record import FakeRecord
from fakes import FixedInterpreter, meaning
from transcripts import Play

from flows.consultations import compile_form, load_consultations
from flows.content import load_content
from flows.conversation import FormInHand
from flows.engine import Engine
from flows.events import AnswerGiven, DangerSeen, FormDropped, ResponseGiven, SubmissionFiled
from flows.facts import HeldMembership, OpenConsultation, PersonFacts
from flows.form_files import load_forms
from flows.forms import SEVERAL, Form, FormField, Kind
from flows.messages import ChannelName, Incoming, Photo, Reply
from flows.references import find_reference
from flows.schemes import load_schemes

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
MENU = ("report_encampment", "report_crime", "ask_local_team", "ask_about_bot")
START = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
WHILE_OPEN = datetime(2026, 12, 7, 15, 30, tzinfo=UTC)
MOST_QUESTIONS = 40
FORMS = load_forms(ROOT / "flows" / "forms", load_schemes(ROOT / "county" / "schemes"))
CONSULTATIONS = load_consultations(ROOT / "county")
DOORS = tuple(ChannelName)
# A form with more ways in is played by each of those: one for every watch scheme. A consultation is played on one door,
# so that its length is no burden; by text, where its last answer sends it, in a test of its own.
PLAYS = [
    (form.id, label, door)
    for form in FORMS.values()
    for label in (form.starts or (form.label,))
    for door in DOORS
]
ASKED = {form.id: form for form in map(compile_form, CONSULTATIONS.values())}
READ_BACK_DOORS = tuple(door for door in DOORS if door is not ChannelName.SMS)
PLAYS += [
    (form.id, form.label, READ_BACK_DOORS[at % len(READ_BACK_DOORS)])
    for at, form in enumerate(ASKED.values())
]
SIDE_QUESTION = "what does that mean exactly"

# Words that answer a question of each kind that has no options: one way, and another.
RIGHT: dict[Kind, tuple[str, str]] = {
    Kind.YES_NO: ("yes", "no"),
    Kind.CONSENT: ("yes", "yes"),
    Kind.NUMBER: ("3", "5"),
    Kind.WHEN: ("yesterday", "this morning"),
    Kind.PLACE: ("Banbury Road, Southam", "Myton Road, Warwick"),
    Kind.POSTCODE: ("CV34 6PH", "CV21 3RT"),
    Kind.PHONE: ("07700 900123", "07700 900456"),
    Kind.EMAIL: ("sam@example.org", "jo@example.org"),
    Kind.TEXT: ("A few words of my own", "Other words of mine"),
    Kind.NAME: ("Sam Patel", "Jo Moss"),
}
WRONG: dict[Kind, str] = {
    Kind.CHOICE: "zzz zzz",
    Kind.CHOICES: "zzz zzz",
    Kind.YES_NO: "perhaps one day",
    Kind.CONSENT: "perhaps one day",
    Kind.NUMBER: "bananas",
    Kind.WHEN: "bananas",
    Kind.PLACE: "77",
    Kind.POSTCODE: "bananas",
    Kind.PHONE: "bananas",
    Kind.EMAIL: "bananas",
    Kind.NAME: "12345",
    Kind.PHOTO: "bananas",
    Kind.RANKING: "zzz zzz",
    Kind.BUDGET: "bananas",
}


class Filler:
    """Somebody who fills in one form by one door, begun by one label."""

    def __init__(self, engine: Engine, form: str, label: str, door: ChannelName) -> None:
        start = WHILE_OPEN if form in ASKED else START
        self.play = Play(engine, door, start, 123456, record=_record())
        self.form: Form = engine.content.forms[form]
        self.label = label
        self.interpreter = FixedInterpreter()

    @property
    def held(self) -> FormInHand:
        held = self.play.conversation.in_hand
        assert held is not None and held.form == self.form.id, f"the form is gone: {self.play.shown()}"
        return held

    @property
    def asked(self) -> FormField | None:
        """The question that is open; None at the read-back."""
        return self.form.find_field(self.held.asked)

    @property
    def question(self) -> FormField:
        assert self.asked is not None, "at the read-back already"
        return self.asked

    @property
    def door(self) -> ChannelName:
        return self.play.channel

    @property
    def filed(self) -> list[SubmissionFiled | ResponseGiven]:
        return [e for e in self.play.events if isinstance(e, SubmissionFiled | ResponseGiven)]

    @property
    def last(self) -> Reply:
        return self.play.replies[-1]

    @property
    def told(self) -> str:
        return "\n".join(self.play.shown())

    def copy(self) -> "Filler":
        """Somebody else at the same point: a conversation is a value, and the record is not written before SEND."""
        twin = Filler(self.play.engine, self.form.id, self.label, self.door)
        twin.play.conversation, twin.play.now = self.play.conversation, self.play.now
        twin.play.replies = self.play.replies
        return twin

    def send(self, text: str = "", means: str = "", **more: Any) -> None:
        """One message; `means` is what the model makes of it."""
        if means:
            self.interpreter.meanings[text] = meaning(text, means)
        self.play.take(Incoming(self.door, text=text, number=123456, **more), self.interpreter)

    def start(self) -> "Filler":
        self.send("this please", means=self.label)
        assert self.held.started_at
        return self

    def answer(self, *, other: bool = False) -> None:
        """Answers the open question as it is answered on this door: by buttons where there are any to press."""
        field = self.question
        if field.kind is Kind.BUDGET:
            each, over = divmod(field.total, len(field.options) - other)
            shares = [each + over, *[each] * (len(field.options) - 1)]
            self.send(" ".join(str(n) for n in ([*shares[:-1], 0] if other else shares)))
        elif field.options:
            self._choose(field, other=other)
        elif field.kind is Kind.PHOTO:
            self.send(photos=(Photo(id="other" if other else "photo"),))
            self.send("done")
        elif field.kind in (Kind.YES_NO, Kind.CONSENT):
            said = RIGHT[field.kind][other]
            self._press_or_text(said, said)
        else:
            self.send(RIGHT[field.kind][other])

    def _choose(self, field: FormField, *, other: bool) -> None:
        offered = [b.payload.rpartition(":")[2] for b in self.last.buttons if ":a:" in b.payload]
        values = [value for value in offered if field.has_option(value)]  # options may be in a drawn order
        assert values, f"{field.id} offers nothing: {self.told}"
        given = self._given(field)
        chosen = given or max(values, key=lambda value: self._opens(field, value))
        if other:
            before = self.held.answers.get(field.id)
            was = before if isinstance(before, list) else [before]
            fits = [v for v in values if v not in was and self._keeps_all(field, v)]
            chosen = fits[0] if fits else chosen
        number = str(values.index(chosen) + 1)
        self._press_or_text(chosen, number)
        if field.kind in SEVERAL and self.door is not ChannelName.SMS and self.asked is field:
            self._press_or_text("done", "")

    def _press_or_text(self, value: str, text: str) -> None:
        found = [b.payload for b in self.last.buttons if b.payload.endswith(f":a:{value}")]
        assert found, f"no button for {value}: {self.told}"
        if self.door is ChannelName.SMS:
            self.send(text)
        else:
            self.send(button=found[0])

    def _given(self, field: FormField) -> str | None:
        """What the way in answers by itself: it is chosen again where it has to be."""
        start = self.form.starts.get(self.label)
        given = start.answers.get(field.id) if start else None
        return given[0] if given else None

    def _opens(self, field: FormField, value: str) -> tuple[bool, int]:
        """For the pass that asks most: an answer that ends nothing, and how many questions follow from it."""
        answers = self.held.answers | {field.id: [value] if field.kind in SEVERAL else value}
        return self.form.find_ending(answers) is None, len(self.form.asked_fields(answers))

    def _keeps_all(self, field: FormField, value: str) -> bool:
        """Whether a change to this answer leaves every other one standing, and the form open."""
        answers = self.held.answers | {field.id: [value] if field.kind in SEVERAL else value}
        if self.form.find_ending(answers) is not None:
            return False
        for another in self.form.fields:
            chosen = answers.get(another.id)
            opened = {o.value for o in self.form.open_options(another, answers)}
            if another.options and chosen is not None and another.kind is not Kind.BUDGET:
                wanted = set(chosen) if isinstance(chosen, list) else {chosen}
                if not wanted <= opened:
                    return False
        return True

    def go_on(self, until: str | None = None) -> "Filler":
        """Answers on to the question `until`, or to the read-back."""
        for _ in range(MOST_QUESTIONS):
            if self.asked is None or self.asked.id == until:
                return self
            before = self.asked
            self.answer()
            assert self.asked is not before, f"{before.id} was not answered: {self.told}"
        raise AssertionError("the form has no end")

    def stops(self) -> "list[Filler]":
        """A copy of this person at every question of the whole pass, and one at the read-back."""
        found, walker = [self.copy()], self
        while walker.asked is not None:
            before = walker.asked
            walker.answer()
            assert walker.asked is not before, f"{before.id} was not answered: {walker.told}"
            found.append(walker.copy())
        return found

    def file(self) -> SubmissionFiled | ResponseGiven:
        self.send("send")
        assert len(self.filed) == 1, self.told
        return self.filed[0]


def _record() -> FakeRecord:
    """Somebody who may fill in every form there is."""
    roles = frozenset(form.needs for form in FORMS.values()) - {"", "membership"}
    memberships = (
        HeldMembership("m1", "neighbourhood", "coordinator", "active"),
        HeldMembership("m2", "horse", "member", "active"),
    )
    record = FakeRecord(PersonFacts(memberships=memberships, roles=roles))
    record.consultations = tuple(OpenConsultation(c.id, c.version) for c in CONSULTATIONS.values())
    return record


def _kept(filed: SubmissionFiled | ResponseGiven) -> dict[str, Any]:
    return filed.answers | (filed.texts if isinstance(filed, ResponseGiven) else filed.personal)


@pytest.fixture(scope="module")
def polish() -> Engine:
    return Engine(load_content(ROOT / "flows", ROOT / "county", languages=("en", "pl"), menu=MENU))


@pytest.fixture(params=PLAYS, ids=lambda played: f"{played[1]}-{played[2]}")
def played(request: pytest.FixtureRequest) -> tuple[str, str, ChannelName]:
    form, label, door = request.param
    return form, label, door


@pytest.fixture
def door(played: tuple[str, str, ChannelName]) -> ChannelName:
    return played[2]


@pytest.fixture
def way(played: tuple[str, str, ChannelName]) -> tuple[str, str]:
    return played[:2]


@pytest.fixture
def filler(engine: Engine, way: tuple[str, str], door: ChannelName) -> Filler:
    """Somebody at the first question."""
    return Filler(engine, *way, door).start()


def test_a_whole_pass_files_once_with_a_reference(filler: Filler):
    answers = dict(filler.go_on().held.answers)
    filed = filler.file()
    if isinstance(filed, ResponseGiven):
        assert find_reference(filler.told) == (filed.ticket or None)
        assert filed.ticket or "07/12/2026" in filler.told
    else:
        assert find_reference(filler.told) == filed.reference
        assert filed.reference.startswith(f"{filler.form.prefix}-")
    assert set(_kept(filed)) >= {name for name, value in answers.items() if value is not None}
    assert not filler.play.conversation.forms
    filler.send("send")
    assert len(filler.filed) == 1


def test_what_the_way_in_says_is_filed(filler: Filler):
    start = filler.form.starts.get(filler.label)
    filler.go_on()
    given = start.answers if start else {}
    assert {name: filler.held.answers.get(name) for name in given} == given


def test_what_the_way_in_says_is_not_asked(filler: Filler):
    start = filler.form.starts.get(filler.label)
    given = set(start.answers) if start else set()
    assert not given & {stop.held.asked for stop in filler.stops()}


def test_back_asks_the_question_before_anew(filler: Filler):
    plain = filler.copy().go_on().held.answers
    while filler.asked is not None:
        here, before = filler.question, dict(filler.held.answers)
        earlier = [f.id for f in filler.form.asked_fields(before) if f.id in before]
        earlier = [name for name in earlier if _comes_before(filler.form, name, here.id)]
        if earlier:
            filler.send("back")
            assert filler.question.id == earlier[-1], "not the question before"
            assert filler.held.answers == {k: v for k, v in before.items() if k != earlier[-1]}
            filler.answer()
        assert (filler.question, filler.held.answers) == (here, before), "not where it was"
        filler.answer()
    assert filler.held.answers == plain
    filler.file()


def test_back_at_the_first_question_loses_nothing(filler: Filler):
    here, before = filler.question, filler.held.answers
    filler.send("back")
    assert "first question" in filler.told
    assert (filler.question, filler.held.answers) == (here, before)


def _comes_before(form: Form, name: str, other: str) -> bool:
    order = [f.id for f in form.fields]
    return order.index(name) < order.index(other)


def test_every_answer_can_be_changed_at_the_read_back(filler: Filler):
    filler.go_on()
    listed = filler.form.asked_fields(filler.held.answers)
    for number, field in enumerate(listed, 1):
        changer = filler.copy()
        before = dict(changer.held.answers)
        changer.send(f"change {number}")
        assert changer.question.id == field.id
        _is_safe_again(changer)
        changer.answer(other=True)
        assert field.kind is Kind.CONSENT or "changed" in changer.told, changer.told
        changer.go_on()
        after = changer.held.answers
        assert after[field.id] is not None
        left = {f.id for f in changer.form.asked_fields(after)} & set(before) - {field.id}
        assert {k: after.get(k) for k in left} == {k: before[k] for k in left}, f"lost by changing {field.id}"
        changer.file()


def test_change_of_a_number_that_is_not_there(filler: Filler):
    filler.go_on()
    before = filler.held
    filler.send("change 77")
    assert "no number 77" in filler.told
    assert filler.held == before


def test_skip_leaves_out_what_is_not_required(filler: Filler):
    left_out = set()
    while filler.asked is not None:
        here, before = filler.question, filler.held.answers
        filler.send("skip")
        if here.required:
            assert "I need this one" in filler.told
            assert (filler.question, filler.held.answers) == (here, before)
            filler.answer()
        else:
            left_out.add(here.id)
            assert filler.asked is not here
            assert filler.held.answers[here.id] is None
    if filler.form.consultation and not any(answer is not None for answer in filler.held.answers.values()):
        filler.send("send")
        assert "nothing to send" in filler.told and not filler.filed
        return
    assert not left_out & set(_kept(filler.file()))


def test_a_side_question_is_answered_and_the_form_comes_back(filler: Filler):
    topic = next(t for t, entry in filler.play.engine.content.knowledge.items() if not entry.private)
    stops = filler.stops()
    for asker, following in zip(stops, [*stops[1:], None], strict=True):
        before = asker.held
        asker.send(SIDE_QUESTION, means=f"ask/{topic}")
        assert isinstance(asker.play.events[-1], AnswerGiven)
        assert f"Back to {asker.form.thing}." in asker.told
        assert (asker.held.asked, asker.held.answers) == (before.asked, before.answers)
        _goes_on(asker, following)


def _goes_on(filler: Filler, following: Filler | None) -> None:
    """The open question is answered and what would have followed follows; at the read-back it is sent."""
    if following is None:
        filler.file()
        return
    wanted = following.held
    filler.answer()
    assert (filler.held.asked, set(filler.held.answers)) == (wanted.asked, set(wanted.answers)), filler.told


def test_drop_throws_away_only_once_confirmed(filler: Filler):
    for giver in filler.stops():
        before = giver.held
        giver.send("drop")
        assert "throw away" in giver.told
        keeper = giver.copy()
        keeper.send("no")
        assert (keeper.held.asked, keeper.held.answers) == (before.asked, before.answers)
        giver.send("yes")
        assert [type(e) for e in giver.play.events] == [FormDropped]
        assert not giver.play.conversation.forms
        giver.send("send")
        assert not giver.filed


def test_three_days_later_it_is_all_there(filler: Filler):
    stops = filler.stops()
    for sleeper, following in zip(stops, [*stops[1:], None], strict=True):
        before = sleeper.held
        sleeper.play.now += timedelta(days=3)
        sleeper.send("hello again", means="greet")
        assert f"Welcome back. What you told me for {sleeper.form.thing} is still here." in sleeper.told
        assert (sleeper.held.asked, sleeper.held.answers) == (before.asked, before.answers)
        _goes_on(sleeper, following)


def test_an_answer_after_three_days_counts(filler: Filler):
    while filler.asked is not None:
        here = filler.question
        filler.play.now += timedelta(days=3)
        filler.answer()
        assert filler.asked is not here
    assert not any(
        f.id not in filler.held.answers for f in filler.form.fields if f.required and _is_asked(filler, f)
    )
    filler.file()


def _is_asked(filler: Filler, field: FormField) -> bool:
    return filler.form.is_asked(field, filler.held.answers) and field.is_asked_on(filler.door)


def test_a_restart_after_every_message_changes_nothing(engine: Engine, way, door):
    """Play hands the state through its JSON; here a new engine takes every turn as well."""
    steady, restarted = Filler(engine, *way, door).start(), Filler(engine, *way, door).start()
    while steady.asked is not None:
        restarted.play.engine = Engine(engine.content)
        steady.answer()
        restarted.answer()
        assert restarted.play.replies == steady.play.replies
    assert restarted.file() == steady.file()


def test_two_wrong_answers_and_the_way_out_is_offered(filler: Filler):
    while filler.asked is not None:
        here, before = filler.question, filler.held.answers
        for _ in range(2):
            filler.send(WRONG.get(here.kind) or "x" * (here.max_length + 1))
            assert (filler.question, filler.held.answers) == (here, before), "read as an answer"
        offered = {b.payload.rpartition(":")[2] for b in filler.last.buttons}
        assert {"menu", "person", "drop" if here.required else "skip"} <= offered, filler.told
        assert "You can also" in filler.told
        filler.answer()
        assert filler.asked is not here, f"{here.id}: not answered after two wrong ones: {filler.told}"
    filler.file()


def test_danger_at_each_question_loses_nothing(filler: Filler):
    """Neither a plain question nor one that is half answered: it comes again with all there was."""
    stops = filler.stops()
    for stop, following in zip(stops, [*stops[1:], None], strict=True):
        for half in _half_told(stop):
            _is_safe_again(half)
        _is_safe_again(stop)
        _goes_on(stop, following)


def _half_told(stop: Filler) -> list[Filler]:
    """This person with each half of an answer that the open question can have."""
    field = stop.asked
    if field is None:
        return []
    halves: list[dict[str, Any]] = []
    if field.kind in SEVERAL and stop.door is not ChannelName.SMS and field.fewest < 2:
        halves = [{"button": next(b.payload for b in stop.last.buttons if ":a:" in b.payload)}]
    elif field.kind is Kind.PHOTO:
        halves = [{"photos": (Photo(id="first"),)}]
    elif field.kind is Kind.PLACE and not field.rough:
        halves = [{"text": "Banbury"}, {"text": "by the old barn"}, {"text": "Southam"}]
    elif field.kind is Kind.TEXT and stop.form.screened:
        halves = [{"text": "gypsy caravans blocking the path"}, {"text": "they are all scum"}]
    told = []
    for half in halves:
        told.append(stop.copy())
        told[-1].send(**half)
        assert told[-1].held.partial or "one answer is all" in told[-1].told, told[-1].told
    return [each for each in told if each.asked is field]


def _is_safe_again(filler: Filler) -> None:
    before, shown = filler.held, filler.last
    filler.send("hes got a knife")
    assert "999" in filler.play.shown()[0]
    assert isinstance(filler.play.events[-1], DangerSeen)
    filler.send("on")
    if "Shall I keep that as your answer?" in filler.told:
        filler.send("no")
    assert filler.held == before
    if before.partial:
        assert filler.last.text.endswith(shown.text.split("\n")[-1]), "another question"
        assert [b.label for b in filler.last.buttons] == [b.label for b in shown.buttons]


def test_in_another_language_the_questions_are_translated_and_buttons_work(polish: Engine, way, door):
    texts = polish.content.texts
    filler = Filler(polish, *way, door)
    filler.send("po polsku", means="change_language")
    filler.send("polski")
    assert filler.play.conversation.language == "pl"
    filler.start()
    translated = texts.form(filler.form.id, "pl")
    if not translated.fields:
        pytest.skip("the form is not in this language yet")
    while filler.asked is not None:
        words = translated.fields[filler.question.id]
        asked = (words.sms or words.ask) if door is ChannelName.SMS else words.ask
        assert asked.strip() in filler.told
        names = words.options | (words.options_sms if door is ChannelName.SMS else {})
        for option in (o for o in filler.question.options if o.value in words.options):
            labels = [b.label for b in filler.last.buttons if b.payload.endswith(f":a:{option.value}")]
            assert set(labels) <= {names[option.value]}
        filler.answer()
    filed = filler.file()
    if isinstance(filed, ResponseGiven):
        assert "Mamy Twoje odpowiedzi" in filler.told
        return
    assert translated.done is not None
    done = translated.done.sms if door is ChannelName.SMS else translated.done.text
    assert done.partition("{")[0] in filler.told
    assert filed.reference in filler.told


def test_begun_on_one_door_and_gone_on_with_on_another(filler: Filler):
    """As after JOIN: the state is the same, the door is not. From early on, from the middle and from the read-back."""
    stops = filler.stops()
    doors = READ_BACK_DOORS if filler.form.consultation else DOORS
    others = [to for to in doors if to is not filler.door]
    for mover, to in zip((stops[1], stops[len(stops) // 2], stops[-1]), cycle(others), strict=False):
        before = dict(mover.held.answers)
        mover.play.channel = to
        mover.send("menu")
        mover.send("on")
        assert mover.held.answers == before
        mover.go_on()
        assert before.items() <= mover.held.answers.items(), "an answer was lost on the way"
        kept = _kept(mover.file())
        assert {k for k, v in before.items() if v is not None} <= set(kept)


@pytest.mark.parametrize("form", ASKED)
def test_by_text_the_last_answer_to_a_survey_sends_it_and_nothing_else_does(engine: Engine, form: str):
    filler = Filler(engine, form, ASKED[form].label, ChannelName.SMS).start()
    while filler.play.conversation.forms:
        announced = "Last question" in filler.told
        assert announced == filler.held.sends
        for said in (
            "hes got a knife",
            "back",
            "help",
            "menu",
            "drop",
            "stop",
            WRONG.get(filler.question.kind),
        ):
            twin = filler.copy()
            if said:
                twin.send(said)
            assert not twin.filed, f"{said} sent it at {filler.question.id}"
        assert not filler.filed
        filler.answer()
    assert announced
    assert len(filler.filed) == 1
