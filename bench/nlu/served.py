"""A trained model behind Rasa's own server, asked as the front door asks it."""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from bench.load import find_percentile
from bench.nlu.scores import Profile, Throughput
from bench.systems import (
    HOST,
    BenchFailed,
    MemoryWatch,
    find_free_port,
    make_client,
    running,
    wait_until,
    with_children,
)
from flows.understanding import Understanding
from nlu.interpreter import RasaInterpreter
from nlu.rasa_process import get_python, make_environment

READY_SECONDS = 180.0
CALL_SECONDS = 20.0
PROFILE_SECONDS = 15.0
WARM_UP = 20
AT_A_TIME = 16
PLACES_SHOWN = 8
_FAULT = re.compile(r"[\w.]*(Error|Exception): ")


@dataclass(frozen=True)
class Served:
    """A server that is up; `base_url` and `token` are what an interpreter needs. `folder`: where it is sampled from."""

    base_url: str
    process: psutil.Popen
    folder: Path
    token: str = ""


@dataclass(frozen=True)
class Heard:
    """Answers in the order of the messages, None where there was none; milliseconds of each, and seconds in all."""

    found: list[Understanding | None]
    milliseconds: list[float]
    seconds: float


@contextlib.contextmanager
def serving(
    root: Path, model: Path, scratch: Path, *, what: str, limit_seconds: float = READY_SECONDS
) -> Iterator[Served]:
    """Serves a model and waits until it answers; it is gone on leaving. Raises BenchFailed."""
    if not get_python(root).is_file():
        raise BenchFailed("Rasa's environment .venv-nlu is missing: `make run` sets it up.")
    scratch.mkdir(parents=True, exist_ok=True)
    log, port = scratch / "rasa.log", find_free_port()
    # No channels, as in nlu/server.py.
    credentials = scratch / "credentials.yml"
    credentials.write_text("{}\n", encoding="utf-8")
    command = [str(get_python(root)), "-m", "bench.nlu.sampled", str(scratch), "run", "--enable-api"]
    command += ["--model", str(model.resolve()), "-i", HOST, "--port", str(port)]
    command += ["--credentials", str(credentials)]
    environment = make_environment(root, scratch / "home")
    with running(command, cwd=root, environment=environment, log=log) as process:
        served = Served(f"http://{HOST}:{port}", process, scratch)
        with make_client(served.base_url) as client:
            steps: list[Callable[[], bool]] = [
                lambda: _has_model(client, log, what),
                lambda: client.post("/model/parse", json={"text": "hello"}).is_success,
            ]
            for is_so in steps:
                wait_until(is_so, [process], log, what=what, timeout_seconds=limit_seconds)
        yield served


def _has_model(client: httpx.Client, log: Path, what: str) -> bool:
    """Rasa begins to answer after loading, so a server without a model stays without. Raises BenchFailed."""
    answer = client.get("/status")
    if answer.status_code == httpx.codes.CONFLICT:
        faults = [
            line for line in log.read_text("utf-8", errors="replace").splitlines() if _FAULT.match(line)
        ]
        raise BenchFailed(f"{what}: its model could not be loaded ({'; '.join(faults[-2:])[:300]})")
    return bool(answer.is_success and answer.json().get("model_file"))


def ask(
    served: Served,
    texts: Sequence[str],
    *,
    at_a_time: int,
    until: float = float("inf"),
    on_message: Callable[[], None] = lambda: None,
) -> Heard:
    """Asks for every text, `at_a_time` in flight. Raises BenchFailed when `until` (time.monotonic) passes meanwhile."""
    found: list[Understanding | None] = [None] * len(texts)
    milliseconds = [0.0] * len(texts)

    async def one_after_another(interpreter: RasaInterpreter, rows: Iterator[int]) -> None:
        for row in rows:
            if time.monotonic() > until:
                raise BenchFailed(f"the time was over after {row} of {len(texts)} messages")
            begun = time.perf_counter()
            found[row] = await interpreter.understand(texts[row])
            milliseconds[row] = (time.perf_counter() - begun) * 1000
            on_message()

    async def all_of_them() -> None:
        interpreter = RasaInterpreter(served, timeout_seconds=CALL_SECONDS, at_once=at_a_time)
        rows = iter(range(len(texts)))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(at_a_time):
                    group.create_task(one_after_another(interpreter, rows))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            await interpreter.aclose()

    begun = time.perf_counter()
    asyncio.run(all_of_them())
    return Heard(found, milliseconds, time.perf_counter() - begun)


def watch_memory(served: Served) -> MemoryWatch:
    """Watches the server and all below it, under the name Rasa."""
    return MemoryWatch(lambda: {"Rasa": with_children(served.process)})


def load(
    served: Served,
    texts: Sequence[str],
    *,
    until: float = float("inf"),
    on_message: Callable[[], None] = lambda: None,
) -> Throughput:
    """AT_A_TIME messages in flight. Raises BenchFailed."""
    ask(served, texts[: 2 * AT_A_TIME], at_a_time=AT_A_TIME, until=until)
    before = _cpu_seconds(served.process)
    heard = ask(served, texts, at_a_time=AT_A_TIME, until=until, on_message=on_message)
    busy = _cpu_seconds(served.process) - before
    answered = sum(one is not None for one in heard.found)
    return Throughput(
        at_a_time=AT_A_TIME,
        messages=len(texts),
        messages_per_second=round(answered / heard.seconds, 1),
        p95_ms=round(find_percentile(heard.milliseconds, 95), 1),
        cores=round(busy / heard.seconds, 2),
    )


def profile(served: Served, texts: Sequence[str], *, until: float = float("inf")) -> Profile:
    """Where the server's main thread stands under the same load, sampled from within. Raises BenchFailed."""
    go, told = served.folder / "go", served.folder / "profile.json"
    told.unlink(missing_ok=True)
    go.touch()
    try:
        ask(served, texts, at_a_time=AT_A_TIME, until=until)
    finally:
        go.unlink()
    give_up = time.monotonic() + PROFILE_SECONDS
    while not told.is_file():
        if time.monotonic() > give_up:
            raise BenchFailed("the server told nothing about where its time went")
        time.sleep(0.05)
    return read_profile(json.loads(told.read_text(encoding="utf-8")))


def read_profile(told: dict[str, object]) -> Profile:
    """What bench/nlu/sampled.py wrote, as shares of all samples. Raises BenchFailed."""
    parts, places = told["parts"], told["places"]
    if not isinstance(parts, dict) or not isinstance(places, dict) or not parts:
        raise BenchFailed("the server's profile holds nothing")
    total = sum(parts.values())
    return Profile(
        total,
        {name: round(count / total, 4) for name, count in parts.items()},
        {name: round(count / total, 4) for name, count in list(places.items())[:PLACES_SHOWN]},
    )


def _cpu_seconds(process: psutil.Popen) -> float:
    total = 0.0
    for one in with_children(process):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
    return total
