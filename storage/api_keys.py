"""Keys by which other systems may call us. A key is kept as a keyed hash alone, so nobody can read it again."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, select, update

from storage.rows import insert_if_new
from storage.tables import api_keys
from storage.vault import Vault

LONGEST_KEY = 200  # characters; nothing longer is hashed


@dataclass(frozen=True)
class ApiKey:
    """Whose key it is; never the key."""

    id: str
    name: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None


class ApiKeys:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, name: str, key: str, by: str, now: datetime) -> str | None:
        """Keep a key; returns the row's id, None where the name is or was somebody's already."""
        id = str(uuid4())
        values = {
            "id": id,
            "name": name,
            "secret": self._vault.index("api_key", key),
            "created_at": now,
            "created_by": by,
        }
        return insert_if_new(self._connection, api_keys, values, api_keys.c.id, unique=("name",))

    def find(self, key: str) -> ApiKey | None:
        """Whose key this is; None for one that is unknown or revoked."""
        if not 0 < len(key) <= LONGEST_KEY:
            return None
        hashes = self._vault.indexes("api_key", key)
        query = select(api_keys).where(api_keys.c.secret.in_(hashes), api_keys.c.revoked_at.is_(None))
        for row in self._connection.execute(query):
            # The index found it by the hash; which part of it fits is nobody's to measure.
            if any(hmac.compare_digest(row.secret, each) for each in hashes):
                return ApiKey(row.id, row.name, row.created_at, row.created_by, row.revoked_at)
        return None

    def revoke(self, name: str, now: datetime) -> str | None:
        """The id of the key that works no longer; None where no working key has this name."""
        held = update(api_keys).where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
        revoked: str | None = self._connection.execute(
            held.values(revoked_at=now).returning(api_keys.c.id)
        ).scalar_one_or_none()
        return revoked

    def all(self) -> list[ApiKey]:
        """Oldest first, with those revoked."""
        columns = (c for c in api_keys.c if c.name != "secret")
        query = select(*columns).order_by(api_keys.c.created_at, api_keys.c.id)
        return [ApiKey(**row._mapping) for row in self._connection.execute(query)]
