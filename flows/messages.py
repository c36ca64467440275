"""The shapes every door translates into and out of; nothing here knows a supplier."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from flows.geodata import PostcodePoint


class ChannelName(StrEnum):
    WEB = "web"
    TELEGRAM = "telegram"
    SMS = "sms"


@dataclass(frozen=True)
class Location:
    """A pin the citizen shared, in WGS 84 degrees."""

    latitude: float
    longitude: float

    @property
    def is_on_earth(self) -> bool:
        """False for degrees out of range, and for what is no number at all."""
        return abs(self.latitude) <= 90 and abs(self.longitude) <= 180


@dataclass(frozen=True)
class Photo:
    """A photo that came with a message and was already checked and kept.

    `id` is the attachment's id; `problem` is a text key (`photo.too_large`, `photo.not_a_photo`, ...)
    where it could not be kept, and then there is no id. `location` is where the photo itself says it was
    taken: good for asking the citizen, and kept nowhere.
    """

    id: str | None = None
    problem: str | None = None
    location: Location | None = None


@dataclass(frozen=True)
class Incoming:
    """One thing a citizen did: words, a pressed button, a pin, photos.

    `start` is a deep link's payload ("/start encampment"). `notice` is a text key for what a door
    received and cannot read (a voice note, a sticker), so that the answer says so kindly. `edited`
    marks the second version of words already answered. `number` is fresh randomness for a reference, `secret` for a
    code that goes to somebody else (the reference would give it away), and `team` the name of the police team of a
    postcode in the text, passed in because flows draws and asks for none of its own; so are `points`, where the
    text's postcodes are.
    """

    channel: ChannelName
    text: str = ""
    button: str | None = None
    location: Location | None = None
    photos: tuple[Photo, ...] = ()
    start: str | None = None
    notice: str | None = None
    edited: bool = False
    number: int = 0
    secret: int = 0
    team: str = ""
    points: tuple[PostcodePoint, ...] = ()


@dataclass(frozen=True)
class Button:
    """A choice to press. `payload` is at most 64 bytes (Telegram's callback_data).

    `keyword` is what a citizen without buttons texts instead; empty means the choice gets a number.
    """

    label: str
    payload: str
    keyword: str = ""


@dataclass(frozen=True)
class Reply:
    """One message to the citizen.

    `text` and `sms` are final words (`sms` empty: the same words serve). `topic` is set where it is an
    answer from knowledge. `wants_location` and `wants_photo` let a door offer its own control.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    sms: str = ""
    topic: str | None = None
    wants_location: bool = False
    wants_photo: bool = False
    urgent: bool = False

    def to_sms(self) -> str:
        """The whole reply as one text message: the short words, the numbered choices, the words that act.

        Numbers count the buttons without a keyword, as `Conversation.offered` does. A keyword the words
        already name is not named again.
        """
        words = self.sms or self.text
        lines = [words] if words else []
        lines += [f"{n} {b.label}" for n, b in enumerate((b for b in self.buttons if not b.keyword), 1)]
        named = set(re.findall(r"[A-Z]{2,}", words))
        rest = [b for b in self.buttons if b.keyword and b.keyword not in named]
        if rest:
            lines.append(", ".join(_keyword_line(b) for b in rest))
        return "\n".join(lines)

    def to_kept(self) -> dict[str, Any]:
        """Everything a door needs to render it later: {"text", "sms", "buttons": [{"label", "payload", "keyword"}]}."""
        buttons = [{"label": b.label, "payload": b.payload, "keyword": b.keyword} for b in self.buttons]
        return {"text": self.text, "sms": self.sms, "buttons": buttons}

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> Self:
        buttons = tuple(
            Button(b["label"], b["payload"], b.get("keyword", "")) for b in kept.get("buttons", ())
        )
        return cls(kept["text"], buttons, kept.get("sms", ""))

    def to_dict(self) -> dict[str, Any]:
        """The contract's REPLY: {"text", "buttons": [{"label", "payload"}], "topic"?}."""
        shown: dict[str, Any] = {
            "text": self.text,
            "buttons": [{"label": b.label, "payload": b.payload} for b in self.buttons],
        }
        if self.topic:
            shown["topic"] = self.topic
        return shown


def _keyword_line(button: Button) -> str:
    same = button.label.upper() == button.keyword
    return button.keyword if same else f"{button.keyword}: {button.label}"
