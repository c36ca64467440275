"""How long people take to read, to choose and to type: modelled from what was published, nobody was watched.

Reading in silence: 238 words a minute on average, most adults between 175 and 300 (Brysbaert, Journal of Memory and
Language 109, 2019). Typing on a telephone: 36.2 words a minute on average, of five characters each, from about 40
in the teens to 26 in the fifties (Palin and others, MobileHCI 2019). To make up one's mind 1.35 s, to point 0.8 to
1.5 s, to press 0.2 s (Card, Moran and Newell, Communications of the ACM 23(7), 1980; they measured a mouse).
"""

from dataclasses import dataclass
from random import Random

from bench.consultations.chatting import BUTTON

READ_PER_MINUTE = (175.0, 300.0)
TYPED_PER_MINUTE = (26.0, 40.0)
LETTERS_OF_A_WORD = 5
POINT_SECONDS = (0.8, 1.5)
DECIDE_SECONDS, PRESS_SECONDS = 1.35, 0.2


@dataclass(frozen=True)
class Person:
    """Somebody who reads every word shown once, and answers without a slip."""

    read_per_minute: float
    typed_per_minute: float
    point_seconds: float

    def seconds_to_read(self, words: int) -> float:
        return words / self.read_per_minute * 60

    def seconds_to_answer(self, line: str) -> float:
        """To decide, to type what is typed, and to press the button: the answer's own, or the one that sends."""
        typed = 0 if line.startswith(BUTTON) else len(line) / LETTERS_OF_A_WORD
        pressing = DECIDE_SECONDS + self.point_seconds + PRESS_SECONDS
        return pressing + typed / self.typed_per_minute * 60


def draw_person(chance: Random) -> Person:
    """Each pace even between its ends, and each apart from the others."""
    return Person(
        chance.uniform(*READ_PER_MINUTE), chance.uniform(*TYPED_PER_MINUTE), chance.uniform(*POINT_SECONDS)
    )
