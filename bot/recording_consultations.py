"""What turns leave of consultations: an answer while it is open, who somebody is apart from it, where results go.

An answer that arrives in the moment of closing is not lost and not counted: the turn is taken again, now knowing
that it is closed, and so the person is told at once.
"""

from collections.abc import Callable
from datetime import datetime

from bot.recording_scene import Scene
from flows.consultations import State, state
from flows.content import Content
from flows.county import LONDON
from flows.events import (
    EqualityGiven,
    Event,
    FormDropped,
    ResponseGiven,
    ResponseWithdrawn,
    ResultsWanted,
)
from flows.facts import OpenConsultation
from flows.forms import Form
from storage.consultations import OpenedConsultation
from storage.errors import VersionConflict
from storage.responses import ANONYMOUS, IDENTIFIED, Respondent
from storage.words_let_go import let_go_of_words


def record_of_consultation(scene: Scene, event: Event) -> None:
    """Keeps one of these events; any other leaves no row. Raises VersionConflict where it is open no more."""
    tx, kept = scene.tx, scene.kept
    match event:
        case ResponseGiven():
            _give(scene, event)
        case ResponseWithdrawn():
            opened = _get_open(scene, event.consultation)
            respondent = Respondent.of(opened.anonymity, kept.person_id, event.ticket)
            if not tx.responses.withdraw(event.consultation, respondent, scene.now):
                raise VersionConflict(f"responses of {event.consultation}")
            tx.results_wanted.drop(event.consultation, kept.id)
            _audit(scene, opened, "response.withdrawn")
        case EqualityGiven():
            _get_open(scene, event.consultation)
            tx.equality.add(event.consultation, event.answers)
            _let_go(scene, lambda form: form.equality)
        case ResultsWanted():
            tx.results_wanted.add(event.consultation, kept.id)
        case FormDropped():
            # Given up while answers that stand were changed: the chat has those read back.
            if is_of_nobody(scene.content, event.form):
                _let_go(scene, lambda form: form.id == event.form)
        case _:
            pass


def _give(scene: Scene, event: ResponseGiven) -> None:
    tx, kept = scene.tx, scene.kept
    opened = _get_open(scene, event.consultation)
    if opened.version != event.version:
        raise VersionConflict(f"{event.consultation}: version {event.version}")
    respondent = Respondent.of(opened.anonymity, kept.person_id, event.ticket)
    if opened.anonymity == ANONYMOUS:
        is_known = tx.responses.find_row(event.consultation, respondent) is not None
        # A ticket of which there is no answer is a new one, and a person gets one only.
        if not is_known and not tx.tickets.give(event.consultation, kept.person_id):
            raise VersionConflict(f"tickets of {event.consultation}")
        _let_go(scene, lambda form: form.consultation == event.consultation)
    # Bound to the consultation; of an anonymous one none, since the sealed message has it too.
    known = scene.network and opened.anonymity != ANONYMOUS
    network = f"{event.consultation}\n{scene.network}" if known else ""
    is_first = tx.responses.give(event, respondent, kept.channel, scene.now, network=network)
    if event.wants_results:
        tx.results_wanted.add(event.consultation, kept.id)
    _audit(scene, opened, "response.given" if is_first else "response.changed")


def _let_go(scene: Scene, is_it: Callable[[Form], bool]) -> None:
    """The words of this chat since such a form was begun: they would lead from what was answered to who answered."""
    forms = scene.content.forms
    held = (f for f in scene.kept.conversation.forms if f.form in forms and is_it(forms[f.form]))
    begun = next((f.started_at for f in held if f.started_at), "")
    if begun:
        let_go_of_words(scene.tx, scene.kept, datetime.fromisoformat(begun))


def is_of_nobody(content: Content, form_id: str) -> bool:
    """That what is answered in a form may lead to nobody; so too where the form is not there any more."""
    form = content.forms.get(form_id)
    if form is None:
        return True
    asked = content.consultations.get(form.consultation)
    return form.equality or (asked is not None and asked.is_anonymous)


def _get_open(scene: Scene, consultation: str) -> OpenedConsultation:
    """The version that is open, which nobody can close before this turn is kept."""
    asked = scene.content.consultations.get(consultation)
    opened = scene.tx.consultations.current(consultation, hold=True)
    if asked is None or opened is None:
        raise VersionConflict(f"{consultation} is not there")
    fact = OpenConsultation(consultation, opened.version, opened=True, closed=opened.closed_at is not None)
    if state(asked, fact, scene.now.astimezone(LONDON).date()) is not State.OPEN:
        raise VersionConflict(f"{consultation} is not open")
    return opened


def _audit(scene: Scene, opened: OpenedConsultation, verb: str) -> None:
    """Of an identified answer alone: the moment of the line would lead from any other to the message it came in."""
    if opened.anonymity != IDENTIFIED:
        return
    detail = {"version": opened.version}
    scene.tx.audit.append("citizen", verb, f"consultation:{opened.consultation}", detail, scene.now)
