"""Themes of free answers and people's codes: what was found when, what each code means, who coded what.

What comes in and goes out is plain; staff/consulting knows what it means. An assignment goes when the words it is
about are changed, or the response is taken back or erased, and so does its place in a run with that run's words
(storage/run_words.py). Where words alone are let go of after closing (storage/erasing_responses.py), codes and places
stay as what was chosen does.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from storage.rows import insert_if_new
from storage.run_words import forget_in_runs
from storage.tables import code_assignments, codebooks, responses, theme_runs


@dataclass(frozen=True)
class ThemeRun:
    """`result` is what `Themes.to_json` wrote, as an object."""

    id: str
    at: datetime
    actor: str
    result: dict[str, Any]


@dataclass(frozen=True)
class KeptCodebook:
    version: int
    at: datetime
    actor: str
    book: dict[str, Any]


@dataclass(frozen=True)
class KeptAssignment:
    """No codes is a judgement too. `settles`: coders differed, and this was agreed."""

    response: str
    codes: tuple[str, ...]
    coder: str
    at: datetime
    settles: bool = False


class Coding:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep_run(
        self, consultation: str, question: str, result: dict[str, Any], actor: str, now: datetime
    ) -> str:
        """In the place of the run before; returns the run's id."""
        id = str(uuid4())
        runs = theme_runs.c
        same = (runs.consultation == consultation, runs.question == question)
        self._connection.execute(delete(theme_runs).where(*same))
        values = {"id": id, "consultation": consultation, "question": question, "at": now, "actor": actor}
        self._connection.execute(insert(theme_runs).values(**values, result=result))
        return id

    def last_run(self, consultation: str, question: str) -> ThemeRun | None:
        runs = theme_runs.c
        query = select(runs.id, runs.at, runs.actor, runs.result).where(
            runs.consultation == consultation, runs.question == question
        )
        row = self._connection.execute(query.order_by(runs.at.desc(), runs.id).limit(1)).one_or_none()
        return ThemeRun(*row) if row is not None else None

    def codebook(self, consultation: str, question: str) -> KeptCodebook | None:
        """The newest version."""
        books = codebooks.c
        query = select(books.version, books.at, books.actor, books.book).where(
            books.consultation == consultation, books.question == question
        )
        row = self._connection.execute(query.order_by(books.version.desc()).limit(1)).one_or_none()
        return KeptCodebook(*row) if row is not None else None

    def keep_codebook(
        self,
        consultation: str,
        question: str,
        version: int,
        book: dict[str, Any],
        actor: str,
        now: datetime,
    ) -> bool:
        """False where somebody else has made this version meanwhile."""
        values = {
            "id": str(uuid4()),
            "consultation": consultation,
            "question": question,
            "version": version,
            "at": now,
            "actor": actor,
            "book": book,
        }
        unique = ("consultation", "question", "version")
        return insert_if_new(self._connection, codebooks, values, codebooks.c.id, unique) is not None

    def assign(self, question: str, assignments: Iterable[KeptAssignment]) -> None:
        """What a coder said before stays beside it; the later counts."""
        rows = [
            {
                "id": str(uuid4()),
                "response_id": given.response,
                "question": question,
                "codes": sorted(given.codes),
                "coder": given.coder,
                "settles": given.settles,
                "at": given.at,
            }
            for given in assignments
        ]
        if rows:
            self._connection.execute(insert(code_assignments), rows)

    def assignments(self, consultation: str, question: str) -> list[KeptAssignment]:
        """Of the responses that count, oldest first."""
        said = code_assignments.c
        query = (
            select(said.response_id, said.codes, said.coder, said.at, said.settles)
            .join(responses, responses.c.id == said.response_id)
            .where(
                responses.c.consultation == consultation,
                responses.c.withdrawn_at.is_(None),
                said.question == question,
            )
        )
        rows = self._connection.execute(query.order_by(said.at, said.id))
        return [KeptAssignment(row[0], tuple(row[1]), *row[2:]) for row in rows]

    def of_response(self, response: str) -> dict[str, list[KeptAssignment]]:
        """What people said of one, by question."""
        said = code_assignments.c
        query = select(said.question, said.response_id, said.codes, said.coder, said.at, said.settles)
        found: dict[str, list[KeptAssignment]] = {}
        for question, id, codes, *rest in self._connection.execute(
            query.where(said.response_id == response).order_by(said.question, said.at, said.id)
        ):
            found.setdefault(question, []).append(KeptAssignment(id, tuple(codes), *rest))
        return found


def forget_coding(connection: Connection, response: str, questions: Collection[str] | None = None) -> None:
    """What people and the machine made of a response's words, of all or of some questions: they go, or are others now.

    The response itself has to be there still.
    """
    theirs = delete(code_assignments).where(code_assignments.c.response_id == response)
    if questions is not None:
        theirs = theirs.where(code_assignments.c.question.in_(questions))
    connection.execute(theirs)
    forget_in_runs(connection, response, questions)
