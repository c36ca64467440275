import logging
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import SealBroken, SecretKeyError
from storage.vault import DEMO_KEY_FILE, Vault, load_secret, load_vault

SECRET = "s" * 32
OTHER = "o" * 32


@given(st.text(st.characters()), st.text())
def test_what_was_sealed_opens_again_at_its_place(text: str, place: str) -> None:
    vault = Vault(SECRET)
    place = place.encode("utf-8", "ignore").decode()
    assert vault.open_text(vault.seal(text, place), place) == text


def test_half_an_emoji_survives_sealing() -> None:
    vault = Vault(SECRET)
    assert vault.open_text(vault.seal("ok \ud83d", "p"), "p") == "ok \ud83d"


def test_equal_texts_are_sealed_differently_each_time() -> None:
    vault = Vault(SECRET)
    assert vault.seal("hello", "p") != vault.seal("hello", "p")
    assert b"hello" not in vault.seal("hello", "p")


def test_a_value_moved_to_another_row_does_not_open() -> None:
    vault = Vault(SECRET)
    with pytest.raises(SealBroken):
        vault.open_bytes(vault.seal("hello", "messages.body:1"), "messages.body:2")


@pytest.mark.parametrize("position", range(0, 60, 5))
def test_every_changed_byte_is_noticed(position: int) -> None:
    vault = Vault(SECRET)
    sealed = bytearray(vault.seal("x" * 40, "p"))
    sealed[position] ^= 1
    with pytest.raises(SealBroken):
        vault.open_bytes(bytes(sealed), "p")


@pytest.mark.parametrize("length", [0, 1, 5, 17, 30])
def test_cut_off_bytes_do_not_open(length: int) -> None:
    vault = Vault(SECRET)
    with pytest.raises(SealBroken):
        vault.open_bytes(vault.seal("hello", "p")[:length], "p")


def test_after_a_change_of_key_the_old_one_still_opens_and_the_new_one_seals() -> None:
    before, after = Vault(OTHER), Vault(SECRET, previous=(OTHER,))
    assert after.open_text(before.seal("hello", "p"), "p") == "hello"
    with pytest.raises(SealBroken):
        before.open_text(after.seal("hello", "p"), "p")
    with pytest.raises(SealBroken):
        Vault(SECRET).open_text(before.seal("hello", "p"), "p")
    assert after.indexes("kind", "x") == (Vault(SECRET).index("kind", "x"), before.index("kind", "x"))


def test_an_index_is_stable_keyed_and_apart_for_each_kind() -> None:
    vault = Vault(SECRET)
    assert vault.index("a", "x") == Vault(SECRET).index("a", "x")
    assert len({vault.index("a", "x"), vault.index("b", "x"), Vault(OTHER).index("a", "x")}) == 3
    assert vault.index("a", "bx") != vault.index("ab", "x")
    assert len(vault.index("a", "x")) == 64


def test_a_short_secret_key_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(SecretKeyError, match="at least 32"):
        load_secret({"SECRET_KEY": "x" * 31}, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_good_secret_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert load_secret({"SECRET_KEY": SECRET}, tmp_path) == (SECRET, False)
    assert not list(tmp_path.iterdir())


def test_without_secret_key_a_demo_key_is_made_once_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        secret, is_demo = load_secret({}, tmp_path / "data")
    assert is_demo
    assert len(secret) >= 32
    assert "SECRET_KEY" in caplog.text
    assert secret not in caplog.text
    file = tmp_path / "data" / DEMO_KEY_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_secret({"SECRET_KEY": "  "}, tmp_path / "data") == (secret, True)
    assert [path.name for path in file.parent.iterdir()] == [DEMO_KEY_FILE]


def test_a_demo_key_others_could_read_is_closed_to_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load_secret({}, tmp_path)
    (tmp_path / DEMO_KEY_FILE).chmod(0o644)
    load_secret({}, tmp_path)
    assert (tmp_path / DEMO_KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert "600" in caplog.text


def test_a_damaged_demo_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / DEMO_KEY_FILE).write_text("short")
    with pytest.raises(SecretKeyError, match="damaged"):
        load_secret({}, tmp_path)
    assert (tmp_path / DEMO_KEY_FILE).read_text() == "short"


def test_processes_that_start_together_share_one_demo_key(tmp_path: Path) -> None:
    start, found = threading.Barrier(8), []

    def first_start() -> None:
        start.wait()
        found.append(load_secret({}, tmp_path)[0])

    threads = [threading.Thread(target=first_start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_what_the_demo_key_sealed_opens_once_a_real_key_is_set(tmp_path: Path) -> None:
    demo, is_demo = load_vault({}, tmp_path)
    assert is_demo
    real, is_demo = load_vault({"SECRET_KEY": SECRET}, tmp_path)
    assert not is_demo
    assert real.open_text(demo.seal("hello", "p"), "p") == "hello"
