"""The web chat's routes: the contract's four calls, each behind its session's token."""

import asyncio
import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.exchange import (
    NO_STORE,
    Door,
    Problem,
    get_door,
    microseconds,
    parse_multipart,
    read_body,
    read_json,
)
from bot.keeping import NumberedReply
from bot.networks import is_admitted, mark_network, too_many
from bot.photo_keeper import photo_id_of
from bot.turns import Claimed, MessageSetAside, TurnFailed
from bot.webchat import BadMessage, check_id, check_message
from flows.flooding import is_danger, is_stop
from flows.messages import ChannelName, Photo
from storage.database import Transaction
from storage.web_sessions import WebSession

# The worker leaves a web message to the request that brought it for this long, then takes it over.
WEB_HOLD_SECONDS = 15.0
REPLIES_AT_ONCE = 200
# How fresh the last use of a session is kept; finer would cost every message a write.
TOUCH_EVERY = timedelta(minutes=30)


async def open_session(request: Request) -> Response:
    """201 {"session": TOKEN, "replies": [REPLY]}."""
    body = await read_json(request, empty={})
    language = body.get("language", "en") if isinstance(body, dict) else None
    if not isinstance(language, str):
        raise Problem(400, "Bad request", 'The body may be {"language": "en"}.')
    door = get_door(request)
    token = secrets.token_urlsafe(32)
    address = str(uuid4())
    key = door.database.conversation_key(ChannelName.WEB, address)

    def begin(tx: Transaction) -> list[NumberedReply] | None:
        if not is_admitted(request, tx, door.source.now(), "chats"):
            return None
        tx.web_sessions.open(token, key, door.source.now())
        return door.turns.open_conversation(tx, ChannelName.WEB, address, key, language)

    replies = await door.database.run(begin)
    if replies is None:
        raise too_many()
    return JSONResponse({"session": token, "replies": _shown(replies)}, 201, NO_STORE)


async def post_message(request: Request) -> Response:
    """200 {"replies": [REPLY]}; the same id again gives the same replies and has no second effect."""
    session_id, key, address = await _session(request, is_use=True)
    try:
        message_id, payload = check_message(await read_json(request))
    except BadMessage as error:
        raise Problem(400, "Bad message", str(error)) from error
    return await _accept_and_answer(
        request, f"{session_id}:{message_id}", key, {**payload, "address": address}
    )


async def post_photo(request: Request) -> Response:
    """Multipart `photo`, and `id` (a UUID) for a safe repeat; answers as a message does."""
    session_id, key, address = await _session(request, is_use=True)
    door = get_door(request)
    # Before it is read: making a photo anew is the dearest thing a sender can ask for.
    if not await door.database.run(lambda tx: is_admitted(request, tx, door.source.now(), "messages")):
        raise too_many()
    body = await read_body(request, door.photo_bytes + 64 * 1024)
    form = await parse_multipart(request, body)
    try:
        photo, given = form.get("photo"), form.get("id")
        if photo is None or isinstance(photo, str):
            raise Problem(400, "No photo", "Send the photo as a multipart part called photo.")
        message_id = check_id(given) if given is not None else str(uuid4())
        data = await photo.read()
    except BadMessage as error:
        raise Problem(400, "Bad message", str(error)) from error
    finally:
        await form.close()

    async def fetch() -> bytes:
        return data

    kept = await door.database.run(
        lambda tx: tx.conversations.open(ChannelName.WEB, address, key, door.source.now())
    )
    if len(data) > door.photo_bytes:
        cleaned = Photo(problem="photo.too_large")
    else:
        # Under an id of the session's own: nobody can name another's photo as theirs.
        cleaned = await door.turns.photos.keep(photo_id_of(f"{session_id}:{message_id}", 0), kept.id, fetch)
        door.turns.photos.hold_point(cleaned)
    payload = {"address": address, "photo": {"id": cleaned.id, "problem": cleaned.problem}}
    return await _accept_and_answer(request, f"{session_id}:{message_id}", key, payload)


async def get_messages(request: Request) -> Response:
    """200 {"replies": [REPLY], "next": N}: what was said after message number `after`."""
    # Looking for news is no use of a session: a page left open must still go idle.
    _, key, _ = await _session(request, is_use=False)
    after = request.query_params.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        raise Problem(400, "Bad request", "after must be a number from an earlier answer's next.")
    door = get_door(request)

    def read(tx: Transaction) -> list[NumberedReply]:
        kept = tx.conversations.find(key)
        said = tx.messages.replies_after(kept.id, int(after), REPLIES_AT_ONCE) if kept else []
        return [NumberedReply(number, body) for number, body in said]

    replies = await door.database.read(read)
    reached = max([int(after), *(r.number for r in replies)])
    return JSONResponse({"replies": _shown(replies), "next": reached}, headers=NO_STORE)


async def _accept_and_answer(
    request: Request, provider_id: str, key: str, payload: dict[str, Any]
) -> Response:
    """Keeps the message, takes its turn here and now, and answers with what was said to it.

    Of a network that sends too many only words of danger and STOP are taken; the rest can be sent again in a minute.
    """
    door = get_door(request)
    now = door.source.now()
    payload = {**payload, **mark_network(request, now)}

    def accept(tx: Transaction, *, anyhow: bool) -> tuple[int, Claimed | None] | None:
        if not anyhow and not is_admitted(request, tx, now, "messages"):
            return None
        kept = tx.inbox.accept(
            ChannelName.WEB, provider_id, key, payload, microseconds(now), now, WEB_HOLD_SECONDS
        )
        return kept.id, door.turns.claim_one(tx, key)

    # A photo's coming was counted before it was read.
    accepted = await door.database.run(accept, anyhow="photo" in payload)
    # A long message takes a while to search, and whoever sends too many must not hold up all others by it.
    if accepted is None and await asyncio.to_thread(_is_always_heard, door, payload):
        accepted = await door.database.run(accept, anyhow=True)
    if accepted is None:
        raise too_many()
    inbox_id, claimed = accepted
    door.metrics.accepted(ChannelName.WEB)
    try:
        replies = await door.turns.finish_conversation(key, inbox_id, claimed)
    except TurnFailed as error:
        raise Problem(
            503,
            "Not answered yet",
            "Your message is kept. Send it again with the same id in a moment.",
            retry_after_seconds=2,
        ) from error
    except MessageSetAside as error:
        raise Problem(
            422,
            "Not answered",
            "We could not read that message. Our staff will look at it. Please try other words.",
        ) from error
    return JSONResponse({"replies": _shown(replies)}, headers=NO_STORE)


def _is_always_heard(door: Door, payload: dict[str, Any]) -> bool:
    text, button = payload.get("text", ""), payload.get("button")
    if is_stop(text, ChannelName.WEB):
        return True
    return door.content is not None and is_danger(door.content(), text, button)


async def _session(request: Request, *, is_use: bool) -> tuple[str, str, str]:
    """(session id, conversation key, address) of the bearer. Raises Problem 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    door = get_door(request)
    if scheme.casefold() == "bearer" and 20 <= len(token) <= 200:
        now = door.source.now()

        def find(tx: Transaction) -> tuple[WebSession, str] | None:
            session = tx.web_sessions.find(token, now, door.idle.total_seconds())
            kept = tx.conversations.find(session.conversation_key) if session else None
            return (session, kept.address) if session and kept else None

        found = await door.database.read(find)
        if found is not None:
            session, address = found
            if is_use and now - session.last_seen_at > min(TOUCH_EVERY, door.idle / 4):
                await door.database.run(lambda tx: tx.web_sessions.touch(session.id, now))
            return session.id, session.conversation_key, address
    raise Problem(401, "No such session", "This chat is closed. Please start a new one.")


def _shown(replies: list[NumberedReply]) -> list[dict[str, Any]]:
    return [{**reply.body, "number": reply.number} for reply in replies]
