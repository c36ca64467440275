"""`frontdoor bench --sites`: how well reports are grouped, and how soon sites near a point are found."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from rich.console import Console

from bench.machine import Machine, describe_machine
from bench.run import find_revision
from bench.sites.county import BESIDE, MANY_BESIDE, make_county
from bench.sites.grouping import ANSWERS_TRULY, group_as_service, group_by_radius
from bench.sites.scores import PRECISION_WANTED, RECALL_WANTED, PairScore, score_pairs
from bench.sites.search import MARK_MS, POINTS, REPORTS, SearchTimes, measure

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "bench" / "results"
# Thresholds were set on seeds 101 to 116; these were first drawn when all was set.
SEEDS = (3001, 3002, 3003)
TOLD, SITES = 2000, 300
PEER_M = 250
OTHER_RADIUS_M = 1000
COLUMNS = ("Grouping", "Pair precision", "Pair recall", "F1", "Groups")


@dataclass(frozen=True)
class GroupingResult:
    """A way of grouping over all seeds, pairs added up; `by_seed` is (precision, recall)."""

    name: str
    score: PairScore
    by_seed: tuple[tuple[float, float], ...]

    def row(self) -> tuple[str, ...]:
        score = self.score
        return (
            self.name,
            f"{score.precision:.3f}",
            f"{score.recall:.3f}",
            f"{score.f1:.3f}",
            str(score.groups),
        )


@dataclass(frozen=True)
class SitesResult:
    date: str
    revision: str
    machine: Machine
    seeds: tuple[int, ...]
    reports: int
    sites: int
    grouping: tuple[GroupingResult, ...]
    search: tuple[SearchTimes, ...]


def run(reports: int = TOLD, sites: int = SITES) -> None:
    """Measures, prints, and writes bench/results/sites.json and sites.md."""
    with tempfile.TemporaryDirectory(prefix="frontdoor-bench-") as scratch:
        folder = Path(scratch)
        machine = describe_machine(folder)
        grouping = measure_grouping(folder, SEEDS, reports, sites)
        search = tuple(measure(folder, REPORTS, POINTS))
    result = SitesResult(
        f"{datetime.now(UTC):%Y-%m-%d}", find_revision(), machine, SEEDS, reports, sites, grouping, search
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "sites.json").write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    (RESULTS / "sites.md").write_text(make_page(result), encoding="utf-8")
    out = Console()
    for line in make_page(result).splitlines():
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def measure_grouping(
    folder: Path, seeds: tuple[int, ...], reports: int, sites: int
) -> tuple[GroupingResult, ...]:
    """Ours alone, ours with the question, the peer, and ours where many sites lie beside each other."""
    scores: dict[str, list[PairScore]] = {}
    for seed in seeds:
        for beside, after in ((BESIDE, ""), (MANY_BESIDE, ", many side by side")):
            county = make_county(seed, reports, sites, beside=beside)
            truth = [told.stay for told in county.reports]
            asked = f"Front Door, with the citizen's answer{after}"
            found: dict[str, list[str] | list[int]] = {
                f"Front Door{after}": group_as_service(county, _fresh(folder)),
                f"Fixed radius of {PEER_M} m{after}": group_by_radius(county, PEER_M),
            }
            if not after:
                found[asked] = group_as_service(county, _fresh(folder), asking=Random(seed))
                found[f"Fixed radius of {OTHER_RADIUS_M:,} m"] = group_by_radius(county, OTHER_RADIUS_M)
            for name, groups in found.items():
                scores.setdefault(name, []).append(score_pairs(truth, groups))
    return tuple(_add_up(name, each) for name, each in scores.items())


def _fresh(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=folder))


def _add_up(name: str, scores: list[PairScore]) -> GroupingResult:
    total = PairScore(*(sum(getattr(s, part) for s in scores) for part in PairScore.__dataclass_fields__))
    return GroupingResult(name, total, tuple((round(s.precision, 3), round(s.recall, 3)) for s in scores))


def list_marks(result: SitesResult) -> list[str]:
    """What was wanted, and whether it was reached."""
    ours = next(each.score for each in result.grouping if each.name == "Front Door")
    marks = [
        f"Pair precision {ours.precision:.3f} (wanted: at least {PRECISION_WANTED}): "
        + _reached(ours.precision >= PRECISION_WANTED),
        f"Pair recall {ours.recall:.3f} (wanted: at least {RECALL_WANTED}): "
        + _reached(ours.recall >= RECALL_WANTED),
    ]
    marks += [
        f"{times.system}: p95 of a search {times.p95_ms} ms among {times.reports:,} reports "
        f"(wanted: under {MARK_MS:g} ms): {_reached(times.p95_ms < MARK_MS)}"
        for times in result.search
        if times.way == "grid"
    ]
    return marks


def _reached(is_so: bool) -> str:
    return "reached." if is_so else "NOT reached."


def make_page(result: SitesResult) -> str:
    """The Markdown page: both tables, marks, machine, method."""
    machine = result.machine
    seeds = ", ".join(str(seed) for seed in result.seeds)
    by_seed = [
        f"- {each.name}: " + "; ".join(f"{p:.3f} / {r:.3f}" for p, r in each.by_seed)
        for each in result.grouping
    ]
    search = [
        (t.system, t.way, str(t.found), f"{t.p50_ms:g}", f"{t.p95_ms:g}", f"{t.longest_ms:g}")
        for t in result.search
    ]
    parts = [
        f"# Encampment reports grouped into sites, {result.date}",
        f"{result.reports:,} reports of {result.sites} sites over a year, in {len(result.seeds)} synthetic counties "
        f"(seeds {seeds}), pairs added up.",
        _table(COLUMNS, [each.row() for each in result.grouping]),
        "\n".join(f"- {mark}" for mark in list_marks(result)),
        "Precision / recall by seed:\n\n" + "\n".join(by_seed),
        "## Search",
        _table(("Database", "Way", "Found", "p50 ms", "p95 ms", "Longest ms"), search),
        "## Machine",
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb} GiB; {machine.system}; Python {machine.python}; "
        f"databases on {machine.filesystem}; load average {machine.load_at_start} at the start"
        + (f"; revision {result.revision}." if result.revision else "."),
        "## Method",
        "Each report is filed in order of arrival into a real record (SQLite), and grouped there by the code that "
        "groups what residents send (`storage/sites.py`, `flows/site_matching.py`). Where staff of the synthetic "
        "county note that everybody has gone, the case is set to vacated; nothing else is done by staff. Of all "
        "pairs put together, precision is the share that are of one site; of all pairs of one site, recall is the "
        "share put together. Reports known only to a postcode area count too: they are never grouped unasked, so "
        "recall cannot be 1. With the citizen's answer: who is shown the likeliest known site answers truly "
        f"{ANSWERS_TRULY:.0%} of the time, else leaves it to the service.",
        f"The peer puts a report to the nearest open case within {PEER_M} m; it knows the same ends, forgets cases "
        f"after 60 days and leaves out what is known only to a postcode area. A second radius is there because "
        f"{PEER_M} m suits pins alone.",
        "How the county is made, and every share of noise in it, stands in `bench/sites/county.py`. A first draft was "
        "set down before any threshold; after trials on the seeds of tuning it was changed twice, both times to an "
        "easier county: a landmark's reach now holds as often as the gazetteer says (9 times in 10; it was 64 in 100), "
        "and sites with another beside them are 0.04 (they were 0.1 by intent, and a third of all by chance: there "
        "even who knew every true place reached a precision of only 0.96). The rows of many side by side have that "
        "0.1 again. Thresholds were set on seeds 101 to 108 and 111 to 116; these seeds were drawn after all "
        "that. An earlier run, on seeds 2026 to 2028 with lower ones, had a "
        "precision of 0.967 and a recall of 0.775; they were raised after it, by the seeds they were set on.",
        f"The search is over {REPORTS:,} reports of five years, a seventh of them sites of their own, at {POINTS} "
        "points, pins as well as villages. Grid is all that the chat waits for: the cases near, their reports, and "
        "how likely each is; near rows by grid is its first query alone. Scan is that query without the grid, by "
        "great-circle distance in SQL over the cases of the last 90 days, which both databases find by their index "
        "of times.",
        "Again: `frontdoor bench --sites`.",
    ]
    return "\n\n".join(parts) + "\n"


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
