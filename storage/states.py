"""The states a message passes through on its way in, on its way out, and on the unanswered board; and of others."""

from enum import IntEnum, StrEnum


class InboxState(StrEnum):
    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    SET_ASIDE = "set_aside"


class OutboxState(StrEnum):
    PENDING = "pending"
    LEASED = "leased"  # claimed, nothing has left: safe to hand to another worker
    SENDING = "sending"  # the call is being made: after a crash nobody knows
    UNKNOWN = "unknown"  # to be asked of the supplier
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OnUnknown(StrEnum):
    """What to do with a send whose outcome a crash hid and the supplier cannot tell."""

    RESEND = "resend"
    PARK = "park"


class UnansweredStatus(StrEnum):
    """What people did with a message of the unanswered board."""

    NEW = "new"
    USED = "used"  # made into training examples, or an answer
    DISMISSED = "dismissed"


class MembershipStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"


class PushState(StrEnum):
    WAITING = "waiting"
    PROMISED = "promised"  # handed to the outbox
    DROPPED = "dropped"


class Priority(IntEnum):
    URGENT = 0
    REPLY = 1
    ALERT = 2


INBOX_LIVE = (InboxState.WAITING, InboxState.LEASED)
OUTBOX_IN_FLIGHT = (OutboxState.LEASED, OutboxState.SENDING, OutboxState.UNKNOWN)
OUTBOX_LIVE = (OutboxState.PENDING, *OUTBOX_IN_FLIGHT)
