"""The plot of a benchmark run: messages per second and p95, a bar for each system and load."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import rc_context
from matplotlib.figure import Figure

# Dark to light pairs told apart by brightness too, so that colour is never the only sign.
COLOURS = ("#1d3557", "#2a9d8f", "#e09f3e", "#9b2226")

Bar = tuple[str, int, float, float]


def draw(bars: Sequence[Bar], path: Path) -> None:
    """Draws (system, at a time, messages per second, p95 in ms) as two panels of bars into an SVG."""
    systems = list(dict.fromkeys(name for name, *_ in bars))
    labels = [f"{name}\n{at_a_time} at a time" for name, at_a_time, *_ in bars]
    colours = [COLOURS[systems.index(name) % len(COLOURS)] for name, *_ in bars]
    with rc_context(
        {
            "font.size": 13,
            # Words stay words: sharp at any size, and found by a search in the page.
            "svg.fonttype": "none",
            # The same figures give the same file.
            "svg.hashsalt": "bench",
        }
    ):
        figure = Figure(figsize=(13, 1.6 + 0.75 * len(bars)), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, title, values in (
            (left, "Messages per second (more is better)", [bar[2] for bar in bars]),
            (right, "p95 of an answer, ms (less is better)", [bar[3] for bar in bars]),
        ):
            drawn = axes.barh(range(len(bars)), values, color=colours, height=0.65)
            axes.bar_label(drawn, labels=[_show(value) for value in values], padding=5)
            axes.set_title(title, fontsize=14)
            axes.margins(x=0.16)
            axes.spines[["top", "right"]].set_visible(False)
            axes.set_xlim(left=0)
        left.set_yticks(range(len(bars)), labels)
        left.invert_yaxis()
        figure.savefig(
            path, format="svg", metadata={"Date": None, "Title": "Whole encampment reports over web chat"}
        )


def _show(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
