"""The tables. Their only readers and writers are the repositories beside this folder.

Sealed columns are named in a comment; the place each is bound to is in its repository.
"""

from storage.tables.consultations import (
    code_assignments,
    codebooks,
    consultations,
    equality_rows,
    ledger,
    responses,
    results_wanted,
    theme_runs,
    tickets,
)
from storage.tables.people import (
    codes,
    consents,
    grants,
    handles,
    joins,
    local_groups,
    memberships,
    people,
    suppressions,
    tries,
)
from storage.tables.schema import metadata, state_in
from storage.tables.submissions import attachments, submission_events, submissions
from storage.tables.talking import (
    conversations,
    gate,
    inbox,
    messages,
    outbox,
    pushes,
    schedule,
    senders,
    web_sessions,
)
from storage.tables.watching import answer_counts, api_keys, audit, moderations, notices, unanswered

__all__ = [
    "answer_counts",
    "api_keys",
    "attachments",
    "audit",
    "code_assignments",
    "codebooks",
    "codes",
    "consents",
    "consultations",
    "conversations",
    "equality_rows",
    "gate",
    "grants",
    "handles",
    "inbox",
    "joins",
    "ledger",
    "local_groups",
    "memberships",
    "messages",
    "metadata",
    "moderations",
    "notices",
    "outbox",
    "people",
    "pushes",
    "responses",
    "results_wanted",
    "schedule",
    "senders",
    "state_in",
    "submission_events",
    "submissions",
    "suppressions",
    "theme_runs",
    "tickets",
    "tries",
    "unanswered",
    "web_sessions",
]
