"""The photos of a case: seen for a reason, and faces and number plates in them made unreadable for good.

Files are read, blurred and written outside the transaction; the row says which file counts. The old file goes once
the row no longer names it; one that a crash left behind goes with the next purge (bot/photo_keeper.py).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from flows.content import Content
from flows.office import QuietHours
from flows.stripping import strip_personal
from staff.act import Act, check_words, perform
from staff.case_detail import LONGEST_REASON
from staff.errors import StaffError
from staff.photo_rows import BlurredPhoto, Box, PhotoRow
from storage.attachments import Attachment
from storage.database import Database
from storage.submissions import Submission

T = TypeVar("T")

BLURRED = "photo_blurred"
MOST_BOXES = 50


class PhotoStore(Protocol):
    """Where the files lie. `save` returns the name that `read` and `delete` take."""

    def save(self, photo_id: str, data: bytes) -> str: ...

    def read(self, photo_id: str, name: str) -> bytes: ...

    def delete(self, name: str) -> None: ...


Blur = Callable[[bytes, Sequence[Box]], BlurredPhoto]
"""Covers the boxes of a JPEG. Raises ValueError where that cannot be done."""


class CasePhotos:
    """Photos are those that came with the very report a reference names; `number` is that of the list.

    Every operation raises StaffError where it is refused, and then nothing was changed.
    """

    def __init__(
        self, database: Database, content: Content, quiet: QuietHours, store: PhotoStore, blur: Blur
    ) -> None:
        self._database = database
        self._content = content
        self._quiet = quiet
        self._store = store
        self._blur = blur

    def list(self, reference: str, *, actor: str, now: datetime) -> tuple[PhotoRow, ...]:
        return self._do(actor, now, lambda act: _list_photos(act, reference))

    def read(self, reference: str, number: int, reason: str, *, actor: str, now: datetime) -> bytes:
        """The JPEG. Why it is looked at is kept in the audit."""
        photo = self._do(actor, now, lambda act: _look(act, reference, number, reason))
        return self._read(photo)

    def blur(
        self, reference: str, number: int, boxes: Sequence[Box], *, actor: str, now: datetime
    ) -> PhotoRow:
        """Make boxes unreadable. The photo as it was is gone when this returns, and nobody can bring it back."""
        photo = self._do(actor, now, lambda act: _check(act, reference, number, boxes)[1])
        try:
            covered = self._blur(self._read(photo), boxes)
        except ValueError:
            raise StaffError(f"Photo {number} could not be blurred. Nothing was changed.") from None
        path = self._store.save(photo.id, covered.data)
        try:
            row = self._do(
                actor, now, lambda act: _replace(act, reference, number, boxes, photo, covered, path)
            )
        except StaffError:
            self._store.delete(path)
            raise
        self._store.delete(photo.path)
        return row

    def _read(self, photo: Attachment) -> bytes:
        try:
            return self._store.read(photo.id, photo.path)
        except FileNotFoundError:
            raise StaffError(
                "The file of that photo is not there. If the data folder was moved or restored, look for its photos."
            ) from None

    def _do(self, actor: str, now: datetime, work: Callable[[Act], T]) -> T:
        return perform(self._database, self._content, self._quiet, actor, now, work)


def _list_photos(act: Act, reference: str) -> tuple[PhotoRow, ...]:
    case = act.get_case(reference)
    rows = _rows(act, case)
    act.audit("case.photos", case.id, photos=len(rows))
    return rows


def _look(act: Act, reference: str, number: int, reason: str) -> Attachment:
    why = check_words(reason, "The reason", LONGEST_REASON)
    case = act.get_case(reference)
    photo = _get(act, case, number)
    # The audit is kept for ever: nobody's name may come into it by way of a reason.
    told = strip_personal(why, act.content.gazetteer.words)
    act.audit("case.photo", case.id, photo=photo.id, reason=told)
    return photo


def _check(act: Act, reference: str, number: int, boxes: Sequence[Box]) -> tuple[Submission, Attachment]:
    """The photo, where every box lies on it."""
    case = act.get_case(reference)
    photo = _get(act, case, number)
    if not 1 <= len(boxes) <= MOST_BOXES:
        raise StaffError(f"Give 1 to {MOST_BOXES} boxes; these are {len(boxes)}. Nothing was changed.")
    for box in boxes:
        if not _is_on(box, photo):
            raise StaffError(
                f"A box of {box.width} x {box.height} at {box.x},{box.y} is not on photo {number}, which is "
                f"{photo.width} x {photo.height}. Give x,y,w,h in pixels from its upper left corner."
            )
    return case, photo


def _is_on(box: Box, photo: Attachment) -> bool:
    """Whether any of it is: a box drawn a little over the edge is cut there."""
    across = max(box.x, 0) < min(box.x + box.width, photo.width)
    return across and max(box.y, 0) < min(box.y + box.height, photo.height)


def _replace(
    act: Act,
    reference: str,
    number: int,
    boxes: Sequence[Box],
    was: Attachment,
    covered: BlurredPhoto,
    path: str,
) -> PhotoRow:
    case = act.get_case(reference)
    is_ours = act.tx.attachments.replace_file(
        was.id, was.path, path, len(covered.data), covered.width, covered.height, covered.sha256
    )
    if not is_ours:
        raise StaffError(
            f"Photo {number} was changed or removed in this moment. Nothing was changed: list the photos again."
        )
    event = act.write(case, BLURRED, {"photo": was.id, "boxes": len(boxes)})
    act.audit("case.blur", case.id, event=event, photo=was.id, boxes=len(boxes))
    return next(row for row in _rows(act, case) if row.id == was.id)


def _get(act: Act, case: Submission, number: int) -> Attachment:
    photos = act.tx.attachments.for_submission(case.id)
    if not photos:
        raise StaffError(f"No photo came with {case.reference}.")
    if not 1 <= number <= len(photos):
        raise StaffError(f"There is no photo {number} of {case.reference}: they are 1 to {len(photos)}.")
    return photos[number - 1]


def _rows(act: Act, case: Submission) -> tuple[PhotoRow, ...]:
    blurred = {
        event.data.get("photo") for event in act.tx.submission_events.of(case.id) if event.kind == BLURRED
    }
    return tuple(
        PhotoRow(
            number=number,
            id=photo.id,
            width=photo.width,
            height=photo.height,
            bytes=photo.bytes,
            received_at=photo.created_at,
            is_blurred=photo.id in blurred,
        )
        for number, photo in enumerate(act.tx.attachments.for_submission(case.id), 1)
    )
