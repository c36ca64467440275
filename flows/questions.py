"""How each kind of question reads an answer.

Two ways of reading. `read_certain` takes only what cannot mean anything else (a button, a number, a
postcode, one of the options) and needs no model. `read_freely` makes the best of a sentence, with the
entities the model found in it. Both return Answered, Unclear (with a text key that helps), or None for
"not an answer to this question".
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flows.areas import press_area, read_area, read_area_certain, read_area_pin
from flows.choices import (
    answer_yes_no,
    choose_known,
    more_choices,
    press_option,
    read_choice,
    read_mentioned,
    read_several,
    read_yes_no,
    read_yes_no_by_label,
)
from flows.cleaning import cut_words
from flows.contact_points import read_email, read_phone
from flows.forms import CHOOSING, SEVERAL, FormField, Kind
from flows.messages import Incoming
from flows.names import read_name
from flows.numbers import is_negative, is_vague, read_number
from flows.postcodes import find_postcode, is_nearly_postcode, read_postcode
from flows.reading import Answered, Asking, Read, Unclear
from flows.safety import plain_words
from flows.screening import Screened
from flows.shares import read_shares
from flows.times import read_when
from flows.understanding import Entity, Understanding
from flows.whereabouts import (
    choose_place,
    confirm_place,
    read_pin,
    read_place,
    read_place_certain,
    repeat_place,
)

# What may be left out by a plain no.
REFUSABLE = frozenset({Kind.TEXT, Kind.PHOTO, Kind.PHONE, Kind.EMAIL, Kind.NAME, Kind.POSTCODE})
LONGEST_CERTAIN_NUMBER = 5
LONGEST_CERTAIN_CHOICE = 5
LONGEST_CERTAIN_POSTCODE = 4
LONGEST_CERTAIN_TIME = 6
LONGEST_AGO = timedelta(days=3 * 366)
CLOCK_SLACK = timedelta(minutes=5)
_OUT_OF = re.compile(r"(?<=\w)\s*(?:/|\bout of\b|\boutta\b)\s*(?P<of>\w+)\W*$", re.IGNORECASE)
_KEEP = (("yes", "button.keep_words"), ("no", "button.leave_words"))


def read_button(asking: Asking, value: str) -> Read:
    """The answer a pressed button of this question gives; None for a value it does not have."""
    kind, is_yes_no = asking.field.kind, value in ("yes", "no")
    if asking.so_far("kept"):
        return _confirm_kept(asking, keep=value == "yes") if is_yes_no else None
    if asking.so_far("kinds"):
        if value == "mine":
            return Unclear("screen.about_me", partial={}, may_skip=True)
        return _confirm_neutral(asking, keep=value == "yes") if is_yes_no else None
    if kind in CHOOSING:
        return press_option(asking, value)
    if kind in (Kind.YES_NO, Kind.CONSENT):
        return answer_yes_no(asking.field, given=value == "yes") if is_yes_no else None
    if kind is Kind.PLACE and asking.field.rough:
        return press_area(asking, value)
    if kind is Kind.PLACE and asking.so_far("candidates"):
        return choose_place(asking, value)
    if kind is Kind.PLACE and (asking.so_far("place") or {}).get("outside"):
        return confirm_place(asking, keep=value == "yes") if is_yes_no else None
    if kind is Kind.PHOTO and value == "done":
        return Answered(list(asking.so_far("photos") or []))
    return None


def read_certain(asking: Asking, incoming: Incoming) -> Read:
    """What can only be an answer to this question; None where the words need understanding."""
    kind, text = asking.field.kind, incoming.text
    if incoming.location is not None and asking.field.rough:
        return read_area_pin(asking, incoming.location)
    if incoming.location is not None:
        return read_pin(asking, incoming.location, text.strip()) if kind is Kind.PLACE else None
    words = plain_words(text)
    if not words:
        return None
    if asking.so_far("kept") and words in asking.words.yes | asking.words.no | {"1", "2"}:
        return _confirm_kept(asking, keep=words in asking.words.yes | {"1"})
    if asking.so_far("neutral") and words in asking.words.yes | asking.words.no | {"1", "2"}:
        return _confirm_neutral(asking, keep=words in asking.words.yes | {"1"})
    if not asking.field.required and words in asking.words.no and kind in REFUSABLE:
        return Answered(asking.so_far("photos"))  # "anything else?" "no"
    if kind in (Kind.YES_NO, Kind.CONSENT):
        return read_yes_no(asking, words)
    if kind is Kind.PLACE and asking.field.rough:
        return read_area_certain(asking, text)
    if kind is Kind.PLACE:
        return read_place_certain(asking, text)
    if asking.words.begins_as_question(text):
        return None  # "when will you come" holds no time
    return _read_certain_value(asking, text, words)


def _read_certain_value(asking: Asking, text: str, words: str) -> Read:
    kind = asking.field.kind
    if kind in (Kind.CHOICE, Kind.SITE):
        # "Just a member please" names what is chosen, whatever else a model may find in it.
        # Not so "another child is hurt": "another" and "no" begin too much that danger is first looked for in.
        is_short = kind is Kind.CHOICE and len(words.split()) <= LONGEST_CERTAIN_CHOICE
        return read_choice(asking, words) or (read_mentioned(asking, words) if is_short else None)
    if kind in SEVERAL:
        return read_several(asking, text)
    if kind is Kind.BUDGET:
        return read_shares(asking, text)
    if kind is Kind.NUMBER:
        return _read_number(asking, text) if len(words.split()) <= LONGEST_CERTAIN_NUMBER else None
    if kind is Kind.WHEN:
        return _read_time(asking, text) if len(words.split()) <= LONGEST_CERTAIN_TIME else None
    if kind is Kind.POSTCODE:
        is_short = len(words.split()) <= LONGEST_CERTAIN_POSTCODE
        code = read_postcode(text) or (find_postcode(text) if is_short else None)
        return Answered(code) if code else None
    if kind is Kind.PHONE:
        return read_phone(text, mobile=asking.field.mobile)
    if kind is Kind.EMAIL:
        return read_email(text)
    return None


def read_freely(asking: Asking, incoming: Incoming, understanding: Understanding | None) -> Read:
    """The best reading of a sentence as an answer to this question."""
    kind, text = asking.field.kind, incoming.text.strip()
    certain = read_certain(asking, incoming)
    if certain is not None:
        return certain
    if asking.field.entity and understanding:
        found = understanding.get_all(asking.field.entity)
        read = read_entities(asking, found) if found else None
        if isinstance(read, Answered):
            return read
    if kind is Kind.NUMBER:
        return _read_number(asking, text) or Unclear("number.unclear")
    if kind is Kind.WHEN:
        return _read_time(asking, text) or Unclear("when.unclear")
    if kind in CHOOSING:
        unclear = Unclear("choices.unclear" if kind in SEVERAL else "choice.unclear")
        return read_mentioned(asking, plain_words(text)) or unclear
    if kind is Kind.BUDGET:
        return Unclear("budget.numbers", {"total": asking.field.total})
    if kind in (Kind.YES_NO, Kind.CONSENT):
        return read_yes_no_by_label(asking, understanding, plain_words(text)) or Unclear("yes_no.unclear")
    if kind is Kind.PLACE and asking.field.rough:
        return read_area(asking, text)
    if kind is Kind.PLACE:
        return read_place(asking, text) if text else None
    if kind is Kind.TEXT:
        return _read_text(asking, text)
    if kind is Kind.NAME:
        said = plain_words(text)
        if said in asking.words.commands or said in asking.words.yes | asking.words.no:
            return Unclear("name.unclear")  # "send" is nobody's name
        return read_name(text, asking.field.max_length) or Unclear("name.unclear")
    if kind is Kind.POSTCODE:
        code = find_postcode(text)
        if code is None and is_nearly_postcode(text):
            return Unclear("postcode.short")
        return Answered(code) if code else Unclear("postcode.unclear")
    return Unclear(f"{kind}.unclear")


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
    if kind in (Kind.CHOICE, Kind.CHOICES):
        return choose_known(asking.field, [e.value for e in found])
    return None


def add_photos(asking: Asking, ids: Sequence[str]) -> Read:
    """Photos that came: kept until "done", up to the field's maximum."""
    kept = list(dict.fromkeys([*(asking.so_far("photos") or []), *ids]))
    if len(kept) >= asking.field.maximum:
        return Answered(kept[: asking.field.maximum])
    return Unclear(
        "photo.another", {"count": len(kept)}, partial={"photos": kept}, choices=(("done", "button.done"),)
    )


def keep_words(partial: dict[str, Any] | None, text: str) -> dict[str, Any]:
    """Words that were answered as danger or a wish may be the answer too: kept beside what the question has so far.

    Words that wait already stay: what comes before they are asked about is no answer.
    """
    return {"kept": text, **(partial or {})}


def _ask_to_keep(asking: Asking) -> Unclear:
    words = cut_words(str(asking.so_far("kept")))
    return Unclear("text.keep", {"words": words}, partial=asking.partial, choices=_KEEP)


def ask_neutral(screened: Screened) -> Unclear:
    """Words about who people are, or a number plate: the same said neutrally is offered, or other words asked for."""
    kinds = list(screened.kinds)
    # Who speaks of themselves is not to be told that they spoke ill of others.
    of_themselves = (("mine", "button.about_me"),) if screened.kinds == ("identity",) else ()
    if not screened.neutral:
        return Unclear("screen.again", partial={"kinds": kinds}, choices=of_themselves, may_skip=True)
    return Unclear(
        "screen.rephrase",
        {"words": cut_words(screened.neutral)},
        partial={"neutral": screened.neutral, "kinds": kinds},
        choices=(("yes", "button.use_words"), ("no", "button.leave_words"), *of_themselves),
    )


def repeat(asking: Asking) -> Unclear | None:
    """What to say again of a question that has half an answer; None where it has none."""
    read: Read = None
    if asking.so_far("kept"):
        read = _ask_to_keep(asking)
    elif asking.so_far("kinds"):
        read = ask_neutral(Screened(tuple(asking.so_far("kinds")), asking.so_far("neutral") or ""))
    elif asking.so_far("place"):
        read = repeat_place(asking)
    elif asking.so_far("chosen"):
        read = more_choices(asking, asking.so_far("chosen"))
    elif asking.so_far("photos"):
        read = add_photos(asking, ())
    return read if isinstance(read, Unclear) else None


def _confirm_kept(asking: Asking, *, keep: bool) -> Read:
    """Words that waited, as the answer or its other half; where they are none, the half is asked about again."""
    text = str(asking.so_far("kept"))
    before = replace(asking, partial={k: v for k, v in (asking.partial or {}).items() if k != "kept"} or None)
    if not keep:
        return repeat(before) or Unclear("text.not_kept", partial={})
    return read_place(before, text) if asking.field.kind is Kind.PLACE else _read_text(before, text)


def _confirm_neutral(asking: Asking, *, keep: bool) -> Read:
    """The answer to "shall I write it like this?"."""
    return Answered(asking.so_far("neutral") or None if keep else None)


def _read_number(asking: Asking, text: str) -> Read:
    if is_negative(text):
        return Unclear("number.negative")
    if plain_words(text) in asking.words.no:
        return Unclear("number.no")
    value = read_number(_mark_of(asking.field, text))
    if value is None and find_postcode(text):
        return Unclear("number.unclear")
    if value is None:
        return Unclear("number.vague") if is_vague(text) else None
    return _in_range(asking.field, value)


def _mark_of(field: FormField, text: str) -> str:
    """ "8" of "8/10" or "8 out of ten", where a survey's marks go up to 10: that is no range from 8 to 10."""
    of = _OUT_OF.search(text) if field.survey else None
    return text[: of.start()] if of and read_number(of["of"]) == field.maximum else text


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
    if asking.field.past and when.value > asking.now + CLOCK_SLACK:
        return Unclear("when.future")
    if asking.field.past and when.value < asking.now - LONGEST_AGO:
        return Unclear("when.long_ago")
    return Answered(when.to_dict())


def _read_text(asking: Asking, text: str) -> Read:
    if not text:
        return None
    if len(text) > asking.field.max_length:
        return Unclear("text.too_long", {"maximum": asking.field.max_length})
    screened = asking.screening.screen(text) if asking.screening is not None else None
    if screened is None:
        return Answered(text)
    return ask_neutral(screened)
