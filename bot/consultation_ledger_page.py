"""The ledger of a consultation as a page and as a PDF: the same words in the same order."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.consultation_results_page import day
from bot.pages import render_page
from flows.county import LONDON
from staff.consulting.gunning import GunningLedger, Part, Sheet

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN_MM = 18
INK, SOFT, BRAND, WARN = (23, 33, 31), (70, 82, 79), (20, 80, 74), (138, 75, 0)
# The PDF's own fonts know Western letters alone; a font of the machine, where there is one, knows the rest.
FONTS = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu"),
    Path("/usr/share/fonts/dejavu-sans-fonts"),
)


def render_ledger(ledger: GunningLedger, now: datetime) -> str:
    return render_page("consultation_ledger.html", ledger=ledger, made=_made(now))


def write_ledger_pdf(ledger: GunningLedger, path: Path, now: datetime) -> None:
    """A4, with its title, language and bookmarks; in reading order. Raises OSError."""
    from fpdf import FPDF, ViewerPreferences  # seldom asked for, and it takes a while to load

    class Page(FPDF):
        def footer(self) -> None:
            self.set_y(-14)
            _font(self, 8, colour=SOFT)
            self.cell(
                0, 5, _text(self, f"{ledger.owner}. Made on {_made(now)}. Page {self.page_no()} of {{nb}}")
            )

    pdf = Page(format="A4")
    pdf.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
    pdf.set_auto_page_break(True, margin=MARGIN_MM + 2)
    pdf.set_title(ledger.title)
    pdf.set_author(ledger.owner)
    pdf.set_lang("en-GB")
    pdf.set_creation_date(now)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    folder = _find_fonts()
    if folder is not None:
        pdf.add_font("Words", "", folder / "DejaVuSans.ttf")
        pdf.add_font("Words", "B", folder / "DejaVuSans-Bold.ttf")
    pdf.add_page()
    _write(pdf, ledger.title, 20, bold=True, colour=BRAND)
    _write(pdf, ledger.covers, 10, colour=SOFT)
    pdf.ln(2)
    _write(
        pdf,
        "The courts ask four things of a consultation (R v Brent, ex parte Gunning, 1985). What is on record stands "
        "under each.",
        10,
    )
    for part in ledger.parts:
        _write_part(pdf, part)
    pdf.output(str(path))


def _write_part(pdf: "FPDF", part: Part) -> None:
    pdf.ln(4)
    if pdf.will_page_break(30):
        pdf.add_page()
    pdf.start_section(_text(pdf, part.title))
    _write(pdf, part.title, 14, bold=True, colour=BRAND)
    pdf.ln(1)
    for line in part.says:
        _write(pdf, line, 10)
    if part.look:
        pdf.ln(1)
        _write(pdf, "To look at", 10, bold=True, colour=WARN)
        for line in part.look:
            _write(pdf, f"- {line}", 10)
    for sheet in part.sheets:
        _write_sheet(pdf, sheet)


def _write_sheet(pdf: "FPDF", sheet: Sheet) -> None:
    from fpdf.enums import TableBordersLayout
    from fpdf.fonts import FontFace

    pdf.ln(3)
    if pdf.will_page_break(24):
        pdf.add_page()
    _write(pdf, sheet.name, 10, bold=True)
    pdf.ln(1)
    _font(pdf, 9)
    with pdf.table(
        col_widths=_widths(sheet),
        text_align="LEFT",
        v_align="T",
        line_height=4.6,
        padding=1.2,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="BOLD", color=INK, fill_color=(236, 233, 224)),
    ) as table:
        for row in (sheet.columns, *sheet.rows):
            table.row([_text(pdf, cell) for cell in row])


def _widths(sheet: Sheet) -> tuple[int, ...]:
    """Wide where the words are long, and never so narrow that a date breaks."""
    longest = [max(len(row[at]) for row in (sheet.columns, *sheet.rows)) for at in range(len(sheet.columns))]
    return tuple(min(max(length, 14), 60) for length in longest)


def _write(
    pdf: "FPDF", words: str, size: float, *, bold: bool = False, colour: tuple[int, int, int] = INK
) -> None:
    _font(pdf, size, bold=bold, colour=colour)
    pdf.multi_cell(0, size * 0.5, _text(pdf, words), align="L", new_x="LMARGIN", new_y="NEXT")


def _font(pdf: "FPDF", size: float, *, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
    pdf.set_font("Words" if _find_fonts() is not None else "Helvetica", "B" if bold else "", size)
    pdf.set_text_color(*colour)


def _text(pdf: "FPDF", words: str) -> str:
    """What the font has: letters it lacks are a question mark, never a fault."""
    if _find_fonts() is not None:
        return words
    plain = words.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-"})
    return plain.encode("latin-1", "replace").decode("latin-1")


@cache
def _find_fonts() -> Path | None:
    return next((folder for folder in FONTS if (folder / "DejaVuSans-Bold.ttf").is_file()), None)


def _made(now: datetime) -> str:
    return day(now.astimezone(LONDON).date())
