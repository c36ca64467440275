"""Where the words of a map go, so that none lies on another or on a symbol."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

# The width of a letter, as a share of its height.
LETTER, CAPITAL = 0.56, 0.78
# How far from its point a name may stand, as a share of its height.
GAPS = (0.5, 1.2)
# Where a name may stand about its point, the best first: how far across, how far down, and where its text begins.
AROUND = (
    (1.0, 0.35, "start"),
    (-1.0, 0.35, "end"),
    (0.0, -0.8, "middle"),
    (0.0, 1.5, "middle"),
    (0.8, -0.5, "start"),
    (0.8, 1.2, "start"),
    (-0.8, -0.5, "end"),
    (-0.8, 1.2, "end"),
)


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def is_within(self, other: "Box") -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True)
class Label:
    """Words at a baseline point; `anchor` is start, middle or end, `kind` what they name."""

    text: str
    x: float
    y: float
    anchor: str
    kind: str


class Labels:
    """Places names one after the other, the more important first; what finds no room is left out."""

    def __init__(self, sheet: Box, taken: Iterable[Box] = ()) -> None:
        self._sheet = sheet
        self._taken = list(taken)
        self.placed: list[Label] = []

    def add_around(self, text: str, x: float, y: float, size: float, kind: str) -> bool:
        """Beside a point, at a distance that leaves room for its dot."""
        for gap in GAPS:
            for across, down, anchor in AROUND:
                far = gap if down > 0.5 or down < 0 else 0.0
                label = Label(
                    text, x + across * gap * size, y + (down + math.copysign(far, down)) * size, anchor, kind
                )
                if self._try(label, size):
                    return True
        return False

    def add_at(
        self,
        text: str,
        spots: Iterable[tuple[float, float]],
        size: float,
        kind: str,
        fits: Callable[[Box], bool] = lambda box: True,
    ) -> bool:
        """In the middle of the first of these spots that is free, and that it `fits`."""
        for x, y in spots:
            label = Label(text, x, y + size * 0.35, "middle", kind)
            if fits(box_of(label, size)) and self._try(label, size):
                return True
        return False

    def _try(self, label: Label, size: float) -> bool:
        box = box_of(label, size)
        if not box.is_within(self._sheet) or any(box.meets(other) for other in self._taken):
            return False
        self._taken.append(box)
        self.placed.append(label)
        return True


def box_of(label: Label, size: float) -> Box:
    width = len(label.text) * size * (CAPITAL if label.text.isupper() else LETTER)
    left = {"start": label.x, "middle": label.x - width / 2, "end": label.x - width}[label.anchor]
    return Box(left - 2, label.y - size * 0.85, left + width + 2, label.y + size * 0.28)


def boxes_of_marks(marks: Sequence[tuple[float, float, float]]) -> Iterator[Box]:
    for x, y, radius in marks:
        yield Box(x - radius, y - radius, x + radius, y + radius)
