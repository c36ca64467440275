"""How long sites stay in each state, in working time, with those that still are in it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flows.case_states import StateMachine
from flows.working_time import WorkingTime
from staff.figures import find_quantile
from staff.sheets import UNKNOWN, Row, Sheet, Value
from storage.insight import Step

ALL_DESKS = "all"
COLUMNS = {
    "desk": "Desk",
    "ended": "Ended",
    "running": "Still in it",
    "median_hours": "Half, hours",
    "p90_hours": "9 in 10, hours",
    "median_days": "Half, days",
    "p90_days": "9 in 10, days",
    "clock_days": "Clock, days",
    "within_clock": "In time",
}
NOTES = (
    "Within how many working hours and days half of the sites, and 9 in 10, left the state. Working hours are those "
    "of the office, Monday to Friday without bank holidays; a working day has {hours:g} of them.",
    "Sites still in a state are counted as lasting at least as long as they have (Kaplan and Meier's estimate); "
    "they are not left out, which would make the times look shorter. Empty: too many are still in it to tell.",
    "In time: the share within the clock (county/encampment_states.yml) of those that left, or whose clock has run "
    "out. A clock ends with its last working day, may count from an earlier state, and may run at some desks alone.",
)


@dataclass(frozen=True)
class Spell:
    """One stay of a site in a state; `hours` of working time, so far where it is still running.

    `in_time`: whether it ended before its clock ran out; None where it has no clock, or the clock still runs.
    """

    site: str
    state: str
    desk: str
    hours: float
    is_running: bool
    in_time: bool | None = None


def read_spells(
    steps: Iterable[Step], machine: StateMachine, now: datetime, hours: WorkingTime
) -> list[Spell]:
    """From the first report on; in a state that leaves nothing to do, time does not count."""
    return [spell for _, one in group_by_site(steps) for spell in _spells_of(list(one), machine, now, hours)]


def group_by_site(steps: Iterable[Step]) -> Iterator[tuple[str, Iterator[Step]]]:
    return groupby(steps, key=lambda step: step.site)


def _spells_of(
    steps: Sequence[Step], machine: StateMachine, now: datetime, hours: WorkingTime
) -> Iterator[Spell]:
    first = steps[0]
    moves = [(step.at, step.state) for step in steps if step.at is not None and step.state is not None]
    entered: dict[str, datetime] = {}
    state, since = machine.begins, first.began_at
    for at, next_state in [*moves, (now, "")]:
        if next_state == state:  # another visit, another date: the stay goes on
            continue
        entered[state] = since
        if machine.is_open(state):
            clock = machine.clock(state, first.desk)
            begun = entered.get(clock.since, since) if clock is not None else since
            due = machine.due(state, begun, desk=first.desk)
            is_running = not next_state
            in_time = None if due is None or (is_running and at < due) else not is_running and at < due
            lasted = hours.hours_between(since, at)
            yield Spell(first.site, state, first.desk or UNKNOWN, lasted, is_running, in_time)
        state, since = next_state, at


def make_sheet(
    title: str,
    spells: Iterable[Spell],
    machine: StateMachine,
    states: Mapping[str, str],
    desks: Mapping[str, str],
    hours: WorkingTime,
) -> Sheet:
    """A row for each state with all desks, then one for each desk that had sites in it."""
    held: dict[str, dict[str, list[Spell]]] = defaultdict(lambda: defaultdict(list))
    for spell in spells:
        held[spell.state][ALL_DESKS].append(spell)
        held[spell.state][spell.desk].append(spell)
    rows = []
    for state in [*(s for s in states if machine.is_open(s)), *sorted(held.keys() - states.keys())]:
        by_desk = held.get(state, {ALL_DESKS: []})
        there = [ALL_DESKS, *(d for d in (*desks, UNKNOWN) if d in by_desk)]
        there += sorted(by_desk.keys() - set(there))
        name = states.get(state, state.replace("_", " ").capitalize())
        for desk in there:
            called = "All" if desk == ALL_DESKS else desks.get(desk, "Not known" if desk == UNKNOWN else desk)
            clock = _clock_days(machine, state, None if desk == ALL_DESKS else desk)
            values = {"desk": called, **_measure(by_desk[desk], hours), "clock_days": clock}
            rows.append(Row(f"{state}/{desk}", name, {column: values[column] for column in COLUMNS}))
    notes = tuple(note.format(hours=hours.hours_a_day) for note in NOTES)
    return Sheet("times", title, "State", COLUMNS, tuple(rows), notes=notes)


def _clock_days(machine: StateMachine, state: str, desk: str | None) -> int | None:
    """For all desks that of the state, also where only one of them has it."""
    known = machine.states.get(state)
    clock = machine.clock(state, desk) if desk is not None else known.clock if known is not None else None
    return clock.working_days if clock is not None else None


def _measure(spells: Sequence[Spell], hours: WorkingTime) -> dict[str, Value]:
    ended = [s.hours for s in spells if not s.is_running]
    running = [s.hours for s in spells if s.is_running]
    half, most = find_quantile(ended, running, 0.5), find_quantile(ended, running, 0.9)
    told = [s.in_time for s in spells if s.in_time is not None]
    return {
        "ended": len(ended),
        "running": len(running),
        "median_hours": rounded(half),
        "p90_hours": rounded(most),
        "median_days": rounded(half, by=hours.hours_a_day),
        "p90_days": rounded(most, by=hours.hours_a_day),
        "within_clock": rounded(sum(told) / len(told), 2) if told else None,
    }


def rounded(value: float | None, decimals: int = 1, *, by: float = 1) -> float | None:
    return None if value is None else round(value / by, decimals)
