"""The part of `frontdoor check` that reads the words of consultations in other languages.

Whoever answers in a language should meet no other: everything that lacks words is named, since English stands in
its place. Texts in letters beyond the plain ones have room for 134 characters in two segments instead of 306.
"""

from collections.abc import Mapping, Sequence

from flows.consultations import Consultation
from flows.findings import Findings, Where
from flows.forms import MAX_SMS_OPTION, Form, FormField
from flows.texted_questions import MOST_SEGMENTS, as_text, count_whole_answer
from flows.texts import SOURCE_LANGUAGE, FieldWordings, FormWordings

LONGEST_TITLE, LONGEST_THING, LONGEST_OPTION = 32, 30, 60


def check_spoken(
    found: Findings,
    file: str,
    form: Form,
    words: Mapping[str, FormWordings],
    *,
    known: set[str],
    on: Sequence[str],
) -> None:
    """Each language of a form; `known` are those of flows/texts, `on` those of config.yml."""
    for code in sorted(set(words) - known):
        found.note(file, ("words", code), f"there is no language {code} in flows/texts")
    for code in sorted(set(on) - set(words) - {SOURCE_LANGUAGE}):
        said = f"{code} is on in config.yml and has no words: here, so English will be asked"
        found.note(file, ("words",), said, warning=True)
    for code, spoken in words.items():
        _check_form(found, file, ("words", code), form, spoken)
        for id, field_words in spoken.fields.items():
            field = form.find_field(id)
            if field is None:
                found.note(file, ("words", code, "fields", id), f"there is no question {id}")
            else:
                _check_field(found, file, ("words", code, "fields", id), field, field_words)
        said_form = put_into(form, spoken)
        if (sent := count_whole_answer(said_form)) > MOST_SEGMENTS and not form.equality:
            said = f"a whole answer by text in {code} costs {sent} text messages, {MOST_SEGMENTS} at most: shorten sms:"
            found.note(file, ("words", code), said, warning=True)


def check_languages(found: Findings, file: str, consultation: Consultation, on: Sequence[str]) -> None:
    """Whether `languages:` says what is so: that there are words, and that people can choose the language."""
    named, written = set(consultation.languages) - {SOURCE_LANGUAGE}, set(consultation.words)
    for code in sorted(named - written):
        found.note(file, ("languages",), f"no words: in {code}, so English will be asked", warning=True)
    for code in sorted(written - named):
        found.note(file, ("languages",), f"it has words: in {code}, which is not named here", warning=True)
    if off := sorted(named & written - set(on)):
        said = f"nobody can choose {', '.join(off)} yet: not on in config.yml"
        found.note(file, ("languages",), said, warning=True)
    for code, spoken in consultation.words.items():
        lacking = [fact.id for fact in consultation.facts if fact.id not in spoken.facts]
        _note_lacking(found, file, ("words", code), [f"the fact {id}" for id in lacking])
        for id in sorted(set(spoken.facts) - {fact.id for fact in consultation.facts}):
            found.note(file, ("words", code, "facts", id), f"there is no fact {id}")


def put_into(form: Form, words: FormWordings) -> Form:
    """The form as it is asked in that language."""
    fields = tuple(_put_into(field, words.fields.get(field.id)) for field in form.fields)
    return form.model_copy(update={"fields": fields, "intro": words.intro or form.intro})


def _put_into(field: FormField, words: FieldWordings | None) -> FormField:
    if words is None or not words.ask:
        return field
    names = words.options | words.options_sms
    options = tuple(o.model_copy(update={"sms": names.get(o.value) or o.sms}) for o in field.options)
    return field.model_copy(update={"ask": words.ask, "sms": words.sms, "options": options})


def _check_form(found: Findings, file: str, where: Where, form: Form, words: FormWordings) -> None:
    lacking = [name for name in ("title", "thing", "intro") if not getattr(words, name)]
    lacking += ["ends"] if form.ends and not words.ends else []
    lacking += [field.id for field in form.fields if field.id not in words.fields]
    _note_lacking(found, file, where, lacking)
    if words.ends and len(words.ends) != len(form.ends):
        found.note(file, (*where, "ends"), f"{len(form.ends)} endings are needed, in the order of its own")
    if len(words.title) > LONGEST_TITLE or len(words.thing) > LONGEST_THING:
        found.note(file, where, f"title: has room for {LONGEST_TITLE} letters, thing: for {LONGEST_THING}")
    for name, said in [("intro", words.intro), *(("ends", end) for end in words.ends)]:
        if said is not None:
            found.check_sms(file, (*where, name), said.sms or said.text, any_letters=True)


def _check_field(found: Findings, file: str, where: Where, field: FormField, words: FieldWordings) -> None:
    lacking = [name for name in ("title", "ask") if not getattr(words, name)]
    lacking += ["why"] if field.why and not words.why else []
    lacking += [option.value for option in field.options if option.value not in words.options]
    _note_lacking(found, file, where, lacking)
    for value in sorted({*words.options, *words.options_sms} - {o.value for o in field.options}):
        found.note(file, where, f"there is no option {value}")
    for labels, longest in ((words.options, LONGEST_OPTION), (words.options_sms, MAX_SMS_OPTION)):
        for value, label in labels.items():
            if len(label) > longest:
                found.note(file, where, f"{value}: an option has room for {longest} letters here")
        if len(set(labels.values())) < len(labels):
            found.note(file, where, "two options are called the same")
    if words.ask:
        said = as_text(_put_into(field, words))
        found.check_sms(file, where, said, may_name=(), any_letters=True)


def _note_lacking(found: Findings, file: str, where: Where, lacking: Sequence[str]) -> None:
    if lacking:
        named = ", ".join(f"{where[3]}.{name}" if len(where) > 3 else name for name in lacking)
        found.note(file, where, f"no words in {where[1]} for {named}: English will be said", warning=True)
