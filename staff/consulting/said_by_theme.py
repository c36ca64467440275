"""What people said in their own words, theme by theme, as the codebook names it: never the words themselves.

Only what people have put into a codebook is told of: words that a machine picked out could name somebody.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from json import dumps

from flows.consultations import FREE_TEXT, Consultation
from staff.consulting.codebook_record import parse_book, read_assignments
from staff.consulting.coding import Codebook, find_codes
from staff.consulting.result_tables import TENS, in_tens
from staff.consulting.themes import parse_themes
from staff.small_numbers import Hidden, Shown
from storage.database import Transaction

Said = tuple[str, str]  # the name of a code, and in a sentence what was said how often


@dataclass(frozen=True)
class Themes:
    """What was said, and how many said it, by question and code; `stands_for`: where each id of the ledger stands."""

    said: dict[str, Said]
    many: dict[str, Shown]
    stands_for: dict[str, tuple[str, ...]]


def name_themes(
    tx: Transaction,
    asked: Consultation,
    counted: Collection[str],
    before: Mapping[str, Shown] | None = None,
) -> Themes:
    """`counted` are the ids of the responses that count, `before` how many were told to speak of each the last time.

    The ledger names a code, one that was merged into it, or a theme of the machine that it was made of. Where two
    questions have the same id, it stands for both.
    """
    told: dict[str, Said] = {}
    many: dict[str, Shown] = {}
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
            key = f"{question.id}.{code.id}"
            many[key] = tell_again(counts[code.id], (before or {}).get(key))
            told[key] = (name, f"{code.meaning.rstrip('.')}. {_how_many(many[key])}")
        for code in book.codes:
            standing = book.follow(code.id)
            if standing.is_open:
                for id in (code.id, *code.themes):
                    stands_for.setdefault(id, []).append(f"{question.id}.{standing.id}")
    return Themes(told, many, {id: tuple(dict.fromkeys(keys)) for id, keys in stands_for.items()})


def tell_again(count: int, before: Shown | None) -> Shown:
    """In tens. What was told stays until it is off by ten: coding goes on, and one more is nobody's business."""
    if before is None or isinstance(before, Hidden) or not before or not count:
        return in_tens(count)
    return before if abs(count - before) < TENS else in_tens(count)


def _count_codes(
    tx: Transaction, consultation: str, question: str, book: Codebook, counted: Collection[str]
) -> Counter[str]:
    run = tx.coding.last_run(consultation, question)
    proposed = parse_themes(dumps(run.result)).list_by_answer() if run is not None else {}
    given = read_assignments(tx.coding.assignments(consultation, question))
    found = find_codes(book, given, proposed)
    return Counter(code for answer, coded in found.items() if answer in counted for code in coded.codes)


def _how_many(many: Shown) -> str:
    if isinstance(many, Hidden):
        return f"{many.value.capitalize()} people spoke of it."
    return f"About {many:,} people spoke of it." if many else "Nobody spoke of it."
