"""Telegram where there is no public address: ask for updates, keep them, and only then ask for the next."""

import asyncio

import structlog

from bot.channel import SendError, Throttled, Unreachable
from bot.logs import place_of
from bot.telegram import TelegramChannel
from bot.turns import Source
from bot.worker import Bell
from flows.messages import ChannelName
from storage.database import Database, Transaction

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


async def poll_telegram(telegram: TelegramChannel, database: Database, source: Source, bell: Bell) -> None:
    """Runs until cancelled. Telegram forgets an update once a later one is asked for, so the offset moves
    only after the commit (core.telegram.org/bots/api#getupdates).
    """
    offset: int | None = None
    pause = FIRST_PAUSE_SECONDS
    webhook_gone = False
    while True:
        try:
            if not webhook_gone:
                await telegram.delete_webhook()  # Telegram refuses polling while one is set
                webhook_gone = True
            updates = await telegram.poll(offset)
            kept = [u for u in updates if telegram.peek(u) is not None]
            if kept:
                await database.run(_keep_all, kept, telegram, database, source)
                bell.ring()
                offset = max(peek.update_id for u in kept if (peek := telegram.peek(u)) is not None) + 1
            elif updates:
                raise Unreachable("telegram_odd_answer")  # else the same would be asked for without a pause
            pause = FIRST_PAUSE_SECONDS
        except SendError as error:
            wait = error.retry_after_seconds if isinstance(error, Throttled) else pause
            log.warning("telegram.poll_failed", code=error.code)
            webhook_gone = False  # somebody may have set one again
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        except Exception as error:
            log.error("telegram.poll_fault", error=type(error).__name__, place=place_of(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _keep_all(
    tx: Transaction,
    updates: list[dict[str, object]],
    telegram: TelegramChannel,
    database: Database,
    source: Source,
) -> None:
    now = source.now()
    for update in updates:
        peek = telegram.peek(update)
        if peek is not None:
            chat = peek.chat_id or f"update {peek.update_id}"
            key = database.conversation_key(ChannelName.TELEGRAM, chat)
            tx.inbox.accept(ChannelName.TELEGRAM, str(peek.update_id), key, update, peek.update_id, now)
