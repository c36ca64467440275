"""Reports as Open311 shows them: found by id, or by service, status and time; never anybody's words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.open311_call import Call, Fault
from flows.content import Content
from flows.forms import Form
from flows.open311 import place_field
from flows.references import find_reference
from flows.stages import stage_key
from flows.texts import SOURCE_LANGUAGE
from storage.clocks import clocks_began
from storage.database import Transaction
from storage.service_requests import ServiceRequest, ServiceRequests

MOST_ROWS = 1000
LONGEST_SPAN = timedelta(days=90)
YEARS = range(1900, 9000)  # 90 days either way are still dates


@dataclass(frozen=True)
class Found:
    """Reports, and by case when its clock began, where that counts from an earlier state."""

    rows: list[ServiceRequest]
    began: dict[str, datetime]


async def find_rows(call: Call, ids: list[str]) -> Found:
    references = {found for each in ids if (found := find_reference(each[:40])) is not None}
    forms = list(call.forms)
    return await _read(call, lambda kept: kept.find(sorted(references), forms))


async def _read(call: Call, query: Callable[[ServiceRequests], list[ServiceRequest]]) -> Found:
    def once(tx: Transaction) -> Found:
        rows = query(ServiceRequests(tx.connection))
        return Found(rows, clocks_began(tx.submission_events, call.content, rows))

    return await call.door.database.read(once)


async def list_rows(call: Call) -> Found:
    codes = call.many("service_code")
    forms = [call.get_form(code) for code in codes] if codes else list(call.forms.values())
    statuses = set(call.many("status"))
    if statuses - {"open", "closed"}:
        raise Fault(400, "status must be open, closed, or both divided by a comma.")
    closed = None if len(statuses) != 1 else "closed" in statuses
    since, until = _span(call)
    ended = {form.id: ended_states(call.content, form.id) for form in forms}
    return await _read(call, lambda kept: kept.list_sent(ended, since, until, closed=closed, limit=MOST_ROWS))


def ended_states(content: Content, form: str) -> tuple[str, ...]:
    """The states of a form's cases in which there is nothing left to do."""
    return tuple(name for name, state in content.find_machine(form).states.items() if not state.open)


def _span(call: Call) -> tuple[datetime, datetime]:
    """From when to when; of one end alone, 90 days, and of none the last 90."""
    begins, ends = _read_time(call, "start_date"), _read_time(call, "end_date")
    now = call.door.source.now()
    if ends is None:
        ends = min(now, begins + LONGEST_SPAN) if begins is not None else now
    if begins is None:
        begins = ends - LONGEST_SPAN
    if begins > ends or ends - begins > LONGEST_SPAN:
        raise Fault(400, "start_date must come before end_date, and at most 90 days before it.")
    return begins, ends


def _read_time(call: Call, name: str) -> datetime | None:
    given = call.get(name)
    if not given:
        return None
    try:
        # A plus in an address means a space: "+01:00" comes as " 01:00" from whoever forgot that.
        value = datetime.fromisoformat(given.replace(" ", "+"))
        if value.tzinfo is None or value.year not in YEARS:
            raise ValueError
        return value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Fault(400, f"{name} must be like 2026-01-01T00:00:00Z, with its zone.") from None


def show_rows(call: Call, found: Found) -> list[dict[str, Any]]:
    """Every field of the specification, null where nothing is known or told."""
    content, forms = call.content, call.forms
    stands: dict[tuple[str, str], tuple[str, str]] = {}
    shown = []
    for row in found.rows:
        where = (row.form, row.status)
        if where not in stands:
            stands[where] = _stand(content, *where)
        due = _due(content, row, found.began.get(row.id))
        shown.append(_show(content, forms[row.form], row, *stands[where], due))
    return shown


def _stand(content: Content, form: str, state: str) -> tuple[str, str]:
    """Open or closed, and the published stage in words."""
    status = "closed" if state in ended_states(content, form) else "open"
    return status, content.texts.say(stage_key(content, form, state), SOURCE_LANGUAGE).text


def _due(content: Content, row: ServiceRequest, began: datetime | None) -> datetime | None:
    """When the clock of its stage runs out; None where none runs. Dates of decisions are not told."""
    machine = content.find_machine(row.form)
    if not machine.is_open(row.status):
        return None
    return machine.due(row.status, began or row.state_at or row.submitted_at, desk=row.desk)


def _show(
    content: Content, form: Form, row: ServiceRequest, status: str, stage: str, due: datetime | None
) -> dict[str, Any]:
    desk = content.desks.get(row.desk or "")
    return {
        "service_request_id": row.reference,
        "status": status,
        "status_notes": stage,
        "service_name": form.title,
        "service_code": form.id,
        "description": None,  # nobody's words leave by this door
        "agency_responsible": desk.name if desk is not None else None,
        "service_notice": None,
        "requested_datetime": w3_time(row.submitted_at),
        "updated_datetime": w3_time(row.updated_at),
        "expected_datetime": w3_time(due) if due is not None else None,
        "address": _address(content, form, row),
        "address_id": None,
        "zipcode": None,
        "lat": row.latitude,
        "long": row.longitude,
        "media_url": None,
    }


def _address(content: Content, form: Form, row: ServiceRequest) -> str | None:
    """The name the gazetteer has for the place, and the district; never what somebody wrote of it."""
    field = place_field(form)
    place = row.answers.get(field.id) if field is not None else None
    name = place.get("name") if isinstance(place, dict) else None
    district = content.gazetteer.district_names.get(row.district or "")
    return ", ".join(part for part in (name, district) if part) or None


def w3_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
