"""Keys for other systems (Open311): made, listed, taken back. A key is shown once, when it is made."""

import secrets
from datetime import datetime

from staff.act import check_name
from staff.errors import StaffError
from storage.api_keys import ApiKey
from storage.database import Database, Transaction

PREFIX = "fd_"  # so that a key found lying about is known for one
KEY_BYTES = 32


class ApiKeyDesk:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, *, actor: str, now: datetime) -> str:
        """A new key for a body's system; only its keyed hash is kept. Raises StaffError for a name that was used."""
        who, whose = check_name(actor, "Who acts"), check_name(name, "Whose key")
        key = PREFIX + secrets.token_urlsafe(KEY_BYTES)

        def keep(tx: Transaction) -> None:
            made = tx.api_keys.add(whose, key, who, now)
            if made is None:
                raise StaffError(
                    f"There is or was a key called {whose}. Choose a name of its own for each, "
                    f"such as {whose} {now:%Y}: what came by a key is told by its name."
                )
            tx.audit.append(who, "api_key.made", made, {}, now)

        self._database.run_blocking(keep)
        return key

    def list(self) -> tuple[ApiKey, ...]:
        """Oldest first, with those revoked."""
        with self._database.reading() as tx:
            return tuple(tx.api_keys.all())

    def revoke(self, name: str, *, actor: str, now: datetime) -> None:
        """From now on it opens nothing. Raises StaffError where no working key has this name."""
        who = check_name(actor, "Who acts")

        def take(tx: Transaction) -> None:
            revoked = tx.api_keys.revoke(name.strip(), now)
            if revoked is None:
                raise StaffError(
                    f"No working key is called {name}. `frontdoor api-keys list` shows them all."
                )
            tx.audit.append(who, "api_key.revoked", revoked, {}, now)

        self._database.run_blocking(take)
