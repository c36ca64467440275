"""Submissions as files for people who decide: CSV, XLSX, JSON and GeoJSON.

Rows are streamed, so that a year of reports needs no more memory than a day. A file is complete or not
there: it is written under another name, entered in the audit, and then put in its place.
"""

import csv
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, ClassVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import xlsxwriter

from storage.database import Database
from storage.spreadsheet import cut_for_xlsx, readable_phone, safe_cell, safe_csv_cell
from storage.submissions import Submission

LONDON = ZoneInfo("Europe/London")
OPEN_DECIMALS = 2  # of a degree: about a kilometre
# Kinds whose answers are words of the citizen or lead to a door.
WORDY_KINDS = frozenset({"place", "postcode", "text", "free_text", "phone", "email", "photo"})
XLSX_MAX_ROWS = 1_048_576


class Level(StrEnum):
    """How much an export tells.

    OPEN: no free text, no place words, no exact place, nothing personal. STANDARD: all but what is
    personal. FULL: everything; somebody has to say why.
    """

    OPEN = "open"
    STANDARD = "standard"
    FULL = "full"


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    GEOJSON = "geojson"


@dataclass(frozen=True)
class ExportField:
    """One question of a form, as the data dictionary shows it. `options` are (stored value, label)."""

    id: str
    title: str
    kind: str
    description: str = ""
    personal: bool = False
    free_text: bool = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ExportRequest:
    """What is asked for, by whom and why; carried inside the file and kept in the audit."""

    form: str
    format: ExportFormat
    level: Level
    who: str
    reason: str
    since: datetime | None
    until: datetime | None
    district: str | None
    exported_at: datetime

    def described(self) -> dict[str, str]:
        return {
            "form": self.form,
            "level": self.level,
            "reason": self.reason,
            "exported_by": self.who,
            "exported_at": self.exported_at.isoformat(),
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "district": self.district or "",
        }


FIXED = (
    ExportField("reference", "Reference", "text", "What the citizen was given to speak of this report"),
    ExportField("form", "Form", "text", "Id of the form"),
    ExportField("form_version", "Form version", "number", "Version of the form that was filled in"),
    ExportField("status", "Status", "text", "Where the report stands"),
    ExportField(
        "channel",
        "Channel",
        "text",
        "Door it came through",
        options=(
            ("web", "Web chat"),
            ("telegram", "Telegram"),
            ("sms", "Text message"),
            ("terminal", "Terminal"),
        ),
    ),
    ExportField("submitted_at", "Sent (UTC)", "time", "When it was sent, ISO 8601, UTC"),
    ExportField("submitted_at_london", "Sent (London)", "time", "When it was sent, London clock time"),
    ExportField("district", "District", "text", "District or borough the place lies in"),
    ExportField("latitude", "Latitude", "number", "WGS 84 degrees north"),
    ExportField("longitude", "Longitude", "number", "WGS 84 degrees east"),
    ExportField("certainty", "Certainty of place", "text", "How sure the place is"),
)


def export_submissions(
    database: Database,
    form: str,
    fields: Sequence[ExportField],
    *,
    format: str,
    out: Path,
    who: str,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    district: str | None = None,
    redact: str = Level.STANDARD,
    reason: str = "",
) -> int:
    """Write all submissions of `form` sent at or after `since` and before `until`; returns how many.

    CSV gets its data dictionary in a second file beside it, NAME.dictionary.csv. Raises ValueError for an
    unknown format or level, and where level full comes without a reason.
    """
    request = ExportRequest(
        form=form,
        format=ExportFormat(format),
        level=Level(redact),
        who=who,
        reason=reason.strip(),
        since=since,
        until=until,
        district=district,
        exported_at=now.astimezone(UTC),
    )
    if request.level is Level.FULL and not request.reason:
        raise ValueError("an export with personal data needs a reason")
    columns = (*FIXED, *_shown(fields, request.level))
    with _all_or_nothing(out, request.format) as drafts:
        with database.reading() as tx:
            rows = tx.submissions.stream(form, since=since, until=until, district=district)
            count = _write(request, columns, fields, rows, drafts)
        # Before the file can be seen: no export without its line in the audit.
        with database.transaction() as tx:
            detail = request.described() | {"format": request.format, "count": count}
            tx.audit.append(who, "export", f"submissions:{form}", detail, now)
            tx.commit()
    return count


def _shown(fields: Sequence[ExportField], level: Level) -> list[ExportField]:
    """Form fields first, personal ones last and only at level full."""
    public = [field for field in fields if not field.personal]
    if level is Level.OPEN:
        return [field for field in public if not field.free_text and field.kind not in WORDY_KINDS]
    personal = [field for field in fields if field.personal] if level is Level.FULL else []
    return public + personal


def dictionary_path(out: Path) -> Path:
    """Where the data dictionary of a CSV export lies."""
    return out.with_name(f"{out.stem}.dictionary.csv")


@contextmanager
def _all_or_nothing(out: Path, format: ExportFormat) -> Iterator[list[Path]]:
    finals = [out, dictionary_path(out)] if format is ExportFormat.CSV else [out]
    drafts = [final.with_name(f".{final.name}.{uuid4().hex}") for final in finals]
    try:
        for draft in drafts:
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield drafts
        for draft, final in zip(drafts, finals, strict=True):
            draft.replace(final)
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)


def _write(
    request: ExportRequest,
    columns: Sequence[ExportField],
    fields: Sequence[ExportField],
    submissions: Iterator[Submission],
    drafts: list[Path],
) -> int:
    writers: Mapping[ExportFormat, type[_Writer]] = {
        ExportFormat.CSV: _CsvWriter,
        ExportFormat.XLSX: _XlsxWriter,
        ExportFormat.JSON: _JsonWriter,
        ExportFormat.GEOJSON: _GeoJsonWriter,
    }
    count = 0
    with writers[request.format](request, columns, drafts) as writer:
        for submission in submissions:
            writer.add(_record(submission, columns, fields, request.level))
            count += 1
        writer.finish(count)
    return count


def _record(
    submission: Submission, columns: Sequence[ExportField], fields: Sequence[ExportField], level: Level
) -> dict[str, Any]:
    decimals = OPEN_DECIMALS if level is Level.OPEN else None
    record: dict[str, Any] = {
        "reference": submission.reference,
        "form": submission.form,
        "form_version": submission.form_version,
        "status": submission.status,
        "channel": submission.channel,
        "submitted_at": submission.submitted_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "submitted_at_london": submission.submitted_at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S"),
        "district": submission.district,
        "latitude": _rounded(submission.latitude, decimals),
        "longitude": _rounded(submission.longitude, decimals),
        "certainty": submission.certainty,
    }
    for column in columns[len(FIXED) :]:
        source = submission.personal if column.personal else submission.answers
        record[column.id] = _cell(source.get(column.id), column.kind)
    return record


def _rounded(degrees: float | None, decimals: int | None) -> float | None:
    return degrees if degrees is None or decimals is None else round(degrees, decimals)


def _cell(value: Any, kind: str) -> str | int | float | None:
    """An answer as one cell: several choices joined, yes and no in words, photos counted."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    if kind == "photo" and isinstance(value, list):
        return len(value)
    if isinstance(value, list):
        return "; ".join(str(_cell(item, kind)) for item in value)
    if isinstance(value, dict):
        words = value.get("text") or value.get("label") or value.get("value")
        if isinstance(words, str):
            return words
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return readable_phone(value) if kind == "phone" else str(value)


def _dictionary(columns: Sequence[ExportField]) -> list[dict[str, Any]]:
    return [
        {
            "column": column.id,
            "title": column.title,
            "kind": column.kind,
            "description": column.description,
            "values": [{"value": value, "label": label} for value, label in column.options],
        }
        for column in columns
    ]


def _dictionary_rows(columns: Sequence[ExportField]) -> list[list[object]]:
    """The dictionary as a table: a line per column, and one per value under it."""
    rows: list[list[object]] = [["column", "title", "kind", "description", "value", "label"]]
    for column in columns:
        rows.append([column.id, column.title, column.kind, column.description, "", ""])
        rows.extend([column.id, "", "", "", value, label] for value, label in column.options)
    return rows


class _Writer(ABC):
    """Writes one export; `add` once a row, `finish` once at the end."""

    def __init__(self, request: ExportRequest, columns: Sequence[ExportField], drafts: list[Path]) -> None:
        self.request = request
        self.columns = columns
        self.drafts = drafts

    def __enter__(self) -> "_Writer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def start(self) -> None: ...
    @abstractmethod
    def add(self, record: dict[str, Any]) -> None: ...
    @abstractmethod
    def finish(self, count: int) -> None: ...
    @abstractmethod
    def close(self) -> None: ...


class _CsvWriter(_Writer):
    def start(self) -> None:
        # With a byte order mark, without which Excel reads UTF-8 as something else.
        self.file = self.drafts[0].open("w", encoding="utf-8-sig", newline="")
        self.rows = csv.writer(self.file, quoting=csv.QUOTE_NONNUMERIC)
        self.rows.writerow([safe_csv_cell(column.id) for column in self.columns])

    def add(self, record: dict[str, Any]) -> None:
        self.rows.writerow([safe_csv_cell(record[column.id]) for column in self.columns])

    def finish(self, count: int) -> None:
        with self.drafts[1].open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
            for row in (*_dictionary_rows(self.columns), [], *_about_rows(self.request, count)):
                rows.writerow([safe_csv_cell(cell) for cell in row])

    def close(self) -> None:
        self.file.close()


class _XlsxWriter(_Writer):
    def start(self) -> None:
        self.book = xlsxwriter.Workbook(
            str(self.drafts[0]),
            # Rows go to disk at once; words stay words.
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "tmpdir": str(self.drafts[0].parent),
            },
        )
        self.sheet = self.book.add_worksheet("Submissions")
        self.next_row = 0
        self._write_row(self.sheet, [column.id for column in self.columns])

    def add(self, record: dict[str, Any]) -> None:
        self._write_row(self.sheet, [record[column.id] for column in self.columns])

    def finish(self, count: int) -> None:
        for name, rows in (
            ("Dictionary", _dictionary_rows(self.columns)),
            ("Export", _about_rows(self.request, count)),
        ):
            sheet = self.book.add_worksheet(name)
            self.next_row = 0
            for row in rows:
                self._write_row(sheet, row)

    def close(self) -> None:
        self.book.close()

    def _write_row(self, sheet: Any, values: Sequence[object]) -> None:
        if self.next_row >= XLSX_MAX_ROWS:
            raise ValueError("more rows than an Excel sheet can hold; export a shorter time, or csv")
        for number, value in enumerate(values):
            if isinstance(value, int | float):
                sheet.write_number(self.next_row, number, value)
            elif value is not None:
                sheet.write_string(self.next_row, number, cut_for_xlsx(str(safe_cell(str(value)))))
        self.next_row += 1


class _JsonWriter(_Writer):
    OPENING: ClassVar[dict[str, Any]] = {}
    RECORDS = "records"

    def start(self) -> None:
        self.file: IO[str] = self.drafts[0].open("w", encoding="utf-8")
        head = json.dumps(self.OPENING | {"dictionary": _dictionary(self.columns)}, ensure_ascii=True)
        self.file.write(f'{head[:-1]}, "{self.RECORDS}": [')
        self.separator = "\n"

    def add(self, record: dict[str, Any]) -> None:
        self.file.write(self.separator + json.dumps(self.shaped(record), ensure_ascii=True))
        self.separator = ",\n"

    def finish(self, count: int) -> None:
        about = self.request.described() | {"count": count}
        self.file.write(f'\n], "export": {json.dumps(about, ensure_ascii=True)}}}\n')

    def close(self) -> None:
        self.file.close()

    def shaped(self, record: dict[str, Any]) -> dict[str, Any]:
        return record


class _GeoJsonWriter(_JsonWriter):
    """RFC 7946; a submission without a place is a feature without a geometry."""

    OPENING: ClassVar[dict[str, Any]] = {"type": "FeatureCollection"}
    RECORDS = "features"

    def shaped(self, record: dict[str, Any]) -> dict[str, Any]:
        latitude, longitude = record["latitude"], record["longitude"]
        located = latitude is not None and longitude is not None
        return {
            "type": "Feature",
            "id": record["reference"],
            "geometry": {"type": "Point", "coordinates": [longitude, latitude]} if located else None,
            "properties": record,
        }


def _about_rows(request: ExportRequest, count: int) -> list[list[object]]:
    about = request.described() | {"count": count}
    return [[name, value] for name, value in about.items()]
