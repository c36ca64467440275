"""Filed reports go to their site as part of the turn that sends them, for forms that know sites alone."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.my_data import gather
from bot.site_filing import take_up_site
from flows.content import load_content
from flows.events import SubmissionFiled
from storage.database import Database, Transaction
from storage.submissions import OtherSystem

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FILED = SubmissionFiled(
    "encampment", 1, "A", {}, {}, latitude=52.28, longitude=-1.57, certainty="pin", within_m=30
)


def test_a_report_of_a_known_site_is_put_to_it_and_the_audit_says_so(sqlite_database: Database) -> None:
    content = load_content(ROOT / "flows", ROOT / "county")

    def file(tx: Transaction, filed: SubmissionFiled) -> str:
        id = tx.submissions.file(filed, OtherSystem("web", "test"), "en", NOON)
        take_up_site(tx, content, id, filed, NOON)
        return id

    with sqlite_database.transaction() as tx:
        first, second = (file(tx, replace(FILED, reference=reference)) for reference in "AB")
        worry = [file(tx, replace(FILED, form="concern", reference=reference)) for reference in "CD"]
        merged = [getattr(tx.submissions.find(id), "merged_into", None) for id in (first, second, *worry)]
        assert merged == [None, first, None, None]
        tx.commit()
    with sqlite_database.reading() as tx:
        acted = [(row.actor, row.action, row.subject) for row in tx.audit.latest(20)]
        assert ("service", "case.group", second) in acted


def test_who_asks_for_their_data_is_not_shown_the_exact_point_of_another(sqlite_database: Database) -> None:
    content = load_content(ROOT / "flows", ROOT / "county")
    rough = replace(FILED, latitude=52.281, certainty="near", within_m=700)
    with sqlite_database.transaction() as tx:
        sender = tx.conversations.open("web", "one", "web:one", NOON)
        first = tx.submissions.file(rough, sender, "en", NOON)
        second = replace(FILED, reference="B")
        later = tx.submissions.file(second, OtherSystem("web", "test"), "en", NOON)
        take_up_site(tx, content, later, second, NOON)
        site = tx.submissions.find(first)
        assert site is not None and site.latitude == FILED.latitude
        [own] = gather(tx, sender.person_id).submissions
        assert own.latitude == rough.latitude


def test_news_of_a_site_that_was_thought_empty_is_for_staff(sqlite_database: Database) -> None:
    content = load_content(ROOT / "flows", ROOT / "county")
    with sqlite_database.transaction() as tx:
        sender = tx.conversations.open("web", "one", "web:one", NOON)
        site = tx.submissions.file(FILED, sender, "en", NOON)
        tx.submissions.set_status(site, "vacated", NOON)
        for reference, known in (("B", "same"), ("C", "news")):
            told = replace(FILED, reference=reference, sighting_of="A", answers={"known": known})
            later = tx.submissions.file(told, sender, "en", NOON)
            take_up_site(tx, content, later, told, NOON)
        latest = tx.notices.latest_of([sender.id], ("site_not_gone",))
        assert list(latest) == [sender.id]
