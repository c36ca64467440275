"""A budget question: so many points, pounds or per cent in all, shared out among a few things."""

import re
from itertools import pairwise

from flows.choices import names_of
from flows.forms import FormField
from flows.numbers import is_negative, read_number
from flows.reading import Answered, Asking, Read, Unclear
from flows.safety import plain_words

_EVENLY = frozenset(
    {"evenly", "equally", "the same", "the same for all", "all the same", "equal", "equal shares"}
)
_PARTS = re.compile(r"[,;/+&\n]|\band\b|\bthen\b")
_ARTICLES = frozenset({"a", "an", "no"})
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
    said = re.sub(r"(?<=\d)\s*%", " ", text.casefold())
    for parts in (_PARTS.split(said), said.split()):
        read = [read_number(part) for part in parts if part.strip()]
        if len(read) > 1 and all(n is not None for n in read):
            return [n for n in read if n is not None]
    found = _DIGITS.findall(said)
    if not found:
        return None
    return [int(n) for n in found] if all(n.isdecimal() for n in found) else []


def _read_named(asking: Asking, text: str) -> dict[str, int] | None:
    """ "Roads 50, victims 30 and fraud 20", or "50 on roads": names and numbers by turns; None where it is not so."""
    said = f" {plain_words(text)} "
    names = [(name, o.value) for o in asking.field.options for name in names_of(asking, o) if len(name) >= 3]
    values: list[str] = []
    for name, value in sorted(names, key=lambda pair: -len(pair[0])):
        if f" {name} " in said and (name.isalpha() or " " in name or said.count(f" {name} ") == 1):
            said = said.replace(f" {name} ", f" @{len(values)} ", 1)
            values.append(value)
    found: list[str | int] = []
    for word in said.split():
        if word.startswith("@"):
            found.append(values[int(word[1:])])
        elif word not in _ARTICLES and (number := read_number(word)) is not None:
            found.append(number)
    things = [f for f in found if isinstance(f, str)]
    numbers = [f for f in found if isinstance(f, int)]
    turns = all(isinstance(one, str) != isinstance(other, str) for one, other in pairwise(found))
    if not things or len(things) != len(numbers) or len(set(things)) != len(things) or not turns:
        return None
    return dict(zip(things, numbers, strict=True))


def _even(form_field: FormField) -> dict[str, int]:
    """As even as whole numbers are: what is left over goes to the first ones."""
    each, over = divmod(form_field.total, len(form_field.options))
    return {o.value: each + (at < over) for at, o in enumerate(form_field.options)}
