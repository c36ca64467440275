"""Imports point inward only: bot, staff -> nlu, storage -> flows; and flows touches nothing outside itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "flows": {"flows"},
    "storage": {"storage", "flows"},
    "nlu": {"nlu", "flows"},
    "staff": {"staff", "storage", "nlu", "flows"},
    "bot": {"bot", "staff", "storage", "nlu", "flows"},
}
# The command line starts the benchmark by name; nothing else of the house knows it.
EXCEPT = {("bot/bench_command.py", "bench")}
HOUSE = {*ALLOWED, "bench", "tests", "county"}
# No network, database, clock, randomness or environment in flows.
NOT_IN_FLOWS = {
    *("os", "random", "secrets", "uuid", "socket", "ssl", "urllib", "http", "httpx", "asyncio", "threading"),
    *("subprocess", "time", "sqlite3", "sqlalchemy", "psycopg", "logging", "structlog", "tempfile", "shutil"),
}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.lineno, node.module or ""


@pytest.mark.parametrize("package", [p for p in ALLOWED if (ROOT / p).is_dir()])
def test_imports_point_inward(package):
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules(package)
        for line, name in imported(path)
        if name.split(".")[0] in HOUSE - ALLOWED[package]
        and (str(path.relative_to(ROOT)), name.split(".")[0]) not in EXCEPT
    ]
    assert not wrong


def test_flows_imports_nothing_that_reaches_outside():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules("flows")
        for line, name in imported(path)
        if name.split(".")[0] in NOT_IN_FLOWS
    ]
    assert not wrong


def test_flows_asks_no_clock():
    calls = []
    for path in modules("flows"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}:
                owner = ast.unparse(node.value)
                if owner in {"datetime", "date", "datetime.datetime", "datetime.date"}:
                    calls.append(f"{path.name}:{node.lineno}: {owner}.{node.attr}")
    assert not calls
