"""Small invented things to keep, shared by the storage tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flows.events import SubmissionFiled
from storage.conversations import KeptConversation
from storage.database import Transaction

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # half an hour before the clocks go forward in London


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def a_conversation(tx: Transaction, address: str = "+447700900123", channel: str = "sms") -> KeptConversation:
    key = f"{channel}:{tx.vault.index('conversation', address)[:40]}"
    return tx.conversations.open(channel, address, key, NOW)


def a_promise(tx: Transaction, kept: KeptConversation, key: str, **different: Any) -> bool:
    values: dict[str, Any] = {
        "conversation_id": kept.id,
        "conversation_key": kept.conversation_key,
        "channel": kept.channel,
        "address": kept.address,
        "body": {"text": f"body of {key}"},
        "priority": 1,
        "on_unknown": "resend",
        "has_buttons": False,
        "now": NOW,
    }
    return tx.outbox.add(key, **(values | different))


def a_report(reference: str = "EN-7K3F-2QX", **different: Any) -> SubmissionFiled:
    values: dict[str, Any] = {
        "form": "encampment",
        "form_version": 1,
        "answers": {"caravans": 6, "seen": ["waste", "noise"], "place": {"text": "the rec off Myton Road"}},
        "personal": {"name": "Ada Lovelace", "phone": "+447700900123"},
        "district": "warwick",
        "latitude": 52.28211,
        "longitude": -1.56789,
        "certainty": "sure",
    }
    return SubmissionFiled(reference=reference, **(values | different))
