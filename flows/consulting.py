"""Consultations in the conversation: what is open, answering, changing or taking back, and the equality questions.

The questions themselves are a form (flows/consultations.py) and asked as any form is.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin

from flows import answers, filling
from flows.areas import read_area_certain
from flows.asking import asking_of
from flows.buttons import go_payload
from flows.closing import close
from flows.code_kinds import TICKET_PREFIX
from flows.consultations import Consultation, State, draw_orders, state
from flows.conversation import FormInHand
from flows.county import LONDON
from flows.events import EqualityGiven, ResponseGiven, ResponseWithdrawn, ResultsWanted, TryFailed
from flows.facts import (
    ConsultationsNeeded,
    HeldResponse,
    OpenConsultation,
    ResponseFacts,
    ResponseNeeded,
    show_date,
)
from flows.forms import Form, FormField, Kind
from flows.messages import Button
from flows.references import find_reference, make_reference
from flows.texts import fill
from flows.turn import TurnBuilder

LABEL = "give_feedback"
RESULTS = "ask_consultation_results"
MOST_TOLD = 3
_TICKET = re.compile(rf"{TICKET_PREFIX}[\s\-]*(?=.*\d)[0-9A-Z]{{4}}[\s\-]*[0-9A-Z]{{3}}[.!]?")
_FREE = frozenset({Kind.TEXT, Kind.NAME})


def press(turn: TurnBuilder, label: str) -> bool:
    """A button or label of these; False for the label of another, or where there is nothing to say."""
    if label == LABEL:
        return _put_open(turn)
    if label == RESULTS:
        return _tell_results(turn)
    form = turn.content.find_form_by_label(label)
    if form is not None and (form.consultation or form.equality):
        begin(turn, form)
        return True
    name, _, id = label.partition("/")
    if name not in _ACTS or id not in turn.content.consultations:
        return False
    _ACTS[name](turn, turn.content.consultations[id])
    return True


def title_of(turn: TurnBuilder, label: str) -> str | None:
    """What the button of one of these says; None for the label of another."""
    name, _, id = label.partition("/")
    return turn.label(f"button.{name}") if name in _ACTS and id else None


# --- what is open ------------------------------------------------------------------------------------------------


def _put_open(turn: TurnBuilder) -> bool:
    """The open consultations as buttons; False where there is none."""
    now_open = [c for c in turn.content.consultations.values() if _state(turn, c) is State.OPEN]
    if not now_open:
        return False
    buttons = [turn.go(_form(turn, c).label) for c in sorted(now_open, key=lambda c: c.closes)]
    said = turn.words("survey.choose")
    shown = turn.fitting(said, [b for b in buttons if b is not None])
    turn.put(said, (*shown, *answers.lay_over_form(turn)))
    return True


def _tell_results(turn: TurnBuilder) -> bool:
    """What came of the closed ones; False where none is closed."""
    record = {c.id: c for c in _record(turn)}
    closed = [
        c for c in turn.content.consultations.values() if c.id in record and _state(turn, c) is State.CLOSED
    ]
    if not closed:
        return False
    *before, last = sorted(closed, key=lambda c: c.closes)[-MOST_TOLD:]
    for consultation in before:
        turn.say(_words_of_results(turn, consultation, record[consultation.id]))
    turn.put(_words_of_results(turn, last, record[last.id]), answers.after_answer(turn))
    filling.resume(turn)
    return True


def _words_of_results(turn: TurnBuilder, consultation: Consultation, opened: OpenConsultation) -> Any:
    title = _title(turn, consultation)
    if opened.results:
        return turn.words("survey.results", title=title, link=_link(turn, opened))
    return turn.words("survey.results_due", title=title, decision=show_date(consultation.decision_on))


def _link(turn: TurnBuilder, opened: OpenConsultation) -> str:
    return urljoin(f"{turn.content.public_url.rstrip('/')}/", opened.results)


def _record(turn: TurnBuilder) -> tuple[OpenConsultation, ...]:
    found: tuple[OpenConsultation, ...] = turn.fact(ConsultationsNeeded())
    return found


def _state(turn: TurnBuilder, consultation: Consultation) -> State:
    opened = next((c for c in _record(turn) if c.id == consultation.id), None)
    return state(consultation, opened, _today(turn))


def _today(turn: TurnBuilder) -> date:
    return turn.now.astimezone(LONDON).date()


def _say_shut(turn: TurnBuilder, consultation: Consultation, stands: State) -> None:
    """When it opens, or when it closed and when the decision is due."""
    title = _title(turn, consultation)
    if stands is State.CLOSED:
        opened = next((c for c in _record(turn) if c.id == consultation.id), None)
        if opened is not None and opened.results:
            said = turn.words("survey.results", title=title, link=_link(turn, opened))
        else:
            closed, decision = show_date(consultation.closes), show_date(consultation.decision_on)
            early = _today(turn) <= consultation.closes
            said = (
                turn.words("survey.closed_early", title=title, decision=decision)
                if early
                else turn.words("survey.closed", title=title, closed=closed, decision=decision)
            )
    elif _today(turn) < consultation.opens:
        said = turn.words("survey.opens", title=title, opens=show_date(consultation.opens))
    else:
        said = turn.words("survey.not_open", title=title)
    turn.put(said, answers.after_answer(turn))
    filling.resume(turn)


# --- beginning ---------------------------------------------------------------------------------------------------


def begin(turn: TurnBuilder, form: Form, given: dict[str, Any] | None = None) -> None:
    """Begins a consultation, or goes on with it; of one answered before: to change that or take it back."""
    consultation = turn.content.consultations.get(form.consultation)
    if consultation is None:  # the equality questions are not asked alone
        turn.say(turn.words("survey.about_later"))
        answers.ask_or_menu(turn)
        return
    stands = _state(turn, consultation)
    if stands is not State.OPEN:
        _say_shut(turn, consultation, stands)
        return
    forms = turn.conversation.forms
    open_one = next((f for f in forms if f.form == form.id), None)
    if open_one is not None:
        others = tuple(f for f in forms if f is not open_one)
        turn.conversation = replace(
            turn.conversation, forms=(*others, open_one), paused=False, browsing=False, confirming=""
        )
        filling.resume(turn)
        return
    before = _before(turn, consultation)
    if before.response is not None:
        _put_answered(turn, consultation, before.response)
    elif _is_elsewhere(turn, consultation, before):
        turn.put(turn.words("survey.ticket_needed"), answers.after_answer(turn))
        filling.resume(turn)
    else:
        _start(turn, form, consultation, given or {})


def begin_with_place(turn: TurnBuilder, said: str) -> bool:
    """A consultation's keyword with where somebody lives after it ("police tax cv34"), as a poster may ask for."""
    for keyword, label in turn.content.keywords.items():
        form = turn.content.find_form_by_label(label) if said.startswith(f"{keyword} ") else None
        consultation = turn.content.consultations.get(form.consultation) if form is not None else None
        if form is None or consultation is None:
            continue
        field = form.find_field(consultation.about.district)
        if field is None:
            return False
        read = read_area_certain(asking_of(turn, form, field, None), said.removeprefix(f"{keyword} "))
        if read is None:
            return False
        begin(turn, form, {field.id: read.value})
        return True
    return False


def _start(
    turn: TurnBuilder,
    form: Form,
    consultation: Consultation,
    given: dict[str, Any],
    *,
    before: HeldResponse | None = None,
) -> None:
    """Begins the form; with the answers `before` it begins at their read-back, each question in the order it had."""
    if turn.conversation.forms:
        turn.say(turn.words("form.kept_one", thing=filling.thing_in_hand(turn)))
    turn.conversation = replace(
        turn.conversation,
        forms=(*turn.conversation.forms, _fresh(turn, form, given, before.orders if before else {})),
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
    filling.ask(turn)


def _fresh(
    turn: TurnBuilder, form: Form, given: dict[str, Any], orders: dict[str, list[str]] | None = None
) -> FormInHand:
    return FormInHand(
        form.id,
        form.version,
        dict(given),
        started_at=turn.now.isoformat(),
        orders={**draw_orders(form, turn.incoming.number), **(orders or {})},
    )


# --- answered before ---------------------------------------------------------------------------------------------


def _before(turn: TurnBuilder, consultation: Consultation) -> ResponseFacts:
    ticket = turn.conversation.tickets.get(consultation.id, "") if consultation.is_anonymous else ""
    found: ResponseFacts = turn.fact(ResponseNeeded(consultation.id, ticket))
    return found


def _is_elsewhere(turn: TurnBuilder, consultation: Consultation, before: ResponseFacts) -> bool:
    """Whether a ticket was given to this person that this chat does not hold."""
    return (
        consultation.is_anonymous and before.had_ticket and consultation.id not in turn.conversation.tickets
    )


def _put_answered(turn: TurnBuilder, consultation: Consultation, held: HeldResponse) -> None:
    said = turn.words(
        "survey.answered",
        title=_title(turn, consultation),
        day=show_date(held.answered_on),
        closes=show_date(consultation.closes),
    )
    buttons = tuple(_button(turn, name, consultation) for name in ("answers_change", "answers_withdraw"))
    turn.put(said, (*buttons, *answers.lay_over_form(turn)))


def _change(turn: TurnBuilder, consultation: Consultation) -> None:
    """The answers that stand, read back to be changed."""
    held = _held_while_open(turn, consultation)
    if held is None:
        return
    form = _form(turn, consultation)
    given = {field.id: _given_before(turn, field, held) for field in form.fields}
    _start(turn, form, consultation, given, before=held)


def _withdraw(turn: TurnBuilder, consultation: Consultation) -> None:
    held = _held_while_open(turn, consultation)
    if held is None:
        return
    turn.events.append(ResponseWithdrawn(consultation.id, turn.conversation.tickets.get(consultation.id, "")))
    turn.put(
        turn.words("survey.withdrawn", closes=show_date(consultation.closes)), answers.after_answer(turn)
    )
    filling.resume(turn)


def _held_while_open(turn: TurnBuilder, consultation: Consultation) -> HeldResponse | None:
    """The answers that stand, where they may still be changed; else it is said why not."""
    stands = _state(turn, consultation)
    if stands is not State.OPEN:
        _say_shut(turn, consultation, stands)
        return None
    held = _before(turn, consultation).response
    if held is None:
        turn.put(turn.words("survey.gone"), answers.after_answer(turn))
        filling.resume(turn)
    return held


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
        turn.put(turn.words("code.locked"), answers.after_answer(turn))
        filling.resume(turn)
        return True
    found = _find_by_ticket(turn, ticket) if ticket is not None else None
    if ticket is None or found is None:
        turn.events.append(TryFailed("code"))
        turn.put(turn.words("survey.no_ticket"), answers.after_answer(turn))
        filling.resume(turn)
        return True
    consultation, held = found
    tickets = {**turn.conversation.tickets, consultation.id: ticket}
    turn.conversation = replace(turn.conversation, tickets=tickets)
    stands = _state(turn, consultation)
    if stands is State.OPEN:
        _put_answered(turn, consultation, held)
    else:
        _say_shut(turn, consultation, stands)
    return True


def _find_by_ticket(turn: TurnBuilder, ticket: str) -> tuple[Consultation, HeldResponse] | None:
    for consultation in turn.content.consultations.values():
        if not consultation.is_anonymous or _state(turn, consultation) is State.NOT_OPEN:
            continue
        facts: ResponseFacts = turn.fact(ResponseNeeded(consultation.id, ticket))
        if facts.response is not None:
            return consultation, facts.response
    return None


# --- sending -----------------------------------------------------------------------------------------------------


def send(turn: TurnBuilder, form: Form, held: FormInHand) -> None:
    """The answers, once they were read back and agreed; nothing of them where it closed in the meantime."""
    if form.equality:
        _send_equality(turn, form, held)
        return
    consultation = turn.content.consultations[form.consultation]
    stands = _state(turn, consultation)
    before = _before(turn, consultation) if stands is State.OPEN else ResponseFacts()
    if stands is not State.OPEN or _is_elsewhere(turn, consultation, before):
        close(turn, held)
        if stands is State.OPEN:
            turn.put(turn.words("survey.ticket_needed"), answers.after_answer(turn))
            filling.resume(turn)
        else:
            turn.say(turn.words("survey.too_late"))
            _say_shut(turn, consultation, stands)
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
        turn.put(turn.words("survey.add"), _more(turn, consultation, ("answers_results", "answers_about")))


def _more(turn: TurnBuilder, consultation: Consultation, names: tuple[str, ...]) -> tuple[Button, ...]:
    fitting = [n for n in names if n != "answers_about" or _may_tell_more(turn, consultation)]
    return (*(_button(turn, name, consultation) for name in fitting), turn.menu_button())


def _may_tell_more(turn: TurnBuilder, consultation: Consultation) -> bool:
    return turn.content.equality is not None and consultation.id not in turn.conversation.told_equality


def _want_results(turn: TurnBuilder, consultation: Consultation) -> None:
    if _before(turn, consultation).response is None:
        turn.put(turn.words("survey.gone"), answers.after_answer(turn))
    else:
        turn.events.append(ResultsWanted(consultation.id))
        said = turn.words("survey.results_wanted", decision=show_date(consultation.decision_on))
        turn.put(said, _more(turn, consultation, ("answers_about",)))
    filling.resume(turn)


# --- the equality questions --------------------------------------------------------------------------------------


def _begin_about(turn: TurnBuilder, consultation: Consultation) -> None:
    """The questions about oneself: only after the answers were sent, once, and of nobody."""
    form = turn.content.equality
    if form is None or not _may_tell_more(turn, consultation) or _before(turn, consultation).response is None:
        turn.put(turn.words("survey.gone"), answers.after_answer(turn))
        filling.resume(turn)
        return
    others = tuple(f for f in turn.conversation.forms if f.form != form.id)
    fresh = replace(_fresh(turn, form, {}), about=consultation.id)
    turn.conversation = replace(
        turn.conversation, forms=(*others, fresh), paused=False, browsing=False, confirming=""
    )
    turn.say(fill(turn.content.texts.form(form.id, turn.language).intro or form.intro, {}))
    filling.ask(turn)


def _send_equality(turn: TurnBuilder, form: Form, held: FormInHand) -> None:
    asked = form.asked_fields(held.answers)
    given = {f.id: held.answers[f.id] for f in asked if held.answers.get(f.id) is not None}
    turn.events.append(EqualityGiven(held.about, given))
    turn.conversation = replace(
        turn.conversation,
        forms=turn.conversation.forms[:-1],
        told_equality=(*turn.conversation.told_equality, held.about),
    )
    turn.put(turn.words("survey.about_sent"), answers.after_answer(turn))
    filling.resume(turn)


# --- small parts -------------------------------------------------------------------------------------------------

_ACTS: dict[str, Callable[[TurnBuilder, Consultation], None]] = {
    "answers_change": _change,
    "answers_withdraw": _withdraw,
    "answers_results": _want_results,
    "answers_about": _begin_about,
}


def _form(turn: TurnBuilder, consultation: Consultation) -> Form:
    return next(f for f in turn.content.forms.values() if f.consultation == consultation.id)


def _title(turn: TurnBuilder, consultation: Consultation) -> str:
    return turn.content.title_of(_form(turn, consultation).label, turn.language) or consultation.title


def _button(turn: TurnBuilder, name: str, consultation: Consultation) -> Button:
    return Button(turn.label(f"button.{name}"), go_payload(f"{name}/{consultation.id}"))
