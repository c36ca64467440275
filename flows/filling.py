"""Filling in a form: asking, accepting, going back, reading back, sending. Works for any form."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flows.buttons import answer_payload
from flows.conversation import FormInHand
from flows.events import ConsentGiven, FormDropped, SubmissionFiled
from flows.forms import Form, FormField, Kind
from flows.messages import Button
from flows.questions import Answered, Asking, Unclear, read_entities, repeat, show
from flows.references import make_reference
from flows.texts import Said, fill
from flows.turn import TurnBuilder
from flows.understanding import Understanding

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
        _close(turn, held)
        turn.say(turn.words("form.gone"))
        return form_in_hand(turn)
    if held.version != form.version:
        known = {f.id for f in form.fields}
        answers = {k: v for k, v in held.answers.items() if k in known}
        held = replace(held, version=form.version, answers=answers, asked=None, partial=None, changing=False)
        _hold(turn, held)
    return form, held


def start_form(turn: TurnBuilder, form: Form, understanding: Understanding | None = None) -> None:
    """Begins a form with what the first message already said; an open one of the same kind goes on instead."""
    held = turn.conversation.in_hand
    if held is not None and held.form == form.id:
        ask(turn)
        return
    if held is not None and held.form in turn.content.forms:
        turn.say(turn.words("form.kept_one", thing=_capital(_thing(turn, turn.content.forms[held.form]))))
    fresh = FormInHand(form.id, form.version, {}, started_at=turn.now.isoformat())
    turn.conversation = replace(turn.conversation, forms=(*turn.conversation.forms, fresh), paused=False)
    translated = turn.content.texts.form(form.id, turn.language)
    turn.say(fill(translated.intro or form.intro, {}))
    fill_from_entities(turn, form, understanding)
    ask(turn)


def fill_from_entities(turn: TurnBuilder, form: Form, understanding: Understanding | None) -> None:
    """Answers every open question the message already answered, and says so."""
    held = turn.conversation.in_hand
    if held is None or understanding is None:
        return
    noted: list[FormField] = []
    for field in form.asked_fields(held.answers):
        if field.id in held.answers or not field.entity:
            continue
        found = understanding.get_all(field.entity)
        read = read_entities(asking_of(turn, field, None), found) if found else None
        if isinstance(read, Answered):
            held = replace(held, answers={**held.answers, field.id: read.value})
            noted.append(field)
        elif isinstance(read, Unclear) and read.partial and form.next_field(held.answers) is field:
            held = replace(held, partial=read.partial, asked=field.id)
    _hold(turn, held)
    if noted:
        shown = "; ".join(
            f"{_title(turn, form, f).lower()}: {_show(turn, form, f, held.answers[f.id])}" for f in noted
        )
        turn.say(turn.words("form.noted", noted=shown))


def asking_of(turn: TurnBuilder, field: FormField, partial: dict[str, Any] | None) -> Asking:
    return Asking(field, turn.now, turn.content.gazetteer, partial)


def ask(turn: TurnBuilder) -> None:
    """Puts the next open question of the form in hand, or the read-back where none is left."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    field = form.find_field(held.asked) if held.changing or held.partial else None
    if field is None or not form.is_asked(field, held.answers):
        field = form.next_field(held.answers)
    turn.next_step()
    if field is None:
        _hold(turn, replace(held, asked=None, partial=None, changing=False))
        _put_review(turn, form)
        return
    if held.asked != field.id:
        held = replace(held, failures=0, partial=None)
    _hold(turn, replace(held, asked=field.id))
    again = repeat(asking_of(turn, field, held.partial))
    if again is not None:
        _put_unclear(turn, form, field, again)
    else:
        _put_question(turn, form, field)


def accept(turn: TurnBuilder, field: FormField, value: Any) -> None:
    """Stores an answer (None: left out); the caller asks on."""
    current = form_in_hand(turn)
    if current is None:
        return
    _, held = current
    if held.changing:
        turn.say(turn.words("form.changed"))
    _hold(
        turn,
        replace(
            held,
            answers={**held.answers, field.id: value},
            failures=0,
            partial=None,
            changing=False,
            asked=None,
        ),
    )


def explain(turn: TurnBuilder, field: FormField, unclear: Unclear) -> None:
    """Says what would help; after two failures also how to get past the question."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    is_failure = unclear.partial is None
    failures = held.failures + 1 if is_failure else held.failures
    partial = held.partial if unclear.partial is None else (unclear.partial or None)
    _hold(turn, replace(held, asked=field.id, failures=failures, partial=partial))
    turn.next_step()
    _put_unclear(turn, form, field, unclear, stuck=is_failure and failures >= FAILURES_BEFORE_HELP)


def go_back(turn: TurnBuilder) -> None:
    """Asks the question before this one again; its old answer goes."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    before = [f for f in form.asked_fields(held.answers) if f.id in held.answers]
    if held.asked is not None and held.asked in held.answers:
        before = [f for f in before if f.id != held.asked]
    if not before:
        turn.say(turn.words("form.first"))
        ask(turn)
        return
    answers = {k: v for k, v in held.answers.items() if k != before[-1].id}
    _hold(turn, replace(held, answers=answers, asked=before[-1].id, partial=None, failures=0, changing=False))
    ask(turn)


def skip(turn: TurnBuilder) -> None:
    """Leaves the question out; photos or choices given so far are kept."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    field = form.find_field(held.asked)
    if field is None:
        ask(turn)
        return
    so_far = (held.partial or {}).get("photos") or (held.partial or {}).get("chosen")
    place = (held.partial or {}).get("place")
    if place and not place.get("outside"):
        so_far = place  # words without a town are better than none
    if field.required and so_far is None:
        turn.say(turn.words("form.required"))
        ask(turn)
        return
    accept(turn, field, so_far)
    ask(turn)


def change(turn: TurnBuilder, number: int | None) -> None:
    """From the read-back: asks the numbered answer again, or which one."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    fields = form.asked_fields(held.answers)
    if number is None:
        turn.next_step()
        buttons = tuple(
            Button(
                f"{n} {_title(turn, form, f)}",
                answer_payload(turn.conversation.step, f"change_{n}"),
                "CHANGE",
            )
            for n, f in enumerate(fields, 1)
        )
        turn.put(turn.words("form.which_change"), buttons)
        return
    if not 1 <= number <= len(fields):
        turn.say(turn.words("form.no_such_number", number=number))
        ask(turn)
        return
    _hold(turn, replace(held, asked=fields[number - 1].id, changing=True, partial=None, failures=0))
    ask(turn)


def confirm_drop(turn: TurnBuilder) -> None:
    """Asks before anything typed is thrown away."""
    current = form_in_hand(turn)
    if current is None:
        return
    turn.next_step()
    turn.conversation = replace(turn.conversation, confirming="drop")
    buttons = tuple(
        Button(turn.label(f"button.{name}"), answer_payload(turn.conversation.step, name))
        for name in ("drop_yes", "drop_no")
    )
    turn.put(turn.words("form.drop", thing=_thing(turn, current[0])), buttons)


def drop(turn: TurnBuilder) -> None:
    """Gives up the form in hand; one below it on the stack comes back."""
    held = turn.conversation.in_hand
    if held is None:
        return
    _close(turn, held)
    turn.say(turn.words("form.dropped"))
    resume(turn)


def resume(turn: TurnBuilder) -> None:
    """Back to the form in hand after something else ("Back to your report."); nothing where there is none."""
    current = form_in_hand(turn)
    if current is None:
        return
    turn.say(turn.words("form.back_to", thing=_thing(turn, current[0])))
    ask(turn)


def file(turn: TurnBuilder) -> None:
    """Sends the form: one SubmissionFiled, the consents given, and the reference to keep."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    if form.next_field(held.answers) is not None:
        ask(turn)
        return
    asked = {f.id: f for f in form.asked_fields(held.answers)}
    given = {k: v for k, v in held.answers.items() if k in asked and v is not None}
    consents = [v for k, v in given.items() if asked[k].kind is Kind.CONSENT]
    # What identifies a person is kept only where every consent the form has was asked and given.
    needs_consent = any(f.kind is Kind.CONSENT for f in form.fields)
    agreed = all(c["given"] for c in consents) and bool(consents or not needs_consent)
    place: dict[str, Any] = next((given[k] for k in given if asked[k].kind is Kind.PLACE), {})
    photos = [i for k in given if asked[k].kind is Kind.PHOTO for i in given[k]]
    reference = make_reference(form.prefix, turn.incoming.number)
    turn.events.append(
        SubmissionFiled(
            form=form.id,
            form_version=form.version,
            reference=reference,
            answers={k: _stored(asked[k], v) for k, v in given.items() if not asked[k].personal},
            personal={k: v for k, v in given.items() if asked[k].personal and agreed},
            attachments=tuple(photos),
            district=place.get("district"),
            latitude=place.get("latitude"),
            longitude=place.get("longitude"),
            certainty=place.get("certainty"),
        )
    )
    turn.events.extend(
        ConsentGiven(c["wording"], c["version"], turn.language) for c in consents if c["given"]
    )
    turn.conversation = replace(turn.conversation, forms=turn.conversation.forms[:-1])
    route = turn.content.find_route(given.get("land"), place.get("district"))
    done = turn.content.texts.form(form.id, turn.language).done or form.done
    turn.put(fill(done, {"reference": reference, "next": route.told if route else ""}))
    resume(turn)


def show_help(turn: TurnBuilder) -> None:
    """Why the question is asked and the words that work, then the question again."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    field = form.find_field(held.asked)
    if field is not None and field.why:
        translated = turn.content.texts.form(form.id, turn.language).fields.get(field.id)
        why = (translated.why if translated else "") or field.why
        turn.say(Said(why, why))
    turn.say(turn.words("form.help"))
    ask(turn)


def add_photo_ids(turn: TurnBuilder, ids: Sequence[str]) -> bool:
    """Keeps photos that came while another question is open; False where the form takes none."""
    current = form_in_hand(turn)
    if current is None:
        return False
    form, held = current
    field = next((f for f in form.asked_fields(held.answers) if f.kind is Kind.PHOTO), None)
    if field is None:
        return False
    kept = list(held.answers.get(field.id) or [])
    if len(kept) >= field.maximum:
        turn.say(turn.words("notice.photos_full", maximum=field.maximum))
        return True
    answers = {**held.answers, field.id: [*kept, *ids][: field.maximum]}
    _hold(turn, replace(held, answers=answers))
    turn.say(turn.words("notice.photo_added", thing=_thing(turn, form)))
    return True


def thing_in_hand(turn: TurnBuilder) -> str:
    """ "your report": what the form in hand is called; empty where there is none."""
    held = turn.conversation.in_hand
    form = turn.content.forms.get(held.form) if held else None
    return _thing(turn, form) if form else ""


def _put_question(turn: TurnBuilder, form: Form, field: FormField) -> None:
    words = turn.content.texts.form(form.id, turn.language).fields.get(field.id)
    ask_text = (words.ask if words else "") or field.ask
    ask_sms = (words.sms or words.ask if words else "") or field.sms or field.ask
    turn.put(
        Said(ask_text.strip(), ask_sms.strip()),
        _buttons_of(turn, form, field),
        wants_location=field.kind is Kind.PLACE,
        wants_photo=field.kind is Kind.PHOTO,
    )


def _put_unclear(
    turn: TurnBuilder, form: Form, field: FormField, unclear: Unclear, *, stuck: bool = False
) -> None:
    said = turn.words(unclear.key, **unclear.values)
    step = turn.conversation.step
    if unclear.choices:
        buttons = tuple(
            Button(
                turn.label(name) if name.startswith("button.") else name,
                answer_payload(step, value),
                "DONE" if value == "done" else "",
            )
            for value, name in unclear.choices
        )
    else:
        buttons = _buttons_of(turn, form, field)
    if stuck:
        said = said + turn.words("form.twice_required" if field.required else "form.twice")
        extra = [
            turn.menu_button(),
            turn.command("person"),
            *([turn.command("drop")] if field.required else []),
        ]
        known = {b.payload for b in buttons}
        buttons = (*buttons, *(b for b in extra if b.payload not in known))
    turn.put(
        said,
        buttons,
        wants_location=field.kind is Kind.PLACE and not unclear.choices,
        wants_photo=field.kind is Kind.PHOTO,
    )


def _buttons_of(turn: TurnBuilder, form: Form, field: FormField) -> tuple[Button, ...]:
    step = turn.conversation.step
    labels = _option_labels(turn, form, field)
    buttons: list[Button] = []
    if field.kind in (Kind.CHOICE, Kind.CHOICES):
        for option in field.options:
            shown = labels.get(option.value) or (
                (option.sms or option.label) if turn.is_sms else option.label
            )
            buttons.append(Button(shown, answer_payload(step, option.value)))
    elif field.kind in (Kind.YES_NO, Kind.CONSENT):
        buttons = [Button(turn.label(f"button.{v}"), answer_payload(step, v)) for v in ("yes", "no")]
    if not field.required and field.kind not in (Kind.YES_NO, Kind.CONSENT):
        buttons.append(turn.command("skip"))
    return tuple(buttons)


def _put_review(turn: TurnBuilder, form: Form) -> None:
    held = turn.conversation.in_hand
    assert held is not None
    lines, sms_lines = [], []
    for number, field in enumerate(form.asked_fields(held.answers), 1):
        value = held.answers.get(field.id)
        shown = _show(turn, form, field, value)
        lines.append(f"{number}. {_title(turn, form, field)}: {shown or turn.label('form.not_given')}")
        if shown:
            sms_lines.append(f"{number} {_title(turn, form, field)}: {shown}")
    top, how = turn.words("form.review"), turn.words("form.review_how")
    turn.put(
        Said(
            "\n".join([top.text, "", *lines, "", how.text]),
            "\n".join([top.sms, *sms_lines, how.sms]),
        ),
        (turn.command("send"), turn.command("change"), turn.command("drop")),
    )


def _show(turn: TurnBuilder, form: Form, field: FormField, value: Any) -> str:
    if field.kind is Kind.YES_NO and isinstance(value, bool):
        return turn.label("button.yes" if value else "button.no")
    if field.kind is Kind.CONSENT and isinstance(value, dict):
        return turn.label("button.yes" if value["given"] else "button.no")
    return show(field, value, sms=turn.is_sms, labels=_option_labels(turn, form, field))


def _stored(field: FormField, value: Any) -> Any:
    """An answer as the record keeps it: a place without what has columns of its own, photos as their number."""
    if field.kind is Kind.PHOTO:
        return len(value)
    if field.kind is Kind.PLACE:
        return {k: value[k] for k in ("text", "name", "postcode", "outside") if k in value}
    return value


def _option_labels(turn: TurnBuilder, form: Form, field: FormField) -> dict[str, str]:
    words = turn.content.texts.form(form.id, turn.language).fields.get(field.id)
    return dict(words.options) if words else {}


def _title(turn: TurnBuilder, form: Form, field: FormField) -> str:
    words = turn.content.texts.form(form.id, turn.language).fields.get(field.id)
    return (words.title if words else "") or field.title


def _thing(turn: TurnBuilder, form: Form) -> str:
    return form.thing


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _hold(turn: TurnBuilder, held: FormInHand) -> None:
    turn.conversation = turn.conversation.with_form(held)


def _close(turn: TurnBuilder, held: FormInHand) -> None:
    form = turn.content.forms.get(held.form)
    photos = (
        [i for f in form.fields if f.kind is Kind.PHOTO for i in held.answers.get(f.id) or []] if form else []
    )
    photos += (held.partial or {}).get("photos", [])
    turn.events.append(FormDropped(held.form, tuple(photos)))
    turn.conversation = replace(turn.conversation, forms=turn.conversation.forms[:-1], confirming="")
