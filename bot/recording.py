"""What the events of a turn leave in the record, each in the same transaction as the replies."""

from datetime import datetime

from flows.events import (
    AnswerGiven,
    AnswerRated,
    ConsentGiven,
    DangerSeen,
    Event,
    HideAsked,
    LoopStopped,
    MessagesStarted,
    MessagesStopped,
    SubmissionFiled,
    Unanswered,
)
from flows.turn import Turn
from storage.conversations import KeptConversation
from storage.database import Transaction


def record_event(tx: Transaction, event: Event, kept: KeptConversation, turn: Turn, now: datetime) -> None:
    """Keeps one event in the transaction of its turn. Events that ask for no row (FormDropped) leave none."""
    match event:
        case SubmissionFiled():
            language = turn.conversation.language
            submission = tx.submissions.file(event, kept, language, now)
            for consent in turn.events:
                if isinstance(consent, ConsentGiven):
                    tx.consents.give(
                        kept.person_id,
                        consent.wording,
                        consent.version,
                        consent.language,
                        kept.channel,
                        submission,
                        now,
                    )
            tx.audit.append("citizen", "submission.filed", submission, {"form": event.form}, now)
        case MessagesStopped():
            tx.suppressions.add(kept.channel, kept.address, now)
            tx.outbox.cancel_waiting(kept.id, now)
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
        case DangerSeen():
            tx.notices.add("danger", kept.id, {"kind": event.kind, "by": event.by}, now)
        case LoopStopped():
            tx.notices.add("loop", kept.id, {}, now)
        case Unanswered():
            tx.unanswered.add(
                kept.channel,
                event.reason,
                event.ranking,
                now,
                text=event.text,
                chosen=event.chosen,
                language=turn.conversation.language,
                id=event.id,
            )
        case _:
            pass
