"""The page where a one-time code shows what is held about a person."""

import asyncio
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.exchange import NO_STORE, get_content, get_door, read_body
from bot.my_data import as_document, gather
from bot.pages import render_page
from flows.facts import CodeState
from flows.references import find_reference
from storage.database import Transaction

LONGEST_FORM = 2000
WRONG = {
    CodeState.UNKNOWN: "That code does not work. Please check each letter and number.",
    CodeState.USED: "That code was used before. Please send MYDATA for a new one.",
    CodeState.EXPIRED: "That code is too old. Please send MYDATA for a new one.",
}
# The document brings its few rules of layout along, as the file on Telegram does.
DOCUMENT_HEADERS = {
    **NO_STORE,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
}


async def ask_code(request: Request) -> Response:
    return _page("")


async def show_data(request: Request) -> Response:
    """The person's page for a good code, which is used up by it; else what is wrong with the code, 403."""
    door = get_door(request)
    body = await read_body(request, LONGEST_FORM)
    given = parse_qs(body.decode("utf-8", "replace")).get("code", [""])[0]
    code = find_reference(given) or ""
    now, content = door.source.now(), get_content(request)

    def use(tx: Transaction) -> tuple[CodeState, str]:
        found = tx.codes.find(code, now) if code.startswith("MD-") else None
        if found is None or found.kind != "data" or found.person_id is None:
            tx.codes.count_wrong(code, now)
            return CodeState.UNKNOWN, ""
        if found.state is not CodeState.GOOD or not tx.codes.use(found.id, found.person_id, now):
            return (found.state if found.state is not CodeState.GOOD else CodeState.USED), ""
        tx.audit.append("citizen", "data.shown", found.id, {}, now)
        return CodeState.GOOD, as_document(gather(tx, found.person_id), content, now)

    state, page = await door.database.run(use)
    if state is CodeState.GOOD:
        return HTMLResponse(page, headers=DOCUMENT_HEADERS)
    async with door.wrong_codes:
        await asyncio.sleep(door.wrong_code_seconds)
    return _page(WRONG[state], 403)


def _page(error: str, status: int = 200) -> Response:
    return HTMLResponse(render_page("my_data_code.html", error=error), status, NO_STORE)
