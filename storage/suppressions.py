"""Addresses that want no messages. Kept as keyed hashes alone, so they outlive everything else."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from storage.rows import insert_if_new
from storage.tables import suppressions
from storage.vault import Vault


class Suppressions:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, channel: str, address: str, now: datetime) -> bool:
        """False where it was suppressed already."""
        if self.is_suppressed(channel, address):
            return False
        values = {
            "id": str(uuid4()),
            "channel": channel,
            "address_index": self._vault.index(*_kind_and_text(channel, address)),
            "created_at": now,
        }
        unique = ("channel", "address_index")
        added = insert_if_new(self._connection, suppressions, values, suppressions.c.id, unique=unique)
        return added is not None

    def remove(self, channel: str, address: str) -> bool:
        """False where it was not suppressed."""
        gone = delete(suppressions).where(self._is(channel, address))
        return self._connection.execute(gone).rowcount > 0

    def is_suppressed(self, channel: str, address: str) -> bool:
        query = select(suppressions.c.id).where(self._is(channel, address))
        return self._connection.execute(query).first() is not None

    def _is(self, channel: str, address: str) -> ColumnElement[bool]:
        indexes = self._vault.indexes(*_kind_and_text(channel, address))
        return and_(suppressions.c.channel == channel, suppressions.c.address_index.in_(indexes))


def _kind_and_text(channel: str, address: str) -> tuple[str, str]:
    return "suppressions.address", f"{channel}:{address}"
