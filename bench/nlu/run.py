"""`frontdoor bench --nlu`: trains and asks each system, one after the other, and writes what was found."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.machine import describe_machine
from bench.nlu.alone import NAMES, measure_alone
from bench.nlu.report import (
    QUIET_LOAD,
    NluBenchResult,
    describe_profile,
    list_failures,
    list_marks,
    make_table,
    write_readme,
    write_results,
)
from bench.nlu.scores import SetScores, SystemScore, judge
from bench.nlu.served import READY_SECONDS, WARM_UP, Served, ask, load, profile, serving, watch_memory
from bench.nlu.sets import (
    BadSet,
    IntentSet,
    Labelled,
    load_training,
    load_validation,
    read_set,
    take_part,
    take_some,
)
from bench.nlu.training import time_ours, train_peer
from bench.run import ended_politely, find_revision
from bench.systems import BenchFailed
from nlu.evaluate import BadFile, Example
from nlu.train import find_model, is_current

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"
QUICK_RESULTS = ROOT / "build" / "bench-nlu"
SMALLEST_LIMIT_SECONDS = 5.0
# What one system may run into. A fault in ours would be another, and is not hidden.
FAULTS = (BenchFailed, OSError, ValueError, KeyError, httpx.HTTPError)

err = Console(stderr=True)


@dataclass(frozen=True)
class Plan:
    """How much is done: by the processor time it needs about 14 minutes on two quiet cores, half for DIET.

    `a_label` and `epochs` are the peer's; limits in seconds, `budget` for all of our own set.

    most_messages: of the validation set and of a load; most_training: a label, for all but ours; None is all.
    """

    a_label: int = 20
    epochs: int = 8
    most_messages: int | None = None
    most_training: int | None = None
    budget: float = 1000.0
    set_budget: float = 900.0
    train_limit: float = 240.0
    peer_limit: float = 540.0
    times_ours: bool = True


WHOLE = Plan()
QUICK = Plan(
    a_label=3, epochs=2, most_messages=60, most_training=5, budget=600.0, set_budget=200.0, times_ours=False
)


class Clock:
    """How much of the time for everything is left."""

    def __init__(self, budget_seconds: float) -> None:
        self.until = time.monotonic() + budget_seconds

    def limit(self, seconds: float) -> float:
        """At most `seconds`, and at most what is left. Raises BenchFailed where nothing is."""
        left = self.until - time.monotonic()
        if left < SMALLEST_LIMIT_SECONDS:
            raise BenchFailed("no time was left for it in this run")
        return min(seconds, left)


def run(*, quick: bool, sets: Sequence[Path]) -> None:
    """Measures, prints the tables, writes results and README. Ends the program with one sentence where it cannot.

    quick: few messages and little training, to see that all works; it writes into build/ alone.
    """
    plan = QUICK if quick else WHOLE
    try:
        own = load_validation(ROOT)
        public = [read_set(path) for path in sets]
    except (BadSet, BadFile) as error:
        err.print(f"The benchmark stopped: {error}", style="red", highlight=False, soft_wrap=True)
        sys.exit(1)
    found = _Found()
    with tempfile.TemporaryDirectory(prefix="frontdoor-bench-nlu-") as scratch:
        machine = describe_machine(Path(scratch))
        say(
            f"{machine.cpu}, {machine.cores} cores; load average {machine.load_at_start} (best well below 1). "
            f"At most {plan.budget / 60:.0f} minutes"
            + (f", and {plan.set_budget / 60:.0f} for each set." if public else ".")
        )
        if machine.load_at_start > QUIET_LOAD:
            found.notes.append(
                f"The machine was not quiet: load average {machine.load_at_start} at the start."
            )
        if quick:
            found.notes.append("A quick run, with few messages and little training: its figures say little.")
        try:
            with ended_politely():
                measure_own(own, plan, Path(scratch), found)
                for one in public:
                    measure_set(one, plan, Path(scratch) / "sets", found)
        except KeyboardInterrupt:
            found.is_whole = False
            err.print("Stopped; every process that was started has been ended.")
    result = NluBenchResult(
        datetime.now(UTC).date().isoformat(),
        find_revision(),
        machine,
        found.own,
        tuple(found.sets),
        tuple(found.notes),
        found.is_whole,
    )
    show_and_write(result, QUICK_RESULTS if quick else RESULTS, readme=None if quick else ROOT / "README.md")
    if not found.is_whole:
        sys.exit(130)
    if not any(system.judgement for system in found.own.systems):
        sys.exit(1)


class _Found:
    """What has been measured so far, so that what ends the run early does not take it away."""

    def __init__(self) -> None:
        self.own = SetScores("Validation messages", 0, 0, 0)
        self.sets: list[SetScores] = []
        self.notes: list[str] = []
        self.is_whole = True

    def add_own(self, system: SystemScore) -> None:
        self.own = replace(self.own, systems=(*self.own.systems, system))

    def add_to_set(self, system: SystemScore) -> None:
        last = self.sets[-1]
        self.sets[-1] = replace(last, systems=(*last.systems, system))


def show_and_write(result: NluBenchResult, folder: Path, readme: Path | None) -> None:
    """Prints and writes; the README is left alone where it is not given, and after a run that was stopped."""
    out = Console()
    out.print(make_table(result.own))
    for scores in result.sets:
        out.print(make_table(scores))
    if not result.sets:
        out.print("Public intent sets: not measured, no files were given (--set FOLDER_OR_FILE).")
    for line in [*describe_profile(result), *result.notes]:
        out.print(line, highlight=False, soft_wrap=True, markup=False)
    for line in list_marks(result):
        style = "red" if "NOT reached" in line else "green"
        out.print(line, style=style, highlight=False, soft_wrap=True, markup=False)
    for line in list_failures(result):
        out.print(line, style="red", highlight=False, soft_wrap=True, markup=False)
    if not any(system.judgement for system in result.own.systems):
        out.print("Nothing was measured, so nothing was written.")
        return
    written = write_results(result, folder)
    if readme is not None and result.is_whole:
        if write_readme(result, readme):
            written.append(readme)
        else:
            out.print("README.md has no nlu-bench marks; it was left as it is.")
    out.print(f"Written: {', '.join(os.path.relpath(path, ROOT) for path in written)}", soft_wrap=True)


def measure_own(validation: Sequence[Example], plan: Plan, scratch: Path, found: _Found) -> None:
    """All systems on our validation messages, what was found put into `found` as it comes."""
    clock = Clock(plan.budget)
    models = Path(os.environ.get("FRONTDOOR_MODELS") or ROOT / "models").resolve()
    training = load_training(ROOT)
    few = take_part(training, plan.a_label)
    all_of_it = training if plan.most_training is None else take_part(training, plan.most_training)
    examples = list(validation) if plan.most_messages is None else take_some(validation, plan.most_messages)
    labels = len({label for _, label in training})
    found.own = replace(found.own, train=len(training), test=len(examples), labels=labels)

    def limit_alone() -> float:
        return clock.limit(plan.train_limit)

    def front_door() -> SystemScore:
        return measure_front_door(models, training, examples, plan, clock, scratch / "ours", found.notes)

    def peer() -> SystemScore:
        trained = train_peer(
            ROOT, models, few, epochs=plan.epochs, limit_seconds=clock.limit(plan.peer_limit), say=say
        )
        limit = clock.limit(READY_SECONDS)
        with serving(ROOT, trained.model, scratch / "peer", what="the peer", limit_seconds=limit) as served:
            score = _ask_served(served, examples, clock)
        return replace(
            score,
            trained_on=len(few),
            train_seconds=trained.seconds,
            told=f"Rasa's own parts around DIET, {plan.a_label} messages a label (all where there are fewer), "
            f"{plan.epochs} epochs (of the 100 that `rasa init` writes)",
        )

    def alone(system: str, train: Sequence[Labelled], folder: str) -> SystemScore:
        return measure_alone(ROOT, scratch / folder, system, train, examples, get_limit=limit_alone)

    steps: list[tuple[str, str, Callable[[], SystemScore]]] = [
        ("front_door", "Front Door", front_door),
        ("peer", f"rasa init (DIET), {plan.a_label} a label, {plan.epochs} epochs", peer),
        ("ours_few", f"Front Door's model, same {plan.a_label} a label", lambda: alone("ours", few, "few")),
        ("svm", NAMES["svm"], lambda: alone("svm", all_of_it, "svm")),
        ("knn", NAMES["knn"], lambda: alone("knn", all_of_it, "knn")),
    ]
    for id, name, step in steps:
        found.add_own(_try_system(id, name, step))


def measure_front_door(
    models: Path,
    training: Sequence[Labelled],
    examples: Sequence[Example],
    plan: Plan,
    clock: Clock,
    scratch: Path,
    notes: list[str],
) -> SystemScore:
    """Our model through Rasa's server, as it lies in models/, with where its time goes. Raises BenchFailed."""
    model = find_model(ROOT, models)
    if model is None:
        raise BenchFailed("there is no trained model: run `frontdoor train` first")
    has_present = is_current(ROOT, models)
    if not has_present:
        notes.append(
            f"The measured model {model.name} is older than its sources, so that nobody knows what it was trained on: "
            "`frontdoor train` makes a new one."
        )
    seconds = None
    if plan.times_ours:
        try:
            limit = clock.limit(plan.train_limit)
            seconds = time_ours(ROOT, models, limit_seconds=limit, say=say)
        except FAULTS as error:
            notes.append(f"The training of Front Door could not be timed: {error}.")
    limit = clock.limit(READY_SECONDS)
    with serving(ROOT, model, scratch, what="the front door's Rasa", limit_seconds=limit) as served:
        score = _ask_served(served, examples, clock)
        if score.throughput is not None:
            say("  16 at a time again, looking where the time goes ...")
            texts = [example.text for example in examples]
            try:
                found = profile(served, texts, until=clock.until)
                score = replace(score, throughput=replace(score.throughput, profile=found))
            except FAULTS as error:
                notes.append(f"Where the time goes could not be seen: {error}.")
    return replace(
        score,
        trained_on=len(training) if has_present else 0,
        train_seconds=seconds,
        told="the pipeline of config.yml behind Rasa's server, entities and all",
    )


def measure_set(one: IntentSet, plan: Plan, scratch: Path, found: _Found) -> None:
    """The systems that need no server, on one public set."""
    clock = Clock(plan.set_budget)
    train = list(one.train) if plan.most_training is None else take_part(one.train, plan.most_training)
    test = [Example(text, label) for text, label in one.test]
    examples = test if plan.most_messages is None else take_some(test, plan.most_messages)
    labels = len({label for _, label in one.train})
    found.sets.append(SetScores(one.name, len(train), len(examples), labels))
    for system in NAMES:

        def step(system: str = system) -> SystemScore:
            folder = scratch / f"{len(found.sets)}-{system}"
            return measure_alone(
                ROOT, folder, system, train, examples, get_limit=lambda: clock.limit(plan.train_limit)
            )

        found.add_to_set(_try_system(system, f"{NAMES[system]}, {one.name}", step, shown=NAMES[system]))


def _try_system(id: str, name: str, step: Callable[[], SystemScore], *, shown: str = "") -> SystemScore:
    """Measures one system; a fault of one is said in its row, and the others are measured all the same."""
    say(f"{name}: starting ...")
    begun = time.monotonic()
    try:
        score = replace(step(), id=id, name=shown or name)
    except FAULTS as error:
        told = str(error) or type(error).__name__
        err.print(f"  not measured: {told}", style="red", highlight=False, soft_wrap=True, markup=False)
        return SystemScore(id, shown or name, error=told)
    if score.judgement is not None:
        say(
            f"  accuracy {score.judgement.accuracy}, p50 {score.judgement.p50_ms:.1f} ms; "
            f"{time.monotonic() - begun:.0f} s in all"
        )
    return score


def _ask_served(served: Served, examples: Sequence[Example], clock: Clock) -> SystemScore:
    texts = [example.text for example in examples]
    ask(served, texts[:WARM_UP], at_a_time=1, until=clock.until)
    with watch_memory(served) as memory:
        with _progress("one at a time", len(texts)) as advance:
            heard = ask(served, texts, at_a_time=1, until=clock.until, on_message=advance)
        with _progress("16 at a time", len(texts)) as advance:
            throughput = load(served, texts, until=clock.until, on_message=advance)
    judgement = judge(examples, heard.found, heard.milliseconds)
    memory_mb = sum(memory.highest.values())
    return SystemScore("", "", judgement=judgement, memory_mb=memory_mb, throughput=throughput)


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Drawn seldom: what it costs is taken from the same cores.
    with Progress(
        *columns, console=err, transient=True, refresh_per_second=2, disable=not err.is_terminal
    ) as shown:
        task = shown.add_task(what, total=total)
        yield lambda: shown.advance(task)


def say(line: str) -> None:
    """A line for the person waiting."""
    err.print(line, highlight=False, soft_wrap=True, markup=False)
