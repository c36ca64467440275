"""Where a photo says it was taken, offered once as the place of the form it came for (the answer: photo_place.py).

The point is held with the form until the place is asked for, and while it is being asked about; then nowhere.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flows.buttons import answer_payload
from flows.events import PhotosLeftOut
from flows.forms import Form, FormField, Kind
from flows.messages import Button, Location
from flows.place import Certainty
from flows.turn import TurnBuilder

YES, NO = "photo_yes", "photo_no"


def keep_photo_point(turn: TurnBuilder) -> None:
    """Holds the point of a photo with the form in hand, or until one begins; one still being asked about stays."""
    sent = turn.incoming
    found = next((p.location for p in sent.photos if p.id and p.location and p.location.is_on_earth), None)
    point = (found.latitude, found.longitude) if found else None
    # More photos are no answer to whether the first one's point is good.
    asking = turn.photo_offer if sent.photos and not sent.text and not sent.location else None
    held = turn.conversation.in_hand
    if held is None:
        turn.conversation = replace(turn.conversation, photo_point=turn.conversation.photo_point or point)
        return
    point = asking or held.photo_point or turn.conversation.photo_point or point
    turn.conversation = replace(turn.conversation, photo_point=None)
    form = turn.content.forms.get(held.form)
    takes_photos = form is not None and any(f.kind is Kind.PHOTO for f in form.asked_fields(held.answers))
    if point is not None and takes_photos and (asking or not held.photo_asked):
        turn.conversation = turn.conversation.with_form(replace(held, photo_point=point))


def put_photo_offer(turn: TurnBuilder, form: Form, field: FormField | None) -> bool:
    """Asks whether the photo's point is the place, in place of the question `field` (None: the read-back).

    Not before the place's own question, and only where the point is better than what was told. False: go on.
    """
    held = turn.conversation.in_hand
    if held is None or held.photo_point is None:
        return False
    place = find_place_field(form, held.answers)
    if place is not None and place.id not in held.answers and field is not place:
        return False
    point = held.photo_point
    turn.conversation = turn.conversation.with_form(replace(held, photo_point=None))
    if place is None:
        return False
    found = turn.content.gazetteer.read_pin(Location(*point))
    told = held.answers.get(place.id)
    if place.id not in held.answers:
        is_better = found.outside != "far"  # nothing near it has a name, and the photo is of somewhere else
    else:
        is_better = told is not None and told.get("certainty") != Certainty.PIN and not found.outside
    if not is_better:
        return False
    turn.conversation = replace(
        turn.conversation.with_form(replace(held, photo_point=None, photo_asked=True)), photo_offer=point
    )
    step = turn.conversation.step
    buttons = (
        Button(turn.label("button.yes"), answer_payload(step, YES)),
        Button(turn.label("button.no"), answer_payload(step, NO)),
    )
    if told:
        turn.put(turn.words("photo.better_place", name=found.name), buttons)
    else:
        turn.put(turn.words("photo.use_place", name=found.name), buttons)
    return True


def leave_out_photos(turn: TurnBuilder, ids: Sequence[str]) -> None:
    """Lets go of those of the photos that neither a form nor the conversation holds."""
    lists: list[Sequence[Any]] = [turn.conversation.photos]
    for held in turn.conversation.forms:
        lists += [
            v for v in (*held.answers.values(), (held.partial or {}).get("photos")) if isinstance(v, list)
        ]
    left = tuple(id for id in ids if not any(id in kept for kept in lists))
    if left:
        turn.events.append(PhotosLeftOut(left))


def find_place_field(form: Form, answers: dict[str, Any]) -> FormField | None:
    return next((f for f in form.asked_fields(answers) if f.kind is Kind.PLACE), None)
