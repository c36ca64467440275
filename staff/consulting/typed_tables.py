"""CSV files that staff saved from a spreadsheet program: parted by commas, semicolons or tabs."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from staff.errors import StaffError


@contextmanager
def reading_table(path: Path) -> Iterator["csv.DictReader[str]"]:
    """The rows by column, missing cells empty. Raises StaffError for a file that is no table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            parted_by = max(",;\t", key=head.count)
            yield csv.DictReader(file, restkey="", restval="", delimiter=parted_by)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StaffError(
            f"{path.name} cannot be read ({type(error).__name__}). Save it as CSV, in UTF-8: Excel calls it CSV UTF-8."
        ) from error
