"""One-time codes people type: to join two chats, to take up an invitation, to prove that a report is theirs.

They look like references (flows/references.py) and act wherever they are typed, in a form or not. What a code is good
for is read from the record; the record, too, takes it only once.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from flows import answers, filling, status
from flows.buttons import go_payload
from flows.code_kinds import KINDS, make_code
from flows.events import CodeMade, CodeUsed, ConsentGiven, JoinUndone, TryFailed
from flows.facts import CodeFacts, CodeNeeded, CodeState
from flows.messages import Button
from flows.references import find_reference
from flows.turn import TurnBuilder

JOIN_MINUTES = 15
_WHOLE = re.compile(rf"\s*({'|'.join(KINDS)})[\s\-]+(?=[^\d]*\d)[0-9A-Z]{{4}}[\s\-]*[0-9A-Z]{{3}}\s*")


def take_code(turn: TurnBuilder) -> bool:
    """Does what a typed code stands for; False where the message holds none."""
    code = find_reference(turn.incoming.text)
    # "Stratford" has the letters of a code: without a digit or a hyphen it is a word.
    written_as_one = re.search(r"[\d\-]", turn.incoming.text) is not None
    is_code = code is not None and code[:2] in KINDS and written_as_one
    looks_so = _WHOLE.fullmatch(turn.incoming.text.upper()) is not None
    if not is_code and not looks_so:
        return False
    turn.conversation = replace(turn.conversation, confirming="")
    if turn.person().locked:
        _end(turn, "code.locked")
    elif code is None or not is_code:
        turn.events.append(TryFailed("code"))
        _end(turn, "code.mistyped")
    else:
        _use(turn, code, turn.fact(CodeNeeded(code)))
    return True


def offer_join(turn: TurnBuilder) -> None:
    """A code that makes another chat of the same person one with this."""
    code = make_code("join", turn.incoming.number)
    turn.events.append(CodeMade("join", code, JOIN_MINUTES))
    turn.put(turn.words("join.code", code=code, minutes=JOIN_MINUTES), answers.after_answer(turn))
    filling.resume(turn)


def undo_join(turn: TurnBuilder) -> None:
    """Takes the last joining back, within a day."""
    if turn.person().can_undo_join:
        turn.events.append(JoinUndone())
        _end(turn, "join.undone")
    else:
        _end(turn, "join.nothing")


def take_handover(turn: TurnBuilder, code: str) -> None:
    """The button under "do you take over?"."""
    facts: CodeFacts = turn.fact(CodeNeeded(code))
    if turn.person().locked:
        _end(turn, "code.locked")
        return
    if facts.state is not CodeState.GOOD or facts.is_own or facts.kind != "handover":
        turn.events.append(TryFailed("handover", code))
        _end(turn, f"code.{CodeState.USED}")
        return
    turn.events.append(CodeUsed(facts.id, code, "handover", facts.subject))
    turn.events.append(ConsentGiven("watch-handover", 1, turn.language))
    _end(turn, "handover.taken")


def _use(turn: TurnBuilder, code: str, facts: CodeFacts) -> None:
    if facts.state is not CodeState.GOOD or facts.kind != KINDS[code[:2]]:
        state = CodeState.UNKNOWN if facts.state is CodeState.GOOD else facts.state
        turn.events.append(TryFailed(KINDS[code[:2]], code))
        _end(turn, f"code.{state}")
    elif facts.is_own and facts.kind in ("join", "handover"):
        _end(turn, "code.own")
    else:
        _ACTS[facts.kind](turn, code, facts)


def _join(turn: TurnBuilder, code: str, facts: CodeFacts) -> None:
    turn.events.append(CodeUsed(facts.id, code, "join"))
    _end(turn, "join.done")


def _accept_invitation(turn: TurnBuilder, code: str, facts: CodeFacts) -> None:
    turn.events.append(CodeUsed(facts.id, code, "invite", facts.subject))
    form = next((f for f in turn.content.forms.values() if f.needs == facts.subject), None)
    begin = [b for b in (turn.go(form.label),) if b is not None] if form else []
    turn.put(turn.words("code.invited"), (*begin, turn.menu_button()))


def _prove_report(turn: TurnBuilder, code: str, facts: CodeFacts) -> None:
    turn.events.append(CodeUsed(facts.id, code, "status", facts.subject))
    if facts.submission is not None:
        status.tell(turn, facts.submission)
    filling.resume(turn)


def _confirm_phone(turn: TurnBuilder, code: str, facts: CodeFacts) -> None:
    if not facts.is_own:  # typed on the phone itself, or in a third chat
        _end(turn, "phone.type_in_chat")
        return
    turn.events.append(CodeUsed(facts.id, code, "phone"))
    _end(turn, "phone.confirmed")


def _ask_handover(turn: TurnBuilder, code: str, facts: CodeFacts) -> None:
    yes = Button(turn.label("button.take_over"), go_payload(f"handover/{code}"))
    no = Button(turn.label("button.no"), go_payload("menu"))
    turn.put(turn.words("handover.ask"), (yes, no))


def _refuse_data(turn: TurnBuilder, code: str, facts: CodeFacts) -> None:
    _end(turn, "my_data.type_on_page")


_ACTS: dict[str, Callable[[TurnBuilder, str, CodeFacts], None]] = {
    "join": _join,
    "invite": _accept_invitation,
    "status": _prove_report,
    "phone": _confirm_phone,
    "handover": _ask_handover,
    "data": _refuse_data,
}


def _end(turn: TurnBuilder, key: str) -> None:
    turn.put(turn.words(key), answers.after_answer(turn))
    filling.resume(turn)
