"""Words about who people are, hostile ones, and number plates: kept out of the record of a report.

A report says what is seen. The words that were turned aside are not kept anywhere, not in the transcript of the
chat either; that it happened is (the event Moderated).
"""

from dataclasses import replace
from typing import Any

from flows.cleaning import cut_words
from flows.conversation import FormInHand
from flows.events import Moderated
from flows.forms import Form, Kind
from flows.screening import Screened
from flows.turn import TurnBuilder

REPHRASED = "neutral"


def screen_words(turn: TurnBuilder, text: str) -> Screened | None:
    """What is to be turned aside in a text; None for nothing, or where nothing is screened."""
    return turn.content.screening.screen(text) if turn.content.screening is not None and text else None


def ask_what_is_seen(turn: TurnBuilder) -> bool:
    """To words about people and nothing else: what can be passed on, with the way to a report; False for others."""
    form = next((f for f in turn.content.forms.values() if f.screened), None)
    about_people = turn.screened is not None and set(turn.screened.kinds) & {"hostile", "identity"}
    there = turn.go(form.label) if form is not None else None
    if not about_people or there is None or turn.conversation.in_hand is not None:
        return False
    turn.about_report = True
    turn.put(turn.words("screen.what_seen"), (there, turn.menu_button()))
    return True


def note_first_words(turn: TurnBuilder, form: Form) -> None:
    """Says how the story that began a report was written down, where words of it were left out."""
    screened = turn.screened if form.screened else None
    if screened is None:
        return
    if screened.neutral:
        turn.say(turn.words("screen.noted", words=cut_words(screened.neutral)))
    else:
        turn.say(turn.words("screen.noted_nothing"))


def keep_out(turn: TurnBuilder, before: FormInHand | None) -> None:
    """At the end of a turn: what is kept in place of the words, where they were part of a report."""
    screened = turn.screened
    if screened is None:
        return
    form = _find_report(turn, before)
    if form is None:
        if turn.incoming.edited:  # of a message that may have been part of a report sent by now
            turn.instead = screened.neutral
        return
    turn.instead = screened.neutral
    _clean_half_answer(turn)
    held = turn.conversation.in_hand
    is_asked = held is not None and "kinds" in (held.partial or {})
    outcome = "asked" if is_asked else REPHRASED if screened.neutral else "left_out"
    asked = before.asked if before is not None else None
    turn.events.extend(Moderated(kind, outcome, form.id, asked) for kind in screened.kinds)


def settle_rephrase(turn: TurnBuilder, form: Form, held: FormInHand, value: Any) -> None:
    """What became of neutral words that were offered."""
    partial = held.partial or {}
    if "kinds" not in partial:
        return
    outcome = REPHRASED if value is not None and value == partial.get("neutral") else "left_out"
    if value is not None and outcome == "left_out":
        outcome = "own_words"
    turn.events.extend(Moderated(kind, outcome, form.id, held.asked) for kind in partial["kinds"])


def clean_place(turn: TurnBuilder, form: Form, kind: Kind, value: Any) -> Any:
    """A place without words that are turned aside."""
    if not form.screened or kind is not Kind.PLACE or not isinstance(value, dict):
        return value
    screened = screen_words(turn, value.get("text", ""))
    return value if screened is None else {**value, "text": screened.neutral}


def _clean_half_answer(turn: TurnBuilder) -> None:
    """Half an answer waits for the rest of it without words that are turned aside."""
    held = turn.conversation.in_hand
    form = turn.content.forms.get(held.form) if held is not None else None
    if held is None or form is None or not form.screened or not held.partial:
        return
    partial = dict(held.partial)
    if "place" in partial:
        partial["place"] = clean_place(turn, form, Kind.PLACE, partial["place"])
    if "candidates" in partial:
        partial["candidates"] = [clean_place(turn, form, Kind.PLACE, p) for p in partial["candidates"]]
    screened = screen_words(turn, partial.get("kept") or "")
    if screened is not None:
        partial["kept"] = screened.neutral
    if not partial.get("kept"):
        partial.pop("kept", None)
    turn.conversation = turn.conversation.with_form(replace(held, partial=partial or None))


def _find_report(turn: TurnBuilder, before: FormInHand | None) -> Form | None:
    """The screened form the words belong to: in hand before or now, or the one they ask for."""
    forms = turn.content.forms
    for held in (before, turn.conversation.in_hand):
        form = forms.get(held.form) if held is not None else None
        if form is not None and form.screened:
            return form
    if turn.about_report:
        return next((f for f in forms.values() if f.screened), None)
    asked = turn.content.find_form_by_label(turn.meant)
    return asked if asked is not None and asked.screened else None
