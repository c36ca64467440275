"""Who answered another version of the questions: they are in no figure of this one, and are not forgotten.

Their number is told in tens: with the figures of that version, the number itself could give a hidden count away.
"""

from flows.consultations import Consultation
from staff.consulting.result_tables import in_tens
from staff.consulting.result_told import read_told
from staff.consulting.result_values import OtherVersion
from staff.small_numbers import Hidden
from storage.counted_answers import count_public_by_version
from storage.database import Transaction


def results_path(id: str, version: int | None = None) -> str:
    """Where everybody finds them: of the newest version that is published, or of this one."""
    return f"/consultations/{id}" + (f"/{version}" if version is not None else "")


def find_other_versions(tx: Transaction, asked: Consultation) -> tuple[OtherVersion, ...]:
    """Every other version that was opened, oldest first."""
    others = [each.version for each in tx.consultations.versions(asked.id) if each.version != asked.version]
    counts = count_public_by_version(tx, asked.id) if others else {}
    found = []
    for version in others:
        page = tx.published_results.last(asked.id, version)
        told = read_told(page.tables) if page is not None else None
        many = told.public if told is not None else counts.get(version, 0)
        address = results_path(asked.id, version) if page is not None else ""
        found.append(OtherVersion(version, many if isinstance(many, Hidden) else in_tens(many), address))
    return tuple(found)


def say_other_version(other: OtherVersion) -> str:
    """How many and how their results are had; "" where nobody answered it."""
    if not other.answers:
        return ""
    few = isinstance(other.answers, Hidden)
    many = str(other.answers).capitalize() if few else f"About {other.answers:,}"
    where = f"are at {other.address}" if other.address else "can be had from the office"
    return (
        f"{many} people answered version {other.version} of the questions. They are not counted here. "
        f"The results of version {other.version} {where}."
    )
