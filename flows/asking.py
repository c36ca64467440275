"""Putting a form's questions into words and buttons, and its answers back into words for the read-back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flows.buttons import answer_payload
from flows.conversation import FormInHand
from flows.facts import show_date
from flows.forms import Form, FormField, Kind, Option
from flows.messages import Button, Reply
from flows.reading import Asking, Unclear
from flows.stages import stage_key
from flows.stored_answers import show
from flows.texts import FieldWordings, Said, Wording, fill
from flows.turn import TurnBuilder, fits_two_texts

LONGEST_SHOWN_ON_SMS = 60


def asking_of(turn: TurnBuilder, form: Form, field: FormField, partial: dict[str, Any] | None) -> Asking:
    words = turn.content.texts.words(turn.language)
    labels = labels_of(turn, form, field)
    offered = offering(turn, form, field)
    content = turn.content
    screening = content.screening if form.screened else None
    gazetteer = content.gazetteer.told_of(turn.incoming.points)
    return Asking(offered, turn.now, gazetteer, words, partial, labels, content.landmarks, screening)


def offering(turn: TurnBuilder, form: Form, field: FormField) -> FormField:
    """The question with the options that are open: by what was answered, and by what the person holds."""
    held = turn.conversation.in_hand
    if not field.options or held is None:
        return field
    options = form.open_options(field, held.answers)
    order = held.orders.get(field.id)
    if order:
        options = tuple(
            sorted(options, key=lambda o: order.index(o.value) if o.value in order else len(order))
        )
    if field.held:
        schemes = {m.scheme for m in turn.person().memberships}
        options = tuple(o for o in options if o.value in schemes)
    return field if options == field.options else field.model_copy(update={"options": options})


def put_question(turn: TurnBuilder, form: Form, field: FormField) -> None:
    words = translated(turn, form, field)
    ask_text = words.ask or field.ask
    ask_sms = words.sms or words.ask or field.sms or field.ask
    alone = words.alone if words.ask else field.alone
    held = turn.conversation.in_hand
    if alone is not None and held is not None and field.together in held.answers:
        ask_text, ask_sms = alone.text, alone.sms or alone.text
    if field.kind is Kind.SITE and held is not None:
        said = fill(Wording(text=ask_text, sms=ask_sms), site_values(turn, held))
        ask_text, ask_sms = said.text, said.sms
    if field.kind is Kind.BUDGET:
        shown = _shares_of(turn, form, field)
        ask_text, ask_sms = f"{ask_text.strip()}\n{shown}", f"{ask_sms.strip()}\n{shown}"
    turn.put(
        Said(ask_text.strip(), ask_sms.strip()),
        _buttons_of(turn, form, field),
        wants_location=field.kind is Kind.PLACE,
        wants_photo=field.kind is Kind.PHOTO,
    )


def put_unclear(
    turn: TurnBuilder,
    form: Form,
    field: FormField,
    unclear: Unclear,
    *,
    stuck: bool = False,
    just_stuck: bool = False,
) -> None:
    """What would help with the answer; `stuck` adds the ways past the question, `just_stuck` words about them."""
    said = turn.words(unclear.key, **unclear.values)
    if unclear.choices:
        buttons = tuple(_choice_button(turn, value, name) for value, name in unclear.choices)
        if unclear.may_skip and not field.required:
            buttons = (*buttons, turn.command("skip"))
    elif unclear.may_skip:
        label = "button.not_known" if field.kind is Kind.PLACE else "button.skip"
        buttons = (turn.command("skip", label=label),)
    else:
        buttons = _buttons_of(turn, form, field)
    if just_stuck:
        said = said + turn.words("form.twice_required" if field.required else "form.twice")
    if stuck and (unclear.may_skip or not unclear.choices):
        extra = [turn.menu_button(), turn.command("person")]
        extra = [*extra, turn.command("drop")] if field.required else [turn.command("skip"), *extra]
        known = {b.payload for b in buttons}
        buttons = (*buttons, *(b for b in extra if b.payload not in known))
    turn.put(
        said,
        buttons,
        wants_location=field.kind is Kind.PLACE and not unclear.choices,
        wants_photo=field.kind is Kind.PHOTO,
    )


def put_review(turn: TurnBuilder, form: Form, held: FormInHand) -> None:
    """The read-back: every answer by number. On SMS what was left out is not listed, and long answers are cut."""
    lines, sms_lines = [], []
    is_refused = any(
        isinstance(v, dict) and v.get("given") is False and form.is_asked(form.get_field(k), held.answers)
        for k, v in held.answers.items()
    )
    for number, field in enumerate(form.asked_fields(held.answers), 1):
        shown = show_answer(turn, form, field, form.answer_of(field, held.answers))
        if shown and field.personal and is_refused:
            shown = turn.label("form.not_kept")
        title = title_of(turn, form, field)
        lines.append(f"{number}. {title}: {shown or turn.label('form.not_given')}")
        if shown:
            sms_lines.append(f"{number} {title}: {_cut(shown)}")
    top, how = turn.words("form.review"), turn.words("form.review_how")
    buttons = (turn.command("send"), turn.command("change"), turn.command("drop"))
    if turn.is_sms:
        below = Reply("", buttons, how.sms).to_sms().removeprefix(how.sms)
        *before, last = _texts_of([top.sms, *sms_lines, how.sms + below])
        for text in before:
            turn.put(Said(text, text))
        last = last.removesuffix(below)
        turn.put(Said(last, last), buttons)
    else:
        text = "\n".join([top.text, "", *lines, "", how.text])
        turn.put(Said(text, text), buttons)


def put_which_change(turn: TurnBuilder, form: Form, held: FormInHand) -> None:
    """Which answer to change: buttons, or on SMS a number of the list just read."""
    turn.next_step()
    step = turn.conversation.step
    buttons = tuple(
        Button(f"{n} {title_of(turn, form, f)}", answer_payload(step, f"change_{n}"), "CHANGE")
        for n, f in enumerate(form.asked_fields(held.answers), 1)
    )
    turn.put(turn.words("form.which_change"), () if turn.is_sms else buttons)


def say_noted(turn: TurnBuilder, form: Form, held: FormInHand, noted: Sequence[FormField]) -> None:
    """What a message had answered already."""
    screens, texts = [], []
    for field in noted:
        title, shown = (
            title_of(turn, form, field).lower(),
            show_answer(turn, form, field, held.answers[field.id]),
        )
        screens.append(f"{title}: {shown}")
        texts.append(f"{title}: {_cut(shown)}")
    text = turn.words("form.noted", noted="; ".join(screens)).text
    turn.say(Said(text, turn.words("form.noted", noted="; ".join(texts)).sms))


def site_values(turn: TurnBuilder, held: FormInHand) -> dict[str, str]:
    """What is said of the site a question is about: {"name", "seen", "stage"}."""
    site = (held.partial or {})["site"]
    return {
        "name": site["name"],
        "seen": show_date(date.fromisoformat(site["first_seen_on"])),
        "stage": turn.label(stage_key(turn.content, held.form, site["state"])),
    }


def say_note(turn: TurnBuilder, form: Form, field: FormField, value: Any) -> None:
    """What an answer means for what follows, where the form has words for it ("Then we will not message you.")."""
    answer = value.get("given") if isinstance(value, dict) else value
    for each in answer if isinstance(answer, list) else [answer]:
        key = {True: "yes", False: "no"}.get(each, "") if isinstance(each, bool) else str(each)
        note = translated(turn, form, field).notes.get(key) or field.notes.get(key)
        if note:
            turn.say(fill(note, {}))


def show_answer(turn: TurnBuilder, form: Form, field: FormField, value: Any) -> str:
    """A stored answer in the citizen's words; empty for one left out."""
    if field.kind is Kind.YES_NO and isinstance(value, bool):
        return turn.label("button.yes" if value else "button.no")
    if field.kind is Kind.CONSENT and isinstance(value, dict):
        return turn.label("button.yes" if value["given"] else "button.no")
    return show(
        field,
        value,
        sms=turn.is_sms,
        labels=labels_of(turn, form, field),
        pin=turn.label("place.pin"),
        near=turn.content.texts.raw("place.near", turn.language),
    )


def title_of(turn: TurnBuilder, form: Form, field: FormField) -> str:
    return translated(turn, form, field).title or field.title


def translated(turn: TurnBuilder, form: Form, field: FormField) -> FieldWordings:
    """The field's words in the citizen's language; empty where that is the form's own."""
    return turn.content.texts.form(form.id, turn.language).fields.get(field.id) or FieldWordings()


def labels_of(turn: TurnBuilder, form: Form, field: FormField) -> dict[str, str]:
    """What its options are called in the citizen's language, by value; empty where that is the form's own."""
    words = translated(turn, form, field)
    return words.options | words.options_sms if turn.is_sms else words.options


def _choice_button(turn: TurnBuilder, value: str, name: str) -> Button:
    label = turn.label(name) if name.startswith("button.") else name
    return Button(label, answer_payload(turn.conversation.step, value), "DONE" if value == "done" else "")


def _buttons_of(turn: TurnBuilder, form: Form, field: FormField) -> tuple[Button, ...]:
    step = turn.conversation.step
    buttons: list[Button] = []
    if field.kind is not Kind.BUDGET:  # shares are typed
        options = offering(turn, form, field).options
        buttons = [Button(option_label(turn, form, field, o), answer_payload(step, o.value)) for o in options]
    if field.kind in (Kind.YES_NO, Kind.CONSENT):
        buttons = [Button(turn.label(f"button.{v}"), answer_payload(step, v)) for v in ("yes", "no")]
    if not field.required and (field.survey or field.kind not in (Kind.YES_NO, Kind.CONSENT)):
        buttons.append(turn.command("skip"))
    return tuple(buttons)


def option_label(turn: TurnBuilder, form: Form, field: FormField, option: Option) -> str:
    own = (option.sms or option.label) if turn.is_sms else option.label
    return labels_of(turn, form, field).get(option.value) or own


def _shares_of(turn: TurnBuilder, form: Form, field: FormField) -> str:
    """What a budget is shared among, a line each, in the order its numbers will be read."""
    options = offering(turn, form, field).options
    return "\n".join(f"{n} {option_label(turn, form, field, o)}" for n, o in enumerate(options, 1))


def _texts_of(lines: list[str]) -> list[str]:
    """Lines as few text messages, each within two segments and cut between lines."""
    texts = [lines[0]]
    for line in lines[1:]:
        together = f"{texts[-1]}\n{line}"
        if fits_two_texts(together):
            texts[-1] = together
        else:
            texts.append(line)
    return texts


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN_ON_SMS else f"{text[: LONGEST_SHOWN_ON_SMS - 3]}..."
