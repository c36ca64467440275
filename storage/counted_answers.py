"""All answers to one version of a consultation at once, as figures are made of them: nothing sealed, no time, no order.

A few hundred rows are read at a time, and nothing is kept of them but words and numbers: a hundred thousand dicts take
longer to look after than to read. What many answered in the same words is decoded once.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, cast, func, select

from storage.tables import responses
from storage.transaction import Transaction

AT_ONCE = 200  # some 700 new objects, and Python looks through all there are for what nobody needs


class Who(NamedTuple):
    """Who answered, as far as results tell people apart."""

    channel: str
    district: str | None
    age_band: str | None
    is_police: bool | None


class Arrival(NamedTuple):
    """That somebody answered, without what."""

    version: int
    district: str | None
    age_band: str | None
    is_police: bool | None
    answered_at: datetime


@dataclass(frozen=True)
class CountedAnswers:
    """`ids`, `who` and `said` are of each response; `said` numbers what it answered among the `different` ones."""

    ids: list[str] = field(default_factory=list)
    who: list[Who] = field(default_factory=list)
    said: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def different(self) -> Iterator[list[dict[str, Any]]]:
        """The different answers in their order, a few at a time."""
        for begin in range(0, len(self.texts), AT_ONCE):
            yield json.loads(f"[{','.join(self.texts[begin : begin + AT_ONCE])}]")


def read_answers(tx: Transaction, consultation: str, version: int) -> CountedAnswers:
    """Those that count, in no order."""
    of = responses.c
    query = select(of.id, of.channel, of.district, of.age_band, of.is_police, cast(of.answers, Text)).where(
        _counts(consultation), of.version == version
    )
    found = CountedAnswers()
    alike: dict[tuple[Any, ...], Who] = {}  # one for all who are alike
    numbers: dict[str, int] = {}
    for few in tx.connection.execute(query).partitions(AT_ONCE):
        ids, *who, texts = zip(*few, strict=True)
        found.ids.extend(ids)
        told = list(zip(*who, strict=True))
        alike.update((each, Who(*each)) for each in set(told) - alike.keys())
        found.who.extend(map(alike.__getitem__, told))
        found.said.extend([numbers.setdefault(text, len(numbers)) for text in texts])
    found.texts.extend(numbers)
    return found


def read_arrivals(tx: Transaction, consultation: str) -> Iterator[Arrival]:
    """Of every version, those that count, in no order."""
    query = select(*(responses.c[name] for name in Arrival._fields)).where(_counts(consultation))
    for few in tx.connection.execute(query).partitions(AT_ONCE):
        yield from map(Arrival._make, few)


def count_public_by_version(tx: Transaction, consultation: str) -> dict[int, int]:
    """How many answers count that are not of the police, by version."""
    of = responses.c
    query = select(of.version, func.count()).where(_counts(consultation), of.is_police.is_not(True))
    return {row[0]: row[1] for row in tx.connection.execute(query.group_by(of.version))}


def _counts(consultation: str) -> ColumnElement[bool]:
    """Never by an index: SQLite would jump about in the file for each row, which takes longer than to read it all."""
    return responses.c.withdrawn_at.is_(None) & (responses.c.consultation.concat("") == consultation)
