"""The only place that builds objects: settings in, a running front door out."""

import asyncio
import contextlib
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any

import structlog
from sqlalchemy.exc import ArgumentError
from starlette.applications import Starlette
from yaml import YAMLError

from bot.channel import Channel, Outlet
from bot.content_watch import ContentWatch, find_faults
from bot.crew import Crew
from bot.exchange import Door
from bot.local_teams import WebLocalTeams
from bot.metrics import Metrics
from bot.opened_consultations import AskedAsOpened
from bot.outbox import Sender
from bot.photo_keeper import PhotoKeeper, remove_strays
from bot.photos import PhotoStore
from bot.polling import poll_telegram
from bot.postcode_points import WebPostcodePoints
from bot.pushing import check_members, promise_due
from bot.settings import Settings, SettingsError
from bot.sms import SmsChannel
from bot.telegram import TelegramChannel
from bot.turns import Source, Turns
from bot.web import make_app
from bot.webchat import WebChannel
from bot.webhook import WebhookOutlet
from bot.worker import Bell, Chore, Worker
from flows.content import Content, Thresholds, load_content
from flows.engine import Engine
from flows.geodata import Geodata
from flows.messages import ChannelName
from flows.office import OfficeHours, QuietHours
from flows.open311 import find_unfit
from flows.references import NUMBERS
from flows.webhooks import CHANNEL as WEBHOOK
from flows.webhooks import Webhook
from nlu.interpreter import RasaInterpreter
from nlu.server import NluServer, NluState
from nlu.train import find_model, is_current
from storage.database import Database, Transaction
from storage.geo_file import FILE_NAME, GeoFile
from storage.migrate import migrate
from storage.retention import RetentionPolicy, purge
from storage.vault import load_vault

log = structlog.get_logger()

TURNS_AT_ONCE = 16
SENDS_AT_ONCE = 20
WEBHOOK_RETRY_SECONDS = (0.0, 5.0, 30.0, 120.0, 300.0)
MODEL_CHECK_SECONDS = 60.0
MISSED_TEXTS_BACK = timedelta(hours=24)


@dataclass
class FrontDoor:
    """Everything built, for the server and for commands that need a part of it."""

    settings: Settings
    database: Database
    content: Content
    turns: Turns
    sender: Sender
    worker: Worker
    nlu: NluServer
    interpreter: RasaInterpreter
    app: Starlette
    telegram: TelegramChannel | None
    sms: SmsChannel | None
    photos: PhotoStore
    webhooks: WebhookOutlet | None = None

    async def aclose(self) -> None:
        """Lets go of every connection."""
        await self.interpreter.aclose()
        if self.telegram is not None:
            await self.telegram.aclose()
        if self.sms is not None:
            await self.sms.aclose()
        if self.webhooks is not None:
            await self.webhooks.aclose()
        await asyncio.to_thread(self.database.dispose)


def open_database(settings: Settings) -> Database:
    """The migrated database of a deployment. Raises SettingsError, SecretKeyError or StorageBusy."""
    make_data_folder(settings)
    key = settings.environment.secret_key
    environ = {"SECRET_KEY": key.get_secret_value()} if key else {}
    vault, _ = load_vault(environ, settings.data)
    try:
        database = Database(settings.database_url, vault)
    except (ValueError, ArgumentError) as error:
        # What it says may hold the address, and that a password.
        raise SettingsError(
            "DATABASE_URL: must be like postgresql://user@host/name or sqlite:////folder/file.db"
        ) from error
    migrate(database)
    return database


def make_data_folder(settings: Settings) -> None:
    """Raises SettingsError where FRONTDOOR_DATA cannot be written to."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"FRONTDOOR_DATA: {settings.data} cannot be made: {error.strerror}") from error


def load_deployment_content(settings: Settings) -> Content:
    """Texts, forms, answers and places as config.yml chooses them. Raises SettingsError."""
    config = settings.config
    places = GeoFile(settings.data / FILE_NAME)
    try:
        return load_content(
            settings.root / "flows",
            settings.root / "county",
            languages=config.service.languages,
            menu=config.service.menu,
            public_url=settings.environment.public_url or "",
            office=OfficeHours(**config.office.model_dump()),
            can_text=settings.has_sms,
            geodata=Geodata(places, places, places),
            webhooks=tuple(Webhook(hook.name, hook.url, frozenset(hook.events)) for hook in config.webhooks),
            thresholds=Thresholds(
                sure=config.understanding.sure,
                close=config.understanding.close,
                danger=config.understanding.danger,
                danger_in_answer=config.understanding.danger_in_answer,
                side_question=config.understanding.side_question,
            ),
        )
    except (OSError, ValueError, KeyError, YAMLError) as error:
        faults = find_faults(settings.root) or [str(error) or type(error).__name__]
        raise SettingsError(
            f"Forms, texts or answers cannot be used. {faults[0]} (`frontdoor check` lists every fault)"
        ) from error


def build(
    settings: Settings,
    *,
    polling: bool = False,
    with_model: bool = True,
    on_nlu_change: Callable[[NluState], None] | None = None,
) -> FrontDoor:
    """Builds the whole front door. Raises SettingsError, SecretKeyError or what faulty content raises."""
    config = settings.config
    database = open_database(settings)
    consultations = AskedAsOpened(database)
    content = consultations.apply(load_deployment_content(settings))
    if unfit := find_unfit(config.open311.forms, content.forms):
        raise SettingsError(unfit)
    source = Source(
        now=lambda: datetime.now(UTC),
        number=lambda: secrets.randbelow(NUMBERS),
        owner=f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}",
    )
    telegram, sms = _telegram(settings, database, content, polling=polling), _sms(settings)
    channels: dict[str, Channel] = {ChannelName.WEB: WebChannel()}
    if telegram is not None:
        channels[ChannelName.TELEGRAM] = telegram
    if sms is not None:
        channels[ChannelName.SMS] = sms
    metrics = Metrics()

    def changed(state: NluState) -> None:
        metrics.set_understanding(ready=state is NluState.READY)
        if on_nlu_change is not None:
            on_nlu_change(state)

    models = settings.environment.frontdoor_models
    nlu = NluServer(
        settings.root, lambda: find_model(settings.root, models), settings.data, on_change=changed
    )
    interpreter = RasaInterpreter(nlu, timeout_seconds=config.understanding.timeout_seconds)
    photos = PhotoStore(settings.data / "photos", database.vault)
    lookups = config.lookups
    teams = (
        WebLocalTeams(lookups.postcodes_url, lookups.police_url, lookups.police_force)
        if lookups.police_url
        else None
    )
    postcodes = WebPostcodePoints(lookups.postcodes_url) if lookups.postcodes_url else None
    inbox_bell, outbox_bell = Bell(), Bell()
    quiet = QuietHours(**config.quiet_hours.model_dump())
    engine = Engine(content)
    words = ContentWatch(
        settings.root,
        engine,
        lambda: consultations.apply(load_deployment_content(settings)),
        consultations.mark,
    )
    turns = Turns(
        database=database,
        engine=engine,
        interpreter=interpreter,
        channels=channels,
        photos=PhotoKeeper(database, photos, source.now),
        source=source,
        lease_seconds=config.work.lease_seconds,
        tries=config.work.tries_before_setting_aside,
        on_kept=outbox_bell.ring,
        local_teams=teams,
        postcodes=postcodes,
        quiet=quiet,
    )
    # Not among the doors: nothing comes in by it, and no citizen is written to there.
    webhooks = _webhooks(settings, source)
    outlets: dict[str, Outlet] = {**channels, **({WEBHOOK: webhooks} if webhooks is not None else {})}
    sender = Sender(database, outlets, source, outbox_bell.ring_in)
    worker = Worker(
        database=database,
        source=source,
        crews=(
            (Crew("take", TURNS_AT_ONCE, turns.claim_waiting, turns.take, inbox_bell.ring), inbox_bell),
            (Crew("send", SENDS_AT_ONCE, sender.claim, sender.send, outbox_bell.ring), outbox_bell),
        ),
        chores=(
            *_chores(settings, database, sender, photos, source, sms),
            *_push_chores(database, channels, engine, quiet, source, outbox_bell),
        ),
        extra=(
            words.watch,
            *(
                [lambda: poll_telegram(telegram, database, source, inbox_bell)]
                if polling and telegram
                else []
            ),
        ),
    )

    checked_at, model_is_current = -MODEL_CHECK_SECONDS, False

    async def readiness() -> dict[str, Any]:
        nonlocal checked_at, model_is_current
        try:
            await database.read(lambda tx: tx.inbox.oldest_waiting())
            keeps = True
        except Exception as error:
            log.error("ready.database", error=type(error).__name__)
            keeps = False
        if time.monotonic() - checked_at >= MODEL_CHECK_SECONDS:
            # It reads all training data, and anybody may ask.
            checked_at = time.monotonic()
            model_is_current = await asyncio.to_thread(is_current, settings.root, models)
        return {
            "ready": keeps,
            "database": "ok" if keeps else "unavailable",
            "understanding": nlu.state.value,
            "understanding_since": nlu.since.isoformat(timespec="seconds"),
            "model_is_current": model_is_current,
            **words.state(),
            **consultations.state(),
            "doors": sorted(channels),
        }

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if with_model:
            nlu.start()
        worker.start()
        registration = asyncio.create_task(_register_webhook(settings, telegram, polling=polling))
        try:
            yield
        finally:
            registration.cancel()
            await asyncio.gather(registration, return_exceptions=True)
            await worker.stop()
            await nlu.stop()
            if teams is not None:
                await teams.aclose()
            if postcodes is not None:
                await postcodes.aclose()
            await front_door.aclose()

    app = make_app(
        Door(
            database=database,
            turns=turns,
            source=source,
            metrics=metrics,
            photo_bytes=config.photos.max_bytes,
            idle=timedelta(days=config.web_chat.idle_days),
            telegram=None if polling else telegram,
            sms=sms,
            readiness=readiness,
            wake=inbox_bell.ring,
            content=lambda: engine.content,
            open311_forms=config.open311.forms,
            open311_contact=config.open311.contact,
        ),
        lifespan,
    )
    front_door = FrontDoor(
        settings,
        database,
        content,
        turns,
        sender,
        worker,
        nlu,
        interpreter,
        app,
        telegram,
        sms,
        photos,
        webhooks,
    )
    return front_door


def _webhooks(settings: Settings, source: Source) -> WebhookOutlet | None:
    secret = settings.environment.webhook_secret
    if secret is None or not settings.config.webhooks:
        return None
    return WebhookOutlet(secret.get_secret_value(), source.now)


def telegram_secret(database: Database) -> str:
    """The webhook's secret token: derived, so that nobody has to keep one more secret."""
    return database.vault.index("telegram.webhook", "secret_token")


def _telegram(
    settings: Settings, database: Database, content: Content, *, polling: bool
) -> TelegramChannel | None:
    token = settings.environment.telegram_token
    if token is None:
        return None
    return TelegramChannel(
        token.get_secret_value(),
        settings.environment.telegram_api_url,
        None if polling else telegram_secret(database),
        share_location_label=content.texts.say("button.location", content.texts.languages[0]).text,
    )


def _sms(settings: Settings) -> SmsChannel | None:
    env = settings.environment
    if env.twilio_auth_token is None or not (env.twilio_account_sid and env.twilio_number and env.public_url):
        return None
    return SmsChannel(
        env.twilio_account_sid,
        env.twilio_auth_token.get_secret_value(),
        env.twilio_number,
        env.twilio_api_url,
        env.public_url,
    )


async def _register_webhook(settings: Settings, telegram: TelegramChannel | None, *, polling: bool) -> None:
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


def _chores(
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


def _push_chores(
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
    forms = load_deployment_content(settings).forms
    counts = purge(
        database,
        policy,
        now,
        photos.delete,
        kept_answers=lambda form: forms[form].kept_when_erased if form in forms else frozenset(),
    )
    return counts | {"stray_photos": remove_strays(database, photos, now)}


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
