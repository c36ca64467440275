"""Work that takes its time in a process of its own: shown while it runs, and ended at its limit."""

import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench.systems import BenchFailed, last_words, running

LOOK_SECONDS = 0.1
TELL_SECONDS = 30.0

err = Console(stderr=True)


def run_to_end(
    command: list[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    log: Path,
    what: str,
    limit_seconds: float,
) -> None:
    """Runs a command to its end, its output in `log`. Raises BenchFailed where it fails or takes too long."""
    begun = time.monotonic()
    tell_at = begun + TELL_SECONDS
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        # Drawn seldom: what it costs is taken from the same cores.
        Progress(
            *columns, console=err, transient=True, refresh_per_second=2, disable=not err.is_terminal
        ) as shown,
        running(command, cwd=cwd, environment=environment, log=log) as process,
    ):
        shown.add_task(f"{what} (at most {limit_seconds:.0f} s)", total=None)
        while process.poll() is None:
            now = time.monotonic()
            if now - begun > limit_seconds:
                raise BenchFailed(f"{what}: not done after {limit_seconds:.0f} s")
            if now > tell_at and not err.is_terminal:
                err.print(f"  {what}: {now - begun:.0f} s so far", highlight=False, soft_wrap=True)
                tell_at += TELL_SECONDS
            time.sleep(LOOK_SECONDS)
    if process.returncode:
        raise BenchFailed(f"{what}: it failed. Its last words: {last_words(log)}")
