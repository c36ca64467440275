"""`frontdoor cases photos | photo | blur`: the photos that came with a case."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cases_command import cases
from bot.desk_command import AsJson, Desk, Reference, Who, actor, fail, now, opened, say, show_rows, when

if TYPE_CHECKING:
    from staff.case_photos import CasePhotos
    from staff.photo_rows import Box

__all__ = ["cases"]
"""With the three words of this file among the others."""

COLUMNS = ("Photo", "Size", "KB", "Came", "Blurred")
Number = Annotated[int, typer.Argument(min=1, metavar="N", help="Its number in `frontdoor cases photos`.")]


@cases.command("photos")
def list_photos(reference: Reference, who: Who = None, as_json: AsJson = False) -> None:
    """List the photos that came with a case."""
    with opened() as desk:
        rows = _photos(desk).list(reference, actor=actor(who), now=now())
    cells = [
        [
            str(row.number),
            f"{row.width} x {row.height}",
            str(-(-row.bytes // 1000)),
            when(row.received_at),
            "yes" if row.is_blurred else "",
        ]
        for row in rows
    ]
    show_rows(rows, COLUMNS, cells, "photo(s)", as_json=as_json)


@cases.command()
def photo(
    reference: Reference,
    number: Number,
    output: Annotated[Path, typer.Option("--output", "-o", help="The JPEG file to write.")],
    reason: Annotated[str, typer.Option(help="Why it is looked at; kept in the audit.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Write a photo to a file, for a reason. Delete the file when you are done: nothing else will."""
    if output.exists():
        fail(f"{output} is there already, and nothing was written. Name another file.")
    with opened() as desk:
        jpeg = _photos(desk).read(reference, number, reason, actor=actor(who), now=now())
    try:
        # For whoever asked alone: others may have accounts on this machine.
        with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(jpeg)
    except OSError as error:
        fail(f"{output} cannot be written ({error.strerror}). Name another file.")
    say(f"Written to {output}.", as_json=as_json, output=str(output), bytes=len(jpeg))


@cases.command()
def blur(
    reference: Reference,
    number: Number,
    box: Annotated[
        list[str],
        typer.Option(
            help="x,y,w,h in pixels from the upper left corner; repeat for more.", metavar="X,Y,W,H"
        ),
    ],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Make faces or number plates in a photo unreadable. It cannot be undone: the photo as it was goes."""
    boxes = [_read_box(each) for each in box]
    with opened() as desk:
        row = _photos(desk).blur(reference, number, boxes, actor=actor(who), now=now())
    many = "1 box was" if len(boxes) == 1 else f"{len(boxes)} boxes were"
    say(
        f"{many} blurred in photo {row.number}. The photo as it was is gone.",
        as_json=as_json,
        number=row.number,
        boxes=len(boxes),
    )


def _read_box(text: str) -> "Box":
    from staff.photo_rows import Box

    parts = text.replace(" ", "").split(",")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) <= 6 for part in parts):
        fail(f"{text} is no box. Give x,y,w,h in pixels, like 120,80,60,40.")
    return Box(*map(int, parts))


def _photos(desk: Desk) -> "CasePhotos":
    from bot.photos import PhotoStore, blur_in_subprocess
    from flows.office import QuietHours
    from staff.case_photos import CasePhotos

    quiet = QuietHours(**desk.settings.config.quiet_hours.model_dump())
    store = PhotoStore(desk.settings.data / "photos", desk.database.vault)
    return CasePhotos(desk.database, desk.content, quiet, store, blur_in_subprocess)
