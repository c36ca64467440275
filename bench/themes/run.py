"""`frontdoor bench --themes`: planted themes, found by ours and by a peer that is told how many there are."""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench.machine import Machine, describe_machine
from bench.run import find_revision
from bench.themes.made import REPORTED, Answer, count_themes, make_consultation
from bench.themes.scores import score_alike, score_planted
from nlu.rasa_process import get_python, make_environment
from staff.consulting.themes import Themes, ThemesFailed, find_themes

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"
ANSWERS, FEW_ANSWERS = 5_000, 1_000
SEEDS = (101, 102, 103)
SUBSAMPLES = 2
ALIKE_WANTED, SECONDS_WANTED = 0.70, 60.0

err = Console(stderr=True)


@dataclass(frozen=True)
class Found:
    """One consultation: adjusted Rand index over all answers, and over those of one planted theme alone; `peers` the
    index of each peer over all answers."""

    seed: int
    themes: int
    alike: float
    alike_of_one_theme: float
    seconds: float
    planted: Mapping[str, float]
    peers: Mapping[str, float]


@dataclass(frozen=True)
class ThemesResult:
    """`shuffled` and `subsampled`: index between the themes of two runs, the second on the same answers in another
    order and on nine tenths of them (over those). `few`: of FEW_ANSWERS. `one_phrase`: where no answer has more
    than one."""

    date: str
    revision: str
    machine: Machine
    answers: int
    planted_themes: int
    found: tuple[Found, ...]
    shuffled: float
    subsampled: tuple[float, ...]
    few: Found
    one_phrase: Found

    @property
    def is_reached(self) -> bool:
        worst = min(self.found, key=lambda one: one.alike)
        return worst.alike >= ALIKE_WANTED and max(one.seconds for one in self.found) < SECONDS_WANTED


def run(answers: int = ANSWERS) -> None:
    """Measures, prints the page, writes bench/results/themes.json and themes.md."""
    try:
        result = measure(answers)
    except ThemesFailed as error:
        err.print(f"The benchmark stopped: {error}", style="red", highlight=False, soft_wrap=True)
        sys.exit(1)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "themes.json").write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    page = make_page(result)
    (RESULTS / "themes.md").write_text(page, encoding="utf-8")
    Console().print(page, highlight=False, markup=False, soft_wrap=True)


def measure(answers: int) -> ThemesResult:
    """Raises staff.consulting.themes.ThemesFailed."""
    with tempfile.TemporaryDirectory(prefix="frontdoor-bench-") as scratch:
        machine = describe_machine(Path(scratch))
        runs = [
            _measure_one(make_consultation(REPORTED, answers, seed), seed, Path(scratch)) for seed in SEEDS
        ]
        made, themes = make_consultation(REPORTED, answers, SEEDS[0]), runs[0][1]
        order = random.Random(SEEDS[0])
        shuffled = score_alike(*_main_themes(made, themes, _find(order.sample(made, len(made)))[0]))
        subsampled = []
        for _ in range(SUBSAMPLES):
            some = order.sample(made, len(made) * 9 // 10)
            subsampled.append(score_alike(*_main_themes(some, themes, _find(some)[0])))
        fewer = make_consultation(REPORTED, min(answers, FEW_ANSWERS), SEEDS[0])
        few = _measure_one(fewer, SEEDS[0], Path(scratch))[0]
        alone = make_consultation(REPORTED, answers, SEEDS[0], one_phrase=True)
        one_phrase = _measure_one(alone, SEEDS[0], Path(scratch))[0]
    return ThemesResult(
        f"{datetime.now(UTC):%Y-%m-%d}",
        find_revision(),
        machine,
        answers,
        count_themes(REPORTED),
        tuple(found for found, _ in runs),
        shuffled,
        tuple(subsampled),
        few,
        one_phrase,
    )


def _measure_one(answers: Sequence[Answer], seed: int, scratch: Path) -> tuple[Found, Themes]:
    themes, seconds = _find(answers)
    truth = [answer.themes[:1] for answer in answers]
    main = themes.find_main_theme()
    ours = [main.get(answer.id, "") for answer in answers]
    single = [at for at, answer in enumerate(answers) if len(answer.themes) == 1]
    peers = _run_peer([answer.text for answer in answers], scratch)
    found = Found(
        seed,
        len(themes.themes),
        score_alike(truth, ours),
        score_alike([truth[at] for at in single], [ours[at] for at in single]),
        seconds,
        score_planted(answers, themes),
        {name: score_alike(truth, labels) for name, labels in peers.items()},
    )
    told = ", ".join(f"{name} {alike:.3f}" for name, alike in found.peers.items())
    err.print(
        f"seed {seed}: {found.themes} themes, {found.alike:.3f} in {seconds:.1f} s; {told}", highlight=False
    )
    return found, themes


def _find(answers: Sequence[Answer]) -> tuple[Themes, float]:
    begun = time.monotonic()
    themes = find_themes(ROOT, ((answer.id, answer.text) for answer in answers))
    return themes, time.monotonic() - begun


def _run_peer(texts: Sequence[str], scratch: Path) -> Mapping[str, list[int]]:
    done = subprocess.run(
        [str(get_python(ROOT)), "-m", "bench.themes.peer"],
        cwd=ROOT,
        env=make_environment(ROOT, scratch / "home"),
        input=json.dumps({"texts": texts, "themes": count_themes(REPORTED)}),
        capture_output=True,
        text=True,
        check=True,
    )
    labels: Mapping[str, list[int]] = json.loads(done.stdout)
    return labels


def _main_themes(answers: Sequence[Answer], one: Themes, other: Themes) -> tuple[list[str], list[str]]:
    first, second = one.find_main_theme(), other.find_main_theme()
    return [first.get(a.id, "") for a in answers], [second.get(a.id, "") for a in answers]


def make_page(result: ThemesResult) -> str:
    """The Markdown page: table, stability, machine, method."""
    peers = list(result.found[0].peers)
    rows = [
        f"| {one.seed} | {one.themes} | **{one.alike:.3f}** | {one.alike_of_one_theme:.3f} | "
        + " | ".join(f"{one.peers[name]:.3f}" for name in peers)
        + f" | {one.seconds:.1f} | {one.planted['recall']:.3f} | {one.planted['precision']:.3f} | "
        f"{one.planted['recall_of_two']:.3f} |"
        for one in result.found
    ]
    machine = result.machine
    verdict = "reached" if result.is_reached else "NOT reached"
    parts = [
        f"# Planted themes in {result.answers:,} answers, {result.date}",
        f"| Seed | Themes found (of {result.planted_themes}) | Ours | Ours, one theme | {' | '.join(peers)} | Seconds "
        "| Recall | Precision | Recall of two |\n|---|" + "---:|" * (7 + len(peers)) + "\n" + "\n".join(rows),
        f"Wanted: at least {ALIKE_WANTED:.2f} in under {SECONDS_WANTED:.0f} s, in every row: {verdict}.",
        f"- The same answers in another order: {result.shuffled:.3f} alike.\n"
        f"- Nine tenths of them: {', '.join(f'{alike:.3f}' for alike in result.subsampled)} alike.\n"
        + _tell_other(f"Of {min(result.answers, FEW_ANSWERS):,} answers alone", result.few)
        + _tell_other("Where no answer holds more than one phrase", result.one_phrase).rstrip(),
        "## Machine",
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb} GiB; {machine.system}; load average "
        f"{machine.load_at_start} at the start"
        + (f"; revision {result.revision}." if result.revision else "."),
        "## Method",
        "Answers are put together from hand-written phrases (`bench/themes/phrases_reported.yml`) with words before "
        "and behind that belong to no theme, slips of typing, answers that say nothing (8 %) and answers of two themes "
        "(15 %). Nothing was chosen by these phrases: that was done with others, on other themes "
        "(`phrases_tuning.yml`). Figures are the adjusted Rand index over all answers: one of two themes counts under "
        "that with more said on it, one of none, or of no theme found, as a group of its own. Ours finds the number of "
        "themes; the peers are told it. Recall and precision are of pairs of an answer and a theme it speaks of. "
        "Seconds are of the whole process, from its start, beside whatever else the machine does. "
        "Ours learns from which phrases stand in one answer; with twenty phrases a theme they stand together oftener "
        "than people's own words would, so the last line shows what is left without.",
        "Again: `frontdoor bench --themes`.",
    ]
    return "\n\n".join(parts) + "\n"


def _tell_other(which: str, one: Found) -> str:
    peers = ", ".join(f"{name} {alike:.3f}" for name, alike in one.peers.items())
    return f"- {which}: ours {one.alike:.3f} with {one.themes} themes, {peers}.\n"
