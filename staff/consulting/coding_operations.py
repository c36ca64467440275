"""Coding free answers: given to coders as files, taken back, counted, and how far two coders agree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from flows.content import Content
from staff.act import check_name
from staff.consulting.agreement import Agreement, find_agreement_by_code
from staff.consulting.codebook_record import read_assignments
from staff.consulting.coding import (
    Assignment,
    Codebook,
    Dispute,
    Standing,
    find_codes,
    find_disputes,
    find_latest,
    find_to_code_again,
)
from staff.consulting.coding_files import (
    NONE,
    CodedRow,
    CodingFault,
    ToCode,
    find_faults,
    read_coded,
    write_to_code,
)
from staff.consulting.free_answers import check_question, read_book, read_last_themes, read_masked
from staff.consulting.masking import Masking
from staff.consulting.themes import Themes
from staff.errors import StaffError
from storage.coding import KeptAssignment
from storage.database import Database, Transaction

WORDS_SHOWN = 5
NO_THEMES = Themes((), ())


class Which(StrEnum):
    """Answers a file is made of. `again`: their code was split since."""

    ALL = "all"
    UNCODED = "uncoded"
    CODED = "coded"
    DISPUTED = "disputed"
    AGAIN = "again"


@dataclass(frozen=True)
class CodeCount:
    """How many answers a code counts for: by people, and by the machine's proposal where nobody coded yet."""

    code: str
    name: str
    meaning: str
    themes: tuple[str, ...]
    coded: int
    proposed: int


@dataclass(frozen=True)
class CodingState:
    """How far coding is. `standings` is how many answers stand how; `again` are answers whose code was split since."""

    version: int
    codes: tuple[CodeCount, ...]
    standings: dict[str, int]
    coders: dict[str, int]
    again: tuple[str, ...]


@dataclass(frozen=True)
class AgreementReport:
    """Agreement on each code over the `both` answers that both coded. `disputes` are those of all coders, still to be
    settled, and `answers` what they are about, masked."""

    one: str
    other: str
    both: int
    codes: dict[str, Agreement]
    disputes: tuple[Dispute, ...]
    answers: dict[str, str]


class CodingDesk:
    def __init__(self, database: Database, content: Content, consultation: str, question: str) -> None:
        self._database = database
        self._masking = Masking.for_county(content)
        self._consultation = consultation
        self._question = question

    def export(self, path: Path, which: Which = Which.ALL, *, actor: str, now: datetime) -> int:
        """Write the file a coder fills in, without what others said; returns how many answers. Raises StaffError."""
        who = check_name(actor, "Who acts")
        with self._database.reading() as tx:
            answers = read_masked(tx, self._masking, self._consultation, self._question)
            book, _, said = self._read(tx)
            themes = read_last_themes(tx, self._consultation, self._question) or NO_THEMES
        answers = {id: answers[id] for id in _choose(which, answers, book, said)}
        self._database.run_blocking(
            lambda tx: self._audit(
                tx, who, "answers.given_to_code", now, which=which.value, answers=len(answers)
            )
        )
        write_to_code(path, _list_to_code(answers, book, themes))
        return len(answers)

    def take(self, path: Path, *, coder: str, settles: bool = False, actor: str, now: datetime) -> int:
        """Keep what a coder wrote into the file, all or nothing; returns how many answers were coded.

        `settles`: coders differed, and this was agreed. Raises CodingFault with every fault, and StaffError.
        """
        who, name = check_name(actor, "Who acts"), check_name(coder, "The coder")
        rows = read_coded(path)
        if not rows:
            raise StaffError(f"No row of {path.name} has codes. Write their ids into that column, or {NONE}.")

        def keep(tx: Transaction) -> int:
            check_question(tx, self._consultation, self._question)
            book, _ = read_book(tx, self._consultation, self._question)
            words = tx.responses.texts(self._consultation)
            faults = find_faults(rows, book, (id for id, _, texts in words if texts.get(self._question)))
            if faults:
                raise CodingFault(faults)
            tx.coding.assign(self._question, [_assign(row, name, settles, now) for row in rows])
            self._audit(tx, who, "answers.coded", now, coder=name, answers=len(rows), settles=settles)
            return len(rows)

        return self._database.run_blocking(keep)

    def look(self) -> CodingState:
        """How far coding is, by the record alone: no words are opened. Raises StaffError."""
        with self._database.reading() as tx:
            book, version, said = self._read(tx)
            themes = read_last_themes(tx, self._consultation, self._question) or NO_THEMES
            counted = {response.id for response in tx.responses.stream(self._consultation)}
        proposed = {id: of for id, of in themes.list_by_answer().items() if id in counted}
        return _weigh(book, version, said, proposed)

    def compare(self, one: str = "", other: str = "", *, actor: str, now: datetime) -> AgreementReport:
        """How far two coders agree; without names, the two there are. Raises StaffError."""
        who = check_name(actor, "Who acts")
        with self._database.reading() as tx:
            book, _, said = self._read(tx)
            # What was settled is no coder's own.
            own = [given for given in said if not given.settles]
            one, other = _choose_two(sorted({given.coder for given in own}), one, other)
            disputes = tuple(find_disputes(book, said))
            answers = read_masked(tx, self._masking, self._consultation, self._question) if disputes else {}
        latest = find_latest(book, own)
        both = sum(one in given and other in given for given in latest.values())
        self._database.run_blocking(
            lambda tx: self._audit(tx, who, "coders.compared", now, answers=both, disputes=len(disputes))
        )
        return AgreementReport(
            one,
            other,
            both,
            find_agreement_by_code(latest, one, other),
            disputes,
            {dispute.answer: answers.get(dispute.answer, "") for dispute in disputes},
        )

    def _read(self, tx: Transaction) -> tuple[Codebook, int, list[Assignment]]:
        check_question(tx, self._consultation, self._question)
        book, version = read_book(tx, self._consultation, self._question)
        kept = tx.coding.assignments(self._consultation, self._question)
        return book, version, read_assignments(kept)

    def _audit(self, tx: Transaction, who: str, verb: str, now: datetime, **detail: object) -> None:
        told = {"question": self._question, **detail}
        tx.audit.append(who, verb, f"consultation:{self._consultation}", told, now)


def _choose(which: Which, ids: Iterable[str], book: Codebook, said: list[Assignment]) -> list[str]:
    coded = {given.answer for given in said}
    chosen = {
        Which.CODED: coded,
        Which.DISPUTED: {dispute.answer for dispute in find_disputes(book, said)},
        Which.AGAIN: set(find_to_code_again(book, said)),
    }
    if which is Which.UNCODED:
        return [id for id in ids if id not in coded]
    return [id for id in ids if which is Which.ALL or id in chosen[which]]


def _list_to_code(answers: dict[str, str], book: Codebook, themes: Themes) -> Iterator[ToCode]:
    called = {theme.id: " ".join((theme.id, *theme.words[:WORDS_SHOWN])) for theme in themes.themes}
    proposed = themes.list_by_answer()
    suggested = find_codes(book, (), proposed)
    for id, answer in answers.items():
        codes = suggested[id].codes if id in suggested else ()
        yield ToCode(id, answer, tuple(called[of] for of in proposed.get(id, ())), tuple(sorted(codes)))


def _assign(row: CodedRow, coder: str, settles: bool, now: datetime) -> KeptAssignment:
    return KeptAssignment(row.id, tuple(row.codes), coder, now, settles)


def _choose_two(coders: list[str], one: str, other: str) -> tuple[str, str]:
    if not one and not other and len(coders) == 2:
        return coders[0], coders[1]
    if one in coders and other in coders and one != other:
        return one, other
    there = f"There are: {', '.join(coders)}." if coders else "Nobody has coded it yet."
    raise StaffError(f"Agreement is between two coders who both coded it; name them. {there}")


def _weigh(
    book: Codebook, version: int, said: list[Assignment], proposed: dict[str, tuple[str, ...]]
) -> CodingState:
    found = find_codes(book, said, proposed)
    by_people = [coded for coded in found.values() if coded.standing is not Standing.PROPOSED]
    by_machine = [coded for coded in found.values() if coded.standing is Standing.PROPOSED]
    codes = tuple(
        CodeCount(
            code.id,
            code.name,
            code.meaning,
            code.themes,
            coded=sum(code.id in one.codes for one in by_people),
            proposed=sum(code.id in one.codes for one in by_machine),
        )
        for code in book.list_open()
    )
    return CodingState(
        version,
        codes,
        {s.value: sum(one.standing is s for one in found.values()) for s in Standing},
        {name: len({g.answer for g in said if g.coder == name}) for name in sorted({g.coder for g in said})},
        tuple(find_to_code_again(book, said)),
    )
