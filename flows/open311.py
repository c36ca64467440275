"""A form as a service of Open311 GeoReport v2: what another body's system is asked for.

https://wiki.open311.org/GeoReport_v2/ has no word for a question that is asked only after some answers, so an
attribute is "required" only where the form always asks for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.forms import Form, FormField, Kind

CHANNEL = "open311"
# The caller's own number of a request: the same again makes no second report.
EXTERNAL_ID = "external_id"
YES_NO = (("yes", "Yes"), ("no", "No"))
DATATYPES = {
    Kind.CHOICE: "singlevaluelist",
    Kind.CHOICES: "multivaluelist",
    Kind.YES_NO: "singlevaluelist",
    Kind.NUMBER: "number",
    Kind.WHEN: "datetime",
    Kind.TEXT: "text",
}


@dataclass(frozen=True)
class Attribute:
    """One thing to tell of a request. `values` are (key, name) pairs of a list, `hint` how the value is written."""

    code: str
    datatype: str
    required: bool
    description: str
    hint: str = ""
    values: tuple[tuple[str, str], ...] = ()


def attributes_of(form: Form) -> tuple[Attribute, ...]:
    """What may be told beside the place, in the form's order, and last the caller's own number."""
    own = Attribute(
        EXTERNAL_ID,
        "string",
        False,
        "Your own number of this request. Sent again under the same number, it makes no second report.",
        "At most 200 characters.",
    )
    return (*(_attribute(form, field) for field in told_fields(form)), own)


def told_fields(form: Form) -> tuple[FormField, ...]:
    """The questions another system may answer: none about a person, and none about news for one."""
    left_out = set(form.news_when)
    told = []
    for field in form.fields:
        if left_out & (set(field.when) | {field.id}):
            left_out.add(field.id)
        elif field.kind in DATATYPES and not field.personal:
            told.append(field)
    return tuple(told)


def place_field(form: Form) -> FormField | None:
    return next((field for field in form.fields if field.kind is Kind.PLACE), None)


def words_field(form: Form) -> FormField | None:
    """The question that `description` answers."""
    texts = [field for field in told_fields(form) if field.kind is Kind.TEXT]
    return next((field for field in texts if field.first_words), texts[0] if texts else None)


def is_required(field: FormField) -> bool:
    return field.required and not field.when and not field.later and not field.doors


def why_no_service(form: Form) -> str:
    """Why a form cannot be filled in by another system; empty where it can."""
    place = place_field(form)
    if place is None:
        return "it asks for no place"
    if form.needs or form.effect is not None or form.consultation or form.equality:
        return "it is for people who write to us themselves"
    told = {place.id, *(field.id for field in told_fields(form)), *form.news_when}
    missing = [
        field.id
        for field in form.fields
        if is_required(field) and field.id not in told and field.kind is not Kind.SITE
    ]
    return f"it needs {', '.join(missing)}, which only a person can tell" if missing else ""


def find_unfit(services: Iterable[str], forms: Mapping[str, Form]) -> str:
    """What is wrong with the first service that is none, in a sentence; empty where all can be filled in."""
    for id in services:
        reason = why_no_service(forms[id]) if id in forms else "there is no such form"
        if reason:
            return f"config.yml: open311: forms: {id}: {reason}. Take it out of the list."
    return ""


def _attribute(form: Form, field: FormField) -> Attribute:
    values = YES_NO if field.kind is Kind.YES_NO else tuple((o.value, o.label) for o in field.options)
    return Attribute(
        field.id, DATATYPES[field.kind], is_required(field), field.ask.strip(), _hint(field), values
    )


def _hint(field: FormField) -> str:
    match field.kind:
        case Kind.NUMBER:
            return f"A whole number from {field.minimum} to {field.maximum}."
        case Kind.WHEN:
            return "A day or a time with its zone, such as 2026-11-20 or 2026-11-20T08:30:00Z."
        case Kind.TEXT:
            return (
                f"At most {field.max_length} characters. No names, descriptions of people or number plates."
            )
        case Kind.CHOICES:
            return "One or more of the values."
        case _:
            return "One of the values."
