"""Cases that are over for staff and not for who reported them."""

from sqlalchemy import Connection, exists, func, select

from flows.facts import ENDED_STATES
from storage.tables import submission_events, submissions

# Whatever staff do or write down after such an answer shows that it was seen.
SEEN = ("state", "note", "replied", "taken", "looked", "merged", "split")


def find_unsolved(connection: Connection) -> list[str]:
    """Ids of ended cases of which a sender said that it is not solved, with nothing done by staff since."""
    own, root, event = submissions.alias("own"), submissions.alias("root"), submission_events
    said = (
        select(func.max(event.c.id))
        .where(event.c.submission_id == own.c.id, event.c.kind == "solved")
        .correlate(own)
        .scalar_subquery()
    )
    seen = exists().where(
        event.c.submission_id.in_((own.c.id, root.c.id)), event.c.kind.in_(SEEN), event.c.id > said
    )
    query = (
        select(root.c.id)
        .select_from(own.join(root, root.c.id == func.coalesce(own.c.merged_into, own.c.id)))
        .where(own.c.solved.is_(False), root.c.status.in_(ENDED_STATES), ~seen)
        .distinct()
    )
    return list(connection.execute(query).scalars())
