"""First words that sound like a form's subject and are about something else: seen to where it belongs."""

from flows.buttons import go_payload
from flows.forms import Apart, Form
from flows.messages import Button
from flows.safety import plain_words
from flows.texts import fill
from flows.turn import TurnBuilder


def find(turn: TurnBuilder, form: Form) -> Apart | None:
    """What else the message may be about; None where it is the form's own subject, or a form is in hand."""
    if turn.conversation.in_hand is not None:
        return None
    said = f" {plain_words(turn.incoming.text)} "
    return next((a for a in form.apart if any(f" {plain_words(w)} " in said for w in a.words)), None)


def put(turn: TurnBuilder, form: Form, found: Apart) -> None:
    """Says what it may be and where that is seen to, with the way on to the form."""
    at = form.apart.index(found)
    translated = turn.content.texts.form(form.id, turn.language).apart
    said = fill(translated[at] if at < len(translated) else found.say, {})
    there = turn.go(found.go) if found.go else None
    anyway = Button(turn.label("button.report_anyway"), go_payload(form.label))
    turn.put(said, (*([there] if there is not None else []), anyway, turn.menu_button()))
