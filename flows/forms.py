"""What a form is: a YAML file of fields, in order, with conditions and where it goes. Adding one is no code.

The watch form is put together from a form and one file per scheme (flows/schemes.py).
"""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from flows.messages import ChannelName
from flows.texts import Wording

MAX_SMS_OPTION = 40
# Twilio acts on these words itself, so a citizen who texts one as an answer would opt out or in.
RESERVED_ON_SMS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "YES", "START", "UNSTOP", "HELP", "INFO"}
)


class Kind(StrEnum):
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    NUMBER = "number"
    WHEN = "when"
    PLACE = "place"
    POSTCODE = "postcode"
    PHONE = "phone"
    EMAIL = "email"
    TEXT = "text"
    NAME = "name"
    PHOTO = "photo"
    CONSENT = "consent"
    SITE = "site"
    RANKING = "ranking"
    BUDGET = "budget"


# Kinds with a list of options; of the second ones several are given, of the third each gets a share.
CHOOSING = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.SITE, Kind.RANKING})
SEVERAL = frozenset({Kind.CHOICES, Kind.RANKING})
DONT_KNOW = "dont_know"


class Effect(StrEnum):
    """What sending a form does beside keeping it (flows/effects.py)."""

    JOIN_WATCH = "join_watch"
    CHANGE_WATCH = "change_watch"
    ASK_PERSON = "ask_person"
    TELL_ROLE = "tell_role"


# What a citizen may say of a site we know of: nothing new there, something new, or that theirs is another.
SITE_ANSWERS = frozenset({"same", "news", "another"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _one_or_more(value: Any) -> Any:
    """A condition's values as a tuple: `{age: 18_over}` is short for `{age: [18_over]}`."""
    if isinstance(value, dict):
        return {k: tuple(v) if isinstance(v, list | tuple) else (v,) for k, v in value.items()}
    return value


Condition = Annotated[dict[str, tuple[str | bool, ...]], BeforeValidator(_one_or_more)]


class Option(_Strict):
    """One answer to choose. `also` are other words for it; `alone` takes no other beside it ("none of these").

    `when` opens it only where earlier answers are so; `otherwise` is said to whom it is not open. `ages` are the
    youngest and the oldest it stands for, so that "I am 84" chooses it. `last` stays at the end where the order of
    the others is drawn ("Don't know").
    """

    value: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)
    label: str = Field(min_length=1, max_length=60)
    sms: str = Field(default="", max_length=MAX_SMS_OPTION)
    also: tuple[str, ...] = ()
    alone: bool = False
    when: Condition = {}
    otherwise: Wording | None = None
    ages: tuple[int, int] | None = None
    last: bool = False

    @model_validator(mode="after")
    def _is_no_word_of_the_network(self) -> Self:
        for word in (self.sms, self.label, *self.also):
            if word.strip().upper() in RESERVED_ON_SMS:
                raise ValueError(f"the phone network acts on the word {word!r} itself: choose another")
        return self


class FormField(_Strict):
    """One question. What each key means is in docs/forms.md."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)
    kind: Kind
    title: str = Field(min_length=1, max_length=40)
    ask: str = Field(min_length=1, max_length=1000)
    sms: str = ""
    why: str = ""
    description: str = ""
    required: bool = False
    when: Condition = {}
    unless: Condition = {}
    later: bool = False
    default: Any = None
    doors: tuple[ChannelName, ...] = ()
    first_words: bool = False
    listens: bool = False
    held: bool = False
    mobile: bool = False
    together: str = ""
    alone: Wording | None = None
    options: tuple[Option, ...] = ()
    entity: str | None = None
    minimum: int = 0
    maximum: int = 1000
    max_length: int = 1000
    past: bool = False
    personal: bool = False
    wording: str = ""
    version: int = 0
    notes: dict[str, Wording] = {}
    fewest: int = Field(default=0, ge=0)
    most: int = Field(default=0, ge=0)
    total: int = Field(default=0, ge=0)
    shuffle: bool = False
    survey: bool = False
    rough: bool = False

    @field_validator("notes", mode="before")
    @classmethod
    def _yes_and_no_are_words(cls, value: Any) -> Any:
        # YAML reads a bare yes or no as true or false.
        names = {True: "yes", False: "no"}
        if isinstance(value, dict):
            return {names.get(k, k) if isinstance(k, bool) else k: v for k, v in value.items()}
        return value

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        chooses = self.kind in CHOOSING or self.kind is Kind.BUDGET
        if chooses and len(self.options) < 2:
            raise ValueError("a choice needs at least two options")
        if (self.fewest or self.most) and self.kind not in SEVERAL:
            raise ValueError("fewest: and most: go with choices and a ranking")
        if self.most and not self.fewest <= self.most <= len(self.options):
            raise ValueError("most: is at least fewest: and at most the number of options")
        if (self.kind is Kind.BUDGET) != (self.total > 0):
            raise ValueError("total: goes with a budget question, and a budget question needs it")
        if not chooses and self.options:
            raise ValueError(f"a {self.kind} question takes no options")
        if len({o.value for o in self.options}) != len(self.options):
            raise ValueError("two options have the same value")
        if self.kind is Kind.SITE and {o.value for o in self.options} != SITE_ANSWERS:
            raise ValueError(f"the options of a site question are {', '.join(sorted(SITE_ANSWERS))}")
        if self.kind is Kind.CONSENT and not (self.wording and self.version > 0):
            raise ValueError("a consent question needs wording: and version: (from 1)")
        answers = {o.value for o in self.options} or {"yes", "no"}
        if self.notes and self.kind not in (Kind.CHOICE, Kind.CHOICES, Kind.YES_NO, Kind.CONSENT):
            raise ValueError("notes: go with a choice, choices, a yes_no or a consent question")
        for answer in self.notes:
            if answer not in answers:
                raise ValueError(f"notes: there is no answer {answer}")
        if self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        if self.first_words and self.kind is not Kind.TEXT:
            raise ValueError("first_words: goes with a text question")
        if self.listens and not chooses:
            raise ValueError("listens: goes with a choice")
        if self.later and self.required:
            raise ValueError("a question asked only later cannot be required")
        if self.default is not None and not self.later:
            raise ValueError("default: goes with later: true")
        return self

    def get_option(self, value: str) -> Option:
        """Raises KeyError for a value the question does not have."""
        for option in self.options:
            if option.value == value:
                return option
        raise KeyError(value)

    def has_option(self, value: object) -> bool:
        return any(o.value == value for o in self.options)

    @property
    def is_free_text(self) -> bool:
        return self.kind in (Kind.TEXT, Kind.PLACE, Kind.NAME)

    def is_asked_on(self, door: str) -> bool:
        """Whether it is put in its turn there; else it waits at the read-back to be changed."""
        return not self.later and (not self.doors or door in self.doors)


class Start(_Strict):
    """One more way into a form: a label that starts it with some answers given."""

    title: str = Field(default="", max_length=60)
    keywords: tuple[str, ...] = ()
    answers: dict[str, Any] = {}


class Ending(_Strict):
    """Answers with which a form ends unsent, and what is said then. `forget` keeps nothing of the person at all."""

    when: Condition = Field(min_length=1)
    say: Wording
    forget: bool = False


class Apart(_Strict):
    """Something else that first words may be about: what is said of it, and the label where it is seen to.

    `words` are phrases as people write them; capitals and punctuation do not matter.
    """

    words: tuple[str, ...] = Field(min_length=1)
    say: Wording
    go: str = ""


class Afterwards(_Strict):
    """A label offered once the form is sent, where the answers are so."""

    when: Condition = Field(min_length=1)
    go: str


class Form(_Strict):
    """A form: `prefix` begins its references, `label` is what a message means that starts it.

    `starts` are further labels. `needs` is what somebody must hold to fill it in (a role staff gave them, or
    "membership"), `refused` what the others are told. `news_when` are the answers with which the sender wants
    news here; `urgent_when` those that staff must see first; `kept_when_erased` the fields that stay when a
    person is erased. `screened`: free words about who people are, and number plates, are turned aside.
    `states` names its list of states (county/<name>_states.yml); empty: the common ones. `consultation` is the id of
    the one whose answers it takes (flows/consultations.py), `equality` marks the form of county/equality.yml.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)
    version: int = Field(ge=1)
    prefix: str = Field(pattern=r"^[A-HJKMNP-TV-Z]{2}$")
    label: str
    title: str = Field(min_length=1, max_length=60)
    thing: str = Field(min_length=1, max_length=30, description='what one calls it: "your report"')
    keywords: tuple[str, ...] = ()
    starts: dict[str, Start] = {}
    needs: str = ""
    refused: Wording | None = None
    effect: Effect | None = None
    news_when: Condition = {}
    urgent_when: Condition = {}
    joins_repeats_days: int = Field(default=0, ge=0)
    kept_when_erased: frozenset[str] = frozenset()
    routed_to: str = ""
    states: str = ""
    screened: bool = False
    consultation: str = ""
    equality: bool = False
    groups_sites: bool = False
    apart: tuple[Apart, ...] = ()
    afterwards: tuple[Afterwards, ...] = ()
    ends: tuple[Ending, ...] = ()
    intro: Wording
    done: Wording
    fields: tuple[FormField, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        seen: dict[str, FormField] = {}
        for field in self.fields:
            if field.id in seen:
                raise ValueError(f"two fields are called {field.id}")
            _check_condition(field.when, seen, f"{field.id}: when:")
            _check_condition(field.unless, seen, f"{field.id}: unless:")
            for option in field.options:
                _check_condition(option.when, seen, f"{field.id}, {option.value}: when:")
            seen[field.id] = field
        for field in self.fields:
            if field.together and (field.together not in seen or field.alone is None):
                raise ValueError(f"{field.id}: together: names a field, and alone: the question without it")
        for ending in self.ends:
            _check_condition(ending.when, seen, "ends: when:")
        for offer in self.afterwards:
            _check_condition(offer.when, seen, "afterwards: when:")
        sites = [field for field in self.fields if field.kind is Kind.SITE]
        if sites and (len(sites) > 1 or not any(f.kind is Kind.PLACE for f in self.fields)):
            raise ValueError("a site question goes with a place question, once")
        _check_condition(self.news_when, seen, "news_when:")
        _check_condition(self.urgent_when, seen, "urgent_when:")
        for label, start in self.starts.items():
            for name in set(start.answers) - set(seen):
                raise ValueError(f"starts: {label}: there is no field {name}")
        for name in sorted(self.kept_when_erased - set(seen)):
            raise ValueError(f"kept_when_erased: there is no field {name}")
        if self.needs and self.refused is None:
            raise ValueError("needs: goes with refused:, the words for those who may not")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """Everything that starts it."""
        return (self.label, *self.starts)

    def get_field(self, field_id: str) -> FormField:
        """Raises KeyError for an unknown id."""
        for field in self.fields:
            if field.id == field_id:
                return field
        raise KeyError(field_id)

    def find_field(self, field_id: str | None) -> FormField | None:
        return next((f for f in self.fields if f.id == field_id), None)

    def answer_of(self, field: FormField, answers: dict[str, Any]) -> Any:
        """What was answered, or what holds until it is."""
        return answers.get(field.id, field.default)

    def holds(self, condition: Condition, answers: dict[str, Any]) -> bool:
        """Whether the answers are as a condition wants them; an empty one always holds."""
        for name, values in condition.items():
            field = self.get_field(name)
            if not self.is_asked(field, answers):
                return False
            given = self.answer_of(field, answers)
            if isinstance(given, dict):
                given = given.get("given", given.get("answer"))
            if not any(v in values for v in (given if isinstance(given, list) else [given])):
                return False
        return True

    def is_asked(self, field: FormField, answers: dict[str, Any]) -> bool:
        """Whether the answers so far call for this field; one of a site that nobody knows is not there at all."""
        if field.kind is Kind.SITE and field.id in answers and answers[field.id] is None:
            return False
        if field.unless and self.holds(field.unless, answers):
            return False
        return self.holds(field.when, answers)

    def asked_fields(self, answers: dict[str, Any]) -> tuple[FormField, ...]:
        return tuple(f for f in self.fields if self.is_asked(f, answers))

    def next_field(self, answers: dict[str, Any], door: str = "") -> FormField | None:
        """The first field called for at a door and not yet answered or skipped."""
        called_for = (f for f in self.asked_fields(answers) if f.is_asked_on(door))
        return next((f for f in called_for if f.id not in answers), None)

    def open_options(self, field: FormField, answers: dict[str, Any]) -> tuple[Option, ...]:
        """The options the answers so far leave open."""
        return tuple(o for o in field.options if not self.is_shut(o, answers))

    def is_shut(self, option: Option, answers: dict[str, Any]) -> bool:
        """Whether what was answered closes an option; what was not asked yet closes none."""
        return all(name in answers for name in option.when) and not self.holds(option.when, answers)

    def find_ending(self, answers: dict[str, Any]) -> Ending | None:
        return next((e for e in self.ends if self.holds(e.when, answers)), None)


def _check_condition(condition: Condition, fields: dict[str, FormField], where: str) -> None:
    """Raises ValueError where a condition names what is not asked before it, or what cannot be answered there."""
    for name, values in condition.items():
        if name not in fields:
            raise ValueError(f"{where} names {name}, which is not asked before it")
        known = {o.value for o in fields[name].options}
        for value in values:
            if fields[name].kind in (Kind.YES_NO, Kind.CONSENT):
                if not isinstance(value, bool):
                    raise ValueError(f"{where} {name} is answered yes or no, not {value}")
            elif known and value not in known:
                raise ValueError(f"{where} {name} has no option {value}")
