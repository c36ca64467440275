"""Addresses that want no messages. Kept as keyed hashes alone, so they outlive everything else.

Scope "all" is STOP; "alerts" stops only what is sent unasked. Each is taken back by itself.
"""

from datetime import datetime
from typing import Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from storage.rows import insert_if_new
from storage.tables import suppressions
from storage.vault import Vault

Scope = Literal["all", "alerts"]


class Suppressions:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, channel: str, address: str, now: datetime, scope: Scope = "all") -> bool:
        """False where it was suppressed already, in this scope."""
        if self._has(channel, address, (scope,)):
            return False
        values = {
            "id": str(uuid4()),
            "channel": channel,
            "address_index": self._vault.index(*_kind_and_text(channel, address)),
            "scope": scope,
            "created_at": now,
        }
        unique = ("channel", "address_index", "scope")
        added = insert_if_new(self._connection, suppressions, values, suppressions.c.id, unique=unique)
        return added is not None

    def remove(self, channel: str, address: str, scope: Scope = "all") -> bool:
        """False where it was not suppressed in this scope."""
        gone = delete(suppressions).where(self._is(channel, address, (scope,)))
        return self._connection.execute(gone).rowcount > 0

    def is_suppressed(self, channel: str, address: str, scope: Scope = "all") -> bool:
        """Whether nothing in this scope may be sent there; who wants nothing at all wants no alerts either."""
        return self._has(channel, address, ("all",) if scope == "all" else ("all", scope))

    def _has(self, channel: str, address: str, scopes: tuple[str, ...]) -> bool:
        query = select(suppressions.c.id).where(self._is(channel, address, scopes))
        return self._connection.execute(query).first() is not None

    def _is(self, channel: str, address: str, scopes: tuple[str, ...]) -> ColumnElement[bool]:
        indexes = self._vault.indexes(*_kind_and_text(channel, address))
        return and_(
            suppressions.c.channel == channel,
            suppressions.c.address_index.in_(indexes),
            suppressions.c.scope.in_(scopes),
        )


def _kind_and_text(channel: str, address: str) -> tuple[str, str]:
    return "suppressions.address", f"{channel}:{address}"
