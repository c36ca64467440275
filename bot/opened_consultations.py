"""Keeps the running service asking what staff opened (staff/consulting/asked.py), and says where a file differs."""

import structlog

from flows.content import Content
from staff.consulting.asked import ask_as_opened, find_changed
from storage.database import Database

log = structlog.get_logger()


class AskedAsOpened:
    """Puts the questionnaires on record in the place of the files' own; `changed` are the ids where they differ."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.changed: tuple[str, ...] = ()

    def mark(self) -> object:
        """Differs once staff have opened or closed anything."""
        with self._database.reading() as tx:
            return tx.consultations.standing()

    def apply(self, content: Content) -> Content:
        with self._database.reading() as tx:
            opened, earlier = tx.consultations.all_current(), tx.consultations.all_earlier()
        self.changed = find_changed(content, opened)
        for id in self.changed:
            log.warning("consultation.file_differs_from_opened", consultation=id)
        return ask_as_opened(content, opened, earlier)

    def state(self) -> dict[str, object]:
        """For /readyz."""
        return {"consultations_changed_since_opened": list(self.changed)} if self.changed else {}
