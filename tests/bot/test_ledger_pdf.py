"""The ledger as a PDF: a screen reader finds its way in it, and words in it stay words."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from bot.consultation_ledger_page import write_ledger_pdf
from staff.consulting.gunning import GunningLedger, Part, Sheet

NOW = datetime(2027, 1, 1, 12, 0, 0, 123_456, tzinfo=UTC)
HOSTILE = r'#sys.inputs *b* _i_ $x$ <b> @ref \ "q" `c` // #panic() = - +'
LONG = "Ж" * 80
ROWS = tuple((f"{at} May 2027", "Źdźbło, știri, ґанок") for at in range(1, 60))
LEDGER = GunningLedger(
    "Parks: how we listened",
    "parks, version 1.",
    (
        Part("open", "1. Asked", (HOSTILE, LONG), (HOSTILE,), (Sheet("Empty", ("When", "What"), ()),)),
        Part("time", "2. Given time", (), (), (Sheet("Reached", ("When", "What"), ((LONG, LONG), *ROWS)),)),
    ),
    "The office",
)


def written(ledger: GunningLedger, folder: Path) -> bytes:
    write_ledger_pdf(ledger, folder / "ledger.pdf", NOW)
    return (folder / "ledger.pdf").read_bytes()


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def tags(element: object) -> list[str]:
    """What a screen reader is told there is, in reading order."""
    if isinstance(element, list):
        return [tag for each in element for tag in tags(each.get_object())]
    if not isinstance(element, DictionaryObject):
        return []
    below = element.get("/K")
    return [*filter(None, [element.get("/S")]), *(tags(below.get_object()) if below is not None else [])]


def test_a_screen_reader_finds_title_language_headings_and_tables(tmp_path: Path) -> None:
    pdf = written(LEDGER, tmp_path)
    root = read(pdf).root_object
    assert root["/MarkInfo"]["/Marked"] and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert (root["/Lang"], read(pdf).metadata.title) == ("en-GB", LEDGER.title)
    assert b"<pdfuaid:part>1<" in root["/Metadata"].get_data()
    found = tags(root["/StructTreeRoot"])
    assert [tag for tag in found if tag in ("/H1", "/H2", "/Table")] == ["/H1", *["/H2", "/Table"] * 2]
    assert (found.count("/TH"), found.count("/Caption"), found.count("/LI")) == (4, 2, 1)
    assert pdf == written(LEDGER, tmp_path), "same words, same date, other bytes"


def test_words_are_shown_as_they_are_and_columns_are_named_on_every_page(tmp_path: Path) -> None:
    pages = [page.extract_text() for page in read(written(LEDGER, tmp_path)).pages]
    assert len(pages) > 1 and all("When" in page and f"of {len(pages)}" in page for page in pages)
    said = "".join("".join(pages).split())
    assert said.count("".join(HOSTILE.split())) == 2
    assert said.count("Ж") == 80 * 3 and not any(LONG in page for page in pages), "longer than any line"
    assert "Źdźbło,știri,ґанок" in said


@pytest.mark.parametrize(
    ("letters", "is_ua"),
    [("\u1a20", False), ("\x07", False), ("\ud800", True)],
    ids=["no font", "bell", "half"],
)
def test_letters_that_no_font_has_do_not_stop_it(letters: str, is_ua: bool, tmp_path: Path) -> None:
    pdf = written(replace(LEDGER, covers=f"Parks {letters}"), tmp_path)
    root = read(pdf).root_object
    assert root["/MarkInfo"]["/Marked"]
    assert (b"pdfuaid" in root["/Metadata"].get_data()) is is_ua, "says it is PDF/UA where letters are boxes"
