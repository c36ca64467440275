"""Photos from strangers: looked at in a process that may die, made anew without anything they carried along.

A photo can be a bomb (400 million pixels in a megabyte), a script in disguise, or tell where its sender
lives (EXIF GPS). So it is decoded in a child process with bounds on memory and time, and only its pixels go
on, as a fresh JPEG; where it says it was taken goes beside it, to be asked about, and is never in the file.
Run as `python -m bot.photos` this file is that child: the photo on standard input, one line of JSON and the
JPEG on standard output. Photo blurring (bot/photo_blur.py) works in the same child.
"""

import asyncio
import contextlib
import hashlib
import io
import json
import math
import os
import re
import resource
import secrets
import subprocess
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from PIL import Image, ImageFile, ImageOps

from bot.photo_blur import blur
from bot.photo_point import check_point, find_point
from flows.messages import Location
from staff.photo_rows import BlurredPhoto, Box

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
# Pillow keeps three copies of a WebP while it decodes one; no camera writes them.
MAX_WEBP_PIXELS = 20_000_000
MAX_SIDE = 2048
MIN_SIDE = 32
"""Smaller is a tracking dot or a broken preview; nothing can be seen on it."""
JPEG_QUALITY = 85
CHILD_MEMORY_BYTES = 1024 * 1024 * 1024
CHILD_CPU_SECONDS = 10
CHILD_WALL_SECONDS = 15.0

# Never by name or announced type. SVG, PDF, EPS and TIFF are left out on purpose: they can hold code, fetch
# addresses or start other programs. "JPEG" covers the two-in-one files (MPO) that many phones write.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


class PhotoProblem(Exception):
    """A photo that cannot be kept. `code` is the text key of what to tell the citizen.

    photo.not_a_photo, photo.heic (an iPhone's own format), photo.too_large, photo.too_small.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class CleanPhoto:
    """A JPEG of our own making; `width` and `height` in pixels, `sha256` in hexadecimal.

    `location` is where the photo said it was taken. It is not in `data`, and is for asking the sender alone.
    """

    content_type: str
    data: bytes
    width: int
    height: int
    sha256: str
    location: Location | None = None


class Vault(Protocol):
    """Seals bytes so that they open only for the place they were sealed for."""

    def seal(self, data: bytes, *, place: str) -> bytes: ...

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes: ...


def clean(data: bytes) -> CleanPhoto:
    """The photo without metadata, upright, at most 2,048 pixels on its longer side. Raises PhotoProblem.

    For a child process: it bounds pixels, but only the child's limits bound memory and time.
    """
    if len(data) > MAX_BYTES:
        raise PhotoProblem("photo.too_large")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise PhotoProblem("photo.heic")
    try:
        pixels, location = _pixels(data)
        jpeg = io.BytesIO()
        pixels.save(jpeg, "JPEG", quality=JPEG_QUALITY, optimize=True)
    except PhotoProblem:
        raise
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoProblem("photo.too_large") from None
    except Exception:
        # Decoders raise nearly anything on bytes made to break them, and each case means the same here.
        raise PhotoProblem("photo.not_a_photo") from None
    return _described(jpeg.getvalue(), *pixels.size, location)


def _pixels(data: bytes) -> tuple[Image.Image, Location | None]:
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            bound = MAX_WEBP_PIXELS if opened.format == "WEBP" else MAX_PIXELS
            if opened.width * opened.height > bound:
                raise PhotoProblem("photo.too_large")
            if min(opened.size) < MIN_SIDE:
                raise PhotoProblem("photo.too_small")
            opened.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is read at half or a quarter of its size
            opened.load()
            location = find_point(opened)  # after the pixels: a PNG may keep its EXIF behind them
            photo = _roughly_shrunk(opened)
            photo.thumbnail((MAX_SIDE, MAX_SIDE), reducing_gap=2.0)
            upright = ImageOps.exif_transpose(photo).convert("RGBA" if photo.has_transparency_data else "RGB")
    # Onto an empty picture: pixels alone cross over, no comment, profile or position with them.
    fresh = Image.new("RGB", upright.size, "white")
    fresh.paste(upright, mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    return fresh, location


def _roughly_shrunk(opened: Image.Image) -> Image.Image:
    """A very large photo at a half, a third, ... of its size, still no smaller than we want it.

    Band by band, because each change of mode makes another copy of what it is given.
    """
    factor = max(opened.size) // MAX_SIDE
    if factor < 2:
        return _in_eight_bits(opened)
    width, height = opened.size
    rows = factor * 64
    small: Image.Image | None = None
    for top in range(0, height, rows):
        band = _in_eight_bits(opened.crop((0, top, width, min(top + rows, height)))).reduce(factor)
        if small is None:
            small = Image.new(band.mode, (band.width, -(-height // factor)))
        small.paste(band, (0, top // factor))
    assert small is not None  # no photo is without rows
    small.info = dict(opened.info)  # which way is up
    return small


def _in_eight_bits(opened: Image.Image) -> Image.Image:
    """A mode that can be shrunk smoothly; palettes and 16-bit greys cannot."""
    if opened.mode.startswith("I"):
        return opened.convert("I").point([level // 256 for level in range(65536)], "L")
    if opened.mode == "P":
        return opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    if opened.mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return opened.convert("RGB")
    return opened


def _described(jpeg: bytes, width: int, height: int, location: Location | None) -> CleanPhoto:
    return CleanPhoto("image/jpeg", jpeg, width, height, hashlib.sha256(jpeg).hexdigest(), location)


_CHILD = (sys.executable, "-BP", "-m", "bot.photos")
"""Writes no bytecode, and looks for modules nowhere but where its environment says."""
# No secret of ours is in reach of what hostile bytes might make the decoder do.
_CHILD_ENV = {"PYTHONPATH": str(Path(__file__).parents[1])}


async def clean_in_subprocess(data: bytes) -> CleanPhoto:
    """`clean` in a child of its own, killed after 15 seconds. Raises PhotoProblem.

    One photo can take a core and a few hundred megabytes for a moment: the caller bounds how many at once.
    """
    if len(data) > MAX_BYTES:
        raise PhotoProblem("photo.too_large")
    child = await asyncio.create_subprocess_exec(
        *_CHILD,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_CHILD_ENV,
    )
    try:
        answer, _ = await asyncio.wait_for(child.communicate(data), CHILD_WALL_SECONDS)
    except TimeoutError:
        raise PhotoProblem("photo.too_large") from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return _read_answer(answer)


def _read_answer(answer: bytes) -> CleanPhoto:
    """The child's answer. One that died half-way ran out of memory or time, so its photo was too large."""
    head, _, jpeg = answer.partition(b"\n")
    try:
        told = json.loads(head)
        if "problem" in told:
            raise PhotoProblem(str(told["problem"]))
        width, height, size = int(told["width"]), int(told["height"]), int(told["bytes"])
        # Checked here too: hostile bytes may have made the child say anything.
        location = check_point(*told.get("point") or (None, None))
    except (ValueError, KeyError, TypeError):
        raise PhotoProblem("photo.too_large") from None
    if len(jpeg) != size:
        raise PhotoProblem("photo.too_large")
    return _described(jpeg, width, height, location)


def blur_in_subprocess(jpeg: bytes, boxes: Sequence[Box]) -> BlurredPhoto:
    """A kept photo with its boxes made unreadable for good, in a child as above. Raises ValueError where it cannot be.

    For a command or a thread: it waits for the child.
    """
    asked = json.dumps([asdict(box) for box in boxes]).encode() + b"\n"
    try:
        done = subprocess.run(
            [*_CHILD, "blur"],
            input=asked + jpeg,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_CHILD_ENV,
            timeout=CHILD_WALL_SECONDS,
            check=False,
        )
        photo = _read_answer(done.stdout)
    except (PhotoProblem, subprocess.TimeoutExpired):
        raise ValueError("the photo could not be blurred") from None
    return BlurredPhoto(photo.data, photo.width, photo.height, photo.sha256)


def _child() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_CPU_SECONDS, CHILD_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to its pipe and nowhere else
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        photo = _blurred(sys.stdin.buffer) if sys.argv[1:] == ["blur"] else clean(_read(sys.stdin.buffer))
    except PhotoProblem as problem:
        told: dict[str, object] = {"problem": problem.code}
        jpeg = b""
    else:
        point = photo.location
        told = {"width": photo.width, "height": photo.height, "bytes": len(photo.data)}
        told |= {"point": [point.latitude, point.longitude]} if point else {}
        jpeg = photo.data
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + jpeg)


def _read(given: BinaryIO) -> bytes:
    return given.read(MAX_BYTES + 1)


def _blurred(given: BinaryIO) -> CleanPhoto:
    boxes = [Box(**box) for box in json.loads(given.readline())]
    try:
        return _described(*blur(_read(given), boxes, quality=JPEG_QUALITY), None)
    except Exception:
        raise PhotoProblem("photo.not_a_photo") from None


_ANY_FILE = re.compile(r"[0-9a-f]{32}(\.part)?")


class PhotoStore:
    """Sealed photos as files under random names, so that a listing of the folder tells nothing.

    Its calls touch the disk: from async code, call them in a thread.
    """

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def save(self, photo_id: str, data: bytes) -> str:
        """Keeps `data` for the attachment `photo_id`; returns the file's name. It is on disk when this returns."""
        sealed = self._vault.seal(data, place=_place(photo_id))
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_hex(16)
        unfinished = self._folder / f"{name}.part"
        try:
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(self._folder / name)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        self._sync_folder()
        return name

    def read(self, photo_id: str, name: str) -> bytes:
        """The photo kept under `name`. Raises FileNotFoundError, and the vault's error for another's photo."""
        return self._vault.open_bytes(self._path(name).read_bytes(), place=_place(photo_id))

    def delete(self, name: str) -> None:
        """Does nothing where the file has gone already."""
        self._path(name).unlink(missing_ok=True)
        if self._folder.exists():
            self._sync_folder()

    def find_older(self, before: datetime) -> list[str]:
        """Names of the files written before a moment, half-written ones too."""
        if not self._folder.exists():
            return []
        files = [file for file in self._folder.iterdir() if _ANY_FILE.fullmatch(file.name)]
        return sorted(file.name for file in files if _written_at(file) < before.timestamp())

    def _path(self, name: str) -> Path:
        if not _ANY_FILE.fullmatch(name):
            raise ValueError("not a photo's file name")
        return self._folder / name

    def _sync_folder(self) -> None:
        """A new or removed name survives a power cut only once the folder itself is written."""
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # gone meanwhile
        return math.inf


def _place(photo_id: str) -> str:
    return f"attachments.file:{photo_id}"


if __name__ == "__main__":
    _child()
