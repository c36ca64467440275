"""What a form is: a YAML file of fields, in order, with conditions and where it goes. Adding one is no code."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from flows.texts import Wording
from flows.yaml_lines import read_yaml

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
    PHOTO = "photo"
    CONSENT = "consent"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Strict):
    """One answer to choose. `also` are other words for it; `alone` takes no other beside it ("none of these")."""

    value: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)
    label: str = Field(min_length=1, max_length=60)
    sms: str = Field(default="", max_length=MAX_SMS_OPTION)
    also: tuple[str, ...] = ()
    alone: bool = False

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
    ask: str = Field(min_length=1, max_length=600)
    sms: str = ""
    why: str = ""
    description: str = ""
    required: bool = False
    when: dict[str, tuple[str | bool, ...]] = {}
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

    @field_validator("when", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: tuple(v) if isinstance(v, list) else (v,) for k, v in value.items()}
        return value

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
        chooses = self.kind in (Kind.CHOICE, Kind.CHOICES)
        if chooses and len(self.options) < 2:
            raise ValueError("a choice needs at least two options")
        if not chooses and self.options:
            raise ValueError(f"a {self.kind} question takes no options")
        if len({o.value for o in self.options}) != len(self.options):
            raise ValueError("two options have the same value")
        if self.kind is Kind.CONSENT and not (self.wording and self.version > 0):
            raise ValueError("a consent question needs wording: and version: (from 1)")
        answers = {o.value for o in self.options} or {"yes", "no"}
        if self.notes and self.kind not in (Kind.CHOICE, Kind.YES_NO, Kind.CONSENT):
            raise ValueError("notes: go with a choice, a yes_no or a consent question")
        for answer in self.notes:
            if answer not in answers:
                raise ValueError(f"notes: there is no answer {answer}")
        if self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
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
        return self.kind in (Kind.TEXT, Kind.PLACE)


class Form(_Strict):
    """A form: `prefix` begins its references, `label` is what a message means that starts it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)
    version: int = Field(ge=1)
    prefix: str = Field(pattern=r"^[A-HJKMNP-TV-Z]{2}$")
    label: str
    title: str = Field(min_length=1, max_length=60)
    thing: str = Field(min_length=1, max_length=30, description='what one calls it: "your report"')
    keywords: tuple[str, ...] = ()
    intro: Wording
    done: Wording
    fields: tuple[FormField, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        seen: dict[str, FormField] = {}
        for field in self.fields:
            if field.id in seen:
                raise ValueError(f"two fields are called {field.id}")
            for other, values in field.when.items():
                if other not in seen:
                    raise ValueError(f"{field.id}: when: names {other}, which is not asked before it")
                known = {o.value for o in seen[other].options}
                for value in values:
                    if seen[other].kind in (Kind.YES_NO, Kind.CONSENT):
                        if not isinstance(value, bool):
                            raise ValueError(f"{field.id}: when: {other} is answered yes or no, not {value}")
                    elif known and value not in known:
                        raise ValueError(f"{field.id}: when: {other} has no option {value}")
            seen[field.id] = field
        return self

    def get_field(self, field_id: str) -> FormField:
        """Raises KeyError for an unknown id."""
        for field in self.fields:
            if field.id == field_id:
                return field
        raise KeyError(field_id)

    def find_field(self, field_id: str | None) -> FormField | None:
        return next((f for f in self.fields if f.id == field_id), None)

    def is_asked(self, field: FormField, answers: dict[str, Any]) -> bool:
        """Whether the answers so far call for this field."""
        for other, values in field.when.items():
            if not self.is_asked(self.get_field(other), answers):
                return False
            given = answers.get(other)
            if isinstance(given, dict):
                given = given.get("given")
            if not any(v in values for v in (given if isinstance(given, list) else [given])):
                return False
        return True

    def asked_fields(self, answers: dict[str, Any]) -> tuple[FormField, ...]:
        return tuple(f for f in self.fields if self.is_asked(f, answers))

    def next_field(self, answers: dict[str, Any]) -> FormField | None:
        """The first field called for and not yet answered or skipped."""
        return next((f for f in self.asked_fields(answers) if f.id not in answers), None)


def load_form(path: Path) -> Form:
    """Raises pydantic.ValidationError or yaml.YAMLError; `frontdoor check` turns both into file and line."""
    return Form.model_validate(read_yaml(path))


def load_forms(folder: Path) -> dict[str, Form]:
    """Every form of a folder, by id."""
    forms = [load_form(path) for path in sorted(folder.glob("*.yml"))]
    return {form.id: form for form in forms}
