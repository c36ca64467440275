"""What a consultation is: a YAML file of facts and questions with dates, compiled to a form of the conversation.

So everything forms can do holds for it: resume, back, skip, change at the read-back, side questions, danger. How to
write one is in docs/consultations.md. The equality questions (county/equality.yml) are read the same way.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.code_kinds import TICKET_PREFIX
from flows.facts import OpenConsultation
from flows.forms import DONT_KNOW, Condition, Ending, Form, FormField, Kind, Option
from flows.texts import FormWordings, Wording
from flows.yaml_lines import read_yaml

FORM_PREFIX = "ask_"
LABEL_PREFIX = "have_say/"
EQUALITY = "equality"
# Words for it beside the label, in any language the commands are typed in: "don't know" is also a way to skip.
_DONT_KNOW = Option(
    value=DONT_KNOW,
    label="Don't know",
    also=(
        "dont know",
        "i dont know",
        "dunno",
        "not sure",
        "im not sure",
        "no idea",
        "idk",
        "no clue",
        "no opinion",
        "i dont mind",
        "dont mind",
        "no preference",
        "no view",
        "undecided",
        "cant say",
    ),
    alone=True,
    last=True,
)


class QuestionKind(StrEnum):
    SINGLE = "single"
    SEVERAL = "several"
    SCALE = "scale"
    RATING = "rating"
    NUMBER = "number"
    YES_NO = "yes_no"
    RANKING = "ranking"
    BUDGET = "budget"
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    PLACE = "place"


_KINDS = {
    QuestionKind.SINGLE: Kind.CHOICE,
    QuestionKind.SEVERAL: Kind.CHOICES,
    QuestionKind.SCALE: Kind.CHOICE,
    QuestionKind.RATING: Kind.NUMBER,
    QuestionKind.NUMBER: Kind.NUMBER,
    QuestionKind.YES_NO: Kind.YES_NO,
    QuestionKind.RANKING: Kind.RANKING,
    QuestionKind.BUDGET: Kind.BUDGET,
    QuestionKind.SHORT_TEXT: Kind.TEXT,
    QuestionKind.LONG_TEXT: Kind.TEXT,
    QuestionKind.PLACE: Kind.PLACE,
}
FREE_TEXT = frozenset({QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT})
_MAY_SAY_DONT_KNOW = frozenset(
    {QuestionKind.SINGLE, QuestionKind.SEVERAL, QuestionKind.SCALE, QuestionKind.RANKING}
)
_MAX_LENGTH = {QuestionKind.SHORT_TEXT: 160, QuestionKind.LONG_TEXT: 1000}


class Anonymity(StrEnum):
    """Who can tell whose answers they are: the office; nobody, but one a number; nobody at all, by a ticket."""

    IDENTIFIED = "identified"
    PSEUDONYMOUS = "pseudonymous"
    ANONYMOUS = "anonymous"


class State(StrEnum):
    NOT_OPEN = "not_open"
    OPEN = "open"
    CLOSED = "closed"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConsultationFact(_Strict):
    """What somebody must know to answer, and where it comes from."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)
    text: str = Field(min_length=1, max_length=500)
    sms: str = ""
    source: str = ""


class ConsultationWordings(FormWordings):
    """The words of a consultation in another language; of what is missing English is said."""

    facts: dict[str, Wording] = Field(default_factory=dict)


def _after_facts(facts: Sequence[ConsultationFact | Wording], ask: str) -> str:
    return "\n\n".join([*(fact.text.strip() for fact in facts), ask.strip()])


def _after_facts_sms(facts: Sequence[ConsultationFact | Wording], ask: str) -> str:
    return " ".join([*(fact.sms.strip() or fact.text.strip() for fact in facts), ask.strip()])


class Question(_Strict):
    """One question. `facts` are shown with it. `dont_know: false` leaves that answer out of a choice."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)
    kind: QuestionKind
    title: str = Field(min_length=1, max_length=40)
    ask: str = Field(min_length=1, max_length=400)
    sms: str = ""
    why: str = ""
    facts: tuple[str, ...] = ()
    when: Condition = {}
    unless: Condition = {}
    options: tuple[Option, ...] = ()
    fewest: int = Field(default=1, ge=1)
    most: int = Field(default=0, ge=0)
    minimum: int = 0
    maximum: int = 10
    total: int = 0
    shuffle: bool = False
    dont_know: bool = True
    required: bool = False

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.shuffle and self.kind is QuestionKind.SCALE:
            raise ValueError("a scale has an order of its own: no shuffle:")
        self.compile(())
        return self

    def compile(self, facts: tuple[ConsultationFact, ...], *, rough: bool = False) -> FormField:
        """The question as a form asks it. `rough`: of a place only the district is wanted. Raises ValueError."""
        kind = _KINDS[self.kind]
        options = self.options
        if options and self.dont_know and self.kind in _MAY_SAY_DONT_KNOW and not self._says_dont_know():
            options = (*options, _DONT_KNOW)
        more: dict[str, Any] = {}
        if kind in (Kind.CHOICES, Kind.RANKING):
            more = {"fewest": self.fewest, "most": self.most}
        elif kind is Kind.NUMBER:
            more = {"minimum": self.minimum, "maximum": self.maximum}
        elif kind is Kind.BUDGET:
            more = {"total": self.total or 100}
        elif kind is Kind.TEXT:
            more = {"max_length": _MAX_LENGTH[self.kind]}
        elif kind is Kind.PLACE:
            more = {"rough": True} if rough else {"entity": "place"}
        return FormField(
            id=self.id,
            kind=kind,
            title=self.title,
            ask=_after_facts(facts, self.ask),
            sms=_after_facts_sms(facts, self.sms or self.ask),
            why=self.why,
            description=self.ask,
            required=self.required,
            when=self.when,
            unless=self.unless,
            options=options,
            shuffle=self.shuffle,
            survey=True,
            **more,
        )

    def _says_dont_know(self) -> bool:
        return any(option.value == DONT_KNOW for option in self.options)


class About(_Strict):
    """Which questions tell where people live, how old they are, and whether they work for the police."""

    district: str = ""
    age_band: str = ""
    is_police: str = ""


class Consultation(_Strict):
    """county/consultations/<id>.yml. Dates are whole days in London: it may be answered on both `opens` and `closes`.

    `example`: its figures are made up to show how it works, and everybody who opens it is told so. `words` are its
    words in other languages.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=26)
    version: int = Field(ge=1)
    title: str = Field(min_length=1, max_length=32)
    thing: str = Field(min_length=1, max_length=30)
    keywords: tuple[str, ...] = Field(min_length=1)
    opens: date
    closes: date
    decision_on: date
    audience: str = Field(min_length=1)
    anonymity: Anonymity
    languages: tuple[str, ...] = ("en",)
    owner: str = Field(min_length=1)
    example: bool = False
    intro: Wording
    facts: tuple[ConsultationFact, ...] = ()
    about: About = About()
    ends: tuple[Ending, ...] = ()
    questions: tuple[Question, ...] = Field(min_length=1)
    words: dict[str, ConsultationWordings] = {}

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        ids = [question.id for question in self.questions]
        for id in ids:
            if ids.count(id) > 1:
                raise ValueError(f"{id}: two questions have this id")
        known = {fact.id for fact in self.facts}
        for question in self.questions:
            for fact in sorted(set(question.facts) - known):
                raise ValueError(f"{question.id}: there is no fact {fact}")
        kinds = {question.id: question.kind for question in self.questions}
        wanted = {
            "district": (self.about.district, {QuestionKind.PLACE}),
            "age_band": (self.about.age_band, {QuestionKind.SINGLE}),
            "is_police": (self.about.is_police, {QuestionKind.YES_NO}),
        }
        for name, (question_id, fitting) in wanted.items():
            if question_id and kinds.get(question_id) not in fitting:
                raise ValueError(f"about: {name}: there is no {' or '.join(fitting)} question {question_id}")
        compile_form(self)
        return self

    def find_question(self, question_id: str) -> Question | None:
        return next((q for q in self.questions if q.id == question_id), None)

    @property
    def is_anonymous(self) -> bool:
        return self.anonymity is Anonymity.ANONYMOUS

    def facts_of(self, question: Question) -> tuple[ConsultationFact, ...]:
        return tuple(fact for fact in self.facts if fact.id in question.facts)

    def spoken(self) -> dict[str, FormWordings]:
        """The words of each other language as its form says them: the facts stand before their question."""
        return {code: self._speak(words) for code, words in self.words.items()}

    def _speak(self, words: ConsultationWordings) -> FormWordings:
        fields = dict(words.fields)
        for question in self.questions:
            own = fields.get(question.id)
            if own is None or not own.ask:
                continue
            facts = [words.facts.get(fact.id, fact) for fact in self.facts_of(question)]
            said = {
                "ask": _after_facts(facts, own.ask),
                "sms": _after_facts_sms(facts, own.sms or own.ask),
            }
            fields[question.id] = own.model_copy(update=said)
        return words.model_copy(update={"fields": fields})

    def is_young(self, answers: dict[str, Any]) -> bool:
        """Whether the age answered is under 16: then nothing more is asked, and nobody writes to them."""
        question = self.find_question(self.about.age_band)
        chosen = answers.get(self.about.age_band)
        option = next((o for o in question.options if o.value == chosen), None) if question else None
        return option is not None and option.ages is not None and option.ages[1] < 16


class Equality(_Strict):
    """county/equality.yml: the standard questions, kept as issued so that results compare."""

    version: int = Field(ge=1)
    title: str = Field(min_length=1, max_length=32)
    thing: str = Field(min_length=1, max_length=30)
    intro: Wording
    source: str = Field(min_length=1)
    questions: tuple[Question, ...] = Field(min_length=1)
    words: dict[str, FormWordings] = {}


def compile_form(consultation: Consultation) -> Form:
    """The form that asks it: "ask_<id>", begun by the label "have_say/<id>". Raises ValueError."""
    return Form(
        id=f"{FORM_PREFIX}{consultation.id}",
        version=consultation.version,
        prefix=TICKET_PREFIX,
        label=f"{LABEL_PREFIX}{consultation.id}",
        title=consultation.title,
        thing=consultation.thing,
        keywords=consultation.keywords,
        consultation=consultation.id,
        ends=consultation.ends,
        intro=consultation.intro,
        done=consultation.intro,  # what is said at the end is the same for all (flows/consultation_answering.py)
        fields=tuple(
            q.compile(consultation.facts_of(q), rough=q.id == consultation.about.district)
            for q in consultation.questions
        ),
    )


def compile_equality(equality: Equality) -> Form:
    """The form of the equality questions."""
    return Form(
        id=EQUALITY,
        version=equality.version,
        prefix=TICKET_PREFIX,
        label=f"{LABEL_PREFIX}{EQUALITY}",
        title=equality.title,
        thing=equality.thing,
        equality=True,
        intro=equality.intro,
        done=equality.intro,
        fields=tuple(q.compile(()) for q in equality.questions),
    )


def questionnaire_hash(consultation: Consultation) -> str:
    """SHA-256 of everything that is asked and told, as canonical JSON: the same questionnaire, the same hash."""
    told = consultation.model_dump(
        mode="json", include={"intro", "facts", "questions", "ends", "anonymity", "words"}
    )
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def state(consultation: Consultation, opened: OpenConsultation | None, today: date) -> State:
    """Where it stands on a day (London). Only staff open it, the version they saw, and they may close it early."""
    if today > consultation.closes or (opened is not None and opened.closed):
        return State.CLOSED
    if opened is None or not opened.opened or opened.version != consultation.version:
        return State.NOT_OPEN
    return State.OPEN if today >= consultation.opens else State.NOT_OPEN


def draw_orders(form: Form, number: int) -> dict[str, list[str]]:
    """The order of the options of every question that has none of its own, drawn from a number: one for a person."""
    orders: dict[str, list[str]] = {}
    for field in form.fields:
        if field.shuffle:
            drawn = sorted(
                (o for o in field.options if not o.last), key=lambda o: _lot(number, field.id, o.value)
            )
            orders[field.id] = [o.value for o in (*drawn, *(o for o in field.options if o.last))]
    return orders


def _lot(number: int, *names: str) -> bytes:
    return hashlib.sha256("|".join((str(number), *names)).encode()).digest()


def load_consultations(county: Path) -> dict[str, Consultation]:
    """By id. Raises pydantic.ValidationError or yaml.YAMLError; `frontdoor check` turns both into file and line."""
    paths = sorted((county / "consultations").glob("*.yml"))
    loaded = [Consultation.model_validate(read_yaml(path)) for path in paths]
    return {consultation.id: consultation for consultation in loaded}


def load_equality(county: Path) -> Equality | None:
    """None where a county has no such file: then nothing is asked."""
    path = county / "equality.yml"
    return Equality.model_validate(read_yaml(path)) if path.exists() else None
