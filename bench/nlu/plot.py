"""The plot of the understanding benchmark: how right each system is against how long a message takes."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from bench.nlu.scores import Share
from bench.plot import COLOURS

MARKERS = "osD^vP"

Point = tuple[str, Share, float]


def draw(points: Sequence[Point], path: Path) -> None:
    """Draws (system, accuracy, parse p50 in ms) into an SVG; the bars are the 95 % intervals."""
    with rc_context({"font.size": 13, "svg.fonttype": "none", "svg.hashsalt": "bench"}):
        figure = Figure(figsize=(11, 6), layout="constrained")
        axes = figure.subplots()
        for at, (name, accuracy, p50_ms) in enumerate(points):
            around = [[accuracy.value - accuracy.low], [accuracy.high - accuracy.value]]
            axes.errorbar(
                [max(p50_ms, 0.1)],
                [accuracy.value],
                yerr=around,
                fmt=MARKERS[at % len(MARKERS)],
                color=COLOURS[at % len(COLOURS)],
                markersize=10,
                capsize=6,
                label=f"{name}: {accuracy.value:.1%}, {p50_ms:.1f} ms",
            )
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(_show))
        axes.xaxis.set_minor_formatter(FuncFormatter(_show_some))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_xlabel("Time of a message, p50 in ms (further left is better)")
        axes.set_ylabel("Labels right (higher is better)")
        axes.margins(0.15)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        if points:
            figure.legend(loc="outside lower center", ncols=2, frameon=False)
        figure.savefig(
            path, format="svg", metadata={"Date": None, "Title": "How well messages are understood"}
        )


def _show(value: float, position: int | None = None) -> str:
    return f"{value:g}"


def _show_some(value: float, position: int | None = None) -> str:
    """Between the powers of ten only 2 and 5, so that the numbers do not run into each other."""
    return _show(value) if f"{value:e}"[0] in "25" else ""
