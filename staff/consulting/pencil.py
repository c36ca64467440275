"""What somebody with a pencil works out of numbers that add up, though some are not told: a least and a most of each.

Bounds are carried through every sum until nothing moves. That is what a patient reader does; a program that tries all
sums at once may find a little more, which is why a number counts as worked out at less than two apart.
"""

from collections.abc import Collection, Hashable, Sequence
from math import ceil, floor, inf
from typing import Generic, TypeVar

from staff.small_numbers import LEAST_DOUBT, PEOPLE, Hidden, Shown
from staff.worked_out import Bounds

Name = TypeVar("Name", bound=Hashable)
ROUNDED = 1e-9  # how floats are rounded


class Contradiction(ValueError):
    """What was learnt of these numbers cannot all be so: something was taken for granted that is not."""

    def __init__(self, *names: Hashable) -> None:
        super().__init__(names)
        self.names = names


class Pencil(Generic[Name]):
    """Raises Contradiction where what it is told cannot be so."""

    def __init__(self) -> None:
        self.known: dict[Name, Bounds] = {}
        self.watched: set[Name] = set()
        self._sums: list[tuple[Sequence[Name], Name]] = []

    def read(self, name: Name, shown: Shown, *, hidden_is_large: bool = False) -> None:
        """A number as it stands on the page; one that is hidden is watched.

        `hidden_is_large`: one that is not shown, and not said to be few, is taken to be ten or more. Mostly it is.
        """
        if isinstance(shown, Hidden):
            self.watched.add(name)
        low, high = PEOPLE.tells(shown)
        self.learn(name, 0 if shown is Hidden.OTHER and not hidden_is_large else low, high)

    def watch(self, name: Name) -> None:
        """A number of people that stands nowhere, and must not be worked out where it is few."""
        self.watched.add(name)

    def learn(self, name: Name, least: float, most: float) -> bool:
        """True where it is news."""
        before = self.known.get(name, (0, inf))
        most = floor(most + ROUNDED) if most < inf else inf
        now = max(before[0], ceil(least - ROUNDED)), min(before[1], most)
        if now[0] > now[1]:
            raise Contradiction(name)
        self.known[name] = now
        return now != before

    def add_up(self, parts: Sequence[Name], whole: Name) -> None:
        self._sums.append((parts, whole))
        for name in (*parts, whole):
            self.known.setdefault(name, (0, inf))

    def find_told(self) -> Collection[Name]:
        """Numbers below the threshold, watched and known to within less than two."""
        news = True
        while news:
            news = False
            for parts, whole in self._sums:
                news |= self._reckon(parts, whole)
        return [name for name in self.watched if self._is_told(*self.known[name])]

    def _is_told(self, least: float, most: float) -> bool:
        return most - least < LEAST_DOUBT and 0 < most < PEOPLE.small

    def _reckon(self, parts: Sequence[Name], whole: Name) -> bool:
        bounds = [self.known[part] for part in parts]
        low = sum(least for least, _ in bounds)
        finite = sum(most for _, most in bounds if most < inf)
        endless = sum(most == inf for _, most in bounds)
        try:
            news = self.learn(whole, low, inf if endless else finite)
            least, most = self.known[whole]
            for part, (at_least, at_most) in zip(parts, bounds, strict=True):
                others = inf if endless - (at_most == inf) else finite - (at_most if at_most < inf else 0)
                news |= self.learn(part, least - others if others < inf else 0, most - (low - at_least))
        except Contradiction as fault:
            raise Contradiction(*parts, whole) from fault
        return news
