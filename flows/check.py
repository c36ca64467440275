"""`frontdoor check`: every fault of the forms, texts, answers and places, with its file and line.

The engine loads the same files and trusts them; here each is read once more on its own, so that one fault
does not hide the next.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

from flows.buttons import MAX_BYTES, answer_payload, go_payload
from flows.calendars import BadCalendar, read_calendars
from flows.check_answers import Contacts, check_answers, check_named, check_said, load_contacts
from flows.check_consultations import check_consultations
from flows.check_county import LONGEST_TOLD, check_desks, check_places
from flows.check_screening import check_screening
from flows.check_states import check_states
from flows.code_keys import read_code_keys
from flows.content import SERVED, SignpostFile
from flows.county import (
    EventsFile,
    OrganisationsFile,
    VolunteeringFile,
)
from flows.effects import names_of
from flows.findings import Fault, Findings, Where
from flows.forms import RESERVED_ON_SMS, Form
from flows.languages import language_label
from flows.messages import Button, Reply
from flows.safety import DangerKind, Safety, plain_words
from flows.schemes import Scheme, put_schemes
from flows.texts import LANGUAGES_FILE, SOURCE_LANGUAGE, LanguagesFile, TextFile, Wording, fill
from flows.turn import fits_two_texts

CONFIG = "config.yml"
LONGEST_LABEL = 32
LONGEST_VALUE = 60
HIGHEST_STEP = 999_999_999
_NEVER_OFFERED = frozenset({"out_of_scope"})


def check_content(root: Path, *, today: date | None = None) -> list[Fault]:
    """All faults under flows/ and county/, sorted. With `today`, answers past their review date are named too."""
    found = Findings(root, today)
    texts = _check_texts(found)
    _check_languages(found)
    schemes = _check_schemes(found)
    forms = _check_forms(found, schemes)
    asked = check_consultations(found, forms, _languages(found), on=_languages_on(found))
    contacts = load_contacts(found)
    signposts = _check_signposts(found, texts, forms, contacts)
    begun = {label for form in (*forms.values(), *asked.values()) for label in form.labels} | SERVED
    topics = check_answers(found, begun | signposts, contacts)
    _check_lists(found, contacts, topics)
    _check_translated_forms(found, forms)
    districts = check_places(found)
    check_desks(found, forms, contacts, districts)
    check_states(found, forms, texts)
    _check_danger(found)
    check_screening(found)
    _check_menu(found, begun | signposts | {f"ask/{t}" for t in topics})
    return sorted(set(found.faults))


def _check_texts(found: Findings) -> set[str]:
    """The source language's keys."""
    source = f"flows/texts/{SOURCE_LANGUAGE}.yml"
    loaded = found.load(source, TextFile)
    if loaded is None:
        return set()
    keys = read_code_keys(found.root / "flows")
    for key in sorted(set(keys) - set(loaded.texts)):
        found.note(source, ("texts",), f"the text {key} is missing")
    for key, wording in loaded.texts.items():
        names = keys.get(key, set()) | ({"thing"} if key not in keys else set())
        _check_wording(found, source, key, wording, names)
    folder = found.root / "flows" / "texts"
    for path in sorted(folder.glob("*.yml")):
        if path.name in (f"{SOURCE_LANGUAGE}.yml", LANGUAGES_FILE):
            continue
        file = f"flows/texts/{path.name}"
        other = found.load(file, TextFile)
        if other is None:
            continue
        for key in sorted(set(loaded.texts) - set(other.texts)):
            found.note(file, ("texts",), f"no sentence for {key}: English will be said", warning=True)
        for key, wording in other.texts.items():
            if key not in loaded.texts:
                found.note(file, ("texts", key), f"nothing says the text {key}")
            elif (english := _names_in(loaded.texts[key])) is not None:
                _check_placeholders(found, file, key, wording, english)
    return set(loaded.texts)


def _languages(found: Findings) -> set[str]:
    files = (found.root / "flows" / "texts").glob("*.yml")
    return {path.stem for path in files if path.name != LANGUAGES_FILE}


def _languages_on(found: Findings) -> list[str]:
    """What config.yml switches on; English alone where there is no such file, or it says nothing."""
    service = _service(found)
    languages = service.get("languages")
    return languages if isinstance(languages, list) else [SOURCE_LANGUAGE]


def _service(found: Findings) -> dict[str, Any]:
    """What config.yml says of the service; empty where it does not."""
    config = found.read(CONFIG) if (found.root / CONFIG).exists() else None
    service = config.get("service") if isinstance(config, dict) else None
    return service if isinstance(service, dict) else {}


def _names_in(wording: Wording) -> set[str] | None:
    """The {names} of an English sentence; None where its braces are at fault, which is told there."""
    try:
        return wording.placeholders()
    except ValueError:
        return None


def _check_languages(found: Findings) -> None:
    """The sentences said to people in their own language: in letters of their own, so other rules hold on SMS."""
    file = f"flows/texts/{LANGUAGES_FILE}"
    loaded = found.load(file, LanguagesFile)
    names: dict[str, str] = {}
    for code, language in loaded.languages.items() if loaded else ():
        where = ("languages", code)
        if not re.fullmatch("[a-z]{2,3}", code) or code == SOURCE_LANGUAGE:
            found.note(file, where, f"{code} is no code of another language (ISO 639-1)")
        for at, name in enumerate(language.names):
            if names.setdefault(plain_words(name), code) != code:
                found.note(file, (*where, "names", at), f"the name {name} is given to two languages")
        if len(language.name) > LONGEST_LABEL:
            found.note(file, (*where, "name"), "too long for a button")
        button = Button(language.name, go_payload(language_label(code)), language.keyword)
        for kind, wording, buttons in (
            ("offer", language.offer, (button,)),
            ("not_yet", language.not_yet, ()),
        ):
            if not wording.text.strip() or not wording.sms.strip():
                found.note(file, (*where, kind), "both text and sms are needed")
            if re.search("[{}]", wording.text + wording.sms):
                found.note(file, (*where, kind), "nothing is filled in here: no {braces}")
            elif not fits_two_texts(Reply(wording.text, buttons, wording.sms).to_sms()):
                found.note(file, (*where, kind, "sms"), "too long for two text messages")
            for word in sorted(set(re.findall(r"\b[A-Z]{3,}\b", wording.sms)) & RESERVED_ON_SMS):
                found.note(file, (*where, kind, "sms"), f"the phone network acts on the word {word} itself")
        if "999" not in language.not_yet.text or "999" not in language.not_yet.sms:
            found.note(file, (*where, "not_yet"), "must name 999")
        if language.reviewed_by is None:
            found.note(file, where, f"nobody who speaks {language.name} has read this yet", warning=True)


def _check_wording(found: Findings, file: str, key: str, wording: Wording, names: set[str]) -> None:
    where = ("texts", key)
    if not _check_placeholders(found, file, key, wording, names):
        return
    longest = fill(wording, dict.fromkeys(wording.placeholders(), "x" * 20))
    if key != "answer.source":
        found.check_sms(file, (*where, "sms"), longest.sms)
    if key.startswith(("button.", "label.", "topic.")) and len(wording.text) > LONGEST_LABEL:
        found.note(
            file, where, f"too long for a button: {len(wording.text)} letters, {LONGEST_LABEL} at most"
        )


def _check_placeholders(found: Findings, file: str, key: str, wording: Wording, names: set[str]) -> bool:
    try:
        unknown = wording.placeholders() - names
    except ValueError as error:
        found.note(file, ("texts", key), f"the {{braces}} do not fit together: {error}")
        return False
    for name in sorted(unknown):
        found.note(file, ("texts", key), f"nothing fills in {{{name}}}")
    return not unknown


def _check_schemes(found: Findings) -> list[Scheme]:
    """Each scheme's file on its own; what does not hold together with the form shows at the form."""
    schemes: list[Scheme] = []
    for path in sorted((found.root / "county" / "schemes").glob("*.yml")):
        file = f"county/schemes/{path.name}"
        scheme = found.load(file, Scheme)
        if scheme is None:
            continue
        if scheme.id != path.stem:
            found.note(file, ("id",), f"the file is called {path.stem} but the scheme {scheme.id}")
        if any(scheme.label == other.label for other in schemes):
            found.note(file, ("label",), "another scheme has the same label")
        schemes.append(scheme)
    return sorted(schemes, key=lambda scheme: (scheme.order, scheme.id))


def _check_forms(found: Findings, schemes: list[Scheme]) -> dict[str, Form]:
    forms: dict[str, Form] = {}
    for path in sorted((found.root / "flows" / "forms").glob("*.yml")):
        file = f"flows/forms/{path.name}"
        form = found.load(file, Form, prepare=lambda raw: put_schemes(raw, schemes))
        if form is None:
            continue
        if form.id != path.stem:
            found.note(file, ("id",), f"the file is called {path.stem} but the form {form.id}")
        for other in forms.values():
            for name in ("id", "prefix", "label"):
                if getattr(other, name) == getattr(form, name):
                    found.note(file, (name,), f"the form {other.id} has the same {name}")
        forms[form.id] = form
        _check_form(found, file, form)
    return forms


def _check_form(found: Findings, file: str, form: Form) -> None:
    if "{reference}" not in form.done.text:
        found.note(file, ("done",), "the last words must tell the {reference}")
    for name, wording, names in (
        ("intro", form.intro, frozenset[str]()),
        ("done", form.done, names_of(form.effect) | {"reference", "next", "body"}),
    ):
        unknown = wording.placeholders() - names
        for placeholder in sorted(unknown):
            found.note(file, (name,), f"nothing fills in {{{placeholder}}}")
        if not unknown:
            values = dict.fromkeys(names, "x" * LONGEST_VALUE)
            values |= {"reference": "EN-7K3F-2QX", "next": "x" * LONGEST_TOLD}
            found.check_sms(file, (name, "sms"), fill(wording, values).sms)
    for at, ending in enumerate(form.ends):
        found.check_sms(file, ("ends", at, "say"), ending.say.sms or ending.say.text)
    for at, other in enumerate(form.apart):
        found.check_sms(file, ("apart", at, "say"), other.say.sms or other.say.text)
    if form.refused is not None:
        found.check_sms(file, ("refused",), form.refused.sms or form.refused.text)
    if len(go_payload(form.label).encode()) > MAX_BYTES:
        found.note(file, ("label",), "too long for a button")
    for at, question in enumerate(form.fields):
        where = ("fields", at)
        buttons = tuple(
            Button(o.sms or o.label, answer_payload(HIGHEST_STEP, o.value)) for o in question.options
        )
        shown = Reply(question.ask, buttons, question.sms or question.ask).to_sms()
        found.check_sms(file, (*where, "sms" if question.sms else "ask"), shown, may_name=())
        said = [*question.notes.values(), *(o.otherwise for o in question.options if o.otherwise)]
        for note in said:
            found.check_sms(file, (*where, "notes"), note.sms or note.text)


def _check_translated_forms(found: Findings, forms: dict[str, Form]) -> None:
    """The forms in other languages: nothing left over of a form that changed, the same {names}, what texts cost."""
    for path in sorted((found.root / "flows" / "texts").glob("*.yml")):
        if path.name in (f"{SOURCE_LANGUAGE}.yml", LANGUAGES_FILE):
            continue
        file = f"flows/texts/{path.name}"
        loaded = found.documents.get(file) and TextFile.model_validate(found.documents[file].value)
        if not loaded:
            continue
        for id in sorted(set(forms) - set(loaded.forms)):
            found.note(file, ("forms",), f"nothing for the form {id}: English will be asked", warning=True)
        for id, words in loaded.forms.items():
            form = forms.get(id)
            if form is None:
                found.note(file, ("forms", id), f"there is no form {id}")
                continue
            where = ("forms", id)
            for name in ("intro", "done"):
                said: Wording | None = getattr(words, name)
                own: Wording = getattr(form, name)
                if said is not None and said.placeholders() != own.placeholders():
                    found.note(
                        file, (*where, name), f"must fill in {sorted(own.placeholders())}, as English does"
                    )
            if words.ends and len(words.ends) != len(form.ends):
                found.note(
                    file, (*where, "ends"), f"{len(form.ends)} endings are needed, in the form's order"
                )
            for field_id, field_words in words.fields.items():
                field = form.find_field(field_id)
                if field is None:
                    found.note(file, (*where, "fields", field_id), f"the form has no field {field_id}")
                    continue
                for value in sorted(set(field_words.options) - {o.value for o in field.options}):
                    found.note(file, (*where, "fields", field_id, "options"), f"there is no option {value}")


def _check_signposts(
    found: Findings, texts: set[str], forms: dict[str, Form], contacts: Contacts
) -> set[str]:
    file = "county/signposts.yml"
    loaded = found.load(file, SignpostFile)
    if loaded is None:
        return set()
    labels = {form.label for form in forms.values()}
    for label, signpost in loaded.signposts.items():
        where = ("signposts", label)
        found.check_sms(file, (*where, "sms"), signpost.sms)
        for key in ("text", "sms"):
            check_said(found, file, (*where, key), getattr(signpost, key), signpost.contacts, contacts)
        check_named(found, file, where, signpost.contacts, contacts)
        if texts and f"label.{label}" not in texts and label not in _NEVER_OFFERED:
            found.note(file, where, f"flows/texts/{SOURCE_LANGUAGE}.yml has no title label.{label}")
        if label in labels:
            found.note(file, where, f"a form takes {label} now: this signpost can go", warning=True)
    return set(loaded.signposts)


def _check_lists(found: Findings, contacts: Contacts, topics: set[str]) -> None:
    """Bodies, events, calendars and ways to help."""
    found.load("county/organisations.yml", OrganisationsFile)
    file = "county/events.yml"
    events = found.load(file, EventsFile)
    for at, event in enumerate(events.events if events else ()):
        if event.ends is not None and event.ends < event.starts:
            found.note(file, ("events", at, "ends"), "it ends before it starts")
    try:
        read_calendars(found.root / "county")
    except BadCalendar as error:
        found.note(str(error).partition(" ")[0], (), str(error))
    file = "county/volunteering.yml"
    roles = found.load(file, VolunteeringFile)
    for at, role in enumerate(roles.roles if roles else ()):
        check_named(found, file, ("roles", at), role.contacts, contacts)
        if role.topic is not None and role.topic not in topics:
            found.note(file, ("roles", at, "topic"), f"there is no answer {role.topic}")


def _check_danger(found: Findings) -> None:
    file = "flows/danger.yml"
    data = found.read(file)
    if data is None:
        return
    for kind in DangerKind:
        for at, rule in enumerate(data.get(kind) or []):
            _check_rule(found, file, (kind, at), rule)
    try:
        safety = Safety.from_dict(data)
    except (KeyError, TypeError, re.error) as error:
        found.note(file, (), f"the rules cannot be used: {error!r}")
        return
    for kind in DangerKind:
        for at, rule in enumerate(data[kind]):
            for message in rule["finds"]:
                if safety.find_danger(str(message)) is None:
                    found.note(file, (kind, at, "finds"), f"not found as danger: {message}")
    for at, message in enumerate(data.get("never") or []):
        if safety.find_danger(message) is not None:
            found.note(file, ("never", at), f"a rule finds danger in: {message}")


def _check_rule(found: Findings, file: str, where: Where, rule: Any) -> None:
    if not isinstance(rule, dict) or not isinstance(rule.get("rule"), str) or not rule.get("finds"):
        found.note(file, where, "a rule needs rule: and finds:")
        return
    for key in sorted(set(rule) - {"rule", "finds", "now_only"}):
        found.note(file, (*where, key), f"unknown key {key}")
    try:
        pattern = re.compile(rule["rule"])
    except re.error as error:
        found.note(file, (*where, "rule"), f"no regular expression: {error}")
        return
    for message in rule["finds"]:
        if not pattern.search(plain_words(str(message))):
            found.note(file, (*where, "finds"), f"the rule does not find its own example: {message}")


def _check_menu(found: Findings, known: set[str]) -> None:
    """What config.yml puts on: every label of the menu must lead somewhere, every language ought to have been read."""
    service = _service(found)
    menu, languages = service.get("menu"), service.get("languages")
    for at, code in enumerate(languages if isinstance(languages, list) else []):
        document = found.documents.get(f"flows/texts/{code}.yml")
        if document is not None and document.value.get("reviewed_by") is None:
            where = ("service", "languages", at)
            found.note(CONFIG, where, f"{code} is on, and nobody who speaks it has read it yet", warning=True)
    for at, label in enumerate(menu if isinstance(menu, list) else []):
        if label not in known:
            found.note(CONFIG, ("service", "menu", at), f"nothing is behind the label {label}")
