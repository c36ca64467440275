"""A case is closed, its sender is asked whether it is solved, and the answer is kept where staff see it."""

from typing import Any

import pytest
from fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER
from house import Chat, House
from test_pushing import TEXTER, send_text

from bot.sms import SmsChannel
from flows.events import SubmissionFiled
from flows.office import QuietHours
from flows.references import make_reference
from staff.cases import Cases
from staff.rows import CaseFilters
from storage.submissions import Submission

REFERENCE = make_reference("EN", 1)


@pytest.fixture
def house(speaking_house: House) -> House:
    return speaking_house


def file(chat: Chat) -> str:
    filed = SubmissionFiled("encampment", 1, REFERENCE, {}, {}, wants_news=True)
    id: str = chat.house.write(lambda tx: tx.submissions.file(filed, chat.kept, "en", chat.house.clock()))
    return id


def close(house: House) -> None:
    desk = Cases(house.database, house.engine.content, QuietHours())
    for state in ("acknowledged", "vacated", "closed"):
        desk.set_state(REFERENCE, state, actor="ada", now=house.clock())
    house.promise_due()


def kept(house: House, id: str) -> tuple[Submission, list[dict[str, Any]], list[str]]:
    """The report, what its sender said of it, and the notices for staff."""
    with house.database.reading() as tx:
        found = tx.submissions.find(id)
        assert found is not None
        said = [event.data for event in tx.submission_events.of(id) if event.kind == "solved"]
        return found, said, [notice.kind for notice in tx.notices.latest(9)]


def test_a_texter_says_with_a_number_that_it_is_not_solved(house: House):
    chat = Chat(house, TEXTER, "sms")
    chat.say("menu")
    id = file(chat)
    close(house)
    house.channels["sms"] = SmsChannel(
        ACCOUNT_SID, AUTH_TOKEN, NUMBER, "http://127.0.0.1:9", "https://door.example"
    )
    assert "you can report it again" in send_text(house, "2")
    found, said, notices = kept(house, id)
    assert (found.solved, said, notices) == (False, [{"solved": False}], ["not_solved"])


def test_what_is_not_solved_is_in_the_list_again_until_staff_do_something(house: House):
    chat = Chat(house, "7")
    chat.say("menu")
    file(chat)
    close(house)
    desk = Cases(house.database, house.engine.content, QuietHours())
    by: Any = {"actor": "ada", "now": house.clock()}
    assert desk.list(**by) == ()
    chat.send(button=f"go:solved_no/{REFERENCE}")
    [row] = desk.list(**by)
    assert (row.reference, row.state, row.unsolved, row.overdue) == (REFERENCE, "closed", True, False)
    assert desk.list(CaseFilters(forms=("concern",)), **by) == ()
    assert desk.list(CaseFilters(district="rugby"), **by) == ()
    assert desk.list(CaseFilters(assigned_to="eve"), **by) == ()
    desk.note(REFERENCE, "Another lot, reported anew", **by)
    assert desk.list(**by) == ()
    chat.send(button=f"go:solved_no/{REFERENCE}")
    desk.set_state(REFERENCE, "reopened", "They are back", **by)
    [row] = desk.list(**by)
    assert (row.state, row.unsolved) == ("reopened", False)


def test_of_two_answers_the_later_holds_and_nobody_answers_for_another(house: House):
    chat = Chat(house, "7")
    chat.say("menu")
    id = file(chat)
    close(house)
    stranger = Chat(house, "8")
    assert "no such report of yours" in stranger.send(button=f"go:solved_no/{REFERENCE}")
    assert kept(house, id)[0].solved is None
    chat.send(button=f"go:solved_no/{REFERENCE}")
    assert "helps us to learn" in chat.send(button=f"go:solved_yes/{REFERENCE}")
    found, said, notices = kept(house, id)
    assert (found.solved, len(said), notices) == (True, 2, ["not_solved"])
    assert "EN-" in chat.say(f"{REFERENCE}")


def test_the_status_tells_the_day_of_the_stage_and_not_of_what_must_stay_within(house: House):
    chat = Chat(house, "7")
    chat.say("menu")
    file(chat)
    desk = Cases(house.database, house.engine.content, QuietHours())
    for state in ("acknowledged", "assigned", "visited"):
        desk.set_state(REFERENCE, state, actor="ada", now=house.clock())
    visited = f"{house.clock():%d/%m/%Y}"
    house.clock.pass_seconds(5 * 86400)
    desk.set_state(REFERENCE, "enforcing", "Why", actor="ada", now=house.clock())
    desk.assign(REFERENCE, "eve", actor="ada", now=house.clock())
    assert f"the place has been visited. Last change {visited}." in chat.say(REFERENCE)
