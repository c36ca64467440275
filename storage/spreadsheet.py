"""Words of strangers in spreadsheet cells.

A cell that begins with one of a few signs is a formula to a spreadsheet program, and a formula can fetch
pages and start programs. OWASP ASVS 5.0, 1.2.10: put a single quote before it.
"""

import re
import unicodedata

import phonenumbers

FORMULA_SIGNS = frozenset("=+-@＝＋－＠")
BREAKS = frozenset("\t\r\n\x00")
UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # Unicode categories that programs trim or do not show
INNER_FORMULA = re.compile(r"([;\t\r\n][^\w;=+\-@＝＋－＠]*)([=+\-@＝＋－＠])")
XLSX_CELL_MAX_CHARACTERS = 32_767  # https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
CUT_MARK = " [cut]"


def safe_cell(value: object) -> object:
    """Texts made harmless; numbers, None and booleans as they are."""
    return safe_text(value) if isinstance(value, str) else value


def safe_text(text: str) -> str:
    """The same words, never a formula, with no character that breaks a file."""
    harmless = f"'{text}" if is_formula(text) else text
    if harmless.isprintable():
        return harmless
    return "".join(c if _is_plain(c) else "\ufffd" for c in harmless)


def safe_csv_cell(value: object) -> object:
    """As `safe_cell`, and safe even where a program parts cells at semicolons or tabs.

    It then takes no notice of our quotes, and words after a semicolon or a line break begin a cell.
    """
    if not isinstance(value, str):
        return value
    return INNER_FORMULA.sub(r"\1'\2", safe_text(value))


def is_formula(text: str) -> bool:
    """True where a spreadsheet program could take it for one, if it trims what comes first."""
    if text[:1].isalnum():
        return False
    if text[:1] in BREAKS:
        return True
    first_seen = next((c for c in text if unicodedata.category(c) not in UNSEEN), "")
    return first_seen in FORMULA_SIGNS


def _is_plain(character: str) -> bool:
    return character in "\t\r\n" or unicodedata.category(character) not in ("Cc", "Cs")


def cut_for_xlsx(text: str) -> str:
    """Excel refuses longer cells, and the writer would drop them without a word."""
    # Counted as Excel does, in UTF-16 units; half the limit in code points always fits.
    if len(text.encode("utf-16-le")) // 2 <= XLSX_CELL_MAX_CHARACTERS:
        return text
    kept = text[: XLSX_CELL_MAX_CHARACTERS - len(CUT_MARK)]
    while len(kept.encode("utf-16-le")) // 2 > XLSX_CELL_MAX_CHARACTERS - len(CUT_MARK):
        kept = kept[: len(kept) * 9 // 10]
    return kept + CUT_MARK


def readable_phone(e164: str) -> str:
    """As somebody in the UK would dial it, which begins with no plus; other texts are given back."""
    try:
        number = phonenumbers.parse(e164, "GB")
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_out_of_country_calling_number(number, "GB")
