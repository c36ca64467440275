"""Roles that staff give: by a code that somebody types in their own chat, so that no list of numbers is needed."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.references import NUMBERS, make_reference
from staff.act import check_name
from staff.errors import StaffError
from storage.database import Database, Transaction

PREFIX = "VS"
ROLES = ("custody_visitor",)
GOOD_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Granted:
    """A role somebody has; `doors` are the channels of their chats."""

    person_id: str
    role: str
    given_at: datetime
    given_by: str
    doors: tuple[str, ...]


class Invitations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def invite(self, role: str, *, actor: str, now: datetime) -> str:
        """A code like VS-7K3F-2QX that gives the role to whoever types it, once, within 14 days.

        It is shown this one time: only keyed hashes of it are kept.
        """
        name = check_name(actor, "Who acts")
        if role not in ROLES:
            raise StaffError(f"Nobody can be invited as {role}. There is: {', '.join(ROLES)}.")
        code = make_reference(PREFIX, secrets.randbelow(NUMBERS))

        def keep(tx: Transaction) -> None:
            expires = now + GOOD_FOR
            row = tx.codes.make("invite", code, person_id=None, subject=role, expires_at=expires, now=now)
            tx.audit.append(name, "invite.made", row, {"role": role}, now)

        self._database.run_blocking(keep)
        return code

    def list_granted(self) -> tuple[Granted, ...]:
        """Who has a role now, the one first given first."""
        with self._database.reading() as tx:
            return tuple(
                Granted(g.person_id, g.role, g.given_at, g.given_by, _doors(tx, g.person_id))
                for g in tx.grants.held()
            )

    def revoke(self, person_id: str, role: str, *, actor: str, now: datetime) -> None:
        """Take a role back. Raises StaffError where the person does not have it."""
        name = check_name(actor, "Who acts")

        def take(tx: Transaction) -> None:
            if not tx.grants.revoke(person_id, role, now):
                raise StaffError(f"{person_id} is not {role}. The list of who was invited shows who is.")
            tx.audit.append(name, "invite.revoked", person_id, {"role": role}, now)

        self._database.run_blocking(take)


def _doors(tx: Transaction, person_id: str) -> tuple[str, ...]:
    return tuple(sorted({kept.channel for kept in tx.conversations.of_person(person_id)}))
