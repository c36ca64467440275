"""The conversation: one message in, one turn out. Pure: the same arguments give the same turn.

The order is the point: danger, then STOP, then what can only mean one thing (buttons, numbers, commands,
sure answers), and only then the words as the model understood them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flows import (
    answers,
    codes,
    consultation_changing,
    filling,
    languages,
    moderating,
    own_data,
    status,
    topics,
)
from flows.alarm import answer_danger, answer_model_danger
from flows.buttons import go_payload
from flows.cleaning import clean_text
from flows.commands import obey_language_name, obey_words
from flows.content import Content
from flows.conversation import Conversation
from flows.events import MessagesStarted, PersonToldMore
from flows.facts import Facts
from flows.filing import file_form
from flows.messages import Incoming
from flows.photo_place import answer_photo_offer
from flows.pressing import find_pressed, press
from flows.replying import answer_question, take_media
from flows.safety import DangerKind, Keyword, plain_words, read_keyword
from flows.turn import Turn, TurnBuilder, WordsNeeded
from flows.understanding import Understanding

NO_FACTS: Facts = {}
AWAY = timedelta(hours=12)
LONGEST_READ = 4000
OWN_DATA = (go_payload("my_data/"), go_payload("withdraw/"))


class Engine:
    """Takes turns over one set of content."""

    def __init__(self, content: Content) -> None:
        self.content = content

    def try_turn(
        self, conversation: Conversation, incoming: Incoming, now: datetime, facts: Facts = NO_FACTS
    ) -> Turn | None:
        """The turn, where it needs no model; None where the words must be understood first.

        Raises FactsNeeded, as `take_turn` does, where the record must be asked: then once more with the answer.
        """
        try:
            return self._take(conversation, incoming, None, now, facts, model_asked=False)
        except WordsNeeded:
            return None

    def take_turn(
        self,
        conversation: Conversation,
        incoming: Incoming,
        understanding: Understanding | None,
        now: datetime,
        facts: Facts = NO_FACTS,
    ) -> Turn:
        """The turn, with what the model made of the words (None: the model is away). Raises FactsNeeded."""
        return self._take(conversation, incoming, understanding, now, facts, model_asked=True)

    def _take(
        self,
        conversation: Conversation,
        incoming: Incoming,
        understanding: Understanding | None,
        now: datetime,
        facts: Facts,
        *,
        model_asked: bool,
    ) -> Turn:
        incoming = replace(incoming, text=clean_text(incoming.text))
        turn = TurnBuilder(
            self.content, conversation, incoming, understanding, now, model_asked=model_asked, facts=facts
        )
        for step in STEPS:
            if step(turn):
                break
        if turn.sends_form:
            file_form(turn)
        moderating.keep_out(turn, conversation.in_hand)
        return languages.add_offer(turn, turn.finish())


# Each step returns True where it has dealt with the message.


def _look_for_danger(turn: TurnBuilder) -> bool:
    kind = turn.content.safety.find_danger(turn.incoming.text)
    if kind is not None:
        answer_danger(turn, kind, by="rules")
        return True
    if turn.incoming.button == go_payload("emergency"):
        answer_danger(turn, DangerKind.EMERGENCY, by="button")
        return True
    return False


def _stop_and_start(turn: TurnBuilder) -> bool:
    keyword = None
    if not turn.incoming.edited:
        keyword = read_keyword(turn.incoming.text, carrier=turn.is_sms)
    if keyword is Keyword.STOP:
        answers.stop(turn)
        return True
    if turn.conversation.stopped and _settles_own_data(turn):
        return False
    wants_start = keyword is Keyword.START or turn.incoming.button == go_payload("start")
    if turn.conversation.stopped and wants_start:
        _start_again(turn)
        turn.say(turn.words("started"))
        answers.put_menu(turn)
        return True
    if keyword is Keyword.HELP and turn.is_sms:
        _put_sms_help(turn)
        return True
    if not turn.conversation.stopped:
        return False
    if turn.incoming.start is not None:
        # Pressing Start on Telegram, or opening a link, is asking for messages again.
        _start_again(turn)
        return False
    if not turn.is_sms:
        turn.put(turn.words("still_stopped"), (turn.go_button("start"),))
    return True


def _start_again(turn: TurnBuilder) -> None:
    turn.conversation = replace(turn.conversation, stopped=False)
    turn.events.append(MessagesStarted())


def _put_sms_help(turn: TurnBuilder) -> None:
    """HELP answers the same in every state, as carriers ask; then the open question comes again."""
    turn.put(turn.words("sms_help"))
    if turn.conversation.in_hand is not None and not turn.conversation.stopped:
        turn.say(turn.words("form.help"))
        filling.ask(turn)


def _tell_of_unreadable(turn: TurnBuilder) -> bool:
    """Edits, broken photos, voice notes, empty and endless messages: each gets its own words."""
    incoming = turn.incoming
    if incoming.edited:
        turn.say(turn.words("notice.edited"))
        filling.ask(turn)
        return True
    has_words = bool(plain_words(incoming.text))
    for problem in dict.fromkeys(p.problem for p in incoming.photos if p.problem):
        turn.say(turn.words(problem))
    if incoming.notice:
        turn.say(turn.words(incoming.notice))
    told = bool(incoming.notice) or any(p.problem for p in incoming.photos)
    readable = has_words or incoming.button or incoming.location or incoming.start is not None
    if not readable and not any(p.id for p in incoming.photos):
        if not told:
            turn.say(turn.words("notice.empty"))
        answers.ask_or_menu(turn)
        return True
    if len(incoming.text) > LONGEST_READ:
        turn.say(turn.words("notice.long"))
        answers.ask_or_menu(turn)
        return True
    return False


def _welcome_back(turn: TurnBuilder) -> bool:
    seen = turn.conversation.seen()
    if seen is None or turn.now - seen <= AWAY:
        return False
    # A pin or photo of another day is not about what is said now, nor is "yes" the answer to a question of that day.
    turn.conversation = replace(turn.conversation, photos=(), pin=None, photo_point=None, confirming="")
    turn.photo_offer = None
    if not turn.conversation.forms:
        turn.conversation = replace(turn.conversation, waiting_place="")
    else:
        turn.say(turn.words("form.welcome_back", thing=filling.thing_in_hand(turn)))
        filling.read_back_first(turn)
    return False


def _follow_link(turn: TurnBuilder) -> bool:
    payload = turn.incoming.start
    if payload is None:
        return False
    form = turn.content.forms.get(payload)
    label = form.label if form is not None else payload
    topic = payload.removeprefix("ask_")
    if turn.content.find_form_by_label(label) is not None:
        answers.go(turn, label)
    elif payload.startswith("ask_") and topic in turn.content.knowledge:
        topics.answer_topic(turn, topic)
        filling.resume(turn)
    elif turn.conversation.in_hand is not None:
        filling.resume(turn)
    else:
        turn.say(turn.words("welcome"))
        answers.put_menu(turn)
    return True


def _carry_on(turn: TurnBuilder) -> bool:
    """After danger words the question is put again before anything is read as its answer."""
    if not turn.conversation.paused:
        return False
    if turn.incoming.location is not None:  # a pin can only be an answer
        turn.conversation = replace(turn.conversation, paused=False)
        return False
    if turn.incoming.text and answer_model_danger(turn, turn.understand()):
        return True
    filling.resume(turn)
    return True


def _settles_own_data(turn: TurnBuilder) -> bool:
    """Whether this answers what was asked about one's own data, which may be at any time, as asking for it may."""
    pressed = find_pressed(turn) or ""
    return turn.conversation.confirming == own_data.FORGET or pressed.startswith(OWN_DATA)


def _leave_to_person(turn: TurnBuilder) -> bool:
    """While a member of staff has the chat, words are theirs to answer."""
    if not turn.conversation.taken_until:
        return False
    if turn.conversation.is_taken(turn.now):
        if _settles_own_data(turn):
            return False
        if turn.incoming.text and answer_model_danger(turn, turn.understand()):
            return True
        turn.events.append(PersonToldMore())
        return True
    turn.conversation = replace(turn.conversation, taken_until="")
    turn.say(turn.words("person.left"))
    return False


STEPS: tuple[Callable[[TurnBuilder], bool], ...] = (
    _look_for_danger,
    own_data.obey_rights,
    _stop_and_start,
    _leave_to_person,
    codes.take_code,
    _tell_of_unreadable,
    _welcome_back,
    _follow_link,
    answer_photo_offer,
    press,
    consultation_changing.take_ticket,
    status.take_reference,
    topics.answer_if_safe,
    obey_words,
    obey_language_name,
    take_media,
    _carry_on,
    answer_question,
    answers.answer_words,
)
