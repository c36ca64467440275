"""What people said in their own words, theme by theme, as the codebook names it: never the words themselves.

Only what people have put into a codebook is told of: words that a machine picked out could name somebody.
"""

from collections import Counter
from collections.abc import Collection
from json import dumps

from flows.consultations import FREE_TEXT, Consultation
from staff.consulting.codebook_record import parse_book, read_assignments
from staff.consulting.coding import find_codes
from staff.consulting.themes import parse_themes
from staff.small_numbers import PEOPLE
from storage.database import Transaction


def name_themes(
    tx: Transaction, asked: Consultation, counted: Collection[str]
) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """By code: its name, and in a sentence what was said how often. And which code each of the machine's themes is.

    `counted` are the ids of the responses that count.
    """
    told: dict[str, tuple[str, str]] = {}
    same: dict[str, str] = {}
    for question in asked.questions:
        kept = tx.coding.codebook(asked.id, question.id) if question.kind in FREE_TEXT else None
        if kept is None:
            continue
        book = parse_book(kept.book)
        run = tx.coding.last_run(asked.id, question.id)
        proposed = parse_themes(dumps(run.result)).list_by_answer() if run is not None else {}
        given = read_assignments(tx.coding.assignments(asked.id, question.id))
        found = find_codes(book, given, proposed)
        counts = Counter(code for answer, coded in found.items() if answer in counted for code in coded.codes)
        for code in book.list_open():
            told[code.id] = (code.name, f"{code.meaning.rstrip('.')}. {_how_many(counts[code.id])}")
            same |= dict.fromkeys(code.themes, code.id)
    return told, same


def _how_many(count: int) -> str:
    if 0 < count < PEOPLE.small:
        return f"{PEOPLE.few.value.capitalize()} people spoke of it."
    return f"{count:,} people spoke of it." if count else "Nobody spoke of it."
