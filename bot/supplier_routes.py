"""The suppliers' webhooks: verified on the raw request, kept, and answered before anything is done with them."""

from urllib.parse import parse_qsl

import structlog
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from bot.exchange import Door, Problem, get_door, microseconds, parse_json, read_body
from bot.sms import SmsChannel
from flows.messages import ChannelName
from storage.states import OutboxState

log = structlog.get_logger()

TELEGRAM_BYTES = 1024 * 1024
SMS_BYTES = 64 * 1024
# Twilio's word -> ours; "queued" and the like say nothing we do not know
# (twilio.com/docs/messaging/api/message-resource#message-status-values).
_STATUSES = {
    "sent": OutboxState.SENT,
    "delivered": OutboxState.DELIVERED,
    "undelivered": OutboxState.FAILED,
    "failed": OutboxState.FAILED,
}
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


async def take_telegram(request: Request) -> Response:
    """Keeps an update and answers 200; Telegram sends again whatever got no 2xx."""
    door = get_door(request)
    if door.telegram is None:
        raise Problem(404, "No such door")
    if not door.telegram.verify(request.headers.get("x-telegram-bot-api-secret-token")):
        log.warning("telegram.refused")
        raise Problem(403, "Forbidden")
    update = parse_json(await read_body(request, TELEGRAM_BYTES))
    peek = door.telegram.peek(update)
    if peek is None:
        raise Problem(400, "Not an update")
    key = door.database.conversation_key(ChannelName.TELEGRAM, peek.chat_id or f"update {peek.update_id}")
    now = door.source.now()
    kept = await door.database.run(
        lambda tx: tx.inbox.accept(
            ChannelName.TELEGRAM, str(peek.update_id), key, update, peek.update_id, now
        )
    )
    _count(door, ChannelName.TELEGRAM, fresh=kept.fresh)
    return Response(status_code=200)


async def take_sms(request: Request) -> Response:
    """Keeps a text and answers with empty TwiML; replies go out by the REST API, where they can be retried."""
    door, sms, fields = await _verified_sms(request)
    peek = sms.peek(fields)
    if peek is None:
        raise Problem(400, "Not a message", "MessageSid and From are needed.")
    now = door.source.now()
    # A sender nobody can reply to (a short code, a name) still has its message kept, in a line of its own.
    key = door.database.conversation_key(ChannelName.SMS, peek.sender or peek.sid)
    kept = await door.database.run(
        lambda tx: tx.inbox.accept(ChannelName.SMS, peek.sid, key, {"fields": fields}, microseconds(now), now)
    )
    _count(door, ChannelName.SMS, fresh=kept.fresh)
    return Response(EMPTY_TWIML, media_type="text/xml")


async def take_sms_status(request: Request) -> Response:
    """Keeps what became of a text; unknown ones are fine."""
    door, sms, fields = await _verified_sms(request)
    reported = sms.parse_status(fields)
    status = _STATUSES.get(reported[1]) if reported else None
    if reported is not None and status is not None:
        key = request.query_params.get("k")
        await door.database.run(
            lambda tx: tx.outbox.record_status(
                ChannelName.SMS,
                door.source.now(),
                provider_ref=reported[0],
                key=key,
                status=status,
                error=dict(fields).get("ErrorCode"),
            )
        )
    return Response(status_code=204)


async def _verified_sms(request: Request) -> tuple[Door, SmsChannel, list[tuple[str, str]]]:
    door = get_door(request)
    if door.sms is None:
        raise Problem(404, "No such door")
    body = await read_body(request, SMS_BYTES)
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=200)
    except ValueError as error:
        raise Problem(400, "Not a form") from error
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if not door.sms.verify(path, FormData([*fields]), request.headers.get("x-twilio-signature")):
        log.warning("sms.refused")
        raise Problem(403, "Forbidden")
    return door, door.sms, fields


def _count(door: Door, channel: ChannelName, *, fresh: bool) -> None:
    if fresh:
        door.metrics.accepted(channel)
        door.wake()
    else:
        door.metrics.repeated(channel)
