"""What staff made of one person's words: the codes they gave them, by name, for that person to see."""

from staff.consulting.codebook_record import read_assignments
from staff.consulting.coding import find_latest
from staff.consulting.free_answers import read_book
from storage.transaction import Transaction


def name_codes(tx: Transaction, consultation: str, response: str) -> dict[str, tuple[str, ...]]:
    """By question: the names of the codes as they count today, of all coders together; none where none fitted."""
    named = {}
    for question, kept in tx.coding.of_response(response).items():
        book, _ = read_book(tx, consultation, question)
        said = find_latest(book, read_assignments(kept))[response].values()
        given = frozenset(id for one in said for id in one.codes)
        named[question] = tuple(code.name for code in book.codes if code.id in given)
    return named
