"""What staff do with cases. Each operation is kept in one transaction, with a line in the audit."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from flows.content import Content
from flows.office import QuietHours
from staff import case_chat, case_detail, case_list, case_merge, case_state
from staff.act import Act, perform
from staff.case_state import StateSet
from staff.rows import CaseDetail, CaseFilters, CaseRow
from storage.database import Database

T = TypeVar("T")

NO_FILTERS = CaseFilters()


class Cases:
    """References may be typed as people say them ("en 7k3f 2qx"). `actor` is who does it, for events and audit.

    Every operation raises StaffError where it is refused, and then nothing was changed.
    """

    def __init__(self, database: Database, content: Content, quiet: QuietHours) -> None:
        self._database = database
        self._content = content
        self._quiet = quiet

    def list(self, filters: CaseFilters = NO_FILTERS, *, actor: str, now: datetime) -> tuple[CaseRow, ...]:
        """Urgent ones first, then the oldest."""
        return self._do(actor, now, lambda act: case_list.list_cases(act, filters))

    def find_overdue(self, *, actor: str, now: datetime) -> tuple[CaseRow, ...]:
        """Custody visits and urgent cases that have been open longer than three working days."""
        return self._do(actor, now, case_list.find_overdue)

    def show(self, reference: str, reason: str = "", *, actor: str, now: datetime) -> CaseDetail:
        """Personal answers and the last messages only where a reason is given; it is kept in the audit."""
        return self._do(actor, now, lambda act: case_detail.show_case(act, reference, reason))

    def assign(self, reference: str, to: str, *, actor: str, now: datetime) -> None:
        """`to` "" takes it out of everybody's hands."""
        self._do(actor, now, lambda act: case_state.assign(act, reference, to))

    def set_state(self, reference: str, state: str, note: str = "", *, actor: str, now: datetime) -> StateSet:
        """Who asked for news is told when it is no longer night. Repeats follow their case."""
        return self._do(actor, now, lambda act: case_state.set_state(act, reference, state, note))

    def note(self, reference: str, text: str, *, actor: str, now: datetime) -> None:
        """Words for staff alone; sealed."""
        self._do(actor, now, lambda act: case_state.note(act, reference, text))

    def reply(self, reference: str, text: str, *, actor: str, now: datetime) -> None:
        """Words to the citizen, where they wrote to us; 1 to 900 characters."""
        self._do(actor, now, lambda act: case_chat.reply(act, reference, text))

    def takeover(self, reference: str, *, actor: str, now: datetime) -> datetime:
        """For two hours the citizen's words are for staff to answer; returns until when."""
        return self._do(actor, now, lambda act: case_chat.take_over(act, reference))

    def handback(self, reference: str, *, actor: str, now: datetime) -> None:
        """The automated service answers again."""
        self._do(actor, now, lambda act: case_chat.hand_back(act, reference))

    def merge(self, reference: str, into: str, *, actor: str, now: datetime) -> str:
        """Make it a repeat of another of the same form; returns the reference of the case that stays."""
        return self._do(actor, now, lambda act: case_merge.merge(act, reference, into))

    def split(self, reference: str, *, actor: str, now: datetime) -> str:
        """Make a repeat a case of its own again; returns the reference of the one it was merged into."""
        return self._do(actor, now, lambda act: case_merge.split(act, reference))

    def _do(self, actor: str, now: datetime, work: Callable[[Act], T]) -> T:
        return perform(self._database, self._content, self._quiet, actor, now, work)
