"""One turn being kept: what everything that records it needs."""

from dataclasses import dataclass
from datetime import datetime

from bot.channel import Channel
from flows.content import Content
from flows.events import SubmissionFiled
from flows.office import QuietHours
from flows.turn import Turn
from storage.conversations import KeptConversation
from storage.database import Transaction


@dataclass(frozen=True)
class Scene:
    """One turn being kept: where, when, with whom, and the words and hours of the deployment.

    `network` is the keyed hash of where it came from, "" where that is not known.
    """

    tx: Transaction
    kept: KeptConversation
    turn: Turn
    now: datetime
    content: Content
    quiet: QuietHours
    channels: dict[str, Channel]
    network: str = ""

    @property
    def submission(self) -> str | None:
        """The row of the form this turn sends, once it is kept."""
        filed = next((e for e in self.turn.events if isinstance(e, SubmissionFiled)), None)
        found = self.tx.submissions.find_by_reference(filed.reference) if filed is not None else None
        return found.id if found is not None else None
