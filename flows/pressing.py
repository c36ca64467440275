"""Pressed buttons, and the bare numbers that stand for them where there are none to press."""

from dataclasses import replace

from flows import answers, consulting, filling, own_data
from flows.asking import asking_of
from flows.buttons import Pressed, parse_payload
from flows.commands import obey, settle_confirmation
from flows.forms import SEVERAL, Kind
from flows.learning import learn_choice
from flows.questions import read_button
from flows.replying import take_read
from flows.safety import plain_words
from flows.turn import TurnBuilder


def press(turn: TurnBuilder) -> bool:
    """A button of ours, one of an earlier question, or one nobody knows."""
    payload = find_pressed(turn)
    if payload is None:
        return False
    pressed = parse_payload(payload)
    if pressed is None:
        turn.say(turn.words("notice.unknown_button"))
        answers.ask_or_menu(turn)
    elif pressed.action == "go":
        turn.conversation = replace(turn.conversation, paused=False, browsing=False, confirming="")
        learn_choice(turn, pressed.value)
        answers.go(turn, pressed.value, pressed=True)
    elif pressed.step != turn.conversation.step or turn.conversation.in_hand is None:
        _press_old(turn)
    elif pressed.action == "command":
        obey(turn, pressed.value)
    else:
        _press_answer(turn, pressed)
    return True


def find_pressed(turn: TurnBuilder) -> str | None:
    """The payload of the button pressed, or of the choice whose number or words were sent."""
    return turn.incoming.button or _find_numbered(turn) or _find_named(turn)


def _press_old(turn: TurnBuilder) -> None:
    """A button of an earlier question. The same one again at once is a double press: no word of blame."""
    twice = turn.heard == turn.conversation.last_incoming
    turn.say(turn.words("notice.pressed_twice" if twice else "notice.old_button"))
    if twice and turn.conversation.in_hand is None:
        turn.put(turn.words("notice.nothing_open"), (turn.menu_button(),))
    else:
        answers.ask_or_menu(turn)


def _press_answer(turn: TurnBuilder, pressed: Pressed) -> None:
    if turn.conversation.confirming:
        agreed = pressed.value == f"{turn.conversation.confirming}_yes"
        settle_confirmation(turn, agreed=agreed)
        return
    current = filling.form_in_hand(turn)
    if current is None:
        turn.say(turn.words("notice.old_button"))
        answers.put_menu(turn)
        return
    form, held = current
    number = pressed.value.removeprefix("change_")
    if held.asked is None and number != pressed.value and number.isdecimal():
        filling.change(turn, int(number[:3]))
        return
    field = form.find_field(held.asked)
    read = read_button(asking_of(turn, form, field, held.partial), pressed.value) if field else None
    if field is None or read is None:
        turn.say(turn.words("notice.unknown_button"))
        filling.ask(turn)
        return
    take_read(turn, field, read)


def _find_numbered(turn: TurnBuilder) -> str | None:
    """The payload a bare number stands for: the choices last offered, unless the open question reads numbers."""
    words = plain_words(turn.incoming.text)
    offered = turn.conversation.offered
    if not words.isdecimal() or not offered:
        return None
    if _reads_numbers(turn):
        return None
    at = int(words[:6]) - 1
    return offered[at] if 0 <= at < len(offered) else None


def _find_named(turn: TurnBuilder) -> str | None:
    """The payload of a choice last offered whose words were typed instead of pressed."""
    said = plain_words(turn.incoming.text)
    for payload in turn.conversation.offered if said else ():
        pressed = parse_payload(payload)
        if pressed is None or pressed.action != "go":
            continue
        own = own_data.title_of(turn, pressed.value) or consulting.title_of(turn, pressed.value)
        title = own or turn.content.title_of(pressed.value, turn.language)
        if title and plain_words(title) == said:
            return payload
    return None


def _reads_numbers(turn: TurnBuilder) -> bool:
    """Whether a number is an answer of its own to what is open, and no choice from a list."""
    state, held = turn.conversation, turn.conversation.in_hand
    if held is None or state.confirming or state.browsing or state.paused:
        return False
    form = turn.content.forms.get(held.form)
    field = form.find_field(held.asked) if form else None
    if field is None or (held.partial or {}).get("chosen"):
        return False
    return field.kind in (*SEVERAL, Kind.BUDGET, Kind.NUMBER, Kind.PHONE, Kind.WHEN)
