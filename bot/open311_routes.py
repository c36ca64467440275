"""Open311 GeoReport v2: how other bodies' systems read where reports stand, and file their own.

https://wiki.open311.org/GeoReport_v2/ lets anybody read; here every call that names a place needs a key, because
the places are where people live. What is asked (services, discovery) is open.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.exchange import Door, Problem, get_content, get_door, read_body
from bot.open311_filing import Filed, file_request
from bot.open311_shape import FORMATS, answer
from bot.settings import ROOT
from flows.cleaning import clean_text
from flows.content import Content
from flows.forms import Form
from flows.open311 import EXTERNAL_ID, Attribute, attributes_of, place_field
from flows.open311_request import Refused, Told
from flows.references import find_reference
from flows.stages import stage_key
from flows.texts import SOURCE_LANGUAGE
from storage.api_keys import ApiKey
from storage.database import Transaction
from storage.errors import ReferenceTaken
from storage.service_requests import ServiceRequest, ServiceRequests

log = structlog.get_logger()

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FORM_TYPE = "application/x-www-form-urlencoded"
FORM_BYTES = 64 * 1024
MOST_FIELDS = 200
MOST_ROWS = 1000
LONGEST_SPAN = timedelta(days=90)
LONGEST_REQUEST_ID = 200
YEARS = range(1900, 9000)  # 90 days either way are still dates
FILE_TRIES = 3
NOTICE = (
    "Thank you. This is no emergency service and nobody watches it: in danger call 999. "
    "Names and contact details that came with the request were not kept."
)
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]+)\](?:\[\])?")


class Fault(Exception):
    """What cannot be answered; told in the format that was asked for."""

    def __init__(self, status: int, *descriptions: str) -> None:
        super().__init__(status)
        self.status, self.descriptions = status, descriptions


@dataclass(frozen=True)
class Call:
    """One call: the format asked for, and what was sent in the query or the body."""

    request: Request
    format: str
    fields: tuple[tuple[str, str], ...]

    @property
    def door(self) -> Door:
        return get_door(self.request)

    @property
    def content(self) -> Content:
        return get_content(self.request)

    @property
    def forms(self) -> dict[str, Form]:
        """The services, by code."""
        forms = self.content.forms
        return {id: forms[id] for id in self.door.open311_forms if id in forms}

    def get(self, name: str) -> str:
        """What was sent under a name; an empty one is as good as none (so the specification)."""
        return next((value.strip() for key, value in self.fields if key == name), "")

    def many(self, name: str) -> list[str]:
        """Values divided by commas, or sent several times."""
        values = (value for key, value in self.fields if key == name)
        return [part.strip() for value in values for part in value.split(",") if part.strip()]

    def get_form(self, code: str) -> Form:
        form = self.forms.get(code)
        if form is None:
            raise Fault(404, f"service_code {code[:60]} was not found. GET services lists them.")
        return form

    async def check_key(self) -> ApiKey:
        """Who calls. Raises Fault 403, as the specification has it for a missing and for a wrong key."""
        given = self.get("api_key") or _key_of_headers(self.request)
        if not given:
            raise Fault(403, "api_key is missing. Send it as api_key, X-Api-Key or Authorization: Bearer.")
        key = await self.door.database.read(lambda tx: tx.api_keys.find(given))
        if key is None:
            log.warning("open311.refused")
            raise Fault(403, "api_key is not known, or was taken back. Ask whoever gave it to you.")
        return key

    def say(self, name: str, value: Any, status: int = 200) -> Response:
        return answer(name, value, self.format, status)


Handler = Callable[[Call], Awaitable[Response]]


def _route(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The format, the fields, and faults told in that format."""

    @wraps(handler)
    async def serve(request: Request) -> Response:
        asked = request.path_params["format"]
        format = asked if asked in FORMATS else "xml"
        try:
            if asked not in FORMATS:
                raise Fault(404, "The formats are xml and json.")
            if not get_door(request).open311_forms:
                raise Fault(404, "There are no services here.")
            return await handler(Call(request, format, await _fields(request)))
        except Fault as fault:
            errors = [{"code": fault.status, "description": each} for each in fault.descriptions]
            return answer("errors", errors, format, fault.status)
        except Problem as problem:
            errors = [{"code": problem.status, "description": problem.detail or problem.title}]
            return answer("errors", errors, format, problem.status)

    return serve


@_route
async def discovery(call: Call) -> Response:
    """Where the service is and what it speaks: https://wiki.open311.org/Service_Discovery."""
    base = call.content.public_url or str(call.request.base_url).rstrip("/")
    contact = call.door.open311_contact or f"Whoever runs {base}"
    changed = _w3(_changed_at())
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{base}/open311/v2",
        "changeset": changed,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    value = {
        "changeset": changed,
        "contact": contact,
        "key_service": f"Ask for a key: {contact}",
        "endpoints": [endpoint],
    }
    return call.say("discovery", value)


@_route
async def services(call: Call) -> Response:
    listed = [
        {
            "service_code": form.id,
            "service_name": form.title,
            "description": form.intro.text.strip(),
            "metadata": True,
            "type": "realtime",
            "keywords": ", ".join(form.keywords),
            "group": "reports",
        }
        for form in call.forms.values()
    ]
    return call.say("services", listed)


@_route
async def service(call: Call) -> Response:
    form = call.get_form(call.request.path_params["code"])
    attributes = [_shown(attribute, at) for at, attribute in enumerate(attributes_of(form), 1)]
    return call.say("service_definition", {"service_code": form.id, "attributes": attributes})


@_route
async def get_requests(call: Call) -> Response:
    key = await call.check_key()
    if call.request.query_params.get("service_request_id"):
        rows = await _find(call, call.many("service_request_id")[:MOST_ROWS])
    else:
        rows = await _list(call)
    log.info("open311.read", key=key.id, rows=len(rows))
    return call.say("service_requests", [_row(call, row) for row in rows])


@_route
async def get_request(call: Call) -> Response:
    key = await call.check_key()
    rows = await _find(call, [call.request.path_params["id"]])
    if not rows:
        raise Fault(404, "service_request_id was not found.")
    log.info("open311.read", key=key.id, rows=1)
    return call.say("service_requests", [_row(call, row) for row in rows])


@_route
async def get_token(call: Call) -> Response:
    """No request waits for its id here (every service is "realtime"), so the id is its own token."""
    await call.check_key()
    token = call.request.path_params["id"]
    rows = await _find(call, [token])
    if not rows:
        raise Fault(404, "token was not found. Every service here gives the service_request_id at once.")
    return call.say("service_requests", [{"service_request_id": rows[0].reference, "token": token}])


@_route
async def post_request(call: Call) -> Response:
    """Files a report. The answer to a repeat (the same number of the caller's) is the first one's."""
    key = await call.check_key()
    code = call.get("service_code")
    if not code:
        raise Fault(400, "service_code was not provided.")
    form, told, request_id = call.get_form(code), _told(call), _request_id(call)
    filed = await _file(call, form, told, key, request_id)
    if isinstance(filed, Refused):
        raise Fault(400, *filed.faults)
    log.info("open311.filed", key=key.id, form=form.id, fresh=filed.fresh)
    request = {"service_request_id": filed.reference, "service_notice": NOTICE, "account_id": None}
    return call.say("service_requests", [request])


async def _file(call: Call, form: Form, told: Told, key: ApiKey, request_id: str) -> Filed | Refused:
    source, content = call.door.source, call.content

    def once(tx: Transaction) -> Filed | Refused:
        drawn, now = source.number(), source.now()
        return file_request(tx, form, told, content, key=key, request_id=request_id, number=drawn, now=now)

    for _ in range(FILE_TRIES - 1):
        try:
            return await call.door.database.run(once)
        except ReferenceTaken:
            continue
    return await call.door.database.run(once)


def _told(call: Call) -> Told:
    attributes: dict[str, list[str]] = {}
    for name, value in call.fields:
        found = _ATTRIBUTE.fullmatch(name)
        if found is not None and value.strip():
            attributes.setdefault(found[1], []).append(value)
    return Told(
        latitude=call.get("lat"),
        longitude=call.get("long"),
        address=call.get("address_string"),
        description=call.get("description"),
        attributes={code: tuple(values) for code, values in attributes.items()},
    )


def _request_id(call: Call) -> str:
    """The caller's own number of a request: as an attribute, or in a header."""
    given = call.get(f"attribute[{EXTERNAL_ID}]") or call.request.headers.get("idempotency-key", "").strip()
    if len(given) > LONGEST_REQUEST_ID:
        raise Fault(400, f"attribute[{EXTERNAL_ID}]: at most {LONGEST_REQUEST_ID} characters, please.")
    return clean_text(given)


async def _find(call: Call, ids: list[str]) -> list[ServiceRequest]:
    references = {found for each in ids if (found := find_reference(each[:40])) is not None}
    forms = list(call.forms)
    return await call.door.database.read(
        lambda tx: ServiceRequests(tx.connection).find(sorted(references), forms)
    )


async def _list(call: Call) -> list[ServiceRequest]:
    codes = call.many("service_code")
    forms = [call.get_form(code) for code in codes] if codes else list(call.forms.values())
    statuses = set(call.many("status"))
    if statuses - {"open", "closed"}:
        raise Fault(400, "status must be open, closed, or both divided by a comma.")
    closed = None if len(statuses) != 1 else "closed" in statuses
    since, until = _span(call)
    content = call.content
    ended = {form.id: ended_states(content, form.id) for form in forms}
    return await call.door.database.read(
        lambda tx: ServiceRequests(tx.connection).list_sent(
            ended, since, until, closed=closed, limit=MOST_ROWS
        )
    )


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


def _row(call: Call, row: ServiceRequest) -> dict[str, Any]:
    content = call.content
    form = call.forms[row.form]
    desk = content.desks.get(row.desk or "")
    return {
        "service_request_id": row.reference,
        "status": "closed" if row.status in ended_states(content, row.form) else "open",
        "status_notes": content.texts.say(stage_key(content, row.form, row.status), SOURCE_LANGUAGE).text,
        "service_name": form.title,
        "service_code": form.id,
        "description": None,  # nobody's words leave by this door
        "agency_responsible": desk.name if desk is not None else None,
        "service_notice": None,
        "requested_datetime": _w3(row.submitted_at),
        "updated_datetime": _w3(row.updated_at),
        "expected_datetime": None,
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


def _shown(attribute: Attribute, order: int) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "variable": True,
        "code": attribute.code,
        "datatype": attribute.datatype,
        "required": attribute.required,
        "datatype_description": attribute.hint,
        "order": order,
        "description": attribute.description,
    }
    if attribute.values:
        shown["values"] = [{"key": key, "name": name} for key, name in attribute.values]
    return shown


async def _fields(request: Request) -> tuple[tuple[str, str], ...]:
    """The query of a GET, the form of a POST."""
    if request.method != "POST":
        return tuple(request.query_params.multi_items())
    if request.headers.get("content-type", "").partition(";")[0].strip().casefold() != FORM_TYPE:
        raise Fault(400, f"Content-Type must be {FORM_TYPE}.")
    body = await read_body(request, FORM_BYTES)
    try:
        fields = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise Fault(400, f"The body must be a form in UTF-8 of at most {MOST_FIELDS} fields.") from None
    return tuple(fields)


def _key_of_headers(request: Request) -> str:
    """X-Api-Key; Authorization: Bearer KEY; or Basic with the key as the password (https://name:KEY@host)."""
    given = request.headers.get("x-api-key", "").strip()
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if given or scheme.casefold() == "bearer":
        return given or told.strip()
    if scheme.casefold() != "basic" or len(told) > 1000:
        return ""
    try:
        return b64decode(told, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _w3(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _changed_at() -> datetime:
    """When a form last changed: whoever keeps a copy of the services fetches them again then."""
    changed = max(path.stat().st_mtime for path in (ROOT / "flows" / "forms").glob("*.yml"))
    return datetime.fromtimestamp(changed, UTC)
