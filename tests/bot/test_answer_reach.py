"""What the service does with questions whose right answer is known."""

from pathlib import Path

from fakes import UNSURE, meaning

from bot.answer_reach import Reach, find_reach
from flows.content import load_content
from flows.engine import Engine
from flows.understanding import Ranked, Understanding
from nlu.evaluate import Example, Judged

ROOT = Path(__file__).parents[2]


def judged(text: str, label: str, found: Understanding, *accept: str) -> Judged:
    return Judged(Example(text, label, frozenset(accept)), found, is_danger=False)


def between(first: str, second: str) -> Understanding:
    return Understanding(first, 0.2, (Ranked(first, 0.2), Ranked(second, 0.19)))


def test_each_question_is_counted_by_what_was_done():
    engine = Engine(load_content(ROOT / "flows", ROOT / "county"))
    found = find_reach(
        engine,
        [
            judged("bike lock", "ask/bicycle_theft", meaning("", "ask/bicycle_theft")),
            judged("bike lock", "ask/bicycle_theft", meaning("", "ask/van_tool_theft")),
            judged("he hits me", "ask/domestic_abuse", meaning("", "ask/domestic_abuse")),
            judged(
                "lock", "ask/bicycle_theft", meaning("", "ask/door_window_locks"), "ask/door_window_locks"
            ),
            judged("lock", "ask/bicycle_theft", between("ask/van_tool_theft", "ask/bicycle_theft")),
            judged("lock", "ask/bicycle_theft", between("ask/van_tool_theft", "ask/shop_theft")),
            judged("hm", "ask/bicycle_theft", UNSURE),
            judged("hello", "greet", meaning("", "greet")),
        ],
    )
    assert found == Reach(
        first=3, in_three=4, sent=4, sent_rightly=3, offered=2, offered_rightly=1, else_done=1
    )
    assert "sent or offered for 0.5714" in str(found)
    assert "No questions" in str(Reach())
