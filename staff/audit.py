"""Whether the audit is whole, and its latest lines, for whoever answers for it."""

from dataclasses import dataclass
from datetime import datetime

from staff.act import check_name
from storage.audit import AuditEntry, AuditFault
from storage.database import Database


@dataclass(frozen=True)
class CheckedAudit:
    """`head` is the hash all of it hangs on; `has_noted` whether one noted earlier is still in it."""

    fault: AuditFault | None
    head: str
    has_noted: bool
    latest: tuple[AuditEntry, ...]


def check_audit(
    database: Database, *, limit: int, noted: str | None = None, actor: str, now: datetime
) -> CheckedAudit:
    """The newest `limit` lines first, among them that it was looked at. Raises StaffError."""
    who = check_name(actor, "Who acts")
    database.run_blocking(lambda tx: tx.audit.append(who, "audit.checked", "audit", {}, now))
    with database.reading() as tx:
        return CheckedAudit(
            tx.audit.verify_chain(),
            tx.audit.head(),
            noted is None or tx.audit.has(noted),
            tuple(tx.audit.latest(limit)),
        )
