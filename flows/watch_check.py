"""The yearly "still yes?" and what else is said to a member unasked, with the buttons that answer it."""

from flows import answers, filling
from flows.buttons import go_payload
from flows.events import MembershipChanged
from flows.messages import Button, Reply
from flows.texts import Texts
from flows.turn import TurnBuilder

_CHANGES = {"watch_stay": "confirm", "watch_leave": "leave"}


def make_check(texts: Texts, language: str, membership: str, scheme: str) -> Reply:
    """The yearly question, for one membership."""
    said = texts.say("watch.still_yes", language, scheme=scheme)
    buttons = tuple(
        Button(texts.say(f"button.{name}", language).text, go_payload(f"{name}/{membership}"))
        for name in _CHANGES
    )
    return Reply(said.text, buttons, said.sms)


def press(turn: TurnBuilder, label: str) -> bool:
    """The answer to it; False for the label of another button."""
    name, _, membership = label.partition("/")
    if name not in _CHANGES or not membership:
        return False
    if any(m.id == membership for m in turn.person().memberships):
        turn.events.append(MembershipChanged(membership, _CHANGES[name]))
        turn.put(
            turn.words("watch.stays" if name == "watch_stay" else "watch.left"), answers.after_answer(turn)
        )
    else:
        turn.put(turn.words("watch.gone"), answers.after_answer(turn))
    filling.resume(turn)
    return True
