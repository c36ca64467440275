"""How each kind of question reads an answer, and how the answer is said back.

Two ways of reading. `read_certain` takes only what cannot mean anything else (a button, a number, a
postcode, one of the options) and needs no model. `read_freely` makes the best of a sentence, with the
entities the model found in it. Both return Answered, Unclear (with a text key that helps), or None for
"not an answer to this question".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from rapidfuzz import fuzz

from flows.forms import FormField, Kind, Option
from flows.messages import Incoming
from flows.numbers import is_negative, is_vague, read_number
from flows.places import Certainty, Gazetteer, Place
from flows.postcodes import find_postcode, read_postcode
from flows.safety import plain_words
from flows.times import read_when, show_when
from flows.understanding import Entity, Understanding

YES = frozenset(
    "yes y yeah yea yep yup ya aye yh yer ok okay sure please correct right true tak da sim haan ji".split()
) | {
    "yes please",
    "yes it is",
    "yes thats right",
    "thats right",
    "that is right",
    "that s right",
    "go on",
    "of course",
    "i do",
    "it is",
    "all right",
}
NO = frozenset("no n nope nah never nie nu nao nahi".split()) | {
    "no thanks",
    "no thank you",
    "no ta",
    "not really",
    "i dont",
    "it isnt",
    "its not",
}
MISSPELT = 85


@dataclass(frozen=True)
class Answered:
    """A value to store; None stands for "asked, and skipped"."""

    value: Any


@dataclass(frozen=True)
class Unclear:
    """Not yet an answer. `key` is the text that helps; `partial` is what to remember of it.

    `choices` are (payload value, text key or label) pairs to offer as buttons.
    """

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    partial: dict[str, Any] | None = None
    choices: tuple[tuple[str, str], ...] = ()


Read = Answered | Unclear | None


@dataclass(frozen=True)
class Asking:
    """What a question is read against: the field, the time, the gazetteer, what it has so far."""

    field: FormField
    now: datetime
    gazetteer: Gazetteer
    partial: dict[str, Any] | None = None


def read_button(asking: Asking, value: str) -> Read:
    """The answer a pressed button of this question gives; None for a value it does not have."""
    kind = asking.field.kind
    if kind is Kind.CHOICE:
        return Answered(value) if any(o.value == value for o in asking.field.options) else None
    if kind is Kind.CHOICES:
        return _press_one_more(asking, value)
    if kind is Kind.YES_NO and value in ("yes", "no"):
        return Answered(value == "yes")
    if kind is Kind.CONSENT and value in ("yes", "no"):
        return _consent(asking.field, given=value == "yes")
    if kind is Kind.PLACE and asking.partial and "place" in asking.partial:
        return _confirm_place(asking, keep=value == "yes") if value in ("yes", "no") else None
    if kind is Kind.PHOTO and value == "done":
        return Answered(list((asking.partial or {}).get("photos", [])))
    return None


def read_certain(asking: Asking, incoming: Incoming) -> Read:
    """What can only be an answer to this question; None where the words need understanding."""
    kind, text = asking.field.kind, incoming.text
    if incoming.location is not None:
        return _read_pin(asking, incoming) if kind is Kind.PLACE else None
    words = plain_words(text)
    if not words:
        return None
    if kind in (Kind.YES_NO, Kind.CONSENT):
        return _read_yes_no(asking.field, words)
    if kind is Kind.CHOICE:
        return _read_choice(asking.field, words)
    if kind is Kind.CHOICES:
        return _read_several(asking.field, text)
    if kind is Kind.NUMBER:
        return _read_number(asking.field, text) if len(words.split()) <= 5 else None
    if kind is Kind.WHEN:
        return _read_time(asking, text) if len(words.split()) <= 6 else None
    if kind is Kind.POSTCODE:
        code = read_postcode(text)
        return Answered(code) if code else None
    if kind is Kind.PHONE:
        return _read_phone(text)
    if kind is Kind.EMAIL:
        return _read_email(text)
    if kind is Kind.PLACE:
        return _read_place_certain(asking, text, words)
    return None


def read_freely(asking: Asking, incoming: Incoming, understanding: Understanding | None) -> Read:
    """The best reading of a sentence as an answer to this question."""
    kind, text = asking.field.kind, incoming.text.strip()
    certain = read_certain(asking, incoming)
    if certain is not None:
        return certain
    if asking.field.entity and understanding:
        found = understanding.get_all(asking.field.entity)
        if found:
            read = read_entities(asking, found)
            if isinstance(read, Answered):
                return read
    if kind is Kind.NUMBER:
        return _read_number(asking.field, text) or Unclear("number.unclear")
    if kind is Kind.WHEN:
        return _read_time(asking, text) or Unclear("when.unclear")
    if kind in (Kind.CHOICE, Kind.CHOICES):
        return _read_mentioned(asking.field, plain_words(text)) or Unclear("choice.unclear")
    if kind in (Kind.YES_NO, Kind.CONSENT):
        return _read_yes_no_by_label(asking.field, understanding) or Unclear("yes_no.unclear")
    if kind is Kind.PLACE:
        return read_place(asking, text) if text else None
    if kind is Kind.TEXT:
        return _read_text(asking.field, text)
    if kind is Kind.POSTCODE:
        code = find_postcode(text)
        return Answered(code) if code else Unclear("postcode.unclear")
    if kind is Kind.PHONE:
        return Unclear("phone.unclear")
    if kind is Kind.EMAIL:
        return Unclear("email.unclear")
    return Unclear("photo.unclear")


def read_entities(asking: Asking, found: Sequence[Entity]) -> Read:
    """The answer that entities of a message give to a question (a first sentence that says it all)."""
    kind = asking.field.kind
    if kind is Kind.PLACE:
        return read_place(asking, ", ".join(dict.fromkeys(e.text.strip() for e in found)))
    if kind is Kind.WHEN:
        return _read_time(asking, found[0].text)
    if kind is Kind.NUMBER:
        value = found[0].value if isinstance(found[0].value, int) else read_number(found[0].text)
        return _in_range(asking.field, value) if value is not None else None
    known = {o.value: o for o in asking.field.options}
    values = list(dict.fromkeys(str(e.value) for e in found if e.value in known))
    if kind is Kind.CHOICE:
        return Answered(values[0]) if len(values) == 1 else None
    if kind is Kind.CHOICES and values:
        together = [v for v in values if not known[v].alone]
        return Answered(together or values[:1])
    return None


def add_photos(asking: Asking, ids: Sequence[str]) -> Read:
    """Photos that came: kept until "done", up to the field's maximum."""
    kept = [*(asking.partial or {}).get("photos", []), *ids]
    if len(kept) >= asking.field.maximum:
        return Answered(kept[: asking.field.maximum])
    return Unclear(
        "photo.another", {"count": len(kept)}, partial={"photos": kept}, choices=(("done", "button.done"),)
    )


def repeat(asking: Asking) -> Unclear | None:
    """What to say again of a question that has half an answer; None where it has none."""
    partial = asking.partial or {}
    if "place" in partial:
        read = _settle_place(Place.from_dict(partial["place"]))
        return read if isinstance(read, Unclear) else None
    if partial.get("chosen"):
        read = _press_one_more(asking, partial["chosen"][-1])
        return read if isinstance(read, Unclear) else None
    if partial.get("photos"):
        read = add_photos(asking, ())
        return read if isinstance(read, Unclear) else None
    return None


def read_place(asking: Asking, text: str) -> Read:
    """A place in words: known, or asked once more for a town, or taken as it is with nothing known of it."""
    before = (asking.partial or {}).get("place")
    if before:
        place = asking.gazetteer.merge(Place.from_dict(before), text)
        if place.certainty is Certainty.UNKNOWN or (place.district is None and not place.outside):
            first = Place.from_dict(before)
            best = place if place.certainty is not Certainty.UNKNOWN else first
            return Answered(Place(**{**best.__dict__, "text": place.text}).to_dict())
    else:
        place = asking.gazetteer.read(text[:500])
    return _settle_place(place)


def show(
    form_field: FormField, value: Any, *, sms: bool = False, labels: dict[str, str] | None = None
) -> str:
    """A stored value as it is read back. Empty for a skipped one."""
    from_labels = labels or {}
    if value is None or value == []:
        return ""
    if form_field.kind is Kind.CHOICE:
        return _label(form_field.get_option(value), from_labels, sms=sms)
    if form_field.kind is Kind.CHOICES:
        return ", ".join(_label(form_field.get_option(v), from_labels, sms=sms) for v in value)
    if form_field.kind is Kind.WHEN:
        return show_when(value)
    if form_field.kind is Kind.PLACE:
        return _show_place(value)
    if form_field.kind is Kind.PHOTO:
        return str(len(value))
    return str(value)


def _label(option: Option, labels: dict[str, str], *, sms: bool) -> str:
    return labels.get(option.value) or ((option.sms or option.label) if sms else option.label)


def _show_place(value: dict[str, Any]) -> str:
    text, name = value.get("text", ""), value.get("name")
    if not text:
        return f"map pin near {name}" if name else "map pin"
    if name and plain_words(name) not in plain_words(text) and value["certainty"] != Certainty.UNKNOWN:
        return f"{text} (near {name})"
    return str(text)


def _read_pin(asking: Asking, incoming: Incoming) -> Read:
    assert incoming.location is not None
    place = asking.gazetteer.read_pin(incoming.location)
    before = (asking.partial or {}).get("place")
    words = before["text"] if before else incoming.text.strip()[:500]
    return _settle_place(Place(**{**place.__dict__, "text": words}))


def _settle_place(place: Place) -> Read:
    kept = place.to_dict()
    if place.outside == "postcode":
        return Unclear("place.outside_postcode", {"postcode": place.postcode}, {"place": kept}, _KEEP_OR_NOT)
    if place.outside == "far":
        return Unclear("place.far", {}, {"place": kept}, _KEEP_OR_NOT)
    if place.outside:
        return Unclear(
            "place.outside", {"name": place.name, "force": place.outside}, {"place": kept}, _KEEP_OR_NOT
        )
    if place.certainty is Certainty.UNKNOWN:
        return Unclear("place.town", {}, {"place": kept})
    if place.district is None:
        return Unclear("place.town_of_postcode", {"postcode": place.postcode}, {"place": kept})
    return Answered(kept)


_KEEP_OR_NOT = (("yes", "button.keep_place"), ("no", "button.other_place"))


def _confirm_place(asking: Asking, *, keep: bool) -> Read:
    assert asking.partial is not None
    return Answered(asking.partial["place"]) if keep else Unclear("place.again", partial={})


def _read_place_certain(asking: Asking, text: str, words: str) -> Read:
    before = (asking.partial or {}).get("place")
    if before and before.get("outside"):
        if words in YES | {"1"}:
            return _confirm_place(asking, keep=True)
        if words in NO | {"2"}:
            return _confirm_place(asking, keep=False)
        return None
    if read_postcode(text) in (None, ""):
        found = asking.gazetteer.read(text)
        # The bare name of a known place can mean nothing else here.
        return read_place(asking, text) if found.certainty is Certainty.NAMED_PLACE else None
    found = asking.gazetteer.read(text)
    return read_place(asking, text) if found.postcode else None


def _read_yes_no(form_field: FormField, words: str) -> Read:
    if words in YES or words == "1":
        given = True
    elif words in NO or words == "2":
        given = False
    else:
        return None
    return _consent(form_field, given=given) if form_field.kind is Kind.CONSENT else Answered(given)


def _read_yes_no_by_label(form_field: FormField, understanding: Understanding | None) -> Read:
    if understanding is None or understanding.label not in ("affirm", "deny"):
        return None
    given = understanding.label == "affirm"
    return _consent(form_field, given=given) if form_field.kind is Kind.CONSENT else Answered(given)


def _consent(form_field: FormField, *, given: bool) -> Answered:
    return Answered({"wording": form_field.wording, "version": form_field.version, "given": given})


def _names(option: Option) -> set[str]:
    return {
        plain_words(n) for n in (option.label, option.sms, option.value.replace("_", " "), *option.also) if n
    }


def _read_choice(form_field: FormField, words: str) -> Read:
    if words.isdecimal():
        at = int(words) - 1
        return Answered(form_field.options[at].value) if 0 <= at < len(form_field.options) else None
    exact = [o.value for o in form_field.options if words in _names(o)]
    if len(exact) == 1:
        return Answered(exact[0])
    close = [o.value for o in form_field.options if any(_is_slip(words, n) for n in _names(o))]
    return Answered(close[0]) if len(close) == 1 else None


def _is_slip(words: str, name: str) -> bool:
    return len(name) >= 5 and fuzz.ratio(words, name) >= MISSPELT


def _read_several(form_field: FormField, text: str) -> Read:
    """ "1 4", "1,4 and 7", or names of options with commas or "and" between them."""
    numbers = re.findall(r"\d+", text)
    if numbers and re.fullmatch(r"(?:\d+|and|[\s,.;&+/])+", text.casefold()):
        places = [int(n) - 1 for n in numbers]
        if all(0 <= p < len(form_field.options) for p in places):
            return _several(form_field, [form_field.options[p].value for p in places])
        return Unclear("choices.number", {"most": len(form_field.options)})
    parts = [plain_words(p) for p in re.split(r"\s+and\s+|[,;+&/\n]", text.casefold())]
    chosen = [_read_choice(form_field, part) for part in parts if part]
    if chosen and all(isinstance(c, Answered) for c in chosen):
        return _several(form_field, [c.value for c in chosen if isinstance(c, Answered)])
    return None


def _several(form_field: FormField, values: list[str]) -> Answered:
    together = [v for v in dict.fromkeys(values) if not form_field.get_option(v).alone]
    return Answered(together or values[:1])


def _press_one_more(asking: Asking, value: str) -> Read:
    chosen = list((asking.partial or {}).get("chosen", []))
    if value == "done":
        return Answered(chosen) if chosen else Unclear("choice.unclear", partial=asking.partial)
    if not any(o.value == value for o in asking.field.options):
        return None
    if asking.field.get_option(value).alone:
        return Answered([value])
    chosen = list(dict.fromkeys([*chosen, value]))
    left = [o for o in asking.field.options if o.value not in chosen and not o.alone]
    if not left:
        return Answered(chosen)
    said = ", ".join(asking.field.get_option(v).label for v in chosen)
    return Unclear(
        "choices.more",
        {"chosen": said},
        partial={"chosen": chosen},
        choices=(("done", "button.done"), *((o.value, o.label) for o in left)),
    )


def _read_mentioned(form_field: FormField, words: str) -> Read:
    """Options named somewhere in a sentence: one for a choice, any number for several."""
    padded = f" {words} "
    named = [
        o.value
        for o in form_field.options
        if not o.alone and any(f" {n} " in padded for n in _names(o) if len(n) > 3)
    ]
    if form_field.kind is Kind.CHOICE:
        return Answered(named[0]) if len(named) == 1 else None
    return Answered(named) if named else None


def _read_number(form_field: FormField, text: str) -> Read:
    if is_negative(text):
        return Unclear("number.negative")
    value = read_number(text)
    if value is None:
        return Unclear("number.vague") if is_vague(text) else None
    return _in_range(form_field, value)


def _in_range(form_field: FormField, value: int) -> Read:
    if value > form_field.maximum:
        return Unclear("number.too_big", {"maximum": form_field.maximum})
    if value < form_field.minimum:
        return Unclear("number.too_small", {"minimum": form_field.minimum})
    return Answered(value)


def _read_time(asking: Asking, text: str) -> Read:
    when = read_when(text, asking.now)
    if when is None:
        return None
    if asking.field.past and when.value > asking.now + timedelta(minutes=5):
        return Unclear("when.future")
    if asking.field.past and when.value < asking.now - timedelta(days=3 * 366):
        return Unclear("when.long_ago")
    return Answered(when.to_dict())


def _read_phone(text: str) -> Read:
    found = list(phonenumbers.PhoneNumberMatcher(text, "GB"))
    if len(found) == 1:
        return Answered(phonenumbers.format_number(found[0].number, phonenumbers.PhoneNumberFormat.E164))
    if len(re.sub(r"\D", "", text)) >= 5:
        return Unclear("phone.two" if len(found) > 1 else "phone.wrong")
    return None


def _read_email(text: str) -> Read:
    if "@" not in text and " at " not in text.casefold():
        return None
    joined = re.sub(r"\s*(@|\.)\s*", r"\1", text.strip())
    joined = re.sub(r"\s+at\s+", "@", joined, flags=re.IGNORECASE)
    joined = re.sub(r"\s+dot\s+", ".", joined, flags=re.IGNORECASE)
    words = [w.strip(",;<>()") for w in joined.split() if "@" in w]
    if len(words) == 1:
        try:
            return Answered(validate_email(words[0], check_deliverability=False).normalized)
        except EmailNotValidError:
            return Unclear("email.wrong")
    return Unclear("email.wrong")


def _read_text(form_field: FormField, text: str) -> Read:
    if not text:
        return None
    if len(text) > form_field.max_length:
        return Unclear("text.too_long", {"maximum": form_field.max_length})
    return Answered(text)
