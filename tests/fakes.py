"""Stand-ins that keep the promises of the real things, for tests of the parts that use them."""

from flows.understanding import Entity, Ranked, Understanding


class FixedInterpreter:
    """Understands exactly the messages it was told of, and nothing else; `away` answers as a dead model does."""

    def __init__(self, meanings: dict[str, Understanding] | None = None, *, away: bool = False) -> None:
        self.meanings = dict(meanings or {})
        self.away = away
        self.asked: list[str] = []

    async def understand(self, text: str) -> Understanding | None:
        return self.look_up(text)

    def look_up(self, text: str) -> Understanding | None:
        """The same without waiting. A message nobody told of is understood as nothing much."""
        self.asked.append(text)
        if self.away:
            return None
        return self.meanings.get(text, UNSURE)


UNSURE = Understanding(
    "out_of_scope", 0.2, (Ranked("out_of_scope", 0.2), Ranked("greet", 0.1), Ranked("help", 0.1))
)


def meaning(
    text: str,
    label: str,
    confidence: float = 0.9,
    entities: tuple[tuple[str, str, str | int | None], ...] = (),
    language: str | None = None,
) -> Understanding:
    """An understanding of a message; entities are (name, words, value), found where the words stand."""
    found = []
    for name, words, value in entities:
        start = text.find(words)
        if start < 0:
            raise ValueError(f"{words!r} does not stand in {text!r}")
        found.append(Entity(name, words, value, start, start + len(words)))
    runner_up = Ranked("out_of_scope", round((1 - confidence) / 2, 3))
    return Understanding(label, confidence, (Ranked(label, confidence), runner_up), tuple(found), language)
