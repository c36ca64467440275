"""The photos of a case: listed, seen for a reason, and blurred so that the photo as it was is gone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from staff_samples import ADA, CONTENT, NOON, a_chat, audit, events, everything, file, later, ref

from flows.office import QuietHours
from staff.case_photos import CasePhotos
from staff.errors import StaffError
from staff.photo_rows import BlurredPhoto, Box
from storage.database import Database

FACE = Box(10, 20, 30, 40)


@dataclass
class FakeStore:
    """Files in memory; a `crash` is what deleting runs into."""

    files: dict[str, bytes] = field(default_factory=dict)
    crash: Exception | None = None
    numbers: Iterator[int] = field(default_factory=count)

    def save(self, photo_id: str, data: bytes) -> str:
        name = f"file-{next(self.numbers)}-of-{photo_id}"
        self.files[name] = data
        return name

    def read(self, photo_id: str, name: str) -> bytes:
        if not name.endswith(photo_id) or name not in self.files:
            raise FileNotFoundError
        return self.files[name]

    def delete(self, name: str) -> None:
        if self.crash is not None:
            raise self.crash
        self.files.pop(name, None)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


def covered(jpeg: bytes, boxes: object) -> BlurredPhoto:
    return BlurredPhoto(jpeg + b" blurred", 640, 480, "0" * 64)


def photos_of(
    database: Database, store: FakeStore, blur: Callable[..., BlurredPhoto] = covered
) -> CasePhotos:
    return CasePhotos(database, CONTENT, QuietHours(), store, blur)


def file_with_photos(database: Database, store: FakeStore, many: int) -> str:
    """A case with photos named p1, p2, ...; returns its id."""
    with database.transaction() as tx:
        chat = a_chat(tx).id
        for n in range(1, many + 1):
            path = store.save(f"p{n}", f"face {n}".encode())
            tx.attachments.add(chat, "image/jpeg", 6, 640, 480, "f" * 64, path, later(minutes=n), id=f"p{n}")
        tx.commit()
    return file(database, ref(1), attachments=tuple(f"p{n}" for n in range(1, many + 1)))


def named(database: Database) -> dict[str, str]:
    """The file each photo's row names."""
    with database.reading() as tx:
        return {f"p{n}": kept.path for n in range(1, 4) if (kept := tx.attachments.find(f"p{n}"))}


def test_photos_are_listed_the_oldest_first(database: Database, store: FakeStore) -> None:
    id = file_with_photos(database, store, 2)
    first, second = photos_of(database, store).list(ref(1), actor=ADA, now=NOON)
    assert (first.number, first.id, second.number, second.id) == (1, "p1", 2, "p2")
    assert (first.width, first.height, first.bytes, first.received_at) == (640, 480, 6, later(minutes=1))
    assert not first.is_blurred
    assert audit(database) == [(ADA, "case.photos", id, {"photos": 2})]


def test_a_photo_is_seen_for_a_reason_that_names_nobody_in_the_audit(
    database: Database, store: FakeStore
) -> None:
    id = file_with_photos(database, store, 2)
    why = "Mr Hopper rang on 07700 900123 about it"
    assert photos_of(database, store).read(ref(1), 2, why, actor=ADA, now=NOON) == b"face 2"
    [(actor, verb, subject, detail)] = audit(database)
    assert (actor, verb, subject, detail["photo"]) == (ADA, "case.photo", id, "p2")
    assert "900123" not in detail["reason"] and "rang" in detail["reason"]
    assert events(database, id) == []


def test_what_was_blurred_takes_the_place_of_the_photo_as_it_was(
    database: Database, store: FakeStore
) -> None:
    id = file_with_photos(database, store, 2)
    photos = photos_of(database, store)
    row = photos.blur(ref(1), 1, [FACE, FACE], actor=ADA, now=NOON)
    assert (row.number, row.is_blurred, row.bytes) == (1, True, len(b"face 1 blurred"))
    assert sorted(store.files.values()) == [b"face 1 blurred", b"face 2"]
    assert photos.read(ref(1), 1, "to look", actor=ADA, now=NOON) == b"face 1 blurred"
    with database.reading() as tx:
        kept = tx.attachments.find("p1")
    assert kept is not None and kept.sha256 == "0" * 64
    [event] = events(database, id)
    assert (event.kind, event.actor, event.data) == ("photo_blurred", ADA, {"photo": "p1", "boxes": 2})
    assert (ADA, "case.blur", id, {"event": event.id, "photo": "p1", "boxes": 2}) in audit(database)


@pytest.mark.parametrize(
    ("number", "boxes", "told"),
    [
        (3, [FACE], "no photo 3 of .*: they are 1 to 2"),
        (0, [FACE], "no photo 0"),
        (1, [], "1 to 50 boxes; these are 0"),
        (1, [FACE] * 51, "these are 51"),
        (1, [FACE, Box(640, 0, 9, 9)], "9 x 9 at 640,0 is not on photo 1, which is 640 x 480"),
        (1, [Box(5, 5, 0, 9)], "not on photo 1"),
    ],
)
def test_a_blur_that_makes_no_sense_changes_nothing(
    sqlite_database: Database, store: FakeStore, number: int, boxes: list[Box], told: str
) -> None:
    file_with_photos(sqlite_database, store, 2)
    before, files = everything(sqlite_database), dict(store.files)
    with pytest.raises(StaffError, match=told):
        photos_of(sqlite_database, store).blur(ref(1), number, boxes, actor=ADA, now=NOON)
    assert (everything(sqlite_database), store.files) == (before, files)


def test_a_blur_that_fails_changes_nothing(sqlite_database: Database, store: FakeStore) -> None:
    file_with_photos(sqlite_database, store, 1)
    before, files = everything(sqlite_database), dict(store.files)

    def fail(jpeg: bytes, boxes: object) -> BlurredPhoto:
        raise ValueError

    with pytest.raises(StaffError, match="could not be blurred"):
        photos_of(sqlite_database, store, fail).blur(ref(1), 1, [FACE], actor=ADA, now=NOON)
    assert (everything(sqlite_database), store.files) == (before, files)


def test_of_two_who_blur_one_photo_at_once_one_is_told(database: Database, store: FakeStore) -> None:
    file_with_photos(database, store, 1)
    quick = photos_of(database, store)

    def overtaken(jpeg: bytes, boxes: object) -> BlurredPhoto:
        quick.blur(ref(1), 1, [FACE], actor="eve", now=NOON)
        return covered(jpeg, boxes)

    with pytest.raises(StaffError, match="in this moment"):
        photos_of(database, store, overtaken).blur(ref(1), 1, [FACE], actor=ADA, now=NOON)
    assert list(store.files) == [named(database)["p1"]]
    assert quick.read(ref(1), 1, "to look", actor=ADA, now=NOON) == b"face 1 blurred"


def test_after_a_crash_the_row_names_the_blurred_file(sqlite_database: Database, store: FakeStore) -> None:
    file_with_photos(sqlite_database, store, 1)
    store.crash = OSError("the machine went down")
    with pytest.raises(OSError, match="went down"):
        photos_of(sqlite_database, store).blur(ref(1), 1, [FACE], actor=ADA, now=NOON)
    assert store.files[named(sqlite_database)["p1"]] == b"face 1 blurred"


@pytest.mark.parametrize(
    ("operation", "told"),
    [(("read", 1, "to look"), "No photo came"), (("read", 1, " "), "please write something")],
)
def test_a_photo_there_is_not_and_no_reason(
    sqlite_database: Database, store: FakeStore, operation: tuple, told: str
) -> None:
    file(sqlite_database, ref(1))
    name, *more = operation
    with pytest.raises(StaffError, match=told):
        getattr(photos_of(sqlite_database, store), name)(ref(1), *more, actor=ADA, now=NOON)
    assert audit(sqlite_database) == []


def test_a_file_that_is_missing_is_told(sqlite_database: Database, store: FakeStore) -> None:
    file_with_photos(sqlite_database, store, 1)
    store.files.clear()
    with pytest.raises(StaffError, match="is not there"):
        photos_of(sqlite_database, store).read(ref(1), 1, "to look", actor=ADA, now=NOON)
