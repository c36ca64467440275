"""What is wrong with one consultation's file, by line; `frontdoor check` reads all files, this tells of one."""

from datetime import date
from pathlib import Path

from flows.check import check_content
from flows.findings import Fault
from staff.errors import StaffError

FOLDER = Path("county/consultations")


def find_file(root: Path, named: str) -> Path:
    """The file of a consultation, by its id or its path. Raises StaffError where there is none, or elsewhere."""
    given = Path(named)
    if given.suffix != ".yml":
        given = root / FOLDER / f"{named}.yml"
    path = (given if given.is_absolute() else Path.cwd() / given).resolve()
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in (root / FOLDER).glob("*.yml")))
        raise StaffError(f"There is no consultation {named}. There are: {known or 'none yet'}.")
    if path.parent != (root / FOLDER).resolve():
        raise StaffError(
            f"Put {path.name} into {FOLDER}/ first: it is checked together with the other files."
        )
    return path


def check_file(root: Path, path: Path, today: date) -> list[Fault]:
    """Its faults and warnings, by line."""
    file = f"{FOLDER.as_posix()}/{path.name}"
    return sorted(fault for fault in check_content(root, today=today) if fault.file == file)
