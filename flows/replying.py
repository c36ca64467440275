"""A citizen's reply to the open question of a form: media, a certain answer, a wish, or words to make sense of."""

import re
from dataclasses import replace

from flows import answers, beginning, filling
from flows.alarm import answer_model_danger
from flows.asking import asking_of
from flows.commands import obey
from flows.content import SERVED
from flows.conversation import FormInHand
from flows.forms import Form, FormField, Kind
from flows.learning import note_understood
from flows.names import introduces, read_name
from flows.photo_offer import keep_photo_point, leave_out_photos
from flows.questions import add_photos, keep_words, read_certain, read_freely
from flows.reading import Answered, Read, Unclear
from flows.safety import plain_words
from flows.turn import TurnBuilder
from flows.understanding import Understanding

SHORT_WORDS = 8
MOST_WAITING_PHOTOS = 10
SURE_OF_COMMAND = 0.6
SURE_OF_GIVING_UP = 0.9  # of a survey: to the model "maybe" sounds like it
_COMMANDS = {"cancel": "drop", "go_back": "back", "skip": "skip", "help": "help"}


def take_media(turn: TurnBuilder) -> bool:
    """Photos and pins, with or without a form that wants them."""
    is_settled = _take_media(turn)
    leave_out_photos(turn, [p.id for p in turn.incoming.photos if p.id])
    return is_settled


def _take_media(turn: TurnBuilder) -> bool:
    ids = [p.id for p in turn.incoming.photos if p.id]
    pin = turn.incoming.location
    if not ids and pin is None:
        return False
    current = filling.form_in_hand(turn)
    has_words = bool(plain_words(turn.incoming.text))
    if current is None:
        return _keep_media(turn, ids, has_words=has_words)
    keep_photo_point(turn)
    form, held = current
    field = form.find_field(held.asked)
    if ids and field is not None and field.kind is Kind.PHOTO:
        take_read(turn, field, add_photos(asking_of(turn, form, field, held.partial), ids))
        return True
    if ids and not beginning.add_photos_early(turn, ids):
        turn.say(turn.words("notice.photo_not_wanted"))
    if pin is not None:
        if field is not None and field.kind is Kind.PLACE:
            return False
        if not beginning.add_pin(turn, pin):
            turn.say(turn.words("notice.pin_not_wanted" if form.consultation else "notice.pin_not_now"))
    if has_words:
        return False
    filling.ask(turn)
    return True


def answer_question(turn: TurnBuilder) -> bool:
    """Words for the open question of the form in hand."""
    current = filling.form_in_hand(turn)
    if current is None:
        return False
    form, held = current
    field = form.find_field(held.asked)
    if turn.conversation.browsing:
        return _answer_over_menu(turn, form, held, field)
    if field is None and turn.asked_anew:
        filling.ask(turn)
        return True
    if field is not None:
        certain = read_certain(asking_of(turn, form, field, held.partial), turn.incoming)
        if certain is not None:
            take_read(turn, field, certain)
            return True
    understanding = turn.understand()
    if answer_model_danger(turn, understanding, field):
        return True
    if understanding is not None and _obey_wish(turn, form, held, field, understanding):
        return True
    if field is None:
        turn.say(turn.words("form.say_send_or_change"))
        filling.ask(turn)
    elif understanding is None and field.is_free_text and _asks(turn):
        turn.say(turn.words("no_model_in_form"))
        filling.ask(turn)
    else:
        _take_freely(turn, form, held, field, understanding)
    return True


def take_read(
    turn: TurnBuilder, field: FormField, read: Read, understanding: Understanding | None = None
) -> None:
    """Stores an answer and asks on, keeps what answers another question, or says what would help."""
    current = filling.form_in_hand(turn)
    if isinstance(read, Answered):
        filling.accept(turn, field, read.value)
        filling.ask(turn)
    elif (
        current is not None
        and (read is None or read.key.endswith(".unclear"))
        and beginning.keep_for_others(turn, current[0], field, understanding)
    ):
        filling.ask(turn)
    else:
        filling.explain(turn, field, read or Unclear("choice.unclear"))


def _take_freely(
    turn: TurnBuilder, form: Form, held: FormInHand, field: FormField, understanding: Understanding | None
) -> None:
    read = read_freely(asking_of(turn, form, field, held.partial), turn.incoming, understanding)
    if isinstance(read, Answered):
        filling.accept(turn, field, read.value)
        if not held.changing:
            heard = beginning.listen(turn, form, turn.incoming.text) if field.first_words else []
            beginning.fill_from_entities(turn, form, understanding, heard)
            if field.kind is Kind.PLACE:
                beginning.keep_for_others(turn, form, field, understanding)
        filling.ask(turn)
    else:
        take_read(turn, field, read, understanding)


def _answer_over_menu(turn: TurnBuilder, form: Form, held: FormInHand, field: FormField | None) -> bool:
    """Words while the menu lies over a form: a wish of its own, or simply the answer to the question beneath."""
    understanding = turn.understand()
    if answer_model_danger(turn, understanding):
        return True
    if understanding is not None and not answers.is_unsure(turn, understanding):
        note_understood(turn, understanding)
        answers.act_on(turn, understanding.label, understanding)
        return True
    certain = read_certain(asking_of(turn, form, field, held.partial), turn.incoming) if field else None
    if field is not None and isinstance(certain, Answered):
        take_read(turn, field, certain)
        return True
    return answers.answer_words(turn)


def _obey_wish(
    turn: TurnBuilder, form: Form, held: FormInHand, field: FormField | None, understanding: Understanding
) -> bool:
    """A command or a side question in the middle of a form; the form comes back after it."""
    label, confidence = understanding.label, understanding.confidence
    if confidence < turn.content.thresholds.sure or not re.search(r"[^\W\d]", turn.incoming.text):
        return False  # a bare number is an answer, and no wish
    is_short = len(plain_words(turn.incoming.text).split()) <= SHORT_WORDS
    free = field is not None and field.is_free_text
    sure = confidence >= SURE_OF_COMMAND if free else True
    survey = field is not None and field.survey
    gives_up = label == "cancel" and survey and confidence < SURE_OF_GIVING_UP
    if label in _COMMANDS and is_short and sure and not gives_up:
        obey(turn, _COMMANDS[label])
        return True
    if field is None and label in ("affirm", "deny"):
        obey(turn, "send" if label == "affirm" else "change")
        return True
    if label == "stop_messages" and is_short and sure:
        filling.confirm(turn, "stop")
        return True
    if label in ("greet", "thanks", "goodbye") and is_short and sure and not _names_somebody(turn, field):
        return _answer_courtesy(turn, label)
    if _adds_to_form(form, held, label):
        beginning.start_form(turn, form, understanding, label=label)
        return True
    if not _is_side_wish(turn, form, held, field, understanding):
        return False
    if field is not None and field.kind is Kind.TEXT and not _asks(turn):
        # "Tell them to ring the farm" may be the answer as well as a wish: it is offered back as that.
        kept = keep_words(held.partial, turn.incoming.text.strip()[: field.max_length])
        filling.hold(turn, replace(held, partial=kept))
    answers.go(turn, label)
    return True


def _names_somebody(turn: TurnBuilder, field: FormField | None) -> bool:
    """Whether a greeting holds the name that was asked for ("Hi its Ann")."""
    is_name = field is not None and field.kind is Kind.NAME and introduces(turn.incoming.text)
    return is_name and isinstance(read_name(turn.incoming.text), Answered)


def _adds_to_form(form: Form, held: FormInHand, label: str) -> bool:
    """Whether words ask for one more of what the form in hand is about ("and the rural one as well")."""
    start = form.starts.get(label)
    if start is None:
        return False
    more = [
        v
        for name, v in start.answers.items()
        if isinstance(v, list) and set(v) - set(held.answers.get(name) or [])
    ]
    return bool(more)


def _is_side_wish(
    turn: TurnBuilder, form: Form, held: FormInHand, field: FormField | None, understanding: Understanding
) -> bool:
    label, confidence = understanding.label, understanding.confidence
    other = turn.content.find_form_by_label(label)
    is_side = label.startswith("ask/") or other not in (None, form)
    is_side = is_side or label in turn.content.signposts or label in SERVED
    if not is_side or label == "out_of_scope":
        return False
    if field is None or _asks(turn):
        return True
    is_no_place = field.kind is Kind.PLACE and not understanding.get_all("place")
    begins_other = is_no_place and other is not None and confidence >= SURE_OF_COMMAND
    wants_person = label == "talk_to_person" and confidence >= SURE_OF_COMMAND
    if field.is_free_text and not wants_person and not begins_other:
        return False
    if field.entity and understanding.get_all(field.entity):
        return False  # "blocked gate" is what can be seen there, and no question about gates
    if label.startswith("ask/") and _fits_later_choice(turn, form, held, understanding):
        return False
    return confidence >= turn.content.thresholds.side_question


def _fits_later_choice(turn: TurnBuilder, form: Form, held: FormInHand, understanding: Understanding) -> bool:
    """Whether a few words name what a question still to come lets choose ("blocked gate" while a time is asked)."""
    if len(plain_words(turn.incoming.text).split()) > SHORT_WORDS:
        return False
    to_come = [f for f in form.asked_fields(held.answers) if f.id not in held.answers]
    return any(f.kind is Kind.CHOICES and f.entity and understanding.get_all(f.entity) for f in to_come)


def _answer_courtesy(turn: TurnBuilder, label: str) -> bool:
    if label == "goodbye":
        turn.next_step()
        turn.conversation = replace(turn.conversation, paused=True)
        words = turn.words("form.kept_for_later", thing=filling.thing_in_hand(turn))
        turn.put(words, (turn.command("carry_on", keyword="ON"),))
        return True
    if label == "thanks":
        turn.say(turn.words("thanks"))
    filling.resume(turn)
    return True


def _keep_media(turn: TurnBuilder, ids: list[str], *, has_words: bool) -> bool:
    """Media that came before it is known what they are about: they wait for a form."""
    here = turn.incoming.location
    turn.conversation = replace(
        turn.conversation,
        photos=tuple(dict.fromkeys([*turn.conversation.photos, *ids]))[:MOST_WAITING_PHOTOS],
        pin=(here.latitude, here.longitude) if here and here.is_on_earth else turn.conversation.pin,
    )
    keep_photo_point(turn)
    if has_words:
        return False
    answers.greet_once(turn)
    turn.say(turn.words("notice.photo_no_form" if ids else "notice.pin_no_form"))
    answers.put_menu(turn)
    return True


def _asks(turn: TurnBuilder) -> bool:
    return turn.content.texts.words(turn.language).is_question(turn.incoming.text)
