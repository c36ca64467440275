"""A stand-in for Twilio's API: keeps the texts we sent, and holds each call to the published description.

    with FakeTwilio() as twilio:
        door = SmsChannel(twilio.account_sid, twilio.auth_token, twilio.number, twilio.url, "https://door.example")
        twilio.opted_out.add("+447700900124")
        twilio.plan(refusal(400, 21211))
        ...
        assert [text["body"] for text in twilio.sent_to("+447700900123")] == ["Hello"]
        assert twilio.violations == []

`webhook_fields` and `sign` make the requests Twilio would send us. Calls are checked against the API
description where it lies beside the repository (`../shared/peers`, or FRONTDOOR_PEERS);
`FakeTwilio.checks_calls` tells whether it does.
"""

import json
import os
import re
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fake_server import ACCEPT_THEN_DROP, DROP, Answer, FakeServer, Fault, Request
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

__all__ = ["ACCEPT_THEN_DROP", "DROP", "Answer", "FakeTwilio", "Fault"]

PEERS = Path(os.environ.get("FRONTDOOR_PEERS", Path(__file__).parents[3] / "shared" / "peers"))
DESCRIPTION = PEERS / "twilio" / "twilio_api_v2010.json"
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "f" * 8 + "0" * 24
NUMBER = "+441926290000"

Fields = list[tuple[str, str]]


@cache
def description() -> dict[str, Any] | None:
    """Twilio's OpenAPI description of its 2010-04-01 API."""
    if not DESCRIPTION.exists():
        return None
    loaded: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return loaded


class FakeTwilio(FakeServer):
    checks_calls = DESCRIPTION.exists()

    def __init__(
        self, account_sid: str = ACCOUNT_SID, auth_token: str = AUTH_TOKEN, number: str = NUMBER
    ) -> None:
        super().__init__()
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.number = number
        self.messages: list[dict[str, Any]] = []  # as the API tells them, both ways, oldest first
        self.callbacks: dict[str, str] = {}  # by SID, where its status is to be told
        self.media: dict[str, tuple[str, bytes]] = {}  # by media SID: content type, bytes
        self.opted_out: set[str] = set()
        self._parts: dict[str, list[str]] = {}  # media SIDs by message SID
        self._sids = count(1)

    # What tests ask and tell

    def sent_to(self, number: str) -> list[dict[str, Any]]:
        """The texts this number got, in order, as the API tells them: {"sid", "body", "status", ...}."""
        with self.lock:
            return [m for m in self.messages if m["to"] == number and m["direction"] == "outbound-api"]

    def receive(
        self, sender: str, body: str, media: list[tuple[str, bytes]] | None = None, at: datetime | None = None
    ) -> Fields:
        """A text reaches our number; returns the fields Twilio's webhook would carry. `media`: type, bytes."""
        with self.lock:
            message = self._keep(sender, self.number, body, "inbound", "received", at=at)
            for kind, data in media or []:
                self.add_media(message, kind, data)
            return self.webhook_fields(message)

    def add_media(self, message: dict[str, Any], kind: str, data: bytes) -> None:
        sid = f"ME{next(self._sids):032x}"
        self.media[sid] = (kind, data)
        self._parts.setdefault(message["sid"], []).append(sid)
        message["num_media"] = str(len(self._parts[message["sid"]]))

    def webhook_fields(self, message: dict[str, Any]) -> Fields:
        fields = [
            ("ToCountry", "GB"),
            ("SmsMessageSid", message["sid"]),
            ("NumMedia", message["num_media"]),
            ("FromCity", ""),  # blank fields come too, and are signed
            ("SmsSid", message["sid"]),
            ("Body", message["body"]),
            ("To", message["to"]),
            ("MessageSid", message["sid"]),
            ("AccountSid", self.account_sid),
            ("From", message["from"]),
            ("ApiVersion", "2010-04-01"),
        ]
        for index, sid in enumerate(self._parts.get(message["sid"], [])):
            fields += [(f"MediaContentType{index}", self.media[sid][0])]
            fields += [(f"MediaUrl{index}", f"{self.url}{self._media_path(message['sid'], sid)}")]
        return fields

    def status_fields(self, sid: str, status: str) -> Fields:
        """The fields of a status callback."""
        with self.lock:
            message = next(m for m in self.messages if m["sid"] == sid)
        told = [("SmsSid", sid), ("SmsStatus", status), ("MessageStatus", status), ("MessageSid", sid)]
        return [*told, ("To", message["to"]), ("From", message["from"]), ("AccountSid", self.account_sid)]

    def sign(self, url: str, fields: Fields) -> str:
        """X-Twilio-Signature of a request to `url`, the public one."""
        signed: str = RequestValidator(self.auth_token).compute_signature(url, ImmutableMultiDict(fields))
        return signed

    # The API

    def respond(self, request: Request) -> Answer:
        wanted = b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return _refusal(401, 20003, "Authenticate")
        account = f"/2010-04-01/Accounts/{self.account_sid}"
        media = re.fullmatch(rf"{account}/Messages/(\w+)/Media/(\w+)", request.path)
        if media:
            return self._media(media[2])
        with self.lock:
            faults = check_call(request)
            self.violations.extend(faults)
        if faults:
            return _refusal(400, 20001, faults[0])
        if request.path == f"{account}/Messages.json":
            return self._create(request) if request.method == "POST" else self._list(request)
        parts = re.fullmatch(rf"{account}/Messages/(\w+)/Media\.json", request.path)
        if parts:
            return self._list_media(parts[1])
        return _refusal(404, 20404, "The requested resource was not found")

    def _create(self, request: Request) -> Answer:
        told = dict(request.fields)
        if told["To"] in self.opted_out:
            return _refusal(400, 21610, "Attempt to send to unsubscribed recipient")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", told["To"]):
            return _refusal(400, 21211, f"The 'To' number {told['To']} is not a valid phone number.")
        if not told.get("Body"):
            return _refusal(400, 21602, "Message body is required.")
        if len(told["Body"]) > 1600:
            return _refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if told.get("From") != self.number:
            return _refusal(
                400, 21606, "The 'From' phone number provided is not a valid, message-capable number"
            )
        with self.changed:
            message = self._keep(told["From"], told["To"], told["Body"], "outbound-api", "queued")
            self.callbacks[message["sid"]] = told.get("StatusCallback", "")
        return Answer(201, message)

    def _keep(
        self, sender: str, to: str, body: str, direction: str, status: str, at: datetime | None = None
    ) -> dict[str, Any]:
        sid = f"SM{next(self._sids):032x}"
        told = format_datetime((at or datetime.now(UTC)).replace(microsecond=0))
        message: dict[str, Any] = {
            "sid": sid,
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": told,
            "date_sent": told if direction == "inbound" else None,  # queued, not yet sent
            "date_updated": told,
            "direction": direction,
            "error_code": None,
            "error_message": None,
            "from": sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "status": status,
            "subresource_uris": {},
            "to": to,
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}.json",
        }
        self.messages.append(message)
        return message

    def _list(self, request: Request) -> Answer:
        asked = dict(request.query)
        with self.lock:
            found = list(reversed(self.messages))
        for name, field in (("To", "to"), ("From", "from")):
            if name in asked:
                found = [message for message in found if message[field] == asked[name]]
        if "DateSent>" in asked:
            since = datetime.fromisoformat(asked["DateSent>"])
            found = [m for m in found if m["date_sent"] and _parsed(m["date_sent"]) >= since]
        size, page = int(asked.get("PageSize", 50)), int(asked.get("Page", 0))
        shown = found[page * size : (page + 1) * size]
        following = asked | {"Page": str(page + 1), "PageToken": "PA1"}
        more = f"{request.path}?{urlencode(following)}" if len(found) > (page + 1) * size else None
        return Answer(200, {"messages": shown, "page": page, "page_size": size, "next_page_uri": more})

    def _media_path(self, message_sid: str, sid: str) -> str:
        return f"/2010-04-01/Accounts/{self.account_sid}/Messages/{message_sid}/Media/{sid}"

    def _list_media(self, message_sid: str) -> Answer:
        with self.lock:
            listed = [
                {
                    "sid": sid,
                    "account_sid": self.account_sid,
                    "parent_sid": message_sid,
                    "content_type": self.media[sid][0],
                    "date_created": None,
                    "date_updated": None,
                    "uri": f"{self._media_path(message_sid, sid)}.json",
                }
                for sid in self._parts.get(message_sid, [])
            ]
        return Answer(200, {"media_list": listed, "page": 0, "page_size": 50, "next_page_uri": None})

    def _media(self, sid: str) -> Answer:
        if sid not in self.media:
            return _refusal(404, 20404, "The requested resource was not found")
        kind, data = self.media[sid]
        return Answer(200, data, content_type=kind)


def _parsed(told: str) -> datetime:
    return datetime.strptime(told, "%a, %d %b %Y %H:%M:%S %z")


# Faults Twilio is known for


def refusal(status: int, code: int, text: str = "refused") -> Fault:
    return Fault(_refusal(status, code, text))


def gateway_page(status: int = 502, *, takes_effect: bool = False) -> Fault:
    page = Answer(status, b"<html><h1>Bad Gateway</h1></html>", content_type="text/html")
    return Fault(page, takes_effect=takes_effect)


def _refusal(status: int, code: int, text: str) -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": text, "more_info": more, "status": status})


# Checking calls against the description


def check_call(request: Request) -> list[str]:
    """What is wrong with a call, as sentences."""
    known = description()
    if known is None:
        return []
    for template, operations in known["paths"].items():
        names = re.findall(r"{(\w+)}", template)
        found = re.fullmatch(re.sub(r"\\{\w+\\}", r"([^/]+)", re.escape(template)), request.path)
        if found:
            operation = operations.get(request.method.lower())
            if operation is None:
                return [f"{template} takes no {request.method}"]
            return _check(known, operation, dict(zip(names, found.groups(), strict=True)), request)
    return [f"there is no {request.path}"]


def _check(
    known: dict[str, Any], operation: dict[str, Any], path: dict[str, str], request: Request
) -> list[str]:
    described = operation.get("parameters", [])
    query = {p["name"]: p for p in described if p["in"] == "query"}
    in_path = {p["name"]: p for p in described if p["in"] == "path"}
    faults = _check_fields(known, {n: p["schema"] for n, p in in_path.items()}, path)
    faults += _check_fields(known, {n: p["schema"] for n, p in query.items()}, dict(request.query))
    faults += [
        f"{name} is missing"
        for name, p in query.items()
        if p.get("required") and name not in dict(request.query)
    ]
    if request.method == "POST":
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/x-www-form-urlencoded", {}).get("schema", {})
        given = dict(request.fields)
        faults += _check_fields(known, schema.get("properties", {}), given)
        faults += [f"{name} is missing" for name in schema.get("required", []) if name not in given]
    return faults


def _check_fields(known: dict[str, Any], schemas: dict[str, Any], given: dict[str, str]) -> list[str]:
    faults = [f"there is no field {name}" for name in given if name not in schemas]
    for name in given.keys() & schemas.keys():
        schema = schemas[name]
        if "$ref" in schema:
            schema = known["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if not _fits(schema, given[name]):
            faults.append(f"{name} is no {schema.get('format') or schema.get('type')}")
    return faults


_SHAPES = {
    "uri": re.compile(r"https?://[^\s/_]+(/\S*)?"),  # Twilio takes no host with an underscore
    "phone-number": re.compile(r"\+?[\w:+]{3,}"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?"),
}


def _fits(schema: dict[str, Any], value: str) -> bool:
    kind = schema.get("type")
    if kind == "integer":
        return value.lstrip("-").isdigit()
    if kind == "boolean":
        return value in ("true", "false")
    if "enum" in schema:
        return value in schema["enum"]
    if "pattern" in schema:
        return re.search(schema["pattern"], value) is not None
    shape = _SHAPES.get(schema.get("format", ""))
    return shape.fullmatch(value) is not None if shape else True
