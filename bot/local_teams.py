"""Which neighbourhood team a postcode belongs to, asked of two public web services.

Off unless config.yml names both (`lookups`): the postcode of somebody who asks then leaves the house. The services'
own rules: postcodes.io/docs (GET /postcodes/:postcode) and data.police.uk/docs (locate-neighbourhood, neighbourhood).
"""

from typing import Any, Protocol
from urllib.parse import quote

import httpx
import structlog

log = structlog.get_logger()
TIMEOUT_SECONDS = 2.0
LONGEST_NAME = 60


class LocalTeams(Protocol):
    """The team's name for a full postcode; None where it is not known."""

    async def find(self, postcode: str) -> str | None: ...


class WebLocalTeams:
    """Asks the services; whatever goes wrong there, the answer is "not known" and the citizen is helped without."""

    def __init__(
        self, postcodes_url: str, police_url: str, force: str, *, timeout_seconds: float = TIMEOUT_SECONDS
    ):
        """`force` is the force's id at the police service, like "warwickshire": no other force's team is named."""
        self._postcodes = postcodes_url.rstrip("/")
        self._police = police_url.rstrip("/")
        self._force = force
        self._client = httpx.AsyncClient(timeout=timeout_seconds)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def find(self, postcode: str) -> str | None:
        try:
            found = (await self._get(f"{self._postcodes}/postcodes/{quote(postcode)}"))["result"]
            at = f"{found['latitude']},{found['longitude']}"
            located = await self._get(f"{self._police}/locate-neighbourhood", q=at)
            if located["force"] != self._force:
                return None
            team = await self._get(
                f"{self._police}/{quote(located['force'])}/{quote(located['neighbourhood'])}"
            )
            name = team["name"]
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            log.warning("local_team.not_found", error=type(error).__name__)
            return None
        return name[:LONGEST_NAME] if isinstance(name, str) and name.strip() else None

    async def _get(self, url: str, **params: str) -> Any:
        answer = await self._client.get(url, params=params or None)
        answer.raise_for_status()
        return answer.json()
