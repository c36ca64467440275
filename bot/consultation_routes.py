"""What people said, for everybody: the results of a consultation as they were published."""

import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.exchange import get_door
from bot.pages import render_page

ID = re.compile(r"[a-z][a-z0-9_]{0,25}")  # as flows/consultations.py has it
VERSION = re.compile(r"[1-9][0-9]{0,5}|")
HEADERS = {
    "Cache-Control": "no-cache",
    # The page brings its few rules of layout along, as the file that staff keep does.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
}


async def get_results(request: Request) -> Response:
    """The page published last, of one version of the questions or the newest; 404 with a plain page without one."""
    id, version = request.path_params["id"], request.path_params.get("version", "")
    published = None
    # PostgreSQL, asked for a name with a NUL in it or a number of many digits, fails.
    if ID.fullmatch(id) and VERSION.fullmatch(version):
        of = int(version) if version else None
        published = await get_door(request).database.read(lambda tx: tx.published_results.last(id, of))
    if published is None:
        return HTMLResponse(render_page("no_results.html"), 404, HEADERS)
    return HTMLResponse(published.page, headers=HEADERS)
