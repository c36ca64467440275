"""The locks that are committed: every package pinned and hashed, no address of a package index."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "nlu/requirements.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock: str):
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text(encoding="utf-8"))
    packages = [b for b in blocks if not b.startswith("#") or "==" in b]

    assert len(packages) > 50
    for package in packages:
        assert re.search(r"^[\w.\-]+(\[[\w,\-]+\])?==\S+", package, re.MULTILINE), package[:80]
        assert "--hash=sha256:" in package, package[:80]


@pytest.mark.parametrize(
    "lock", [*LOCKS, "nlu/requirements.in", "nlu/overrides.txt", "pyproject.toml", "Makefile"]
)
def test_no_index_is_named(lock: str):
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert not re.search(r"--(?:extra-)?index-url|--find-links|pypi\.org|file://|/simple\b", text)


def test_the_small_lock_is_part_of_the_developers():
    small, large = ((ROOT / lock).read_text(encoding="utf-8") for lock in LOCKS[:2])

    assert set(re.findall(r"^[\w.\-]+(?:\[.*\])?==\S+", small, re.MULTILINE)) <= set(
        re.findall(r"^[\w.\-]+(?:\[.*\])?==\S+", large, re.MULTILINE)
    )
