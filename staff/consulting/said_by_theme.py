"""What people said in their own words, theme by theme, as the codebook names it: never the words themselves.

Only what people have put into a codebook is told of: words that a machine picked out could name somebody.
"""

from collections import Counter
from collections.abc import Collection
from json import dumps

from flows.consultations import FREE_TEXT, Consultation
from staff.consulting.codebook_record import parse_book, read_assignments
from staff.consulting.coding import Codebook, find_codes
from staff.consulting.themes import parse_themes
from staff.small_numbers import PEOPLE
from storage.database import Transaction

Said = tuple[str, str]  # the name of a code, and in a sentence what was said how often


def name_themes(
    tx: Transaction, asked: Consultation, counted: Collection[str]
) -> tuple[dict[str, Said], dict[str, tuple[str, ...]]]:
    """What was said, by question and code; and where in it each id of the ledger stands.

    The ledger names a code, one that was merged into it, or a theme of the machine that it was made of. Where two
    questions have the same id, it stands for both. `counted` are the ids of the responses that count.
    """
    told: dict[str, Said] = {}
    stands_for: dict[str, list[str]] = {}
    for question in asked.questions:
        kept = tx.coding.codebook(asked.id, question.id) if question.kind in FREE_TEXT else None
        if kept is None:
            continue
        book = parse_book(kept.book)
        counts = _count_codes(tx, asked.id, question.id, book, counted)
        taken = {name for name, _ in told.values()}
        for code in book.list_open():
            name = f"{code.name} ({question.title})" if code.name in taken else code.name
            told[f"{question.id}.{code.id}"] = (
                name,
                f"{code.meaning.rstrip('.')}. {_how_many(counts[code.id])}",
            )
        for code in book.codes:
            standing = book.follow(code.id)
            if standing.is_open:
                for id in (code.id, *code.themes):
                    stands_for.setdefault(id, []).append(f"{question.id}.{standing.id}")
    return told, {id: tuple(dict.fromkeys(keys)) for id, keys in stands_for.items()}


def _count_codes(
    tx: Transaction, consultation: str, question: str, book: Codebook, counted: Collection[str]
) -> Counter[str]:
    run = tx.coding.last_run(consultation, question)
    proposed = parse_themes(dumps(run.result)).list_by_answer() if run is not None else {}
    given = read_assignments(tx.coding.assignments(consultation, question))
    found = find_codes(book, given, proposed)
    return Counter(code for answer, coded in found.items() if answer in counted for code in coded.codes)


def _how_many(count: int) -> str:
    """In tens: so two pages tell of one more answer only where it passes from one ten to the next."""
    if 0 < count < PEOPLE.small:
        return f"{PEOPLE.few.value.capitalize()} people spoke of it."
    return f"About {(count + 5) // 10 * 10:,} people spoke of it." if count else "Nobody spoke of it."
