"""Everything said outside a form: the menu, approved answers, signposts, and what to do when unsure."""

from dataclasses import replace

from flows import (
    apart,
    beginning,
    consulting,
    filling,
    languages,
    lookups,
    moderating,
    own_data,
    solved,
    status,
    topics,
    watch_check,
)
from flows.alarm import answer_model_danger, stay_with_danger
from flows.buttons import go_payload
from flows.closing import close
from flows.content import as_wording
from flows.conversation import Answered
from flows.events import MessagesStopped
from flows.learning import note_unanswered, note_understood, note_unsure
from flows.messages import Button
from flows.safety import plain_words
from flows.texts import fill
from flows.turn import TurnBuilder
from flows.understanding import Understanding

ABOUT_SERVICE = "ask_about_bot"
OFFERED_WHEN_UNSURE = 3
# Beside the way to report a crime; less likely ones would only confuse.
ADVICE_OFFERED, WORTH_OFFERING = 2, 0.03


def put_menu(turn: TurnBuilder) -> None:
    """The choices; from inside a form also the way back to it."""
    turn.conversation = replace(turn.conversation, greeted=True)
    buttons = [b for b in (turn.go(label) for label in turn.content.menu) if b is not None]
    back = lay_over_form(turn) if turn.conversation.in_hand is not None else ()
    turn.put(turn.words("menu"), (*back, *buttons))


def lay_over_form(turn: TurnBuilder) -> tuple[Button, ...]:
    """For choices put over an open form: the way back to it. With no form in hand, the menu."""
    if turn.conversation.in_hand is None:
        return (turn.menu_button(),)
    turn.next_step()
    turn.conversation = replace(turn.conversation, browsing=True, paused=False, confirming="")
    return (turn.command("carry_on", keyword="ON"),)


def ask_or_menu(turn: TurnBuilder) -> None:
    """The open question again, or the menu where no form is in hand."""
    if filling.form_in_hand(turn) is not None:
        filling.ask(turn)
    else:
        put_menu(turn)


def stop(turn: TurnBuilder) -> None:
    """No more messages here. An unfinished form goes, and the citizen is told that it was not sent."""
    if turn.conversation.forms:
        unsent = turn.words("stopped_unsent", thing=filling.thing_in_hand(turn))
        while turn.conversation.in_hand is not None:
            close(turn, turn.conversation.in_hand)
        turn.say(unsent)
    turn.events.append(MessagesStopped())
    turn.conversation = replace(
        turn.conversation,
        stopped=True,
        paused=False,
        browsing=False,
        confirming="",
        photos=(),
        pin=None,
        photo_point=None,
        waiting_place="",
    )
    turn.put(turn.words("stopped"))


def answer_words(turn: TurnBuilder) -> bool:
    """Words with no form in hand (or with the menu over it): what the model says they mean."""
    understanding = turn.understand()
    if answer_model_danger(turn, understanding):
        return True
    if lookups.take_place(turn, understanding) or status.take_none(turn, understanding):
        return True
    unsure = understanding is None or is_unsure(turn, understanding)
    if topics.follow_up(turn, understanding, unsure=unsure):
        return True
    if understanding is None:
        _answer_without_model(turn)
    elif unsure:
        greet_once(turn)
        _offer_likely(turn, understanding)
    else:
        if turn.content.find_form_by_label(understanding.label) is None:
            greet_once(turn)  # a form's own first words say as much
        if understanding.label == "out_of_scope" and moderating.ask_what_is_seen(turn):
            return True
        note_understood(turn, understanding)
        act_on(turn, understanding.label, understanding)
    return True


def is_unsure(turn: TurnBuilder, understanding: Understanding) -> bool:
    limits = turn.content.thresholds
    others = [r.confidence for r in understanding.ranking if r.label != understanding.label]
    return understanding.confidence < limits.sure or (
        bool(others) and understanding.confidence - max(others) < limits.close
    )


def act_on(turn: TurnBuilder, label: str, understanding: Understanding | None) -> None:
    """Does what a label means."""
    form = turn.content.find_form_by_label(label)
    something_else = apart.find(turn, form) if form is not None else None
    if form is not None and something_else is not None:
        greet_once(turn)
        apart.put(turn, form, something_else)
    elif form is not None and (form.consultation or form.equality):
        consulting.begin(turn, form)
    elif form is not None:
        beginning.start_form(turn, form, understanding, label=label)
    elif label == "stop_messages" and turn.conversation.in_hand is not None:
        filling.confirm(turn, "stop")
    elif label == "stop_messages":
        stop(turn)
    elif label in ("affirm", "deny") and stay_with_danger(turn):
        pass
    elif label in ("greet", "help", "affirm", "deny", "skip", "go_back"):
        ask_or_menu(turn) if turn.conversation.browsing else put_menu(turn)
    elif label == "cancel" and turn.conversation.in_hand is not None:
        filling.confirm(turn, "drop")
    elif label == "cancel":
        turn.say(turn.words("nothing_to_cancel"))
        put_menu(turn)
    elif label in ("goodbye", "thanks"):
        turn.put(turn.words(label), after_answer(turn))
        filling.resume(turn)
    else:
        go(turn, label, understanding=understanding)


def _advice_on(turn: TurnBuilder, label: str, understanding: Understanding | None) -> list[Button]:
    """For who reports a crime: what to do after the kinds of crime the words may be about."""
    if label != "report_crime" or understanding is None or turn.conversation.in_hand is not None:
        return []
    likely = [
        r.label
        for r in understanding.ranking
        if r.label.startswith("ask/") and r.confidence >= WORTH_OFFERING
    ]
    return [b for b in (turn.go(topic) for topic in likely[:ADVICE_OFFERED]) if b is not None]


def go(
    turn: TurnBuilder, label: str, *, pressed: bool = False, understanding: Understanding | None = None
) -> None:
    """Acts on a label, chosen by a button (`pressed`) or understood, and comes back to an open form."""
    form = turn.content.find_form_by_label(label)
    if label in ("menu", "start"):
        put_menu(turn)
    elif any(asked.press(turn, label) for asked in (topics, own_data, watch_check, solved, consulting)):
        return
    elif label == status.LABEL:
        status.ask(turn)
    elif label == "unsure":
        turn.say(turn.words("try_other_words"))
        put_menu(turn)
    elif (code := languages.read_language_label(label)) is not None and code in turn.content.texts.languages:
        languages.speak(turn, code)
        ask_or_menu(turn)
    elif label == "change_language" and languages.others_on(turn):
        _change_language(turn)
    elif form is not None:
        beginning.start_form(turn, form, label=label, pressed=pressed)
    elif label.startswith("ask/") and (not pressed or label.removeprefix("ask/") in turn.content.knowledge):
        topics.answer_topic(turn, label.removeprefix("ask/"))
        filling.resume(turn)
    elif label in lookups.LABELS:
        lookups.look_up(turn, label)
    elif label in turn.content.signposts:
        _put_signpost(turn, label, understanding)
    elif pressed:
        turn.say(turn.words("notice.unknown_button"))
        ask_or_menu(turn)
    else:
        note_unanswered(turn, "no_entry", ((label, 1.0),))
        turn.put(turn.words("no_answer"), after_answer(turn))
        filling.resume(turn)


def _put_signpost(turn: TurnBuilder, label: str, understanding: Understanding | None) -> None:
    """Who asks about the service again is told how long what they say is kept, and what they can do about it."""
    about = label == ABOUT_SERVICE
    if about and topics.has_just_answered(turn, label):
        turn.conversation = replace(turn.conversation, answered=None)
        own_data.put_choices(turn)
        return
    said = fill(as_wording(turn.content.signposts[label]), {})
    more = _advice_on(turn, label, understanding)
    if about:
        turn.conversation = replace(turn.conversation, answered=Answered(label))
        more = [b for b in (turn.go("my_data"),) if b is not None and turn.conversation.in_hand is None]
    turn.put(said, (*turn.fitting(said, more), *after_answer(turn)))
    filling.resume(turn)


def _change_language(turn: TurnBuilder) -> None:
    wanted = languages.find_wanted(turn)
    if wanted is not None:
        languages.speak(turn, wanted)
        ask_or_menu(turn)
    else:
        languages.put_choice(turn)
        filling.resume(turn)


def after_answer(turn: TurnBuilder) -> tuple[Button, ...]:
    return () if turn.conversation.in_hand is not None else (turn.menu_button(),)


def greet_once(turn: TurnBuilder) -> None:
    """The first message of a conversation is told who answers, and that nobody watches."""
    if not turn.conversation.greeted:
        turn.conversation = replace(turn.conversation, greeted=True)
        turn.say(turn.words("welcome"))


def _answer_without_model(turn: TurnBuilder) -> None:
    """The model is away: a form whose keyword stands in the message begins; else the menu."""
    words = f" {plain_words(turn.incoming.text)} "
    # "Plan" in a sentence is no wish to answer the survey of that name.
    labels = {form.label for form in turn.content.forms.values() if form.consultation}
    found = (label for k, label in turn.content.keywords.items() if f" {k} " in words)
    begun = next((label for label in found if label not in labels), None)
    if begun is not None:
        go(turn, begun)
        return
    note_unanswered(turn, "no_model")
    greet_once(turn)
    turn.say(turn.words("no_model"))
    put_menu(turn)


def _offer_likely(turn: TurnBuilder, understanding: Understanding) -> None:
    """The most likely meanings as buttons; the message goes on the board of unanswered ones."""
    ranking = understanding.ranking or ()
    note_unsure(turn, understanding)
    likely = [b for b in (turn.go(r.label) for r in ranking[:6]) if b is not None][:OFFERED_WHEN_UNSURE]
    reports = {go_payload(form.label) for form in turn.content.forms.values() if form.screened}
    turn.about_report = any(button.payload in reports for button in likely)
    if any(r.label in ("emergency", "crisis") for r in ranking[:3]):
        likely.insert(0, Button(turn.label("topic.emergency"), go_payload("emergency")))
    if not likely:
        turn.say(turn.words("not_understood"))
        put_menu(turn)
        return
    other = Button(turn.label("button.something_else"), go_payload("unsure"))
    back = (turn.command("carry_on", keyword="ON"),) if turn.conversation.in_hand is not None else ()
    turn.put(turn.words("unsure"), (*likely, other, *back))
