"""The measurement of consultations: small, but all of it, and its page says what was reached."""

import asyncio
import json
from pathlib import Path
from random import Random

import pytest

from bench.consultations.chatting import Chatted, play_chat
from bench.consultations.floods import by_hour
from bench.consultations.people import Person, draw_person
from bench.consultations.planted import FLOODS, make_flooded
from bench.consultations.played import House
from bench.consultations.run import run
from bench.consultations.served import ANSWERS, lines_of, sum_up
from bench.consultations.truth import measure_truth
from flows.content import load_content

ROOT = Path(__file__).parents[2]


def test_the_same_seed_plants_the_same_floods_and_the_peer_shows_only_full_hours():
    answers = make_flooded(4)
    assert answers == make_flooded(4)
    assert {each.planted for each in answers} == {"", *FLOODS}
    assert len({each.id for each in answers}) == len(answers)
    shown = by_hour(answers, 20)
    assert 20 < len(shown) < len(answers)
    assert by_hour(answers, len(answers)) == frozenset()


def test_weights_bring_what_was_counted_to_the_truth_but_for_what_hangs_on_the_opinion():
    skewed, by_opinion = measure_truth(ROOT, answers=2000, draws=10, seed=3)
    assert skewed.all_weighted >= 0.8
    assert skewed.all_counted == 0.0
    assert skewed.error_weighted < skewed.error_counted / 2
    assert by_opinion.all_weighted < 0.5
    assert any("25 to 44 in Nuneaton and Bedworth" in line for line in skewed.missing)


def test_each_answer_of_the_chats_with_a_running_service_is_taken(tmp_path: Path):
    house = House(load_content(ROOT / "flows", ROOT / "county"), tmp_path)
    chats = max(map(len, ANSWERS))

    async def play() -> list[Chatted]:
        async with house.client() as client:
            return [await play_chat(client, lines_of(number)) for number in range(chats)]

    played = asyncio.run(play())
    house.check_kept("precept_2027", chats)
    assert all(len(chat.requests) == len(ANSWERS) + 1 and chat.words > 250 for chat in played)


def test_a_person_takes_as_long_as_was_published():
    somebody = Person(240, 36, 1.1)
    assert somebody.seconds_to_read(80) == 20
    assert somebody.seconds_to_answer("> Yes") == pytest.approx(2.65)
    assert somebody.seconds_to_answer("a" * 30) == pytest.approx(2.65 + 10)
    drawn = [draw_person(Random(seed)) for seed in range(200)]
    assert 230 < sum(each.read_per_minute for each in drawn) / len(drawn) < 245


def test_the_service_and_the_person_are_told_apart():
    chats = [Chatted((0.5, 0.25, 0.25), 240, ("> Yes",))] * 3
    found = sum_up(chats, date="2026-11-27", load=0.5)
    assert (found.service, found.message_median_ms) == (1.0, 250)
    assert 48 < found.person < 90
    assert found.whole == pytest.approx(found.service + found.person, abs=0.1)


@pytest.mark.slow
def test_all_of_it_runs_and_is_written(tmp_path: Path):
    run(respondents=400, draws=2, answers=300, runs=1, chats=0, seeds=(4,), results=tmp_path)
    kept = json.loads((tmp_path / "consultations.json").read_text())
    page = (tmp_path / "consultations.md").read_text()
    assert max(each["segments"] for each in kept["played"]) <= 14
    assert "messages of the citizen (wanted: 7): reached." in page
    assert "## Floods" in page
