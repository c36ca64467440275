"""The answer to "shall I use where your photo was taken as the place?". Only a yes uses it."""

from dataclasses import replace

from flows import filling
from flows.buttons import parse_payload
from flows.conversation import FormInHand
from flows.forms import Form, FormField, Kind
from flows.known_sites import without_site
from flows.messages import Location
from flows.photo_offer import NO, YES, find_place_field
from flows.reading import Answered
from flows.replying import SHORT_WORDS, take_read
from flows.safety import plain_words
from flows.turn import TurnBuilder
from flows.whereabouts import settle_place

WITHIN_M = 50
"""How far a phone's own point may be off; a photo of a site is taken from beside it."""


def answer_photo_offer(turn: TurnBuilder) -> bool:
    """Yes or no to the point just offered. Anything else forgets the point and is read as if none had been."""
    point, current = turn.photo_offer, filling.form_in_hand(turn)
    if point is None or current is None:
        return False
    agreed = _read_agreement(turn)
    if agreed is None:
        return False
    form, held = current
    field = find_place_field(form, held.answers)
    if agreed and field is not None:
        _use(turn, form, held, field, Location(*point))
    else:
        turn.say(turn.words("photo.place_forgotten"))
        filling.ask(turn)
    return True


def _use(turn: TurnBuilder, form: Form, held: FormInHand, field: FormField, point: Location) -> None:
    """The point as a pin would be, with the words told before as its words."""
    half = (held.partial or {}).get("place") if held.asked == field.id else None
    told = half or held.answers.get(field.id) or {}
    place = turn.content.gazetteer.read_pin(point)
    read = settle_place(replace(place, text=told.get("text", ""), within_m=WITHIN_M))
    if isinstance(read, Answered):
        turn.say(turn.words("photo.place_used"))
    if held.asked == field.id:
        take_read(turn, field, read)
        return
    if isinstance(read, Answered):
        # The question in hand keeps what it has so far; sites known near the place told are asked about anew.
        asks_site = held.asked is not None and form.get_field(held.asked).kind is Kind.SITE
        held = replace(held, asked=None, partial=None) if asks_site else held
        answers = {**without_site(form, held.answers), field.id: read.value}
        filling.hold(turn, replace(held, answers=answers))
    filling.ask(turn)


def _read_agreement(turn: TurnBuilder) -> bool | None:
    """True for yes, False for no, None for anything else."""
    incoming = turn.incoming
    if incoming.button:
        pressed = parse_payload(incoming.button)
        is_now = pressed is not None and pressed.step == turn.conversation.step
        return {YES: True, NO: False}.get(pressed.value) if pressed and is_now else None
    said = plain_words(incoming.text)
    if not said or incoming.photos or incoming.location:
        return None
    words = turn.content.texts.words(turn.language)
    if said in words.yes | words.right | {"1"}:
        return True
    if said in words.no | words.wrong | {"2"}:
        return False
    if said in words.commands or said in turn.content.keywords or len(said.split()) > SHORT_WORDS:
        return None
    understanding = turn.understand()
    if understanding is None or understanding.label != "affirm" or understanding.get_all("place"):
        return None  # a no may come with the right place, which is read as such
    return True if understanding.confidence >= turn.content.thresholds.sure else None
