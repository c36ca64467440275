"""What one deployment rests on: its data folder, its database, its words and forms."""

from sqlalchemy.exc import ArgumentError
from yaml import YAMLError

from bot.content_watch import find_faults
from bot.settings import Settings, SettingsError
from flows.content import Content, KeptDays, Thresholds, load_content
from flows.geodata import Geodata
from flows.office import OfficeHours
from flows.webhooks import Webhook
from storage.database import Database
from storage.geo_file import FILE_NAME, GeoFile
from storage.migrate import migrate
from storage.vault import load_vault


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
            kept=KeptDays(
                config.retention.messages_days,
                config.retention.personal_after_closed_days,
                config.retention.personal_at_most_days,
            ),
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
