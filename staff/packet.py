"""A page for the owner of private land: what was reported of it, and the approved words on what helps.

Nothing in it is anybody's own words, nothing about who reported it, and nothing of the health or needs of the people
who live there: that is for the desk that sees to their welfare.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flows.content import Content, KnowledgeEntry
from flows.county import LONDON, Contact
from flows.forms import Form
from staff.act import Act
from staff.errors import StaffError
from staff.map_sites import EXACT_M
from storage.submissions import Submission

GUIDANCE, HELP = "encampment_private_landowner", "encampment_traveller_rights"
OWNER = "owner"  # what a desk `acts` as in county/desks.yml
DISTRICT_COUNCIL = "district_council"
NOT_FOR_OWNERS = frozenset({"welfare_need"})


@dataclass(frozen=True)
class Block:
    """A piece of approved words: one paragraph, or the points of a numbered list."""

    lines: tuple[str, ...]
    is_list: bool = False


@dataclass(frozen=True)
class Packet:
    """`facts` are (what, value); `contacts` for the owner, `helpers` for the people who live there."""

    reference: str
    facts: tuple[tuple[str, str], ...]
    guidance: tuple[Block, ...]
    contacts: tuple[Contact, ...]
    helpers: tuple[Contact, ...]
    reviewed_on: date
    sources: tuple[str, ...]


def make_packet(act: Act, reference: str, contacts: Mapping[str, Contact], *, anyway: bool = False) -> Packet:
    """Raises StaffError where somebody else than the owner acts (but not with `anyway`), or no words may be said."""
    case = act.get_open_case(reference)
    form = act.content.forms.get(case.form)
    if form is None or not any(field.id == "land" for field in form.fields):
        raise StaffError(f"{case.reference} is not about land: there is nothing to tell its owner.")
    if not anyway:
        _check_owner(act.content, case)
    today = act.now.astimezone(LONDON).date()
    entry = _get_words(act.content, GUIDANCE, today)
    wanted = list(entry.contacts)
    council = act.content.find_body(DISTRICT_COUNCIL, case.district, today) if case.district else None
    if council is not None and council.contact:
        wanted.append(council.contact)
    helping = act.content.knowledge[HELP].contacts if HELP in act.content.knowledge else ()
    act.write(case, "packet")
    act.audit("case.packet", case.id, anyway=anyway)
    return Packet(
        reference=case.reference,
        facts=tuple(_facts(act, form, case)),
        guidance=split_blocks(entry.text),
        contacts=_confirmed(contacts, wanted, today),
        helpers=_confirmed(contacts, [id for id in helping if id not in wanted], today),
        reviewed_on=entry.reviewed_on,
        sources=entry.read_sources,
    )


def _check_owner(content: Content, case: Submission) -> None:
    route = content.find_route(case.answers.get("land"), case.district)
    desk = content.desks.get(case.desk or (route.desk if route is not None else ""))
    if desk is None or desk.acts != OWNER:
        who = desk.name if desk is not None else "no desk that is known"
        raise StaffError(
            f"{case.reference} is with {who}, so it is not the landowner who acts. "
            "If the owner should have the page all the same, add --anyway."
        )


def _get_words(content: Content, id: str, today: date) -> KnowledgeEntry:
    entry = content.knowledge.get(id)
    if entry is None or entry.review_by < today:
        raise StaffError(
            f"The answer {id} is not there or past its review date, so its words may not be given out. "
            "Have it reviewed first: frontdoor check --review."
        )
    return entry


def split_blocks(text: str) -> tuple[Block, ...]:
    """The words as they are; lines that begin with a number become points of a list."""
    blocks: list[Block] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        number, dot, rest = line.partition(". ")
        is_point = bool(dot) and number.isdecimal()
        if is_point and blocks and blocks[-1].is_list:
            blocks[-1] = Block((*blocks[-1].lines, rest), is_list=True)
        else:
            blocks.append(Block((rest if is_point else line,), is_point))
    return tuple(blocks)


def _confirmed(contacts: Mapping[str, Contact], ids: Sequence[str], today: date) -> tuple[Contact, ...]:
    found = [contacts[id] for id in dict.fromkeys(ids) if id in contacts]
    return tuple(contact for contact in found if contact.is_good_on(today))


def _facts(act: Act, form: Form, case: Submission) -> Iterator[tuple[str, str]]:
    """Of all reports of the site: the latest number said, everything seen, the earliest time."""
    reports = (case, *act.tx.submissions.merged_into(case.id))
    latest = sorted(reports, key=lambda report: report.submitted_at, reverse=True)
    fields = {field.id: field for field in form.fields}
    gazetteer = act.content.gazetteer
    if case.latitude is not None and case.longitude is not None:
        near, _ = gazetteer.nearest(case.latitude, case.longitude)
        yield "Place", f"Near {near.name}"
        within = case.within_m or EXACT_M
        yield (
            "Point (latitude, longitude)",
            f"{case.latitude:.4f}, {case.longitude:.4f}, within {within} metres",
        )
    if case.district:
        yield "District", gazetteer.district_names.get(case.district, case.district)
    yield "First reported", _day(min(report.submitted_at for report in reports))
    seen = [moment for report in reports if (moment := _moment(report.answers.get("seen_at"))) is not None]
    if seen:
        yield "First seen", _day(min(seen))
    for id in ("caravans", "vehicles"):
        counts = [report.answers[id] for report in latest if isinstance(report.answers.get(id), int)]
        if id in fields and counts:
            yield fields[id].title, f"{counts[0]} (last count)"
    labels = {id: {o.value: o.label for o in fields[id].options} for id in ("land", "impact") if id in fields}
    land = labels.get("land", {}).get(str(case.answers.get("land")))
    if land:
        yield fields["land"].title, land
    told = {value for report in reports for value in _values(report.answers.get("impact"))}
    impact = [
        label
        for value, label in labels.get("impact", {}).items()
        if value in told - NOT_FOR_OWNERS and value != "none"
    ]
    if impact:
        yield "What was seen", ", ".join(impact)


def _values(answer: Any) -> list[str]:
    return [str(each) for each in answer] if isinstance(answer, list) else []


def _moment(answer: Any) -> datetime | None:
    """The moment of a kept `when` answer: {"value": ISO 8601, ...}."""
    value = answer.get("value") if isinstance(answer, dict) else None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=LONDON)


def _day(moment: datetime) -> str:
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%B %Y}"
