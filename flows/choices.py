"""Questions with a fixed set of answers: one option, several, yes or no, consent."""

import re
from functools import cache
from typing import Any

from rapidfuzz import fuzz

from flows.forms import SEVERAL, FormField, Kind, Option
from flows.numbers import read_number
from flows.reading import Answered, Asking, Read, Unclear
from flows.safety import plain_words
from flows.understanding import Understanding

MISSPELT = 85
_DONE = "done"
LONGEST_AGE = 6  # words
YOUNGEST_SPELLED = 5  # "one of them" and "no" tell no age
_MONEY = re.compile(r"\b(?:pounds?|quid|pence|percent)\b")
_LETTERS = re.compile(r"[a-h](?:(?: | and )[a-h])*")
_TWO_NUMBERS = re.compile(r"\d{1,2}(?:(?: | and | or | to )\d{1,2})+")
_PARTS = re.compile(r",|;|/|\+|&|>|\n|\.|\band\b|\bplus\b|\bthen\b")
_TELLING = 4  # letters of a word by which an option may be known


def press_option(asking: Asking, value: str) -> Read:
    """A pressed button of a choice, or of several choices, where presses add up until "done"."""
    if asking.field.kind not in SEVERAL:
        return Answered(value) if asking.field.has_option(value) else None
    chosen = list(asking.so_far("chosen") or [])
    if value == _DONE:
        if chosen and len(chosen) < asking.field.fewest:
            return _too_few(asking, chosen)
        return Answered(chosen) if chosen else Unclear("choice.unclear", partial=asking.partial)
    if not asking.field.has_option(value):
        return None
    if asking.field.get_option(value).alone:
        return Answered([value])
    return more_choices(asking, [*chosen, value])


def more_choices(asking: Asking, chosen: list[str]) -> Read:
    """Several choices so far: whether that is all, with the options that are left."""
    chosen = list(dict.fromkeys(chosen))
    left = [o for o in asking.field.options if o.value not in chosen and not o.alone]
    if not left or (asking.field.most and len(chosen) >= asking.field.most):
        return Answered(chosen)
    said = _named(asking, chosen)
    return Unclear("choices.more", {"chosen": said}, {"chosen": chosen}, _still(asking, chosen))


def _too_few(asking: Asking, chosen: list[str]) -> Unclear:
    fewest = asking.field.fewest
    return Unclear("choices.too_few", {"fewest": fewest}, {"chosen": chosen}, _still(asking, chosen))


def _still(asking: Asking, chosen: list[str]) -> tuple[tuple[str, str], ...]:
    """What more may be chosen, and that it is enough once it is."""
    left = [o for o in asking.field.options if o.value not in chosen and not o.alone]
    done = ((_DONE, "button.done"),) if len(chosen) >= asking.field.fewest else ()
    return (*done, *((o.value, _label(asking, o)) for o in left))


def _named(asking: Asking, values: list[str]) -> str:
    """ "Roads, Shops"; of a ranking "1 Roads, 2 Shops"."""
    labels = [_label(asking, asking.field.get_option(v)) for v in values]
    if asking.field.kind is Kind.RANKING:
        labels = [f"{place} {label}" for place, label in enumerate(labels, 1)]
    return ", ".join(labels)


def _label(asking: Asking, option: Option) -> str:
    return asking.labels.get(option.value) or option.label


def read_choice(asking: Asking, words: str) -> Read:
    """One option by its number, its name or another word for it, a small slip allowed."""
    options = asking.field.options
    words = _bare(asking, words) if asking.field.survey else words
    if words.isdecimal() and 1 <= int(words[:6]) <= len(options):
        return Answered(options[int(words[:6]) - 1].value)
    exact = [o.value for o in options if words in names_of(asking, o)]
    if len(exact) == 1:
        return Answered(exact[0])
    if asking.field.survey and asking.field.kind is Kind.CHOICE and (read := _read_survey(asking, words)):
        return read
    aged = _read_age(options, words)
    if aged is not None:
        return aged
    if asking.field.survey and words.isdecimal():
        return Unclear("choices.number", {"most": len(options)})
    close = [o.value for o in options if any(_is_slip(asking, words, n) for n in names_of(asking, o))]
    close = close or (_read_telling(asking, words) if asking.field.survey else [])
    return Answered(close[0]) if len(close) == 1 else None


def _bare(asking: Asking, words: str) -> str:
    """Numbers or letters without what stands politely beside them; all else as it is."""
    bare = asking.words.leave_out_beside(words)
    return bare if bare.isdecimal() or _LETTERS.fullmatch(bare) or _TWO_NUMBERS.fullmatch(bare) else words


def _read_telling(asking: Asking, words: str) -> list[str]:
    """Options known by a word that no other one has ("humps" for "Road humps"), where nothing else is said."""
    if asking.words.denies(words):
        return []
    owners = _owners(asking)
    said = asking.words.leave_out_beside(words).split()
    told = [min(owners[w]) for w in said if len(w) >= _TELLING and len(owners.get(w, ())) == 1]
    fits = all(owners.get(w, set()) & set(told) for w in said)
    return list(dict.fromkeys(told)) if fits else []


def _owners(asking: Asking) -> dict[str, set[str]]:
    """Which options each word of their names belongs to."""
    owners: dict[str, set[str]] = {}
    for option in asking.field.options:
        for name in () if option.alone else names_of(asking, option):
            if not asking.words.denies(name):
                for word in name.split():
                    owners.setdefault(word, set()).add(option.value)
    return owners


def _names_more(asking: Asking, padded: str, named: list[str]) -> bool:
    """Whether a word is left that tells of an option beside those named: an order without it would be another one."""
    left = [w for w in padded.split() if len(w) > _TELLING and w not in asking.words.wish]
    owners = _owners(asking)
    return any(len(owners.get(w, ())) == 1 and not owners[w] <= set(named) for w in left)


def _read_survey(asking: Asking, words: str) -> Read:
    """What surveys get beside the plain answers: a letter for its option, and two where one is wanted."""
    if _LETTERS.fullmatch(words):
        picked = [ord(letter) - ord("a") for letter in re.findall(r"\b[a-h]\b", words)]
        if len(set(picked)) > 1:
            return Unclear("choice.one_only")
        options = asking.field.options
        return Answered(options[picked[0]].value) if picked[0] < len(options) else None
    if _TWO_NUMBERS.fullmatch(words):
        return _read_band(asking.field.options, words) or Unclear("choice.one_only")
    return None


def _read_band(options: tuple[Option, ...], words: str) -> Answered | None:
    """The option of an age band that was typed as it stands there ("45-64")."""
    ends = [int(number) for number in re.findall(r"\d+", words)]
    fits = [o.value for o in options if o.ages is not None and all(o.ages[0] <= n <= o.ages[1] for n in ends)]
    return Answered(fits[0]) if len(fits) == 1 and min(ends) > len(options) else None


def _read_age(options: tuple[Option, ...], words: str) -> Answered | None:
    """The option for an age told in years ("im 25", "fifty two", "84 years old"), where the options are ages."""
    numbers = re.findall(r"(?<![a-z\d])\d+", words)  # the 8 of "CV8" is no age
    if len(numbers) > 1 or len(words.split()) > LONGEST_AGE or _MONEY.search(words):
        return None
    age = int(numbers[0][:4]) if numbers else read_number(words)
    if age is None or (not numbers and age < YOUNGEST_SPELLED):
        return None
    fits = [o.value for o in options if o.ages is not None and o.ages[0] <= age <= o.ages[1]]
    return Answered(fits[0]) if len(fits) == 1 else None


def read_several(asking: Asking, text: str) -> Read:
    """Several options at once: "1 4", "1, 4 and 6", "noise and rubbish", "14" where there is no option 14.

    What was pressed before counts with it.
    """
    chosen = list(asking.so_far("chosen") or [])
    words = plain_words(text)
    if chosen and words in asking.words.no:
        return Answered(chosen)
    if asking.field.survey and _LETTERS.fullmatch(_bare(asking, words)):
        # "B and C", as on paper
        letters = [str(ord(letter) - ord("a") + 1) for letter in re.findall(r"\b[a-h]\b", words)]
        return _read_numbers(asking, letters, chosen)
    bare = asking.words.leave_out_beside(words) if asking.field.survey else words
    numbers = re.findall(r"\d+", bare)
    if numbers and not re.search(r"[^\W\d]", re.sub(r"\b(and|n|plus|numbers?|nos?)\b", "", bare)):
        return _read_numbers(asking, numbers, chosen)
    whole = read_choice(asking, words)
    if isinstance(whole, Answered):
        return _several(asking, [*chosen, whole.value])
    parts = [p for p in _PARTS.split(text.casefold()) if plain_words(p)]
    read = [read_choice(asking, plain_words(p)) for p in parts if not plain_words(p).isdecimal()]
    if parts and len(read) == len(parts) and all(isinstance(r, Answered) for r in read):
        return _several(asking, [*chosen, *(r.value for r in read if isinstance(r, Answered))])
    told = _read_telling(asking, words) if asking.field.survey else []
    return _several(asking, [*chosen, *told]) if told else None


def read_mentioned(asking: Asking, words: str) -> Read:
    """Options named somewhere in a sentence: one for a choice, any number for several.

    In a survey none where something is said not to be so ("not at night"): no opinion may be turned round.
    """
    padded, found = f" {words} ", dict[str, int]()
    names = [(n, o.value) for o in asking.field.options if not o.alone for n in names_of(asking, o)]
    for name, value in sorted(names, key=lambda pair: -len(pair[0])):
        if len(name) >= 3 and (at := padded.find(f" {name} ")) >= 0:
            found.setdefault(value, at)
            # The "park" of "car park" is no park; as long as before, so that later words stay where they are.
            padded = padded.replace(f" {name} ", f" {',' * len(name)} ")
    if asking.field.survey and asking.words.denies(padded):
        return None
    named = [o.value for o in asking.field.options if o.value in found]
    if asking.field.kind is Kind.RANKING:
        named.sort(key=lambda value: found[value])
        if asking.field.survey and _names_more(asking, padded, named):
            return None
    if asking.field.kind not in SEVERAL:
        if len(named) > 1 and asking.field.survey:
            return Unclear("choice.one_only")
        return Answered(named[0]) if len(named) == 1 else None
    return _several(asking, [*(asking.so_far("chosen") or []), *named]) if named else None


def read_yes_no(asking: Asking, words: str) -> Read:
    """Yes or no in the words the language has for it, or by number."""
    if words in asking.words.yes or words == "1":
        return answer_yes_no(asking.field, given=True)
    if words in asking.words.no or words == "2":
        return answer_yes_no(asking.field, given=False)
    return None


def read_yes_no_by_label(asking: Asking, understanding: Understanding | None, words: str) -> Read:
    """Yes or no as the model understood a sentence; never consent, which must be said plainly.

    In a survey the sentence must hold a yes or a no: to the model "sometimes" is one as well.
    """
    if understanding is None or asking.field.kind is Kind.CONSENT:
        return None
    if understanding.label not in ("affirm", "deny") or understanding.confidence < 0.5:
        return None
    given = understanding.label == "affirm"
    if asking.field.survey:
        agrees = any(f" {yes} " in f" {words} " for yes in asking.words.yes)
        denies = asking.words.denies(words) or any(f" {no} " in f" {words} " for no in asking.words.no)
        if (agrees, denies) != (given, not given):
            return None
    return answer_yes_no(asking.field, given=given)


def answer_yes_no(form_field: FormField, *, given: bool) -> Answered:
    if form_field.kind is not Kind.CONSENT:
        return Answered(given)
    return Answered({"wording": form_field.wording, "version": form_field.version, "given": given})


def choose_known(form_field: FormField, values: list[Any]) -> Read:
    """The answer that values found elsewhere give (entities of a message); unknown ones do not count."""
    known = list(dict.fromkeys(str(v) for v in values if form_field.has_option(v)))
    if form_field.kind is Kind.CHOICE:
        return Answered(known[0]) if len(known) == 1 else None
    return Answered(_together(form_field, known)) if known else None


def _read_numbers(asking: Asking, numbers: list[str], chosen: list[str]) -> Read:
    most = len(asking.field.options)
    picked = [int(n[:6]) for n in numbers]
    if len(picked) == 1 and picked[0] > most and "0" not in numbers[0]:
        picked = [int(digit) for digit in numbers[0]]  # "14" for 1 and 4
    if not all(1 <= n <= most for n in picked):
        return Unclear("choices.number", {"most": most})
    return _several(asking, [*chosen, *(asking.field.options[n - 1].value for n in picked)])


def _several(asking: Asking, values: list[str]) -> Answered | Unclear:
    """What was chosen, where it is neither too many nor too few."""
    field, together = asking.field, _together(asking.field, values)
    if field.most and len(together) > field.most:
        before = list(asking.so_far("chosen") or [])
        partial, still = ({"chosen": before}, _still(asking, before)) if before else (None, ())
        return Unclear("choices.too_many", {"most": field.most, "given": len(together)}, partial, still)
    if len(together) < field.fewest and not field.get_option(together[0]).alone:
        return Unclear("choices.too_few", {"fewest": field.fewest})
    return Answered(together)


def _together(form_field: FormField, values: list[str]) -> list[str]:
    together = [v for v in dict.fromkeys(values) if not form_field.get_option(v).alone]
    return together or values[-1:]


def names_of(asking: Asking, option: Option) -> frozenset[str]:
    """Every name of an option, plain."""
    label = asking.labels.get(option.value, "")
    return _plain_names((option.label, option.sms, option.value.replace("_", " "), *option.also, label))


@cache
def _plain_names(names: tuple[str, ...]) -> frozenset[str]:
    """A form's own words, made plain once: they are compared with every answer."""
    return frozenset(plain_words(name) for name in names if name)


def _is_slip(asking: Asking, words: str, name: str) -> bool:
    if asking.field.survey and asking.words.denies(words) != asking.words.denies(name):
        return False  # "not the same as now" is no slip for "the same as now"
    return len(name) >= 5 and fuzz.ratio(words, name) >= MISSPELT
