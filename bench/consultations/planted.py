"""A made-up consultation of honest answers with ten kinds of flood planted among them.

The honest come in clumps too: busy first and last days, newsletters, school classes on one network, mobile operators
whose customers share one, and the same few words from many. All shares stand here; nothing is drawn from real people.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

HONEST = 3000
DAYS = 47
OPENS = datetime(2026, 12, 1, tzinfo=UTC)
# Answers by hour of the day, London's winter: nobody at four, most after supper.
HOURS = (2, 1, 1, 1, 1, 2, 6, 14, 20, 24, 26, 25, 30, 26, 22, 22, 24, 30, 38, 46, 48, 38, 22, 9)
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "age": ("from_16", "from_25", "from_45", "from_65"),
    "police": ("yes", "no"),
    "change": ("less", "same", "plus_5", "plus_10", "plus_15", "dont_know"),
    "safe": ("very_safe", "safe", "between", "unsafe", "very_unsafe"),
    "first": ("local", "emergencies", "online", "roads"),
}
SHUFFLED = "first"
# Three ways of thinking, so that answers hang together as people's do.
MINDS: tuple[Mapping[str, tuple[int, ...]], ...] = (
    {"change": (45, 35, 8, 4, 2, 6), "safe": (25, 40, 20, 10, 5), "first": (30, 30, 20, 20)},
    {"change": (5, 20, 25, 25, 15, 10), "safe": (10, 35, 30, 18, 7), "first": (50, 25, 10, 15)},
    {"change": (2, 8, 12, 28, 45, 5), "safe": (3, 15, 22, 35, 25), "first": (60, 30, 5, 5)},
)
WORDS = (
    "lights,park,patrol,evening,street,cars,speeding,school,village,shop,officer,phone,answer,bus,lane,farm,gate,"
    "neighbour,noise,weekend,money,pension,bills,town,centre,young,people,walk,dark,alley,camera,quick,slow,visit,"
    "station,counter,closed,open,trust,listen,help,victim,court,theft,bike,van,tools,fraud,letter,bank,scam,road,"
    "bend,crossing,horse,field,river,bridge,festival,pub,drinking,litter,drugs,dealing,corner,house,garden,burglary"
).split(",")
SHORT = ("more police please", "no", "nothing", "keep it as it is", "too dear already", "thank you")
CAMPAIGN = (
    "I am against any rise in the police part of council tax because families here cannot pay more this year"
)


@dataclass(frozen=True)
class Answer:
    """One response as the counting and the flooding see it, and which flood it was planted by ("" for the honest)."""

    id: str
    channel: str
    answers: dict[str, Any]
    orders: dict[str, list[str]]
    words: str
    network_index: str | None
    seconds: int | None
    answered_at: datetime
    planted: str = ""
    entered_by: str | None = None
    text_index: str | None = field(default=None)
    is_police: bool | None = None


class Maker:
    """Draws answers; the same seed, the same answers."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._made = 0
        # A handful of operators' networks, and homes and offices of their own.
        self._operators = [f"operator-{at}" for at in range(5)]

    def honest(self, at: datetime, *, network: str | None = None, channel: str = "") -> Answer:
        draw = self.random
        mind = draw.choice(MINDS)
        said: dict[str, Any] = {
            "age": draw.choices(QUESTIONS["age"], (10, 25, 35, 30))[0],
            "police": draw.choices(QUESTIONS["police"], (3, 97))[0],
        }
        for name in ("change", "safe", "first"):
            if draw.random() > 0.06:
                said[name] = draw.choices(QUESTIONS[name], mind[name])[0]
        channel = channel or draw.choices(("web", "sms", "telegram"), (62, 28, 10))[0]
        if network is None and channel == "web":
            network = (
                draw.choice(self._operators) if draw.random() < 0.12 else f"home-{draw.randrange(60_000)}"
            )
        middle = {"web": 75, "telegram": 95, "sms": 320}[channel]
        return self.make(
            at,
            said,
            channel=channel,
            words=self.say(),
            network=network if channel == "web" else None,
            seconds=max(9, int(draw.lognormvariate(0, 0.5) * middle)),
        )

    def make(
        self,
        at: datetime,
        said: dict[str, Any],
        *,
        channel: str,
        words: str = "",
        network: str | None = None,
        seconds: int,
        planted: str = "",
        order: Sequence[str] = (),
    ) -> Answer:
        self._made += 1
        shown = list(order) or self.random.sample(QUESTIONS[SHUFFLED], 4)
        plain = " ".join(words.casefold().split())
        return Answer(
            f"{self._made:06d}", channel, said, {SHUFFLED: shown}, words, network, seconds, at, planted,
            text_index=plain if len(plain.split()) >= 5 else None,
        )  # fmt: skip

    def say(self) -> str:
        draw = self.random.random()
        if draw < 0.55:
            return ""
        if draw < 0.65:
            return self.random.choice(SHORT)
        return " ".join(self.random.choices(WORDS, k=self.random.randint(6, 28)))

    def moment(self, day: int) -> datetime:
        hour = self.random.choices(range(24), HOURS)[0]
        return OPENS + timedelta(days=day, hours=hour, seconds=self.random.randrange(3600))

    def make_some(self, count: int) -> list[Answer]:
        return [self.honest(self.moment(self.random.randrange(DAYS))) for _ in range(count)]

    def minutes_after(self, start: datetime, minutes: float) -> datetime:
        return start + timedelta(seconds=self.random.random() * minutes * 60)


def make_honest(maker: Maker, size: int = HONEST) -> list[Answer]:
    draw = maker.random
    # Most come when it opens and before it closes.
    weights = [1 + 4 * 0.7**day + 2 * 0.7 ** (DAYS - 1 - day) for day in range(DAYS)]
    answers = [
        maker.honest(maker.moment(day)) for day in draw.choices(range(DAYS), weights, k=int(size * 0.88))
    ]
    for day in draw.sample(
        range(3, DAYS - 3), 3
    ):  # newsletters: answered within hours, the first hour the most
        start = OPENS + timedelta(days=day, hours=draw.choice((9, 12, 18)))
        after = [start + timedelta(hours=draw.expovariate(1 / 5)) for _ in range(int(size * 0.03))]
        answers += [maker.honest(at) for at in after]
    for at in range(2):  # classes: one network, half an hour
        start = OPENS + timedelta(days=draw.randrange(3, DAYS - 3), hours=10)
        answers += [
            maker.honest(maker.minutes_after(start, 30), network=f"school-{at}", channel="web")
            for _ in range(int(size * 0.004))
        ]
    return answers


def _burst_by_night(maker: Maker, start: datetime) -> list[Answer]:
    night = start.replace(hour=3)
    return [maker.honest(maker.minutes_after(night, 50), channel="web") for _ in range(45)]


def _burst_in_the_evening(maker: Maker, start: datetime) -> list[Answer]:
    evening = start.replace(hour=19)
    return [maker.honest(maker.minutes_after(evening, 45), channel="telegram") for _ in range(40)]


def _busy_day(maker: Maker, start: datetime) -> list[Answer]:
    day = (start - OPENS).days
    return [maker.honest(maker.moment(day)) for _ in range(220)]


def _same_letter(maker: Maker, start: datetime) -> list[Answer]:
    days = range(DAYS)
    return [
        replace(maker.honest(maker.moment(maker.random.choice(days))), words=CAMPAIGN, text_index=CAMPAIGN)
        for _ in range(40)
    ]


def _letter_made_over(maker: Maker, start: datetime) -> list[Answer]:
    made = []
    for _ in range(40):
        words = CAMPAIGN.split()
        for at in maker.random.sample(range(len(words)), 3):
            words[at] = maker.random.choice(WORDS)
        text = " ".join(words)
        honest = maker.honest(maker.moment(maker.random.randrange(DAYS)))
        made.append(replace(honest, words=text, text_index=text.casefold()))
    return made


def _same_answers(maker: Maker, start: datetime) -> list[Answer]:
    said = {"age": "from_45", "police": "no", "change": "less", "safe": "very_safe", "first": "roads"}
    # Two minutes between them, so that no hour stands out.
    return [
        maker.make(
            start + timedelta(minutes=2.5 * at),
            dict(said),
            channel="web",
            network=f"home-x{at}",
            seconds=40 + at,
        )
        for at in range(24)
    ]


def _first_button(maker: Maker, start: datetime) -> list[Answer]:
    made = []
    for at in range(24):
        order = maker.random.sample(QUESTIONS[SHUFFLED], 4)
        said = {name: options[0] for name, options in QUESTIONS.items()} | {
            "police": "no",
            SHUFFLED: order[0],
        }
        moment = start + timedelta(minutes=2.5 * at)
        made.append(maker.make(moment, said, channel="web", network=f"home-y{at}", seconds=45, order=order))
    return made


def _one_network(maker: Maker, start: datetime) -> list[Answer]:
    days = range(5, DAYS - 5)
    made = []
    for _ in range(40):
        honest = maker.honest(maker.moment(maker.random.choice(days)), network="office-1", channel="web")
        said = {**honest.answers, "change": maker.random.choices(("less", "same"), (9, 1))[0]}
        made.append(replace(honest, answers=said))
    return made


def _too_quick(maker: Maker, start: datetime) -> list[Answer]:
    days = range(DAYS)
    return [
        replace(
            maker.honest(maker.moment(maker.random.choice(days)), channel="web"),
            seconds=maker.random.randint(3, 6),
        )
        for _ in range(40)
    ]


def _by_nothing(maker: Maker, start: datetime) -> list[Answer]:
    """Words, networks, times and pace of its own for each: only what is asked for is the same."""
    made = []
    for _ in range(40):
        honest = maker.honest(maker.moment(maker.random.randrange(DAYS)))
        made.append(replace(honest, answers={**honest.answers, "change": "less"}))
    return made


FLOODS: Mapping[str, Callable[[Maker, datetime], list[Answer]]] = {
    "45 by web chat within an hour of the night": _burst_by_night,
    "40 by Telegram within an hour of the evening": _burst_in_the_evening,
    "220 more on one day, spread over its hours": _busy_day,
    "40 with the same letter, over all days": _same_letter,
    "40 with that letter, 3 of 19 words changed": _letter_made_over,
    "24 with the same answers, 2.5 min apart": _same_answers,
    "24 that press the first button, 2.5 min apart": _first_button,
    "40 from one network that lean, over 37 days": _one_network,
    "40 in 3 to 6 s each, over all days": _too_quick,
    "40 that share nothing but what they want": _by_nothing,
}


def make_flooded(seed: int) -> list[Answer]:
    """Honest answers with all ten planted, each on a day of its own, in no order that tells."""
    maker = Maker(seed)
    answers = make_honest(maker)
    days = maker.random.sample(range(6, DAYS - 6), len(FLOODS))
    for day, (name, plant) in zip(days, FLOODS.items(), strict=True):
        start = OPENS + timedelta(days=day, hours=maker.random.choice((10, 14, 20)))
        answers += [replace(each, planted=name) for each in plant(maker, start)]
    maker.random.shuffle(answers)
    return answers
