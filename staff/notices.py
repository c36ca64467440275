"""What the service has told staff: danger, a sender of too much, a message set aside. Ids and codes, nobody's words."""

from datetime import datetime

from flows.content import Content
from flows.office import QuietHours
from staff.act import Act, perform
from storage.database import Database
from storage.notices import Notice


def list_notices(
    database: Database, content: Content, *, limit: int, actor: str, now: datetime
) -> tuple[Notice, ...]:
    """The newest first; that they were looked at is in the audit."""

    def work(act: Act) -> tuple[Notice, ...]:
        found = tuple(act.tx.notices.latest(limit))
        act.audit("notices.list", "notices", count=len(found))
        return found

    return perform(database, content, QuietHours(), actor, now, work)
