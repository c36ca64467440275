"""The real systems behind the benchmark, started for a few reports each."""

import asyncio
import sqlite3
import subprocess
from pathlib import Path

import pytest

from bench.load import FLOOR_MESSAGES, drive
from bench.peer import (
    PEER,
    actions_command,
    copy_peer,
    model_path,
    peer_environment,
    train_peer,
)
from bench.subjects import Subject, make_floor, make_front_door
from bench.systems import find_free_port, make_client, running, wait_until
from nlu.rasa_process import get_python
from nlu.train import is_current

ROOT = Path(__file__).resolve().parents[2]
needs_rasa = pytest.mark.skipif(not get_python(ROOT).is_file(), reason="no .venv-nlu: `make test` sets it up")


def drive_a_little(subject: Subject, scratch: Path, *, reports: int) -> tuple[int, dict[str, int], set[str]]:
    """(messages, failures, what was said about readiness)."""
    with subject.start(scratch) as started:
        found = asyncio.run(drive(started.base_url, started.report, reports=reports, at_a_time=4))
        families = started.families()
        assert all(process.is_running() for family in families.values() for process in family)
    assert not any(process.is_running() for family in families.values() for process in family)
    return found.messages, found.failures, set(started.ready)


@pytest.mark.slow
def test_floor_keeps_every_message(tmp_path: Path) -> None:
    messages, failures, _ = drive_a_little(make_floor(ROOT), tmp_path, reports=8)
    assert (messages, failures) == (8 * FLOOR_MESSAGES, {})
    with sqlite3.connect(tmp_path / "floor.db") as database:
        assert database.execute("SELECT count(*) FROM messages").fetchone() == (8 * FLOOR_MESSAGES,)
    database.close()


@pytest.mark.slow
@needs_rasa
@pytest.mark.skipif(not is_current(ROOT, ROOT / "models"), reason="no current model: `frontdoor train`")
def test_every_opening_becomes_a_report_at_the_front_door(tmp_path: Path) -> None:
    messages, failures, ready = drive_a_little(make_front_door(ROOT, ROOT / "models"), tmp_path, reports=20)
    assert failures == {}
    assert messages >= 20 * 5
    assert ready == {"first page", "menu answered", "understanding ready"}
    (kept,) = (tmp_path / "data").glob("*.db")
    database = sqlite3.connect(kept)
    assert database.execute("SELECT count(*) FROM submissions").fetchone() == (20,)
    database.close()


@pytest.mark.slow
@needs_rasa
def test_peer_is_sound_in_rasa_s_own_eyes(tmp_path: Path) -> None:
    folder = copy_peer(tmp_path)
    checked = subprocess.run(
        [str(get_python(ROOT)), "-m", "rasa", "data", "validate"],
        cwd=folder,
        env=peer_environment(ROOT, folder, action_port=0),
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr[-2000:]
    assert "No story structure conflicts found" in checked.stderr


@pytest.mark.slow
@needs_rasa
def test_peer_keeps_a_submitted_report_and_turns_down_words_for_numbers(tmp_path: Path) -> None:
    folder, port, log = copy_peer(tmp_path), find_free_port(), tmp_path / "log"
    environment = peer_environment(ROOT, folder, action_port=port)
    answers = {"place": "Banbury Road, Southam", "caravans": 6, "vehicles": 2, "seen_at": "last night"}
    answers |= {"land": "park", "impact": "noise", "details": "by the gate", "wants_news": False}

    def call(action: str, slots: dict[str, object], asked: str | None = None) -> dict[str, object]:
        tracker = {
            "sender_id": "citizen",
            "slots": {"requested_slot": asked, **slots},
            "latest_message": {"text": "many"},
            "events": [{"event": "slot", "name": asked, "value": "many"}] if asked else [],
            "paused": False,
            "active_loop": {"name": "encampment_form"},
        }
        domain = {"slots": {}, "forms": {"encampment_form": {"required_slots": list(answers)}}}
        body = {"next_action": action, "sender_id": "citizen", "tracker": tracker, "domain": domain}
        answered: dict[str, object] = client.post("/webhook", json=body).raise_for_status().json()
        return answered

    with (
        running(actions_command(ROOT, port), cwd=folder, environment=environment, log=log) as process,
        make_client(f"http://127.0.0.1:{port}") as client,
    ):
        wait_until(
            lambda: client.get("/health").is_success, [process], log, what="actions", timeout_seconds=90
        )
        submitted = call("action_submit_encampment", dict(answers))
        refused = call("validate_encampment_form", {"caravans": "many"}, asked="caravans")
    (slot,) = submitted["events"]  # type: ignore[misc]
    database = sqlite3.connect(folder / "reports.db")
    rows = database.execute("SELECT reference, place, caravans FROM reports").fetchall()
    database.close()
    assert rows == [(slot["value"], "Banbury Road, Southam", 6)]
    assert {"event": "slot", "timestamp": None, "name": "caravans", "value": None} in refused["events"]  # type: ignore[operator]
    assert [said["response"] for said in refused["responses"]] == ["utter_not_a_number"]  # type: ignore[attr-defined]


def test_peer_is_trained_once_for_the_same_content(tmp_path: Path) -> None:
    there = model_path(ROOT, tmp_path)
    there.parent.mkdir(parents=True)
    there.write_bytes(b"trained before")
    said: list[str] = []
    assert train_peer(ROOT, tmp_path, say=said.append) == there
    assert said == [f"Peer {there.name}: up to date; nothing to train."]


def test_copy_of_the_peer_is_the_peer(tmp_path: Path) -> None:
    folder = copy_peer(tmp_path)
    for name in ("config.yml", "domain.yml", "endpoints.yml", "data/nlu.yml", "actions/actions.py"):
        assert (folder / name).read_bytes() == (PEER / name).read_bytes()
