"""Languages beside the one in hand: offered once, in their own words, where somebody writes in them.

The offer rides on the answer and never stands in its place: it is added to a finished turn. It never goes before
words about danger. What is offered are the languages that are on (config.yml); of the others it is said that they
may be written, that answers come in English for now, and 999.
"""

from dataclasses import replace

from flows.buttons import go_payload
from flows.events import DangerSeen, LoopStopped, MessagesStopped
from flows.messages import Button, Reply
from flows.safety import plain_words
from flows.texts import fill
from flows.turn import Turn, TurnBuilder, fits_two_texts

_LABEL = "language/"
# Said around a language's name: "in polish please".
_AROUND = frozenset("in please pls speak language".split())


def language_label(code: str) -> str:
    """The label of a button that switches."""
    return _LABEL + code


def read_language_label(label: str) -> str | None:
    """The language a button's label switches to; None for any other label."""
    return label.removeprefix(_LABEL) if label.startswith(_LABEL) else None


def others_on(turn: TurnBuilder) -> tuple[str, ...]:
    """The languages that are on beside the one in hand."""
    return tuple(code for code in turn.content.texts.languages if code != turn.language)


def find_named(turn: TurnBuilder, said: str) -> str | None:
    """The language a message names and does nothing else; on or not. `said` are plain words."""
    if not said:
        return None
    bare = " ".join(word for word in said.split() if word not in _AROUND)
    for code in (*turn.content.texts.languages, *turn.content.languages):
        if {said, bare} & _names_of(turn, code):
            return code
    return None


def find_wanted(turn: TurnBuilder) -> str | None:
    """Which of the other languages that are on a wish for another language means; None where it does not say."""
    said = f" {plain_words(turn.incoming.text)} "
    others = others_on(turn)
    named = [code for code in others if any(f" {name} " in said for name in _names_of(turn, code))]
    if len(named) == 1:
        return named[0]
    return turn.heard_language if turn.heard_language in others else None


def speak(turn: TurnBuilder, code: str) -> None:
    """From here on in another language that is on; says so in it."""
    turn.conversation = replace(turn.conversation, language=code)
    _note_offered(turn, code)
    turn.say(turn.words("language.switched", name=turn.content.texts.file(code).name))


def say_not_yet(turn: TurnBuilder, code: str) -> None:
    """That a language may be written but is not spoken yet, in that language."""
    _note_offered(turn, code)
    turn.say(fill(turn.content.languages[code].not_yet, {}))


def put_choice(turn: TurnBuilder) -> None:
    """The languages that are on, to choose from."""
    turn.put(turn.words("language.choose"), tuple(_button(turn, code) for code in others_on(turn)))


def add_offer(builder: TurnBuilder, turn: Turn) -> Turn:
    """The turn with its language offered ahead of the answer, where the message was in another one for the first time.

    With danger in it the words about danger stay first. Nothing is added to silence, to a farewell after STOP, or
    to a turn that offers or takes up a language already.
    """
    code = builder.heard_language
    if code is None or code not in builder.content.languages or not turn.replies:
        return turn
    conversation = turn.conversation
    if code == conversation.language or code in conversation.languages_offered or conversation.stopped:
        return turn
    if any(isinstance(event, LoopStopped | MessagesStopped) for event in turn.events) or _offers(turn):
        return turn
    kept = replace(conversation, languages_offered=(*conversation.languages_offered, code))
    return replace(turn, conversation=kept, replies=_with_offer(builder, turn, code))


def _with_offer(builder: TurnBuilder, turn: Turn, code: str) -> tuple[Reply, ...]:
    language = builder.content.languages[code]
    is_on = code in builder.content.texts.languages
    said = fill(language.offer if is_on else language.not_yet, {})
    buttons = (_button(builder, code),) if is_on else ()
    first, *rest = turn.replies
    alone = Reply(said.text, buttons, said.sms, urgent=first.urgent)
    if any(isinstance(event, DangerSeen) for event in turn.events):
        return (first, alone, *rest)
    together = replace(
        first,
        text=f"{said.text}\n\n{first.text}",
        sms=f"{said.sms}\n{first.sms or first.text}",
        buttons=(*first.buttons, *buttons),
    )
    if builder.is_sms and not fits_two_texts(together.to_sms()):
        return (alone, first, *rest)
    return (together, *rest)


def _offers(turn: Turn) -> bool:
    switches = go_payload(_LABEL)
    return any(b.payload.startswith(switches) for reply in turn.replies for b in reply.buttons)


def _button(turn: TurnBuilder, code: str) -> Button:
    """The button that switches; its keyword keeps it out of the numbered choices of the answer it rides on."""
    known = turn.content.languages.get(code)
    name = turn.content.texts.file(code).name
    return Button(
        known.name if known else name,
        go_payload(language_label(code)),
        known.keyword if known else plain_words(name).upper(),
    )


def _names_of(turn: TurnBuilder, code: str) -> set[str]:
    known = turn.content.languages.get(code)
    names = {plain_words(name) for name in (*known.names, known.name)} if known else set()
    if code in turn.content.texts.languages:
        names.add(plain_words(turn.content.texts.file(code).name))
    return names


def _note_offered(turn: TurnBuilder, code: str) -> None:
    offered = turn.conversation.languages_offered
    if code not in offered:
        turn.conversation = replace(turn.conversation, languages_offered=(*offered, code))
