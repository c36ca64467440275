"""Answers to a consultation as a file, one row for each: CSV, XLSX or JSON, with its data dictionary.

The rows are in no order and hold nobody's name or number. `open` leaves out the words and everything about who
answered: a village, an age and a job are enough to know somebody by. `standard` has both, words masked. `full` has
the words as they were written. The equality questions are in none of them: they are shown as counts alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.consultations import Consultation, compile_form
from flows.county import LONDON
from flows.forms import SEVERAL, FormField, Kind
from staff.consulting.asked import read_opened
from staff.errors import StaffError
from storage.database import Database, Transaction
from storage.export_files import write_export
from storage.export_shape import CHAT_DOORS, ExportField, ExportFormat, ExportRequest, Level
from storage.responses import CountedResponse

WHO_ANSWERED = (
    ExportField("response", "Response", "text", "Id of the response; it leads to nobody outside the record"),
    ExportField(
        "channel",
        "Channel",
        "text",
        "Door it came through, or paper or phone where staff typed it in",
        options=(*CHAT_DOORS, ("paper", "On paper"), ("phone", "By phone")),
    ),
    ExportField("language", "Language", "text", "Language it was answered in"),
    ExportField("district", "District", "text", "District or borough the person lives in"),
    ExportField("age_band", "Age", "text", "Age band"),
    ExportField("is_police", "Works for the police", "yes_no", "Whether the person works for the police"),
    ExportField("answered_on", "Answered on", "time", "Day it was first answered, London"),
    ExportField("changed_on", "Changed on", "time", "Day it was last changed, London"),
    ExportField("seconds", "Seconds", "number", "From the first question to sending, in the chat"),
)
VERSION = ExportField("version", "Version", "number", "Version of the questionnaire that was answered")


@dataclass(frozen=True)
class _Shape:
    """What the rows of one export look like. `fields` are the questions of every version, the newest wording first."""

    columns: tuple[ExportField, ...]
    fields: tuple[FormField, ...]
    level: Level


def export_responses(
    database: Database,
    id: str,
    *,
    format: str,
    out: Path,
    who: str,
    now: datetime,
    redact: str = Level.STANDARD,
    reason: str = "",
    mask: Callable[[str], str],
) -> int:
    """Write every response that counts; returns how many. `mask` takes personal data out of words.

    Raises StaffError for a consultation that was never opened, and ValueError for a format or level it cannot have.
    """
    request = ExportRequest(
        form=f"responses to {id}",
        format=ExportFormat(format),
        level=Level(redact),
        who=who,
        reason=reason.strip(),
        since=None,
        until=None,
        district=None,
        exported_at=now,
    )
    if request.format is ExportFormat.GEOJSON:
        raise ValueError("answers have no place on a map: choose csv, xlsx or json")
    if request.level is Level.FULL and not request.reason:
        raise ValueError("an export with people's own words needs a reason: say it with --reason")
    with database.reading() as tx:
        shape = _shape(_versions(tx, id), request.level)
        count = tx.responses.count(id)
        records = _records(tx, id, shape, mask)
        write_export(database, request, f"responses:{id}", shape.columns, records, count, out)
    return count


def _versions(tx: Transaction, id: str) -> list[Consultation]:
    """Newest first. Raises StaffError."""
    opened = tx.consultations.versions(id)
    if not opened:
        raise StaffError(f"{id} was never opened, so nobody has answered it.")
    return [read_opened(each) for each in reversed(opened)]


def _shape(versions: list[Consultation], level: Level) -> _Shape:
    fields: dict[str, FormField] = {}
    about: set[str] = set()
    for version in versions:
        about |= set(version.about.model_dump().values())
        for field in compile_form(version).fields:
            fields.setdefault(field.id, field)
    shown = [f for f in fields.values() if level is not Level.OPEN or (f.id not in about and _is_chosen(f))]
    questions = [column for field in shown for column in _columns(field)]
    fixed = [VERSION] if level is Level.OPEN else [*WHO_ANSWERED, VERSION]
    return _Shape((*fixed, *questions), tuple(shown), level)


def _is_chosen(field: FormField) -> bool:
    return field.kind not in (Kind.TEXT, Kind.PLACE)


def _columns(field: FormField) -> list[ExportField]:
    options = tuple((o.value, o.label) for o in field.options)
    if field.kind is Kind.BUDGET:
        return [
            ExportField(f"{field.id}_{value}", f"{field.title}: {label}", "number", f"Share of {field.total}")
            for value, label in options
        ]
    description = field.description or field.title
    if field.kind in SEVERAL:
        how = "in the order they were ranked" if field.kind is Kind.RANKING else "several answers"
        description = f"{description} ({how}, parted by ;)"
    return [
        ExportField(
            field.id,
            field.title,
            field.kind.value,
            description,
            free_text=not _is_chosen(field),
            options=options,
        )
    ]


def _records(tx: Transaction, id: str, shape: _Shape, mask: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    words = {} if shape.level is Level.OPEN else {r: texts for r, _, texts in tx.responses.texts(id)}
    keep = (lambda text: text) if shape.level is Level.FULL else mask
    for response in tx.responses.stream(id):
        record: dict[str, Any] = {"version": response.version}
        if shape.level is not Level.OPEN:
            record |= _who_answered(response)
        said = words.get(response.id, {})
        for field in shape.fields:
            record |= _cells(field, response.answers.get(field.id), said.get(field.id), keep)
        yield record


def _who_answered(response: CountedResponse) -> dict[str, Any]:
    return {
        "response": response.id,
        "channel": response.channel,
        "language": response.language,
        "district": response.district,
        "age_band": response.age_band,
        "is_police": _yes_no(response.is_police),
        "answered_on": response.answered_at.astimezone(LONDON).date().isoformat(),
        "changed_on": response.changed_at.astimezone(LONDON).date().isoformat(),
        "seconds": response.seconds,
    }


def _cells(field: FormField, answer: Any, words: str | None, keep: Callable[[str], str]) -> dict[str, Any]:
    if field.kind is Kind.BUDGET:
        shares = answer if isinstance(answer, dict) else {}
        return {f"{field.id}_{o.value}": shares.get(o.value, 0 if shares else None) for o in field.options}
    if words is not None:
        return {field.id: keep(words)}
    if isinstance(answer, dict):
        return {field.id: answer.get("district") or answer.get("outside")}
    if isinstance(answer, list):
        return {field.id: "; ".join(map(str, answer))}
    return {field.id: _yes_no(answer) if isinstance(answer, bool) else answer}


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"
