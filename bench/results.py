"""What a benchmark run found, as a table in the terminal, as JSON and as Markdown."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.load import LoadResult
from bench.machine import Machine
from bench.plot import draw

TIMES_FASTER_WANTED = 5.0
SHARE_OF_P95_WANTED = 0.2
COLUMNS = (
    "System",
    "At a time",
    "Reports",
    "Msg/s",
    "p50 ms",
    "p95 ms",
    "Failed",
    "Memory MB",
    "Ready s",
)


@dataclass(frozen=True)
class Measured:
    """One load on one system; `memory_mb` is process family -> resident MB, at the moment with most in all."""

    load: LoadResult
    memory_mb: Mapping[str, float]


@dataclass(frozen=True)
class SystemResult:
    """One system; `ready_seconds` is what -> seconds since its start."""

    id: str
    name: str
    ready_seconds: Mapping[str, float]
    loads: tuple[Measured, ...]


@dataclass(frozen=True)
class BenchResult:
    """A whole run. `date` is its day, e.g. "2026-11-23"; `revision` names the code, "" where unknown."""

    date: str
    revision: str
    machine: Machine
    systems: tuple[SystemResult, ...]


@dataclass(frozen=True)
class Comparison:
    """The front door beside the peer at the highest load."""

    at_a_time: int
    times_faster: float
    share_of_p95: float

    @property
    def is_reached(self) -> bool:
        return self.times_faster >= TIMES_FASTER_WANTED and self.share_of_p95 <= SHARE_OF_P95_WANTED

    def __str__(self) -> str:
        return (
            f"At {self.at_a_time} at a time the front door answers {self.times_faster:.1f} times the peer's messages "
            f"per second (wanted: at least {TIMES_FASTER_WANTED:.0f}), at {self.share_of_p95:.2f} of its p95 "
            f"(wanted: at most {SHARE_OF_P95_WANTED:.1f}): {'reached' if self.is_reached else 'NOT reached'}."
        )


def compare(result: BenchResult) -> Comparison | None:
    """None where one of the two was not measured, or answered nothing."""
    by_id = {system.id: system for system in result.systems}
    if "front_door" not in by_id or "peer" not in by_id:
        return None
    ours, theirs = (
        max((m.load for m in by_id[name].loads), key=lambda load: load.at_a_time)
        for name in ("front_door", "peer")
    )
    if not theirs.messages_per_second or not theirs.p95_ms:
        return None
    return Comparison(
        ours.at_a_time, ours.messages_per_second / theirs.messages_per_second, ours.p95_ms / theirs.p95_ms
    )


def make_rows(result: BenchResult) -> list[tuple[str, ...]]:
    """A row of COLUMNS for each system and load."""
    return [
        (
            system.name,
            str(measured.load.at_a_time),
            str(measured.load.reports),
            f"{measured.load.messages_per_second:.1f}",
            f"{measured.load.p50_ms:.0f}" if measured.load.p50_ms >= 10 else f"{measured.load.p50_ms:.1f}",
            f"{measured.load.p95_ms:.0f}" if measured.load.p95_ms >= 10 else f"{measured.load.p95_ms:.1f}",
            str(measured.load.failed),
            f"{sum(measured.memory_mb.values()):.0f}",
            f"{max(system.ready_seconds.values(), default=0):.1f}",
        )
        for system in result.systems
        for measured in system.loads
    ]


def describe_systems(result: BenchResult) -> list[str]:
    """A line for each system: its steps to readiness, and the parts of its memory at the highest load."""
    return [
        f"{system.name}: "
        + ", ".join(f"{what} after {seconds:.1f} s" for what, seconds in system.ready_seconds.items())
        + "; memory "
        + " + ".join(f"{name} {value:.0f} MB" for name, value in system.loads[-1].memory_mb.items())
        for system in result.systems
    ]


def make_table(result: BenchResult) -> Table:
    """The rows for the terminal."""
    table = Table(
        title=f"{result.date}, {result.machine.cpu}, {result.machine.cores} cores",
        box=SIMPLE_HEAD,
        padding=(0, 1),
        collapse_padding=True,
        pad_edge=False,
    )
    table.add_column(COLUMNS[0], no_wrap=True)
    for column in COLUMNS[1:]:
        table.add_column(column, justify="right")
    for row in make_rows(result):
        table.add_row(*row)
    return table


def list_failures(result: BenchResult) -> list[str]:
    """Every reason a report failed for, with how often."""
    return [
        f"{system.name}, {measured.load.at_a_time} at a time: {count} report(s) failed: {reason}"
        for system in result.systems
        for measured in system.loads
        for reason, count in measured.load.failures.items()
    ]


def write_results(result: BenchResult, folder: Path) -> list[Path]:
    """Writes <date>.json, latest.md and latest.svg; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    kept, page, picture = folder / f"{result.date}.json", folder / "latest.md", folder / "latest.svg"
    kept.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    draw(
        [
            (system.name, m.load.at_a_time, m.load.messages_per_second, m.load.p95_ms)
            for system in result.systems
            for m in system.loads
        ],
        picture,
    )
    page.write_text(make_page(result, picture.name), encoding="utf-8")
    return [kept, page, picture]


def make_page(result: BenchResult, picture: str) -> str:
    """The Markdown page: table, plot, machine, method."""
    rows = make_rows(result)
    table = [
        "| " + " | ".join(COLUMNS) + " |",
        "|---|" + "---:|" * (len(COLUMNS) - 1),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
    comparison = compare(result)
    failures = list_failures(result)
    machine = result.machine
    spoken = "; ".join(f"{row[0]}, {row[1]} at a time: {row[3]} messages/s, p95 {row[5]} ms" for row in rows)
    parts = [
        f"# Whole encampment reports over web chat, {result.date}",
        "\n".join(table),
        "\n".join(f"- {line}" for line in describe_systems(result)),
        *([str(comparison)] if comparison else []),
        *(["Failures:\n\n" + "\n".join(f"- {line}" for line in failures)] if failures else []),
        f"![Bars of messages per second and of p95. {spoken}.]({picture})",
        "## Machine",
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb} GiB; {machine.system}; Python {machine.python}; "
        f"databases on {machine.filesystem}; load average {machine.load_at_start} at the start"
        + (f"; revision {result.revision}." if result.revision else "."),
        "## Method",
        "Each system is started alone on fresh data, warmed up with a few reports, and driven over HTTP from the same "
        "machine (`bench/load.py`), where each citizen makes a whole report, waits for every answer before going on, "
        "and must hear a reference, or the report counts as failed. "
        "A message's time runs from sending to the whole answer; messages per second are those answered, over the "
        "time the load took; memory is the most the processes held (RSS), sampled twice a second. "
        "The peer is a Rasa assistant as `rasa init` proposes it (`bench/peers/rasa_init/README.md`, DIET with its "
        "100 epochs); the floor commits one SQLite row a message (WAL, synchronous=FULL) and does nothing else, "
        "so that much of what it shows is the driver's own limit.",
        "Again: `make bench`.",
    ]
    return "\n\n".join(parts) + "\n"
