"""The report of `frontdoor evaluate`: one HTML file that needs nothing else, for whoever mends the training data.

The template is bot/templates/evaluation.html; here is what it shows, counted and in order.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from bot.pages import make_environment, write_page
from flows.times import LONDON
from nlu.evaluate import (
    ENTITIES,
    Judged,
    calibrate,
    count_entity,
    find_confused,
    find_worst_labels,
    measure_calibration,
)
from nlu.label_groups import OTHERS, read_groups
from nlu.marks import Held

WORST = 10
MOST_BARS = 12
STEPS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
# The share of a group's messages, up to which a cell of the heat map has its first, second and third shade.
SHADES = (0.01, 0.03, 0.06)


@dataclass(frozen=True)
class Report:
    """What is told: `figures` of nlu.evaluate.measure, held against the marks.

    model: its file's name. root: where the training files are. danger_from: the confidence from which the model's
    danger counts.
    """

    file: str
    model: str
    at: datetime
    root: Path
    danger_from: float
    figures: dict[str, Any]
    held: Sequence[Held]
    judged: Sequence[Judged]


@dataclass(frozen=True)
class Bar:
    """Messages that took `least` milliseconds or more and less than `below`; None: no matter how long."""

    least: int
    below: int | None
    messages: int


@dataclass(frozen=True)
class Cell:
    """Wrong messages of one group that were taken for another; shade 0 to 4, the share among the group's messages."""

    messages: int
    shade: int
    is_within: bool


@dataclass(frozen=True)
class Row:
    """One group of labels in the heat map."""

    group: str
    messages: int
    wrong: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Misread:
    """A message of which an entity was read otherwise than written down; both as words."""

    text: str
    entity: str
    wanted: str
    found: str


def write_report(report: Report, path: Path) -> None:
    """Raises OSError."""
    write_page(path, render(report))


def render(report: Report) -> str:
    """The page."""
    environment = make_environment()
    environment.filters |= {"anchor": _anchor, "breakable": _make_breakable, "visible": _make_visible}
    judged = report.judged
    bins = calibrate(judged)
    confused = find_confused(judged)
    wrong = [j for j in judged if not j.is_right]
    return environment.get_template("evaluation.html").render(
        report=report,
        at=report.at.astimezone(LONDON),
        figures=report.figures,
        unanswered=sum(not j.is_answered for j in judged),
        bins=bins,
        calibration_error=measure_calibration(bins),
        bars=count_times([j.milliseconds for j in judged]),
        worst=find_worst_labels(report.figures, WORST),
        confused=confused,
        heat=count_groups(judged, read_groups(report.root)),
        shades=SHADES,
        missed=[j for j in judged if j.is_missed_danger],
        alarms=[j for j in judged if j.is_false_alarm],
        decided_by=lambda one: _tell_who_decided(one, report.danger_from),
        wrong=_group_by_label(wrong),
        wrong_messages=len(wrong),
        misread=list(find_misread(judged)),
        marked=sum(j.example.entities is not None for j in judged),
    )


def count_times(milliseconds: Sequence[float]) -> list[Bar]:
    """A histogram of round, equal steps; what is slower than nearly all others shares the last bar."""
    if not milliseconds:
        return []
    ordered = sorted(milliseconds)
    slow = ordered[min(int(len(ordered) * 0.98), len(ordered) - 1)]
    step = next((s for s in STEPS_MS if slow < s * MOST_BARS), STEPS_MS[-1])
    last = math.floor(slow / step)
    counts = Counter(min(math.floor(ms / step), last + 1) for ms in ordered)
    first = min(counts)
    bars = [Bar(at * step, (at + 1) * step, counts[at]) for at in range(first, last + 1)]
    return [*bars, Bar((last + 1) * step, None, counts[last + 1])] if counts[last + 1] else bars


def count_groups(judged: Sequence[Judged], groups: dict[str, str]) -> list[Row]:
    """The heat map: how many messages of each group of labels were taken for which; right ones are in no cell.

    groups: the group of each label, in the order they are shown.
    """

    def group_of(label: str) -> str:
        # A model of other training data may know a label that is no more.
        return groups.get(label, OTHERS)

    messages = Counter(group_of(j.example.label) for j in judged)
    pairs = Counter(
        (group_of(j.example.label), group_of(j.found.label))
        for j in judged
        if j.is_answered and not j.is_right
    )
    there = {group for pair in pairs for group in pair} | messages.keys()
    order = [group for group in dict.fromkeys([*groups.values(), OTHERS]) if group in there]
    return [
        Row(
            group,
            messages[group],
            sum(pairs[group, other] for other in order),
            tuple(_make_cell(pairs[group, other], messages[group], group == other) for other in order),
        )
        for group in order
    ]


def _make_cell(wrong: int, of: int, is_within: bool) -> Cell:
    shade = 1 + sum(wrong / of > limit for limit in SHADES) if wrong else 0
    return Cell(wrong, shade, is_within)


def find_misread(judged: Iterable[Judged]) -> Iterable[Misread]:
    """Each entity that counts as wrong, by name."""
    marked = [j for j in judged if j.example.entities is not None]
    for name in ENTITIES:
        for one in marked:
            counts = count_entity(name, one)
            if counts.extra or counts.missed:
                found = [e.text if e.value is None else e.value for e in one.found.get_all(name)]
                wanted = (one.example.entities or {}).get(name)
                yield Misread(one.example.text, name, _as_words(wanted), _as_words(found))


def _as_words(value: Any) -> str:
    if isinstance(value, dict):
        return f"“{value['text']}”"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "nothing"
    return "nothing" if value is None else str(value)


def _group_by_label(wrong: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
    """The wrong messages of each label, the surest mistake first."""
    held: dict[str, list[Judged]] = {}
    for one in sorted(wrong, key=lambda j: -j.found.confidence):
        held.setdefault(one.example.label, []).append(one)
    return sorted(held.items())


def _anchor(label: str) -> str:
    return "wrong-" + re.sub(r"[^a-z0-9]+", "-", label.lower())


def _make_breakable(label: str) -> Markup:
    """Ids are long; in a narrow window they go on in the next line after a slash or an underscore."""
    return Markup(re.sub(r"([/_])", r"\1<wbr>", str(escape(label))))


def _tell_who_decided(one: Judged, danger_from: float) -> str:
    danger = one.found.find_danger()
    if danger is not None and danger.confidence >= danger_from:
        return f"the model ({danger.confidence:.2f})"
    return "the rules"


def _make_visible(text: str) -> str:
    """Control characters, which HTML forbids, as a sign that something stood there."""
    return "".join("\ufffd" if unicodedata.category(c) == "Cc" and c not in "\n\t" else c for c in text)
