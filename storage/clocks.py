"""When the clocks of cases began to run, where they count from an earlier state than the present one."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from flows.content import Content
from storage.submission_events import SubmissionEvents


class Standing(Protocol):
    """A case: what it is and where it stands."""

    @property
    def id(self) -> str: ...
    @property
    def form(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def desk(self) -> str | None: ...


def clocks_began(
    events: SubmissionEvents, content: Content, cases: Iterable[Standing]
) -> dict[str, datetime]:
    """By case, where its clock counts from an earlier state: when it came into that."""
    counted: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        clock = content.find_machine(case.form).clock(case.status, case.desk)
        if clock is not None and clock.since:
            counted[clock.since].append(case.id)
    began: dict[str, datetime] = {}
    for state, ids in counted.items():
        began |= events.entered(ids, state)
    return began
