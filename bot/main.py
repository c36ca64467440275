"""The only place that builds objects: settings in, a running front door out."""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette

from bot.channel import Channel, Outlet
from bot.chores import push_chores, record_chores
from bot.content_watch import ContentWatch
from bot.crew import Crew
from bot.deployment import load_deployment_content, open_database
from bot.exchange import Door
from bot.local_teams import WebLocalTeams
from bot.metrics import Metrics
from bot.opened_consultations import AskedAsOpened
from bot.outbox import Sender
from bot.photo_keeper import PhotoKeeper
from bot.photos import PhotoStore
from bot.polling import poll_telegram
from bot.postcode_points import WebPostcodePoints
from bot.readiness import Readiness
from bot.settings import Settings, SettingsError
from bot.sms import SmsChannel
from bot.telegram import TelegramChannel
from bot.telegram_webhook import register_webhook, webhook_secret
from bot.turns import Source, Turns
from bot.web import make_app
from bot.webchat import WebChannel
from bot.webhook import WebhookOutlet
from bot.worker import Bell, Worker
from flows.content import Content
from flows.engine import Engine
from flows.messages import ChannelName
from flows.office import QuietHours
from flows.open311 import find_unfit
from flows.references import NUMBERS
from flows.webhooks import CHANNEL as WEBHOOK
from nlu.danger_table import DangerWhenAway, read_table
from nlu.danger_training import find_table
from nlu.interpreter import RasaInterpreter
from nlu.server import NluServer, NluState
from nlu.train import find_model
from storage.database import Database

TURNS_AT_ONCE = 16
SENDS_AT_ONCE = 20


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
    nlu = _nlu(settings, metrics, on_nlu_change)
    interpreter = RasaInterpreter(nlu, timeout_seconds=config.understanding.timeout_seconds)
    photos = PhotoStore(settings.data / "photos", database.vault)
    teams, postcodes = _lookups(settings)
    inbox_bell, outbox_bell = Bell(), Bell()
    quiet = QuietHours(**config.quiet_hours.model_dump())
    engine = Engine(content)
    words = ContentWatch(
        settings.root,
        engine,
        lambda: consultations.apply(load_deployment_content(settings)),
        consultations.mark,
    )
    table = read_table(find_table(settings.root, settings.environment.frontdoor_models))
    turns = Turns(
        database=database,
        engine=engine,
        interpreter=DangerWhenAway(
            interpreter,
            table,
            lambda text: engine.content.safety.read_parts(text),
            at_least=config.understanding.danger,
        ),
        channels=channels,
        photos=PhotoKeeper(database, photos, source.now),
        source=source,
        lease_seconds=config.work.lease_seconds,
        tries=config.work.tries_before_setting_aside,
        on_kept=outbox_bell.ring,
        local_teams=teams,
        postcodes=postcodes,
        quiet=quiet,
        limits=config.limits,
    )
    # Not among the doors: nothing comes in by it, and no citizen is written to there.
    webhooks = _webhooks(settings, source)
    outlets: dict[str, Outlet] = {**channels, **({WEBHOOK: webhooks} if webhooks is not None else {})}
    sender = Sender(database, outlets, source, outbox_bell.ring_in)
    extra = [words.watch]
    if polling and telegram is not None:
        extra.append(lambda: poll_telegram(telegram, database, source, inbox_bell))
    worker = Worker(
        database=database,
        source=source,
        crews=(
            (Crew("take", TURNS_AT_ONCE, turns.claim_waiting, turns.take, inbox_bell.ring), inbox_bell),
            (Crew("send", SENDS_AT_ONCE, sender.claim, sender.send, outbox_bell.ring), outbox_bell),
        ),
        chores=(
            *record_chores(settings, database, sender, photos, source, sms),
            *push_chores(database, channels, engine, quiet, source, outbox_bell),
        ),
        extra=tuple(extra),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if with_model:
            nlu.start()
        worker.start()
        registration = asyncio.create_task(register_webhook(settings, telegram, polling=polling))
        try:
            yield
        finally:
            registration.cancel()
            await asyncio.gather(registration, return_exceptions=True)
            await worker.stop()
            await nlu.stop()
            for lookup in (teams, postcodes):
                if lookup is not None:
                    await lookup.aclose()
            await front_door.aclose()

    door = Door(
        database=database,
        turns=turns,
        source=source,
        metrics=metrics,
        photo_bytes=config.photos.max_bytes,
        idle=timedelta(days=config.web_chat.idle_days),
        limits=config.limits,
        telegram=None if polling else telegram,
        sms=sms,
        readiness=Readiness(
            settings,
            database,
            nlu,
            channels,
            (words.state, consultations.state, lambda: {"danger_table": table is not None}),
        ),
        wake=inbox_bell.ring,
        content=lambda: engine.content,
        open311_forms=config.open311.forms,
        open311_contact=config.open311.contact,
    )
    front_door = FrontDoor(
        settings=settings,
        database=database,
        content=content,
        turns=turns,
        sender=sender,
        worker=worker,
        nlu=nlu,
        interpreter=interpreter,
        app=make_app(door, lifespan),
        telegram=telegram,
        sms=sms,
        photos=photos,
        webhooks=webhooks,
    )
    return front_door


def _nlu(settings: Settings, metrics: Metrics, on_change: Callable[[NluState], None] | None) -> NluServer:
    def changed(state: NluState) -> None:
        metrics.set_understanding(ready=state is NluState.READY)
        if on_change is not None:
            on_change(state)

    models = settings.environment.frontdoor_models
    return NluServer(
        settings.root, lambda: find_model(settings.root, models), settings.data, on_change=changed
    )


def _lookups(settings: Settings) -> tuple[WebLocalTeams | None, WebPostcodePoints | None]:
    """Services asked over the network, where config.yml names them."""
    lookups = settings.config.lookups
    teams = (
        WebLocalTeams(lookups.postcodes_url, lookups.police_url, lookups.police_force)
        if lookups.police_url
        else None
    )
    return teams, WebPostcodePoints(lookups.postcodes_url) if lookups.postcodes_url else None


def _webhooks(settings: Settings, source: Source) -> WebhookOutlet | None:
    secret = settings.environment.webhook_secret
    if secret is None or not settings.config.webhooks:
        return None
    return WebhookOutlet(secret.get_secret_value(), source.now)


def _telegram(
    settings: Settings, database: Database, content: Content, *, polling: bool
) -> TelegramChannel | None:
    token = settings.environment.telegram_token
    if token is None:
        return None
    return TelegramChannel(
        token.get_secret_value(),
        settings.environment.telegram_api_url,
        None if polling else webhook_secret(database),
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
