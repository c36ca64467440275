"""The arithmetic of insight, against figures worked out by hand."""

from datetime import UTC, datetime

import pytest

from flows.working_time import WorkingTime
from staff.figures import correlate_ranks, find_quantile


@pytest.mark.parametrize(
    ("ended", "running", "share", "expected"),
    [
        ([2.0, 4.0, 6.0], [], 0.5, 4.0),
        ([2.0, 4.0, 6.0, 8.0], [], 0.5, 4.0),
        ([2.0, 4.0, 6.0], [5.0], 0.5, 4.0),  # 3 of 4 left after 2, half after 4
        ([2.0, 4.0, 6.0], [5.0], 0.9, 6.0),
        ([2.0, 6.0], [1.0, 1.0, 3.0], 0.5, 6.0),  # 2 of 3 left after 2; the last one after 6
        ([2.0], [3.0, 3.0], 0.5, None),
        ([], [3.0], 0.5, None),
        ([], [], 0.5, None),
    ],
)
def test_what_still_goes_on_is_neither_left_out_nor_taken_for_done(ended, running, share, expected) -> None:
    assert find_quantile(ended, running, share) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3], [10, 20, 30], 1.0),
        ([1, 2, 3], [30, 20, 10], -1.0),
        ([1, 1, 2, 3], [1, 2, 3, 4], 0.9487),  # ranks 1.5, 1.5, 3, 4
        ([1, 2], [1, 2], None),
        ([1, 1, 1], [1, 2, 3], None),
    ],
)
def test_two_orders_are_compared_by_rank(first, second, expected) -> None:
    found = correlate_ranks(first, second)
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-4))


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        ("2026-11-26T09:00", "2026-11-26T11:30", 2.5),
        ("2026-11-26T07:00", "2026-11-26T20:00", 8),
        ("2026-11-27T16:00", "2026-11-30T10:00", 2),  # over a weekend
        ("2026-11-28T10:00", "2026-11-29T10:00", 0),
        ("2026-12-24T09:00", "2026-12-29T09:00", 8),  # Christmas, and Boxing Day given on Monday 28
        ("2026-07-01T08:00", "2026-07-01T09:00", 1),  # 9 to 10 in London's summer
        ("2026-11-26T11:00", "2026-11-26T10:00", 0),
    ],
)
def test_working_hours_are_those_of_the_office(begin: str, end: str, hours: float) -> None:
    moments = [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (begin, end)]
    assert WorkingTime().hours_between(*moments) == pytest.approx(hours)
