"""The question at the end, "is it solved now?", asked unasked when a case is closed, and its two answers."""

from flows import answers, filling
from flows.buttons import go_payload
from flows.events import SolvedTold
from flows.messages import Button, Reply
from flows.texts import Said, Texts
from flows.turn import TurnBuilder

_ANSWERS = {"solved_yes": True, "solved_no": False}


def make_question(texts: Texts, language: str, reference: str, news: Said) -> Reply:
    """The news that a case is closed, with the question after it."""
    said = news + texts.say("solved.ask", language)
    buttons = tuple(
        Button(texts.say(f"button.{name}", language).text, go_payload(f"{name}/{reference}"))
        for name in _ANSWERS
    )
    return Reply(said.text, buttons, said.sms)


def press(turn: TurnBuilder, label: str) -> bool:
    """An answer to it; False for the label of another button. Of two answers the later one holds."""
    name, _, reference = label.partition("/")
    if name not in _ANSWERS or not reference:
        return False
    own = next((s for s in turn.person().submissions if s.reference == reference), None)
    if own is None:
        turn.put(turn.words("solved.gone"), answers.after_answer(turn))
    else:
        turn.events.append(SolvedTold(reference, _ANSWERS[name]))
        _answer(turn, own.form, solved=_ANSWERS[name])
    filling.resume(turn)
    return True


def _answer(turn: TurnBuilder, form: str, *, solved: bool) -> None:
    if solved:
        turn.put(turn.words("solved.yes"), answers.after_answer(turn))
        return
    again = turn.content.forms.get(form)
    labels = (again.label if again is not None else "", "talk_to_person")
    ways_on = [b for b in map(turn.go, labels) if b is not None]
    said = turn.words("solved.no")
    turn.put(said, (*turn.fitting(said, ways_on), *answers.after_answer(turn)))
