"""What the language model made of a message, in plain values: no Rasa type comes further in than this."""

from dataclasses import dataclass

DANGER = frozenset({"emergency", "crisis"})


@dataclass(frozen=True)
class Ranked:
    """One label the model thinks possible; confidence from 0 to 1."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Entity:
    """A piece of a message that carries an answer.

    `text` is the literal words, `value` what the pipeline read them as (6 for "half a dozen",
    "CV34 6PH" for "cv346ph") or None where reading is left to the question. `start` and `end` are
    character offsets into the message.
    """

    name: str
    text: str
    value: str | int | None
    start: int
    end: int


@dataclass(frozen=True)
class Understanding:
    """The most likely label of a message, the runners-up (best first) and the entities found.

    `language` is the ISO 639-1 code of the language it is surely in; None for English and where it is not sure.
    """

    label: str
    confidence: float
    ranking: tuple[Ranked, ...] = ()
    entities: tuple[Entity, ...] = ()
    language: str | None = None

    def find_danger(self) -> Ranked | None:
        """The likelier of emergency and crisis, with the confidence that it is one of the two; None at nought."""
        ranking = self.ranking or (Ranked(self.label, self.confidence),)
        danger = [r for r in ranking if r.label in DANGER]
        if not danger:
            return None
        return Ranked(max(danger, key=lambda r: r.confidence).label, sum(r.confidence for r in danger))

    def get_all(self, name: str) -> tuple[Entity, ...]:
        """The entities of one name, in the order they stand in the message."""
        return tuple(e for e in self.entities if e.name == name)
