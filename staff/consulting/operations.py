"""What staff do with consultations: open, close, see them side by side, write down how the office listened."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from flows.consultations import Consultation, State, questionnaire_hash, state
from flows.content import Content
from flows.county import LONDON
from flows.facts import OpenConsultation
from staff.act import check_name, check_words
from staff.consulting.asked import is_as_opened
from staff.consulting.free_answers import check_told_of
from staff.errors import StaffError
from storage.consultations import OpenedConsultation
from storage.database import Database, Transaction
from storage.errors import StorageBusy
from storage.ledger import LedgerEntry
from storage.mixing import mix

T = TypeVar("T")

# What is written down of how the office listened: how people were reached, what was decided, what was made of a theme.
LEDGER_KINDS = ("reach", "decision", "considered")
LONGEST_ENTRY = 2000
READY = "ready"


@dataclass(frozen=True)
class ConsultationRow:
    """One consultation in a list. `state` is not_open, ready (opened, and waits for its first day), open or closed.

    `changed`: its file says something else than what was opened and is asked.
    """

    id: str
    title: str
    version: int
    state: str
    anonymity: str
    opens: date
    closes: date
    decision_on: date
    opened_at: datetime | None
    opened_by: str | None
    closed_at: datetime | None
    responses: int
    changed: bool


class ConsultationDesk:
    """`content` is what the files say; the record knows what is asked."""

    def __init__(self, database: Database, content: Content) -> None:
        self._database = database
        self._content = content

    def get_file(self, id: str) -> Consultation:
        """What its file says. Raises StaffError."""
        found = self._content.consultations.get(id)
        if found is None:
            known = ", ".join(sorted(self._content.consultations)) or "none yet"
            raise StaffError(f"There is no consultation {id}. There are: {known}.")
        return found

    def get_opened(self, tx: Transaction, id: str, *, hold: bool = False) -> OpenedConsultation:
        """The version opened last. Raises StaffError where it never was."""
        opened = tx.consultations.current(id, hold=hold)
        if opened is None:
            self.get_file(id)
            raise StaffError(f"{id} was never opened. `frontdoor consultation open {id}` opens it.")
        return opened

    def list(self, *, now: datetime) -> tuple[ConsultationRow, ...]:
        """Those with a file and those ever opened, by closing date."""
        today = now.astimezone(LONDON).date()
        with self._database.reading() as tx:
            opened = {each.consultation: each for each in tx.consultations.all_current()}
            rows = [
                _row(self._content.consultations.get(id), opened.get(id), tx.responses.count(id), today)
                for id in {*opened, *self._content.consultations}
            ]
        return tuple(sorted(rows, key=lambda row: (row.closes, row.id)))

    def open(self, id: str, *, new_version: bool = False, actor: str, now: datetime) -> Consultation:
        """Keep the questionnaire as its file says it now: this is asked from its opening day on. Raises StaffError."""
        file = self.get_file(id)
        if file.closes < now.astimezone(LONDON).date():
            raise StaffError(
                f"{id} closed on {file.closes:%d/%m/%Y}. Put a later closes: into its file first."
            )
        digest = questionnaire_hash(file)

        def keep(tx: Transaction, who: str) -> Consultation:
            _check_may_open(file, digest, tx.consultations.current(id), new_version=new_version)
            questionnaire = file.model_dump(mode="json")
            opened = tx.consultations.open(id, file.version, questionnaire, digest, who, now)
            if opened is None:
                raise StaffError(
                    f"Version {file.version} of {id} was opened before. Raise version: in its file."
                )
            detail = {"version": file.version, "hash": digest}
            tx.audit.append(who, "consultation.opened", f"consultation:{id}", detail, now)
            return file

        return self._do(actor, keep)

    def close(self, id: str, *, actor: str, now: datetime) -> int:
        """No answer is taken any more; returns how many count. Raises StaffError where it is not open."""

        def end(tx: Transaction, who: str) -> int:
            opened = self.get_opened(tx, id)
            if not tx.consultations.close(id, who, now):
                at = opened.closed_at.astimezone(LONDON) if opened.closed_at is not None else now
                raise StaffError(f"{id} was closed already, on {at:%d/%m/%Y}.")
            responses = tx.responses.count(id)
            detail = {"version": opened.version, "responses": responses}
            tx.audit.append(who, "consultation.closed", f"consultation:{id}", detail, now)
            return responses

        responses = self._do(actor, end)
        with suppress(StorageBusy):  # it is closed; the daily purge shuffles what is left
            mix(self._database)
        return responses

    def add_entry(
        self, id: str, kind: str, text: str, *, themes: Sequence[str] = (), actor: str, now: datetime
    ) -> str:
        """Write down how people were reached, what was decided, or how a theme was considered. Raises StaffError."""
        if kind not in LEDGER_KINDS:
            raise StaffError(f"{kind} is no kind of entry. There are: {', '.join(LEDGER_KINDS)}.")
        words = check_words(text, "The entry", LONGEST_ENTRY)
        if kind == "considered" and not themes:
            raise StaffError("Which theme was considered? Name it with --theme; repeat for more.")
        data: dict[str, Any] = {"text": words, **({"themes": list(themes)} if themes else {})}

        def write(tx: Transaction, who: str) -> str:
            self.get_opened(tx, id)
            check_told_of(tx, id, themes)
            entry = tx.ledger.add(id, kind, data, who, now)
            detail = {"kind": kind, "entry": entry, "themes": list(themes)}
            tx.audit.append(who, "ledger.added", f"consultation:{id}", detail, now)
            return entry

        return self._do(actor, write)

    def entries(self, id: str) -> tuple[LedgerEntry, ...]:
        """Oldest first. Raises StaffError for a consultation there is not."""
        with self._database.reading() as tx:
            self.get_opened(tx, id)
            return tuple(tx.ledger.entries(id))

    def _do(self, actor: str, work: Callable[[Transaction, str], T]) -> T:
        who = check_name(actor, "Who acts")
        return self._database.run_blocking(work, who)


def _check_may_open(
    file: Consultation, digest: str, current: OpenedConsultation | None, *, new_version: bool
) -> None:
    """Raises StaffError, saying how to go on."""
    if current is None:
        return
    id, is_open = file.id, current.closed_at is None
    is_same = digest == current.questionnaire_hash
    if is_open and is_same:
        raise StaffError(f"{id} is open already, as version {current.version}, and its file says the same.")
    if not new_version:
        how = "is open" if is_open else "was opened, and closed,"
        rest = "" if is_same else " and its file says something else now"
        raise StaffError(
            f"{id} {how} as version {current.version}{rest}. What was opened stays as it is, and is what people are "
            f"asked. To ask anew, put version: {current.version + 1} into its file and open it with --new-version: "
            "the answers to both are kept, each under its version."
        )
    if file.version <= current.version:
        raise StaffError(
            f"Put version: {current.version + 1} into the file of {id} first; it says {file.version}."
        )
    if file.anonymity != current.anonymity:
        raise StaffError(
            f"{id} was opened as {current.anonymity}: people answered because of that. Make a consultation of its "
            "own for another level."
        )


def _row(
    file: Consultation | None, opened: OpenedConsultation | None, responses: int, today: date
) -> ConsultationRow:
    known = file if file is not None else Consultation.model_validate(opened.questionnaire if opened else {})
    fact = (
        OpenConsultation(known.id, known.version, opened=True, closed=opened.closed_at is not None)
        if opened is not None
        else None
    )
    return ConsultationRow(
        id=known.id,
        title=known.title,
        version=opened.version if opened is not None else known.version,
        state=_standing(known, fact, today),
        anonymity=str(known.anonymity),
        opens=known.opens,
        closes=known.closes,
        decision_on=known.decision_on,
        opened_at=opened.opened_at if opened is not None else None,
        opened_by=opened.opened_by if opened is not None else None,
        closed_at=opened.closed_at if opened is not None else None,
        responses=responses,
        changed=opened is not None and opened.closed_at is None and not is_as_opened(file, opened),
    )


def _standing(known: Consultation, opened: OpenConsultation | None, today: date) -> str:
    stands = state(known, opened, today)
    waits = opened is not None and stands is State.NOT_OPEN
    return READY if waits else stands.value
