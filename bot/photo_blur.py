"""Faces and number plates made unreadable in a kept photo: what lay in a box is not in the pixels any more."""

import io
from collections.abc import Sequence

from PIL import Image, ImageFilter

from staff.photo_rows import Box

CELLS = 4
"""What is left of a box: this many averaged colours along its longer side. A plate has seven letters."""


def cover(photo: Image.Image, boxes: Sequence[Box]) -> None:
    """Covers each box of an RGB photo with a few of its averaged colours, smoothed. Boxes may reach over the edge."""
    for box in boxes:
        left, top = max(box.x, 0), max(box.y, 0)
        right, bottom = min(box.x + box.width, photo.width), min(box.y + box.height, photo.height)
        if right <= left or bottom <= top:
            raise ValueError("a box beside the photo")
        photo.paste(_smear(photo.crop((left, top, right, bottom))), (left, top))


def blur(jpeg: bytes, boxes: Sequence[Box], *, quality: int) -> tuple[bytes, int, int]:
    """A kept photo with its boxes covered, as a fresh JPEG, its width and height. For a child process."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
        photo = opened.convert("RGB")
    cover(photo, boxes)
    fresh = Image.new("RGB", photo.size)
    fresh.paste(photo)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue(), *photo.size


def _smear(part: Image.Image) -> Image.Image:
    longer = max(part.size)
    cells = min(CELLS, longer)
    width, height = (max(1, round(side * cells / longer)) for side in part.size)
    few = part.resize((width, height), Image.Resampling.BOX)
    # Eight steps of each colour: what the averages might still tell of letters goes with the rest.
    few = few.point([level & 0xE0 | 0x10 for level in range(256)] * 3)
    # Smoothed for the eye alone: the few colours are all there is.
    return few.resize(part.size, Image.Resampling.NEAREST).filter(
        ImageFilter.GaussianBlur(longer / CELLS / 3)
    )
