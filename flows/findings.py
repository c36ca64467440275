"""What `frontdoor check` finds, collected while files are read: each fault with its file and line."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flows.forms import RESERVED_ON_SMS
from flows.turn import SMS_TWO_SEGMENTS, SMS_TWO_SEGMENTS_UCS2, fits_two_texts, is_sms_letter
from flows.yaml_lines import Document, Unreadable, read_document

_SIGNS = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"}
)
# A text may say what these do, since they do it here as well; the others would take a citizen by surprise.
_MAY_BE_NAMED = frozenset({"STOP", "START", "HELP"})
Where = Sequence[str | int]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, order=True)
class Fault:
    """`file` is relative to the root; `line` counts from 1. A warning does not stop the service."""

    file: str
    line: int
    message: str
    is_warning: bool = False


@dataclass
class Findings:
    """Collects faults while files are gone through."""

    root: Path
    today: date | None
    faults: list[Fault] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)

    def read(self, file: str) -> Any:
        """The file's value, or None with its fault noted."""
        try:
            self.documents[file] = read_document(self.root / file)
        except Unreadable as error:
            self.faults.append(Fault(file, error.line, error.message))
            return None
        return self.documents[file].value

    def load(
        self, file: str, model: type[Model], *, prepare: Callable[[Any], Any] = lambda value: value
    ) -> Model | None:
        """The file as a model, or None with each of its faults noted. `prepare` puts in what stands elsewhere."""
        value = self.read(file)
        if file not in self.documents:
            return None
        try:
            return model.model_validate(prepare(value))
        except ValidationError as error:
            for detail in error.errors():
                where = detail["loc"] or _find_named(value, detail["msg"])
                self.note(file, where, _explain(detail["loc"], detail["msg"], detail["type"]))
            return None

    def note(self, file: str, where: Where, message: str, *, warning: bool = False) -> None:
        line = self.documents[file].find_line(where) if file in self.documents else 1
        self.faults.append(Fault(file, line, message, warning))

    def check_sms(
        self,
        file: str,
        where: Where,
        text: str,
        *,
        may_name: Iterable[str] = _MAY_BE_NAMED,
        any_letters: bool = False,
    ) -> None:
        """A text message's own rules: two segments, letters every phone knows, no word the network acts on.

        `any_letters` for languages that have others, at less than half the room.
        """
        said = text.translate(_SIGNS)
        strange = {c for c in set(said) if not is_sms_letter(c)}
        most = SMS_TWO_SEGMENTS_UCS2 if strange else SMS_TWO_SEGMENTS
        if strange and not any_letters:
            self.note(file, where, f"a text message cannot hold {' '.join(sorted(strange))}")
        elif not fits_two_texts(said):
            self.note(file, where, f"too long for two text messages ({len(said)} characters, {most} at most)")
        reserved = set(re.findall(r"\b[A-Z]{3,}\b", text)) & (RESERVED_ON_SMS - set(may_name))
        for word in sorted(reserved):
            self.note(file, where, f"the phone network acts on the word {word} itself: choose another")


def _find_named(value: Any, message: str) -> Where:
    """Where a fault of the whole file stands that begins with a key of it, or with the id of a question or field."""
    name = message.removeprefix("Value error, ").partition(":")[0]
    if not isinstance(value, dict) or name in value:
        return (name,)
    for part in ("questions", "fields"):
        each = value.get(part)
        ids = [q.get("id") for q in each if isinstance(q, dict)] if isinstance(each, list) else []
        if name in ids:
            return (part, ids.index(name))
    return ()


# What pydantic says of its own types, for people who write a file.
_WANTED = {
    "date_from_datetime_parsing": "a day is wanted, like 2027-01-31",
    "date_parsing": "a day is wanted, like 2027-01-31",
    "date_type": "a day is wanted, like 2027-01-31",
    "int_parsing": "a whole number is wanted",
    "int_type": "a whole number is wanted",
    "bool_parsing": "true or false is wanted",
    "string_type": "words are wanted, in quotes where they are yes, no or a number",
    "tuple_type": "a list is wanted, like [one, two]",
    "list_type": "a list is wanted, like [one, two]",
    "model_type": "keys of its own are wanted below it, and no words",
    "dict_type": "keys of its own are wanted below it, and no words",
}
_AN_ID = "^[a-z][a-z0-9_]*$"


def _explain(where: Where, message: str, kind: str) -> str:
    key = ".".join(str(step) for step in where)
    message = _WANTED.get(kind, message)
    if kind == "string_pattern_mismatch" and _AN_ID in message:
        message = "small letters, digits and _ are wanted, a letter first"
    if kind == "extra_forbidden":
        return f"unknown key {where[-1]}"
    if kind == "missing":
        return f"{key} is missing"
    return f"{key}: {message.removeprefix('Value error, ')}" if key else message.removeprefix("Value error, ")
