"""What became of a report: told to whoever holds it, by the state alone and never by its content."""

from dataclasses import replace

from flows import answers, filling
from flows.code_kinds import make_code
from flows.events import StatusCodeAsked, TryFailed
from flows.facts import HeldSubmission, show_date
from flows.references import find_mistyped, find_reference
from flows.turn import TurnBuilder
from flows.understanding import Understanding

LABEL = "check_status"
MOST_TOLD = 3


def ask(turn: TurnBuilder) -> None:
    """News of the report a message names, of one's own latest, or the question which."""
    reference = find_reference(turn.incoming.text)
    if reference is not None:
        tell_of(turn, reference)
        return
    if _say_mistyped(turn):
        return
    own = [s for s in turn.person().submissions if s.form in turn.content.forms]
    if own:
        for submission in sorted(own, key=lambda s: s.changed_on, reverse=True)[:MOST_TOLD]:
            tell(turn, submission)
        filling.resume(turn)
        return
    turn.conversation = replace(turn.conversation, looking_up=LABEL)
    turn.put(turn.words("status.which"), answers.after_answer(turn))


def take_reference(turn: TurnBuilder) -> bool:
    """A reference typed by itself, or as the answer to "which?"; False where the message holds none of a form's."""
    prefixes = _prefixes(turn)
    reference = find_reference(turn.incoming.text)
    meant = reference or find_mistyped(turn.incoming.text, prefixes)
    if meant is None or meant[:2] not in prefixes:
        return False
    is_alone = len(turn.incoming.text.strip()) <= len(meant) + 4
    if not is_alone and turn.conversation.looking_up != LABEL:
        return False
    if reference is None:
        return _say_mistyped(turn)
    turn.conversation = replace(turn.conversation, looking_up="", confirming="")
    tell_of(turn, reference)
    return True


def _say_mistyped(turn: TurnBuilder) -> bool:
    """What is not quite right of a reference, and how one looks; False where the message holds nothing like one."""
    mistyped = find_mistyped(turn.incoming.text, _prefixes(turn))
    if mistyped is None:
        return False
    turn.conversation = replace(turn.conversation, looking_up=LABEL)
    turn.put(turn.words("status.mistyped", reference=mistyped), answers.after_answer(turn))
    filling.resume(turn)
    return True


def _prefixes(turn: TurnBuilder) -> set[str]:
    return {form.prefix for form in turn.content.forms.values()}


def take_none(turn: TurnBuilder, understanding: Understanding | None) -> bool:
    """Words where a reference was asked for and none came; another wish goes first, and the question is forgotten."""
    if turn.conversation.looking_up != LABEL:
        return False
    turn.conversation = replace(turn.conversation, looking_up="")
    meant = understanding.label if understanding is not None else LABEL
    if meant not in (LABEL, "out_of_scope", "deny", "skip"):
        return False
    person = tuple(b for b in (turn.go("talk_to_person"),) if b is not None)
    turn.put(turn.words("status.no_reference"), (*person, *answers.after_answer(turn)))
    filling.resume(turn)
    return True


def tell_of(turn: TurnBuilder, reference: str) -> None:
    """News of one report, to its own chat; to any other the same words, whether there is such a report or not."""
    person = turn.person()
    own = next((s for s in person.submissions if s.reference == reference), None)
    if own is not None:
        tell(turn, own)
    elif person.locked:
        turn.put(turn.words("code.locked"), answers.after_answer(turn))
    else:
        code = make_code("status", turn.incoming.secret)
        turn.events += [TryFailed("reference"), StatusCodeAsked(reference, code)]
        turn.put(turn.words("status.code_sent", reference=reference), answers.after_answer(turn))
    filling.resume(turn)


def tell(turn: TurnBuilder, submission: HeldSubmission) -> None:
    """The stage that is told of its state, and since when; never the state itself."""
    form = turn.content.forms.get(submission.form)
    thing = turn.content.texts.form(submission.form, turn.language).thing or (form.thing if form else "")
    words = turn.words(
        "status.told",
        thing=thing,
        reference=submission.reference,
        sent=show_date(submission.sent_on),
        state=turn.label(turn.content.find_machine(submission.form).shown(submission.status)),
        changed=show_date(submission.changed_on),
    )
    turn.put(words, answers.after_answer(turn))
