"""Answers to code as a CSV file for a coder, and the same file read back with codes in it.

The coder writes ids of codes into the column `codes`, parted by ; or "none" where no code fits. A row left empty is
not coded yet. Other columns are for reading and are ignored when it comes back.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from staff.consulting.coding import Codebook, CodingError
from staff.consulting.typed_tables import reading_table
from staff.errors import StaffError
from storage.drafts import written_whole
from storage.spreadsheet import safe_csv_cell

ID, CODES, NONE = "id", "codes", "none"
COLUMNS = (ID, "answer", "themes", "suggested", CODES)
MOST_ROWS, MOST_FAULTS = 20_000, 20


class CodingFault(StaffError):
    """Nothing was kept; `faults` name each line. They repeat no answer."""

    def __init__(self, faults: list[str]) -> None:
        more = f"\n... and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        super().__init__("Nothing was kept:\n" + "\n".join(faults[:MOST_FAULTS]) + more)
        self.faults = faults


@dataclass(frozen=True)
class ToCode:
    """One answer for a coder: its words masked, the machine's themes ("T1 lamp light") and what codes those suggest."""

    id: str
    answer: str
    themes: tuple[str, ...]
    suggested: tuple[str, ...]


@dataclass(frozen=True)
class CodedRow:
    """A line of a file that came back; `line` is where it stands."""

    line: int
    id: str
    codes: frozenset[str]


def write_to_code(path: Path, rows: Iterable[ToCode]) -> None:
    """For the eyes of whoever runs it alone. Raises StaffError."""
    try:
        with (
            written_whole([path]) as [draft],
            draft.open("w", encoding="utf-8-sig", newline="") as file,
        ):
            out = csv.writer(file)
            out.writerow(COLUMNS)
            for row in rows:
                cells = (row.id, row.answer, "; ".join(row.themes), "; ".join(row.suggested), "")
                out.writerow([safe_csv_cell(cell) for cell in cells])
    except OSError as error:
        raise StaffError(f"{path} could not be written ({error.strerror}). Choose another place.") from error


def read_coded(path: Path) -> list[CodedRow]:
    """Rows with something in `codes`. Raises StaffError for a file that is none of ours."""
    with reading_table(path) as reader:
        names = [name.strip() for name in reader.fieldnames or ()]
        if ID not in names or CODES not in names:
            raise StaffError(f"{path.name} needs the columns {ID} and {CODES}, as the exported file has.")
        reader.fieldnames = names
        rows = [(reader.line_num, row[ID].strip(), _parse_codes(row[CODES])) for row in reader]
    if len(rows) > MOST_ROWS:
        raise StaffError(f"A file holds at most {MOST_ROWS} rows; this one has {len(rows)}.")
    return [CodedRow(line, id, codes) for line, id, codes in rows if codes is not None]


def find_faults(rows: Iterable[CodedRow], book: Codebook, known: Iterable[str]) -> list[str]:
    """Each line that names an answer or a code there is not, or an answer for the second time."""
    faults: list[str] = []
    answers = frozenset(known)
    seen: dict[str, int] = {}
    for row in rows:
        if row.id not in answers:
            faults.append(f"line {row.line}, {ID}: no such answer, or it was taken back meanwhile")
        elif row.id in seen:
            faults.append(f"line {row.line}, {ID}: the same as in line {seen[row.id]}")
        seen.setdefault(row.id, row.line)
        for code in sorted(row.codes):
            faults += [f"line {row.line}, {CODES}: {told}" for told in _find_fault(book, code)]
    return faults


def _find_fault(book: Codebook, id: str) -> list[str]:
    try:
        code = book.follow(id)  # merged since it was written down: it counts as what it was merged into
    except CodingError as error:
        return [str(error)]
    if code.split_into:
        return [f'"{id}" was split into {", ".join(code.split_into)}; choose among them.']
    return []


def _parse_codes(cell: str) -> frozenset[str] | None:
    """None for an empty cell: not coded yet."""
    said = [part.strip().casefold() for part in cell.replace(",", ";").split(";")]
    codes = frozenset(part for part in said if part)
    return codes - {NONE} if codes else None
