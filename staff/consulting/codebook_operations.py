"""Changing a codebook on record: every change is a version of its own, with who and when, and a line in the audit."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from staff.act import check_name, check_words
from staff.consulting.codebook_record import book_to_json
from staff.consulting.coding import Code, Codebook, CodingError
from staff.consulting.coding_files import NONE
from staff.consulting.free_answers import check_question, list_worded, read_book, read_last_themes
from staff.errors import StaffError
from storage.database import Database, Transaction

LONGEST_MEANING = 500
LONGEST_ID = 40
CODE_ID = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_ID - 1}}}")
# From a codebook and who acts to the changed one.
Change = Callable[[Codebook, str], Codebook]


class CodebookDesk:
    """Each operation returns the number of the version it made, and raises StaffError."""

    def __init__(self, database: Database, consultation: str, question: str) -> None:
        self._database = database
        self._consultation = consultation
        self._question = question

    def add(
        self,
        code: str,
        name: str,
        meaning: str,
        *,
        themes: Iterable[str] = (),
        actor: str,
        now: datetime,
    ) -> int:
        """`themes` are ids of the machine's themes it is made of."""
        made_of = tuple(themes)

        def change(book: Codebook, who: str) -> Codebook:
            return book.add(_make_code(code, name, meaning, made_of, by=who, now=now))

        return self._keep(change, "code.added", [code], themes=made_of, actor=actor, now=now)

    def rename(self, code: str, name: str, meaning: str = "", *, actor: str, now: datetime) -> int:
        """The id stays, and with it what was coded."""
        words = check_name(name, "Its name")
        means = check_words(meaning, "What it means", LONGEST_MEANING) if meaning else ""

        def change(book: Codebook, _: str) -> Codebook:
            return book.rename(code, words, means)

        return self._keep(change, "code.renamed", [code], actor=actor, now=now)

    def merge(self, code: str, into: str, *, actor: str, now: datetime) -> int:
        def change(book: Codebook, who: str) -> Codebook:
            return book.merge(code, into=into, by=who, now=now)

        return self._keep(change, "code.merged", [code, into], actor=actor, now=now)

    def split(self, code: str, parts: Iterable[tuple[str, str, str]], *, actor: str, now: datetime) -> int:
        """`parts` are (id, name, meaning) of the codes that stand for it from now on."""
        named = list(parts)

        def change(book: Codebook, who: str) -> Codebook:
            made = [_make_code(*part, (), by=who, now=now) for part in named]
            return book.split(code, made, by=who, now=now)

        return self._keep(change, "code.split", [code, *(part[0] for part in named)], actor=actor, now=now)

    def _keep(
        self,
        change: Change,
        verb: str,
        codes: list[str],
        *,
        themes: tuple[str, ...] = (),
        actor: str,
        now: datetime,
    ) -> int:
        who = check_name(actor, "Who acts")
        where = (self._consultation, self._question)

        def keep(tx: Transaction) -> int:
            check_question(tx, *where)
            _check_themes(tx, *where, themes)
            book, before = read_book(tx, *where)
            version = before + 1
            try:
                changed = change(book, who)
            except CodingError as error:
                raise StaffError(str(error)) from error
            _check_only_here(
                tx, *where, {code.id for code in changed.codes} - {code.id for code in book.codes}
            )
            if not tx.coding.keep_codebook(*where, version, book_to_json(changed), who, now):
                raise StaffError("Somebody else changed the codebook just now. Look at it, and try again.")
            detail = {"question": self._question, "codes": codes, "version": version}
            tx.audit.append(who, verb, f"consultation:{self._consultation}", detail, now)
            return version

        return self._database.run_blocking(keep)


def _make_code(id: str, name: str, meaning: str, themes: tuple[str, ...], *, by: str, now: datetime) -> Code:
    if not CODE_ID.fullmatch(id) or id == NONE:
        raise StaffError(
            f'"{id}" cannot be the id of a code: small letters, digits and _, a letter first, at most {LONGEST_ID}, '
            f"and not {NONE}."
        )
    means = check_words(meaning, "What it means", LONGEST_MEANING)
    return Code(id, check_name(name, "Its name"), means, by, now, themes)


def _check_only_here(tx: Transaction, consultation: str, question: str, ids: set[str]) -> None:
    """The ledger names a code by its id alone, so no other question of the consultation may have one like it."""
    for other in list_worded(tx, consultation) if ids else ():
        taken = ids & {code.id for code in read_book(tx, consultation, other)[0].codes}
        if taken and other != question:
            raise StaffError(
                f"The question {other} has a code {', '.join(sorted(taken))} already; choose another id."
            )


def _check_themes(tx: Transaction, consultation: str, question: str, named: tuple[str, ...]) -> None:
    if not named:
        return
    last = read_last_themes(tx, consultation, question)
    there = [theme.id for theme in last.themes] if last is not None else []
    missing = [theme for theme in named if theme not in there]
    if missing:
        raise StaffError(
            f"There is no theme {', '.join(missing)}. There are: {', '.join(there) or 'none; find them first'}."
        )
