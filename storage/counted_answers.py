"""All answers to one version of a consultation at once, as figures are made of them: nothing sealed, no time, no order.

One list of JSON is read much quicker than a hundred thousand small ones: three times as quick as Responses.stream.
"""

import json
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, func, select

from storage.tables import responses
from storage.transaction import Transaction


class CountedAnswer(NamedTuple):
    id: str
    channel: str
    district: str | None
    age_band: str | None
    is_police: bool | None
    answers: dict[str, Any]


def read_answers(tx: Transaction, consultation: str, version: int) -> list[CountedAnswer]:
    """Those that count, in no order."""
    of = responses.c
    query = select(of.id, of.channel, of.district, of.age_band, of.is_police, cast(of.answers, Text)).where(
        of.consultation == consultation, of.version == version, of.withdrawn_at.is_(None)
    )
    rows = tx.connection.execute(query).all()
    answers = json.loads(f"[{','.join(row[-1] for row in rows)}]")
    return [
        CountedAnswer(row[0], row[1], row[2], row[3], row[4], given)
        for row, given in zip(rows, answers, strict=True)
    ]


def count_public_by_version(tx: Transaction, consultation: str) -> dict[int, int]:
    """How many answers count that are not of the police, by version."""
    of = responses.c
    query = select(of.version, func.count()).where(
        of.consultation == consultation, of.withdrawn_at.is_(None), of.is_police.is_not(True)
    )
    return {row[0]: row[1] for row in tx.connection.execute(query.group_by(of.version))}
