"""The measured systems: how each is started, when it counts as ready, and how a report is made with it."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil

from bench.dialects import FloorChat, FrontDoorChat, RasaChat
from bench.load import Report, pouring, reporting
from bench.peer import PEER, actions_command, assistant_command, copy_peer, peer_environment
from bench.script import load_form_questions, load_rasa_questions
from bench.systems import (
    HOST,
    clean_environment,
    find_free_port,
    make_client,
    running,
    wait_until,
    with_children,
)

START_SECONDS = 30.0
MODEL_SECONDS = 240.0


@dataclass(frozen=True)
class Running:
    """A system that is up. `ready` is what -> seconds from its start; `families` as in MemoryWatch."""

    base_url: str
    report: Report
    ready: Mapping[str, float]
    families: Callable[[], Mapping[str, list[psutil.Process]]]


@dataclass(frozen=True)
class Subject:
    """A system to measure; `start` begins it in a scratch folder of its own and ends it on leaving."""

    id: str
    name: str
    start: Callable[[Path], AbstractContextManager[Running]]


def make_floor(root: Path) -> Subject:
    """The bare route that commits a row a message."""

    @contextlib.contextmanager
    def start(scratch: Path) -> Iterator[Running]:
        port, log = find_free_port(), scratch / "floor.log"
        command = [sys.executable, "-m", "bench.floor", "--port", str(port)]
        command += ["--database", str(scratch / "floor.db")]
        begun = time.monotonic()
        with running(command, cwd=root, environment=clean_environment({}), log=log) as process:
            with make_client(_url(port)) as client:
                wait_until(
                    lambda: client.get("/healthz").is_success,
                    [process],
                    log,
                    what="the floor",
                    timeout_seconds=START_SECONDS,
                )
            ready = {"first answer": time.monotonic() - begun}
            yield Running(_url(port), pouring(FloorChat), ready, lambda: {"floor": with_children(process)})

    return Subject("floor", "Floor", start)


def make_front_door(root: Path, models: Path) -> Subject:
    """`frontdoor serve` on fresh data, with its language model ready."""

    @contextlib.contextmanager
    def start(scratch: Path) -> Iterator[Running]:
        port, log = find_free_port(), scratch / "frontdoor.log"
        command = [str(Path(sys.executable).parent / "frontdoor"), "serve", "--port", str(port)]
        environment = clean_environment(
            {"FRONTDOOR_DATA": str(scratch / "data"), "FRONTDOOR_MODELS": str(models)}
        )
        begun = time.monotonic()
        with running(command, cwd=root, environment=environment, log=log) as process:
            ready: dict[str, float] = {}
            with make_client(_url(port)) as client:

                def answers_menu() -> bool:
                    session = client.post("/chat/sessions", json={}).raise_for_status().json()["session"]
                    answer = client.post(
                        "/chat/messages",
                        json={"id": str(uuid4()), "text": "menu"},
                        headers={"Authorization": f"Bearer {session}"},
                    )
                    return bool(answer.raise_for_status().json()["replies"])

                steps: list[tuple[str, Callable[[], bool], float]] = [
                    ("first page", lambda: client.get("/").is_success, START_SECONDS),
                    ("menu answered", answers_menu, START_SECONDS),
                    (
                        "understanding ready",
                        lambda: client.get("/readyz").json()["understanding"] == "ready",
                        MODEL_SECONDS,
                    ),
                ]
                for what, is_so, timeout in steps:
                    wait_until(
                        is_so, [process], log, what=f"the front door ({what})", timeout_seconds=timeout
                    )
                    ready[what] = time.monotonic() - begun
            questions = load_form_questions(root / "flows" / "forms" / "encampment.yml")

            def families() -> dict[str, list[psutil.Process]]:
                door, *below = with_children(process) or [process]
                return {"front door": [door], "Rasa": below}

            yield Running(_url(port), reporting(FrontDoorChat, questions), ready, families)

    return Subject("front_door", "Front Door", start)


def make_peer(root: Path, model: Path) -> Subject:
    """The Rasa-only assistant and its action server."""

    @contextlib.contextmanager
    def start(scratch: Path) -> Iterator[Running]:
        folder = copy_peer(scratch)
        port, action_port = find_free_port(), find_free_port()
        environment = peer_environment(root, folder, action_port=action_port)
        log, action_log = scratch / "peer.log", scratch / "actions.log"
        begun = time.monotonic()
        with (
            running(
                actions_command(root, action_port), cwd=folder, environment=environment, log=action_log
            ) as actions,
            running(
                assistant_command(root, model, port), cwd=folder, environment=environment, log=log
            ) as assistant,
        ):
            with make_client(_url(action_port)) as client:
                wait_until(
                    lambda: client.get("/health").is_success,
                    [actions],
                    action_log,
                    what="the peer's action server",
                    timeout_seconds=MODEL_SECONDS,
                )
            with make_client(_url(port)) as client:
                hello = {"sender": uuid4().hex, "message": "hello"}
                wait_until(
                    lambda: bool(client.post("/webhooks/rest/webhook", json=hello).raise_for_status().json()),
                    [actions, assistant],
                    log,
                    what="the peer",
                    timeout_seconds=MODEL_SECONDS,
                )
            ready = {"first answer": time.monotonic() - begun}
            yield Running(
                _url(port),
                reporting(RasaChat, load_rasa_questions(PEER / "domain.yml")),
                ready,
                lambda: {"Rasa": with_children(assistant), "action server": with_children(actions)},
            )

    return Subject("peer", "Rasa peer", start)


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"
