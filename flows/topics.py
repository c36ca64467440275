"""Answers to questions: the approved words for the topic and the case, what may follow, and what a follow-up means.

A topic that must not be seen over a shoulder is preceded by one question: is it safe to talk here?
"""

from dataclasses import replace
from datetime import timedelta

from flows import filling
from flows.alarm import answer_model_danger
from flows.buttons import go_payload
from flows.content import KnowledgeEntry, as_wording
from flows.conversation import Answered
from flows.events import AnswerGiven, AnswerRated, HideAsked, Unanswered
from flows.learning import note_unanswered
from flows.messages import Button, ChannelName, Reply
from flows.safety import plain_words
from flows.texts import Said, fill
from flows.turn import TurnBuilder, fits_two_texts
from flows.understanding import DANGER, Understanding

# A question so long after the answer is a new one.
FOLLOWS_WITHIN = timedelta(minutes=30)
# "what if i rent?" is about the last answer; a longer message tells its own story.
SHORT_FOLLOW_UP = 8
MOST_CASES_OFFERED = 2
MOST_OFFERED = 3
MOST_CHOICES = 5
WORTH_OFFERING = 0.02


def answer_topic(turn: TurnBuilder, topic: str, *, case: str | None = None, safe: bool = False) -> None:
    """The approved answer with its source and date, or an honest "not yet".

    `case`: for whom ("" for the entry's own words); where it is not told, the words of the message decide.
    """
    entry = find_entry(turn, topic)
    if entry is None:
        note_unanswered(turn, "no_entry", ((f"ask/{topic}", 1.0),))
        turn.put(turn.words("no_answer"), _menu_unless_in_form(turn))
        return
    if case is None:
        case = turn.content.cases.find(turn.incoming.text, entry.cases) or _lasting_case(turn, entry)
    if entry.private and not safe and not turn.conversation.discreet:
        _ask_if_safe(turn, topic, case)
        return
    turn.events.append(AnswerGiven(topic, case))
    turn.conversation = replace(turn.conversation, answered=Answered(topic, case))
    said = fill(as_wording(entry.find_answer(case)), {})
    if not turn.conversation.discreet:
        source = _say_source(turn, entry)
        said = Said(f"{said.text.strip()}\n\n{source.text}", said.sms.strip())
    _put_answer(turn, said, _choices_after(turn, entry, case), topic)


def _say_source(turn: TurnBuilder, entry: KnowledgeEntry) -> Said:
    """Where it comes from and when it was reviewed; only pages somebody has read are named."""
    reviewed = f"{entry.reviewed_on:%-d %B %Y}"
    if not entry.read_sources:
        return turn.words("answer.source_general", reviewed=reviewed)
    return turn.words("answer.source", sources="; ".join(entry.read_sources), reviewed=reviewed)


def find_entry(turn: TurnBuilder, topic: str) -> KnowledgeEntry | None:
    """The entry of a topic; None where there is none, or where nobody has reviewed it in time."""
    entry = turn.content.knowledge.get(topic)
    return entry if entry is not None and turn.today <= entry.review_by else None


def _put_answer(turn: TurnBuilder, said: Said, choices: list[Button], topic: str) -> None:
    """One message: on SMS with as many choices as two texts hold, the likeliest first; else with all."""
    discreet = turn.conversation.discreet
    if discreet:
        # What a locked phone shows of a message is its beginning.
        turn.say(turn.words("discreet.first_words"))
        choices = [turn.go_button("hide")] if turn.incoming.channel is ChannelName.TELEGRAM else []
    if turn.conversation.in_hand is not None:
        turn.put(said, (), topic=None if discreet else topic)
        return
    more = [turn.go_button("more")] if turn.is_sms else []
    if not turn.is_sms and not discreet:
        choices += [turn.go_button("helped"), turn.go_button("not_helped")]
    fixed = [*more, turn.menu_button()]
    while choices and turn.is_sms and not fits_two_texts(Reply("", (*choices, *fixed), said.sms).to_sms()):
        choices.pop()
    if turn.is_sms and not fits_two_texts(Reply("", tuple(fixed), said.sms).to_sms()):
        fixed = fixed[:1]
    turn.put(said, (*choices, *fixed), topic=None if discreet else topic)


def _choices_after(turn: TurnBuilder, entry: KnowledgeEntry, case: str) -> list[Button]:
    """What can be begun from here, the other cases, what is asked next: the likeliest first."""
    starts = [b for b in (turn.go(label) for label in entry.start) if b is not None]
    cases = [
        Button(turn.content.cases.cases[name].title, go_payload(f"case/{name}"))
        for name in entry.cases  # as they are written: what most people need first
        if name != case and name in turn.content.cases.cases
    ]
    offered = [*starts[:1], *cases[:MOST_CASES_OFFERED], *starts[1:2], *_related(turn, entry)[:MOST_OFFERED]]
    return offered[:MOST_CHOICES]


def _related(turn: TurnBuilder, entry: KnowledgeEntry) -> list[Button]:
    found = (turn.go(f"ask/{topic}") for topic in entry.related if find_entry(turn, topic))
    return [button for button in found if button is not None]


# --- after an answer ---------------------------------------------------------------------------------------------


def follow_up(turn: TurnBuilder, understanding: Understanding | None, *, unsure: bool) -> bool:
    """Takes a message as being about the answer before it ("and for my van?", "what if i rent?"), if it is."""
    answered = _recent_answer(turn)
    entry = find_entry(turn, answered.topic) if answered is not None else None
    if answered is None or entry is None:
        return False
    said = plain_words(turn.incoming.text)
    follows = turn.content.texts.words(turn.language).begins_as_follow_up(said)
    same = understanding is not None and understanding.label == f"ask/{answered.topic}"
    case = turn.content.cases.find(turn.incoming.text, entry.cases)
    is_short = len(said.split()) <= SHORT_FOLLOW_UP
    if case and case != answered.case and is_short and (follows or unsure or same):
        answer_topic(turn, answered.topic, case=case)
        return True
    if unsure and same:
        answer_topic(turn, answered.topic, case=case or answered.case)
        return True
    if not (follows and unsure) or understanding is None:
        return False
    likely = [r for r in understanding.ranking if r.confidence >= WORTH_OFFERING and r.label not in DANGER]
    for ranked in likely:
        topic = ranked.label.removeprefix("ask/")
        if topic != ranked.label and topic != answered.topic and find_entry(turn, topic) is not None:
            answer_topic(turn, topic)
            return True
    return False


def press(turn: TurnBuilder, label: str) -> bool:
    """Does what a button under an answer says; False for the label of another."""
    if label.startswith("case/"):
        _choose_case(turn, label.removeprefix("case/"))
    elif label in ("helped", "not_helped"):
        rate(turn, helped=label == "helped")
    elif label in ("safe", "not_safe"):
        settle_safety(turn, safe=label == "safe")
    elif label == "hide":
        hide(turn)
    elif label != "more":
        return False
    elif not tell_more(turn):
        _say_gone(turn)
    return True


def _choose_case(turn: TurnBuilder, case: str) -> None:
    """The answer before, for somebody in this case."""
    answered = turn.conversation.answered
    entry = find_entry(turn, answered.topic) if answered is not None else None
    if answered is None or entry is None or case not in entry.cases:
        _say_gone(turn)
        return
    answer_topic(turn, answered.topic, case=case)


def tell_more(turn: TurnBuilder) -> bool:
    """The next part of the whole answer, for who got the short one; False where there is no answer to go on with."""
    answered = turn.conversation.answered
    entry = find_entry(turn, answered.topic) if answered is not None else None
    if answered is None or entry is None:
        return False
    parts = cut_for_sms(entry.find_answer(answered.case).text) if turn.is_sms else []
    if answered.told >= len(parts):
        related = _related(turn, entry)
        turn.put(turn.words("answer.no_more"), (*related[:MOST_OFFERED], turn.menu_button()))
        return True
    turn.conversation = replace(turn.conversation, answered=replace(answered, told=answered.told + 1))
    part = parts[answered.told]
    more = (turn.go_button("more"),) if answered.told + 1 < len(parts) else ()
    turn.put(Said(part, part), more)
    return True


def cut_for_sms(text: str) -> list[str]:
    """A chat text in parts that fit two text messages each, with MORE under them; cut between lines."""
    parts: list[str] = []
    for line in text.strip().splitlines():
        together = f"{parts[-1]}\n{line}" if parts else line
        if parts and fits_two_texts(f"{together}\nMORE"):
            parts[-1] = together
        else:
            parts.append(line)
    return parts


def rate(turn: TurnBuilder, *, helped: bool) -> None:
    """Whether the answer helped; where it did not: what else may have been meant, and a person."""
    answered = turn.conversation.answered
    if answered is None:
        _say_gone(turn)
        return
    turn.events.append(AnswerRated(answered.topic, answered.case, helped))
    if helped:
        turn.put(turn.words("answer.helped"), _menu_unless_in_form(turn))
        return
    held, entry = turn.unsettled, find_entry(turn, answered.topic)
    ranked = [label for label, confidence in held.ranking if confidence >= WORTH_OFFERING] if held else []
    related = [f"ask/{t}" for t in entry.related] if entry else []
    if held is not None and held.text and not any(label in DANGER for label in ranked):
        turn.events.append(Unanswered("corrected", held.ranking, held.text, id=held.id))
    labels = [label for label in dict.fromkeys([*ranked, *related]) if label != f"ask/{answered.topic}"]
    others = [b for b in (turn.go(label) for label in labels if label not in DANGER) if b is not None]
    person = [b for b in (turn.go("talk_to_person"),) if b is not None]
    turn.put(turn.words("answer.not_helped"), (*others[:MOST_OFFERED], *person, turn.menu_button()))


def _lasting_case(turn: TurnBuilder, entry: KnowledgeEntry) -> str:
    """The case of the answer before, where it is about who somebody is and the entry has words for it."""
    answered = _recent_answer(turn)
    if answered is None or answered.case not in entry.cases:
        return ""
    return answered.case if turn.content.cases.cases[answered.case].lasts else ""


def has_just_answered(turn: TurnBuilder, topic: str) -> bool:
    answered = _recent_answer(turn)
    return answered is not None and answered.topic == topic


def _recent_answer(turn: TurnBuilder) -> Answered | None:
    seen = turn.conversation.seen()
    return turn.conversation.answered if seen is not None and turn.now - seen <= FOLLOWS_WITHIN else None


def _say_gone(turn: TurnBuilder) -> None:
    turn.put(turn.words("answer.gone"), _menu_unless_in_form(turn))
    filling.resume(turn)


def _menu_unless_in_form(turn: TurnBuilder) -> tuple[Button, ...]:
    return () if turn.conversation.in_hand is not None else (turn.menu_button(),)


# --- topics nobody else should see -------------------------------------------------------------------------------


def _ask_if_safe(turn: TurnBuilder, topic: str, case: str) -> None:
    turn.conversation = replace(
        turn.conversation, asks_if_safe=topic, answered=Answered(topic, case), discreet=True, browsing=False
    )
    buttons = (
        Button(turn.label("button.safe_yes"), go_payload("safe")),
        Button(turn.label("button.safe_no"), go_payload("not_safe")),
    )
    turn.put(turn.words("discreet.ask"), buttons)


def settle_safety(turn: TurnBuilder, *, safe: bool) -> None:
    """The answer to "is it safe to talk here?"; whatever it is, nothing is sent here unasked from now on."""
    topic, answered = turn.conversation.asks_if_safe, turn.conversation.answered
    turn.conversation = replace(turn.conversation, asks_if_safe="", discreet=True)
    if safe and topic:
        answer_topic(turn, topic, case=answered.case if answered else "", safe=True)
        filling.resume(turn)
        return
    turn.conversation = replace(
        turn.conversation, answered=None, paused=turn.conversation.in_hand is not None
    )
    hide = (turn.go_button("hide"),) if turn.incoming.channel is ChannelName.TELEGRAM else ()
    turn.put(turn.words("discreet.not_safe"), hide)


def answer_if_safe(turn: TurnBuilder) -> bool:
    """Yes or no in words, while it is asked whether it is safe; anything else is an answer to something else.

    Who only asks for help means the help that waits behind this question, and gets the question again, not a menu.
    """
    if not turn.conversation.asks_if_safe:
        return False
    said, words = plain_words(turn.incoming.text), turn.content.texts.words(turn.language)
    is_yes_or_no = said in words.yes | words.no
    if is_yes_or_no and not turn.danger_told:  # after danger it is about that
        settle_safety(turn, safe=said in words.yes)
        return True
    is_plain = said and not is_yes_or_no and said not in words.commands
    understanding = turn.understand() if is_plain else None
    if understanding is not None and understanding.label == "help":
        if answer_model_danger(turn, understanding):
            return True
        answered = turn.conversation.answered
        _ask_if_safe(turn, turn.conversation.asks_if_safe, answered.case if answered else "")
        return True
    turn.conversation = replace(turn.conversation, asks_if_safe="")
    return False


def hide(turn: TurnBuilder) -> None:
    """Takes away what the service wrote here, where the door can; says what is left to do by hand."""
    turn.events.append(HideAsked())
    turn.conversation = replace(turn.conversation, discreet=True, answered=None, asks_if_safe="")
    turn.put(turn.words(f"hide.{turn.incoming.channel}"))
    filling.resume(turn)
