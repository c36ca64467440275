"""Ending what is open: a form thrown away, a person forgotten."""

from dataclasses import replace

from flows.conversation import Conversation, FormInHand
from flows.events import ErasureAsked, FormDropped
from flows.forms import Kind
from flows.references import make_reference
from flows.turn import TurnBuilder

ERASURE_PREFIX = "ER"


def close(turn: TurnBuilder, held: FormInHand) -> None:
    """Takes the form in hand off the stack, unsent; the event names its photos, which can go."""
    form = turn.content.forms.get(held.form)
    photos: list[str] = []
    for field in form.fields if form else ():
        if field.kind is Kind.PHOTO:
            photos += held.answers.get(field.id) or []
    photos += (held.partial or {}).get("photos", [])
    turn.events.append(FormDropped(held.form, tuple(dict.fromkeys(photos))))
    turn.conversation = replace(turn.conversation, forms=turn.conversation.forms[:-1], confirming="")


def erase(turn: TurnBuilder, *, reason: str = "asked", key: str = "forget.done") -> None:
    """Forgets the person: an empty conversation is left, and a receipt that names nobody."""
    receipt = make_reference(ERASURE_PREFIX, turn.incoming.number)
    before = turn.conversation
    while turn.conversation.in_hand is not None:
        close(turn, turn.conversation.in_hand)
    turn.events.append(ErasureAsked(receipt, reason))
    turn.conversation = Conversation(language=before.language, stopped=before.stopped)
    turn.put(turn.words(key, receipt=receipt))
