"""Stands in for Rasa's server: the two routes that are used, up in a moment, with faults on demand.

Started by NluServer with Rasa's own arguments. FAULT is a file below HOME: its word says what goes wrong.
"""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = sys.stdin.readline().strip()
ANSWER = {
    "intent": {"name": "greet", "confidence": 1.0},
    "entities": [],
    "language": {"name": "pl", "confidence": 0.97},
}
HOME = Path(os.environ["HOME"])


def end_with_parent() -> None:
    while sys.stdin.read(1):
        pass
    os._exit(1)


def fault() -> str:
    path = HOME / "fault"
    return path.read_text() if path.exists() else ""


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if fault() == "hang":
            time.sleep(60)
        self.answer({"model_file": "nlu.tar.gz"} if fault() != "no model" else {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        (HOME / "parsed").write_text("yes")
        self.answer(ANSWER)

    def answer(self, body: dict[str, object]) -> None:
        status = 200 if f"token={TOKEN}" in self.path else 401
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if fault() == "die":
    sys.exit(3)
(HOME / "environment.json").write_text(json.dumps(dict(os.environ)))
(HOME / "arguments.json").write_text(json.dumps(sys.argv))
threading.Thread(target=end_with_parent, daemon=True).start()
port = int(sys.argv[sys.argv.index("--port") + 1])
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
