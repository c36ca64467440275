"""What may be one hand's is shown with why and how sure; nothing is dropped, and people alone count it apart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from consultation_samples import a_consultation

from bench.consultations.floods import look
from bench.consultations.planted import DAYS, OPENS, Answer, Maker, make_honest
from flows.events import ResponseGiven
from staff.consulting.bursts import find_bursts, upper_tail
from staff.consulting.flood_groups import Sign, Sure
from staff.consulting.flood_marks import FloodDesk, flagged, marks
from staff.consulting.flooding import find_floods
from staff.errors import StaffError
from storage.database import Database, Transaction
from storage.responses import Respondent

NOW = datetime(2026, 12, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def honest() -> list[Answer]:
    return make_honest(Maker(5), 800)


def signs(answers: Sequence[Answer], planted: Sequence[Answer]) -> dict[Sign, Sure]:
    """The signs under which all of what was planted is shown."""
    ids = {each.id for each in planted}
    return {
        flood.sign: flood.sure for flood in look([*answers, *planted]).floods if ids <= set(flood.responses)
    }


def test_the_chance_of_many_is_that_of_the_tables():
    # Poisson of mean 2: 1 - P(0..4) = 0.05265; a negative binomial of mean 2 and variance 4 (size 2, p 1/2).
    assert upper_tail(5, 2.0) == pytest.approx(0.052653, abs=1e-6)
    assert upper_tail(5, 2.0, 2.0) == pytest.approx(0.109375, abs=1e-6)
    assert upper_tail(0, 2.0) == 1.0


def test_honest_days_with_a_busy_start_have_no_burst():
    maker = Maker(3)
    moments = [maker.moment(day) for day in range(DAYS) for _ in range(20 + 60 // (day + 1))]
    assert find_bursts(moments) == []


def test_many_within_an_hour_of_the_night_are_a_burst(honest: list[Answer]):
    maker = Maker(50)
    night = OPENS + timedelta(days=9, hours=3)
    planted = [maker.honest(maker.minutes_after(night, 50), channel="web") for _ in range(25)]
    planted = [replace(each, id=f"x{each.id}") for each in planted]
    assert signs(honest, planted)[Sign.BURST] is Sure.STRONG


def test_one_network_is_weak_until_its_people_answer_alike(honest: list[Answer]):
    maker = Maker(51)
    days = [maker.moment(day) for day in range(4, 34)]
    planted = [replace(maker.honest(at, network="n", channel="web"), id=f"x{at}") for at in days]
    assert signs(honest, planted) == {Sign.SAME_NETWORK: Sure.WEAK}
    leaning = [replace(each, answers={**each.answers, "change": "less"}) for each in planted]
    assert signs(honest, leaning) == {Sign.SAME_NETWORK: Sure.STRONG}


def test_the_same_letter_is_found_and_so_is_one_made_over(honest: list[Answer]):
    letter = "please spend nothing more on cameras and put the officers back into the villages where we live"
    same = [replace(each, id=f"x{each.id}", words=letter, text_index="a") for each in Maker(52).make_some(6)]
    assert signs(honest, same)[Sign.SAME_WORDS] is Sure.STRONG
    other = [
        replace(each, words=letter.replace("villages", place), text_index=place)
        for each, place in zip(same, ("towns", "lanes", "parks", "farms", "parishes", "estates"), strict=True)
    ]
    assert signs(honest, other)[Sign.ALIKE_WORDS] is Sure.STRONG


def test_typed_letters_are_left_out_and_an_anonymous_one_is_looked_at_by_day(honest: list[Answer]):
    typed = [replace(each, entered_by="ada") for each in honest]
    looked = find_floods(typed)
    assert (looked.floods, looked.looked_at, looked.typed) == ((), 0, len(honest))
    days = [
        replace(each, answered_at=each.answered_at.replace(hour=0, minute=0, second=0), network_index=None)
        for each in honest
    ]
    told = find_floods(days)
    assert "only the day" in told.notes[0]
    assert "No answer has a network" in told.notes[1]
    assert all(flood.sign is not Sign.SAME_ANSWERS for flood in told.floods)


def test_a_group_is_counted_apart_with_a_reason_and_together_again(sqlite_database: Database):
    parks = a_consultation()
    letter = "Please light the path along the canal in the evening."

    def give(tx: Transaction) -> None:
        tx.consultations.open("parks", 1, parks.model_dump(mode="json"), "h", "ada", NOW)
        for at in range(8):
            said = {"age": "from_16", "first": ["lights"] if at < 4 else ["paths"]}
            words = {"why": letter} if at < 4 else {}
            event = ResponseGiven(
                "parks", 1, said, words, {}, district=None, age_band="from_16", is_police=False, language="en",
                seconds=60, ticket="", wants_results=False,
            )  # fmt: skip
            tx.responses.give(event, Respondent("person", f"p{at}"), "sms", NOW + timedelta(hours=at))

    sqlite_database.run_blocking(give)
    desk = FloodDesk(sqlite_database, mask=lambda text: text)
    report = desk.look(parks, actor="ada", now=NOW)
    [flood] = report.looked.floods
    assert (flood.sign, len(flood.responses), report.apart) == (Sign.SAME_WORDS, 4, ())
    with pytest.raises(StaffError, match="No group begins with"):
        desk.count_apart("parks", "nope", "One hand", actor="ada", now=NOW)
    desk.count_apart("parks", flood.id[:4], "One hand wrote them", actor="ada", now=NOW)
    report = desk.look(parks, actor="ada", now=NOW)
    assert (report.apart, report.left_out, report.is_trial) == ((flood.id,), 4, False)
    lights = next(shift for shift in report.shifts if shift.option == "lights")
    assert (lights.with_all, lights.without) == (0.5, 0.0)
    with sqlite_database.reading() as tx:
        assert flagged(tx, "parks") == frozenset(flood.responses)
        assert [entry.data["text"] for entry in marks(tx, "parks").values()] == ["One hand wrote them"]
        assert tx.responses.count("parks") == 8
    desk.count_together("parks", flood.id, "They are neighbours", actor="ada", now=NOW + timedelta(minutes=1))
    with sqlite_database.reading() as tx:
        assert flagged(tx, "parks") == frozenset()
        assert len(tx.ledger.entries("parks", "flood")) == 2
