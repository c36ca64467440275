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
        ("1 last night", "2026-11-23T01:00", "minute"),
        ("10 last night", "2026-11-22T22:00", "minute"),
        ("9.30 last night", "2026-11-22T21:30", "minute"),
        ("5 this morning", "2026-11-23T05:00", "minute"),
        ("3 in the morning", "2026-11-23T03:00", "minute"),
        ("about 20 past 3 yesterday afternoon", "2026-11-22T15:20", "minute"),
        ("ten to eight last night", "2026-11-22T19:50", "minute"),
        ("just gone six", "2026-11-23T06:00", "minute"),
        ("from about half sixish", "2026-11-23T06:30", "minute"),
        ("0545 hrs", "2026-11-23T05:45", "minute"),
        ("since 1900 yesterday", "2026-11-22T19:00", "minute"),
        ("lst nite", "2026-11-22T21:00", "part"),
        ("this mornin", "2026-11-23T09:00", "part"),
        ("yestrday evning", "2026-11-22T19:00", "part"),
        ("sinse thursdy", "2026-11-19T12:00", "day"),
        ("sat morning", "2026-11-21T09:00", "part"),
        ("teatime", "2026-11-22T17:00", "part"),
        ("monday evening", "2026-11-16T19:00", "part"),
        ("since two days", "2026-11-21T09:30", "day"),
        ("six nights on the trot", "2026-11-17T09:30", "day"),
        ("3wks", "2026-11-02T09:30", "week"),
        ("a fortnight", "2026-11-09T09:30", "week"),
        ("for a week now", "2026-11-16T09:30", "week"),
        ("wk ago", "2026-11-16T09:30", "week"),
        ("for the past month", "2026-10-24T10:30", "week"),
        ("about twenty minutes back", "2026-11-23T09:10", "minute"),
        ("the other day", "2026-11-20T09:30", "day"),
        ("fourth night", "2026-11-20T21:00", "part"),
        ("the 21st", "2026-11-21T12:00", "day"),
        ("the 3rd of this month", "2026-11-03T12:00", "day"),
        ("Wed 5th Nov", "2026-11-05T12:00", "day"),
        ("12.11.2026", "2026-11-12T12:00", "day"),
        ("a week last Monday", "2026-11-09T12:00", "day"),
        ("three weeks last tuesday", "2026-10-27T12:00", "day"),
        ("last tuesday week", "2026-11-10T12:00", "day"),
        ("the weekend before last", "2026-11-14T12:00", "day"),
        ("since march", "2026-03-01T12:00", "week"),
        ("since summer", "2026-06-01T12:00", "week"),
        ("boxing day", "2025-12-26T12:00", "day"),
        ("easter monday", "2026-04-06T12:00", "day"),
        ("mothering sunday", "2026-03-15T12:00", "day"),
        ("remembrance sunday", "2026-11-08T12:00", "day"),
        ("since the bank holiday", "2026-08-31T12:00", "day"),
        ("od wczoraj", "2026-11-22T12:00", "day"),
        ("de trei zile", "2026-11-20T09:30", "day"),
        ("desde ontem à noite", "2026-11-22T21:00", "part"),
        ("вчора ввечері", "2026-11-22T19:00", "part"),
        ("kal raat ton", "2026-11-22T21:00", "part"),
        ("ਕੱਲ੍ਹ ਤੋਂ", "2026-11-22T12:00", "day"),
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


@pytest.mark.parametrize(
    "said", ["", "yes", "5", "six", "no idea", "bye for now", "the rec", "CV34 6PH", "5 or 6", "10-12"]
)
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


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2 dni temu", "2026-11-21"),
        ("widziałam to 3 listopada", "2026-11-03"),
        ("acum 2 zile", "2026-11-21"),
        ("3 noiembrie", "2026-11-03"),
        ("há 2 dias", "2026-11-21"),
        ("2 dias atrás", "2026-11-21"),
        ("3 de novembro", "2026-11-03"),
        ("2 ਦਿਨ ਪਹਿਲਾਂ", "2026-11-21"),
        ("3 ਨਵੰਬਰ", "2026-11-03"),
    ],
)
def test_days_in_the_other_languages_of_the_service(said, day):
    read = read_when(said, datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
    assert read is not None and read.value.date().isoformat() == day and read.precision == "day"
