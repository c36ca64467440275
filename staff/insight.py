"""What the record shows of a kind of case: how many, where, how long it takes, and whether it is fair.

Each question reads a snapshot, so that no resident's message waits for it, and leaves its line in the audit before
anything of the answer is seen.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flows.content import Content
from flows.county import LONDON
from flows.office import QuietHours
from flows.working_time import WorkingTime
from staff import fairness, map_sites, times
from staff.act import perform
from staff.errors import StaffError
from staff.map_sites import Site
from staff.sheets import UNKNOWN, Report, Row, Sheet
from storage.database import Database, Transaction
from storage.insight import Wanted

T = TypeVar("T")

DIMENSIONS = ("district", "land", "month", "desk", "state")
COUNTED = {"reports": "Reports", "sites": "Sites"}
COUNTING = "A site counts once, by its first report; every report counts where its site stands."


@dataclass(frozen=True)
class Names:
    """What districts, land, desks and states are called, in order; all that there can be of each."""

    district: dict[str, str]
    land: dict[str, str]
    desk: dict[str, str]
    state: dict[str, str]


class Insight:
    """`actor` is who asks, for the audit. Raises StaffError where what is asked for is not there."""

    def __init__(self, database: Database, content: Content, quiet: QuietHours) -> None:
        self._database = database
        self._content = content
        self._quiet = quiet

    def reports(self, wanted: Wanted, by: str = "district", *, actor: str, now: datetime) -> Sheet:
        """Reports and sites side by side; what there is none of is there as 0."""
        if by not in DIMENSIONS:
            raise StaffError(f"Nothing is counted by {by}. There are: {', '.join(DIMENSIONS)}.")
        names = self._check(wanted)

        def count(tx: Transaction) -> Sheet:
            counts = _by_month(tx, wanted, now) if by == "month" else _by(tx, wanted, by, getattr(names, by))
            total = Row("total", "All", {n: sum(int(r.values[n] or 0) for r in counts) for n in COUNTED})
            title = f"{self._title(wanted)}: reports and sites by {by}"
            return Sheet(f"reports_by_{by}", title, by.capitalize(), COUNTED, counts, total, says=COUNTING)

        return self._ask("reports", wanted, count, actor, now, by=by)

    def times(self, wanted: Wanted, *, actor: str, now: datetime) -> Sheet:
        """How long sites stay in each state, in working time, with each desk and with all."""
        names = self._check(wanted)
        machine = self._content.find_machine(wanted.form)
        title = f"{self._title(wanted)}: time in each state"

        def measure(tx: Transaction) -> Sheet:
            found = times.read_spells(tx.insight.steps(wanted), machine, now, self._hours)
            return times.make_sheet(title, found, machine, names.state, names.desk, self._hours)

        return self._ask("times", wanted, measure, actor, now)

    def fairness(self, wanted: Wanted, *, public: bool = False, actor: str, now: datetime) -> Report:
        """What shows how the equality duty is met (Equality Act 2010, section 149).

        With `public` no count below five can be read from it, nor worked out from its totals.
        """
        names = self._check(wanted)

        machine = self._content.find_machine(wanted.form)
        states = names.state
        # To the public a site stands where reporters are told that it does: no step of the law that is still to come.
        stages = {state: machine.shown(state).rpartition(".")[-1] for state in states} if public else {}
        if public:
            states = {stage: stage.replace("_", " ").capitalize() for stage in stages.values()}

        def gather(tx: Transaction) -> Report:
            found = fairness.read_evidence(tx.insight, wanted, machine.ends, now, self._hours, stages)
            covers = describe(wanted, self._title(wanted), names.district)
            return fairness.make_report(found, covers, names.district, states, self._hours, public=public)

        return self._ask("fairness", wanted, gather, actor, now, public=public)

    def sites(
        self, wanted: Wanted, *, open_only: bool = False, public: bool = False, actor: str, now: datetime
    ) -> tuple[Site, ...]:
        """What a map of the county shows, the sites first reported first."""
        self._check(wanted)
        ends = self._content.find_machine(wanted.form).ends if open_only else ()

        def gather(tx: Transaction) -> tuple[Site, ...]:
            return map_sites.read_sites(tx.insight.reports(wanted), self._content.gazetteer, ends)

        return self._ask("map", wanted, gather, actor, now, open_only=open_only, public=public)

    @property
    def _hours(self) -> WorkingTime:
        return WorkingTime(self._content.office)

    def _title(self, wanted: Wanted) -> str:
        return self._content.forms[wanted.form].id.replace("_", " ").capitalize()

    def _check(self, wanted: Wanted) -> Names:
        form = self._content.forms.get(wanted.form)
        districts = self._content.gazetteer.district_names
        if form is None:
            raise StaffError(
                f"There is no form {wanted.form}. There are: {', '.join(sorted(self._content.forms))}."
            )
        if wanted.district is not None and wanted.district not in districts:
            raise StaffError(
                f"There is no district {wanted.district}. There are: {', '.join(sorted(districts))}."
            )
        if wanted.since is not None and wanted.until is not None and wanted.since >= wanted.until:
            raise StaffError("The time ends before it begins: please give --until a later day than --since.")
        land = next((field for field in form.fields if field.id == "land"), None)
        states = self._content.find_machine(wanted.form).states
        return Names(
            district=districts,
            land={option.value: option.label for option in land.options} if land else {},
            desk={id: desk.name for id, desk in self._content.desks.items()},
            state={state: state.replace("_", " ").capitalize() for state in states},
        )

    def _ask(
        self,
        what: str,
        wanted: Wanted,
        read: Callable[[Transaction], T],
        actor: str,
        now: datetime,
        **detail: object,
    ) -> T:
        with self._database.reading() as tx:
            answer = read(tx)
        asked = {
            "since": wanted.since.isoformat() if wanted.since else None,
            "until": wanted.until.isoformat() if wanted.until else None,
            "district": wanted.district,
        }
        detail |= {name: value for name, value in asked.items() if value}
        perform(
            self._database,
            self._content,
            self._quiet,
            actor,
            now,
            lambda act: act.audit(f"insight.{what}", f"submissions:{wanted.form}", **detail),
        )
        return answer


def describe(wanted: Wanted, title: str, districts: Mapping[str, str]) -> str:
    """ "Encampment, first reported from 1 November 2026 until before 1 December 2026, Warwick"."""
    parts = [title]
    since, until = (_day(moment) if moment else "" for moment in (wanted.since, wanted.until))
    if since or until:
        bounds = [f"from {since}" if since else "", f"until before {until}" if until else ""]
        parts.append("first reported " + " ".join(bound for bound in bounds if bound))
    else:
        parts.append("all that the record holds")
    parts.append(districts[wanted.district] if wanted.district else "the whole county")
    return ", ".join(parts)


def _day(moment: datetime) -> str:
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%B %Y}"


def _by(tx: Transaction, wanted: Wanted, by: str, names: Mapping[str, str]) -> tuple[Row, ...]:
    found = {count.value or UNKNOWN: count for count in tx.insight.count_by(by, wanted)}
    order = [*names, *sorted(found.keys() - names.keys() - {UNKNOWN})]
    order += [UNKNOWN] if UNKNOWN in found else []
    return tuple(
        Row(
            id,
            names.get(id, "Not known" if id == UNKNOWN else id.replace("_", " ").capitalize()),
            {n: getattr(found[id], n) if id in found else 0 for n in COUNTED},
        )
        for id in order
    )


def _by_month(tx: Transaction, wanted: Wanted, now: datetime) -> tuple[Row, ...]:
    """Every month of the time asked for, or from the first report to the last."""
    reports: Counter[tuple[int, int]] = Counter()
    sites: Counter[tuple[int, int]] = Counter()
    for _, at, is_site in tx.insight.moments(wanted):
        local = at.astimezone(LONDON)
        reports[local.year, local.month] += 1
        sites[local.year, local.month] += is_site
    first = _month(wanted.since) if wanted.since else min(reports, default=None)
    last = _last_month(wanted.until, now) if wanted.until else max(reports, default=None)
    return tuple(
        Row(
            f"{year}-{month:02}",
            f"{datetime(year, month, 1):%B %Y}",
            {"reports": reports[year, month], "sites": sites[year, month]},
        )
        for year, month in _months(first, last or _month(now))
    )


def _month(moment: datetime) -> tuple[int, int]:
    local = moment.astimezone(LONDON)
    return local.year, local.month


def _last_month(until: datetime, now: datetime) -> tuple[int, int]:
    """The last month that has any of the time before `until`; no month that has not begun."""
    local = min(until, now).astimezone(LONDON)
    is_start = local.day == 1 and (local.hour, local.minute, local.second) == (0, 0, 0)
    year, month = local.year, local.month
    return (year, month) if not is_start else (year - (month == 1), (month - 2) % 12 + 1)


def _months(first: tuple[int, int] | None, last: tuple[int, int]) -> Sequence[tuple[int, int]]:
    if first is None:
        return ()
    begin, end = first[0] * 12 + first[1] - 1, last[0] * 12 + last[1] - 1
    return [(number // 12, number % 12 + 1) for number in range(begin, end + 1)]
