"""One call of Open311: the format it asks for, what it sends, whose key it holds; faults told in that format."""

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.exchange import Door, Problem, get_content, get_door, read_body
from bot.open311_shape import FORMATS, answer
from flows.content import Content
from flows.forms import Form
from storage.api_keys import ApiKey

log = structlog.get_logger()

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_BYTES = 64 * 1024
MOST_FIELDS = 200


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

    def give(self, name: str, value: Any, status: int = 200) -> Response:
        return answer(name, value, self.format, status)


Handler = Callable[[Call], Awaitable[Response]]


def open311_route(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
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
