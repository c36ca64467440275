"""The figures of a published page, kept whole so that they are told once.

Who has two pages of one consultation takes the one from the other, and what is left is what the few did who came,
changed or went between. So figures are told when nothing is answered any more, and whatever is told afterwards (a page
with what was decided since, open data, the ledger) tells these same ones.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from pydantic import TypeAdapter

from staff.consulting.result_values import Results, Told
from staff.small_numbers import Hidden, Shown

TOLD, THEMES = "told", "themes"  # their keys among what is kept with a page


_KEPT = TypeAdapter(Told)
_NAMES = [field.name for field in fields(Told)]


def keep_told(results: Results) -> dict[str, Any]:
    """As JSON has it."""
    told = Told(**{name: getattr(results, name) for name in _NAMES})
    kept: dict[str, Any] = json.loads(_KEPT.dump_json(told))
    return kept


def read_told(kept: Mapping[str, Any]) -> Told | None:
    """Of what is kept with a page; None where that holds no figures."""
    return _KEPT.validate_python(kept[TOLD]) if TOLD in kept else None


def read_themes(kept: Mapping[str, Any]) -> dict[str, Shown]:
    """How many were told to speak of each theme, by question and code."""
    return {key: Hidden(n) if isinstance(n, str) else int(n) for key, n in kept.get(THEMES, {}).items()}


def tell_same(results: Results, told: Told) -> Results:
    """The results with the figures that were told, and all else as it is now."""
    return replace(results, **{name: getattr(told, name) for name in _NAMES})
