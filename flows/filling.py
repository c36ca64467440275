"""Filling in a form: asking, accepting, skipping, going back, changing, giving up. Works for any form."""

from dataclasses import replace
from typing import Any

from flows.asking import (
    asking_of,
    offering,
    put_question,
    put_review,
    put_unclear,
    put_which_change,
    say_note,
    translated,
)
from flows.buttons import answer_payload
from flows.choices import press_option
from flows.closing import close, erase
from flows.consultations import draw_orders
from flows.conversation import FormInHand
from flows.forms import Ending, Form, FormField, Kind
from flows.known_sites import ANOTHER, answer_of, ask_about_next, ask_about_site, without_site
from flows.messages import Button
from flows.moderating import clean_place, settle_rephrase
from flows.photo_offer import put_photo_offer
from flows.questions import repeat
from flows.reading import Unclear
from flows.stored_answers import is_stored_well
from flows.texts import Said, fill
from flows.turn import TurnBuilder

FAILURES_BEFORE_HELP = 2


def form_in_hand(turn: TurnBuilder) -> tuple[Form, FormInHand] | None:
    """The form being filled in, brought to its present version; None where there is none.

    A form that is no longer in use is closed with a word of regret.
    """
    held = turn.conversation.in_hand
    if held is None:
        return None
    form = turn.content.forms.get(held.form)
    if form is None:
        close(turn, held)
        turn.say(turn.words("form.gone"))
        return form_in_hand(turn)
    if form.consultation and held.version != form.version:
        held = _bring_over(turn, form, held)
        hold(turn, held)
    fields = {f.id: f for f in form.fields}
    answers = {k: v for k, v in held.answers.items() if k in fields and is_stored_well(fields[k], v)}
    if held.version != form.version or answers != held.answers:
        held = replace(held, version=form.version, answers=answers, asked=None, partial=None, changing=False)
        hold(turn, held)
    return form, held


def _bring_over(turn: TurnBuilder, form: Form, held: FormInHand) -> FormInHand:
    """The form as it is asked now, with the answers to what is asked as before: of another question they are none."""
    earlier = turn.content.earlier.get((form.id, held.version))
    same = {f.id for f in form.fields if earlier is not None and earlier.find_field(f.id) == f}
    answers = {id: answer for id, answer in held.answers.items() if id in same}
    orders = {id: order for id, order in held.orders.items() if id in same}
    turn.say(turn.words("survey.asked_again") if answers else turn.words("survey.asked_anew"))
    turn.asked_anew = True
    drawn = draw_orders(form, turn.incoming.number)
    return FormInHand(form.id, form.version, answers, started_at=held.started_at, orders={**drawn, **orders})


def ask(turn: TurnBuilder) -> None:
    """Puts the next open question of the form in hand, or the read-back where none is left."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    ending = form.find_ending(held.answers)
    if ending is not None:
        _end(turn, form, held, ending)
        return
    field = form.find_field(held.asked) if held.changing or held.partial else None
    if field is None or not form.is_asked(field, held.answers):
        held, field = _find_open(turn, form, held)
    elif field.kind is Kind.SITE:
        held = ask_about_site(turn, form, held, field)
    turn.next_step()
    turn.conversation = replace(turn.conversation, paused=False, browsing=False, confirming="")
    if field is None:
        turn.sends_form = held.sends
        held = replace(held, asked=None, partial=None, changing=False, sends=False)
        hold(turn, held)
        if not turn.sends_form and not put_photo_offer(turn, form, None):
            put_review(turn, form, held)
        return
    if held.asked != field.id:
        held = replace(held, failures=0, partial=None)
    if field.kind is Kind.SITE and not held.partial:  # staff closed it since it was asked about
        hold(turn, replace(held, changing=False, asked=None))
        ask(turn)
        return
    hold(turn, replace(held, asked=field.id, sends=False))
    if put_photo_offer(turn, form, field):
        return
    again = repeat(asking_of(turn, form, field, held.partial))
    if again is not None:
        put_unclear(turn, form, field, again)
    else:
        if _is_to_send(turn, form, held, field):
            hold(turn, replace(held, asked=field.id, sends=True))
            turn.say(turn.words("survey.last"))
        put_question(turn, form, field)


def _is_to_send(turn: TurnBuilder, form: Form, held: FormInHand, field: FormField) -> bool:
    """Whether a survey's answers go off with this one. By text a read-back would cost a message more, so that fewer
    would come to the end; they can be read back and changed until it closes.
    """
    if not (turn.is_sms and form.consultation) or held.changing:
        return False
    leads_on = any(field.id in other.when for other in form.fields)
    return not leads_on and form.next_field({**held.answers, field.id: None}, turn.incoming.channel) is None


def _end(turn: TurnBuilder, form: Form, held: FormInHand, ending: Ending) -> None:
    """Closes a form unsent, for who cannot send it or would rather not; of a child nothing is kept."""
    at = form.ends.index(ending)
    translated = turn.content.texts.form(form.id, turn.language).ends
    said = fill(translated[at] if at < len(translated) else ending.say, {})
    if ending.forget and not turn.person().has_more():
        turn.say(said)
        erase(turn, reason="under_13", key="forget.child")
        return
    close(turn, held)
    turn.put(said, () if turn.conversation.forms else (turn.menu_button(),))
    resume(turn)


def _find_open(turn: TurnBuilder, form: Form, held: FormInHand) -> tuple[FormInHand, FormField | None]:
    """The next open question; one that leaves no choice is answered with the only option there is."""
    while (field := form.next_field(held.answers, turn.incoming.channel)) is not None:
        if field.kind is Kind.SITE:
            held = ask_about_site(turn, form, held, field)
            hold(turn, held)
            if field.id not in held.answers:
                break
            continue
        only = offering(turn, form, field).options
        if not (field.required and field.options and len(only) == 1):
            break
        value: Any = only[0].value if field.kind is Kind.CHOICE else [only[0].value]
        held = replace(held, answers={**held.answers, field.id: value})
        hold(turn, held)
    return held, field


def accept(turn: TurnBuilder, field: FormField, value: Any) -> None:
    """Stores an answer (None: left out); the caller asks on."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    another = ask_about_next(turn, form, held) if field.kind is Kind.SITE and value == ANOTHER else None
    if another is not None:
        hold(turn, another)
        return
    if held.changing:
        turn.say(turn.words("form.changed"))
    settle_rephrase(turn, form, held, value)
    if field.kind is Kind.SITE:
        value = answer_of(held, value)
    value = clean_place(turn, form, field.kind, value)
    say_note(turn, form, field, value)
    answers = without_site(form, held.answers) if field.kind is Kind.PLACE else held.answers
    answers = {**answers, field.id: value}
    hold(turn, replace(held, answers=answers, failures=0, partial=None, changing=False, asked=None))
    settle(turn, form)


def settle(turn: TurnBuilder, form: Form) -> None:
    """Takes back answers that a later one closes (too young for this scheme), and says so."""
    held = turn.conversation.in_hand
    if held is None or held.form != form.id:
        return
    answers = dict(held.answers)
    for field in form.fields:
        chosen = answers.get(field.id)
        if not field.options or chosen is None:
            continue
        values = chosen if isinstance(chosen, list) else [chosen]
        chosen_options = [field.get_option(v) for v in values if field.has_option(v)]
        shut = [option for option in chosen_options if form.is_shut(option, answers)]
        words = translated(turn, form, field).otherwise
        for option in shut:
            said = words.get(option.value) or option.otherwise
            if said is not None:
                turn.say(fill(said, {}))
        if shut:
            left = [v for v in values if v not in {option.value for option in shut}]
            if isinstance(chosen, list) and left:
                answers[field.id] = left
            else:
                del answers[field.id]
    hold(turn, replace(held, answers=answers))


def explain(turn: TurnBuilder, field: FormField, unclear: Unclear) -> None:
    """Says what would help; after two failures also how to get past the question."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    is_failure = unclear.partial is None
    failures = held.failures + 1 if is_failure else held.failures
    partial = held.partial if unclear.partial is None else (unclear.partial or None)
    hold(turn, replace(held, asked=field.id, failures=failures, partial=partial))
    turn.next_step()
    turn.conversation = replace(turn.conversation, paused=False, browsing=False, confirming="")
    # The ways past the question stay from the second failure on; the words about them are said once.
    put_unclear(
        turn,
        form,
        field,
        unclear,
        stuck=failures >= FAILURES_BEFORE_HELP,
        just_stuck=is_failure and failures == FAILURES_BEFORE_HELP,
    )


def go_back(turn: TurnBuilder) -> None:
    """Asks the question before this one again; its old answer goes. From a change: back to the read-back."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    if held.changing:
        hold(turn, replace(held, changing=False, asked=None, partial=None, failures=0))
        ask(turn)
        return
    door = turn.incoming.channel
    asked = [f for f in form.asked_fields(held.answers) if f.is_asked_on(door)]
    at = next((i for i, f in enumerate(asked) if f.id == held.asked), len(asked))
    before = [f for f in asked[:at] if f.id in held.answers]
    if not before:
        turn.say(turn.words("form.first"))
        ask(turn)
        return
    answers = {k: v for k, v in held.answers.items() if k != before[-1].id}
    hold(turn, replace(held, answers=answers, asked=before[-1].id, partial=None, failures=0))
    ask(turn)


def skip(turn: TurnBuilder) -> None:
    """Leaves the question out; photos, choices or a place given so far are kept."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    field = form.find_field(held.asked)
    if field is None:
        ask(turn)
        return
    partial = held.partial or {}
    so_far = partial.get("photos") or partial.get("chosen")
    place = partial.get("place")
    if place and not place.get("outside"):
        so_far = place  # words without a town are better than none
    if field.required and so_far is None:
        if held.failures + 1 >= FAILURES_BEFORE_HELP:
            explain(turn, field, Unclear("form.required"))
            return
        turn.say(turn.words("form.required"))
        hold(turn, replace(held, failures=held.failures + 1))
        ask(turn)
        return
    accept(turn, field, so_far)
    ask(turn)


def finish(turn: TurnBuilder) -> None:
    """ "Done": what was chosen so far is the answer, where it is enough."""
    current = form_in_hand(turn)
    field = current[0].find_field(current[1].asked) if current is not None else None
    chosen = (current[1].partial or {}).get("chosen") if current is not None else None
    if current is not None and field is not None and chosen and len(chosen) < field.fewest:
        asking = asking_of(turn, current[0], field, current[1].partial)
        read = press_option(asking, "done")
        if isinstance(read, Unclear):
            explain(turn, field, read)
            return
    skip(turn)


def change(turn: TurnBuilder, number: int | None) -> None:
    """From the read-back: asks the numbered answer again, or which one."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    fields = form.asked_fields(held.answers)
    if number is None:
        put_which_change(turn, form, held)
        return
    if not 1 <= number <= len(fields):
        turn.say(turn.words("form.no_such_number", number=number))
        ask(turn)
        return
    hold(turn, replace(held, asked=fields[number - 1].id, changing=True, partial=None, failures=0))
    ask(turn)


def confirm(turn: TurnBuilder, what: str) -> None:
    """Asks before anything typed is thrown away; `what` is "drop" or "stop"."""
    turn.next_step()
    turn.conversation = replace(turn.conversation, confirming=what, paused=False, browsing=False)
    buttons = tuple(
        Button(
            turn.label(f"button.{what}_{answer}"), answer_payload(turn.conversation.step, f"{what}_{answer}")
        )
        for answer in ("yes", "no")
    )
    turn.put(turn.words(f"form.{what}", thing=thing_in_hand(turn)), buttons)


def drop(turn: TurnBuilder) -> None:
    """Gives up the form in hand; one below it on the stack comes back."""
    held = turn.conversation.in_hand
    if held is None:
        return
    close(turn, held)
    turn.say(turn.words("form.dropped"))
    resume(turn)


def resume(turn: TurnBuilder) -> None:
    """Back to the form in hand after something else ("Back to your report."); nothing where there is none."""
    if form_in_hand(turn) is None:
        return
    turn.say(turn.words("form.back_to", thing=thing_in_hand(turn)))
    ask(turn)


def show_help(turn: TurnBuilder) -> None:
    """Why the question is asked and the words that work, then the question again."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    field = form.find_field(held.asked)
    if field is not None and field.why:
        words = turn.content.texts.form(form.id, turn.language).fields.get(field.id)
        why = (words.why if words else "") or field.why
        turn.say(Said(why, why))
    turn.say(turn.words("form.help"))
    ask(turn)


def thing_in_hand(turn: TurnBuilder) -> str:
    """ "your report": what the form in hand is called; empty where there is none."""
    held = turn.conversation.in_hand
    form = turn.content.forms.get(held.form) if held else None
    if form is None:
        return ""
    return turn.content.texts.form(form.id, turn.language).thing or form.thing


def read_back_first(turn: TurnBuilder) -> None:
    """For who comes back another day: that the next answer sends all the others is no longer before their eyes."""
    held = turn.conversation.in_hand
    if held is not None and held.sends:
        hold(turn, replace(held, sends=False))


def hold(turn: TurnBuilder, held: FormInHand) -> None:
    turn.conversation = turn.conversation.with_form(held)
