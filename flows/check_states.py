"""The part of `frontdoor check` that reads the lists of states: what may follow what, and what reporters are told."""

import re
from pathlib import Path

from pydantic import ValidationError

from flows.case_states import StateMachine, StatesFile
from flows.county import DesksFile
from flows.facts import ENDED_STATES
from flows.findings import Findings, Where
from flows.forms import Form
from flows.texts import LANGUAGES_FILE, SOURCE_LANGUAGE, TextFile

STAGE = "stage."
# What no stage may speak of: numbers and dates, steps to come, police plans, welfare, where people go.
_NOT_TOLD = re.compile(
    r"\d|\b(evict|enforc|court|hearing|bailiff|police|welfare|tolerat|until|moved? (on|to))", re.I
)


def check_states(found: Findings, forms: dict[str, Form], texts: set[str]) -> None:
    named: set[str] = set()
    for path in sorted((found.root / "county").glob("*_states.yml")):
        named.add(path.stem.removesuffix("_states"))
        _check_file(found, path, texts)
    for form in forms.values():
        if form.states and form.states not in named:
            file = f"flows/forms/{form.id}.yml"
            found.note(file, ("states",), f"there is no county/{form.states}_states.yml")
    _check_stages(found)


def _check_file(found: Findings, path: Path, texts: set[str]) -> None:
    file = f"county/{path.name}"
    loaded = found.load(file, StatesFile)
    if loaded is None:
        return
    machine = StateMachine(loaded.begins, loaded.states)
    if loaded.begins not in loaded.states:
        found.note(file, ("begins",), f"there is no state {loaded.begins}")
        return
    for name in machine.find_unreachable():
        found.note(file, ("states", name), f"no case can come into the state {name}")
    desks = found.load("county/desks.yml", DesksFile)
    for name, state in loaded.states.items():
        where = ("states", name)
        for other in (*state.next, *((state.clock.since,) if state.clock and state.clock.since else ())):
            if other not in loaded.states:
                found.note(file, where, f"there is no state {other}")
        if state.open == (name in ENDED_STATES):
            ends = ", ".join(ENDED_STATES)
            found.note(
                file, where, f"open: false stands at the states that end a case, and only there: {ends}"
            )
        for desk in state.clock.desks if state.clock is not None else ():
            if desks is not None and desk not in desks.desks:
                found.note(file, (*where, "clock"), f"there is no desk {desk} in county/desks.yml")
        _check_published(found, file, where, state.published, texts)
        before = machine.stages_before(name)
        if state.published is None and len(before) != 1:
            told = ", ".join(before) or "none"
            found.note(file, where, f"nothing is told of it, so one stage must stand before it, not {told}")


def _check_published(found: Findings, file: str, where: Where, stage: str | None, texts: set[str]) -> None:
    if stage is None:
        return
    if not stage.startswith(STAGE):
        found.note(file, (*where, "published"), f"{stage} must begin with {STAGE}")
    elif texts and stage not in texts:
        found.note(file, (*where, "published"), f"flows/texts/{SOURCE_LANGUAGE}.yml has no text {stage}")


def _check_stages(found: Findings) -> None:
    """In no language a number; in English no word of what reporters must not be told."""
    for file, document in found.documents.items():
        if not file.startswith("flows/texts/") or file.endswith(LANGUAGES_FILE):
            continue
        try:
            texts = TextFile.model_validate(document.value).texts
        except ValidationError:
            continue  # told where the texts are checked
        for key, wording in texts.items():
            if not key.startswith(STAGE):
                continue
            said = f"{wording.text} {wording.sms}"
            if re.search(r"[\d{}]", said):
                found.note(file, ("texts", key), "a stage tells no number, and nothing is filled in")
            elif file.endswith(f"/{SOURCE_LANGUAGE}.yml") and (banned := _NOT_TOLD.search(said)):
                found.note(file, ("texts", key), f"reporters are not told of this: {banned[0]}")
