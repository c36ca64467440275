"""Floods of a kept consultation: looked for, and counted apart by people with a reason. Nothing is deleted.

A mark is an entry of the ledger (kind "flood"): {"group", "sign", "text": why, "responses": ids}. The last entry of a
group holds, and one with "together": true ends it. The ledger's page may show the text and how many, not the ids.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.consultations import Consultation
from staff.act import check_name, check_words
from staff.consulting.answer_columns import Answered, questions_of
from staff.consulting.counting import count_answers
from staff.consulting.flood_groups import Flood, Sure
from staff.consulting.flooding import Looked, find_floods
from staff.errors import StaffError
from storage.database import Database, Transaction
from storage.ledger import LedgerEntry

KIND = "flood"
LONGEST_REASON = 500
# Masking and comparing so many free answers takes some fifteen seconds.
MOST_WORDS = 10_000
TOO_MANY_WORDS = "There are too many free answers to look for nearly the same words."


def flagged(tx: Transaction, consultation: str) -> frozenset[str]:
    """Ids of the responses that staff count apart now: what `count_answers(..., flagged=...)` takes.

    Every page that shows figures shows them with these and without; where there are none, both are the same.
    """
    return frozenset(id for entry in marks(tx, consultation).values() for id in entry.data["responses"])


def marks(tx: Transaction, consultation: str) -> dict[str, LedgerEntry]:
    """The groups counted apart now, by group, each with the entry that says why and by whom."""
    standing: dict[str, LedgerEntry] = {}
    for entry in tx.ledger.entries(consultation, KIND):
        group = str(entry.data["group"])
        standing.pop(group, None)
        if not entry.data.get("together"):
            standing[group] = entry
    return standing


@dataclass(frozen=True)
class Shift:
    """A share with all answers and without those counted apart; None where nobody answered."""

    question: str
    option: str
    with_all: float | None
    without: float | None

    @property
    def change(self) -> float:
        return (self.without or 0.0) - (self.with_all or 0.0)


@dataclass(frozen=True)
class FloodReport:
    """What was found, which groups are counted apart, and what each figure is with and without those.

    Where none is counted apart yet, `shifts` are as if all strong groups were, and `is_trial` says so.
    """

    looked: Looked
    apart: tuple[str, ...]
    left_out: int
    is_trial: bool
    shifts: tuple[Shift, ...]


class FloodDesk:
    """`mask` makes free answers fit to be compared (masking.py); None: words are not opened."""

    def __init__(self, database: Database, mask: Callable[[str], str] | None = None) -> None:
        self._database = database
        self._mask = mask

    def look(self, consultation: Consultation, *, actor: str, now: datetime) -> FloodReport:
        """Looked for anew. That somebody looked stands in the audit, with numbers only."""
        who = check_name(actor, "Who acts")
        with self._database.reading() as tx:
            responses = list(tx.responses.stream(consultation.id))
            looked = self._find(tx, consultation.id, responses)
            apart = marks(tx, consultation.id)
            ids = flagged(tx, consultation.id)
        self._database.run_blocking(_note_look, consultation.id, looked, who, now)
        present = ids & {r.id for r in responses}
        is_trial = not apart
        without = looked.ids(Sure.STRONG) if is_trial else present
        shifts = list_shifts(responses, consultation, without)
        return FloodReport(looked, tuple(apart), len(without), is_trial, shifts)

    def count_apart(self, consultation: str, group: str, why: str, *, actor: str, now: datetime) -> Flood:
        """Count a group apart from now on, as it is found now. Raises StaffError where it is not found."""
        who, text = check_name(actor, "Who acts"), check_words(why, "The reason", LONGEST_REASON)
        with self._database.reading() as tx:
            looked = self._find(tx, consultation, list(tx.responses.stream(consultation)))
        found = [flood for flood in looked.floods if len(group) >= 4 and flood.id.startswith(group)]
        if len(found) != 1:
            raise StaffError(
                f"{'No' if not found else 'More than one'} group begins with {group}; nothing was changed. "
                f"`frontdoor consultation floods {consultation}` lists them."
            )
        flood = found[0]
        data = {"group": flood.id, "sign": flood.sign.value, "text": text, "responses": list(flood.responses)}
        self._database.run_blocking(_write, consultation, data, who, now)
        return flood

    def count_together(self, consultation: str, group: str, why: str, *, actor: str, now: datetime) -> None:
        """Count a group with all others again. Raises StaffError where it is not counted apart."""
        who, text = check_name(actor, "Who acts"), check_words(why, "The reason", LONGEST_REASON)
        with self._database.reading() as tx:
            found = [of for of in marks(tx, consultation) if len(group) >= 4 and of.startswith(group)]
        if len(found) != 1:
            raise StaffError(f"No one group counted apart begins with {group}; nothing was changed.")
        data = {"group": found[0], "text": text, "responses": [], "together": True}
        self._database.run_blocking(_write, consultation, data, who, now)

    def _find(self, tx: Transaction, consultation: str, responses: Sequence[Any]) -> Looked:
        if self._mask is None:
            return find_floods(responses)
        words: dict[str, str] = {}
        for id, _, texts in tx.responses.texts(consultation):
            if len(words) == MOST_WORDS:
                looked = find_floods(responses)
                return Looked(looked.floods, looked.looked_at, looked.typed, (*looked.notes, TOO_MANY_WORDS))
            words[id] = self._mask(" ".join(texts[name] for name in sorted(texts)))
        return find_floods(responses, words)


def list_shifts(
    responses: Sequence[Answered], consultation: Consultation, apart: Collection[str]
) -> tuple[Shift, ...]:
    """Every share of every question with and without, the greatest change first."""
    shifts = []
    for result in count_answers(responses, questions_of(consultation), flagged=apart):
        whole, less = (
            {row.option: row.share.value for row in result.tally(with_flagged=with_flagged).rows if row.share}
            for with_flagged in (True, False)
        )
        shifts += [
            Shift(result.question, option, whole.get(option), less.get(option)) for option in whole | less
        ]
    return tuple(sorted(shifts, key=lambda shift: -abs(shift.change)))


def _note_look(tx: Transaction, consultation: str, looked: Looked, who: str, now: datetime) -> None:
    detail = {"looked_at": looked.looked_at, "groups": len(looked.floods), "responses": len(looked.ids())}
    tx.audit.append(who, "floods.looked", f"consultation:{consultation}", detail, now)


def _write(tx: Transaction, consultation: str, data: dict[str, Any], who: str, now: datetime) -> None:
    entry = tx.ledger.add(consultation, KIND, data, who, now)
    verb = "flood.counted_together" if data.get("together") else "flood.counted_apart"
    detail = {"entry": entry, "group": data["group"], "responses": len(data["responses"])}
    tx.audit.append(who, verb, f"consultation:{consultation}", detail, now)


def count_by_sure(floods: Iterable[Flood]) -> dict[str, int]:
    """How many groups are how sure: what a list's last line says."""
    told = {sure.value: 0 for sure in Sure}
    for flood in floods:
        told[flood.sure.value] += 1
    return told
