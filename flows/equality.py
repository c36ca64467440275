"""The questions about oneself, after a consultation: a form of its own, whose answers are of nobody."""

from dataclasses import replace

from flows import filling
from flows.closing import close
from flows.consultation_standing import after, before_of, fresh_form, say_shut, state_of
from flows.consultations import Consultation, State
from flows.conversation import FormInHand
from flows.events import EqualityGiven
from flows.forms import Form
from flows.texts import fill
from flows.turn import TurnBuilder


def may_tell_more(turn: TurnBuilder, consultation: Consultation) -> bool:
    return turn.content.equality is not None and consultation.id not in turn.conversation.told_equality


def begin_about(turn: TurnBuilder, consultation: Consultation) -> None:
    """The questions about oneself: only after the answers were sent, once, and of nobody."""
    form = turn.content.equality
    stands = state_of(turn, consultation)
    if stands is not State.OPEN:
        say_shut(turn, consultation, stands)
        return
    if (
        form is None
        or not may_tell_more(turn, consultation)
        or before_of(turn, consultation).response is None
    ):
        turn.put(turn.words("survey.gone"), after(turn))
        filling.resume(turn)
        return
    others = tuple(f for f in turn.conversation.forms if f.form != form.id)
    fresh = replace(fresh_form(turn, form, {}), about=consultation.id)
    turn.conversation = replace(
        turn.conversation, forms=(*others, fresh), paused=False, browsing=False, confirming=""
    )
    turn.say(fill(turn.content.texts.form(form.id, turn.language).intro or form.intro, {}))
    filling.ask(turn)


def send_about(turn: TurnBuilder, form: Form, held: FormInHand) -> None:
    """What was told, with nothing of the person, and what it follows alone; nothing where that closed meanwhile."""
    consultation = turn.content.consultations.get(held.about)
    if consultation is None or state_of(turn, consultation) is not State.OPEN:
        close(turn, held)
        turn.put(turn.words("survey.too_late"), after(turn))
        filling.resume(turn)
        return
    asked = form.asked_fields(held.answers)
    given = {f.id: held.answers[f.id] for f in asked if held.answers.get(f.id) is not None}
    turn.events.append(EqualityGiven(held.about, given))
    turn.conversation = replace(
        turn.conversation,
        forms=turn.conversation.forms[:-1],
        told_equality=(*turn.conversation.told_equality, held.about),
    )
    turn.put(turn.words("survey.about_sent"), after(turn))
    filling.resume(turn)
