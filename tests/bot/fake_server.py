"""The part both stand-in suppliers share: a real HTTP server on a free port that can be told to misbehave.

The standard library's server, because a supplier that takes a request and then drops the connection has to
be played on the socket itself.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """What goes back. A dict body is sent as JSON."""

    status: int
    body: dict[str, Any] | bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True)
class Fault:
    """How one request goes wrong.

    `answer` is given in place of the supplier's own; with none, the connection drops. `takes_effect` tells
    whether the request did its work all the same (a timeout after accepting). `hang_seconds` pass before.
    """

    answer: Answer | None = None
    takes_effect: bool = False
    hang_seconds: float = 0.0


DROP = Fault()
ACCEPT_THEN_DROP = Fault(takes_effect=True)


@dataclass(frozen=True)
class File:
    """A file that came in a multipart form."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Request:
    """What came in. `fields` are the form fields, or those of the query string of a GET; `files` by field."""

    method: str
    path: str
    query: list[tuple[str, str]]
    fields: list[tuple[str, str]]
    headers: dict[str, str]
    at: float  # time.monotonic()
    files: dict[str, File] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class _Planned:
    matches: Callable[[Request], bool]
    fault: Fault
    times: int


class FakeServer:
    """Start, stop, plan faults, read what was asked. Subclasses answer in `respond`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.violations: list[str] = []  # calls the supplier's published description does not allow
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self._planned: list[_Planned] = []
        self._stopping = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    def respond(self, request: Request) -> Answer:
        """The supplier's own answer, with its effects. Called without the lock."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        assert self._server, "not started"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self, port: int = 0) -> Self:
        """Listens on `port`, or on any free one: a fixed port lets the supplier come back after a stop."""
        self._stopping.clear()
        self._server = _Server(("127.0.0.1", port), _handler_for(self))
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        with self.changed:
            self.changed.notify_all()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def plan(
        self, fault: Fault, *, times: int = 1, where: Callable[[Request], bool] = lambda _: True
    ) -> None:
        """The next `times` requests for which `where` holds go wrong."""
        with self.lock:
            self._planned.append(_Planned(where, fault, times))

    def clear_plans(self) -> None:
        with self.lock:
            self._planned.clear()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def wait_for(self, holds: Callable[[], bool], *, seconds: float = 10.0) -> bool:
        """Waits until `holds`, looking after each request; False where it never did."""
        with self.changed:
            return self.changed.wait_for(holds, seconds)

    def handle(self, request: Request) -> Answer | None:
        """The answer to send, or None to drop the connection."""
        with self.changed:
            if self.stopping:  # on a connection kept open from before
                return None
            self.requests.append(request)
            fault = self._take_fault(request)
        if fault and fault.hang_seconds:
            self._stopping.wait(fault.hang_seconds)
        answer = self.respond(request) if fault is None or fault.takes_effect else None
        with self.changed:
            self.changed.notify_all()
        return answer if fault is None else fault.answer

    def _take_fault(self, request: Request) -> Fault | None:
        for planned in self._planned:
            if planned.times > 0 and planned.matches(request):
                planned.times -= 1
                return planned.fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what half of these tests are about; its traceback is noise."""


def _handler_for(fake: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # the client died in mid-request: there is no call to take
                self.close_connection = True
                return
            parts = urlsplit(self.path)
            query = parse_qsl(parts.query, keep_blank_values=True)
            form, files = _read_form(body, self.headers.get("Content-Type") or "")
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, parts.path, query, form, headers, time.monotonic(), files, body)
            answer = fake.handle(request)
            if answer is None:
                self.close_connection = True
                self.connection.close()
                return
            payload = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(payload)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_DELETE = _serve

    return Handler


def _read_form(body: bytes, content_type: str) -> tuple[list[tuple[str, str]], dict[str, File]]:
    """The fields and the files of a body."""
    if content_type.startswith("application/json"):
        told = json.loads(body or b"{}")
        return [(n, value if isinstance(value, str) else json.dumps(value)) for n, value in told.items()], {}
    if content_type.startswith("multipart/form-data"):
        return _read_multipart(body, content_type)
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True), {}


def _read_multipart(body: bytes, content_type: str) -> tuple[list[tuple[str, str]], dict[str, File]]:
    fields: list[tuple[str, str]] = []
    files: dict[str, File] = {}
    parsed = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    for part in parsed.get_payload():
        name = str(part.get_param("name", header="content-disposition"))
        data = part.get_payload(decode=True)
        if part.get_filename() is None:
            fields.append((name, data.decode()))
        else:
            files[name] = File(str(part.get_filename()), part.get_content_type(), data)
    return fields, files
