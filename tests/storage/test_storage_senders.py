"""How fast senders may write, kept for all processes together."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from storage_samples import later

from storage.database import Database
from storage.senders import Admission

IN, FIRST_OUT, OUT = Admission
WAIT = timedelta(minutes=5)


def admit(database: Database, seconds: float, sender: str = "sms:a", most: int = 5) -> Admission:
    return database.run_blocking(
        lambda tx: tx.senders.admit(sender, later(seconds), most=most, within=timedelta(minutes=1), wait=WAIT)
    )


def recall(database: Database, seconds: float, sender: str = "sms:a") -> Admission:
    return database.run_blocking(lambda tx: tx.senders.recall(sender, later(seconds), wait=WAIT))


def test_so_many_at_once_and_as_many_again_within_the_time(database: Database) -> None:
    assert [admit(database, 0) for _ in range(5)] == [IN] * 5
    assert [admit(database, second) for second in (12, 24, 36, 48, 60)] == [IN] * 5
    assert admit(database, 60) == FIRST_OUT
    assert admit(database, 0, "sms:b") == IN, "others are not held to it"


def test_who_goes_over_it_waits_and_more_makes_the_wait_no_longer(database: Database) -> None:
    assert [admit(database, 0) for _ in range(8)] == [*[IN] * 5, FIRST_OUT, OUT, OUT]
    assert [admit(database, 299.9) for _ in range(3)] == [OUT] * 3
    assert [admit(database, 300) for _ in range(6)] == [*[IN] * 5, FIRST_OUT]


def test_a_clock_set_back_shuts_nobody_out(database: Database) -> None:
    assert [admit(database, 86_400) for _ in range(6)] == [*[IN] * 5, FIRST_OUT]
    assert admit(database, 0) == FIRST_OUT
    assert admit(database, 301) == IN


def test_what_was_said_of_a_message_is_said_again_and_counts_nothing(database: Database) -> None:
    assert recall(database, 0) == IN
    assert admit(database, 0, most=1) == IN == recall(database, 0)
    assert admit(database, 1, most=1) == FIRST_OUT == recall(database, 1) == recall(database, 1)
    assert admit(database, 2, most=1) == OUT == recall(database, 2)
    assert admit(database, 302, most=1) == IN == recall(database, 302)


def test_many_at_the_same_moment_get_no_more_places_than_there_are(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda _: admit(database, 0, most=20), range(60)))
    assert sorted(said) == sorted([*[IN] * 20, FIRST_OUT, *[OUT] * 39])
