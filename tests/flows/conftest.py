"""The engine over the real content, loaded once."""

from pathlib import Path

import pytest

from flows.content import Content, load_content
from flows.engine import Engine

ROOT = Path(__file__).parents[2]
MENU = ("report_encampment", "report_crime", "ask_local_team", "ask_about_bot")


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content(ROOT / "flows", ROOT / "county", menu=MENU)


@pytest.fixture(scope="session")
def engine(content: Content) -> Engine:
    return Engine(content)
