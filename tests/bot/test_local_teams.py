"""The local team's name from two web services, and a citizen who is helped whatever they do."""

import asyncio

import pytest
from fake_police import FakePolice
from fake_server import DROP
from house import House
from script_engine import says

from bot.local_teams import WebLocalTeams
from bot.settings import LookupsConfig
from bot.turns import Turns
from flows.messages import Incoming, Reply
from flows.understanding import Understanding


def find(server: FakePolice, postcode: str) -> str | None:
    async def act() -> str | None:
        teams = WebLocalTeams(f"{server.url}/pc/", f"{server.url}/api", "warwickshire", timeout_seconds=2)
        try:
            return await teams.find(postcode)
        finally:
            await teams.aclose()

    return asyncio.run(act())


def test_a_postcode_of_the_county_has_a_team():
    with FakePolice() as server:
        assert find(server, "CV34 6PH") == "Warwick Town"
        assert server.asked == [
            "/pc/postcodes/CV34 6PH",
            "/api/locate-neighbourhood",
            "/api/warwickshire/WK13",
        ]


def test_another_force_s_team_is_not_named():
    with FakePolice() as server:
        assert find(server, "B91 3AA") is None


def test_an_unknown_postcode_and_a_dead_service_are_no_team():
    with FakePolice() as server:
        assert find(server, "CV99 9ZZ") is None
        server.plan(DROP, where=lambda request: True)
        assert find(server, "CV34 6PH") is None


class KnownTeam:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def find(self, postcode: str) -> str | None:
        self.asked.append(postcode)
        return "Warwick Town"


class Asks:
    """Understands every message as a question for the local team, or for something else."""

    def __init__(self, label: str) -> None:
        self.label = label

    async def understand(self, text: str) -> Understanding:
        return Understanding(self.label, 0.9)


@pytest.mark.parametrize(
    ("text", "label", "asked"),
    [
        ("who is my pcso in cv34 6ph", "ask_local_team", ["CV34 6PH"]),
        ("who is my pcso", "ask_local_team", []),
        ("six caravans at cv34 6ph", "report_encampment", []),
    ],
)
def test_a_postcode_leaves_the_house_only_for_who_asks_for_the_team(house: House, text, label, asked):
    seen: list[str] = []

    def note(incoming: Incoming) -> tuple[tuple[Reply, ...], tuple[()]]:
        seen.append(incoming.team)
        return says("ok")[0], ()

    house.engine.script[text] = note
    teams = KnownTeam()
    house.turns = Turns(
        database=house.database,
        engine=house.engine,  # type: ignore[arg-type]
        interpreter=Asks(label),
        channels=house.channels,
        photos=house.turns.photos,
        source=house.source,
        lease_seconds=house.lease_seconds,
        tries=3,
        local_teams=teams,
    )
    house.accept(1, text)
    asyncio.run(house.take_all())
    assert teams.asked == asked
    assert seen == (["Warwick Town"] if asked else [""])


def test_the_police_address_alone_is_a_mistake():
    with pytest.raises(ValueError, match="needs postcodes_url"):
        LookupsConfig(police_url="https://data.police.uk/api")
