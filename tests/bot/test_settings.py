"""Settings: each is documented where people look, and a wrong one is told in one sentence."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from bot.settings import (
    ENVIRONMENT_NAMES,
    RASA_KEYS,
    ROOT,
    Config,
    SettingsError,
    load_config,
    load_settings,
)

TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_NUMBER": "+441926290000",
    "PUBLIC_URL": "https://door.example/",
}


def keys_of(model: type[BaseModel], before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key down to the plain values: ("service", "languages"), ..."""
    found: list[tuple[str, ...]] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += keys_of(inner, (*before, name))
        else:
            found.append((*before, name))
    return found


@pytest.mark.parametrize("key", keys_of(Config), ids=".".join)
def test_every_key_stands_in_config_yml_with_a_comment_on_its_line(key):
    value: Any = yaml.safe_load((ROOT / "config.yml").read_text())
    for part in key:
        assert part in value, f"config.yml has no {'.'.join(key)}"
        value = value[part]
    lines = (ROOT / "config.yml").read_text().splitlines()
    section = next(at for at, line in enumerate(lines) if line.startswith(f"{key[0]}:"))
    line = next(line for line in lines[section:] if line.strip().startswith(f"{key[-1]}:"))
    assert re.search(r"\S\s+# \w.{10}", line), f"no comment: {line}"


def test_config_yml_holds_nothing_but_what_somebody_reads():
    sections = set(yaml.safe_load((ROOT / "config.yml").read_text()))
    assert sections == set(Config.model_fields) | (RASA_KEYS & sections)


def test_config_yml_says_what_the_defaults_say():
    """So that a deployment that leaves a key out behaves as the commented file reads."""
    written, default = load_config(ROOT / "config.yml"), Config()
    same = {"web_chat", "photos", "retention", "work"}
    assert {name: getattr(written, name) for name in same} == {name: getattr(default, name) for name in same}
    assert written.service.languages == default.service.languages


@pytest.mark.parametrize("name", ENVIRONMENT_NAMES)
def test_every_environment_name_stands_in_the_readme(name):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(r"^## Settings$(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert section, "README.md has no section called Settings"
    assert f"`{name}`" in section[1]


def load(tmp_path: Path, config: str = "", **environ: str) -> Any:
    (tmp_path / "config.yml").write_text(config)
    return load_settings(environ, tmp_path)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ("service: {languages: []}", "service.languages"),
        ("service: {menu: [a, b, c, d, e, f, g, h, i, j, k]}", "service.menu"),
        ("servise: {}", "servise"),
        ("work: {lease_second: 5}", "work.lease_second"),
        ("work: {lease_seconds: soon}", "work.lease_seconds"),
        ("understanding: {sure: 2}", "understanding.sure"),
        ("photos: {max_bytes: 5}", "photos.max_bytes"),
        ("a: [", "YAML"),
        ("just words", "config.yml"),
        ("- a list", "config.yml"),
    ],
)
def test_a_wrong_key_is_named(tmp_path, config, named):
    with pytest.raises(SettingsError, match=re.escape(named)):
        load(tmp_path, config)


def test_a_missing_config_is_told(tmp_path):
    with pytest.raises(SettingsError, match="missing"):
        load_settings({}, tmp_path)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PUBLIC_URL": "door.example"}, "PUBLIC_URL"),
        ({"TELEGRAM_API_URL": "ftp://x"}, "TELEGRAM_API_URL"),
        ({k: v for k, v in TWILIO.items() if k != "TWILIO_NUMBER"}, "TWILIO_NUMBER"),
        ({k: v for k, v in TWILIO.items() if k != "PUBLIC_URL"}, "PUBLIC_URL"),
        ({"TWILIO_AUTH_TOKEN": "x"}, "TWILIO_ACCOUNT_SID, TWILIO_NUMBER, PUBLIC_URL"),
    ],
)
def test_a_wrong_environment_is_named_without_its_value(tmp_path, environ, named):
    with pytest.raises(SettingsError, match=named) as raised:
        load(tmp_path, **environ)
    assert "token" not in str(raised.value)


def test_what_is_given_is_taken_and_the_rest_left_out(tmp_path):
    settings = load(tmp_path, **TWILIO, TELEGRAM_TOKEN="", FRONTDOOR_DATA=str(tmp_path / "d"))
    assert settings.has_sms
    assert not settings.has_telegram, "empty counts as not set"
    assert settings.environment.public_url == "https://door.example"
    assert settings.database_url == f"sqlite:///{tmp_path}/d/frontdoor.db"


def test_a_relative_data_folder_is_meant_from_where_the_command_was_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load(tmp_path, FRONTDOOR_DATA="d")
    assert settings.data == tmp_path / "d"


def test_secrets_do_not_show_when_settings_are_printed(tmp_path):
    settings = load(
        tmp_path, **TWILIO, TELEGRAM_TOKEN="1:secret", SECRET_KEY="k" * 40, DATABASE_URL="sqlite:///x.db"
    )
    shown = repr(settings) + str(settings.model_dump())
    for secret in ("1:secret", "k" * 40, "'token'"):
        assert secret not in shown
