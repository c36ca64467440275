"""What is done every so often, beside taking and sending messages."""

import asyncio
from datetime import datetime
from functools import partial

from bot.channel import Channel
from bot.deployment import load_deployment_content
from bot.missed_texts import fetch_missed_texts
from bot.opened_consultations import AskedAsOpened
from bot.outbox import Sender
from bot.photo_keeper import remove_strays
from bot.photos import PhotoStore
from bot.pushing import check_members, promise_due
from bot.recording_consultations import is_of_nobody
from bot.settings import Settings
from bot.sms import SmsChannel
from bot.turns import Source
from bot.worker import Bell, Chore
from flows.engine import Engine
from flows.office import QuietHours
from storage.database import Database
from storage.retention import RetentionPolicy, purge


def record_chores(
    settings: Settings,
    database: Database,
    sender: Sender,
    photos: PhotoStore,
    source: Source,
    sms: SmsChannel | None,
) -> tuple[Chore, ...]:
    async def clean() -> None:
        await asyncio.to_thread(purge_now, settings, database, photos, source.now())

    async def backfill() -> None:
        if sms is not None:
            await fetch_missed_texts(sms, database, source)

    return (
        # Short: what waits for it is a citizen's next message.
        Chore("reconcile", 5, sender.reconcile, lease_seconds=45),
        Chore("purge", 24 * 3600, clean, lease_seconds=3600),
        Chore("missed_texts", 600, backfill, lease_seconds=300),
    )


def push_chores(
    database: Database,
    channels: dict[str, Channel],
    engine: Engine,
    quiet: QuietHours,
    source: Source,
    outbox_bell: Bell,
) -> tuple[Chore, ...]:
    async def promise() -> None:
        if await database.run(promise_due, channels, quiet, source.now()):
            outbox_bell.ring()

    async def check() -> None:
        await database.run(check_members, engine.content, quiet, source.now())

    return (
        Chore("promise_pushes", 3, promise, lease_seconds=45),
        Chore("check_members", 3600, check, lease_seconds=300),
    )


def purge_now(settings: Settings, database: Database, photos: PhotoStore, now: datetime) -> dict[str, int]:
    """Deletes what has been kept long enough, photos' files too; returns how much of each kind."""
    policy = RetentionPolicy(**settings.config.retention.model_dump())
    content = AskedAsOpened(database).apply(load_deployment_content(settings))
    forms = content.forms
    counts = purge(
        database,
        policy,
        now,
        photos.delete,
        kept_answers=lambda form: forms[form].kept_when_erased if form in forms else frozenset(),
        is_of_nobody=partial(is_of_nobody, content),
    )
    return counts | {"stray_photos": remove_strays(database, photos, now)}
