"""What the whole service did with questions whose right answer is known: sent it, offered it, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.buttons import go_payload
from flows.conversation import Conversation
from flows.engine import Engine
from flows.events import AnswerGiven
from flows.messages import ChannelName, Incoming
from nlu.evaluate import Judged, is_in_top

ASK = "ask/"


@dataclass
class Reach:
    """Questions by what was done: one answer sent (or asked whether it is safe to), choices offered, anything else.

    `first` and `in_three` are the model's alone: the right answer likeliest, and among the three likeliest.
    """

    first: int = 0
    in_three: int = 0
    sent: int = 0
    sent_rightly: int = 0
    offered: int = 0
    offered_rightly: int = 0
    else_done: int = 0

    @property
    def questions(self) -> int:
        return self.sent + self.offered + self.else_done

    def __str__(self) -> str:
        if not self.questions:
            return "No questions among the messages."
        within = self.sent_rightly + self.offered_rightly
        return (
            f"Of {self.questions} questions the right answer is the likeliest for {self.first / self.questions:.4f} "
            f"(0.90 wanted), among three for {self.in_three / self.questions:.4f} (0.97 wanted). "
            f"The service answers {self.sent} at once, {self.sent_rightly} of them rightly, offers choices for "
            f"{self.offered}, the right one among them for {self.offered_rightly}, and does something else with "
            f"{self.else_done}: the right answer is sent or offered for {within / self.questions:.4f}."
        )


def find_reach(engine: Engine, judged: Sequence[Judged]) -> Reach:
    """Plays every question through the conversation, each as somebody's first message on the web chat."""
    reach = Reach()
    for one in judged:
        if one.example.label.startswith(ASK):
            reach.first += one.is_right
            reach.in_three += is_in_top(one, 3)
            _count(reach, engine, one)
    return reach


def _count(reach: Reach, engine: Engine, one: Judged) -> None:
    incoming = Incoming(ChannelName.WEB, one.example.text)
    turn = engine.take_turn(Conversation(greeted=True), incoming, one.found, datetime.now(UTC))
    topic = next((e.topic for e in turn.events if isinstance(e, AnswerGiven)), turn.conversation.asks_if_safe)
    wanted = {label.removeprefix(ASK) for label in one.example.right}
    if topic:
        reach.sent += 1
        reach.sent_rightly += topic in wanted
        return
    offered = {
        b.payload for reply in turn.replies for b in reply.buttons if b.payload.startswith(go_payload(ASK))
    }
    if offered:
        reach.offered += 1
        reach.offered_rightly += bool({go_payload(label) for label in one.example.right} & offered)
    else:
        reach.else_done += 1
