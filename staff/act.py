"""One operation of a member of staff: kept whole in one transaction, with its line in the audit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flows.cleaning import clean_text
from flows.content import Content
from flows.messages import Reply
from flows.office import QuietHours
from flows.references import find_reference
from flows.texts import Said
from flows.webhooks import HookEvent
from staff.errors import StaffError
from storage.conversations import KeptConversation
from storage.database import Database, Transaction
from storage.errors import VersionConflict
from storage.submissions import Submission
from storage.webhooks import promise_webhooks

T = TypeVar("T")

TRIES = 5
LONGEST_NAME = 100
# What other case systems hear of, by the kind of event it leaves.
HOOKED = {
    "state": HookEvent.STATE,
    "moved": HookEvent.MOVED,
    "desk": HookEvent.DESK,
    "merged": HookEvent.JOINED,
    "split": HookEvent.JOINED,
}


@dataclass(frozen=True)
class Act:
    """What an operation works with: the record, the words and hours of the deployment, who acts, and when."""

    tx: Transaction
    content: Content
    quiet: QuietHours
    actor: str
    now: datetime

    def get_case(self, reference: str) -> Submission:
        """The submission of a reference as people type it. Raises StaffError."""
        read = find_reference(reference)
        if read is None:
            raise StaffError(
                f"{reference} is no reference. They look like EN-7K3F-2QX: please check each letter and number."
            )
        found = self.tx.submissions.find_by_reference(read)
        if found is None:
            raise StaffError(
                f"There is no case {read}. Please check it, or look for it in the list of cases."
            )
        return found

    def get_open_case(self, reference: str) -> Submission:
        """The same, of what was not merged into another. Raises StaffError."""
        case = self.get_case(reference)
        if case.merged_into is not None:
            root = self.reference_of(case.merged_into)
            raise StaffError(
                f"{case.reference} was merged into {root}. Do it to {root}, or split {case.reference} off first."
            )
        return case

    def reference_of(self, id: str) -> str:
        found = self.tx.submissions.find(id)
        return found.reference if found is not None else id

    def find_chat(self, case: Submission) -> KeptConversation | None:
        """The conversation it came from, where there still is one."""
        return self.tx.conversations.find_by_id(case.conversation_id) if case.conversation_id else None

    def write(self, case: Submission, kind: str, data: dict[str, Any] | None = None, note: str = "") -> int:
        """Write down what happened to a case; returns the event's number. Other case systems are told of some."""
        if kind in HOOKED:
            promise_webhooks(self.tx, self.content, HOOKED[kind], case.id, self.now)
        return self.tx.submission_events.add(case.id, kind, self.actor, data or {}, self.now, note or None)

    def audit(self, verb: str, subject: str, **detail: Any) -> None:
        """`detail` holds ids, states, counts and names of fields, never anybody's words or data."""
        self.tx.audit.append(self.actor, verb, subject, detail, self.now)

    def push(self, chat: KeptConversation, kind: str, key: str, said: Said, due: datetime) -> None:
        self.push_reply(chat, kind, key, Reply(said.text, sms=said.sms), due)

    def push_reply(self, chat: KeptConversation, kind: str, key: str, reply: Reply, due: datetime) -> None:
        self.tx.pushes.add(key, chat.id, kind, reply.to_kept(), due, self.now)


def perform(
    database: Database,
    content: Content,
    quiet: QuietHours,
    actor: str,
    now: datetime,
    work: Callable[[Act], T],
) -> T:
    """Do `work` in one transaction; again where the citizen wrote in the same moment.

    Raises StaffError, StorageBusy or SealBroken; then nothing is kept.
    """
    name = check_name(actor, "Who acts")

    def once(tx: Transaction) -> T:
        return work(Act(tx, content, quiet, name, now))

    for _ in range(TRIES):
        try:
            return database.run_blocking(once)
        except VersionConflict:
            continue
    raise StaffError("The citizen is writing just now and the chat could not be changed. Please try again.")


def check_name(text: str, what: str) -> str:
    """A name on one line. Raises StaffError for none, or one too long to keep."""
    name = " ".join(clean_text(text).split())
    if not name:
        raise StaffError(f"{what}: a name is needed.")
    if len(name) > LONGEST_NAME:
        raise StaffError(f"{what}: at most {LONGEST_NAME} characters, please; these are {len(name)}.")
    return name


def check_words(text: str, what: str, longest: int) -> str:
    """Words that may have several lines. Raises StaffError for none, or too many."""
    words = clean_text(text).strip()
    if not words:
        raise StaffError(f"{what}: please write something.")
    if len(words) > longest:
        raise StaffError(f"{what}: at most {longest} characters, please; these are {len(words)}.")
    return words
