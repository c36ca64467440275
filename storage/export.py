"""Submissions as files for people who decide: CSV, XLSX, JSON and GeoJSON.

Rows are streamed, so that a year of reports needs no more memory than a day.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flows.facts import ENDED_STATES
from storage.database import Database
from storage.export_files import write_export
from storage.export_shape import CHAT_DOORS, OTHER_SYSTEM, ExportField, ExportFormat, ExportRequest, Level
from storage.spreadsheet import readable_phone
from storage.submissions import Submission

LONDON = ZoneInfo("Europe/London")
OPEN_DECIMALS = 2  # of a degree: about a kilometre
# Kinds whose answers are words of the citizen or lead to a door.
WORDY_KINDS = frozenset({"place", "postcode", "text", "free_text", "name", "phone", "email", "photo"})

# Answers that are more than a cell: the parts of them that get a column of their own.
PARTS = {
    "when": (("precision", "How exactly the time was said"),),
    "place": (("name", "Place it was read as"), ("postcode", "Postcode it was read as")),
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
        options=(*CHAT_DOORS, OTHER_SYSTEM),
    ),
    ExportField("submitted_at", "Sent (UTC)", "time", "When it was sent, ISO 8601, UTC"),
    ExportField("submitted_at_london", "Sent (London)", "time", "When it was sent, London clock time"),
    ExportField("district", "District", "text", "District or borough the place lies in"),
    ExportField("latitude", "Latitude", "number", "WGS 84 degrees north"),
    ExportField("longitude", "Longitude", "number", "WGS 84 degrees east"),
    ExportField("certainty", "Certainty of place", "text", "How sure the place is"),
    ExportField("routed_to", "Routed to", "text", "The body it goes to (county/organisations.yml)"),
    ExportField("urgent", "Urgent", "yes_no", "Whether it said that it needs action at once"),
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
    with database.reading() as tx:
        count = tx.submissions.count(form, since=since, until=until, district=district)
        sent = tx.submissions.stream(form, since=since, until=until, district=district)
        records = (_record(submission, columns, fields, request.level) for submission in sent)
        write_export(database, request, f"submissions:{form}", columns, records, count, out)
    return count


def _shown(fields: Sequence[ExportField], level: Level) -> list[ExportField]:
    """Form fields first, personal ones last and only at level full."""
    shown = [field for field in fields if not field.personal]
    if level is Level.OPEN:
        shown = [field for field in shown if not field.free_text and field.kind not in WORDY_KINDS]
    if level is Level.FULL:
        shown += [field for field in fields if field.personal]
    return [column for field in shown for column in (field, *_parts(field))]


def _parts(field: ExportField) -> list[ExportField]:
    return [
        ExportField(
            f"{field.id}_{part}",
            f"{field.title}: {part}",
            "text",
            description,
            personal=field.personal,
            of=field.id,
            part=part,
        )
        for part, description in PARTS.get(field.kind, ())
    ]


def _record(
    submission: Submission, columns: Sequence[ExportField], fields: Sequence[ExportField], level: Level
) -> dict[str, Any]:
    decimals = OPEN_DECIMALS if level is Level.OPEN else None
    record: dict[str, Any] = {
        "reference": submission.reference,
        "form": submission.form,
        "form_version": submission.form_version,
        # What a case's next step is may be told to nobody outside: only whether there is anything left to do.
        "status": _open_or_closed(submission) if level is Level.OPEN else submission.status,
        "channel": submission.channel,
        "submitted_at": submission.submitted_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "submitted_at_london": submission.submitted_at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S"),
        "district": submission.district,
        "latitude": _rounded(submission.latitude, decimals),
        "longitude": _rounded(submission.longitude, decimals),
        "certainty": submission.certainty,
        "routed_to": submission.routed_to,
        "urgent": _cell(submission.urgent, "yes_no"),
    }
    for column in columns[len(FIXED) :]:
        source = submission.personal if column.personal else submission.answers
        if column.part:
            whole = source.get(column.of)
            record[column.id] = whole.get(column.part) if isinstance(whole, dict) else None
        else:
            record[column.id] = _cell(source.get(column.id), column.kind)
    return record


def _open_or_closed(submission: Submission) -> str:
    return "closed" if submission.status in ENDED_STATES else "open"


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
        return _cell_of_parts(value, kind)
    return readable_phone(value) if kind == "phone" else str(value)


def _cell_of_parts(value: dict[str, Any], kind: str) -> str | int | float | None:
    """The main part of a time ("value"), a consent ("given"), a place (its words, or what they were read as)."""
    if kind == "when":
        return _cell(value.get("value"), "text")
    if kind == "consent":
        return _cell(value.get("given"), "yes_no")
    if kind == "place":
        words = (value.get(part) for part in ("text", "name", "postcode"))
        return next((str(word) for word in words if word), None)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
