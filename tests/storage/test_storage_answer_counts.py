"""How often answers were given and helped: counts a day, on both databases."""

from datetime import UTC, date, datetime

from storage.answer_counts import AnswerCount
from storage.database import Database

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_counts_add_up_over_days_and_doors(database: Database):
    with database.transaction() as tx:
        for now, channel, what in (
            (MONDAY, "web", "given"),
            (MONDAY, "web", "given"),
            (MONDAY, "web", "helped"),
            (MONDAY, "sms", "given"),
            (TUESDAY, "web", "given"),
            (TUESDAY, "web", "not_helped"),
        ):
            tx.answer_counts.add("bicycle_theft", "after", channel, now, what=what)
        tx.answer_counts.add("bicycle_theft", "", "web", TUESDAY, what="given")
        tx.commit()
    with database.reading() as tx:
        assert tx.answer_counts.since(date(2026, 11, 1)) == [
            AnswerCount("bicycle_theft", "after", 4, 1, 1),
            AnswerCount("bicycle_theft", "", 1, 0, 0),
        ]
        assert tx.answer_counts.since(date(2026, 11, 24)) == [
            AnswerCount("bicycle_theft", "", 1, 0, 0),
            AnswerCount("bicycle_theft", "after", 1, 0, 1),
        ]
        assert tx.answer_counts.since(date(2026, 11, 25)) == []
