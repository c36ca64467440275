"""Fixtures of the doors' tests."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from house import House

from storage.database import Database


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command sets up logging for its whole process; here that would outlive its test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """On SQLite and, as a slow test, on PostgreSQL."""
    return House(database, tmp_path)


@pytest.fixture
def sqlite_house(sqlite_database: Database, tmp_path: Path) -> House:
    return House(sqlite_database, tmp_path)


@pytest.fixture
def speaking_house(database: Database, tmp_path: Path) -> House:
    """One that says what the real engine says, on both databases."""
    return House.speaking(database, tmp_path)
