"""Fixtures of the doors' tests."""

from pathlib import Path

import pytest
from house import House

from storage.database import Database


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """On SQLite and, as a slow test, on PostgreSQL."""
    return House(database, tmp_path)


@pytest.fixture
def sqlite_house(sqlite_database: Database, tmp_path: Path) -> House:
    return House(sqlite_database, tmp_path)
