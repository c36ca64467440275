"""What is held about a person: gathered from every table, and written as one page they can read and keep."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.pages import render_page
from flows.content import Content
from flows.county import LONDON
from flows.facts import show_date
from flows.forms import Form
from flows.stored_answers import show
from staff.consulting.given_codes import name_codes
from storage.conversations import KeptConversation
from storage.memberships import Membership
from storage.responses import ANONYMOUS, KeptResponse, Respondent
from storage.submissions import Submission
from storage.transaction import Transaction

DOORS = {"web": "Web chat", "telegram": "Telegram", "sms": "Text message"}
MOST_MESSAGES = 2000


@dataclass(frozen=True)
class Held:
    """Everything about one person. `said` is by conversation: (when, "in" or "out", words).

    `codes` are names of what staff say an answer is about, by response and question.
    """

    doors: list[KeptConversation]
    submissions: list[Submission]
    memberships: list[Membership]
    consents: list[tuple[str, int, datetime, datetime | None]]
    roles: list[str]
    said: list[tuple[datetime, str, str]]
    photos: int
    responses: list[KeptResponse]
    codes: dict[str, dict[str, tuple[str, ...]]]


def gather(tx: Transaction, person_id: str) -> Held:
    """Reads it all in the caller's transaction."""
    doors = tx.conversations.of_person(person_id)
    responses = [*tx.responses.of_person(person_id), *_of_tickets(tx, doors)]
    return Held(
        doors=doors,
        submissions=[_as_they_told(tx, sent) for sent in tx.submissions.of_person(person_id)],
        memberships=tx.memberships.of_person(person_id),
        consents=[
            (c.wording, c.version, c.given_at, c.withdrawn_at) for c in tx.consents.of_person(person_id)
        ],
        roles=sorted(tx.grants.of_person(person_id)),
        said=sorted(m for door in doors for m in tx.messages.said_in(door.id, MOST_MESSAGES)),
        photos=tx.attachments.count_of([door.id for door in doors]),
        responses=responses,
        codes={given.id: name_codes(tx, given.consultation, given.id) for given in responses},
    )


def _as_they_told(tx: Transaction, sent: Submission) -> Submission:
    """A report with the point its own sender told; its site may have taken over somebody else's."""
    refined = (e.data["was"] for e in tx.submission_events.of(sent.id) if e.kind == "place_refined")
    was = next(refined, None)
    return sent if was is None else replace(sent, latitude=was["latitude"], longitude=was["longitude"])


def _of_tickets(tx: Transaction, doors: list[KeptConversation]) -> Iterator[KeptResponse]:
    """Anonymous answers whose ticket a chat of the person still holds."""
    for consultation, ticket in {t for door in doors for t in door.conversation.tickets.items()}:
        held = tx.responses.find(consultation, Respondent.of(ANONYMOUS, "", ticket))
        if held is not None:
            yield held


def as_document(held: Held, content: Content, now: datetime) -> str:
    """One HTML page that needs nothing from elsewhere."""
    return render_page(
        "my_data.html",
        now=_when(now),
        doors=[
            (DOORS.get(d.channel, d.channel), "" if d.channel == "web" else d.address) for d in held.doors
        ],
        submissions=[_submission(s, content) for s in held.submissions],
        memberships=[_membership(m, content) for m in held.memberships],
        consents=[
            (wording, version, _when(given), _when(withdrawn) if withdrawn else "")
            for wording, version, given, withdrawn in held.consents
        ],
        roles=held.roles,
        said=[(_when(at), "You" if way == "in" else "Front Door", words) for at, way, words in held.said],
        photos=held.photos,
        responses=[_response(r, content, held.codes[r.id]) for r in held.responses],
    )


def _submission(sent: Submission, content: Content) -> dict[str, Any]:
    form = content.forms.get(sent.form)
    rows = _rows(form, {**sent.answers, **sent.personal})
    if sent.latitude is not None and sent.longitude is not None:
        rows.append(("Point on the map", f"{sent.latitude:.5f}, {sent.longitude:.5f}"))
    return {
        "title": form.title if form is not None else sent.form,
        "reference": sent.reference,
        "sent": _when(sent.submitted_at),
        "status": sent.status.replace("_", " "),
        "rows": rows,
    }


def _response(given: KeptResponse, content: Content, codes: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    form = next((f for f in content.forms.values() if f.consultation == given.consultation), None)
    return {
        "title": form.title if form is not None else given.consultation,
        "changed": _day(given.changed_at),
        "counts": given.withdrawn_at is None,
        "rows": _rows(form, {**given.answers, **given.texts}),
        "codes": [
            (_title(form, question), ", ".join(names) or "none of the themes")
            for question, names in codes.items()
        ],
    }


def _rows(form: Form | None, answers: dict[str, Any]) -> list[tuple[str, str]]:
    """Title and words of each answer."""
    rows = []
    for name, value in answers.items():
        field = form.find_field(name) if form is not None else None
        shown = str(value)
        if field is not None and not isinstance(value, bool | int):
            try:
                shown = show(field, value)
            except (KeyError, TypeError, ValueError):
                shown = str(value)
        if isinstance(value, dict) and "given" in value:
            shown = f"{'yes' if value['given'] else 'no'} ({value['wording']}, version {value['version']})"
        elif isinstance(value, bool):
            shown = "yes" if value else "no"
        rows.append((_title(form, name), shown))
    return rows


def _title(form: Form | None, name: str) -> str:
    field = form.find_field(name) if form is not None else None
    return field.title if field is not None else name


def _membership(membership: Membership, content: Content) -> tuple[str, str, str, str]:
    name = next((s.name for s in content.schemes if s.id == membership.scheme), membership.scheme)
    wanted = ", ".join(f"{k}: {v}" for k, v in membership.delivery.items())
    details = "; ".join(part for part in (membership.postcode or "", wanted) if part)
    return name, f"{membership.role}, {membership.status}", _day(membership.joined_at), details


def _day(at: datetime) -> str:
    return show_date(at.astimezone(LONDON).date())


def _when(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%d/%m/%Y %H:%M}"
