"""Settings: config.yml (what a deployment changes) and the environment (secrets, addresses), read once and checked."""

from base64 import b64decode
from collections.abc import Mapping
from datetime import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from flows.messages import ChannelName
from flows.webhooks import HookEvent

ROOT = Path(__file__).resolve().parent.parent
RASA_KEYS = frozenset({"recipe", "assistant_id", "language", "pipeline", "policies"})
DEFAULT_TELEGRAM_API = "https://api.telegram.org"
DEFAULT_TWILIO_API = "https://api.twilio.com"


class SettingsError(Exception):
    """A setting is missing or wrong; the message says which and what to do."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceConfig(_Section):
    languages: tuple[str, ...] = Field(default=("en",), min_length=1)
    menu: tuple[str, ...] = Field(default=("report_encampment",), min_length=1, max_length=10)


class UnderstandingConfig(_Section):
    sure: float = Field(default=0.3, ge=0, le=1)
    close: float = Field(default=0.1, ge=0, le=1)
    danger: float = Field(default=0.5, ge=0, le=1)
    danger_in_answer: float = Field(default=0.85, ge=0, le=1)
    side_question: float = Field(default=0.4, ge=0, le=1)
    timeout_seconds: float = Field(default=1.5, gt=0, le=10)


class WebChatConfig(_Section):
    idle_days: float = Field(default=7, gt=0)


class LimitsConfig(_Section):
    """How much one sender may send before they are asked to wait; danger and STOP are always heard."""

    texts_per_minute: int = Field(default=60, ge=5)
    messages_per_minute: int = Field(default=600, ge=5)
    wait_minutes: int = Field(default=5, ge=1, le=60)
    network_messages_per_minute: int = Field(default=600, ge=5)
    network_chats_per_hour: int = Field(default=200, ge=5)

    def per_minute(self, channel: str) -> int:
        """What one sender may send by this door."""
        return self.texts_per_minute if channel == ChannelName.SMS else self.messages_per_minute


class PhotoConfig(_Section):
    max_bytes: int = Field(default=10_000_000, ge=100_000, le=20_000_000)


class RetentionConfig(_Section):
    """Days each kind of data is kept."""

    messages_days: int = Field(default=90, ge=1)
    inbox_payloads_days: int = Field(default=7, ge=1)
    outbox_bodies_days: int = Field(default=90, ge=1)
    personal_after_closed_days: int = Field(default=183, ge=1)
    personal_at_most_days: int = Field(default=730, ge=1)
    unfiled_attachments_days: int = Field(default=30, ge=1)
    web_sessions_days: int = Field(default=30, ge=1)
    conversations_days: int = Field(default=90, ge=1)
    unanswered_days: int = Field(default=365, ge=1)
    notices_days: int = Field(default=365, ge=1)
    consents_days: int = Field(default=2192, ge=1)
    left_memberships_days: int = Field(default=30, ge=1)
    interest_days: int = Field(default=365, ge=1)
    responses_identifiable_days: int = Field(default=365, ge=1)


class LookupsConfig(_Section):
    """Web services: where a postcode is and, with both addresses, which local police team is its own."""

    postcodes_url: str = ""
    police_url: str = ""
    police_force: str = "warwickshire"

    @model_validator(mode="after")
    def _police_need_postcodes(self) -> Self:
        if self.police_url and not self.postcodes_url:
            raise ValueError("police_url needs postcodes_url too")
        return self


class OfficeConfig(_Section):
    """When people are in, Monday to Friday without England's bank holidays; local times."""

    opens: time = time(9)
    closes: time = time(17)
    answer_days: int = Field(default=1, ge=0, le=10)

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens must come before closes")
        return self


class QuietConfig(_Section):
    """Local times between which nothing is sent unasked."""

    begins: time = time(20)
    ends: time = time(8)


class Open311Config(_Section):
    """The forms other bodies' systems may read and fill in; none: the door is shut."""

    forms: tuple[str, ...] = ("encampment",)
    contact: str = ""


class WebhookConfig(_Section):
    """Another case system that is told of cases; https, but for one on this machine."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    url: str
    events: tuple[HookEvent, ...] = Field(default=tuple(HookEvent), min_length=1)

    @field_validator("url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or not (
            parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))
        ):
            raise ValueError("must begin with https:// (or http:// on this machine)")
        if parts.username or parts.password or parts.fragment:
            raise ValueError("must hold no name, password or #; who calls is told by the signature")
        return value


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class WorkConfig(_Section):
    tries_before_setting_aside: int = Field(default=4, ge=1, le=20)
    lease_seconds: float = Field(default=30, ge=5)


class Config(_Section):
    """config.yml without Rasa's own keys."""

    service: ServiceConfig = ServiceConfig()
    understanding: UnderstandingConfig = UnderstandingConfig()
    web_chat: WebChatConfig = WebChatConfig()
    limits: LimitsConfig = LimitsConfig()
    photos: PhotoConfig = PhotoConfig()
    retention: RetentionConfig = RetentionConfig()
    work: WorkConfig = WorkConfig()
    lookups: LookupsConfig = LookupsConfig()
    office: OfficeConfig = OfficeConfig()
    quiet_hours: QuietConfig = QuietConfig()
    open311: Open311Config = Open311Config()
    webhooks: tuple[WebhookConfig, ...] = ()

    @field_validator("webhooks")
    @classmethod
    def _have_names_of_their_own(cls, value: tuple[WebhookConfig, ...]) -> tuple[WebhookConfig, ...]:
        if len({hook.name for hook in value}) != len(value):
            raise ValueError("two webhooks have the same name")
        return value


class Environment(BaseModel):
    """What comes from the environment. Empty strings count as not set."""

    model_config = ConfigDict(frozen=True)

    frontdoor_data: Path = ROOT / "data"
    frontdoor_models: Path = ROOT / "models"
    database_url: SecretStr | None = None
    secret_key: SecretStr | None = None
    public_url: str | None = None
    telegram_token: SecretStr | None = None
    telegram_api_url: str = DEFAULT_TELEGRAM_API
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_number: str | None = None
    twilio_api_url: str = DEFAULT_TWILIO_API
    webhook_secret: SecretStr | None = None

    @field_validator("frontdoor_data", "frontdoor_models")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("public_url", "telegram_api_url", "twilio_api_url")
    @classmethod
    def _is_base_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// (or http:// on this machine)")
        return value.rstrip("/") if value else None


class Settings(BaseModel):
    """Everything main.py builds from."""

    model_config = ConfigDict(frozen=True)

    root: Path
    config: Config
    environment: Environment

    @property
    def data(self) -> Path:
        return self.environment.frontdoor_data

    @property
    def database_url(self) -> str:
        url = self.environment.database_url
        return url.get_secret_value() if url else f"sqlite:///{self.data / 'frontdoor.db'}"

    @property
    def has_telegram(self) -> bool:
        return self.environment.telegram_token is not None

    @property
    def has_sms(self) -> bool:
        return self.environment.twilio_auth_token is not None


ENVIRONMENT_NAMES = tuple(name.upper() for name in Environment.model_fields)


def load_settings(environ: Mapping[str, str], root: Path = ROOT) -> Settings:
    """Reads config.yml under `root` and the environment. Raises SettingsError."""
    config = load_config(root / "config.yml")
    given = {name: environ[name.upper()] for name in Environment.model_fields if environ.get(name.upper())}
    try:
        environment = Environment.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{str(first['loc'][0]).upper()}: {first['msg']}") from error
    _check_together(environment)
    _check_webhooks(config, environment)
    return Settings(root=root, config=config, environment=environment)


def load_config(path: Path) -> Config:
    """Our sections of config.yml; Rasa's keys are left to Rasa. Raises SettingsError."""
    try:
        values: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError as error:
        raise SettingsError(f"{path} is missing: copy it from the repository") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: there must be sections, like service:")
    ours = {k: v for k, v in values.items() if k not in RASA_KEYS}
    try:
        return Config.model_validate(ours)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg']}. See the comments in the file.") from error


def _check_together(environment: Environment) -> None:
    twilio = {
        "TWILIO_ACCOUNT_SID": environment.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": environment.twilio_auth_token,
        "TWILIO_NUMBER": environment.twilio_number,
        "PUBLIC_URL": environment.public_url,
    }
    missing = [name for name, value in twilio.items() if not value]
    any_twilio = environment.twilio_account_sid or environment.twilio_auth_token or environment.twilio_number
    if any_twilio and missing:
        raise SettingsError(f"SMS needs {', '.join(missing)} too (README, 'Connect a Twilio number')")


def _check_webhooks(config: Config, environment: Environment) -> None:
    secret = environment.webhook_secret
    if secret is None:
        if config.webhooks:
            raise SettingsError(
                "config.yml names webhooks, and they are signed: set WEBHOOK_SECRET "
                "(`frontdoor webhooks secret` makes one; docs/open311.md)"
            )
        return
    try:
        size = len(b64decode(secret.get_secret_value().removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    # As https://www.standardwebhooks.com lays down.
    if not 24 <= size <= 64:
        raise SettingsError(
            "WEBHOOK_SECRET: must be whsec_ and 24 to 64 bytes in base64; `frontdoor webhooks secret` makes one"
        )
