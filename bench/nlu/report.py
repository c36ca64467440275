"""What the understanding benchmark found: as a table in the terminal, as JSON, as a page, and in the README."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.machine import Machine
from bench.nlu.plot import draw
from bench.nlu.scores import RESAMPLES, Profile, SetScores, Share, SystemScore

P50_MS_WANTED = 20.0
MESSAGES_PER_SECOND_WANTED = 60.0
QUIET_LOAD = 1.0
BEGIN, END = "<!-- nlu-bench:begin -->", "<!-- nlu-bench:end -->"
COLUMNS = (
    "System",
    "Trained on",
    "Accuracy",
    "Top three",
    "Danger recall",
    "False alarms",
    "Training s",
    "p50 ms",
    "p95 ms",
    "Memory MB",
    "Msg/s, 16 at a time",
)
# Of these the sets know nothing: their systems have no server, and their labels no danger.
SET_COLUMNS = tuple(c for c in COLUMNS if c not in ("Danger recall", "False alarms", "Msg/s, 16 at a time"))
# What the terminal shows of them, and how it is called there.
SHORT_COLUMNS = {
    "Accuracy": "Right",
    "Top three": "Top 3",
    "Danger recall": "Danger",
    "False alarms": "Alarms",
    "Training s": "Train s",
    "p50 ms": "p50 ms",
    "p95 ms": "p95",
    "Memory MB": "MB",
    "Msg/s, 16 at a time": "Msg/s",
}
NONE = "-"


@dataclass(frozen=True)
class NluBenchResult:
    """A whole run. `own` is our validation set; `notes` are what this run's figures have to be read with."""

    date: str
    revision: str
    machine: Machine
    own: SetScores
    sets: tuple[SetScores, ...] = ()
    notes: tuple[str, ...] = ()
    is_whole: bool = True


def make_rows(scores: SetScores, columns: Sequence[str] = COLUMNS) -> list[tuple[str, ...]]:
    """A row of the columns for each system; one that failed has its name and nothing else."""
    return [tuple(_make_cells(system)[name] for name in columns) for system in scores.systems]


def _make_cells(system: SystemScore) -> dict[str, str]:
    cells = dict.fromkeys(COLUMNS, NONE) | {"System": system.name}
    judged = system.judgement
    if judged is None:
        return cells | {"Accuracy": "failed"}
    through = system.throughput
    return cells | {
        "Trained on": f"{system.trained_on:,}" if system.trained_on else NONE,
        "Accuracy": _show_share(judged.accuracy),
        "Top three": _show_share(judged.top3),
        "Danger recall": NONE if judged.danger_recall is None else f"{judged.danger_recall:.3f}",
        "False alarms": NONE if judged.false_alarms is None else f"{judged.false_alarms:.3f}",
        "Training s": NONE if system.train_seconds is None else f"{system.train_seconds:.0f}",
        "p50 ms": f"{judged.p50_ms:.1f}",
        "p95 ms": f"{judged.p95_ms:.1f}",
        "Memory MB": f"{system.memory_mb:.0f}",
        "Msg/s, 16 at a time": NONE if through is None else f"{through.messages_per_second:.1f}",
    }


def _show_share(share: Share) -> str:
    return f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f})"


def list_failures(result: NluBenchResult) -> list[str]:
    """Every system that could not be measured, and every message that was not answered."""
    told = []
    for scores in (result.own, *result.sets):
        for system in scores.systems:
            if system.error:
                told.append(f"{scores.name}, {system.name}: {system.error}")
            elif system.judgement and system.judgement.unanswered:
                count = system.judgement.unanswered
                told.append(
                    f"{scores.name}, {system.name}: {count} message(s) not answered; they count as wrong"
                )
    return told


def list_marks(result: NluBenchResult) -> list[str]:
    """The three marks of speed, each with what came out; nothing is said of what was not measured."""
    by_id = {system.id: system for system in result.own.systems}
    ours, peer = by_id.get("front_door"), by_id.get("peer")
    if ours is None or ours.judgement is None:
        return []
    p50 = ours.judgement.p50_ms
    lines = [
        _mark(p50 <= P50_MS_WANTED, f"p50 of a message {p50:.1f} ms (wanted: at most {P50_MS_WANTED:.0f})")
    ]
    if peer is not None and peer.judgement is not None:
        theirs = peer.judgement.p50_ms
        lines.append(
            _mark(p50 < theirs, f"p50 below the `rasa init` pipeline's in the same run, {theirs:.1f} ms")
        )
    if ours.throughput is not None:
        rate = ours.throughput.messages_per_second
        wanted = f"{ours.throughput.at_a_time} at a time {rate:.1f} messages/s from one process"
        lines.append(
            _mark(
                rate >= MESSAGES_PER_SECOND_WANTED,
                f"{wanted} (wanted: at least {MESSAGES_PER_SECOND_WANTED:.0f})",
            )
        )
    return lines


def _mark(is_reached: bool, what: str) -> str:
    return f"{what}: {'reached' if is_reached else 'NOT reached'}."


def describe_systems(scores: SetScores) -> list[str]:
    """What is particular about each system."""
    return [f"{system.name}: {system.told}." for system in scores.systems if system.told]


def describe_profile(result: NluBenchResult) -> list[str]:
    """What holds the one process when many messages are in flight; empty where it was not measured."""
    ours = next((s for s in result.own.systems if s.id == "front_door"), None)
    if ours is None or ours.throughput is None or ours.throughput.profile is None:
        return []
    through, profile = ours.throughput, ours.throughput.profile
    return [
        f"{through.at_a_time} at a time: {through.messages_per_second:.1f} messages/s, p95 {through.p95_ms:.0f} ms, "
        f"{through.cores:.2f} cores busy. {_name_holder(profile)} Rasa answers all messages on one thread; "
        f"it was looked at {profile.samples:,} times under that load, in a run apart from the one that was timed. "
        "A sample is taken when the thread gives way, so calls that do so (ONNX Runtime, random numbers) are seen a "
        "little too often, and waiting for the network counts as network.",
        _list_shares("Where it stood, by part of the pipeline", profile.parts.items()),
        _list_shares("The innermost functions seen most", profile.places.items()),
    ]


def _name_holder(profile: Profile) -> str:
    part, share = max(profile.parts.items(), key=lambda item: item[1])
    return f"What holds it most is {part}, with {share:.0%} of the time."


def _list_shares(title: str, shares: Iterable[tuple[str, float]]) -> str:
    return f"{title}: " + ", ".join(f"`{name}` {share:.1%}" for name, share in shares) + "."


def make_table(scores: SetScores) -> Table:
    """The rows for the terminal, in eighty columns: without intervals, and what was not measured at all left out."""
    title = f"{scores.name}: {scores.test:,} messages, {scores.labels} labels"
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    rows = [_make_cells(system) for system in scores.systems]
    shown = {
        name: short
        for name, short in SHORT_COLUMNS.items()
        if name == "Accuracy" or any(row[name] != NONE for row in rows)
    }
    table.add_column("System")
    for short in shown.values():
        table.add_column(short, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row["System"], *(row[name].partition(" (")[0] for name in shown))
    return table


def make_markdown_table(scores: SetScores, columns: Sequence[str] = COLUMNS) -> str:
    """The rows as Markdown."""
    lines = ["| " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in make_rows(scores, columns))])


def write_results(result: NluBenchResult, folder: Path) -> list[Path]:
    """Writes nlu-<date>.json, nlu.md and nlu.svg; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    kept, page, picture = folder / f"nlu-{result.date}.json", folder / "nlu.md", folder / "nlu.svg"
    kept.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    draw(
        [(s.name, s.judgement.accuracy, s.judgement.p50_ms) for s in result.own.systems if s.judgement],
        picture,
    )
    page.write_text(make_page(result, picture.name), encoding="utf-8")
    return [kept, page, picture]


def make_page(result: NluBenchResult, picture: str) -> str:
    """The Markdown page: table, plot, marks, what holds it, sets, notes, machine, method."""
    machine, failures = result.machine, list_failures(result)
    parts = [
        f"# How well messages are understood, {result.date}",
        *(
            []
            if result.is_whole
            else ["**This run was stopped before its end; what is missing was not measured.**"]
        ),
        f"{result.own.test:,} validation messages, {result.own.labels} labels; in brackets the 95 % interval.",
        make_markdown_table(result.own),
        _bullets(describe_systems(result.own)),
        _bullets(list_marks(result)),
        *(["Failures:", _bullets(failures)] if failures else []),
        _picture(result, picture),
        *(["## What holds it", *describe_profile(result)] if describe_profile(result) else []),
        "## Public intent sets",
        *_tell_sets(result.sets),
        "## To be read with it",
        _bullets([*result.notes, *STANDING_NOTES]),
        "## Machine",
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb} GiB; {machine.system}; Python {machine.python}; "
        f"load average {machine.load_at_start} at the start"
        + (f"; revision {result.revision}." if result.revision else "."),
        "## Method",
        METHOD,
        "Again: `frontdoor bench --nlu`.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


METHOD = (
    "All systems are trained on `nlu/data` and asked the validation messages (`tests/nlu`), which were written by "
    "other hands and are never trained on. A label counts as right where the message's `accept` list has it. "
    f"Accuracy and top three have 95 % bootstrap intervals ({RESAMPLES:,} resamples of the messages, fixed seed). "
    "Danger recall is the share of emergency and crisis messages whose best label is one of the two, false alarms the "
    "share of the others whose best label is. Training runs from starting the work to the finished model, with nothing "
    "cached: for the two Rasa systems with the start of Rasa in it, for the others without the start of Python. "
    "The two Rasa systems are served by Rasa's own server, one process each and one after the other, and asked over "
    "HTTP as the front door asks; the others answer in their own process. Messages are asked one at a time for p50 "
    "and p95, after a few that are not counted, then 16 at a time from the same machine. Memory is resident (RSS) "
    "while answering. Of the `rasa init` pipeline the parts are those the command writes, without the response "
    "selector, which has nothing to select here; a FallbackClassifier's answer is undone before judging, as Rasa's own "
    "`rasa test nlu` does it."
)
STANDING_NOTES = (
    "DIET does not train on all messages in the time a benchmark has: it gets a part of them and few epochs, both in "
    "the table. Compare it with the row of Front Door's model on the very same part, not with its other rows.",
    "The settings of Front Door's model (its weights and temperature in config.yml) were chosen with the validation "
    "messages in view, those of the others were not: ours are a little flattered. The other systems are as one writes "
    "them down first; somebody who tunes them will get more out of them.",
    "Systems without a server answer faster than they would behind one: the HTTP round trip and Rasa around the model "
    "are in the times of the first two rows only.",
    "The service as a whole finds more danger than the model alone: the rules of flows/safety.py come first, and a "
    "message whose best label is not danger can still be taken for it. `frontdoor evaluate` measures that.",
    "The intervals are of the choice of messages alone, not of another training or another day.",
)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _picture(result: NluBenchResult, path: str) -> str:
    spoken = "; ".join(
        f"{s.name}: accuracy {s.judgement.accuracy.value:.3f} at p50 {s.judgement.p50_ms:.1f} ms"
        for s in result.own.systems
        if s.judgement
    )
    return f"![Accuracy with its interval against the time of a message. {spoken}.]({path})"


def _tell_sets(sets: Sequence[SetScores]) -> list[str]:
    if not sets:
        return [
            "Not measured in this run: no files were given (`--set FOLDER_OR_FILE`), and nothing is downloaded."
        ]
    told = []
    for scores in sets:
        told += [
            f"### {scores.name}",
            f"{scores.train:,} messages to train on, {scores.test:,} to judge by, {scores.labels} labels; Front Door's "
            "model without Rasa around it, with the settings of config.yml, which were not chosen for this set.",
            make_markdown_table(scores, SET_COLUMNS),
        ]
    return told


def make_readme_part(result: NluBenchResult) -> str:
    """What stands in the README between the marks."""
    machine, failures = result.machine, list_failures(result)
    parts = [
        f"All systems trained on `nlu/data` and judged by {result.own.test:,} messages written by other hands and "
        f"never trained on ({result.own.labels} labels; in brackets the 95 % interval). Danger is by the model alone, "
        f"without the rules that come before it. One run of {result.date} on {machine.cores} cores of {machine.cpu}; "
        "method, notes and what holds it in [bench/results/nlu.md](bench/results/nlu.md); again with "
        "`frontdoor bench --nlu`.",
        make_markdown_table(result.own),
        "DIET is too slow to train on all messages here; the row below it is our model on the same few.",
        _bullets(list_marks(result)),
        *(["Not measured:", _bullets(failures)] if failures else []),
        _picture(result, "bench/results/nlu.svg"),
    ]
    return "\n\n".join(part for part in parts if part)


def write_readme(result: NluBenchResult, readme: Path) -> bool:
    """Puts the table between its marks; False where the file has no such marks, and then it is left as it is."""
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return False
    readme.write_text(f"{before}{BEGIN}\n{make_readme_part(result)}\n{END}{after}", encoding="utf-8")
    return True
