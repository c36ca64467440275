"""Where a case may stand and what may follow: a list of states is data (county/<name>_states.yml) that a form names.

A state is for staff. What whoever reported it is told are published stages, a few plain sentences; several states
may stand behind one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from flows.facts import CASE_STATES, ENDED_STATES
from flows.office import end_of_working_day
from flows.yaml_lines import read_yaml

COMMON = ""  # the name of the list that forms use which name none


class Need(StrEnum):
    """What must be given with a state."""

    NOTE = "note"
    DATE = "date"
    REFERENCE = "reference"
    WELFARE_DONE = "welfare_done"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clock(_Strict):
    """The working days a state should last at most; what the keys mean stands on top of the file."""

    working_days: int = Field(ge=0, le=60)
    title: str = Field(min_length=1)
    since: str = ""
    desks: tuple[str, ...] = ()


class State(_Strict):
    title: str = Field(min_length=1)
    next: tuple[str, ...]
    published: str | None
    needs: tuple[Need, ...] = ()
    open: bool = True
    clock: Clock | None = None
    asks_solved: bool = False


class StatesFile(_Strict):
    begins: str
    states: dict[str, State] = Field(min_length=1)


class MoveRefused(ValueError):
    """A case may not go there; the words say where it may, or what is missing."""


@dataclass(frozen=True)
class StateMachine:
    """One list of states. A state it does not know was kept under an earlier list: from there any may follow."""

    begins: str
    states: Mapping[str, State]

    def check_move(self, before: str, after: str, given: frozenset[Need] = frozenset()) -> None:
        """Raises MoveRefused where `after` may not follow `before`, or something it needs was not given."""
        if after not in self.states:
            raise MoveRefused(f"There is no state {after}. There are: {', '.join(self.states)}.")
        allowed = self.next(before)
        if after not in allowed:
            where = f"From {before} it may go to: {', '.join(allowed)}." if allowed else "Nothing follows it."
            raise MoveRefused(f"{before} cannot become {after}. {where}")
        for need in self.states[after].needs:
            if need not in given:
                raise MoveRefused(_MISSING[need].format(state=after))

    def next(self, state: str) -> tuple[str, ...]:
        """What may follow a state."""
        known = self.states.get(state)
        return known.next if known is not None else tuple(self.states)

    def needs(self, state: str, need: Need) -> bool:
        known = self.states.get(state)
        return known is not None and need in known.needs

    def published(self, state: str) -> str | None:
        """The text key that tells reporters of a state; None where nothing is told."""
        return self.states[state].published if state in self.states else _earlier_stage(state)

    def shown(self, state: str) -> str:
        """The text key of the stage a reporter sees the case at: its own, or the one before where nothing is told."""
        return self.published(state) or next(iter(self.stages_before(state)), _earlier_stage(""))

    def stages_before(self, state: str) -> tuple[str, ...]:
        """For a state of which nothing is told: the stages at which a case can come into it (there must be one)."""
        return self._stages_before.get(state, ())

    @property
    def ends(self) -> tuple[str, ...]:
        """The states that leave nothing to do."""
        return tuple(name for name, state in self.states.items() if not state.open)

    def is_open(self, state: str) -> bool:
        """Whether there is something left to do."""
        return self.states[state].open if state in self.states else state not in ENDED_STATES

    def asks_solved(self, state: str) -> bool:
        return state in self.states and self.states[state].asks_solved

    def clock(self, state: str, desk: str | None) -> Clock | None:
        """The clock that runs in a state at a desk; its `since` names the state from which it counts."""
        clock = self.states[state].clock if state in self.states else None
        return clock if clock is not None and (not clock.desks or desk in clock.desks) else None

    def due(
        self, state: str, since: datetime, *, desk: str | None = None, until: date | None = None
    ) -> datetime | None:
        """When a case should have moved on; None where no time is set.

        `since` is when the clock began (see `clock`), `until` the date that was given with the state.
        """
        if until is not None and self.needs(state, Need.DATE):
            return end_of_working_day(until)
        clock = self.clock(state, desk)
        return end_of_working_day(since, clock.working_days) if clock is not None else None

    def is_overdue(
        self,
        state: str,
        since: datetime,
        now: datetime,
        *,
        desk: str | None = None,
        until: date | None = None,
    ) -> bool:
        due = self.due(state, since, desk=desk, until=until)
        return due is not None and now >= due

    @cached_property
    def _stages_before(self) -> dict[str, tuple[str, ...]]:
        """For each state of which nothing is told."""
        return {
            name: self._find_stages(name) for name, state in self.states.items() if state.published is None
        }

    def _find_stages(self, name: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        seen: set[str] = set()
        looking = [name]
        while looking:
            at = looking.pop()
            seen.add(at)
            for before, state in self.states.items():
                if at not in state.next or before in seen:
                    continue
                if state.published is not None:
                    found[state.published] = None
                else:
                    looking.append(before)
        return tuple(found)

    def find_unreachable(self) -> tuple[str, ...]:
        """States no case can come into."""
        seen = {self.begins}
        looking = [self.begins]
        while looking:
            new = [n for n in self.next(looking.pop()) if n in self.states and n not in seen]
            seen.update(new)
            looking += new
        return tuple(name for name in self.states if name not in seen)


_MISSING = {
    Need.NOTE: "{state} needs a note: please say why, and set it again.",
    Need.DATE: "{state} needs a date: until when? (--until 2026-12-01)",
    Need.REFERENCE: "{state} needs the reference of the other case. (--of EN-7K3F-2QX)",
    Need.WELFARE_DONE: (
        "{state} needs welfare enquiries first: a public body asks after health, pregnancy, schooling and animals "
        "before it enforces on its own land. When that was done, set it with --welfare-done (here, or at visited)."
    ),
}


def _earlier_stage(state: str) -> str:
    """The text for a state that a list does not know."""
    return f"state.{state}" if state in CASE_STATES else "state.in_progress"


COMMON_STATES = StateMachine(
    CASE_STATES[0],
    {
        name: State(
            title=name.replace("_", " "),
            next=tuple(other for other in CASE_STATES if other != name),
            published=f"state.{name}",
            open=name not in ENDED_STATES,
        )
        for name in CASE_STATES
    },
)


def load_machines(county: Path) -> dict[str, StateMachine]:
    """By name, the common list with them. Raises what a fault of a file raises."""
    machines = {COMMON: COMMON_STATES}
    for path in sorted(county.glob("*_states.yml")):
        loaded = StatesFile.model_validate(read_yaml(path))
        machines[path.stem.removesuffix("_states")] = StateMachine(loaded.begins, loaded.states)
    return machines
