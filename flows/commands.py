"""Words that act: back, skip, menu, drop, send and the like, and yes or no where the service itself asked."""

from dataclasses import replace

from flows import answers, consulting, filling, languages, own_data, topics
from flows.alarm import answer_model_danger, stay_with_danger
from flows.asking import asking_of
from flows.choices import names_of
from flows.filing import file_form
from flows.forms import CHOOSING
from flows.questions import read_certain
from flows.reading import Answered
from flows.safety import plain_words
from flows.turn import TurnBuilder
from flows.words import Words

# What may be done while the menu or a word about danger lies over a form; all else puts the question first.
_OVER_A_FORM = ("menu", "help", "drop", "person", "hide")


def obey_words(turn: TurnBuilder) -> bool:
    """Does what a message that is nothing but a command says."""
    said = plain_words(turn.incoming.text)
    if not said:
        return False
    words = turn.content.texts.words(turn.language)
    if turn.conversation.confirming:
        return _confirm_in_words(turn, words, said)
    name = words.commands.get(said)
    held = turn.conversation.in_hand
    if held is None:
        return _obey_without_form(turn, words, said, name)
    if turn.conversation.paused or turn.conversation.browsing:
        if name in _OVER_A_FORM:
            obey(turn, name)
            return True
        if name is not None or said in words.yes:
            filling.resume(turn)
            return True
        return False
    if held.asked is None and not turn.asked_anew:
        number = words.read_change(said)
        if number is not None:
            filling.change(turn, number)
            return True
        name = _meant_at_read_back(words, said) or name
    elif held.sends and name == "send":
        name = "skip"
    elif held.sends and words.commands.get(said.split()[0]) == "change" and (n := words.read_change(said)):
        filling.change(turn, n)
        return True
    elif turn.content.keywords.get(said) == consulting.MINE:
        answers.go(turn, consulting.MINE)
        return True
    elif name in ("send", "change"):
        return False
    if name is None or (name == "skip" and _names_option(turn, said)):
        return False
    obey(turn, name)
    return True


def _names_option(turn: TurnBuilder, said: str) -> bool:
    """Whether a survey's question has such words as an option of its own ("don't know", "prefer not to say")."""
    current = filling.form_in_hand(turn)
    field = current[0].find_field(current[1].asked) if current is not None else None
    if current is None or field is None or not field.survey or field.kind not in CHOOSING:
        return False
    asking = asking_of(turn, current[0], field, current[1].partial)
    return any(said in names_of(asking, option) for option in asking.field.options)


def obey_language_name(turn: TurnBuilder) -> bool:
    """A message that is nothing but a language's name: from here on in that one, or that it is not spoken yet.

    Where it may be the answer to an open question it is left to that.
    """
    code = languages.find_named(turn, plain_words(turn.incoming.text))
    if code is None or _may_be_answer(turn):
        return False
    if code in turn.content.texts.languages:
        if len(turn.content.texts.languages) == 1:
            return False  # "english" where nothing else is spoken: the model knows what is meant
        languages.speak(turn, code)
    else:
        answers.greet_once(turn)
        languages.say_not_yet(turn, code)
    answers.ask_or_menu(turn)
    return True


def _may_be_answer(turn: TurnBuilder) -> bool:
    state = turn.conversation
    current = None if state.paused or state.browsing else filling.form_in_hand(turn)
    if current is None:
        return False
    form, held = current
    field = form.find_field(held.asked)
    if field is None:
        return False
    asking = asking_of(turn, form, field, held.partial)
    return field.is_free_text or isinstance(read_certain(asking, turn.incoming), Answered)


def obey(turn: TurnBuilder, name: str) -> None:
    """A command while a form is in hand."""
    turn.conversation = replace(turn.conversation, paused=False, browsing=False)
    if name == "back":
        filling.go_back(turn)
    elif name == "skip":
        filling.skip(turn)
    elif name == "done":
        filling.finish(turn)
    elif name == "drop":
        filling.confirm(turn, "drop")
    elif name == "send":
        file_form(turn)
    elif name == "change":
        _change(turn)
    elif name == "menu":
        answers.put_menu(turn)
    elif name == "help":
        filling.show_help(turn)
    elif name == "person":
        answers.go(turn, "talk_to_person")
    elif name == "hide":
        topics.hide(turn)
    elif name == "more" and topics.tell_more(turn):
        pass
    elif name == "carry_on" and turn.conversation.in_hand is None:
        answers.put_menu(turn)
    elif name == "carry_on":
        filling.resume(turn)
    else:
        filling.ask(turn)


def settle_confirmation(turn: TurnBuilder, *, agreed: bool) -> None:
    """The answer to "shall I throw it away?" or "shall I stop?"."""
    what = turn.conversation.confirming
    if what == own_data.FORGET:
        own_data.settle_erasure(turn, agreed=agreed)
        return
    turn.conversation = replace(turn.conversation, confirming="")
    if not agreed:
        turn.say(turn.words("form.not_dropped"))
        filling.ask(turn)
    elif what == "stop":
        answers.stop(turn)
    else:
        filling.drop(turn)
        if turn.conversation.in_hand is None:
            answers.put_menu(turn)


def _change(turn: TurnBuilder) -> None:
    held = turn.conversation.in_hand
    if held is not None and held.asked is None:
        filling.change(turn, None)
    else:
        filling.ask(turn)


def _changes(words: Words, said: str) -> bool:
    """ "change", "change 3": said where nothing is open, it is about what was sent last."""
    is_change = words.commands.get(said.split()[0]) == "change"
    return is_change and (len(said.split()) == 1 or words.read_change(said) is not None)


def _meant_at_read_back(words: Words, said: str) -> str | None:
    if said in words.wrong | words.no:
        return "change"
    if said in words.right | words.yes:
        return "send"
    return None


def _confirm_in_words(turn: TurnBuilder, words: Words, said: str) -> bool:
    name = words.commands.get(said)
    forgets = turn.conversation.confirming == own_data.FORGET
    if said in words.yes or (name == "drop" and not forgets):
        settle_confirmation(turn, agreed=True)
    elif said in words.no | words.keep or name in ("carry_on", "drop"):
        settle_confirmation(turn, agreed=False)
    elif name in ("menu", "help", "person", "back"):
        turn.conversation = replace(turn.conversation, confirming="")
        obey(turn, "carry_on" if name == "back" else name)
    elif answer_model_danger(turn, turn.understand()):
        pass
    elif forgets:
        # Something else is on their mind: nothing is erased, and it is answered; after STOP nothing is said.
        turn.conversation = replace(turn.conversation, confirming="")
        return turn.conversation.stopped
    else:
        turn.say(turn.words("yes_no.unclear"))
        filling.confirm(turn, turn.conversation.confirming)
    return True


def _obey_without_form(turn: TurnBuilder, words: Words, said: str, name: str | None) -> bool:
    begun = turn.content.keywords.get(said)
    if begun is not None:
        answers.go(turn, begun)
    elif consulting.begin_with_place(turn, said):
        pass
    elif _changes(words, said) and consulting.has_answered(turn):
        answers.go(turn, consulting.MINE)
    elif name in ("menu", "help", "carry_on", "back"):
        answers.greet_once(turn)
        answers.put_menu(turn)
    elif name == "drop":
        turn.say(turn.words("nothing_to_cancel"))
        answers.put_menu(turn)
    elif name == "person":
        answers.go(turn, "talk_to_person")
    elif name == "hide":
        topics.hide(turn)
    elif name == "more":
        return topics.tell_more(turn)
    elif name in ("helped", "not_helped") and turn.conversation.answered is not None:
        topics.rate(turn, helped=name == "helped")
    elif said in words.yes | words.no and stay_with_danger(turn):
        pass
    elif said in words.no and turn.conversation.greeted:
        turn.put(turn.words("goodbye"))
    else:
        return False
    return True
