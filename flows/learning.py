"""What goes on the unanswered board: messages nothing approved answered, or that were misread, for people to judge.

Words go there stripped of personal data, and only where somebody can learn from them. Never: words of danger or
that may be, words said while a question about a person is open, words that may be the answer to a form's
question, and words nobody understood because the model was away (danger in them could not be looked for).
"""

import hashlib
from dataclasses import replace

from flows.buttons import go_payload
from flows.conversation import Unsettled
from flows.events import DangerSeen, Unanswered
from flows.stripping import strip_personal
from flows.turn import TurnBuilder
from flows.understanding import DANGER, Understanding

MOST_RANKED = 3
# Buttons that are no meaning: what is chosen after them is.
_ON_THE_WAY = ("menu", "unsure")


def note_unanswered(turn: TurnBuilder, reason: str, ranking: tuple[tuple[str, float], ...] = ()) -> None:
    """Notes on the board that this message got no approved answer."""
    if _is_private(turn):
        return
    text = "" if reason == "no_model" else _words_to_keep(turn)
    understanding = turn.understand() if text else None
    if understanding is not None and _may_be_danger(_ranking_of(understanding)):
        text = ""
    turn.events.append(Unanswered(reason, ranking, text, id=_row_of(turn)))


def note_unsure(turn: TurnBuilder, understanding: Understanding) -> None:
    """Notes that choices are offered for this message, and remembers it until one is chosen.

    Where danger is among them, the board gets its words only when something else was chosen.
    """
    ranking = _ranking_of(understanding)
    note_unanswered(turn, "unsure", ranking)
    _remember(turn, Unsettled(_row_of(turn), _words_to_keep(turn), ranking, offered=True))


def note_understood(turn: TurnBuilder, understanding: Understanding) -> None:
    """Remembers what is acted on, in case the next choice shows that something else was meant."""
    label = understanding.label
    if turn.content.title_of(label, turn.language) is None and not label.startswith("ask/"):
        return  # "hello", "stop" and the like lead to no choice
    ranking = _ranking_of(understanding)
    _remember(turn, Unsettled(_row_of(turn), _words_to_keep(turn), ranking, offered=False))


def learn_choice(turn: TurnBuilder, label: str) -> None:
    """A button for `label` was pressed: what it tells about the message before.

    Of choices that were offered any tells what was meant. After an answer only one the model had thought of,
    too: whoever goes on to another subject corrects nothing.
    """
    held = turn.unsettled
    if held is None:
        return
    if label in _ON_THE_WAY:
        if label == "unsure" and held.offered:
            text = "" if _may_be_danger(held.ranking) else held.text
            turn.events.append(Unanswered("corrected", held.ranking, text, id=held.id))
        turn.conversation = replace(turn.conversation, unsettled=held)
        return
    if go_payload(label) not in turn.conversation.offered or label in DANGER:
        return
    first, *others = [ranked for ranked, _ in held.ranking] or [""]
    if held.offered or label in others:
        reason = "unsure" if label == first else "corrected"
        turn.events.append(Unanswered(reason, held.ranking, held.text, chosen=label, id=held.id))


def _remember(turn: TurnBuilder, unsettled: Unsettled) -> None:
    if unsettled.text and not _is_private(turn):
        turn.conversation = replace(turn.conversation, unsettled=unsettled)


def _ranking_of(understanding: Understanding) -> tuple[tuple[str, float], ...]:
    return tuple((r.label, r.confidence) for r in understanding.ranking[:MOST_RANKED])


def _may_be_danger(ranking: tuple[tuple[str, float], ...]) -> bool:
    return any(label in DANGER for label, _ in ranking)


def _is_private(turn: TurnBuilder) -> bool:
    """Whether not even a line without words may be kept: danger was seen, or a question about a person is open."""
    if any(isinstance(event, DangerSeen) for event in turn.events):
        return True
    held = turn.conversation.in_hand
    form = turn.content.forms.get(held.form) if held is not None else None
    field = form.find_field(held.asked) if form is not None and held is not None else None
    return field is not None and field.personal


def _words_to_keep(turn: TurnBuilder) -> str:
    """The message, stripped; empty where it is no words, or may be the answer to a form's question."""
    is_answer = turn.conversation.in_hand is not None and not turn.conversation.browsing
    if is_answer or turn.incoming.button is not None or turn.incoming.start is not None:
        return ""
    if not any(c.isalpha() for c in turn.incoming.text):
        return ""  # "2" is a button of those who have none
    return strip_personal(turn.fair_words, turn.content.gazetteer.words)


def _row_of(turn: TurnBuilder) -> str:
    """The id of this message's row: nobody else's, and made of nothing that is in the message."""
    made_of = f"{turn.now.isoformat()}|{turn.incoming.number}|{turn.incoming.channel}"
    return hashlib.sha256(made_of.encode()).hexdigest()[:32]
