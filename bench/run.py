"""`frontdoor bench`: starts each system alone, one after the other, drives it, and writes what was found."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.load import LoadResult, drive
from bench.machine import describe_machine
from bench.peer import train_peer
from bench.results import (
    BenchResult,
    Measured,
    SystemResult,
    compare,
    describe_systems,
    list_failures,
    make_table,
    write_results,
)
from bench.subjects import Running, Subject, make_floor, make_front_door, make_peer
from bench.systems import BenchFailed, MemoryWatch
from nlu.train import TrainingFailed, train

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
AT_A_TIME = (1, 16)
# Enough for every worker thread, connection and cache to be there, and for the model's first slow answers.
WARM_UP_REPORTS = 16
WARM_UP_AT_A_TIME = 4

err = Console(stderr=True)


def run(reports: int, with_peer: bool) -> None:
    """Measures, prints the table, and writes bench/results. Ends the program with one sentence where it cannot."""
    try:
        with ended_politely():
            result = measure(reports=reports, with_peer=with_peer)
    except (BenchFailed, TrainingFailed) as error:
        err.print(f"The benchmark stopped: {error}", style="red", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("Stopped; every process that was started has been ended, and nothing was written.")
        sys.exit(130)
    written = write_results(result, RESULTS)
    out = Console()
    out.print(make_table(result))
    for line in describe_systems(result):
        out.print(line, highlight=False, soft_wrap=True)
    for line in list_failures(result):
        out.print(line, style="red", highlight=False, soft_wrap=True)
    comparison = compare(result)
    if comparison is not None:
        style = "green" if comparison.is_reached else "red"
        out.print(str(comparison), style=style, highlight=False, soft_wrap=True)
    out.print(f"Written: {', '.join(str(path.relative_to(ROOT)) for path in written)}", soft_wrap=True)


def measure(*, reports: int, with_peer: bool) -> BenchResult:
    """Prepares and measures all systems. Raises BenchFailed, TrainingFailed."""
    models = Path(os.environ.get("FRONTDOOR_MODELS") or ROOT / "models").resolve()
    train(ROOT, models, say=_say)
    subjects = [make_floor(ROOT), make_front_door(ROOT, models)]
    if with_peer:
        subjects.append(make_peer(ROOT, train_peer(ROOT, models, say=_say)))
    with tempfile.TemporaryDirectory(prefix="frontdoor-bench-") as scratch:
        machine = describe_machine(Path(scratch))
        _say(
            f"{machine.cpu}, {machine.cores} cores; load average {machine.load_at_start} (best well below 1)"
        )
        systems = tuple(_measure_system(subject, Path(scratch), reports) for subject in subjects)
    return BenchResult(datetime.now(UTC).date().isoformat(), find_revision(), machine, systems)


def _measure_system(subject: Subject, scratch: Path, reports: int) -> SystemResult:
    folder = scratch / subject.id
    folder.mkdir()
    _say(f"{subject.name}: starting ...")
    with subject.start(folder) as running:
        ready = {what: round(seconds, 2) for what, seconds in running.ready.items()}
        _say("  " + ", ".join(f"{what} after {seconds:.1f} s" for what, seconds in ready.items()))
        _load(running, "warming up", WARM_UP_REPORTS, WARM_UP_AT_A_TIME)
        loads = []
        for at_a_time in AT_A_TIME:
            with MemoryWatch(running.families) as memory:
                load = _load(running, f"{at_a_time} at a time", reports, at_a_time)
            loads.append(Measured(load, memory.highest))
            _say(
                f"  {at_a_time} at a time: {load.messages} messages, {load.messages_per_second}/s, "
                f"p95 {load.p95_ms:.0f} ms, {load.failed} failed"
            )
    return SystemResult(subject.id, subject.name, ready, tuple(loads))


def _load(running: Running, what: str, reports: int, at_a_time: int) -> LoadResult:
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Drawn seldom: what it costs is taken from the same cores.
    with Progress(
        *columns, console=err, transient=True, refresh_per_second=2, disable=not err.is_terminal
    ) as progress:
        task = progress.add_task(f"{what}, reports", total=reports)
        return asyncio.run(
            drive(
                running.base_url,
                running.report,
                reports=reports,
                at_a_time=at_a_time,
                on_report=lambda: progress.advance(task),
            )
        )


@contextmanager
def ended_politely() -> Iterator[None]:
    """A request to end (SIGTERM) is taken as Ctrl+C, which Python and asyncio know how to unwind.

    Also where the shell started us in the background with Ctrl+C ignored (POSIX, asynchronous lists).
    """

    def end(number: int, frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, end)
    before_int = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, before_int)


def find_revision() -> str:
    """The short commit id, with + where files have changed since; "" outside a git checkout."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told.stdout.strip()


def _say(line: str) -> None:
    err.print(line, highlight=False, soft_wrap=True)
