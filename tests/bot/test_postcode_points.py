"""A full postcode asked of a web service, and a citizen who is helped whatever it does."""

import asyncio

import pytest
from fake_police import FakePolice
from fake_server import DROP
from house import House, real_content
from script_engine import says

from bot.postcode_points import WebPostcodePoints, is_about_place
from bot.settings import LookupsConfig
from bot.turns import Turns
from flows.conversation import Conversation, FormInHand
from flows.geodata import PostcodePoint
from flows.messages import Incoming, Reply
from flows.understanding import Understanding

KNOWN = PostcodePoint("CV34 6PH", 52.2814, -1.5853, "E07000222", "Warwick")


def ask(server: FakePolice, *postcodes: str, clock=lambda: 0.0) -> list[PostcodePoint | None]:
    async def act() -> list[PostcodePoint | None]:
        points = WebPostcodePoints(f"{server.url}/pc/", timeout_seconds=2, clock=clock)
        try:
            return [await points.find(postcode) for postcode in postcodes]
        finally:
            await points.aclose()

    return asyncio.run(act())


def test_a_postcode_has_a_point_and_one_that_is_none_has_not():
    with FakePolice() as server:
        assert ask(server, "CV34 6PH", "CV99 9ZZ") == [KNOWN, PostcodePoint("CV99 9ZZ")]


def test_a_service_that_fails_is_left_alone_for_a_while():
    times = iter([0.0, 0.0, 0.0, 0.0, 30.0, 61.0])
    with FakePolice() as server:
        server.plan(DROP, times=3)
        found = ask(server, *["CV34 6PH"] * 5, clock=lambda: next(times))
        assert found == [None, None, None, None, KNOWN]
        assert len(server.asked) == 1


class KnowsOne:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def find(self, postcode: str) -> PostcodePoint | None:
        self.asked.append(postcode)
        return KNOWN


class Understands:
    def __init__(self, label: str) -> None:
        self.label = label

    async def understand(self, text: str) -> Understanding:
        return Understanding(self.label, 0.9)


@pytest.mark.parametrize(
    ("text", "label", "asked"),
    [
        ("six caravans at cv34 6ph", "report_encampment", ["CV34 6PH"]),
        ("who is my pcso in cv34 6ph", "ask_local_team", []),
        ("six caravans at m1 1ae", "report_encampment", []),
        ("six caravans in warwick", "report_encampment", []),
    ],
)
def test_a_postcode_is_asked_about_for_a_place_only(sqlite_house: House, text, label, asked):
    house = sqlite_house
    seen: list[tuple[PostcodePoint, ...]] = []

    def note(incoming: Incoming) -> tuple[tuple[Reply, ...], tuple[()]]:
        seen.append(incoming.points)
        return says("ok")[0], ()

    house.engine.script[text] = note
    house.engine.content = real_content()  # type: ignore[assignment]
    service = KnowsOne()
    house.turns = Turns(
        database=house.database,
        engine=house.engine,  # type: ignore[arg-type]
        interpreter=Understands(label),
        channels=house.channels,
        photos=house.turns.photos,
        source=house.source,
        lease_seconds=house.lease_seconds,
        tries=3,
        postcodes=service,
    )
    house.accept(1, text)
    asyncio.run(house.take_all())
    assert service.asked == asked
    assert seen == [(KNOWN,) if asked else ()]


def test_the_question_for_a_place_is_one():
    content = real_content()
    held = FormInHand("encampment", content.forms["encampment"].version, {}, asked="place")
    assert is_about_place(content, Conversation(forms=(held,)), "")
    assert not is_about_place(content, Conversation(), "")


def test_the_postcode_service_may_stand_alone():
    assert LookupsConfig(postcodes_url="https://api.postcodes.io").police_url == ""
