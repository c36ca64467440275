"""Where an encampment's case may stand, what may follow, when it is due, and what reporters are told of it."""

import re
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from bot.segments import count_segments, fold
from flows.buttons import MAX_BYTES
from flows.case_states import COMMON_STATES, MoveRefused, Need, StateMachine
from flows.content import Content, load_content
from flows.facts import CASE_STATES, ENDED_STATES
from flows.messages import Reply
from flows.solved import make_question

ROOT = Path(__file__).parents[2]
EVERYTHING = frozenset(Need)
THURSDAY = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
# Words and matter that fact sheets of the county keep from reporters.
SECRET = re.compile(
    r"\d|evict|enforc|court|hearing|order|police|welfare|tolerat|until|child|family|travell", re.I
)


@pytest.fixture(scope="module")
def machine(content: Content) -> StateMachine:
    return content.machines["encampment"]


def test_every_form_has_its_states_and_encampments_their_own(content: Content, machine: StateMachine) -> None:
    assert {form for form in content.machines if content.machines[form] is not COMMON_STATES} == {
        "encampment"
    }
    assert content.find_machine("lost_dog") is COMMON_STATES
    assert set(content.machines) == set(content.forms)
    # As the county's fact sheet names them.
    assert set(machine.states) == set(
        "received acknowledged duplicate_of not_encampment out_of_area private_land_advised land_check assigned "
        "police_assessed visited tolerated_until negotiated_stop enforcing notice_served court_listed order_granted "
        "vacated cleanup closed reopened moderated".split()
    )


def test_every_state_is_reached_from_received_and_leads_to_an_end(machine: StateMachine) -> None:
    assert machine.begins == "received"
    assert machine.find_unreachable() == ()
    ends = set(machine.ends)
    assert ends == set(ENDED_STATES)
    for name in machine.states:
        seen, looking = {name}, [name]
        while looking:
            new = [n for n in machine.next(looking.pop()) if n not in seen]
            seen.update(new)
            looking += new
        assert seen & ends, name


def test_the_long_way_is_allowed_step_by_step(machine: StateMachine) -> None:
    way = (
        "received acknowledged land_check assigned police_assessed visited enforcing notice_served court_listed "
        "order_granted vacated cleanup closed reopened"
    ).split()
    for before, after in pairwise(way):
        machine.check_move(before, after, EVERYTHING)


@pytest.mark.parametrize(
    ("end", "follows"),
    [
        ("closed", "reopened"),
        ("not_encampment", "reopened"),
        ("out_of_area", "reopened"),
        ("moderated", "reopened"),
    ],
)
def test_what_ended_can_only_be_reopened(machine: StateMachine, end: str, follows: str) -> None:
    assert machine.next(end) == (follows,)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("received", "visited", "received cannot become visited. From received it may go to: acknowledged, "),
        ("received", "enforcing", "received cannot become enforcing"),
        (
            "visited",
            "court_listed",
            "cannot become court_listed. From visited it may go to: visited, tolerated",
        ),
        ("duplicate_of", "reopened", "Nothing follows it"),
        ("received", "gone", "There is no state gone. There are: received, acknowledged, "),
    ],
)
def test_a_move_that_is_not_allowed_names_those_that_are(machine, before, after, told) -> None:
    with pytest.raises(MoveRefused, match=re.escape(told)):
        machine.check_move(before, after, EVERYTHING)


@pytest.mark.parametrize(
    ("before", "after", "missing", "told"),
    [
        ("visited", "tolerated_until", Need.DATE, "until when"),
        ("visited", "negotiated_stop", Need.NOTE, "say why"),
        ("received", "duplicate_of", Need.REFERENCE, "the other case"),
        ("visited", "enforcing", Need.WELFARE_DONE, "health, pregnancy, schooling and animals"),
    ],
)
def test_a_state_says_what_it_needs(machine, before, after, missing, told) -> None:
    machine.check_move(before, after, EVERYTHING)
    with pytest.raises(MoveRefused, match=told):
        machine.check_move(before, after, EVERYTHING - {missing})


def test_from_a_state_of_an_earlier_list_any_may_follow(machine: StateMachine) -> None:
    machine.check_move("in_progress", "visited")
    assert (machine.shown("in_progress"), machine.shown("no_such")) == (
        "state.in_progress",
        "state.in_progress",
    )
    assert machine.is_open("in_progress")


def test_common_states_follow_one_another_freely() -> None:
    for before in CASE_STATES:
        assert COMMON_STATES.next(before) == tuple(s for s in CASE_STATES if s != before)
        assert COMMON_STATES.published(before) == COMMON_STATES.shown(before) == f"state.{before}"
        assert COMMON_STATES.is_open(before) == (before != "closed")
        assert COMMON_STATES.due(before, THURSDAY) is None


# what reporters are told


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        ("police_assessed", "stage.assigned"),
        ("tolerated_until", "stage.visited"),
        ("negotiated_stop", "stage.visited"),
        ("enforcing", "stage.visited"),
        ("court_listed", "stage.notice_served"),
        ("order_granted", "stage.notice_served"),
        ("cleanup", "stage.vacated"),
    ],
)
def test_steps_that_must_not_be_told_stay_at_the_stage_before(machine, state, stage) -> None:
    assert machine.published(state) is None
    assert machine.stages_before(state) == (stage,), "whatever way led there"
    assert machine.shown(state) == stage


def test_no_published_word_tells_what_reporters_must_not_hear(
    content: Content, machine: StateMachine
) -> None:
    stages = {machine.shown(state) for state in machine.states}
    assert len(stages) == 13
    for stage in stages:
        said = content.texts.say(stage, "en")
        assert not SECRET.search(said.text + said.sms), said.text


# the clock


@pytest.mark.parametrize(
    ("state", "desk", "until", "due"),
    [
        ("received", None, None, "2026-11-27"),  # the day itself is over at its end
        ("acknowledged", None, None, "2026-11-28"),
        ("land_check", None, None, "2026-11-28"),
        ("assigned", "county_encampments", None, "2026-12-04"),
        ("assigned", "warwick_council", None, None),
        ("police_assessed", "county_encampments", None, "2026-12-04"),
        ("tolerated_until", None, date(2026, 12, 6), "2026-12-07"),
        ("vacated", None, None, "2026-12-04"),
        ("closed", None, None, None),
        ("visited", None, date(2026, 12, 6), None),
    ],
)
def test_a_state_is_due_by_its_clock_or_its_date(machine, state, desk, until, due) -> None:
    found = machine.due(state, THURSDAY, desk=desk, until=until)
    assert found == (datetime.fromisoformat(f"{due}T00:00+00:00") if due else None)
    if found is not None:
        before = found.replace(day=found.day - 1, hour=23)
        assert not machine.is_overdue(state, THURSDAY, before, desk=desk, until=until)
        assert machine.is_overdue(state, THURSDAY, found, desk=desk, until=until)


@pytest.mark.parametrize(
    ("state", "since"),
    [("land_check", "acknowledged"), ("police_assessed", "assigned"), ("cleanup", "vacated")],
)
def test_some_clocks_count_from_an_earlier_state(machine, state, since) -> None:
    clock = machine.clock(state, "county_encampments")
    assert clock is not None
    assert clock.since == since


def test_a_report_of_sunday_is_to_be_acknowledged_on_monday(machine: StateMachine) -> None:
    sunday = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
    assert machine.due("received", sunday) == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "pl", "ro", "pa", "pt"])
def test_the_news_of_a_stage_and_the_question_at_the_end_fit_two_texts(language: str) -> None:
    spoken = load_content(ROOT / "flows", ROOT / "county", languages=("en", language))
    texts, form = spoken.texts, spoken.forms["encampment"]
    thing = texts.form(form.id, language).thing or form.thing
    machine = spoken.machines[form.id]
    for state in machine.states:
        stage = texts.say(machine.shown(state), language)
        said = texts.say("update.state", language, thing=thing, reference="EN-7K3F-2QX", state=stage.text)
        replies = [Reply(said.text, sms=said.sms)]
        if machine.asks_solved(state):
            replies.append(make_question(texts, language, "EN-7K3F-2QX", said))
        for reply in replies:
            counted = count_segments(fold(reply.to_sms()))
            assert counted.segments <= 2, (counted, reply.to_sms())
            assert all(len(button.payload.encode()) <= MAX_BYTES for button in reply.buttons)
