"""What people said, for everybody: the results of a consultation as they were published."""

import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.exchange import get_door
from bot.pages import render_page

ID = re.compile(r"[a-z][a-z0-9_]{0,25}")  # as flows/consultations.py has it
HEADERS = {
    "Cache-Control": "no-cache",
    # The page brings its few rules of layout along, as the file that staff keep does.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
}


async def get_results(request: Request) -> Response:
    """The page published last; 404 with a plain page where there is none."""
    id = request.path_params["id"]
    published = None
    if ID.fullmatch(id):  # PostgreSQL, asked for a name with a NUL in it, fails
        published = await get_door(request).database.read(lambda tx: tx.published_results.last(id))
    if published is None:
        return HTMLResponse(render_page("no_results.html"), 404, HEADERS)
    return HTMLResponse(published.page, headers=HEADERS)
