"""The loops: a slow piece holds up no other, a fault ends nothing, chores are done once, stopping is orderly."""

import asyncio
from typing import Any

import pytest
from house import House
from test_outbox import promise

import nlu.server
from bot.crew import Crew
from bot.turns import Source
from bot.worker import STOP_SECONDS, Bell, Chore, Worker
from storage.errors import StorageBusy


def worker(house: House, *crews: tuple[Crew[Any], Bell], **more: Any) -> Worker:
    more = {"chores": (), "extra": ()} | more
    return Worker(database=house.database, source=house.source, crews=crews, **more)


async def until(holds: Any, seconds: float = 3.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


def test_a_slow_piece_holds_up_no_other():
    waiting = list(range(6))
    done: list[int] = []
    release = asyncio.Event()

    async def claim(limit: int) -> list[int]:
        taken, waiting[:] = waiting[:limit], waiting[limit:]
        return taken

    async def do(piece: int) -> None:
        if piece == 0:
            await release.wait()
        done.append(piece)

    async def run() -> None:
        crew = Crew("test", 2, claim, do)
        while waiting:
            await crew.take_up()
        await until(lambda: len(done) == 5)
        release.set()
        await crew.finish(1)

    asyncio.run(run())
    assert done == [1, 2, 3, 4, 5, 0]


def test_no_more_is_claimed_than_there_are_hands():
    asked: list[int] = []

    async def claim(limit: int) -> list[int]:
        asked.append(limit)
        return list(range(limit))

    async def do(piece: int) -> None:
        await asyncio.sleep(0.01)

    async def run() -> None:
        crew = Crew("test", 4, claim, do)
        for _ in range(5):
            await crew.take_up()
        await crew.finish(1)

    asyncio.run(run())
    assert asked[0] == 4
    assert max(asked) <= 4


def test_a_piece_that_fails_ends_no_other_and_frees_its_hand():
    waiting = [1, 2, 3]
    done: list[int] = []
    rung: list[bool] = []

    async def claim(limit: int) -> list[int]:
        taken, waiting[:] = waiting[:limit], waiting[limit:]
        return taken

    async def do(piece: int) -> None:
        if piece == 1:
            raise ValueError("words of a citizen")
        done.append(piece)

    async def run() -> None:
        crew = Crew("test", 1, claim, do, lambda: rung.append(True))
        for _ in range(3):
            await crew.take_up()
        await crew.finish(1)

    asyncio.run(run())
    assert done == [2, 3]
    assert len(rung) == 3


@pytest.mark.parametrize("fault", [RuntimeError("broken"), StorageBusy("locked")])
def test_a_loop_that_meets_a_fault_goes_on(sqlite_house, monkeypatch, fault):
    monkeypatch.setattr("bot.worker.PAUSE_AFTER_FAULT_SECONDS", 0.01)
    monkeypatch.setattr("bot.worker.POLL_SECONDS", 0.01)
    calls = 0

    async def claim(limit: int) -> list[int]:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise fault
        return []

    async def do(piece: int) -> None: ...

    async def run() -> None:
        loops = worker(sqlite_house, (Crew("test", 1, claim, do), Bell()))
        loops.start()
        await until(lambda: calls >= 4)
        await loops.stop()

    asyncio.run(run())


def test_a_bell_wakes_a_waiting_loop(sqlite_house, monkeypatch):
    monkeypatch.setattr("bot.worker.POLL_SECONDS", 60)
    house = sqlite_house

    async def run() -> None:
        inbox_bell, outbox_bell = Bell(), Bell()
        loops = worker(
            house,
            (Crew("take", 4, house.turns.claim_waiting, house.turns.take, inbox_bell.ring), inbox_bell),
            (Crew("send", 4, house.sender.claim, house.sender.send, outbox_bell.ring), outbox_bell),
        )
        loops.start()
        await asyncio.sleep(0.2)
        house.accept(1, "one")
        house.accept(2, "two")
        inbox_bell.ring()
        await until(lambda: house.rows("inbox", "state") == ["done", "done"])
        outbox_bell.ring_in(0.01)
        await until(lambda: len(house.telegram.sent) == 2)
        await loops.stop()

    asyncio.run(run())


def test_stopping_lets_what_was_begun_end(sqlite_house):
    house = sqlite_house

    async def slowly(body: dict[str, Any]) -> None:
        await asyncio.sleep(0.3)

    house.telegram.send_waits = slowly
    promise(house, "a")

    async def run() -> None:
        bell = Bell()
        loops = worker(house, (Crew("send", 4, house.sender.claim, house.sender.send, bell.ring), bell))
        loops.start()
        await until(lambda: house.rows("outbox", "state") == ["sending"])
        await loops.stop()

    asyncio.run(run())
    assert house.rows("outbox", "state") == ["sent"], "nothing is left that nobody knows the outcome of"


def test_stopping_takes_no_longer_than_its_time(sqlite_house, monkeypatch):
    monkeypatch.setattr("bot.worker.STOP_SECONDS", 0.2)
    house = sqlite_house

    async def for_ever(body: dict[str, Any]) -> None:
        await asyncio.sleep(60)

    house.telegram.send_waits = for_ever
    promise(house, "a")

    async def hangs() -> None:
        await asyncio.sleep(60)

    async def run() -> None:
        bell = Bell()
        loops = worker(
            house,
            (Crew("send", 1, house.sender.claim, house.sender.send, bell.ring), bell),
            chores=(Chore("hangs", 5, hangs),),
            extra=(hangs,),
        )
        loops.start()
        await until(lambda: house.rows("outbox", "state") == ["sending"])
        await asyncio.wait_for(loops.stop(), 2)

    asyncio.run(run())
    assert STOP_SECONDS + 3 + nlu.server.STOP_SECONDS <= 10, "with what the server waits for open requests"


def test_chores_are_done_once_by_two_workers(house: House):
    done: list[str] = []

    async def run() -> None:
        def chore(who: str) -> Chore:
            async def work() -> None:
                done.append(who)
                await asyncio.sleep(0.05)

            return Chore("sweep", 3600, work)

        workers = []
        for who in ("a", "b"):
            source = Source(house.clock, lambda: 1, who)
            workers.append(Worker(database=house.database, source=source, crews=(), chores=(chore(who),)))
        for one in workers:
            one.start()
        await until(lambda: done)
        await asyncio.sleep(0.3)
        for one in workers:
            await one.stop()

    asyncio.run(run())
    assert len(done) == 1


def test_a_daily_chore_that_found_the_record_locked_comes_again_in_a_minute(sqlite_house, monkeypatch):
    monkeypatch.setattr("bot.worker.POLL_SECONDS", 0.02)
    done: list[str] = []

    async def work() -> None:
        done.append("tried")
        if len(done) == 1:
            raise StorageBusy("the database stays locked")

    async def run() -> None:
        loops = worker(sqlite_house, chores=(Chore("purge", 24 * 3600, work),))
        loops.start()
        await until(lambda: done)
        await asyncio.sleep(0.2)
        assert len(done) == 1
        sqlite_house.clock.pass_seconds(61)
        await until(lambda: len(done) == 2)
        sqlite_house.clock.pass_seconds(61)
        await asyncio.sleep(0.2)
        await loops.stop()

    asyncio.run(run())
    assert len(done) == 2


def test_a_chore_that_fails_comes_again_and_one_that_hangs_keeps_no_other_waiting(sqlite_house, monkeypatch):
    monkeypatch.setattr("bot.worker.POLL_SECONDS", 0.02)
    house = sqlite_house
    done: list[str] = []

    async def fails() -> None:
        done.append("fails")
        raise ValueError("words of a citizen")

    async def hangs() -> None:
        done.append("hangs")
        await asyncio.sleep(60)

    async def run() -> None:
        loops = worker(house, chores=(Chore("a_hangs", 1e-6, hangs), Chore("b_fails", 1e-6, fails)))
        loops.start()
        await until(lambda: done.count("fails") >= 3)
        await loops.stop()

    asyncio.run(run())
    assert done.count("hangs") == 1
