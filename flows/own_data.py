"""What the person may do with what is held about them, in one word and in every state: see, withdraw, erase, join."""

from collections.abc import Callable
from dataclasses import replace

from flows import answers, codes, filling
from flows.buttons import go_payload
from flows.closing import erase
from flows.code_kinds import make_code
from flows.events import AlertsStarted, AlertsStopped, ConsentWithdrawn, DataAsked
from flows.facts import show_date
from flows.messages import Button, ChannelName
from flows.safety import plain_words
from flows.turn import TurnBuilder

FORGET = "forget"  # Conversation.confirming
MOST_CONSENTS = 6


def obey_rights(turn: TurnBuilder) -> bool:
    """A message that is nothing but one of these words; it acts in the middle of a form and after STOP."""
    if turn.incoming.edited:
        return False
    name = turn.content.texts.words(turn.language).rights.get(plain_words(turn.incoming.text))
    if name is None:
        return False
    turn.conversation = replace(turn.conversation, confirming="")
    _ACTS[name](turn)
    return True


def press(turn: TurnBuilder, label: str) -> bool:
    """A button of these; False for the label of another."""
    name, _, value = label.partition("/")
    if label == "my_data":
        put_choices(turn)
    elif label in ("my_data/send", "my_data/consents"):
        send(turn) if label.endswith("send") else put_consents(turn)
    elif label in ("delete_my_data", "my_data/forget"):
        confirm_erasure(turn)
    elif label in ("my_data/forget_yes", "my_data/forget_no"):
        settle_erasure(turn, agreed=label.endswith("yes"))
    elif label == "my_data/join":
        codes.offer_join(turn)
    elif name == "withdraw" and value:
        withdraw(turn, value)
    elif name == "handover" and value:
        codes.take_handover(turn, value)
    else:
        return False
    return True


def title_of(turn: TurnBuilder, label: str) -> str | None:
    """What the button of one of these says; None for the label of another."""
    name = label.removeprefix("my_data/")
    if name == label:
        return None
    key = f"button.{name}" if name.startswith(FORGET + "_") else f"button.data_{name}"
    return turn.label(key)


def put_choices(turn: TurnBuilder) -> None:
    """How long it is kept, who reads it, and what can be done with it; from inside a form too."""
    names = ("send", "consents", "forget", "join")
    buttons = tuple(Button(turn.label(f"button.data_{n}"), go_payload(f"my_data/{n}")) for n in names)
    kept = turn.content.kept
    turn.say(
        turn.words(
            "my_data.kept",
            messages=kept.messages_days,
            closed=kept.personal_after_closed_days,
            latest=kept.personal_at_most_days,
        )
    )
    turn.put(turn.words("my_data.choose"), (*buttons, *answers.lay_over_form(turn)))


def send(turn: TurnBuilder) -> None:
    """What is held: a file on Telegram, else a page that a short code opens."""
    code = make_code("data", turn.incoming.number)
    turn.events.append(DataAsked(code))
    if turn.incoming.channel is ChannelName.TELEGRAM:
        turn.put(turn.words("my_data.file"), answers.after_answer(turn))
    else:
        page = f"{turn.content.public_url.rstrip('/')}/my-data"
        turn.put(turn.words("my_data.page", page=page, code=code), answers.after_answer(turn))
    filling.resume(turn)


def put_consents(turn: TurnBuilder) -> None:
    """What was agreed to, each with a button to take it back."""
    given = turn.person().consents[:MOST_CONSENTS]
    if not given:
        turn.put(turn.words("my_data.no_consents"), answers.after_answer(turn))
        filling.resume(turn)
        return
    buttons = []
    for consent in given:
        form = turn.content.forms.get(consent.form)
        thing = turn.content.texts.form(consent.form, turn.language).thing or (form.thing if form else "")
        label = f"{thing or consent.wording}, {show_date(consent.given_on)}"
        buttons.append(Button(label[:60], go_payload(f"withdraw/{consent.id}")))
    turn.put(turn.words("my_data.consents"), (*buttons, *answers.lay_over_form(turn)))


def withdraw(turn: TurnBuilder, consent: str) -> None:
    """Takes a consent back; what was kept because of it goes."""
    if any(c.id == consent for c in turn.person().consents):
        turn.events.append(ConsentWithdrawn(consent))
        turn.put(turn.words("my_data.withdrawn"), answers.after_answer(turn))
    else:
        turn.put(turn.words("my_data.withdrawn_before"), answers.after_answer(turn))
    filling.resume(turn)


def confirm_erasure(turn: TurnBuilder) -> None:
    """Asks before everything goes: what will, what must stay and why."""
    turn.conversation = replace(turn.conversation, confirming=FORGET, paused=False, browsing=False)
    yes = Button(turn.label("button.forget_yes"), go_payload("my_data/forget_yes"))
    no = Button(turn.label("button.forget_no"), go_payload("my_data/forget_no"))
    turn.put(turn.words("forget.ask"), (yes, no))


def settle_erasure(turn: TurnBuilder, *, agreed: bool) -> None:
    """The answer to "shall I erase everything?"."""
    turn.conversation = replace(turn.conversation, confirming="")
    if agreed:
        erase(turn)
        return
    turn.say(turn.words("forget.kept"))
    answers.ask_or_menu(turn)


def stop_alerts(turn: TurnBuilder) -> None:
    """Answers go on; nothing comes unasked."""
    turn.events.append(AlertsStopped())
    turn.put(turn.words("alerts.stopped"), answers.after_answer(turn))
    filling.resume(turn)


def start_alerts(turn: TurnBuilder) -> None:
    turn.events.append(AlertsStarted())
    turn.put(turn.words("alerts.started"), answers.after_answer(turn))
    filling.resume(turn)


_ACTS: dict[str, Callable[[TurnBuilder], None]] = {
    "my_data": put_choices,
    "forget": confirm_erasure,
    "stop_alerts": stop_alerts,
    "start_alerts": start_alerts,
    "join_chats": lambda turn: codes.offer_join(turn),
    "undo": lambda turn: codes.undo_join(turn),
}
