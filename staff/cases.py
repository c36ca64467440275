"""What staff do with cases. Each operation is kept in one transaction, with a line in the audit."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from flows.case_states import StateMachine
from flows.content import Content
from flows.office import QuietHours
from staff import case_chat, case_detail, case_list, case_merge, case_move, case_state
from staff.act import Act, perform
from staff.case_move import Moved
from staff.case_state import Given, StateSet
from staff.errors import StaffError
from staff.rows import CaseDetail, CaseFilters, CaseRow
from storage.database import Database

T = TypeVar("T")

NO_FILTERS = CaseFilters()
NOTHING_MORE = Given()


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
        """Cases whose time is over: that of their state, or three working days for custody visits and urgent ones."""
        return self._do(actor, now, case_list.find_overdue)

    def show(self, reference: str, reason: str = "", *, actor: str, now: datetime) -> CaseDetail:
        """Personal answers and the last messages only where a reason is given; it is kept in the audit."""
        return self._do(actor, now, lambda act: case_detail.show_case(act, reference, reason))

    def assign(self, reference: str, to: str, *, actor: str, now: datetime) -> None:
        """`to` "" takes it out of everybody's hands."""
        self._do(actor, now, lambda act: case_state.assign(act, reference, to))

    def set_state(
        self,
        reference: str,
        state: str,
        note: str = "",
        *,
        actor: str,
        now: datetime,
        given: Given = NOTHING_MORE,
    ) -> StateSet:
        """Repeats follow their case. Who asked for news is told, when it is no longer night, of a new stage alone.

        Which states there are, what may follow what and what must be given: county/<form>_states.yml.
        """
        return self._do(actor, now, lambda act: case_state.set_state(act, reference, state, note, given))

    def move(
        self, reference: str, latitude: float, longitude: float, why: str, *, actor: str, now: datetime
    ) -> Moved:
        """Correct the point of a report; who leads there follows from it."""
        return self._do(actor, now, lambda act: case_move.move(act, reference, latitude, longitude, why))

    def set_desk(self, reference: str, desk: str, why: str, *, actor: str, now: datetime) -> str:
        """Say who leads, an id of county/desks.yml; returns its name. It stays so when the case is moved."""
        return self._do(actor, now, lambda act: case_move.set_desk(act, reference, desk, why))

    def states(self, form: str) -> StateMachine:
        """The states of a form's cases. Raises StaffError where there is no such form."""
        if form not in self._content.forms:
            raise StaffError(f"There is no form {form}. There are: {', '.join(sorted(self._content.forms))}.")
        return self._content.find_machine(form)

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
