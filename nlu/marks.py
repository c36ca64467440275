"""What the figures of an evaluation are held against: nlu/marks.yml."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from flows.understanding import DANGER
from nlu.evaluate import OUT_OF_SCOPE, Judged

FILE = "nlu/marks.yml"


@dataclass(frozen=True)
class Mark:
    """A figure by its path in the contract's JSON ("danger.recall"), and the least or the most it may be."""

    title: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_time(self) -> bool:
        """Milliseconds; everything else is a share from 0 to 1."""
        return self.figure.startswith("latency_ms.")

    @property
    def shown(self) -> str:
        """The mark as one reads it: "≥ 0.92"."""
        parts = (("≥", self.at_least), ("≤", self.at_most))
        unit = " ms" if self.is_time else ""
        return " and ".join(f"{sign} {value:g}{unit}" for sign, value in parts if value is not None)


@dataclass(frozen=True)
class Held:
    """A mark with the figure that was measured; None where no message of the file could tell."""

    mark: Mark
    value: float | None

    @property
    def shown_value(self) -> str:
        if self.value is None:
            return "-"
        # As exact as the JSON: 0.9199 is not 0.92.
        return f"{self.value:.1f} ms" if self.mark.is_time else f"{self.value:.4f}"

    @property
    def is_reached(self) -> bool | None:
        if self.value is None:
            return None
        if self.mark.at_least is not None and self.value < self.mark.at_least:
            return False
        return self.mark.at_most is None or self.value <= self.mark.at_most


def read_marks(root: Path) -> list[Mark]:
    """The marks, in the order they are shown."""
    return [Mark(**row) for row in yaml.safe_load((root / FILE).read_text(encoding="utf-8"))]


def hold_against(marks: Iterable[Mark], figures: dict[str, Any], judged: Sequence[Judged]) -> list[Held]:
    """Each mark with its figure of `nlu.evaluate.measure`."""
    told = _find_told(judged)
    return [Held(mark, _look_up(figures, mark.figure) if _is_told(mark, told) else None) for mark in marks]


def _find_told(judged: Sequence[Judged]) -> set[str]:
    """Of the figures that need messages of a certain kind, those the file has messages for."""
    told = {f"entities.{name}" for one in judged for name in _get_entities(one)}
    told |= {"danger.recall" for one in judged if one.example.label in DANGER}
    told |= {"danger.false_alarms" for one in judged if not one.example.right & DANGER}
    told |= {"out_of_scope.recall" for one in judged if one.example.label == OUT_OF_SCOPE}
    return told


def _get_entities(one: Judged) -> set[str]:
    """Written down or found: either says something of precision or recall."""
    if one.example.entities is None:
        return set()
    return one.example.entities.keys() | {e.name for e in one.found.entities}


def _is_told(mark: Mark, told: set[str]) -> bool:
    if mark.figure.startswith("entities."):
        return mark.figure.rsplit(".", 1)[0] in told
    return mark.figure in told or mark.figure.split(".")[0] not in ("danger", "out_of_scope")


def _look_up(figures: dict[str, Any], path: str) -> float:
    value: Any = figures
    for key in path.split("."):
        value = value[key]
    return float(value)
