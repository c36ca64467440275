"""Where a consultation stands today, and what this person has to do with it: read from the record, never guessed."""

from typing import Any

from flows import filling
from flows.buttons import go_payload
from flows.consultations import Consultation, State, draw_orders, state
from flows.conversation import FormInHand
from flows.facts import (
    ConsultationsNeeded,
    HeldResponse,
    OpenConsultation,
    ResponseFacts,
    ResponseNeeded,
    show_date,
)
from flows.forms import Form
from flows.messages import Button
from flows.turn import TurnBuilder


def record_of(turn: TurnBuilder) -> tuple[OpenConsultation, ...]:
    found: tuple[OpenConsultation, ...] = turn.fact(ConsultationsNeeded())
    return found


def state_of(turn: TurnBuilder, consultation: Consultation) -> State:
    opened = next((c for c in record_of(turn) if c.id == consultation.id), None)
    return state(consultation, opened, turn.today)


def say_shut(turn: TurnBuilder, consultation: Consultation, stands: State) -> None:
    """When it opens, or when it closed and when the decision is due."""
    title = name_of(turn, consultation)
    if stands is State.CLOSED:
        opened = next((c for c in record_of(turn) if c.id == consultation.id), None)
        if opened is not None and opened.results:
            said = turn.words("survey.results", title=title, link=link_of(turn, opened))
        else:
            closed, decision = show_date(consultation.closes), show_date(consultation.decision_on)
            early = turn.today <= consultation.closes
            said = (
                turn.words("survey.closed_early", title=title, decision=decision)
                if early
                else turn.words("survey.closed", title=title, closed=closed, decision=decision)
            )
    elif turn.today < consultation.opens:
        said = turn.words("survey.opens", title=title, opens=show_date(consultation.opens))
    else:
        said = turn.words("survey.not_open", title=title)
    turn.put(said, after(turn))
    filling.resume(turn)


def link_of(turn: TurnBuilder, opened: OpenConsultation) -> str:
    """Where results are read: an address of its own, or a page of this service."""
    if opened.results.startswith(("https://", "http://")):
        return opened.results
    return f"{turn.content.public_url.rstrip('/')}/{opened.results.lstrip('/')}"


def before_of(turn: TurnBuilder, consultation: Consultation) -> ResponseFacts:
    ticket = turn.conversation.tickets.get(consultation.id, "") if consultation.is_anonymous else ""
    found: ResponseFacts = turn.fact(ResponseNeeded(consultation.id, ticket))
    return found


def is_elsewhere(turn: TurnBuilder, consultation: Consultation, before: ResponseFacts) -> bool:
    """Whether a ticket was given to this person that this chat does not hold."""
    return (
        consultation.is_anonymous and before.had_ticket and consultation.id not in turn.conversation.tickets
    )


def held_while_open(turn: TurnBuilder, consultation: Consultation) -> HeldResponse | None:
    """The answers that stand, where they may still be changed; else it is said why not."""
    stands = state_of(turn, consultation)
    if stands is not State.OPEN:
        say_shut(turn, consultation, stands)
        return None
    held = before_of(turn, consultation).response
    if held is None:
        turn.put(turn.words("survey.gone"), after(turn))
        filling.resume(turn)
    return held


def form_of(turn: TurnBuilder, consultation: Consultation) -> Form:
    return next(f for f in turn.content.forms.values() if f.consultation == consultation.id)


def name_of(turn: TurnBuilder, consultation: Consultation) -> str:
    return turn.content.title_of(form_of(turn, consultation).label, turn.language) or consultation.title


def button_of(turn: TurnBuilder, name: str, consultation: Consultation) -> Button:
    return Button(turn.label(f"button.{name}"), go_payload(f"{name}/{consultation.id}"))


def fresh_form(
    turn: TurnBuilder, form: Form, given: dict[str, Any], orders: dict[str, list[str]] | None = None
) -> FormInHand:
    return FormInHand(
        form.id,
        form.version,
        dict(given),
        started_at=turn.now.isoformat(),
        orders={**draw_orders(form, turn.incoming.number), **(orders or {})},
    )


def after(turn: TurnBuilder) -> tuple[Button, ...]:
    """What stands below last words: the menu, unless a form is in hand."""
    return () if turn.conversation.in_hand is not None else (turn.menu_button(),)
