"""Danger: 999 first, whatever else is going on; the form in hand waits with everything in it, half answers too."""

from dataclasses import replace

from flows import beginning, filling
from flows.events import DangerSeen
from flows.forms import FormField
from flows.photo_offer import keep_photo_point
from flows.questions import keep_words
from flows.safety import DangerKind, plain_words
from flows.turn import TurnBuilder
from flows.understanding import Understanding


def answer_danger(turn: TurnBuilder, kind: DangerKind, *, by: str) -> None:
    """Who to call; then, with a form in hand, that all of it is kept and how to carry on.

    Words that may also have been the answer to a free question are offered back as that when the form goes
    on, beside what is half answered; a point just offered is offered anew: a false alarm loses nothing. Words of a
    crisis are not offered back: they have no place in a report.
    """
    turn.urgent = True
    turn.events.append(DangerSeen(kind, by))
    turn.put_first(turn.words(f"danger.{kind}"))
    turn.conversation = replace(turn.conversation, confirming="", browsing=False, danger_told=kind.value)
    current = filling.form_in_hand(turn)
    if current is None:
        return
    form, held = current
    ids = [p.id for p in turn.incoming.photos if p.id]
    if ids:
        keep_photo_point(turn)
        beginning.add_photos_early(turn, ids)
    held = turn.conversation.in_hand or held
    if turn.photo_offer is not None:
        held = replace(held, photo_point=turn.photo_offer)
    field = form.find_field(held.asked)
    is_answer = field is not None and field.is_free_text and not turn.incoming.edited
    if is_answer and kind is DangerKind.EMERGENCY and plain_words(turn.incoming.text):
        text = turn.incoming.text.strip()[: field.max_length] if field else ""
        held = replace(held, partial=keep_words(held.partial, text))
    filling.hold(turn, held)
    turn.next_step()
    turn.conversation = replace(turn.conversation, paused=True)
    turn.put(
        turn.words("danger.kept", thing=filling.thing_in_hand(turn)),
        (turn.command("carry_on", keyword="ON"),),
    )


def stay_with_danger(turn: TurnBuilder) -> bool:
    """A bare "yes", "ok" or "no" right after danger was told is about that: who to call, not a menu or a goodbye."""
    if not turn.danger_told or turn.conversation.in_hand is not None:
        return False
    turn.urgent = True
    turn.put_first(turn.words(f"danger.{DangerKind(turn.danger_told)}"))
    turn.conversation = replace(turn.conversation, danger_told=turn.danger_told)
    return True


def answer_model_danger(
    turn: TurnBuilder, understanding: Understanding | None, field: FormField | None = None
) -> bool:
    """Answers danger the model found; True where it did.

    Words for an open question (`field`) sound urgent more often than they are: "the main way in is blocked".
    Where the model is only fairly sure of them, 999 is named first and the words still count as the answer.
    """
    danger = understanding.find_danger() if understanding is not None else None
    limits = turn.content.thresholds
    if danger is None or danger.confidence < limits.danger:
        return False
    kind = DangerKind(danger.label)
    is_answer = field is not None and field.is_free_text
    if is_answer and kind is DangerKind.EMERGENCY and danger.confidence < limits.danger_in_answer:
        turn.urgent = True  # said even where the service has fallen silent
        turn.events.append(DangerSeen(kind, "model, unsure"))
        turn.put_first(turn.words("danger.in_case"))
        return False
    answer_danger(turn, kind, by="model")
    return True
