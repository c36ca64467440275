"""The part of `frontdoor check` that reads consultations: what is wrong in a file, and what would make people doubt it.

Faults stop a consultation from opening. Warnings are about wording: a question that leads, asks two things at once or
leaves somebody without an answer, what is hard to read, and what it costs to answer by text message.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise

from pydantic import ValidationError

from flows.check_spoken import check_languages, check_spoken
from flows.consultations import (
    FREE_TEXT,
    Consultation,
    Equality,
    Question,
    compile_equality,
    compile_form,
)
from flows.content import ANSWERED_KEYWORDS, CONSULTATION_KEYWORDS
from flows.findings import Findings, Where
from flows.forms import Form
from flows.question_wording import check_question, check_reading
from flows.safety import plain_words, read_keyword
from flows.texted_questions import MOST_SEGMENTS, as_text, count_whole_answer
from flows.words import WordLists, Words

SHORTEST_WEEKS = 6


def check_consultations(
    found: Findings, forms: dict[str, Form], languages: set[str], *, on: Sequence[str] = ()
) -> dict[str, Form]:
    """Every file of county/consultations and the equality questions; the forms they make.

    `languages` are those of flows/texts, `on` those of config.yml.
    """
    made: dict[str, Form] = {}
    keywords: dict[str, str] = {plain_words(k): f.id for f in forms.values() for k in f.keywords}
    for path in sorted((found.root / "county" / "consultations").glob("*.yml")):
        file = f"county/consultations/{path.name}"
        consultation = found.load(file, Consultation)
        if consultation is None:
            continue
        if consultation.id != path.stem:
            found.note(
                file, ("id",), f"the file is called {path.stem} but the consultation {consultation.id}"
            )
        form = compile_form(consultation)
        made[form.id] = form
        for at, keyword in enumerate(consultation.keywords):
            if _acts_already(found, keyword):
                found.note(file, ("keywords", at), f"the word {keyword} does something else already")
            other = keywords.setdefault(plain_words(keyword), form.id)
            if other != form.id:
                found.note(file, ("keywords", at), f"the keyword {keyword} begins {other} already")
        _check_dates(found, file, consultation)
        _check_facts(found, file, consultation)
        _check_people(found, file, consultation)
        check_languages(found, file, consultation, on)
        check_spoken(found, file, form, consultation.spoken(), known=languages, on=on)
        for at, question in enumerate(consultation.questions):
            check_question(found, file, ("questions", at), question)
        _check_texts(found, file, form)
        _check_cost(found, file, form)
    if (found.root / "county" / "equality.yml").exists():
        equality = found.load("county/equality.yml", Equality)
        if equality is not None:
            form = compile_equality(equality)
            _check_texts(found, "county/equality.yml", form)
            check_spoken(found, "county/equality.yml", form, equality.words, known=languages, on=on)
            _check_refusals(found, equality)
    return made


def _acts_already(found: Findings, keyword: str) -> bool:
    """Whether a keyword is a number, or a word that acts wherever it is sent: STOP, MENU, YES, SURVEY."""
    said = plain_words(keyword)
    words = Words.of(*_word_lists(found))
    acting = {*words.yes, *words.no, *words.commands, *words.rights, *CONSULTATION_KEYWORDS}
    acting = acting.union(*ANSWERED_KEYWORDS.values())
    is_number = re.search(r"[^\W\d]", said) is None
    return is_number or said in acting or read_keyword(keyword, carrier=True) is not None


def _word_lists(found: Findings) -> Iterator[WordLists]:
    """Those of every language; what is wrong with one is told at its own file."""
    for file, document in found.documents.items():
        if file.startswith("flows/texts/") and isinstance(document.value, dict):
            with suppress(ValidationError):
                yield WordLists.model_validate(document.value.get("words") or {})


def _check_dates(found: Findings, file: str, consultation: Consultation) -> None:
    if consultation.closes <= consultation.opens:
        found.note(file, ("closes",), "it closes before it opens")
    elif (consultation.closes - consultation.opens).days < SHORTEST_WEEKS * 7:
        weeks = (consultation.closes - consultation.opens).days / 7
        said = f"open for {weeks:.0f} weeks: under {SHORTEST_WEEKS} people may be too late, so say why in the ledger"
        found.note(file, ("closes",), said, warning=True)
    if consultation.decision_on <= consultation.closes:
        found.note(file, ("decision_on",), "the decision comes before it closes: nothing said could count")


def _check_facts(found: Findings, file: str, consultation: Consultation) -> None:
    used = {fact for question in consultation.questions for fact in question.facts}
    for at, fact in enumerate(consultation.facts):
        where = ("facts", at)
        if not fact.source.strip():
            found.note(file, where, f"the fact {fact.id} has no source")
        elif not consultation.example and re.search(r"\b(CHECK|EXAMPLE|to be checked)\b", fact.source):
            found.note(file, (*where, "source"), f"the fact {fact.id} is not confirmed yet")
        if fact.id not in used:
            found.note(file, where, f"no question shows the fact {fact.id}", warning=True)
        check_reading(found, file, (*where, "text"), fact.text)
    ids = [fact.id for fact in consultation.facts]
    for at, id in enumerate(ids):
        if id in ids[:at]:
            found.note(file, ("facts", at), f"two facts are called {id}")
    if consultation.example:
        found.note(file, ("example",), "an example: its figures are not confirmed", warning=True)


def _check_people(found: Findings, file: str, consultation: Consultation) -> None:
    """What is asked of whom: where people live, and what holds for the young."""
    about = consultation.about
    if not about.district:
        found.note(
            file,
            ("about",),
            "no question tells where people live: who is missing will not be seen",
            warning=True,
        )
    ages = consultation.find_question(about.age_band)
    if ages is None:
        said = "no question tells ages: children under 13 cannot be turned away kindly"
        found.note(file, ("about",), said, warning=True)
        return
    at = consultation.questions.index(ages)
    _check_bands(found, file, ("questions", at), ages)
    form = compile_form(consultation)
    for option in ages.options:
        if option.ages is None:
            found.note(
                file,
                ("questions", at),
                f"{option.value}: ages: is missing, as in ages: [16, 24]",
                warning=True,
            )
            continue
        answers = {ages.id: option.value}
        ending = form.find_ending(answers)
        if option.ages[0] < 13 and (ending is None or not ending.forget):
            found.note(
                file, ("questions", at), f"{option.value}: under 13 it must end with forget: true (ends:)"
            )
        elif option.ages[1] < 16 and ending is None:
            for other, question in enumerate(consultation.questions):
                field = form.get_field(question.id)
                if question.kind in FREE_TEXT and form.is_asked(field, answers):
                    said = f"{option.value} is asked in free words: under 16 it may not be (unless:)"
                    found.note(file, ("questions", other), said)
    if any(o.ages is not None and o.ages[0] < 16 for o in ages.options) and not ages.required:
        young = [
            o
            for o in ages.options
            if o.ages is not None and o.ages[1] < 16 and not form.find_ending({ages.id: o.value})
        ]
        if young:
            found.note(file, ("questions", at), "young people may take part: the age must be required: true")


def _check_bands(found: Findings, file: str, where: Where, ages: Question) -> None:
    """An age that is told in years must be in one band, and in no other."""
    bands = sorted(option.ages for option in ages.options if option.ages is not None)
    reversed_ones = [band for band in bands if band[0] > band[1]]
    for low, high in reversed_ones:
        found.note(file, where, f"ages: [{low}, {high}] ends before it begins")
    for (_, end), (begin, _) in pairwise(bands if not reversed_ones else []):
        if begin <= end:
            found.note(file, where, f"the age {begin} is in two bands")
        elif begin > end + 1:
            missing = f"{end + 1}" if begin == end + 2 else f"{end + 1} to {begin - 1}"
            found.note(file, where, f"nobody aged {missing} finds their age", warning=True)


def _check_texts(found: Findings, file: str, form: Form) -> None:
    """The rules of text messages, for each question with its choices, and for what is said at an end."""
    found.check_sms(file, ("intro", "sms"), form.intro.sms or form.intro.text)
    for at, ending in enumerate(form.ends):
        found.check_sms(file, ("ends", at, "say"), ending.say.sms or ending.say.text)
    for at, field in enumerate(form.fields):
        found.check_sms(file, ("questions", at), as_text(field), may_name=())


def _check_cost(found: Findings, file: str, form: Form) -> None:
    sent = count_whole_answer(form)
    if sent > MOST_SEGMENTS:
        said = f"a whole answer by text costs {sent} text messages, {MOST_SEGMENTS} at most: shorten sms:"
        found.note(file, ("questions",), said, warning=True)


def _check_refusals(found: Findings, equality: Equality) -> None:
    for at, question in enumerate(equality.questions):
        if not any("prefer not to say" in option.label.casefold() for option in question.options):
            found.note(
                "county/equality.yml", ("questions", at), "every one of these needs 'Prefer not to say'"
            )
        if question.required:
            found.note("county/equality.yml", ("questions", at), "none of these may be required")
