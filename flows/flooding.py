"""Somebody who sends far more than a person can: told once to wait; danger and STOP are heard all the same."""

from dataclasses import replace

from flows.buttons import go_payload
from flows.content import Content
from flows.conversation import Conversation
from flows.events import TooManyMessages
from flows.messages import ChannelName, Incoming, Reply
from flows.safety import Keyword, read_keyword
from flows.turn import Turn


def is_always_heard(content: Content, conversation: Conversation, incoming: Incoming) -> bool:
    """Whether a message is taken however many came before: words of danger, and STOP where it is not obeyed yet."""
    if is_danger(content, incoming.text, incoming.button):
        return True
    return is_stop(incoming.text, incoming.channel) and not conversation.stopped


def is_danger(content: Content, text: str, button: str | None) -> bool:
    """Whether words speak of danger, or the button for it was pressed."""
    return button == go_payload("emergency") or content.safety.find_danger(text) is not None


def is_stop(text: str, channel: ChannelName) -> bool:
    return read_keyword(text, carrier=channel is ChannelName.SMS) is Keyword.STOP


def ask_to_wait(content: Content, turn: Turn, minutes: int) -> Turn:
    """The turn, and then these words; whatever is being talked about stays as it is."""
    said = content.texts.say("flood", turn.conversation.language, minutes=minutes)
    replies = () if turn.conversation.stopped else (Reply(said.text, sms=said.sms),)
    return replace(turn, replies=(*turn.replies, *replies), events=(*turn.events, TooManyMessages()))
