"""What is wrong with one consultation's file, by line; `frontdoor check` reads all files, this tells of one."""

from datetime import date
from pathlib import Path

from flows.check import check_content
from flows.facts import show_date
from flows.findings import Fault
from flows.yaml_lines import read_document
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
    """Its faults and warnings, by line; that it is over too, which is no fault of one that was asked in its time."""
    file = f"{FOLDER.as_posix()}/{path.name}"
    faults = [fault for fault in check_content(root, today=today) if fault.file == file]
    if all(fault.is_warning for fault in faults):
        document = read_document(path)
        closes = document.value["closes"]
        if closes < today:
            said = f"it closed on {show_date(closes)}: to be opened it needs a later closes:"
            faults.append(Fault(file, document.find_line(("closes",)), said, is_warning=True))
    return sorted(faults)
