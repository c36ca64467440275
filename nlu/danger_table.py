"""Danger by a table of learned weights, in the front door's own process: for the while the language model is away.

The rules of danger.yml know danger said plainly. This adds what many written messages have taught: each word, pair of
words and piece of a word speaks for an emergency, for a crisis, or against. `nlu/danger_fit.py` makes the table.
"""

import json
import logging
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from flows.understanding import Ranked, Understanding

logger = logging.getLogger(__name__)

FORMAT = 1
# From this confidence a message counts as danger: about 1 % false alarms on the validation messages.
SURE = 0.5
# Weights are kept as whole numbers of this size.
UNIT = 0.001
KINDS = ("emergency", "crisis")
PIECES = (3, 4)  # letters
# Of fewer words or pieces each counts as if there were so many: one word ("Gaz", "here") is seldom sure of itself.
LEAST = (6, 16)


class Interpreter(Protocol):
    """Who is asked first for the meaning of a message."""

    async def understand(self, text: str) -> Understanding | None:
        """None where nobody can say just now."""


def read_features(plain: str) -> tuple[set[str], set[str]]:
    """Of plain words: the words, neighbours and next but one ("cant _ here"); and their pieces ("#bre", "#n|")."""
    words = plain.split()
    whole = {
        *words,
        *(f"{one} {after}" for one, after in pairwise(words)),
        *(f"{one} _ {later}" for one, later in zip(words, words[2:], strict=False)),
    }
    pieces = {
        f"#{word[at : at + size]}"
        for word in {f"|{word}|" for word in words}
        for size in PIECES
        for at in range(max(1, len(word) - size + 1))
    }
    return whole, pieces


def weigh_features(plain: str) -> Iterator[tuple[set[str], float]]:
    """Both kinds of features, and how much one of them counts: the less, the more there are."""
    for features, least in zip(read_features(plain), LEAST, strict=True):
        yield features, max(len(features), least) ** -0.5


class DangerTable:
    """weights: what each feature says for an emergency and for a crisis, against all else; bias: what nothing says."""

    def __init__(self, weights: dict[str, tuple[float, float]], bias: tuple[float, float]) -> None:
        self._weights = weights
        self._bias = bias

    @classmethod
    def load(cls, path: Path) -> "DangerTable":
        """Raises ValueError for a file that holds none, OSError for one that cannot be read."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            if told["format"] != FORMAT:
                raise ValueError(f"format {told['format']}")
            columns = ([value * UNIT for value in told[kind]] for kind in KINDS)
            weights = dict(zip(told["features"], zip(*columns, strict=True), strict=True))
            emergency, crisis = (float(value) for value in told["bias"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name} holds no danger table ({error})") from error
        return cls(weights, (emergency, crisis))

    def find(self, parts: Iterable[str], *, at_least: float = SURE) -> Understanding | None:
        """The surest danger in the parts of a message, as flows.safety reads them; None where none is sure enough."""
        found = max((self._weigh(part) for part in parts), key=sum, default=(0.0, 0.0))
        if sum(found) < at_least:
            return None
        ranking = sorted(map(Ranked, KINDS, found), key=lambda r: -r.confidence)
        return Understanding(ranking[0].label, ranking[0].confidence, tuple(ranking))

    def _weigh(self, plain: str) -> tuple[float, float]:
        """How likely an emergency is, and a crisis."""
        emergency, crisis = self._bias
        for features, share in weigh_features(plain):
            for feature in features:
                weights = self._weights.get(feature)
                if weights is not None:
                    emergency += share * weights[0]
                    crisis += share * weights[1]
        likely = math.exp(min(emergency, 30.0)), math.exp(min(crisis, 30.0))
        return likely[0] / (1 + sum(likely)), likely[1] / (1 + sum(likely))


class DangerWhenAway:
    """What `model` makes of a message; where it is away, danger the table is sure of.

    read_parts: the message as flows.safety reads it. at_least: the confidence danger is answered from.
    """

    def __init__(
        self,
        model: Interpreter,
        table: DangerTable | None,
        read_parts: Callable[[str], Iterable[str]],
        *,
        at_least: float,
    ) -> None:
        self._model = model
        self._table = table
        self._read_parts = read_parts
        self._at_least = max(SURE, at_least)

    async def understand(self, text: str) -> Understanding | None:
        """None where the model is away and no danger is found."""
        found = await self._model.understand(text)
        if found is not None or self._table is None:
            return found
        return self._table.find(self._read_parts(text), at_least=self._at_least)


def read_table(path: Path | None) -> DangerTable | None:
    """The table, or None where there is none to be read: then the rules stand alone."""
    if path is None:
        logger.warning("no danger table: while the model is away danger is found by rules alone")
        return None
    try:
        return DangerTable.load(path)
    except (OSError, ValueError) as error:
        logger.error("danger table not read", extra={"error": str(error)})
        return None


def write_table(path: Path, weights: dict[str, tuple[float, float]], bias: tuple[float, float]) -> None:
    """One line of JSON: features, and a whole number for each and each kind."""
    features = sorted(weights)
    told: dict[str, Any] = {"format": FORMAT, "bias": bias, "features": features}
    for at, kind in enumerate(KINDS):
        told[kind] = [round(weights[feature][at] / UNIT) for feature in features]
    path.write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
