"""Sending a form: what the record gets, and what the citizen is told."""

from dataclasses import replace
from typing import Any

from flows.events import ConsentGiven, SubmissionFiled
from flows.filling import ask, form_in_hand, resume
from flows.forms import Form, FormField, Kind
from flows.references import make_reference
from flows.texts import fill
from flows.turn import TurnBuilder


def file_form(turn: TurnBuilder) -> None:
    """One SubmissionFiled, the consents given, and the reference to keep; an unfinished form asks on."""
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
    place: dict[str, Any] = next((given[k] for k in given if asked[k].kind is Kind.PLACE), {})
    reference = make_reference(form.prefix, turn.incoming.number)
    agreed = _is_agreed(form, consents)
    turn.events.append(
        SubmissionFiled(
            form=form.id,
            form_version=form.version,
            reference=reference,
            answers={k: _stored(asked[k], v) for k, v in given.items() if not asked[k].personal},
            personal={k: v for k, v in given.items() if asked[k].personal and agreed},
            attachments=tuple(i for k in given if asked[k].kind is Kind.PHOTO for i in given[k]),
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
    # Who leads depends on whose land it is: a form that does not ask about land has nobody to name.
    asks_land = form.find_field("land") is not None
    where = place.get("outside")
    route = (
        turn.content.find_route(given.get("land"), place.get("district"), outside=where)
        if asks_land
        else None
    )
    done = turn.content.texts.form(form.id, turn.language).done or form.done
    after = () if turn.conversation.forms else (turn.menu_button(),)
    turn.put(
        fill(done, {"reference": reference, "next": route.told if route else ""}), after, repeatable=False
    )
    resume(turn)


def _is_agreed(form: Form, consents: list[dict[str, Any]]) -> bool:
    """Whether what identifies a person may be kept: only where every consent the form has was asked and given."""
    needed = any(f.kind is Kind.CONSENT for f in form.fields)
    return not needed or (bool(consents) and all(c["given"] for c in consents))


def _stored(field: FormField, value: Any) -> Any:
    """An answer as the record keeps it: a place without what has columns of its own, photos as their number."""
    if field.kind is Kind.PHOTO:
        return len(value)
    if field.kind is Kind.PLACE:
        return {k: value[k] for k in ("text", "name", "postcode", "outside") if k in value}
    return value
