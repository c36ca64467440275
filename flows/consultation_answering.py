"""Answering a consultation: its form begins, and what was read back and agreed is sent."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flows import filling
from flows.closing import close
from flows.code_kinds import TICKET_PREFIX
from flows.consultation_standing import (
    after,
    before_of,
    button_of,
    fresh_form,
    is_elsewhere,
    name_of,
    say_shut,
    state_of,
)
from flows.consultations import Consultation, State
from flows.conversation import FormInHand
from flows.county import LONDON
from flows.equality import may_tell_more
from flows.events import ResponseGiven, ResultsWanted
from flows.facts import (
    HeldResponse,
    ResponseFacts,
    show_date,
)
from flows.forms import Form, Kind
from flows.messages import Button, ChannelName
from flows.reading import Unclear
from flows.references import make_reference
from flows.texts import fill
from flows.turn import TurnBuilder

_FREE = frozenset({Kind.TEXT, Kind.NAME})


def start(
    turn: TurnBuilder,
    form: Form,
    consultation: Consultation,
    given: dict[str, Any],
    *,
    before: HeldResponse | None = None,
    unclear: Unclear | None = None,
) -> None:
    """Begins the form; with the answers `before` it begins at their read-back, each question in the order it had.

    `unclear` is what is to be asked of where somebody said they live, where that is the first question.
    """
    if turn.conversation.forms:
        turn.say(turn.words("form.kept_one", thing=filling.thing_in_hand(turn)))
    turn.conversation = replace(
        turn.conversation,
        forms=(*turn.conversation.forms, fresh_form(turn, form, given, before.orders if before else {})),
        paused=False,
        browsing=False,
        confirming="",
        greeted=True,
    )
    if consultation.example:
        turn.say(turn.words("survey.example"))
    if before is not None:
        turn.say(turn.words("survey.changing"))
    else:
        turn.say(fill(turn.content.texts.form(form.id, turn.language).intro or form.intro, {}))
        closes = show_date(consultation.closes)
        turn.say(turn.words(f"survey.{consultation.anonymity}", closes=closes))
        if turn.incoming.channel == ChannelName.WEB and not consultation.is_anonymous:
            turn.say(turn.words("survey.network"))
    first = form.next_field(given, turn.incoming.channel)
    if unclear is not None and first is not None and first.id == consultation.about.district:
        filling.explain(turn, first, unclear)
    else:
        filling.ask(turn)


def send(turn: TurnBuilder, form: Form, held: FormInHand) -> None:
    """The answers, once they were read back and agreed; nothing where it closed meanwhile or all was left out."""
    consultation = turn.content.consultations[form.consultation]
    stands = state_of(turn, consultation)
    if stands is State.NOT_OPEN:
        # It was open when it began: staff are opening a new version just now, or put the opening off.
        title, opens = name_of(turn, consultation), show_date(consultation.opens)
        is_put_off = turn.today < consultation.opens
        turn.say(
            turn.words("survey.opens_later", title=title, opens=opens)
            if is_put_off
            else turn.words("survey.wait")
        )
        filling.ask(turn)
        return
    before = before_of(turn, consultation) if stands is State.OPEN else ResponseFacts()
    if stands is not State.OPEN or is_elsewhere(turn, consultation, before):
        close(turn, held)
        if stands is State.OPEN:
            turn.put(turn.words("survey.ticket_needed"), after(turn))
            filling.resume(turn)
        else:
            turn.say(turn.words("survey.too_late"))
            say_shut(turn, consultation, stands)
        return
    if before.response is None and all(answer is None for answer in held.answers.values()):
        close(turn, held)
        turn.put(turn.words("survey.empty", closes=show_date(consultation.closes)), after(turn))
        filling.resume(turn)
        return
    ticket = ""
    if consultation.is_anonymous:
        kept = turn.conversation.tickets.get(consultation.id)
        ticket = kept or make_reference(TICKET_PREFIX, turn.incoming.secret)
    turn.events.append(_response(turn, form, consultation, held, ticket))
    turn.conversation = replace(
        turn.conversation,
        forms=turn.conversation.forms[:-1],
        tickets={**turn.conversation.tickets, consultation.id: ticket}
        if ticket
        else turn.conversation.tickets,
    )
    _say_sent(turn, consultation, ticket, is_young=consultation.is_young(held.answers))


def _response(
    turn: TurnBuilder, form: Form, consultation: Consultation, held: FormInHand, ticket: str
) -> ResponseGiven:
    about = consultation.about
    given: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for field in form.asked_fields(held.answers):
        value = held.answers.get(field.id)
        if value is None:
            continue
        if field.kind in _FREE:
            texts[field.id] = str(value)
        elif field.kind is Kind.PLACE:
            # Where somebody lives is kept as a district alone.
            given[field.id] = {k: value[k] for k in ("district", "outside") if value.get(k)}
            if field.id != about.district and value.get("text"):
                texts[field.id] = str(value["text"])
        else:
            given[field.id] = value
    place = given.get(about.district) or {}
    is_police = given.get(about.is_police)
    seconds = (turn.now - datetime.fromisoformat(held.started_at)).total_seconds() if held.started_at else 0
    return ResponseGiven(
        consultation=consultation.id,
        version=consultation.version,
        answers=given,
        texts=texts,
        orders={name: order for name, order in held.orders.items() if name in given},
        district=place.get("district"),
        age_band=given.get(about.age_band),
        is_police=is_police if isinstance(is_police, bool) else None,
        language=turn.language,
        seconds=max(0, round(seconds)),
        ticket=ticket,
    )


def _say_sent(turn: TurnBuilder, consultation: Consultation, ticket: str, *, is_young: bool) -> None:
    """The receipt, the dates, and what may be added: to hear the results, and the questions about oneself."""
    closes, decision = show_date(consultation.closes), show_date(consultation.decision_on)
    if ticket:
        turn.say(turn.words("survey.sent_ticket", ticket=ticket, closes=closes, decision=decision))
    else:
        now = turn.now.astimezone(LONDON)
        receipt = f"{show_date(now.date())} {now:%H:%M}"
        turn.say(turn.words("survey.sent", receipt=receipt, closes=closes, decision=decision))
    if turn.conversation.forms:
        filling.resume(turn)
    elif is_young:
        turn.put(turn.words("survey.young"), (turn.menu_button(),))
    else:
        turn.put(
            turn.words("survey.add"), more_buttons(turn, consultation, ("answers_results", "answers_about"))
        )


def more_buttons(turn: TurnBuilder, consultation: Consultation, names: tuple[str, ...]) -> tuple[Button, ...]:
    fitting = [n for n in names if n != "answers_about" or may_tell_more(turn, consultation)]
    return (*(button_of(turn, name, consultation) for name in fitting), turn.menu_button())


def want_results(turn: TurnBuilder, consultation: Consultation) -> None:
    if before_of(turn, consultation).response is None:
        turn.put(turn.words("survey.gone"), after(turn))
    else:
        turn.events.append(ResultsWanted(consultation.id))
        said = turn.words("survey.results_wanted", decision=show_date(consultation.decision_on))
        turn.put(said, more_buttons(turn, consultation, ("answers_about",)))
    filling.resume(turn)
