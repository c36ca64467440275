"""Photos that are bombs, scripts, maps to somebody's home, or not photos at all."""

import asyncio
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from bot import photos
from bot.photo_blur import blur, cover
from bot.photo_point import read_point
from bot.photos import (
    CleanPhoto,
    PhotoProblem,
    PhotoStore,
    blur_in_subprocess,
    clean,
    clean_in_subprocess,
)
from flows.messages import Location
from staff.photo_rows import Box

ROOT = Path(__file__).parents[2]


def jpeg(
    size: tuple[int, int] = (320, 240),
    *,
    exif: Image.Exif | None = None,
    comment: bytes = b"",
    quality: int = 75,
) -> bytes:
    picture = Image.effect_noise(size, 60).convert("RGB")
    out = io.BytesIO()
    options = {"exif": exif} if exif else {}
    picture.save(out, "JPEG", comment=comment, quality=quality, **options)
    return out.getvalue()


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def png_of_zeros(width: int, height: int, *, colour_type: int = 0, depth: int = 1) -> bytes:
    """A PNG that says nothing at great length: `colour_type` 0 is grey, 6 is RGBA."""
    channels = {0: 1, 6: 4}[colour_type]
    row = b"\0" * (1 + (width * channels * depth + 7) // 8)
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def with_gps(orientation: int = 6) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "ZZCAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 17.0, 1.0), 3: "W", 4: (1.0, 35.0, 2.0)})
    return exif


def polyglot() -> bytes:
    """A GIF that is also a script: its comment and its tail are JavaScript."""
    gif = encoded(Image.effect_noise((64, 64), 50), "GIF")
    return gif[:-1] + b"\x21\xfe\x0f*/alert('gif');\0;" + b"\n*/=1;alert(document.cookie);//"


def jpeg_markers(data: bytes) -> list[int]:
    """The segment markers before the pixels begin."""
    markers, at = [], 2
    while data[at + 1] != 0xDA:
        markers.append(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return markers


TOO_BIG_IN_BYTES = jpeg() + b"\0" * (21 * 1024 * 1024)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'

REFUSED = [
    pytest.param(lambda: png_of_zeros(20_000, 20_000), "photo.too_large", id="400 MP PNG"),
    pytest.param(
        lambda: png_of_zeros(12_000, 12_000), "photo.too_large", id="144 MP PNG, of which Pillow only warns"
    ),
    pytest.param(lambda: png_of_zeros(6_400, 6_400), "photo.too_large", id="just over 40 MP"),
    pytest.param(lambda: TOO_BIG_IN_BYTES, "photo.too_large", id="21 MB"),
    pytest.param(lambda: SVG, "photo.not_a_photo", id="SVG"),
    pytest.param(lambda: jpeg((800, 600))[:-9000], "photo.not_a_photo", id="truncated JPEG"),
    pytest.param(lambda: b"\0\0\0\x18ftypheic" + b"\0" * 99, "photo.heic", id="HEIC"),
    pytest.param(lambda: b"\0\0\0\x18ftypmp42" + b"\0" * 99, "photo.not_a_photo", id="MP4"),
    pytest.param(lambda: b"%PDF-1.7\n", "photo.not_a_photo", id="PDF"),
    pytest.param(lambda: b"GIF89a/*\0\0*/=1;alert(1)", "photo.not_a_photo", id="GIF header on a script"),
    pytest.param(lambda: encoded(Image.new("RGB", (60, 60)), "TIFF"), "photo.not_a_photo", id="TIFF"),
    pytest.param(lambda: encoded(Image.new("RGB", (1, 1)), "PNG"), "photo.too_small", id="tracking dot"),
    pytest.param(lambda: b"", "photo.not_a_photo", id="empty"),
]


@pytest.mark.parametrize(("make", "code"), REFUSED)
def test_refused_with_the_words_to_say(make: object, code: str) -> None:
    with pytest.raises(PhotoProblem) as caught:
        clean(make())  # type: ignore[operator]
    assert caught.value.code == code


def test_position_camera_and_comment_are_gone_and_the_photo_is_upright() -> None:
    dirty = jpeg((320, 240), exif=with_gps(orientation=6), comment=b"taken at my house")
    assert b"ZZCAMERA" in dirty and b"my house" in dirty
    photo = clean(dirty)
    assert (photo.width, photo.height) == (240, 320)  # orientation 6 is a quarter turn
    with Image.open(io.BytesIO(photo.data)) as reread:
        assert reread.size == (240, 320)
        assert not reread.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(reread.info)
    assert not {0xE1, 0xE2, 0xED, 0xFE} & set(jpeg_markers(photo.data))  # EXIF and XMP, ICC, IPTC, comment
    assert b"ZZCAMERA" not in photo.data and b"my house" not in photo.data


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")])
def test_a_very_large_photo_keeps_its_picture_and_stands_upright(
    kind: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is shrunk in bands, which must meet without a seam: a ramp from black to white stays one."""
    monkeypatch.setattr(photos, "MAX_SIDE", 256)
    ramp = Image.linear_gradient("L").resize((600, 580)).convert("RGB").convert(mode)
    photo = clean(encoded(ramp, kind, exif=with_gps(orientation=6)))
    width = photo.width
    assert (width, photo.height) == (247, 256)
    with Image.open(io.BytesIO(photo.data)) as reread:
        line = [
            reread.convert("L").getpixel((x, 100)) for x in range(width)
        ]  # the turn put rows into columns
    expected = [255 - x * 255 / (width - 1) for x in range(width)]
    assert max(abs(seen - wanted) for seen, wanted in zip(line, expected, strict=True)) <= 12


def test_a_large_webp_is_refused_sooner() -> None:
    with pytest.raises(PhotoProblem, match=r"photo\.too_large"):
        clean(encoded(Image.new("RGB", (5000, 4100)), "WEBP", method=0))


# Where it was taken

HERE = Location(52.283611, -1.583889)
NORTH, WEST = {1: "N", 2: (52.0, 17.0, 1.0)}, {3: "W", 4: (1.0, 35.0, 2.0)}
NOT_A_NUMBER, ENDLESS = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("tags", "point"),
    [
        pytest.param(NORTH | WEST, HERE, id="north and west"),
        pytest.param(
            {1: "S", 2: (33, 51, 0), 3: "E", 4: (151, 12, 0)}, Location(-33.85, 151.2), id="south, east"
        ),
        pytest.param(NORTH | {3: "w\0", 4: WEST[4]}, HERE, id="small letter with its end"),
        pytest.param(NORTH | {3: b"W", 4: WEST[4]}, HERE, id="letter as bytes"),
        pytest.param(
            NORTH | {3: "W", 4: (IFDRational(19, 12), 0, 2.0)}, Location(52.283611, -1.583889), id="rationals"
        ),
        pytest.param(NORTH | WEST | {31: 12.0}, HERE, id="off by 12 m"),
        pytest.param(NORTH | WEST | {31: 400.0}, None, id="off by 400 m"),
        pytest.param(NORTH | WEST | {31: IFDRational(0, 0)}, None, id="off by nobody knows what"),
        pytest.param(NORTH | WEST | {9: "V"}, None, id="satellites lost"),
        pytest.param({}, None, id="no tags"),
        pytest.param(NORTH, None, id="half a point"),
        pytest.param({2: NORTH[2], 4: WEST[4]}, None, id="no letters"),
        pytest.param(NORTH | {3: "N", 4: WEST[4]}, None, id="north twice"),
        pytest.param(NORTH | {3: "EW", 4: WEST[4]}, None, id="both letters"),
        pytest.param(NORTH | {3: "W", 4: (IFDRational(1, 0), 0, 0)}, None, id="zero below"),
        pytest.param(NORTH | {3: "W", 4: (NOT_A_NUMBER, 0, 0)}, None, id="no number"),
        pytest.param(NORTH | {3: "W", 4: (0, 0, ENDLESS)}, None, id="endless"),
        pytest.param(NORTH | {3: "W", 4: (4294967295, 0, 0)}, None, id="huge"),
        pytest.param(NORTH | {3: "W", 4: (1, 61, 0)}, None, id="61 minutes"),
        pytest.param(NORTH | {3: "W", 4: (-1, 0, 0)}, None, id="below zero"),
        pytest.param({1: "N", 2: (91, 0, 0)} | WEST, None, id="beyond the pole"),
        pytest.param(NORTH | {3: "W", 4: (1.0, 35.0)}, None, id="two parts"),
        pytest.param(NORTH | {3: "W", 4: 1.5}, None, id="one number"),
        pytest.param(NORTH | {3: "W", 4: "152"}, None, id="words"),
        pytest.param({1: "N", 2: (0, 0, 0), 3: "E", 4: (0, 0, 0)}, None, id="nought and nought"),
        pytest.param({1: "N", 2: (0, 0, 1), 3: "E", 4: (0, 0, 1)}, None, id="nearly nought"),
    ],
)
def test_a_point_is_read_only_where_it_makes_sense(tags: dict[int, object], point: Location | None) -> None:
    assert read_point(tags) == point


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_point_comes_beside_the_photo_and_not_in_it(kind: str) -> None:
    photo = clean(encoded(Image.new("RGB", (90, 70)), kind, exif=with_gps()))
    assert photo.location == HERE
    with Image.open(io.BytesIO(photo.data)) as reread:
        assert not reread.getexif()


@pytest.mark.parametrize("value", [(IFDRational(1, 0), 0.0, 0.0), (1.0,)], ids=["zero below", "one part"])
def test_a_photo_whose_point_is_hostile_is_a_photo_all_the_same(value: object) -> None:
    exif = with_gps()
    exif.get_ifd(0x8825)[2] = value
    assert clean(jpeg(exif=exif)).location is None


def test_a_photo_whose_tags_lead_nowhere_is_a_photo_all_the_same() -> None:
    # One entry: the GPS tags, at an address far behind the end.
    tags = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8825, 4, 1, 0xFFFFFF00, 0)
    out = io.BytesIO()
    Image.new("RGB", (90, 70)).save(out, "JPEG", exif=b"Exif\0\0" + tags)
    assert clean(out.getvalue()).location is None


@pytest.mark.parametrize(
    "point", [[91.0, 0.5], [NOT_A_NUMBER, 1.0], ["52", "1"], [52.0], {"a": 1}, [1, 2, 3]]
)
def test_a_child_made_to_lie_moves_nobody(point: object) -> None:
    head = json.dumps({"width": 1, "height": 1, "bytes": 3, "point": point}).encode()
    try:
        assert photos._read_answer(head + b"\nabc").location is None
    except PhotoProblem as problem:
        assert problem.code == "photo.too_large"


# Blurred

PLATE = Box(100, 60, 80, 24)


def striped(size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Black and white columns, 4 pixels each: as much to read in a box as letters have."""
    picture = Image.new("RGB", size, "white")
    for left in range(0, size[0], 8):
        picture.paste("black", (left, 0, left + 4, size[1]))
    return picture


def test_what_lay_in_a_box_is_not_in_the_photo_any_more() -> None:
    plain, other = striped(), striped()
    other.paste(ImageOps.invert(plain.crop((104, 62, 170, 80))), (104, 62))  # different letters
    for picture in (plain, other):
        cover(picture, [PLATE])
    box = (100, 60, 180, 84)
    low, high = plain.crop(box).convert("L").getextrema()
    assert high - low <= 64  # of 255 before
    told_apart = ImageChops.difference(plain.crop(box), other.crop(box)).convert("L").getextrema()
    assert told_apart[1] <= 32  # of 255 before: one step of eight
    assert plain.crop((0, 0, 320, 60)).tobytes() == striped().crop((0, 0, 320, 60)).tobytes()


@pytest.mark.parametrize(
    "box", [Box(-10, -10, 20, 20), Box(310, 230, 50, 50), Box(0, 0, 320, 240), Box(5, 5, 1, 1)]
)
def test_a_box_over_the_edge_or_of_any_size_is_covered(box: Box) -> None:
    data, width, height = blur(encoded(striped(), "JPEG"), [box], quality=85)
    assert (width, height) == (320, 240)
    assert data.startswith(b"\xff\xd8\xff")


def test_in_a_child_the_same_blur() -> None:
    kept = clean(jpeg()).data
    blurred = blur_in_subprocess(kept, [PLATE, Box(0, 0, 30, 30)])
    assert blurred.data == blur(kept, [PLATE, Box(0, 0, 30, 30)], quality=photos.JPEG_QUALITY)[0]
    assert blurred.sha256 == hashlib.sha256(blurred.data).hexdigest()


@pytest.mark.parametrize("data", [b"no photo", png_of_zeros(60, 60)], ids=["words", "not one of ours"])
def test_what_cannot_be_blurred_is_told(data: bytes) -> None:
    with pytest.raises(ValueError, match="could not be blurred"):
        blur_in_subprocess(data, [PLATE])


def test_text_chunks_of_a_png_are_gone() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", "<x>ZZHOME</x>")
    notes.add_text("Comment", "ZZHOME")
    dirty = encoded(Image.new("RGB", (50, 50)), "PNG", pnginfo=notes, icc_profile=b"ZZHOME")
    assert b"ZZHOME" in dirty
    assert b"ZZHOME" not in clean(dirty).data


def test_a_polyglot_comes_out_as_pixels_only() -> None:
    photo = clean(polyglot())
    assert photo.data.startswith(b"\xff\xd8\xff")
    assert b"alert" not in photo.data and b"script" not in photo.data


KINDS = [
    pytest.param(encoded(Image.new("L", (100, 80), 200), "PNG"), (100, 80), id="grey PNG"),
    pytest.param(encoded(Image.new("I;16", (100, 80), 65535), "PNG"), (100, 80), id="16-bit PNG"),
    pytest.param(encoded(Image.new("RGB", (100, 80)).convert("P"), "PNG"), (100, 80), id="palette PNG"),
    pytest.param(encoded(Image.new("LA", (100, 80)), "PNG"), (100, 80), id="grey PNG with alpha"),
    pytest.param(encoded(Image.new("1", (100, 80)), "PNG"), (100, 80), id="two-colour PNG"),
    pytest.param(encoded(Image.new("CMYK", (100, 80)), "JPEG"), (100, 80), id="printer's JPEG"),
    pytest.param(encoded(Image.new("RGBA", (100, 80)), "WEBP"), (100, 80), id="WebP"),
    pytest.param(encoded(Image.new("RGB", (3000, 1500)), "WEBP"), (2048, 1024), id="large WebP"),
    pytest.param(jpeg((4100, 1030)), (2048, 514), id="large JPEG"),
    pytest.param(
        encoded(
            Image.new("RGB", (90, 70)),
            "GIF",
            save_all=True,
            append_images=[Image.new("RGB", (90, 70), "red")],
        ),
        (90, 70),
        id="moving GIF, first picture",
    ),
    pytest.param(
        encoded(Image.new("RGB", (90, 70)), "MPO", save_all=True, append_images=[Image.new("RGB", (90, 70))]),
        (90, 70),
        id="two-in-one JPEG of a phone",
    ),
]


@pytest.mark.parametrize(("data", "size"), KINDS)
def test_every_kind_becomes_a_jpeg(data: bytes, size: tuple[int, int]) -> None:
    photo = clean(data)
    assert photo.content_type == "image/jpeg"
    assert (photo.width, photo.height) == size
    assert photo.sha256 == hashlib.sha256(photo.data).hexdigest()
    with Image.open(io.BytesIO(photo.data)) as reread:
        assert (reread.format, reread.size) == ("JPEG", size)


def test_see_through_becomes_white_and_brightness_survives() -> None:
    see_through = clean(encoded(Image.new("RGBA", (64, 64), (255, 0, 0, 0)), "PNG"))
    bright = clean(encoded(Image.new("I;16", (64, 64), 65535), "PNG"))
    for photo in (see_through, bright):
        with Image.open(io.BytesIO(photo.data)) as reread:
            assert min(channel[0] for channel in reread.getextrema()) > 250


def test_in_a_child_the_same_photo_and_the_point_beside_it() -> None:
    dirty = jpeg((400, 300), exif=with_gps())
    photo = asyncio.run(clean_in_subprocess(dirty))
    assert photo == clean(dirty)
    assert photo.location == HERE


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not a photo", "photo.not_a_photo"),
        (png_of_zeros(20_000, 20_000), "photo.too_large"),
        (TOO_BIG_IN_BYTES, "photo.too_large"),
    ],
    ids=["text", "bomb", "21 MB"],
)
def test_in_a_child_the_same_refusal(data: bytes, code: str) -> None:
    with pytest.raises(PhotoProblem, match=code):
        asyncio.run(clean_in_subprocess(data))


@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[]\n", b'{"width": 1}\n', b'{"width":1,"height":1,"bytes":9}\nabc']
)
def test_a_child_that_died_half_way_gives_no_photo(answer: bytes) -> None:
    with pytest.raises(PhotoProblem, match=r"photo\.too_large"):
        photos._read_answer(answer)


def test_a_child_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "CHILD_WALL_SECONDS", 0.001)
    with pytest.raises(PhotoProblem, match=r"photo\.too_large"):
        asyncio.run(clean_in_subprocess(jpeg()))


def _run_child(data: bytes, *before: str) -> tuple[bytes, float, float]:
    """The child's answer, its seconds of processor and its peak memory in MB; `before` is run ahead of it."""
    # Not ru_maxrss: a forked child starts with its parent's peak in it.
    peak = "sys.stderr.write(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])"
    code = "; ".join((*before, "import re, sys", "from bot import photos", "photos._child()", peak))
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=-1, stdout=-1, stderr=-1) as child:
        assert child.stdin and child.stdout and child.stderr
        child.stdin.write(data)
        child.stdin.close()
        answer = child.stdout.read()
        kilobytes = int(child.stderr.read())
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return answer, used.ru_utime + used.ru_stime, kilobytes / 1024


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "accepted"),
    [
        pytest.param(lambda: png_of_zeros(20_000, 20_000), False, id="400 MP"),
        pytest.param(lambda: png_of_zeros(12_000, 12_000), False, id="144 MP"),
        pytest.param(lambda: jpeg((4000, 3000), quality=90), True, id="12 MP JPEG"),
        pytest.param(lambda: png_of_zeros(6_300, 6_300, colour_type=6, depth=8), True, id="39.7 MP RGBA PNG"),
        pytest.param(
            lambda: encoded(Image.new("RGBA", (4400, 4500)), "WEBP", method=0), True, id="19.8 MP WebP"
        ),
        pytest.param(
            lambda: encoded(Image.new("P", (6_300, 6_300)), "PNG", transparency=0),
            True,
            id="39.7 MP palette PNG",
        ),
    ],
)
def test_time_and_memory_stay_bounded(make: object, accepted: bool) -> None:
    answer, seconds, megabytes = _run_child(make())  # type: ignore[operator]
    assert (b"problem" not in answer) == accepted
    assert megabytes < 400
    assert seconds < 2.5  # of processor, the interpreter's own start included: neighbours do not count


def test_memory_beyond_the_limit_is_a_refusal_not_a_crash() -> None:
    lowered = "import bot.photos; bot.photos.CHILD_MEMORY_BYTES = 150 * 1024 * 1024"
    answer, _, _ = _run_child(png_of_zeros(6_000, 6_000, colour_type=6, depth=8), lowered)
    with pytest.raises(PhotoProblem, match=r"photo\.too_large"):
        photos._read_answer(answer)


def test_the_child_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    async def record(*command: object, **options: object) -> None:
        seen.update(options)
        raise RuntimeError

    monkeypatch.setenv("SECRET_KEY", "x")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", record)
    with pytest.raises(RuntimeError):
        asyncio.run(clean_in_subprocess(jpeg()))
    assert seen["env"] == {"PYTHONPATH": str(ROOT)}


class XorVault:
    """Binds bytes to a place as the real vault does, without its strength."""

    def seal(self, data: bytes, *, place: str) -> bytes:
        return place.encode() + b"|" + bytes(byte ^ 0x5A for byte in data)

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes:
        kept_place, _, body = sealed.partition(b"|")
        if kept_place != place.encode():
            raise ValueError("sealed for another place")
        return bytes(byte ^ 0x5A for byte in body)


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(tmp_path / "photos", XorVault())


def test_a_kept_photo_is_sealed_and_comes_back(store: PhotoStore, tmp_path: Path) -> None:
    name = store.save("a1", b"pixels of a place")
    kept = tmp_path / "photos" / name
    assert b"pixels" not in kept.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert store.read("a1", name) == b"pixels of a place"
    assert [path.name for path in kept.parent.iterdir()] == [name]


def test_one_attachment_cannot_read_anothers_photo(store: PhotoStore) -> None:
    name = store.save("a1", b"pixels")
    with pytest.raises(ValueError, match="another place"):
        store.read("a2", name)


def test_deleting_twice_does_no_harm(store: PhotoStore) -> None:
    name = store.save("a1", b"pixels")
    store.delete(name)
    store.delete(name)
    with pytest.raises(FileNotFoundError):
        store.read("a1", name)


def test_files_of_an_hour_ago_are_found_whole_or_half_written(store: PhotoStore, tmp_path: Path) -> None:
    assert store.find_older(datetime.now(UTC)) == []
    old, half, new = store.save("a1", b"x"), store.save("a2", b"x"), store.save("a3", b"x")
    folder = tmp_path / "photos"
    (folder / half).rename(folder / f"{half}.part")
    (folder / "notes.txt").touch()
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    for name in (old, f"{half}.part", "notes.txt"):
        os.utime(folder / name, (0, 0))
    assert store.find_older(hour_ago) == sorted([old, f"{half}.part"])
    store.delete(f"{half}.part")
    assert sorted(path.name for path in folder.iterdir()) == sorted([old, new, "notes.txt"])


@pytest.mark.parametrize("name", ["../secret.key", "/etc/passwd", "", "A" * 32, "0" * 32 + "\n"])
def test_a_name_never_leads_out_of_the_folder(store: PhotoStore, name: str) -> None:
    for act in (lambda: store.read("a1", name), lambda: store.delete(name)):
        with pytest.raises(ValueError, match="file name"):
            act()


def test_a_full_disk_leaves_nothing_half_written(
    store: PhotoStore, tmp_path: Path, monkeypatch: object
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            store.save("a1", b"pixels")
    assert list((tmp_path / "photos").iterdir()) == []


def test_what_is_kept_is_what_was_described() -> None:
    photo = clean(jpeg())
    assert isinstance(photo, CleanPhoto)
    assert len(photo.data) < photos.MAX_BYTES
