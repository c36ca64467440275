"""Where Telegram sends updates to, and the secret by which they are known to be its own."""

import asyncio
from itertools import chain, repeat

import structlog

from bot.settings import Settings
from bot.telegram import TelegramChannel
from storage.database import Database

log = structlog.get_logger()

WEBHOOK_RETRY_SECONDS = (0.0, 5.0, 30.0, 120.0, 300.0)


def webhook_secret(database: Database) -> str:
    """The webhook's secret token: derived, so that nobody has to keep one more secret."""
    return database.vault.index("telegram.webhook", "secret_token")


async def register_webhook(settings: Settings, telegram: TelegramChannel | None, *, polling: bool) -> None:
    """Tells Telegram where to send updates; tried again until it took, for the door must not wait for it."""
    public_url = settings.environment.public_url
    if telegram is None or polling or not public_url:
        return
    for delay in chain(WEBHOOK_RETRY_SECONDS, repeat(WEBHOOK_RETRY_SECONDS[-1])):
        await asyncio.sleep(delay)
        try:
            await telegram.set_webhook(public_url)
        except Exception as error:
            log.warning("telegram.webhook_not_set", error=type(error).__name__)
        else:
            log.info("telegram.webhook_set")
            return
