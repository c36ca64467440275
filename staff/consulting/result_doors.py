"""The doors that people answered by, as results tell of them: small ones together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

DOOR_LEAST = 50  # doors with fewer answers are shown together
DOORS = {
    "web": "Web chat",
    "telegram": "Telegram",
    "sms": "Text message",
    "paper": "Paper",
    "phone": "Phone",
    "other": "Other ways",
}


@dataclass(frozen=True)
class Doors:
    """Doors with answers enough, by number of answers, and "other" for the rest; `channels` are those of each."""

    names: tuple[str, ...]
    channels: tuple[tuple[str, ...], ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, used: Iterable[str]) -> "Doors":
        seen = Counter(used)
        by_size = sorted(seen.items(), key=lambda item: (-item[1], item[0]))
        large = [name for name, count in by_size if count >= DOOR_LEAST]
        rest = tuple(sorted(set(seen) - set(large)))
        names = [*large, *(["other"] if rest else [])]
        if len(rest) == 1:
            names[-1] = rest[0]
        channels = [*((name,) for name in large), *([rest] if rest else [])]
        return cls(
            tuple(names),
            tuple(channels),
            tuple(sum(seen[c] for c in part) for part in channels),
        )
