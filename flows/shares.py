"""A budget question: so many points, pounds or per cent in all, shared out among a few things."""

import re

from flows.choices import names_of
from flows.forms import FormField
from flows.numbers import is_negative, read_number
from flows.reading import Answered, Asking, Read, Unclear
from flows.safety import plain_words

_EVENLY = frozenset(
    {"evenly", "equally", "the same", "the same for all", "all the same", "equal", "equal shares"}
)
_PARTS = re.compile(r"[,;/+&\n]|\band\b|\bthen\b")
_DIGITS = re.compile(r"(?<!\d)-?\d+(?:[.,]\d+)?")


def read_shares(asking: Asking, text: str) -> Read:
    """The shares in the order the things were shown ("50 30 20"), or by name ("roads 50, victims 50").

    None where no number is said. Things that are not named get nothing.
    """
    field, said = asking.field, plain_words(text)
    if said in _EVENLY:
        return Answered(_even(field))
    if is_negative(text):
        return Unclear("number.negative")
    named = _read_named(asking, text)
    if named is not None:
        return _whole(field, named)
    numbers = _read_numbers(text)
    if numbers is None:
        return None
    if not numbers:
        return Unclear("budget.numbers", {"total": field.total})
    if len(numbers) != len(field.options):
        return Unclear("budget.count", {"count": len(field.options), "given": len(numbers)})
    return _whole(field, dict(zip((o.value for o in field.options), numbers, strict=True)))


def show_shares(form_field: FormField, shares: dict[str, int], labels: dict[str, str], *, sms: bool) -> str:
    """ "Neighbourhood police 50, Roads 50": what got nothing is left out."""
    shown = []
    for option in form_field.options:
        if shares.get(option.value):
            label = labels.get(option.value) or ((option.sms or option.label) if sms else option.label)
            shown.append(f"{label} {shares[option.value]}")
    return ", ".join(shown)


def is_whole(form_field: FormField, shares: object) -> bool:
    """Whether kept shares still fit their question."""
    if not isinstance(shares, dict) or not all(form_field.has_option(name) for name in shares):
        return False
    return sum(shares.values()) == form_field.total


def _whole(form_field: FormField, shares: dict[str, int]) -> Read:
    together = sum(shares.values())
    if together != form_field.total:
        return Unclear("budget.sum", {"sum": together, "total": form_field.total})
    return Answered({o.value: shares.get(o.value, 0) for o in form_field.options})


def _read_numbers(text: str) -> list[int] | None:
    """Every number of a message in its order; None where it holds none, empty where one is not whole."""
    if found := _DIGITS.findall(re.sub(r"(?<=\d)\s*%", " ", text)):
        return [int(n) for n in found] if all(n.isdecimal() for n in found) else []
    parts = [p for p in _PARTS.split(text.casefold()) if p.strip()]
    if len(parts) < 2:
        parts = text.casefold().split()
    read = [read_number(p) for p in parts]
    return [n for n in read if n is not None] if read and all(n is not None for n in read) else None


def _read_named(asking: Asking, text: str) -> dict[str, int] | None:
    """ "Roads 50, victims 30 and the rest on fraud": each part one thing and one number; None where it is not so."""
    shares: dict[str, int] = {}
    for part in (p for p in _PARTS.split(text.casefold()) if p.strip()):
        words = plain_words(part)
        padded = f" {words} "
        found = {
            o.value
            for o in asking.field.options
            for n in names_of(asking, o)
            if len(n) >= 3 and f" {n} " in padded
        }
        numbers = re.findall(r"\d+", words)
        amount = int(numbers[0][:6]) if len(numbers) == 1 else None
        if amount is None and found and words:
            amount = read_number(words.split()[-1]) or read_number(words.split()[0])
        if len(found) != 1 or amount is None or found & set(shares):
            return None
        shares[found.pop()] = amount
    return shares or None


def _even(form_field: FormField) -> dict[str, int]:
    """As even as whole numbers are: what is left over goes to the first ones."""
    each, over = divmod(form_field.total, len(form_field.options))
    return {o.value: each + (at < over) for at, o in enumerate(form_field.options)}
