"""What staff see of photos and draw on them: plain values, light enough for the child process that blurs."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Box:
    """A part of a kept photo in pixels, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class BlurredPhoto:
    """A fresh JPEG; `sha256` in hexadecimal."""

    data: bytes
    width: int
    height: int
    sha256: str


@dataclass(frozen=True)
class PhotoRow:
    """One photo of a case. `number` counts from 1, the oldest first."""

    number: int
    id: str
    width: int
    height: int
    bytes: int
    received_at: datetime
    is_blurred: bool
