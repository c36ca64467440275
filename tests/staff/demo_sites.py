"""An invented record of forty reports of some thirty sites, to look at a map and figures by.

.venv/bin/python tests/staff/demo_sites.py FOLDER makes it there; FRONTDOOR_DATA=FOLDER lets the commands read it.
"""

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.events import SubmissionFiled
from flows.references import make_reference
from storage.conversations import conversation_key
from storage.database import Database, Transaction
from storage.migrate import migrate
from storage.vault import Vault

BEGUN = datetime(2026, 10, 1, 8, 30, tzinfo=UTC)
SECRET = "a secret that only tests know, 40 letters"


@dataclass(frozen=True)
class Demo:
    """`reports` beside the first, an hour after each other; `states` with the days after the first report."""

    district: str | None
    point: tuple[float, float] | None
    within_m: int | None
    land: str | None
    caravans: int | None
    desk: str
    day: int
    states: tuple[tuple[str, float], ...] = ()
    reports: int = 0
    welfare: bool = False


SEEN = (("acknowledged", 0.05), ("land_check", 0.1), ("assigned", 1), ("visited", 4))
DEMOS = (
    Demo("warwick", (52.2791, -1.5690), 30, "park", 6, "warwick_council", 1, SEEN, 3, True),
    Demo("warwick", (52.2950, -1.5320), 150, "car_park", 3, "warwick_council", 3, SEEN[:3]),
    Demo(
        "warwick",
        (52.3480, -1.5790),
        1000,
        "sports_ground",
        12,
        "warwick_council",
        6,
        (*SEEN, ("notice_served", 6)),
        2,
        True,
    ),
    Demo(
        "warwick",
        (52.2680, -1.6210),
        300,
        "verge_or_layby",
        2,
        "county_encampments",
        9,
        (*SEEN, ("vacated", 7), ("closed", 9)),
        0,
        True,
    ),
    Demo("warwick", (52.2900, -1.5360), 1000, "other", None, "land_check", 30),
    Demo("warwick", (52.2820, -1.5850), 1000, "park", 1, "warwick_council", 41, SEEN[:1]),
    Demo("warwick", (52.2820, -1.5850), 1000, "park", 4, "warwick_council", 44),
    Demo(
        "rugby",
        (52.3790, -1.2630),
        30,
        "industrial",
        18,
        "landowner",
        2,
        (*SEEN[:2], ("private_land_advised", 1)),
        1,
    ),
    Demo(
        "rugby",
        (52.3680, -1.2900),
        150,
        "park",
        5,
        "rugby_council",
        12,
        (*SEEN, ("tolerated_until", 8)),
        1,
        True,
    ),
    Demo("rugby", (52.4230, -1.2260), 400, "verge_or_layby", 8, "county_encampments", 20, SEEN[:4], 0),
    Demo("rugby", (52.3460, -1.3390), 1000, "farmland", 3, "landowner", 26, SEEN[:2]),
    Demo("rugby", (52.4040, -1.3950), 2000, "verge_or_layby", 2, "county_encampments", 33, SEEN[:3]),
    Demo(
        "nuneaton_and_bedworth",
        (52.5230, -1.4680),
        30,
        "park",
        9,
        "nuneaton_and_bedworth_council",
        4,
        (*SEEN, ("notice_served", 5), ("court_listed", 8)),
        3,
        True,
    ),
    Demo(
        "nuneaton_and_bedworth",
        (52.4790, -1.4730),
        150,
        "car_park",
        4,
        "nuneaton_and_bedworth_council",
        8,
        (*SEEN, ("vacated", 5), ("closed", 8)),
    ),
    Demo("nuneaton_and_bedworth", (52.5120, -1.4420), 300, "waterside", 2, "waterside_owner", 15, SEEN[:3]),
    Demo(
        "nuneaton_and_bedworth",
        (52.5370, -1.4900),
        1000,
        "sports_ground",
        14,
        "nuneaton_and_bedworth_council",
        28,
        SEEN,
        0,
        True,
    ),
    Demo("nuneaton_and_bedworth", (52.4690, -1.4560), 500, "other", 1, "land_check", 45),
    Demo(
        "north_warwickshire",
        (52.5770, -1.5500),
        150,
        "car_park",
        3,
        "north_warwickshire_council",
        5,
        SEEN[:4],
    ),
    Demo(
        "north_warwickshire",
        (52.6020, -1.6250),
        400,
        "verge_or_layby",
        7,
        "county_encampments",
        11,
        (*SEEN, ("negotiated_stop", 6)),
        1,
        True,
    ),
    Demo(
        "north_warwickshire",
        (52.4960, -1.7060),
        30,
        "school",
        5,
        "county_encampments",
        18,
        (*SEEN, ("enforcing", 5)),
        1,
        True,
    ),
    Demo("north_warwickshire", (52.5530, -1.6700), 1000, "waterside", 2, "waterside_owner", 24, SEEN[:2]),
    Demo("north_warwickshire", (52.4820, -1.5940), 5000, "farmland", 20, "landowner", 36),
    Demo(
        "stratford_on_avon",
        (52.1930, -1.7060),
        30,
        "park",
        4,
        "stratford_on_avon_council",
        7,
        (*SEEN, ("vacated", 6), ("cleanup", 7)),
        1,
    ),
    Demo(
        "stratford_on_avon",
        (52.2520, -1.3890),
        300,
        "verge_or_layby",
        6,
        "county_encampments",
        10,
        SEEN,
        0,
        True,
    ),
    Demo(
        "stratford_on_avon",
        (52.2140, -1.8690),
        1000,
        "sports_ground",
        2,
        "stratford_on_avon_council",
        16,
        SEEN[:3],
    ),
    Demo("stratford_on_avon", (52.0640, -1.6230), 150, "verge_or_layby", 3, "county_encampments", 22, SEEN),
    Demo("stratford_on_avon", (52.2930, -1.7810), 800, "farmland", 40, "landowner", 31, SEEN[:2], 1),
    Demo("stratford_on_avon", (52.1560, -1.5010), 6000, None, None, "land_check", 43),
    Demo(None, None, None, "park", 3, "land_check", 46),
)


def make_demo(database: Database) -> int:
    """Files all of it; returns how many reports there are."""
    count = 0
    with database.transaction() as tx:
        for demo in DEMOS:
            begun = BEGUN + timedelta(days=demo.day)
            first = _file(tx, demo, count, begun, None)
            for number in range(demo.reports):
                _file(tx, demo, count + number + 1, begun + timedelta(hours=number + 1), first)
            count += 1 + demo.reports
            was = "received"
            for state, days in demo.states:
                at = begun + timedelta(days=days)
                data: dict[str, object] = {"state": state, "was": was}
                if state == "visited" and demo.welfare:
                    data["welfare_done"] = True
                tx.submissions.set_status(first, state, at)
                tx.submission_events.add(first, "state", "ada", data, at)
                was = state
        for kind, outcome, channel, n in (
            ("label", "rephrased", "web", 9),
            ("label", "left", "sms", 2),
            ("identity", "rephrased", "web", 6),
            ("threat", "left", "telegram", 5),
        ):
            _moderate(tx, kind, outcome, channel, n)
        tx.commit()
    return count


def _file(tx: Transaction, demo: Demo, number: int, at: datetime, into: str | None) -> str:
    answers: dict[str, object] = {"place": {"text": "here"}, "land": demo.land, "caravans": demo.caravans}
    filed = SubmissionFiled(
        form="encampment",
        form_version=1,
        reference=make_reference("EN", 1000 + number),
        answers={name: value for name, value in answers.items() if value is not None},
        personal={},
        district=demo.district,
        latitude=demo.point[0] if demo.point else None,
        longitude=demo.point[1] if demo.point else None,
        desk=demo.desk,
        within_m=demo.within_m,
    )
    address = f"+4477009{number:05}"
    chat = tx.conversations.open("sms", address, conversation_key(tx.vault, "sms", address), at)
    id = tx.submissions.file(filed, chat, "en", at)
    if into is not None:
        tx.submissions.merge(id, into, at)
    return id


def _moderate(tx: Transaction, kind: str, outcome: str, channel: str, count: int) -> None:
    from uuid import uuid4

    from storage.tables import moderations

    for number in range(count):
        row = {
            "id": str(uuid4()),
            "at": BEGUN + timedelta(days=number),
            "channel": channel,
            "form": "encampment",
        }
        tx.connection.execute(moderations.insert().values(**row, field="details", kind=kind, outcome=outcome))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    made = Database(f"sqlite:///{folder}/frontdoor.db", Vault(os.environ.get("SECRET_KEY", SECRET)))
    migrate(made)
    print(make_demo(made), "reports")  # noqa: T201
    made.dispose()
