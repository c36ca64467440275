"""A stand-in for Telegram's Bot API: keeps what the bot sent, and holds each call to the published API.

    with FakeTelegram() as telegram:
        channel = TelegramChannel(telegram.token, telegram.url, "secret")
        telegram.photos["f1"] = jpeg_bytes
        telegram.plan(too_many_requests(3), where=to_chat(7))
        ...
        assert [m["text"] for m in telegram.sent_to(7)] == ["Hello"]
        assert telegram.violations == []

Calls are checked against the Bot API description where it lies beside the repository (`../shared/peers`,
or FRONTDOOR_PEERS); `FakeTelegram.checks_calls` tells whether it does.
"""

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fake_server import ACCEPT_THEN_DROP, DROP, Answer, FakeServer, Fault, File, Request

__all__ = ["ACCEPT_THEN_DROP", "DROP", "Answer", "Call", "FakeTelegram", "Fault"]

PEERS = Path(os.environ.get("FRONTDOOR_PEERS", Path(__file__).parents[3] / "shared" / "peers"))
DESCRIPTION = PEERS / "telegram" / "telegram-bot-api-10.1.json"
_WORDS = frozenset({"text", "caption", "callback_query_id", "file_id", "url", "secret_token"})  # never JSON
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # the example of Telegram's own documentation


@dataclass(frozen=True)
class Call:
    """One call of the bot, its parameters as JSON values."""

    method: str
    params: dict[str, Any]
    at: float  # time.monotonic()


@cache
def description() -> dict[str, Any] | None:
    """The Bot API's machine-readable description: {"methods": {name: ...}, "types": {name: ...}}."""
    if not DESCRIPTION.exists():
        return None
    loaded: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return loaded


class FakeTelegram(FakeServer):
    checks_calls = DESCRIPTION.exists()

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__()
        self.token = token
        self.calls: list[Call] = []
        self.photos: dict[str, bytes] = {}  # by file id, what getFile and the download give
        self.documents: dict[int, list[File]] = {}  # by chat, files the bot sent
        self.blocked: set[int] = set()  # chats whose person blocked the bot
        self.webhook: dict[str, Any] = {}
        self._updates: list[dict[str, Any]] = []
        self._messages: dict[int, dict[int, dict[str, Any]]] = {}
        self._message_ids = count(1)
        self._update_ids = count(1000)

    # What tests ask and tell

    def sent_to(self, chat_id: int) -> list[dict[str, Any]]:
        """The messages this chat got, in order: {"message_id", "text", "reply_markup"?, "at"}."""
        with self.lock:
            return list(self._messages.get(chat_id, {}).values())

    def chats(self) -> list[int]:
        with self.lock:
            return list(self._messages)

    def calls_of(self, method: str) -> list[Call]:
        with self.lock:
            return [call for call in self.calls if call.method == method]

    def next_update_id(self) -> int:
        return next(self._update_ids)

    def push(self, update: dict[str, Any]) -> None:
        """Lets the bot find `update` when it polls."""
        with self.changed:
            self._updates.append(update)
            self.changed.notify_all()

    # The API

    def respond(self, request: Request) -> Answer:
        file = re.fullmatch(r"/file/bot([^/]+)/photos/(.+)", request.path)
        if file:
            return self._file(file[1], file[2])
        called = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
        if not called:
            return _failure(404, "Not Found")
        if called[1] != self.token:
            return _failure(401, "Unauthorized")
        method = called[2]
        given = dict([*request.query, *request.fields])
        params = {name: value if name in _WORDS else _json_value(value) for name, value in given.items()}
        with self.changed:
            self.calls.append(Call(method, params, request.at))
            faults = check_call(method, given, request.files)
            self.violations.extend(faults)
        if faults:
            return _failure(400, f"Bad Request: {faults[0]}")
        act = getattr(self, f"_on_{method}", None)
        if act is None:
            return _success(True)
        answer: Answer = act(params | request.files)
        return answer

    def _file(self, token: str, file_id: str) -> Answer:
        if token != self.token or file_id not in self.photos:
            return _failure(404, "Not Found")
        return Answer(200, self.photos[file_id], content_type="application/octet-stream")

    def _on_getMe(self, params: dict[str, Any]) -> Answer:
        return _success(
            {"id": 110201543, "is_bot": True, "first_name": "Front Door", "username": "FrontDoorBot"}
        )

    def _on_sendMessage(self, params: dict[str, Any]) -> Answer:
        chat_id, text = int(params["chat_id"]), params["text"]
        if chat_id in self.blocked:
            return _failure(403, "Forbidden: bot was blocked by the user")
        if not text.strip():
            return _failure(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return _failure(400, "Bad Request: message is too long")
        for row in params.get("reply_markup", {}).get("inline_keyboard", []):
            if any(len(button.get("callback_data", "").encode()) > 64 for button in row):
                return _failure(400, "Bad Request: BUTTON_DATA_INVALID")
        message_id = next(self._message_ids)
        message = {"message_id": message_id, "text": text, "at": time.monotonic()}
        if "reply_markup" in params:
            message["reply_markup"] = params["reply_markup"]
        with self.changed:
            self._messages.setdefault(chat_id, {})[message_id] = message
        chat = {"id": chat_id, "type": "private", "first_name": "A"}
        return _success({"message_id": message_id, "date": int(time.time()), "chat": chat, "text": text})

    def _on_sendDocument(self, params: dict[str, Any]) -> Answer:
        chat_id, file = int(params["chat_id"]), params["document"]
        if chat_id in self.blocked:
            return _failure(403, "Forbidden: bot was blocked by the user")
        if not isinstance(file, File):
            return _failure(400, "Bad Request: wrong file identifier/HTTP URL specified")
        if not file.data:
            return _failure(400, "Bad Request: file must be non-empty")
        with self.changed:
            self.documents.setdefault(chat_id, []).append(file)
        sent = {"file_id": "d1", "file_unique_id": "ud1", "file_name": file.name, "file_size": len(file.data)}
        chat = {"id": chat_id, "type": "private", "first_name": "A"}
        message_id = next(self._message_ids)
        return _success({"message_id": message_id, "date": int(time.time()), "chat": chat, "document": sent})

    def _on_editMessageReplyMarkup(self, params: dict[str, Any]) -> Answer:
        with self.lock:
            message = self._messages.get(params.get("chat_id", 0), {}).get(params.get("message_id", 0))
            if message is None:
                return _failure(400, "Bad Request: message to edit not found")
            if message.get("reply_markup") == params.get("reply_markup"):
                return _failure(400, "Bad Request: message is not modified")
            message.pop("reply_markup", None)
            if "reply_markup" in params:
                message["reply_markup"] = params["reply_markup"]
        return _success(True)

    def _on_deleteMessages(self, params: dict[str, Any]) -> Answer:
        """Ids that are not there are passed over, as the real one says it does."""
        if not 1 <= len(params["message_ids"]) <= 100:
            return _failure(400, "Bad Request: message identifiers are not specified")
        with self.lock:
            kept = self._messages.get(int(params["chat_id"]), {})
            for message_id in params["message_ids"]:
                kept.pop(message_id, None)
        return _success(True)

    def _on_getFile(self, params: dict[str, Any]) -> Answer:
        file_id = str(params["file_id"])
        if file_id not in self.photos:
            return _failure(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self.photos[file_id]) > 20 * 1024 * 1024:
            return _failure(400, "Bad Request: file is too big")
        size = len(self.photos[file_id])
        found = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": size}
        return _success(found | {"file_path": f"photos/{file_id}"})

    def _on_setWebhook(self, params: dict[str, Any]) -> Answer:
        self.webhook = params
        return _success(True)

    def _on_deleteWebhook(self, params: dict[str, Any]) -> Answer:
        self.webhook = {}
        return _success(True)

    def _on_getUpdates(self, params: dict[str, Any]) -> Answer:
        if self.webhook.get("url"):
            return _failure(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, wait = params.get("offset", 0), params.get("timeout", 0)
        with self.changed:
            # An offset confirms all that came before it.
            self._updates = [update for update in self._updates if update["update_id"] >= offset]
            self.changed.wait_for(lambda: self._updates or self.stopping, wait)
            return _success(self._updates[: params.get("limit", 100)])


# Faults Telegram is known for


def too_many_requests(retry_after: int) -> Fault:
    text = f"Too Many Requests: retry after {retry_after}"
    return Fault(_failure(429, text, parameters={"retry_after": retry_after}))


def failure(status: int, text: str) -> Fault:
    return Fault(_failure(status, text))


def gateway_page(status: int = 502, *, takes_effect: bool = False) -> Fault:
    """What a proxy in between says when it cannot get an answer."""
    page = Answer(status, b"<html><h1>Bad Gateway</h1></html>", content_type="text/html")
    return Fault(page, takes_effect=takes_effect)


def to_chat(chat_id: int) -> Callable[[Request], bool]:
    return lambda request: ("chat_id", str(chat_id)) in request.fields


def calling(method: str) -> Callable[[Request], bool]:
    return lambda request: request.path.endswith(f"/{method}")


# Updates as Telegram sends them


def text_update(update_id: int, chat_id: int, text: str, **more: Any) -> dict[str, Any]:
    """A private message; `more` are further fields of the message, such as photo=[...]."""
    return message_update(update_id, chat_id, text=text, **more)


def message_update(update_id: int, chat_id: int, kind: str = "message", **content: Any) -> dict[str, Any]:
    person = {"id": chat_id, "is_bot": False, "first_name": "Ada", "language_code": "en"}
    chat = {"id": chat_id, "type": "private", "first_name": "Ada"}
    message = {"message_id": update_id, "from": person, "chat": chat, "date": 1_780_000_000} | content
    return {"update_id": update_id, kind: message}


def button_update(update_id: int, chat_id: int, payload: str, *, message_id: int = 1) -> dict[str, Any]:
    """A press on an inline button of the bot's message `message_id`."""
    person = {"id": chat_id, "is_bot": False, "first_name": "Ada"}
    bot = {"id": 110201543, "is_bot": True, "first_name": "Front Door"}
    chat = {"id": chat_id, "type": "private", "first_name": "Ada"}
    message = {"message_id": message_id, "from": bot, "chat": chat, "date": 1_780_000_000, "text": "Which?"}
    query = {"id": f"q{update_id}", "from": person, "chat_instance": "1", "message": message, "data": payload}
    return {"update_id": update_id, "callback_query": query}


def location_update(update_id: int, chat_id: int, latitude: float, longitude: float) -> dict[str, Any]:
    return message_update(update_id, chat_id, location={"latitude": latitude, "longitude": longitude})


def photo_update(update_id: int, chat_id: int, file_id: str, caption: str = "") -> dict[str, Any]:
    small = {"file_id": f"{file_id}-s", "file_unique_id": "us", "width": 90, "height": 67, "file_size": 1000}
    large = {"file_id": file_id, "file_unique_id": "ul", "width": 1280, "height": 960, "file_size": 200_000}
    return message_update(
        update_id, chat_id, photo=[small, large], **({"caption": caption} if caption else {})
    )


def member_update(
    update_id: int, chat_id: int, was: str, now: str, chat_type: str = "private"
) -> dict[str, Any]:
    """The bot's standing in a chat changed: blocked is now="kicked", unblocked now="member"."""
    bot = {"id": 110201543, "is_bot": True, "first_name": "Front Door"}
    chat: dict[str, Any] = {"id": chat_id, "type": chat_type}
    chat |= {"first_name": "Ada"} if chat_type == "private" else {"title": "Neighbours"}
    changed = {
        "chat": chat,
        "from": {"id": 7, "is_bot": False, "first_name": "Ada"},
        "date": 1_780_000_000,
        "old_chat_member": {"user": bot, "status": was, "until_date": 0},
        "new_chat_member": {"user": bot, "status": now, "until_date": 0},
    }
    return {"update_id": update_id, "my_chat_member": changed}


# Checking calls against the description


def check_call(
    method: str, params: dict[str, str], files: Mapping[str, File] = MappingProxyType({})
) -> list[str]:
    """What is wrong with a call, as sentences; `params` are form values, objects in them as JSON."""
    known = description()
    if known is None:
        return []
    if method not in known["methods"]:
        return [f"there is no method {method}"]
    fields = {field["name"]: field for field in known["methods"][method].get("fields", [])}
    no_files = [
        f"{method}.{name} is no file"
        for name in files
        if "InputFile" not in fields.get(name, {}).get("types", [])
    ]
    # A file stands for its field; what it may be is told above.
    given = {name: _json_value(value) for name, value in params.items()} | dict.fromkeys(files, "attached")
    return no_files + _check_fields(method, fields, given, raw=params | dict.fromkeys(files, "attached"))


def _check_fields(
    where: str, fields: dict[str, Any], given: dict[str, Any], raw: dict[str, str] | None = None
) -> list[str]:
    faults = [f"{where} has no {name}" for name in given if name not in fields]
    faults += [
        f"{where} needs {name}" for name, field in fields.items() if field["required"] and name not in given
    ]
    for name in given.keys() & fields.keys():
        # "123" is a fine text: only form values may be read either way.
        value = given[name]
        if raw is not None and "String" in fields[name]["types"]:
            continue
        if not any(_fits(kind, value) for kind in fields[name]["types"]):
            faults.append(f"{where}.{name} is no {' or '.join(fields[name]['types'])}")
    return faults


def _fits(kind: str, value: Any) -> bool:
    if kind.startswith("Array of "):
        return isinstance(value, list) and all(_fits(kind.removeprefix("Array of "), item) for item in value)
    simple: dict[str, tuple[type, ...]] = {
        "Integer": (int,),
        "Float": (int, float),
        "String": (str,),
        "Boolean": (bool,),
    }
    if kind in simple:
        return isinstance(value, simple[kind]) and (kind == "Boolean" or not isinstance(value, bool))
    known = description()
    assert known
    described = known["types"].get(kind, {})
    if "subtypes" in described:
        return any(_fits(subtype, value) for subtype in described["subtypes"])
    fields = {field["name"]: field for field in described.get("fields", [])}
    return isinstance(value, dict) and not _check_fields(kind, fields, value)


def _json_value(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _success(result: Any) -> Answer:
    return Answer(200, {"ok": True, "result": result})


def _failure(status: int, text: str, parameters: dict[str, Any] | None = None) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": text}
    return Answer(status, body | ({"parameters": parameters} if parameters else {}))
