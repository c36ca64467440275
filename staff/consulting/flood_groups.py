"""A group of answers that may be one hand's or one campaign's, and why it is taken for one."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Sign(StrEnum):
    BURST = "burst"
    SAME_WORDS = "same_words"
    ALIKE_WORDS = "alike_words"
    SAME_ANSWERS = "same_answers"
    SAME_NETWORK = "same_network"
    TOO_QUICK = "too_quick"


class Sure(StrEnum):
    """How sure it is that chance did not make the group; why it was made is for people to judge."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


class Arrived(Protocol):
    """What is looked at of a response (storage/responses.py CountedResponse)."""

    @property
    def id(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def answers(self) -> Mapping[str, Any]: ...
    @property
    def orders(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def text_index(self) -> str | None: ...
    @property
    def network_index(self) -> str | None: ...
    @property
    def seconds(self) -> int | None: ...
    @property
    def entered_by(self) -> str | None: ...
    @property
    def answered_at(self) -> datetime: ...


@dataclass(frozen=True)
class Flood:
    """A group of responses (ids). `id` stays the same as long as what they have in common does.

    `expected` is how many chance or custom explains, `chance` how often chance alone would make such a group; None
    where neither can be told.
    """

    id: str
    sign: Sign
    sure: Sure
    why: str
    responses: tuple[str, ...]
    since: datetime
    until: datetime
    expected: float | None = None
    chance: float | None = None


def make_flood(
    sign: Sign,
    sure: Sure,
    why: str,
    members: Sequence[Arrived],
    *key: str,
    expected: float | None = None,
    chance: float | None = None,
) -> Flood:
    id = hashlib.sha256("|".join((sign, *key)).encode()).hexdigest()[:10]
    ids = tuple(sorted(m.id for m in members))
    moments = [m.answered_at for m in members]
    return Flood(id, sign, sure, why, ids, min(moments), max(moments), expected, chance)


def group_by(looked: Iterable[Arrived], key: Callable[[Arrived], str | None]) -> dict[str, list[Arrived]]:
    groups: dict[str, list[Arrived]] = defaultdict(list)
    for response in looked:
        if (of := key(response)) is not None:
            groups[of].append(response)
    return groups
