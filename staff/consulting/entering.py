"""Answers from paper and the phone, typed by staff into a CSV file: read as the conversation reads them, all or none.

One row is one person. `number` is what is written on the paper (or the running number of the call): a number that
was entered before is the same answer, put right. The other columns are ids of questions, `language`, and
`equality.<id>` for the questions about oneself, which are kept apart and in another order.
"""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.consultations import Consultation, compile_form
from flows.content import Content
from flows.county import LONDON
from flows.events import ResponseGiven
from flows.forms import SEVERAL, Form, FormField, Kind
from flows.messages import ChannelName, Incoming
from flows.questions import read_freely
from flows.reading import Answered, Asking, Read
from staff.act import check_name
from staff.consulting.asked import read_opened
from staff.consulting.typed_tables import reading_table
from staff.errors import StaffError
from storage.consultations import OpenedConsultation
from storage.database import Database, Transaction
from storage.responses import Respondent

SOURCES = ("paper", "phone")
NUMBER, LANGUAGE, EQUALITY = "number", "language", "equality."
MOST_ROWS, MOST_FAULTS = 2000, 20  # rows are kept in one transaction, all or none: two seconds
LONGEST_NUMBER = 40
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class EntryFault(StaffError):
    """Nothing was entered; `faults` name each row and column. They repeat no answer: it may be personal."""

    def __init__(self, faults: list[str]) -> None:
        more = f"\n... and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        super().__init__("Nothing was entered:\n" + "\n".join(faults[:MOST_FAULTS]) + more)
        self.faults = faults


@dataclass(frozen=True)
class Entered:
    """How many answers were new, how many were put right, and how many rows about oneself went with them."""

    new: int
    changed: int
    equality: int


@dataclass(frozen=True)
class _Row:
    number: str
    given: ResponseGiven
    equality: dict[str, Any]


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, by column. Raises StaffError for one that is none."""
    with reading_table(path) as rows:
        return [{str(k).strip(): str(v or "").strip() for k, v in row.items()} for row in rows]


def enter(
    database: Database,
    content: Content,
    id: str,
    source: str,
    rows: list[dict[str, str]],
    *,
    actor: str,
    now: datetime,
) -> Entered:
    """Keep typed answers, from the opening day until staff close the consultation: post in time may be typed later.

    Raises EntryFault with every fault there is, and StaffError.
    """
    who = check_name(actor, "Who acts")
    if source not in SOURCES:
        raise StaffError(f"{source} is no source. There are: {', '.join(SOURCES)}.")
    if not 0 < len(rows) <= MOST_ROWS:
        raise StaffError(f"A file holds 1 to {MOST_ROWS} rows; this one has {len(rows)}.")

    with database.reading() as tx:
        asked = read_opened(_get_open(tx, id))
    opens = content.consultations.get(id, asked).opens  # the dates are the file's
    if now.astimezone(LONDON).date() < opens:
        raise StaffError(f"{id} opens on {opens:%d/%m/%Y}: no answers to it can be entered before.")
    # Before there is a transaction that residents' messages would wait for.
    read = _read_all(content, asked, rows, now)

    def keep(tx: Transaction) -> Entered:
        if _get_open(tx, id, hold=True).version != asked.version:
            raise StaffError(f"Another version of {id} was opened in this moment. Enter them again.")
        new, told = 0, []
        for row in read:
            respondent = Respondent.on_paper(source, row.number)
            is_new = tx.responses.give(row.given, respondent, source, now, entered_by=who)
            new += is_new
            # Nobody can find what was told before, so that of an answer put right counts as it first came.
            if is_new and row.equality:
                told.append(row.equality)
        # Not in the order of the answers (storage/mixing.py).
        random.SystemRandom().shuffle(told)
        for equality in told:
            tx.equality.add(id, equality)
        entered = Entered(new, len(read) - new, len(told))
        detail = {"source": source, "new": entered.new, "changed": entered.changed}
        tx.audit.append(who, "responses.entered", f"consultation:{id}", detail, now)
        return entered

    return database.run_blocking(keep)


def _get_open(tx: Transaction, id: str, *, hold: bool = False) -> OpenedConsultation:
    """Raises StaffError where it is not."""
    opened = tx.consultations.current(id, hold=hold)
    if opened is None or opened.closed_at is not None:
        stands = "was never opened" if opened is None else "is closed"
        raise StaffError(f"{id} {stands}: no answers to it can be entered.")
    return opened


def _read_all(
    content: Content, consultation: Consultation, rows: list[dict[str, str]], now: datetime
) -> list[_Row]:
    form = compile_form(consultation)
    faults = list(_faults_of_columns(content, form, rows[0]))
    seen: dict[str, int] = {}
    read: list[_Row] = []
    for at, row in enumerate(rows, 2):  # the first line names the columns
        number = row.get(NUMBER, "")
        if not 0 < len(number) <= LONGEST_NUMBER:
            faults.append(
                f"row {at}, {NUMBER}: what is written on the paper, at most {LONGEST_NUMBER} characters"
            )
        elif seen.setdefault(number, at) != at:
            faults.append(f"row {at}, {NUMBER}: the same as in row {seen[number]}")
        if row.get(LANGUAGE) and not _LANGUAGE.fullmatch(row[LANGUAGE]):
            faults.append(f"row {at}, {LANGUAGE}: its letters, such as en or pl")
        answers = _read_form(content, form, row, "", at, now, faults)
        if form.find_ending(answers) is not None:
            faults.append(f"row {at}: with such answers nothing is kept; leave the row out")
        equality: dict[str, Any] = {}
        if content.equality is not None:
            equality = _read_form(content, content.equality, row, EQUALITY, at, now, faults)
        given = _response(consultation, form, answers, row.get(LANGUAGE) or consultation.languages[0])
        read.append(_Row(number, given, {k: v for k, v in equality.items() if v is not None}))
    if faults:
        raise EntryFault(faults)
    return read


def _faults_of_columns(content: Content, form: Form, row: dict[str, str]) -> Iterator[str]:
    known = {NUMBER, LANGUAGE, *(field.id for field in form.fields)}
    if content.equality is not None:
        known |= {EQUALITY + field.id for field in content.equality.fields}
    for column in sorted(set(row) - known):
        yield f"column {column or '(one without a name)'}: there is no such question"
    if NUMBER not in row:
        yield f"there is no column {NUMBER}"


def _read_form(
    content: Content, form: Form, row: dict[str, str], before: str, at: int, now: datetime, faults: list[str]
) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for field in form.fields:
        words = row.get(before + field.id, "")
        where = f"row {at}, {before}{field.id}"
        if not form.is_asked(field, answers):
            if words:
                faults.append(f"{where}: with the answers before it this is not asked")
        elif not words:
            if field.required and not before:
                faults.append(f"{where}: an answer is needed")
            answers[field.id] = None
        else:
            read = _read(content, field, words, now)
            if isinstance(read, Answered):
                answers[field.id] = read.value
            else:
                faults.append(f"{where}: {_help(field)}")
    return answers


def _read(content: Content, field: FormField, words: str, now: datetime) -> Read:
    """The values themselves, as the file of the consultation calls them, or what a citizen might write."""
    values = [part.strip() for part in re.split(r"[,;]", words)]
    if field.kind is Kind.CHOICE and field.has_option(words):
        return Answered(words)
    if field.kind in SEVERAL and all(map(field.has_option, values)):
        fits = max(field.fewest, 1) <= len(set(values)) == len(values) <= (field.most or len(field.options))
        is_alone = any(field.get_option(value).alone for value in values)
        return Answered(values) if (fits or is_alone) and not (is_alone and len(values) > 1) else None
    said = content.texts.words(content.texts.languages[0])
    asking = Asking(field, now, content.gazetteer, said, None, {}, content.landmarks)
    return read_freely(asking, Incoming(ChannelName.WEB, text=words), None)


def _help(field: FormField) -> str:
    """What can be typed there."""
    values = ", ".join(option.value for option in field.options)
    match field.kind:
        case Kind.CHOICE:
            return f"one of {values}"
        case Kind.CHOICES | Kind.RANKING:
            bounds = f"{field.fewest or 1} to {field.most or len(field.options)}"
            return f"{bounds} of {values}, with commas" + (", the first first" * (field.kind is Kind.RANKING))
        case Kind.BUDGET:
            return f"shares that make {field.total}, such as '{field.options[0].value} {field.total}'"
        case Kind.NUMBER:
            return f"a whole number from {field.minimum} to {field.maximum}"
        case Kind.YES_NO:
            return "yes or no"
        case Kind.PLACE:
            return "a town, village or district of the county (a postcode may lie in several)"
        case _:
            return f"words, at most {field.max_length} characters"


def _response(
    consultation: Consultation, form: Form, answers: dict[str, Any], language: str
) -> ResponseGiven:
    """As flows/consultation_answering.py makes it of a conversation."""
    about = consultation.about
    given: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for name, value in _answered(answers):
        kind = form.get_field(name).kind
        if kind is Kind.TEXT:
            texts[name] = str(value)
        elif kind is Kind.PLACE:
            given[name] = {part: value[part] for part in ("district", "outside") if value.get(part)}
            if name != about.district and value.get("text"):
                texts[name] = str(value["text"])
        else:
            given[name] = value
    is_police = given.get(about.is_police)
    return ResponseGiven(
        consultation=consultation.id,
        version=consultation.version,
        answers=given,
        texts=texts,
        district=(given.get(about.district) or {}).get("district"),
        age_band=given.get(about.age_band),
        is_police=is_police if isinstance(is_police, bool) else None,
        language=language,
    )


def _answered(answers: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((name, value) for name, value in answers.items() if value is not None)
