"""Times as people say them, meant in London: also at the changes of the clocks and at midnight."""

from datetime import UTC, datetime

import pytest

from flows.times import LONDON, read_when, show_when

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("said", "value", "precision"),
    [
        ("now", "2026-11-23T09:30", "minute"),
        ("just arrived", "2026-11-23T09:30", "minute"),
        ("today", "2026-11-23T09:30", "day"),
        ("this morning", "2026-11-23T09:00", "part"),
        ("yesterday", "2026-11-22T12:00", "day"),
        ("yest eve", "2026-11-22T19:00", "part"),
        ("last night", "2026-11-22T21:00", "part"),
        ("yesterday teatime", "2026-11-22T17:00", "part"),
        ("half past six yesterday evening", "2026-11-22T18:30", "minute"),
        ("quarter to seven last night", "2026-11-22T18:45", "minute"),
        ("5pm", "2026-11-22T17:00", "minute"),
        ("8am", "2026-11-23T08:00", "minute"),
        ("08:15", "2026-11-23T08:15", "minute"),
        ("2 days ago", "2026-11-21T09:30", "day"),
        ("a couple of hours ago", "2026-11-23T07:30", "minute"),
        ("20 mins ago", "2026-11-23T09:10", "minute"),
        ("for about 3 weeks", "2026-11-02T09:30", "week"),
        ("monday", "2026-11-23T09:30", "day"),
        ("last monday", "2026-11-16T12:00", "day"),
        ("on friday", "2026-11-20T12:00", "day"),
        ("fri teatime", "2026-11-20T17:00", "part"),
        ("last weekend", "2026-11-21T12:00", "day"),
        ("3rd of November", "2026-11-03T12:00", "day"),
        ("03/11", "2026-11-03T12:00", "day"),
        ("3/11/2026", "2026-11-03T12:00", "day"),
        ("2026-11-03", "2026-11-03T12:00", "day"),
        ("midnight last night", "2026-11-23T00:00", "part"),
    ],
)
def test_time(said, value, precision):
    when = read_when(said, MONDAY)
    assert when is not None
    assert (when.value, when.precision) == (london(value), precision)


@pytest.mark.parametrize("said", ["tomorrow", "next friday", "tomorrow morning"])
def test_the_future_is_given_as_it_is(said):
    when = read_when(said, MONDAY)
    assert when is not None
    assert when.value > MONDAY


@pytest.mark.parametrize("said", ["", "yes", "5", "no idea", "bye for now", "the rec", "CV34 6PH"])
def test_no_time(said):
    assert read_when(said, MONDAY) is None


@pytest.mark.parametrize(
    ("now", "said", "value"),
    [
        # 29 March 2026: 01:00 GMT becomes 02:00 BST. 25 October 2026: 02:00 BST becomes 01:00 GMT.
        pytest.param(
            "2026-03-29T00:30+00:00", "yesterday evening", "2026-03-28T19:00+00:00", id="before spring"
        ),
        pytest.param(
            "2026-03-29T23:30+00:00", "yesterday evening", "2026-03-29T18:00+00:00", id="after spring"
        ),
        pytest.param(
            "2026-03-29T12:00+00:00", "this morning", "2026-03-29T08:00+00:00", id="on the spring day"
        ),
        pytest.param(
            "2026-10-25T00:30+00:00", "yesterday evening", "2026-10-24T18:00+00:00", id="before autumn"
        ),
        pytest.param(
            "2026-10-26T00:30+00:00", "yesterday evening", "2026-10-25T19:00+00:00", id="after autumn"
        ),
        pytest.param("2026-10-25T12:00+00:00", "2 hours ago", "2026-10-25T10:00+00:00", id="hours are hours"),
        pytest.param("2026-10-25T03:00+00:00", "3 hours ago", "2026-10-25T00:00+00:00", id="across autumn"),
        pytest.param(
            "2026-07-01T23:30+00:00", "today", "2026-07-01T23:30+00:00", id="summer midnight is past"
        ),
        pytest.param("2026-11-23T00:30+00:00", "last night", "2026-11-22T21:00+00:00", id="small hours"),
        pytest.param("2026-11-23T00:30+00:00", "tonight", "2026-11-23T00:30+00:00", id="tonight so far"),
    ],
)
def test_time_at_the_edges_of_days(now, said, value):
    when = read_when(said, datetime.fromisoformat(now))
    assert when is not None
    assert when.value == datetime.fromisoformat(value)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("last night", "Sunday 22 November, night"),
        ("yesterday teatime", "Sunday 22 November, evening"),
        ("08:15", "Monday 23 November, 08:15"),
        ("yesterday", "Sunday 22 November"),
        ("3 weeks ago", "about Monday 2 November"),
    ],
)
def test_times_are_shown_as_exactly_as_they_were_said(said, shown):
    when = read_when(said, MONDAY)
    assert when is not None
    assert show_when(when.to_dict()) == shown
