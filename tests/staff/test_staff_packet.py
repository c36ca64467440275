"""The page for the owner of private land: what was seen and approved words, and nothing else."""

from dataclasses import replace
from datetime import date

import pytest
from staff_samples import ADA, CONTENT, NOON, ROOT, audit, events, file, later, ref

from bot.pages import render_page
from flows.content import Content
from flows.county import ContactsFile
from flows.office import QuietHours
from flows.yaml_lines import read_yaml
from staff.act import perform
from staff.errors import StaffError
from staff.packet import GUIDANCE, Block, Packet, make_packet, split_blocks
from storage.database import Database

CONTACTS = ContactsFile.model_validate(read_yaml(ROOT / "county" / "contacts.yml")).contacts
SEEN = {"seen_at": {"value": "2026-11-20T08:00:00+00:00", "precision": "hour"}}
ANSWERS = {
    "land": "farmland",
    "caravans": 6,
    "impact": ["waste", "welfare_need"],
    "details": "my secret words",
}


def packet_of(database: Database, reference: str, content: Content = CONTENT, **options) -> Packet:
    return perform(
        database,
        content,
        QuietHours(),
        ADA,
        later(days=1),
        lambda act: make_packet(act, reference, CONTACTS, **options),
    )


def test_it_holds_what_all_reports_saw_and_the_approved_words(sqlite_database: Database) -> None:
    id = file(
        sqlite_database,
        ref(1),
        answers=ANSWERS | SEEN | {"place": {"text": "by Ada's gate"}},
        desk="landowner",
    )
    more = file(
        sqlite_database, ref(2), at=later(hours=2), answers={"caravans": 9, "impact": ["noise", "none"]}
    )
    with sqlite_database.transaction() as tx:
        tx.submissions.merge(more, id, NOON)
        tx.commit()
    packet = packet_of(sqlite_database, ref(1))
    assert dict(packet.facts) == {
        "Place": "Near Warwick",
        "Point (latitude, longitude)": "52.2821, -1.5679, within 100 metres",
        "District": "Warwick",
        "First reported": "26 November 2026",
        "First seen": "20 November 2026",
        "Caravans or tents": "9 (last count)",
        "Kind of land": "Farm land",
        "What was seen": "Rubbish or waste, Noise",
    }
    said = [line for block in packet.guidance for line in block.lines]
    entry = CONTENT.knowledge[GUIDANCE]
    assert all(line in entry.text for line in said)
    assert sum(len(line) for line in said) > 0.9 * len(entry.text)
    assert {contact.status for contact in (*packet.contacts, *packet.helpers)} == {"confirmed"}
    page = render_page("packet.html", packet=packet, made="27 November 2026")
    for told in (
        ref(1),
        "<li>Keep safe.",
        "This is general information, not legal advice.",
        "NHS 111",
        "999",
    ):
        assert told in page
    for never in ("secret", "Ada", "Grace", "may need help", "01273 234777", "447700900123"):
        assert never not in page
    assert [event.kind for event in events(sqlite_database, id)][-1] == "packet"
    assert audit(sqlite_database)[-1] == (ADA, "case.packet", id, {"anyway": False})


def test_it_is_for_land_whose_owner_acts_or_asked_for_by_name(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1), desk="county_encampments")
    with pytest.raises(StaffError, match=r"County council encampment team.*--anyway"):
        packet_of(sqlite_database, ref(1))
    assert audit(sqlite_database) == []
    assert packet_of(sqlite_database, ref(1), anyway=True).reference == ref(1)
    file(sqlite_database, ref(2, "VC"), form="custody_visit", personal={}, answers={})
    with pytest.raises(StaffError, match="not about land"):
        packet_of(sqlite_database, ref(2, "VC"), anyway=True)


def test_words_past_their_review_are_not_given_out(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1), desk="landowner")
    old = CONTENT.knowledge[GUIDANCE].model_copy(update={"review_by": date(2026, 11, 26)})
    with pytest.raises(StaffError, match="past its review date"):
        packet_of(sqlite_database, ref(1), replace(CONTENT, knowledge={**CONTENT.knowledge, GUIDANCE: old}))


def test_numbered_lines_are_points_of_a_list() -> None:
    assert split_blocks("First:\n1. One. Two.\n 2. Three\n\nLast") == (
        Block(("First:",)),
        Block(("One. Two.", "Three"), is_list=True),
        Block(("Last",)),
    )
