"""`frontdoor cases photos | photo | blur`: from the kept file to the one a member of staff looks at, and back."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from desk import Line, audit, chat, file, now, open_desk, read, ref, run, run_json
from PIL import Image

from bot.photo_keeper import remove_strays
from bot.photos import PhotoStore, clean
from storage.database import Database


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Database:
    """A case with a photo of stripes, and a file that no row names."""
    database = open_desk(tmp_path, monkeypatch)
    store = store_of(database, tmp_path)
    picture = io.BytesIO()
    Image.effect_noise((120, 90), 120).save(picture, "PNG")
    photo = clean(picture.getvalue())
    with database.transaction() as tx:
        path = store.save("p1", photo.data)
        tx.attachments.add(
            chat(tx).id, "image/jpeg", len(photo.data), 120, 90, photo.sha256, path, now(), id="p1"
        )
        tx.commit()
    file(database, ref(1), attachments=("p1",))
    return database


def store_of(database: Database, tmp_path: Path) -> PhotoStore:
    return PhotoStore(tmp_path / "data" / "photos", database.vault)


def test_a_photo_is_listed_written_and_blurred(desk, tmp_path):
    [listed] = run_json("cases", "photos", ref(1))
    assert (listed["number"], listed["width"], listed["height"], listed["is_blurred"]) == (1, 120, 90, False)
    code, printed = run("cases", "photo", ref(1), "1", "-o", "plain.jpg", "--reason", "to find faces")
    assert code == 0, printed
    assert Path("plain.jpg").stat().st_mode & 0o777 == 0o600
    code, printed = run("cases", "blur", ref(1), "1", "--box", "10,10,40,30", "--box", "80, 50, 90, 90")
    assert code == 0, printed
    assert "2 boxes were blurred in photo 1" in printed
    assert run("cases", "photo", ref(1), "1", "-o", "blurred.jpg", "--reason", "to check")[0] == 0
    with Image.open("plain.jpg") as plain, Image.open("blurred.jpg") as blurred:
        assert spread(plain, (14, 14, 46, 36)) > 150
        assert spread(blurred, (14, 14, 46, 36)) < 60
        assert spread(blurred, (85, 55, 118, 88)) < 60
        assert spread(blurred, (0, 44, 70, 90)) > 150
    assert len(list((tmp_path / "data" / "photos").iterdir())) == 1
    assert "yes" in run("cases", "photos", ref(1))[1]
    verbs = [line.action for line in audit(desk)]
    assert verbs == ["case.photos", "case.photo", "case.blur", "case.photo", "case.photos"]
    assert isinstance(audit(desk)[0], Line)


def spread(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    low, high = picture.convert("L").crop(box).getextrema()
    return int(high - low)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("photo", ref(1), "1", "-o", ".", "--reason", "why"), "is there already"),
        (("photo", ref(1), "1", "-o", "no/such/x.jpg", "--reason", "why"), "cannot be written"),
        (("blur", ref(1), "1", "--box", "1,2,3"), "is no box"),
        (("blur", ref(1), "1", "--box", "500,2,3,4"), "is not on photo 1"),
    ],
)
def test_what_makes_no_sense_is_told(desk, arguments, told):
    code, printed = run("cases", *arguments)
    assert code == 1
    assert told in printed
    assert not Path("x.jpg").exists()


def test_a_photo_that_a_crash_left_behind_goes_with_the_purge(desk, tmp_path):
    store = store_of(desk, tmp_path)
    stray, fresh = store.save("p1", b"a face"), store.save("p1", b"on its way to its row")
    folder = tmp_path / "data" / "photos"
    for file_ in folder.iterdir():
        if file_.name != fresh:
            os.utime(file_, (0, 0))
    assert remove_strays(desk, store, now()) == 1
    kept = read(desk, lambda tx: tx.attachments.find("p1")).path
    assert sorted(file_.name for file_ in folder.iterdir()) == sorted([kept, fresh])
    assert remove_strays(desk, store, now() + timedelta(hours=2)) == 1
    assert stray not in {file_.name for file_ in folder.iterdir()}
