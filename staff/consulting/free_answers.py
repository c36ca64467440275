"""Answers to one question in people's own words: which questions have them, and reading them masked.

Words are opened for as long as one operation takes and leave this module masked.
"""

import json
from collections import Counter
from collections.abc import Collection

from flows.consultations import compile_form
from flows.forms import Kind
from staff.consulting.asked import read_opened
from staff.consulting.codebook_record import parse_book
from staff.consulting.coding import Codebook
from staff.consulting.masking import Masking
from staff.consulting.themes import Say, Themes, parse_themes
from staff.errors import StaffError
from storage.transaction import Transaction


def list_worded(tx: Transaction, consultation: str) -> list[str]:
    """Questions that any version that was opened asks in words. Raises StaffError where none was."""
    versions = tx.consultations.versions(consultation)
    if not versions:
        raise StaffError(f"{consultation} was never opened. `frontdoor consultation list` shows which were.")
    fields = [field for each in versions for field in compile_form(read_opened(each)).fields]
    return sorted({field.id for field in fields if field.kind is Kind.TEXT})


def check_question(tx: Transaction, consultation: str, question: str) -> None:
    """Raises StaffError for one that is not asked in words."""
    worded = list_worded(tx, consultation)
    if question not in worded:
        has = f"It has: {', '.join(worded)}." if worded else "It has none."
        raise StaffError(f"{consultation} has no question {question} answered in own words. {has}")


def read_masked(
    tx: Transaction,
    masking: Masking,
    consultation: str,
    question: str,
    say: Say = lambda step, done, of: None,
) -> dict[str, str]:
    """The answers that count, masked, by id of the response. Raises StaffError."""
    check_question(tx, consultation, question)
    of = tx.responses.count(consultation)
    masked: dict[str, str] = {}
    for at, (id, _, texts) in enumerate(tx.responses.texts(consultation)):
        if at % 100 == 0:
            say("masking", at, of)
        if texts.get(question):
            masked[id] = masking.mask(texts[question]).text
    return masked


def read_last_themes(tx: Transaction, consultation: str, question: str) -> Themes | None:
    """Of the run kept last."""
    run = tx.coding.last_run(consultation, question)
    return parse_themes(json.dumps(run.result)) if run is not None else None


def read_book(tx: Transaction, consultation: str, question: str) -> tuple[Codebook, int]:
    """The newest codebook and its version; an empty one of version 0 where none was kept."""
    kept = tx.coding.codebook(consultation, question)
    return (parse_book(kept.book), kept.version) if kept is not None else (Codebook(), 0)


def check_told_of(tx: Transaction, consultation: str, named: Collection[str]) -> None:
    """That the ledger names open codes or themes alone, once there are any: it is published. Raises StaffError."""
    known: list[str] = []
    themes: Counter[str] = Counter()
    for question in list_worded(tx, consultation) if named else ():
        known += [code.id for code in read_book(tx, consultation, question)[0].list_open()]
        last = read_last_themes(tx, consultation, question)
        if last is not None:
            themes.update(theme.id for theme in last.themes)
    known += themes
    missing = [name for name in named if name not in known]
    if known and missing:
        there = ", ".join(dict.fromkeys(known))
        raise StaffError(f"There is no code or theme {', '.join(missing)}. There are: {there}.")
    if unclear := [name for name in named if themes[name] > 1]:
        raise StaffError(
            f"More than one question has a theme {', '.join(unclear)}. Make a code of the one that is meant "
            "(`frontdoor consultation codebook add`), and name that."
        )
