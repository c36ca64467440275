"""Answers as they are kept: whether one still fits its question, and how it is said back."""

from typing import Any

from flows.forms import SEVERAL, FormField, Kind, Option
from flows.shares import is_whole, show_shares
from flows.times import show_when
from flows.whereabouts import show_place


def is_stored_well(form_field: FormField, value: Any) -> bool:
    """Whether a stored value still fits its question, for a form that changed while it was being filled in."""
    if value is None:
        return True
    if form_field.kind is Kind.CHOICE:
        return form_field.has_option(value)
    shapes: dict[Kind, type] = {
        Kind.CHOICES: list,
        Kind.RANKING: list,
        Kind.BUDGET: dict,
        Kind.PHOTO: list,
        Kind.YES_NO: bool,
        Kind.NUMBER: int,
        Kind.WHEN: dict,
        Kind.PLACE: dict,
        Kind.CONSENT: dict,
        Kind.SITE: dict,
    }
    if not isinstance(value, shapes.get(form_field.kind, str)):
        return False
    if form_field.kind is Kind.BUDGET:
        return is_whole(form_field, value)
    if isinstance(value, list) and form_field.kind in SEVERAL:
        return all(form_field.has_option(v) for v in value)
    if isinstance(value, dict) and form_field.kind is Kind.CONSENT:
        return bool(value.get("version") == form_field.version and value.get("wording") == form_field.wording)
    return True


def show(
    form_field: FormField,
    value: Any,
    *,
    sms: bool = False,
    labels: dict[str, str] | None = None,
    pin: str = "map pin",
    near: str = "near {name}",
) -> str:
    """A stored value as it is read back. Empty for a skipped one."""
    from_labels = labels or {}
    if value is None or value == []:
        return ""
    if form_field.kind is Kind.CHOICE:
        return _label(form_field.get_option(value), from_labels, sms=sms)
    if form_field.kind is Kind.CHOICES:
        return ", ".join(_label(form_field.get_option(v), from_labels, sms=sms) for v in value)
    if form_field.kind is Kind.RANKING:
        ranked = [_label(form_field.get_option(v), from_labels, sms=sms) for v in value]
        return ", ".join(f"{place} {label}" for place, label in enumerate(ranked, 1))
    if form_field.kind is Kind.BUDGET:
        return show_shares(form_field, value, from_labels, sms=sms)
    if form_field.kind is Kind.SITE:
        answer = value["answer"] if isinstance(value, dict) else value  # the record keeps the answer alone
        return _label(form_field.get_option(answer), from_labels, sms=sms)
    if form_field.kind is Kind.WHEN:
        return show_when(value)
    if form_field.kind is Kind.PLACE:
        return show_place(value, pin=pin, near=near)
    if form_field.kind is Kind.PHOTO:
        return str(len(value))
    return str(value)


def _label(option: Option, labels: dict[str, str], *, sms: bool) -> str:
    return labels.get(option.value) or ((option.sms or option.label) if sms else option.label)
