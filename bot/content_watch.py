"""Takes changed words, forms and answers into the running service, or keeps the last good ones and says why."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from flows.check import check_content
from flows.content import Content
from flows.engine import Engine
from storage.errors import StorageBusy

log = structlog.get_logger()
LOOK_EVERY_SECONDS = 15.0
FOLDERS = ("county", "flows")
KINDS = (".yml", ".ics")
FAULTS_TOLD = 5


class ContentWatch:
    """Compares the files with those in use; whatever `frontdoor check` refuses is not taken.

    `mark` tells, by being another, that something else has changed that the content is made of.
    """

    def __init__(
        self,
        root: Path,
        engine: Engine,
        load: Callable[[], Content],
        mark: Callable[[], object] = lambda: None,
    ) -> None:
        self._root = root
        self._engine = engine
        self._load = load
        self._mark = mark
        self._seen: object = (self._print(), mark())
        self.since = datetime.now(UTC)
        self.faults: list[str] = []

    def state(self) -> dict[str, object]:
        """For /readyz: since when these words are in use, and what is wrong with newer ones."""
        state: dict[str, object] = {"content_since": self.since.isoformat(timespec="seconds")}
        return {**state, "content_faults": self.faults} if self.faults else state

    async def watch(self) -> None:
        """Looks again and again."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            await asyncio.to_thread(self.look)

    def look(self) -> bool:
        """Takes what changed since the last look; True where it is in use now."""
        try:
            seen = (self._print(), self._mark())
        except StorageBusy:
            return False  # the next look sees it
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            self.faults = find_faults(self._root)
            if self.faults:
                log.error("content.kept_the_last", faults=len(self.faults))
                return False
            content = self._load()
        except Exception as error:  # a file half written, a folder gone: the next look may find it whole
            self.faults = [f"the files cannot be read ({type(error).__name__}); `frontdoor check` says where"]
            log.error("content.kept_the_last", error=type(error).__name__)
            return False
        self._engine.content, self.since = content, datetime.now(UTC)
        log.info("content.taken")
        return True

    def _print(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file that is content."""
        found: dict[str, tuple[int, int]] = {}
        for folder in FOLDERS:
            for path in sorted((self._root / folder).rglob("*")):
                if path.suffix in KINDS and path.is_file():
                    told = path.stat()
                    found[str(path)] = (told.st_size, told.st_mtime_ns)
        return found


def find_faults(root: Path) -> list[str]:
    """The first faults as "file:line: what is wrong"; empty where the content can be used."""
    faults = [f for f in check_content(root, today=datetime.now(UTC).date()) if not f.is_warning]
    return [f"{f.file}:{f.line}: {f.message}" for f in faults[:FAULTS_TOLD]]
