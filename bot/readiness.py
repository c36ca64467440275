"""What /readyz tells an operator."""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Any

import structlog

from bot.settings import Settings
from nlu.server import NluServer
from nlu.train import is_current
from storage.database import Database

log = structlog.get_logger()

MODEL_CHECK_SECONDS = 60.0


class Readiness:
    """Whether messages can be kept, and how all else stands; called anew for each who asks."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        nlu: NluServer,
        doors: Collection[str],
        states: tuple[Callable[[], dict[str, Any]], ...],
    ) -> None:
        self._settings = settings
        self._database = database
        self._nlu = nlu
        self._doors = sorted(doors)
        self._states = states
        self._checked_at = -MODEL_CHECK_SECONDS
        self._model_is_current = False

    async def __call__(self) -> dict[str, Any]:
        keeps = await self._keeps()
        if time.monotonic() - self._checked_at >= MODEL_CHECK_SECONDS:
            # It reads all training data, and anybody may ask.
            self._checked_at = time.monotonic()
            self._model_is_current = await asyncio.to_thread(
                is_current, self._settings.root, self._settings.environment.frontdoor_models
            )
        told: dict[str, Any] = {
            "ready": keeps,
            "database": "ok" if keeps else "unavailable",
            "understanding": self._nlu.state.value,
            "understanding_since": self._nlu.since.isoformat(timespec="seconds"),
            "model_is_current": self._model_is_current,
        }
        for state in self._states:
            told |= state()
        return told | {"doors": self._doors}

    async def _keeps(self) -> bool:
        try:
            await self._database.read(lambda tx: tx.inbox.oldest_waiting())
        except Exception as error:
            log.error("ready.database", error=type(error).__name__)
            return False
        return True
