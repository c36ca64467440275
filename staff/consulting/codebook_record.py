"""A codebook and what was coded by it, as the record keeps them and as they are worked with."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from staff.consulting.coding import Assignment, Code, Codebook
from storage.coding import KeptAssignment


def book_to_json(book: Codebook) -> dict[str, Any]:
    """Every code with its time as ISO 8601."""
    return {"codes": [_plain(asdict(code)) for code in book.codes]}


def parse_book(kept: Mapping[str, Any]) -> Codebook:
    """What `book_to_json` made."""
    return Codebook(tuple(_parse_code(code) for code in kept["codes"]))


def read_assignments(kept: Iterable[KeptAssignment]) -> list[Assignment]:
    return [Assignment(k.response, frozenset(k.codes), k.coder, k.at, k.settles) for k in kept]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _parse_code(read: Mapping[str, Any]) -> Code:
    closed = read["closed_at"]
    told = {
        "made_at": datetime.fromisoformat(read["made_at"]),
        "closed_at": datetime.fromisoformat(closed) if closed else None,
        "themes": tuple(read["themes"]),
        "split_into": tuple(read["split_into"]),
    }
    return Code(**{**read, **told})
