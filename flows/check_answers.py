"""What `frontdoor check` holds answers to: plain words that can be sent, confirmed, and leading somewhere."""

from collections.abc import Iterable
from datetime import timedelta

from flows.buttons import MAX_BYTES, go_payload
from flows.cases import CasesFile
from flows.content import CaseAnswer, KnowledgeEntry, KnowledgeFile
from flows.county import Contact, ContactsFile
from flows.findings import Findings, Where
from flows.plain_english import longest_sentence, reading_age
from flows.said_contacts import find_unbacked
from flows.turn import fits_two_texts

Contacts = dict[str, Contact] | None
OLDEST_READING_AGE = 11.0
MOST_WORDS = 20
LONGEST_TITLE = 40
REVIEW_SOON = timedelta(days=30)
# What stands under an answer by SMS, however little room there is.
UNDER_AN_ANSWER = "\nMORE"


def load_contacts(found: Findings) -> Contacts:
    """The contacts by id; None where the file cannot be read."""
    loaded = found.load("county/contacts.yml", ContactsFile)
    return loaded.contacts if loaded is not None else None


def check_named(found: Findings, file: str, where: Where, named: Iterable[str], contacts: Contacts) -> None:
    """Contacts an entry names: each must be there and confirmed."""
    for at, name in enumerate(named):
        if contacts is not None and name not in contacts:
            found.note(file, (*where, "contacts", at), f"there is no contact {name} in county/contacts.yml")
        elif contacts is not None and contacts[name].status != "confirmed":
            found.note(file, (*where, "contacts", at), f"the contact {name} is not confirmed yet")
        elif contacts is not None and found.today is not None and not contacts[name].is_good_on(found.today):
            found.note(file, (*where, "contacts", at), f"the contact {name} is not valid today")


def check_said(
    found: Findings, file: str, where: Where, text: str, named: Iterable[str], contacts: Contacts
) -> None:
    """Every number and address a resident reads belongs to a confirmed contact the entry names."""
    if contacts is None:
        return
    own = [contacts[n] for n in named if n in contacts and contacts[n].status == "confirmed"]
    for said in sorted(find_unbacked(text, own)):
        found.note(file, where, f"{said} is said, but belongs to no confirmed contact this entry names")


def check_answers(found: Findings, labels: set[str], contacts: Contacts) -> set[str]:
    """All entries of county/knowledge; their ids. `labels` can be started."""
    cases = found.load("county/cases.yml", CasesFile)
    entries: list[tuple[str, int, KnowledgeEntry]] = []
    for path in sorted((found.root / "county" / "knowledge").glob("*.yml")):
        file = f"county/knowledge/{path.name}"
        loaded = found.load(file, KnowledgeFile)
        entries += [(file, at, entry) for at, entry in enumerate(loaded.entries)] if loaded else []
    topics = {entry.id for _, _, entry in entries}
    seen: set[str] = set()
    for file, at, entry in entries:
        where = ("entries", at)
        if entry.id in seen:
            found.note(file, (*where, "id"), f"the answer {entry.id} is given twice")
        seen.add(entry.id)
        _check_entry(found, file, where, entry, contacts)
        for name, answer in entry.cases.items():
            if cases is not None and name not in cases.cases:
                found.note(file, (*where, "cases", name), f"there is no case {name} in county/cases.yml")
            _check_words(found, file, (*where, "cases", name), entry, answer, contacts)
        _check_links(found, file, where, entry, topics, labels)
    return topics


def _check_entry(found: Findings, file: str, where: Where, entry: KnowledgeEntry, contacts: Contacts) -> None:
    _check_words(found, file, where, entry, entry, contacts)
    check_named(found, file, where, entry.contacts, contacts)
    if len(entry.title) > LONGEST_TITLE:
        found.note(file, (*where, "title"), f"too long for a button: {LONGEST_TITLE} letters at most")
    if len(go_payload(f"ask/{entry.id}").encode()) > MAX_BYTES:
        found.note(file, (*where, "id"), "too long for a button")
    if entry.review_by <= entry.reviewed_on:
        found.note(file, (*where, "review_by"), "the next review must come after the last")
    if found.today is None:
        return
    if entry.review_by < found.today:
        found.note(file, (*where, "review_by"), f"{entry.id} is past its review date: not said", warning=True)
    elif entry.review_by <= found.today + REVIEW_SOON:
        told = f"{entry.id} must be reviewed by {entry.review_by:%-d %B}, or it is no longer said"
        found.note(file, (*where, "review_by"), told, warning=True)


def _check_words(
    found: Findings,
    file: str,
    where: Where,
    entry: KnowledgeEntry,
    answer: CaseAnswer | KnowledgeEntry,
    contacts: Contacts,
) -> None:
    """One answer's two texts."""
    found.check_sms(file, (*where, "sms"), answer.sms)
    if not fits_two_texts(answer.sms + UNDER_AN_ANSWER):
        found.note(file, (*where, "sms"), "too long for two text messages with MORE under it")
    for key, text in (("text", answer.text), ("sms", answer.sms)):
        check_said(found, file, (*where, key), text, entry.contacts, contacts)
        age = reading_age(text)
        if age > OLDEST_READING_AGE:
            told = f"reads like a text for age {age:.0f}: shorter words and sentences, please"
            found.note(file, (*where, key), told, warning=True)
        longest = longest_sentence(text)
        if len(longest.split()) > MOST_WORDS:
            told = f"a sentence of {len(longest.split())} words: {' '.join(longest.split()[:6])} ..."
            found.note(file, (*where, key), told, warning=True)


def _check_links(
    found: Findings, file: str, where: Where, entry: KnowledgeEntry, topics: set[str], labels: set[str]
) -> None:
    for n, topic in enumerate(entry.related):
        if topic not in topics or topic == entry.id:
            found.note(file, (*where, "related", n), f"there is no other answer {topic}", warning=True)
    for n, label in enumerate(entry.start):
        if label not in labels:
            found.note(file, (*where, "start", n), f"nothing can be started by the label {label}")


# --- for people who confirm -------------------------------------------------------------------------------------


def list_to_review(found: Findings) -> list[tuple[str, str]]:
    """What staff have to confirm or review: (what, why), contacts first."""
    rows: list[tuple[str, str]] = []
    for name, contact in (load_contacts(found) or {}).items():
        if contact.status != "confirmed":
            ways = " ".join(w for w in (contact.number, contact.text, contact.web, contact.email) if w)
            rows.append(
                (f"contact {name}", f"{contact.name}: {ways or 'no way known'}. {contact.note}".strip())
            )
    for path in sorted((found.root / "county" / "knowledge").glob("*.yml")):
        loaded = found.load(f"county/knowledge/{path.name}", KnowledgeFile)
        for entry in loaded.entries if loaded else ():
            rows += [(f"answer {entry.id}", point) for point in entry.to_confirm]
            if found.today is not None and entry.review_by <= found.today + REVIEW_SOON:
                rows.append((f"answer {entry.id}", f"review by {entry.review_by:%-d %B %Y}"))
    return rows
