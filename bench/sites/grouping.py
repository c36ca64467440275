"""The reports of a synthetic county, one by one in order of arrival, through the record as the service keeps it.

The peer sees the same reports, and the same ends of sites that staff note, in the same order.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from bench.sites.county import Stay, SyntheticCounty, Told
from flows.events import SubmissionFiled
from flows.facts import SitesNeeded
from flows.place import Certainty, km_between
from flows.references import make_reference
from storage.database import Database, Transaction
from storage.migrate import migrate
from storage.submissions import OtherSystem
from storage.vault import Vault

FORM = "encampment"
PEER_FORGETS = timedelta(days=60)
ANSWERS_TRULY = 0.9
# What a place is known to be within, as the gazetteer says it of pins, postcodes and towns.
_WITHIN_M = {Certainty.PIN: 30, Certainty.POSTCODE: 150}
_SENDER = OtherSystem("web", "bench")
_TOO_VAGUE = (Certainty.POSTCODE_AREA, Certainty.UNKNOWN)


def group_as_service(county: SyntheticCounty, folder: Path, *, asking: Random | None = None) -> list[str]:
    """The id of the case each report ends up in. With `asking` the citizen is asked about a known site first.

    A citizen asked answers truly nine times in ten, and otherwise does not know: then the service decides.
    """
    database = Database(f"sqlite:///{folder}/sites.db", Vault("a secret of this measurement alone"))
    migrate(database)
    try:
        with database.transaction() as tx:
            run = _Run(tx, asking)
            for number, told in _in_order(county):
                if isinstance(told, Stay):
                    run.note_end(told)
                else:
                    run.file(number, told)
            return [run.case_of(id) for id in run.ids]
    finally:
        database.dispose()


def group_by_radius(county: SyntheticCounty, metres: float) -> list[int]:
    """The peer: a report joins the nearest open case within a fixed radius, whose point is its first report's."""
    cases: list[tuple[int, Told]] = []
    last: dict[int, datetime] = {}
    ended: set[int] = set()
    groups = []
    for number, told in _in_order(county):
        if isinstance(told, Stay):
            ended |= {n for n, first in cases if first.stay == told.number}
            continue
        near = [
            (km_between(told.latitude, told.longitude, first.latitude, first.longitude), n)
            for n, first in cases
            if n not in ended
            and told.at - last[n] <= PEER_FORGETS
            and first.certainty not in _TOO_VAGUE
            and told.certainty not in _TOO_VAGUE
        ]
        km, group = min(near, default=(metres, number))
        if km * 1000 > metres:
            group = number
        if group == number:
            cases.append((number, told))
        last[group] = told.at
        groups.append(group)
    return groups


class _Run:
    """One county going through one transaction."""

    def __init__(self, tx: Transaction, asking: Random | None) -> None:
        self._tx = tx
        self._asking = asking
        self.ids: list[str] = []
        self._stay_of: dict[str, int] = {}
        self._roots: dict[int, list[str]] = {}

    def file(self, number: int, told: Told) -> None:
        reference = make_reference("EN", number)
        known, not_same = self._ask(told)
        filed = _as_filed(told, reference, known, not_same)
        id = self._tx.submissions.file(filed, _SENDER, "en", told.at)
        self._tx.sites.take_up(id, filed, told.at)
        self.ids.append(id)
        self._stay_of[reference] = told.stay
        if self.case_of(id) == id:
            self._roots.setdefault(told.stay, []).append(id)

    def note_end(self, stay: Stay) -> None:
        """Staff find everybody gone: every case that is of this site at its root is set to it."""
        if stay.noted_at is None:
            return
        for id in self._roots.get(stay.number, []):
            self._tx.submissions.set_status(id, "vacated", stay.noted_at)

    def case_of(self, id: str) -> str:
        found = self._tx.submissions.find(id)
        return (found.merged_into or id) if found is not None else id

    def _ask(self, told: Told) -> tuple[str | None, tuple[str, ...]]:
        """What the citizen says of the likeliest site: theirs, or not theirs, or nothing."""
        if self._asking is None or told.certainty in _TOO_VAGUE:
            return None, ()
        within_m = told.within_m or _WITHIN_M.get(told.certainty, 0)
        need = SitesNeeded(FORM, told.latitude, told.longitude, within_m, told.name)
        known = self._tx.near_sites.known(need, told.at)
        if not known or self._asking.random() >= ANSWERS_TRULY:
            return None, ()
        reference = known[0].reference
        return (reference, ()) if self._stay_of[reference] == told.stay else (None, (reference,))


def _as_filed(
    told: Told, reference: str, sighting_of: str | None, not_same: tuple[str, ...]
) -> SubmissionFiled:
    within_m = told.within_m or _WITHIN_M.get(told.certainty)
    answers = {
        "place": {"text": told.text, "name": told.name, "within_m": within_m},
        "seen_at": {"value": told.seen_at.isoformat(), "precision": "day"} if told.seen_at else None,
        "land": told.land,
    }
    return SubmissionFiled(
        form=FORM,
        form_version=1,
        reference=reference,
        answers={k: v for k, v in answers.items() if v},
        personal={},
        latitude=told.latitude,
        longitude=told.longitude,
        certainty=told.certainty,
        within_m=within_m,
        sighting_of=sighting_of,
        not_same=not_same,
    )


def _in_order(county: SyntheticCounty) -> Iterator[tuple[int, Told | Stay]]:
    """Reports with their numbers, and stays where staff note their end, by time."""
    ends = [(stay.noted_at, -1, stay) for stay in county.stays if stay.noted_at is not None]
    told = [(report.at, number, report) for number, report in enumerate(county.reports)]
    everything: list[tuple[datetime, int, Told | Stay]] = [*ends, *told]
    for _, number, what in sorted(everything, key=lambda each: each[:2]):
        yield number, what
