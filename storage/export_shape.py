"""What an export is asked for and what its columns mean."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# What staff read for the doors something came in by.
CHAT_DOORS = (("web", "Web chat"), ("telegram", "Telegram"), ("sms", "Text message"))
OTHER_SYSTEM = ("open311", "Another body's system")


class Level(StrEnum):
    """How much an export tells.

    OPEN: no free text, no place words, no exact place, nothing personal. STANDARD: all but what is
    personal. FULL: everything; somebody has to say why.
    """

    OPEN = "open"
    STANDARD = "standard"
    FULL = "full"


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    GEOJSON = "geojson"


@dataclass(frozen=True)
class ExportField:
    """One question of a form, as the data dictionary shows it. `options` are (stored value, label).

    `of` and `part` are set on columns that hold one part of another field's answer.
    """

    id: str
    title: str
    kind: str
    description: str = ""
    personal: bool = False
    free_text: bool = False
    options: tuple[tuple[str, str], ...] = ()
    of: str = ""
    part: str = ""


@dataclass(frozen=True)
class ExportRequest:
    """What is asked for, by whom and why; carried inside the file and kept in the audit."""

    form: str
    format: ExportFormat
    level: Level
    who: str
    reason: str
    since: datetime | None
    until: datetime | None
    district: str | None
    exported_at: datetime

    def described(self) -> dict[str, str]:
        return {
            "form": self.form,
            "level": self.level,
            "reason": self.reason,
            "exported_by": self.who,
            "exported_at": self.exported_at.isoformat(),
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "district": self.district or "",
        }
