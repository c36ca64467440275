"""Consultations in the conversation: what is open, answering, changing or taking back, and the equality questions.

The questions themselves are a form (flows/consultations.py) and asked as any form is.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flows import answers, consultation_changing, filling
from flows.areas import ask_area, read_area_certain
from flows.asking import asking_of
from flows.consultation_answering import start, want_results
from flows.consultation_standing import (
    before_of,
    button_of,
    form_of,
    is_elsewhere,
    link_of,
    name_of,
    record_of,
    say_shut,
    state_of,
)
from flows.consultations import Consultation, State
from flows.equality import begin_about
from flows.facts import (
    OpenConsultation,
    show_date,
)
from flows.forms import Form
from flows.postcodes import is_nearly_postcode, read_postcode
from flows.reading import Unclear
from flows.turn import TurnBuilder

LABEL = "give_feedback"
RESULTS = "ask_consultation_results"
MINE = "my_answers"
MOST_TOLD = 3


def press(turn: TurnBuilder, label: str) -> bool:
    """A button or label of these; False for the label of another, or where there is nothing to say."""
    if label == LABEL:
        return _put_open(turn)
    if label == RESULTS:
        return _tell_results(turn)
    if label == MINE:
        _put_mine(turn)
        return True
    form = turn.content.find_form_by_label(label)
    if form is not None and (form.consultation or form.equality):
        begin(turn, form)
        return True
    name, _, id = label.partition("/")
    if name not in _ACTS or id not in turn.content.consultations:
        return False
    _find_act(name)(turn, turn.content.consultations[id])
    return True


def title_of(turn: TurnBuilder, label: str) -> str | None:
    """What the button of one of these says; None for the label of another."""
    name, _, id = label.partition("/")
    return turn.label(f"button.{name}") if name in _ACTS and id else None


def _find_open(turn: TurnBuilder) -> list[Consultation]:
    return [c for c in turn.content.consultations.values() if state_of(turn, c) is State.OPEN]


def _put_open(turn: TurnBuilder, those: list[Consultation] | None = None) -> bool:
    """The open consultations, or `those` of them, as buttons; False where there is none."""
    now_open = _find_open(turn) if those is None else those
    if not now_open:
        return False
    buttons = [turn.go(form_of(turn, c).label) for c in sorted(now_open, key=lambda c: c.closes)]
    said = turn.words("survey.choose")
    shown = turn.fitting(said, [b for b in buttons if b is not None])
    turn.put(said, (*shown, *answers.lay_over_form(turn)))
    return True


def _put_mine(turn: TurnBuilder) -> None:
    """Answers this person gave, to be changed or taken back; of several consultations, which."""
    answered = sorted(_find_answered(turn), key=lambda c: c.closes)
    mine = [c for c in answered if state_of(turn, c) is State.OPEN] or answered[-1:]
    if len(mine) == 1:
        begin(turn, form_of(turn, mine[0]))
    elif not mine and turn.conversation.in_hand is not None:
        filling.resume(turn)  # "my answers" are those it is asked for just now
    elif not _put_open(turn, mine):
        turn.put(turn.words("survey.gone"), answers.after_answer(turn))
        filling.resume(turn)


def has_answered(turn: TurnBuilder) -> bool:
    return bool(_find_answered(turn))


def _find_answered(turn: TurnBuilder) -> list[Consultation]:
    """Those this person answered, open or closed, in this chat or elsewhere with a ticket."""
    opened = [c for c in turn.content.consultations.values() if state_of(turn, c) is not State.NOT_OPEN]
    before = [(c, before_of(turn, c)) for c in opened]
    return [c for c, known in before if known.response is not None or is_elsewhere(turn, c, known)]


def _tell_results(turn: TurnBuilder) -> bool:
    """What came of the closed ones, and of the open one they answered last, when that will be; False for neither."""
    record = {c.id: c for c in record_of(turn)}
    closed = [
        c for c in turn.content.consultations.values() if c.id in record and state_of(turn, c) is State.CLOSED
    ]
    open_one = _find_answered_last(turn)
    told = sorted(closed, key=lambda c: c.closes)[-MOST_TOLD:] + ([open_one] if open_one else [])
    if not told:
        return False
    *before, last = told
    for consultation in before:
        turn.say(_words_of_results(turn, consultation, record[consultation.id]))
    asking = (button_of(turn, "answers_results", open_one),) if open_one else ()
    turn.put(_words_of_results(turn, last, record[last.id]), (*asking, *answers.after_answer(turn)))
    filling.resume(turn)
    return True


def _find_answered_last(turn: TurnBuilder) -> Consultation | None:
    """The open one whose answers are the newest, of a person we may write to about it."""
    given = [(before_of(turn, c).response, c) for c in _find_open(turn)]
    grown = [(held.answered_on, c) for held, c in given if held and not c.is_young(held.answers)]
    return max(grown, key=lambda pair: pair[0])[1] if grown else None


def _words_of_results(turn: TurnBuilder, consultation: Consultation, opened: OpenConsultation) -> Any:
    title = name_of(turn, consultation)
    if opened.results:
        return turn.words("survey.results", title=title, link=link_of(turn, opened))
    return turn.words("survey.results_due", title=title, decision=show_date(consultation.decision_on))


def begin(
    turn: TurnBuilder, form: Form, given: dict[str, Any] | None = None, *, unclear: Unclear | None = None
) -> None:
    """Begins a consultation, or goes on with it; of one answered before: to change that or take it back."""
    consultation = turn.content.consultations.get(form.consultation)
    if consultation is None:  # the equality questions are not asked alone
        turn.say(turn.words("survey.about_later"))
        answers.ask_or_menu(turn)
        return
    stands = state_of(turn, consultation)
    if stands is not State.OPEN:
        say_shut(turn, consultation, stands)
        return
    forms = turn.conversation.forms
    open_one = next((f for f in forms if f.form == form.id), None)
    if open_one is not None:
        others = tuple(f for f in forms if f is not open_one)
        turn.conversation = replace(
            turn.conversation, forms=(*others, open_one), paused=False, browsing=False, confirming=""
        )
        filling.resume(turn)
        return
    before = before_of(turn, consultation)
    if before.response is not None:
        consultation_changing.put_answered(turn, consultation, before.response)
    elif is_elsewhere(turn, consultation, before):
        turn.put(turn.words("survey.ticket_needed"), answers.after_answer(turn))
        filling.resume(turn)
    else:
        start(turn, form, consultation, given or {}, unclear=unclear)


def begin_with_place(turn: TurnBuilder, said: str) -> bool:
    """A consultation's keyword with where somebody lives after it ("police tax cv34"), as a poster may ask for.

    Of a postcode or a name that may lie in several districts it is asked at once which.
    """
    for keyword, label in turn.content.keywords.items():
        form = turn.content.find_form_by_label(label) if said.startswith(f"{keyword} ") else None
        consultation = turn.content.consultations.get(form.consultation) if form is not None else None
        if form is None or consultation is None:
            continue
        field = form.find_field(consultation.about.district)
        if field is None:
            return False
        where = said.removeprefix(f"{keyword} ")
        read = read_area_certain(asking_of(turn, form, field, None), where)
        if read is not None:
            begin(turn, form, {field.id: read.value})
        elif read_postcode(where) or is_nearly_postcode(where) or turn.content.gazetteer.read(where).ask:
            begin(turn, form, unclear=ask_area(asking_of(turn, form, field, None)))
        else:
            return False
        return True
    return False


_ACTS = frozenset({"answers_change", "answers_withdraw", "answers_results", "answers_about"})


def _find_act(name: str) -> Callable[[TurnBuilder, Consultation], None]:
    acts: dict[str, Callable[[TurnBuilder, Consultation], None]] = {
        "answers_change": consultation_changing.change,
        "answers_withdraw": consultation_changing.withdraw,
        "answers_results": want_results,
        "answers_about": begin_about,
    }
    return acts[name]
