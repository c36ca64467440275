"""The floor: what one durable message costs with nothing around it. A bare route, one committed row each."""

import argparse
import sqlite3
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def make_floor(path: Path) -> tuple[Starlette, sqlite3.Connection]:
    """POST /messages {"conversation", "text"} -> {"number"}, committed to the disk before the answer."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE messages (number INTEGER PRIMARY KEY, conversation TEXT, text TEXT)")

    async def keep(request: Request) -> JSONResponse:
        body = await request.json()
        # On the event loop on purpose: one writer, no hand-over to a thread, nothing can be faster in this shape.
        row = database.execute(
            "INSERT INTO messages (conversation, text) VALUES (?, ?)", (body["conversation"], body["text"])
        )
        return JSONResponse({"number": row.lastrowid})

    async def healthy(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    routes = [Route("/messages", keep, methods=["POST"]), Route("/healthz", healthy)]
    return Starlette(routes=routes), database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    given = parser.parse_args()
    app, database = make_floor(given.database)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False)
    database.close()


if __name__ == "__main__":
    main()
