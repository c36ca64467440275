"""`frontdoor evaluate`: a file of messages through the language model, in the figures of the contract and a report."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.answer_reach import find_reach
from bot.deployment import load_deployment_content, make_data_folder
from bot.evaluation_report import Report, write_report
from bot.settings import Settings
from bot.understanding import open_model
from flows.engine import Engine
from flows.safety import Safety
from flows.understanding import Understanding
from nlu.danger_table import DangerWhenAway, read_table
from nlu.danger_training import find_table
from nlu.evaluate import (
    OUT_OF_SCOPE,
    Example,
    Judged,
    find_confused,
    find_worst_labels,
    measure,
    read_examples,
)
from nlu.interpreter import Breaker
from nlu.made_slips import put_slips
from nlu.marks import Held, hold_against, read_marks
from nlu.train import find_model
from nlu.training_files import read_labels

REPORT = "evaluation.html"
WORST = 10
NO_ANSWER = Understanding(OUT_OF_SCOPE, 0.0)


class CannotEvaluate(Exception):
    """There is no model, or nowhere to write the report; the text says which and what to do."""


class Interpreter(Protocol):
    """What is asked for the meaning of each message."""

    async def understand(self, text: str) -> Understanding | None:
        """None where there was no answer."""


class Nobody:
    """Stands where Rasa is away."""

    async def understand(self, text: str) -> Understanding | None:
        return None


@dataclass(frozen=True)
class DangerJudge:
    """Danger as the whole service decides it: by the rules, or by the model from a confidence on."""

    safety: Safety
    threshold: float

    def is_danger(self, text: str, found: Understanding | None) -> bool:
        if self.safety.find_danger(text) is not None:
            return True
        danger = found.find_danger() if found is not None else None
        return danger is not None and danger.confidence >= self.threshold


def evaluate_file(
    settings: Settings,
    path: Path,
    *,
    as_json: bool,
    html: Path | None,
    slips: int | None = None,
    out: Console,
    err: Console,
) -> None:
    """Measures the file, writes the report, and prints the figures. Raises BadFile, CannotEvaluate, SettingsError.

    html: where the report goes, by default evaluation.html in the data folder. slips: a seed for slips of the finger
    that are put into the messages first.
    """
    examples = _read(settings, path, slips)
    make_data_folder(settings)
    html = html or settings.data / REPORT
    _check_can_write(html)
    model = _name_model(settings)
    judged = asyncio.run(_judge_all(settings, examples, err))
    figures = measure(judged)
    held = hold_against(read_marks(settings.root), figures, judged)
    danger_from = settings.config.understanding.danger
    report = Report(path.name, model, datetime.now(UTC), settings.root, danger_from, figures, held, judged)
    try:
        write_report(report, html)
    except OSError as error:
        raise CannotEvaluate(f"The report cannot be written to {html}: {error.strerror}.") from error
    if as_json:
        out.file.write(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
    else:
        _print_figures(out, figures, held, judged)
        out.print(str(find_reach(Engine(load_deployment_content(settings)), judged)), highlight=False)
        out.print(f"The report, with every wrong message: {html}", highlight=False, soft_wrap=True)
    _tell_unanswered(err, judged)


def evaluate_danger_away(
    settings: Settings, path: Path, *, as_json: bool, slips: int | None = None, out: Console
) -> None:
    """Prints how much danger of the file is found while Rasa is away, by rules alone and with the danger table.

    As JSON {"messages", "danger": {"recall", "false_alarms"}, "rules": the same of the rules alone,
    "latency_ms": {"p50", "p95"}}. Raises BadFile, CannotEvaluate.
    """
    examples = _read(settings, path, slips)
    table = read_table(find_table(settings.root, settings.environment.frontdoor_models))
    if table is None:
        raise CannotEvaluate("There is no danger table yet. Run `frontdoor train`, then try again.")
    danger = _danger_judge(settings)
    away = DangerWhenAway(Nobody(), table, danger.safety.read_parts, at_least=danger.threshold)
    figures = measure(asyncio.run(judge(examples, away, danger)))
    rules = measure(asyncio.run(judge(examples, Nobody(), danger)))
    told = {key: figures[key] for key in ("messages", "danger", "latency_ms")} | {"rules": rules["danger"]}
    if as_json:
        out.file.write(json.dumps(told, indent=2) + "\n")
        return
    out.print(_tabulate_danger(told))
    latency = figures["latency_ms"]
    out.print(f"Time for a message: p50 {latency['p50']} ms, p95 {latency['p95']} ms.", highlight=False)


async def judge(
    examples: Sequence[Example],
    interpreter: Interpreter,
    danger: DangerJudge,
    *,
    on_each: Callable[[], None] = lambda: None,
) -> list[Judged]:
    """Asks for one message after the other; the time of each is what a citizen waits for the model."""
    judged = []
    for example in examples:
        started = time.perf_counter()
        found = await interpreter.understand(example.text)
        milliseconds = (time.perf_counter() - started) * 1000
        is_danger = danger.is_danger(example.text, found)
        judged.append(Judged(example, found or NO_ANSWER, is_danger, milliseconds, found is not None))
        on_each()
    return judged


async def _judge_all(settings: Settings, examples: Sequence[Example], err: Console) -> list[Judged]:
    danger = _danger_judge(settings)
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Starting the language model", total=None)
        # A message that failed must not fail those after it, so the breaker never opens.
        async with open_model(settings, breaker=Breaker(allowed=10**9)) as interpreter:
            if interpreter is None:
                raise CannotEvaluate(
                    f"The language model did not start. Run `frontdoor train`; its log: {settings.data / 'nlu.log'}"
                )
            progress.update(task, description="Reading messages", total=len(examples))
            return await judge(examples, interpreter, danger, on_each=lambda: progress.advance(task))


def _read(settings: Settings, path: Path, slips: int | None) -> list[Example]:
    examples = read_examples(path, read_labels(settings.root))
    return examples if slips is None else put_slips(examples, slips)


def _danger_judge(settings: Settings) -> DangerJudge:
    safety = Safety.load(settings.root / "flows" / "danger.yml")
    return DangerJudge(safety, settings.config.understanding.danger)


def _name_model(settings: Settings) -> str:
    model = find_model(settings.root, settings.environment.frontdoor_models)
    if model is None:
        raise CannotEvaluate("There is no language model yet. Run `frontdoor train`, then try again.")
    return model.name


def _check_can_write(html: Path) -> None:
    """Before the messages are read, which takes a minute."""
    if html.is_dir():
        raise CannotEvaluate(f"{html} is a folder: name a file for the report.")
    if not os.access(html if html.exists() else html.parent, os.W_OK):
        raise CannotEvaluate(f"The report cannot be written to {html}: name another place with --html.")


def _tell_unanswered(err: Console, judged: Sequence[Judged]) -> None:
    unanswered = sum(not j.is_answered for j in judged)
    if unanswered:
        err.print(f"{unanswered} message(s) had no answer from the model; they count as wrong.", style="red")


def _print_figures(
    out: Console, figures: dict[str, Any], held: Sequence[Held], judged: Sequence[Judged]
) -> None:
    table = Table(title=f"{len(judged)} messages", title_justify="left")
    table.add_column("Figure")
    for title in ("Found", "Must reach", ""):
        table.add_column(title, justify="right" if title else "left")
    for one in held:
        table.add_row(one.mark.title, one.shown_value, one.mark.shown, _WORDS[one.is_reached])
    out.print(table)
    latency = figures["latency_ms"]
    out.print(f"Time for a message: p50 {latency['p50']} ms, p95 {latency['p95']} ms.", highlight=False)
    worst = find_worst_labels(figures, WORST)
    if worst:
        out.print(_tabulate_worst(worst, figures, judged))


def _tabulate_danger(told: dict[str, Any]) -> Table:
    table = Table(title=f"{told['messages']} messages, the language model away", title_justify="left")
    table.add_column("Figure")
    for title in ("Rules alone", "With the table"):
        table.add_column(title, justify="right")
    for title, figure in (("Danger found", "recall"), ("False alarms of danger", "false_alarms")):
        table.add_row(title, *(f"{told[of][figure]:.4f}" for of in ("rules", "danger")))
    return table


_WORDS = {True: "[green]reached[/]", False: "[red]short[/]", None: "no such messages"}


def _tabulate_worst(worst: Sequence[str], figures: dict[str, Any], judged: Sequence[Judged]) -> Table:
    table = Table(title=f"The {len(worst)} worst labels", title_justify="left")
    table.add_column("Label", overflow="fold")
    for title in ("F1", "Precision", "Recall", "Messages"):
        table.add_column(title, justify="right")
    table.add_column("Taken for", overflow="fold")
    confused = find_confused(judged)
    for label in worst:
        of = figures["labels"][label]
        taken = ", ".join(f"{c.found} ({c.messages})" for c in confused if c.label == label)
        shares = (f"{of[name]:.3f}" for name in ("f1", "precision", "recall"))
        table.add_row(label, *shares, str(of["support"]), taken)
    return table
