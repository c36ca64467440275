"""Beginning a form: what the first message already said, and the photos and pins that came with it or before."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flows.asking import asking_of, say_noted
from flows.choices import read_mentioned
from flows.cleaning import cut_words
from flows.conversation import FormInHand
from flows.filling import ask, form_in_hand, hold, resume, settle, thing_in_hand
from flows.forms import Form, FormField, Kind
from flows.known_sites import without_site
from flows.messages import Location
from flows.moderating import clean_place, note_first_words
from flows.numbers import is_bare_count
from flows.photo_offer import keep_photo_point, leave_out_photos
from flows.postcodes import find_postcode
from flows.questions import read_certain, read_entities
from flows.reading import Answered, Asking, Unclear
from flows.safety import plain_words
from flows.texts import fill
from flows.turn import TurnBuilder
from flows.two_sites import find_two_sites
from flows.understanding import Understanding
from flows.whereabouts import read_pin, read_place

# A first message with fewer words beside those of a wish ("I want to raise a concern") tells no story yet.
FEWEST_TELLING_WORDS = 4
# What words may hold that were sent where something else is asked, by the kind that is asked.
KEPT_AT = {
    Kind.NAME: frozenset({Kind.PHONE, Kind.POSTCODE, Kind.EMAIL}),
    Kind.NUMBER: frozenset({Kind.WHEN}),
    Kind.PLACE: frozenset({Kind.NUMBER}),
    Kind.WHEN: frozenset[Kind](),
    Kind.CHOICE: frozenset[Kind](),
}
ABOUT_ONE_PLACE = frozenset({Kind.PLACE, Kind.NUMBER})


def start_form(
    turn: TurnBuilder,
    form: Form,
    understanding: Understanding | None = None,
    *,
    label: str = "",
    pressed: bool = False,
) -> None:
    """Begins a form with what the first message already said; one of the same kind goes on instead.

    `label` is what started it: one of the form's further ways in gives some answers at once. `pressed`: by a button
    or its number, so that the story is in the message before.
    """
    if form.needs and not turn.person().holds(form.needs):
        refused = turn.content.texts.form(form.id, turn.language).refused or form.refused
        if refused is not None:
            turn.put(fill(refused, {}), () if turn.conversation.in_hand else (turn.menu_button(),))
        resume(turn)
        return
    forms = turn.conversation.forms
    turn.conversation = replace(turn.conversation, paused=False, browsing=False, confirming="", greeted=True)
    given = form.starts[label].answers if label in form.starts else {}
    open_one = next((f for f in forms if f.form == form.id), None)
    if open_one is not None:
        others = tuple(f for f in forms if f is not open_one)
        turn.conversation = replace(turn.conversation, forms=(*others, open_one))
        _give(turn, given)
        fill_from_entities(turn, form, understanding)
        _take_what_waits(turn, form)
        resume(turn)
        return
    if forms and forms[-1].form in turn.content.forms:
        turn.say(turn.words("form.kept_one", thing=thing_in_hand(turn)))
    fresh = FormInHand(form.id, form.version, {}, started_at=turn.now.isoformat())
    turn.conversation = replace(turn.conversation, forms=(*forms, fresh))
    turn.say(fill(turn.content.texts.form(form.id, turn.language).intro or form.intro, {}))
    note_first_words(turn, form)
    _give(turn, given)
    if form.groups_sites:
        if pressed and turn.conversation.waiting_place:
            turn.conversation = replace(turn.conversation, last_place=turn.conversation.waiting_place)
        turn.conversation = replace(turn.conversation, waiting_place="")
    is_two = not pressed and _take_first_of_two(turn, form, understanding)
    heard = _fill_from_first_words(turn, form, pressed=pressed)
    # Of two places nobody can tell which one the numbers are about.
    fill_from_entities(turn, form, understanding, heard, but=ABOUT_ONE_PLACE if is_two else frozenset())
    _take_what_waits(turn, form)
    settle(turn, form)
    ask(turn)


def fill_from_entities(
    turn: TurnBuilder,
    form: Form,
    understanding: Understanding | None,
    heard: Sequence[FormField] = (),
    *,
    but: frozenset[Kind] = frozenset(),
) -> None:
    """Answers every open question the message already answered, and says so, with what was `heard` in it before.

    Questions of the kinds in `but` are left to be asked.
    """
    held = turn.conversation.in_hand
    if held is None:
        return
    noted = list(heard)
    for field in form.asked_fields(held.answers):
        if field.id in held.answers or field.kind in but:
            continue
        read = _read_along(asking_of(turn, form, field, None), turn.incoming.text, understanding)
        if isinstance(read, Answered):
            value = clean_place(turn, form, field.kind, read.value)
            others = without_site(form, held.answers) if field.kind is Kind.PLACE else held.answers
            held = replace(held, answers={**others, field.id: value})
            noted.append(field)
        elif isinstance(read, Unclear) and read.partial and form.next_field(held.answers) is field:
            held = replace(held, partial=read.partial, asked=field.id)
    hold(turn, held)
    if noted:
        say_noted(turn, form, held, noted)


def keep_for_others(
    turn: TurnBuilder, form: Form, field: FormField, understanding: Understanding | None
) -> bool:
    """Answers other open questions by words that were no answer to this one, and says so; whether any were."""
    held = turn.conversation.in_hand
    is_count = is_bare_count(turn.incoming.text)
    if (
        held is None
        or held.changing
        or field.kind not in KEPT_AT
        or (field.kind is Kind.PLACE and not is_count)
    ):
        return False
    before, heard = held.answers, []
    for other in form.asked_fields(before):
        if other.kind not in KEPT_AT[field.kind] or other.id in before:
            continue
        read = read_certain(asking_of(turn, form, other, None), turn.incoming)
        if isinstance(read, Answered) and read.value is not None:
            held = replace(held, answers={**held.answers, other.id: read.value})
            heard.append(other)
            if other.kind is Kind.NUMBER:
                break  # "6 of them" are of one kind
    hold(turn, held)
    fill_from_entities(turn, form, understanding, heard)
    return turn.conversation.in_hand is not None and turn.conversation.in_hand.answers != before


def add_photos_early(turn: TurnBuilder, ids: Sequence[str]) -> bool:
    """Keeps photos that came while another question is open; False where the form takes none."""
    current = form_in_hand(turn)
    if current is None:
        return False
    form, held = current
    field = next((f for f in form.asked_fields(held.answers) if f.kind is Kind.PHOTO), None)
    if field is None:
        return False
    kept = list(held.answers.get(field.id) or [])
    if held.asked == field.id:
        kept += (held.partial or {}).get("photos", [])
    if len(kept) >= field.maximum:
        turn.say(turn.words("notice.photos_full", maximum=field.maximum))
        return True
    kept = list(dict.fromkeys([*kept, *ids]))[: field.maximum]
    is_asked = held.asked == field.id
    if is_asked and len(kept) < field.maximum:
        held = replace(held, partial={"photos": kept})
    else:
        held = replace(held, answers={**held.answers, field.id: kept})
        held = replace(held, asked=None, partial=None, changing=False) if is_asked else held
    hold(turn, held)
    turn.say(turn.words("notice.photo_added", thing=thing_in_hand(turn), count=len(kept)))
    return True


def add_pin(turn: TurnBuilder, pin: Location) -> bool:
    """Puts a pin that came late on the place already told; False where it cannot be that place."""
    current = form_in_hand(turn)
    if current is None:
        return False
    form, held = current
    field = next((f for f in form.asked_fields(held.answers) if f.kind is Kind.PLACE and not f.rough), None)
    told = held.answers.get(field.id) if field else None
    if field is None or not told:
        return False
    read = read_pin(asking_of(turn, form, field, {"place": told}), pin)
    if not isinstance(read, Answered):
        return False
    if held.asked is not None and form.get_field(held.asked).kind is Kind.SITE:
        held = replace(held, asked=None, partial=None)  # it was about a site near the place told before
    answers = without_site(form, held.answers)
    hold(turn, replace(held, answers={**answers, field.id: read.value}))
    turn.say(turn.words("notice.pin_added", thing=thing_in_hand(turn)))
    return True


def _give(turn: TurnBuilder, given: dict[str, Any]) -> None:
    """Answers that come with the way in; what was chosen before stays beside them."""
    held = turn.conversation.in_hand
    if held is None:
        return
    answers = dict(held.answers)
    for name, value in given.items():
        before = answers.get(name)
        if isinstance(value, list) and isinstance(before, list):
            answers[name] = list(dict.fromkeys([*before, *value]))
        else:
            answers.setdefault(name, value)
    hold(turn, replace(held, answers=answers))


def _fill_from_first_words(turn: TurnBuilder, form: Form, *, pressed: bool) -> list[FormField]:
    """What the message that started the form says by itself: the story, and options it names, which are returned."""
    held = turn.conversation.in_hand
    text = turn.conversation.last_words if pressed else turn.incoming.text.strip()
    if held is None:
        return []
    for field in form.fields if text else ():
        if field.first_words and field.id not in held.answers and _tells_story(turn, text):
            held = replace(held, answers={**held.answers, field.id: text[: field.max_length]})
            hold(turn, held)
    heard = listen(turn, form, text) if text else []
    return [*heard, *_take_last_place(turn, form)] if pressed else heard


def _take_first_of_two(turn: TurnBuilder, form: Form, understanding: Understanding | None) -> bool:
    """Of two places in one message: the first is the place, and the other waits for a report of its own."""
    content, held = turn.content, turn.conversation.in_hand
    field = next((f for f in form.fields if f.kind is Kind.PLACE), None)
    if not form.groups_sites or content.landmarks is None or held is None or field is None:
        return False
    two = find_two_sites(content.landmarks, content.gazetteer, turn.fair_words)
    if two is None:
        return False
    named = [e.text.strip() for e in understanding.get_all("place")] if understanding is not None else []
    first, second = (next((name for name in named if name in words), words) for words in two)
    read = read_place(asking_of(turn, form, field, None), first)
    if isinstance(read, Answered):
        hold(turn, replace(held, answers={**held.answers, field.id: read.value}))
    elif isinstance(read, Unclear) and read.partial:
        hold(turn, replace(held, partial=read.partial, asked=field.id))
    turn.conversation = replace(turn.conversation, waiting_place=second)
    turn.say(turn.words("site.two", first=cut_words(first, 60), second=cut_words(second, 60)))
    return True


def _take_last_place(turn: TurnBuilder, form: Form) -> list[FormField]:
    """The place in the message before, where a button began the form; the field it answers."""
    held, said = turn.conversation.in_hand, turn.conversation.last_place
    field = next((f for f in form.fields if f.kind is Kind.PLACE), None)
    if not said or held is None or field is None or field.id in held.answers:
        return []
    read = read_place(asking_of(turn, form, field, None), said)
    if isinstance(read, Answered):
        hold(turn, replace(held, answers={**held.answers, field.id: read.value}))
        return [field]
    if isinstance(read, Unclear) and read.partial and form.next_field(held.answers) is field:
        hold(turn, replace(held, partial=read.partial, asked=field.id))
    return []


def _tells_story(turn: TurnBuilder, text: str) -> bool:
    """Whether words say what it is about, and not only that something is wanted ("I want to report a problem")."""
    wish = turn.content.texts.words(turn.language).wish
    telling = [word for word in plain_words(text).split() if word not in wish]
    return len(telling) >= FEWEST_TELLING_WORDS


def listen(turn: TurnBuilder, form: Form, text: str) -> list[FormField]:
    """Answers open choices that words told for another question name; returns them."""
    held = turn.conversation.in_hand
    if held is None or held.form != form.id:
        return []
    heard: list[FormField] = []
    for field in form.asked_fields(held.answers):
        if not field.listens or field.id in held.answers:
            continue
        read = read_mentioned(asking_of(turn, form, field, None), plain_words(text))
        if isinstance(read, Answered):
            held = replace(held, answers={**held.answers, field.id: read.value})
            hold(turn, held)
            heard.append(field)
    return heard


def _read_along(asking: Asking, text: str, understanding: Understanding | None) -> Answered | Unclear | None:
    """What a message about something else says of this question: by its entities, or a postcode in it."""
    if asking.field.kind is Kind.POSTCODE:
        postcode = find_postcode(text) or asking.gazetteer.find_outward(text)
        return Answered(postcode) if postcode else None
    if not asking.field.entity or understanding is None:
        return None
    found = understanding.get_all(asking.field.entity)
    return read_entities(asking, found) if found else None


def _take_what_waits(turn: TurnBuilder, form: Form) -> None:
    """Photos and a pin that came before the form did, or with its first words."""
    ids = [*turn.conversation.photos, *(p.id for p in turn.incoming.photos if p.id)]
    pin = turn.conversation.pin
    keep_photo_point(turn)
    turn.conversation = replace(turn.conversation, photos=(), pin=None)
    if ids:
        add_photos_early(turn, ids)
        leave_out_photos(turn, ids)
    here = turn.incoming.location or (Location(*pin) if pin else None)
    held = turn.conversation.in_hand
    field = next((f for f in form.fields if f.kind is Kind.PLACE), None)
    if here is None or held is None or field is None:
        return
    if held.answers.get(field.id):
        add_pin(turn, here)
        return
    read = read_pin(asking_of(turn, form, field, held.partial), here)
    if isinstance(read, Answered):
        held = replace(held, answers={**held.answers, field.id: read.value}, asked=None, partial=None)
        hold(turn, held)
        say_noted(turn, form, held, [field])
    elif isinstance(read, Unclear):
        hold(turn, replace(held, asked=field.id, partial=read.partial))
