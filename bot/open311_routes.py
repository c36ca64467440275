"""Open311 GeoReport v2: how other bodies' systems read where reports stand, and file their own.

https://wiki.open311.org/GeoReport_v2/ lets anybody read; here every call that names a place needs a key, because
the places are where people live. What is asked (services, discovery) is open.
"""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import structlog
from starlette.responses import Response

from bot.open311_call import Call, Fault, open311_route
from bot.open311_filing import Filed, file_request
from bot.open311_rows import MOST_ROWS, find_rows, list_rows, show_rows, w3_time
from bot.settings import ROOT
from flows.cleaning import clean_text
from flows.forms import Form
from flows.open311 import EXTERNAL_ID, Attribute, attributes_of
from flows.open311_request import Refused, Told, read_request
from storage.api_keys import ApiKey
from storage.database import Transaction
from storage.errors import ReferenceTaken

log = structlog.get_logger()

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
LONGEST_REQUEST_ID = 200
FILE_TRIES = 3
NOTICE = (
    "Thank you. This is no emergency service and nobody watches it: in danger call 999. "
    "Names and contact details that came with the request were not kept."
)
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]+)\](?:\[\])?")


@open311_route
async def discovery(call: Call) -> Response:
    """Where the service is and what it speaks: https://wiki.open311.org/Service_Discovery."""
    base = call.content.public_url or str(call.request.base_url).rstrip("/")
    contact = call.door.open311_contact or f"Whoever runs {base}"
    changed = w3_time(_changed_at())
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
    return call.give("discovery", value)


@open311_route
async def services(call: Call) -> Response:
    listed = [
        {
            "service_code": form.id,
            "service_name": form.title,
            "description": form.title,  # the intro is for somebody in a chat
            "metadata": True,
            "type": "realtime",
            "keywords": ", ".join(form.keywords),
            "group": "reports",
        }
        for form in call.forms.values()
    ]
    return call.give("services", listed)


@open311_route
async def service(call: Call) -> Response:
    form = call.get_form(call.request.path_params["code"])
    attributes = [_shown(attribute, at) for at, attribute in enumerate(attributes_of(form), 1)]
    return call.give("service_definition", {"service_code": form.id, "attributes": attributes})


@open311_route
async def get_requests(call: Call) -> Response:
    key = await call.check_key()
    if call.request.query_params.get("service_request_id"):
        found = await find_rows(call, call.many("service_request_id")[:MOST_ROWS])
    else:
        found = await list_rows(call)
    log.info("open311.read", key=key.id, rows=len(found.rows))
    return await asyncio.to_thread(call.give, "service_requests", show_rows(call, found))


@open311_route
async def get_request(call: Call) -> Response:
    key = await call.check_key()
    found = await find_rows(call, [call.request.path_params["id"]])
    if not found.rows:
        raise Fault(404, "service_request_id was not found.")
    log.info("open311.read", key=key.id, rows=1)
    return call.give("service_requests", show_rows(call, found))


@open311_route
async def get_token(call: Call) -> Response:
    """No request waits for its id here (every service is "realtime"), so the id is its own token."""
    await call.check_key()
    token = call.request.path_params["id"]
    rows = (await find_rows(call, [token])).rows
    if not rows:
        raise Fault(404, "token was not found. Every service here gives the service_request_id at once.")
    return call.give("service_requests", [{"service_request_id": rows[0].reference, "token": token}])


@open311_route
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
    return call.give("service_requests", [request])


async def _file(call: Call, form: Form, told: Told, key: ApiKey, request_id: str) -> Filed | Refused:
    source, content = call.door.source, call.content
    # Reading a place takes its time: before anything is locked, and beside the other calls.
    read = await asyncio.to_thread(read_request, form, told, content, source.now())
    if isinstance(read, Refused) and not request_id:
        return read

    def once(tx: Transaction) -> Filed | Refused:
        drawn, now = source.number(), source.now()
        return file_request(tx, form, read, content, key=key, request_id=request_id, number=drawn, now=now)

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


def _changed_at() -> datetime:
    """When a form last changed: whoever keeps a copy of the services fetches them again then."""
    changed = max(path.stat().st_mtime for path in (ROOT / "flows" / "forms").glob("*.yml"))
    return datetime.fromtimestamp(changed, UTC)
