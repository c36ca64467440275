"""Texts whose webhook never reached us."""

from datetime import datetime, timedelta
from typing import Any

from bot.sms import SmsChannel
from bot.turns import Source
from flows.messages import ChannelName
from storage.database import Database, Transaction

MISSED_TEXTS_BACK = timedelta(hours=24)


async def fetch_missed_texts(sms: SmsChannel, database: Database, source: Source) -> int:
    """Keeps texts whose webhook never reached us: Twilio tries a webhook once. Returns how many were missed."""
    now = source.now()
    missed = 0
    for payload in await sms.list_inbound(now - MISSED_TEXTS_BACK):
        peek = sms.peek(payload["fields"])
        if peek is not None and peek.sender is not None:
            sequence = int(now.timestamp() * 1_000_000) + missed
            missed += await database.run(
                _keep_missed, database, peek.sid, peek.sender, payload, sequence, now
            )
    return missed


def _keep_missed(
    tx: Transaction,
    database: Database,
    sid: str,
    sender: str,
    payload: dict[str, Any],
    sequence: int,
    now: datetime,
) -> bool:
    key = database.conversation_key(ChannelName.SMS, sender)
    return tx.inbox.accept(ChannelName.SMS, sid, key, payload, sequence, now).fresh
