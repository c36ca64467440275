"""What the events of a turn leave in the record, each in the same transaction as the replies."""

from bot.recording_consultations import record_of_consultation
from bot.recording_person import record_of_person
from bot.recording_scene import Scene
from bot.site_filing import take_up_site
from flows.events import (
    AnswerGiven,
    AnswerRated,
    ConsentGiven,
    DangerSeen,
    EqualityGiven,
    Event,
    FormDropped,
    HideAsked,
    LoopStopped,
    MessagesStarted,
    MessagesStopped,
    Moderated,
    PersonAsked,
    PersonToldMore,
    ResponseGiven,
    ResponseWithdrawn,
    ResultsWanted,
    SubmissionFiled,
    TooManyMessages,
    Unanswered,
)
from storage.webhooks import promise_filed


def record_event(scene: Scene, event: Event) -> None:
    """Keeps one event in the transaction of its turn. Events that ask for no row leave none."""
    tx, kept, now = scene.tx, scene.kept, scene.now
    match event:
        case SubmissionFiled():
            submission = tx.submissions.file(event, kept, scene.turn.conversation.language, now)
            take_up_site(tx, scene.content, submission, event, now)
            promise_filed(tx, scene.content, submission, now)
            tx.audit.append("citizen", "submission.filed", submission, {"form": event.form}, now)
            if event.urgent:
                tx.notices.add("urgent", kept.id, {"form": event.form, "reference": event.reference}, now)
        case Moderated():
            tx.moderations.add(
                kept.channel, event.kind, event.outcome, now, form=event.form, field=event.field
            )
        case ConsentGiven():
            tx.consents.give(
                kept.person_id,
                event.wording,
                event.version,
                event.language,
                kept.channel,
                scene.submission,
                now,
            )
        case MessagesStopped():
            tx.suppressions.add(kept.channel, kept.address, now)
            tx.outbox.cancel_waiting(kept.id, now)
            tx.pushes.drop_waiting(kept.id, now)
            tx.audit.append("citizen", "messages.stopped", kept.id, {"channel": kept.channel}, now)
        case MessagesStarted():
            tx.suppressions.remove(kept.channel, kept.address)
            tx.audit.append("citizen", "messages.started", kept.id, {"channel": kept.channel}, now)
        case AnswerGiven():
            tx.answer_counts.add(event.topic, event.case, kept.channel, now, what="given")
        case AnswerRated():
            what = "helped" if event.helped else "not_helped"
            tx.answer_counts.add(event.topic, event.case, kept.channel, now, what=what)
        case HideAsked():
            tx.outbox.cancel_waiting(kept.id, now)
            tx.pushes.drop_waiting(kept.id, now)
        case DangerSeen():
            tx.notices.add("danger", kept.id, {"kind": event.kind, "by": event.by}, now)
        case PersonAsked():
            tx.notices.add("person_asked", kept.id, {"reference": event.reference}, now)
        case PersonToldMore():
            tx.notices.add("person_told_more", kept.id, {}, now)
        case LoopStopped():
            tx.notices.add("loop", kept.id, {}, now)
        case TooManyMessages():
            tx.notices.add_now_and_then("flood", kept.id, {"channel": kept.channel}, now)
        case Unanswered():
            tx.unanswered.add(
                kept.channel,
                event.reason,
                event.ranking,
                now,
                text=event.text,
                chosen=event.chosen,
                language=scene.turn.conversation.language,
                id=event.id,
                conversation_id=kept.id,
            )
        case ResponseGiven() | ResponseWithdrawn() | EqualityGiven() | ResultsWanted() | FormDropped():
            record_of_consultation(scene, event)
        case _:
            record_of_person(scene, event)
