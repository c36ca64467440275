"""`frontdoor bench --consultations`: weights against a truth, whole surveys by script, speed, floods."""

import json
import os
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console

from bench.consultations.floods import measure_floods
from bench.consultations.large import measure_large
from bench.consultations.page import ConsultationsResult, make_page
from bench.consultations.played import measure_played
from bench.consultations.served import ServedResult, measure_served
from bench.consultations.truth import measure_truth
from bench.machine import describe_machine
from bench.run import ended_politely, find_revision
from bench.systems import BenchFailed
from flows.content import load_content
from nlu.train import TrainingFailed, train

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"
# Bounds of the signs were set on seeds 1 to 3; these were first drawn when all was set.
FLOOD_SEEDS = (6001, 6002, 6003, 6004, 6005)
TRUTH_SEED, RESPONDENTS, DRAWS = 2029, 2000, 200
ANSWERS, RUNS = 100_000, 100
CHATS = 30


def run(
    *,
    respondents: int = RESPONDENTS,
    draws: int = DRAWS,
    answers: int = ANSWERS,
    runs: int = RUNS,
    chats: int = CHATS,
    seeds: tuple[int, ...] = FLOOD_SEEDS,
    results: Path = RESULTS,
) -> None:
    """Measures, prints, and writes consultations.json and consultations.md; without `chats` no service is started."""
    content = load_content(ROOT / "flows", ROOT / "county")
    with tempfile.TemporaryDirectory(prefix="frontdoor-bench-") as scratch:
        folder = Path(scratch)
        machine = describe_machine(folder)
        result = ConsultationsResult(
            f"{datetime.now(UTC):%Y-%m-%d}",
            find_revision(),
            machine,
            measure_truth(ROOT, answers=respondents, draws=draws, seed=TRUTH_SEED),
            measure_played(content, folder, runs=runs),
            _measure_served(folder, chats) if chats else None,
            measure_large(ROOT, folder, content, answers=answers),
            measure_floods(seeds),
        )
    results.mkdir(exist_ok=True)
    (results / "consultations.json").write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    (results / "consultations.md").write_text(make_page(result), encoding="utf-8")
    out = Console()
    for line in make_page(result).splitlines():
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def _measure_served(folder: Path, chats: int) -> ServedResult:
    """Ends the program with one sentence where the service cannot be measured."""
    err = Console(stderr=True)
    models = Path(os.environ.get("FRONTDOOR_MODELS") or ROOT / "models").resolve()
    try:
        with ended_politely():
            train(ROOT, models, say=err.print)
            return measure_served(ROOT, models, folder, chats=chats)
    except (BenchFailed, TrainingFailed, httpx.HTTPError) as error:
        err.print(f"The benchmark stopped: {error}", style="red", highlight=False, soft_wrap=True)
        sys.exit(1)
