"""Answers given before: changed, taken back, or found by the code of anonymous ones."""

import re
from dataclasses import replace
from typing import Any

from flows import answers, filling
from flows.code_kinds import TICKET_PREFIX
from flows.consultation_answering import start
from flows.consultation_standing import (
    after,
    button_of,
    form_of,
    held_while_open,
    name_of,
    say_shut,
    state_of,
)
from flows.consultations import Consultation, State
from flows.events import ResponseWithdrawn, TryFailed
from flows.facts import (
    HeldResponse,
    ResponseFacts,
    ResponseNeeded,
    show_date,
)
from flows.forms import FormField, Kind
from flows.references import find_reference
from flows.turn import TurnBuilder

_TICKET = re.compile(rf"{TICKET_PREFIX}[\s\-]*(?=.*\d)[0-9A-Z]{{4}}[\s\-]*[0-9A-Z]{{3}}[.!]?")


def put_answered(turn: TurnBuilder, consultation: Consultation, held: HeldResponse) -> None:
    said = turn.words(
        "survey.answered",
        title=name_of(turn, consultation),
        day=show_date(held.answered_on),
        closes=show_date(consultation.closes),
    )
    buttons = tuple(button_of(turn, name, consultation) for name in ("answers_change", "answers_withdraw"))
    turn.put(said, (*buttons, *answers.lay_over_form(turn)))


def change(turn: TurnBuilder, consultation: Consultation) -> None:
    """The answers that stand, read back to be changed."""
    held = held_while_open(turn, consultation)
    if held is None:
        return
    form = form_of(turn, consultation)
    given = {field.id: _given_before(turn, field, held) for field in form.fields}
    start(turn, form, consultation, given, before=held)


def withdraw(turn: TurnBuilder, consultation: Consultation) -> None:
    held = held_while_open(turn, consultation)
    if held is None:
        return
    turn.events.append(ResponseWithdrawn(consultation.id, turn.conversation.tickets.get(consultation.id, "")))
    turn.put(turn.words("survey.withdrawn", closes=show_date(consultation.closes)), after(turn))
    filling.resume(turn)


def _given_before(turn: TurnBuilder, field: FormField, held: HeldResponse) -> Any:
    """An answer as the form holds it; of a place only what was kept."""
    kept = held.answers.get(field.id)
    if field.kind is Kind.PLACE and isinstance(kept, dict):
        name = turn.content.gazetteer.district_names.get(kept.get("district") or "")
        return {**kept, "text": held.texts.get(field.id) or name or kept.get("outside") or ""}
    return kept if kept is not None else held.texts.get(field.id)


def take_ticket(turn: TurnBuilder) -> bool:
    """The code of anonymous answers, typed to get back to them; False where the message is none."""
    ticket = find_reference(turn.incoming.text)
    if not _TICKET.fullmatch(turn.incoming.text.strip().upper()):
        return False
    turn.conversation = replace(turn.conversation, looking_up="", confirming="")
    if turn.person().locked:
        turn.put(turn.words("code.locked"), after(turn))
        filling.resume(turn)
        return True
    found = _find_by_ticket(turn, ticket) if ticket is not None else None
    if ticket is None or found is None:
        turn.events.append(TryFailed("code"))
        turn.put(turn.words("survey.no_ticket"), after(turn))
        filling.resume(turn)
        return True
    consultation, held = found
    tickets = {**turn.conversation.tickets, consultation.id: ticket}
    turn.conversation = replace(turn.conversation, tickets=tickets)
    stands = state_of(turn, consultation)
    if stands is State.OPEN:
        put_answered(turn, consultation, held)
    else:
        say_shut(turn, consultation, stands)
    return True


def _find_by_ticket(turn: TurnBuilder, ticket: str) -> tuple[Consultation, HeldResponse] | None:
    for consultation in turn.content.consultations.values():
        if not consultation.is_anonymous or state_of(turn, consultation) is State.NOT_OPEN:
            continue
        facts: ResponseFacts = turn.fact(ResponseNeeded(consultation.id, ticket))
        if facts.response is not None:
            return consultation, facts.response
    return None
