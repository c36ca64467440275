"""All repositories on one connection."""

from collections.abc import Callable
from functools import cached_property

from sqlalchemy import Connection

from storage.answer_counts import AnswerCounts
from storage.api_keys import ApiKeys
from storage.attachments import Attachments
from storage.audit import Audit
from storage.codes import Codes
from storage.coding import Coding
from storage.consents import Consents
from storage.consultations import Consultations
from storage.conversations import Conversations
from storage.equality import Equality
from storage.gate import Gate
from storage.grants import Grants
from storage.inbox import Inbox
from storage.insight import Insight
from storage.joining import Joining
from storage.ledger import Ledger
from storage.local_groups import LocalGroups
from storage.memberships import Memberships
from storage.messages import Messages
from storage.moderations import Moderations
from storage.near_sites import NearSites
from storage.notices import Notices
from storage.outbox import Outbox
from storage.published_results import PublishedResults
from storage.pushes import Pushes
from storage.responses import Responses
from storage.results_wanted import ResultsWanted
from storage.schedule import Schedule
from storage.senders import Senders
from storage.sites import Sites
from storage.submission_events import SubmissionEvents
from storage.submissions import Submissions
from storage.suppressions import Suppressions
from storage.tickets import Tickets
from storage.tries import Tries
from storage.unanswered import UnansweredBoard
from storage.vault import Vault
from storage.web_sessions import WebSessions


class Transaction:
    """The repositories, on one connection. Nothing is kept unless `commit` is called (`run` calls it)."""

    def __init__(self, connection: Connection, vault: Vault, commit: Callable[[], None]) -> None:
        self.connection = connection
        self.vault = vault
        self._commit = commit

    def commit(self) -> None:
        self._commit()

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.connection, self.vault)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.connection, self.vault)

    @cached_property
    def gate(self) -> Gate:
        return Gate(self.connection)

    @cached_property
    def senders(self) -> Senders:
        return Senders(self.connection)

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule(self.connection)

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(self.connection, self.vault)

    @cached_property
    def messages(self) -> Messages:
        return Messages(self.connection, self.vault)

    @cached_property
    def submissions(self) -> Submissions:
        return Submissions(self.connection, self.vault)

    @cached_property
    def submission_events(self) -> SubmissionEvents:
        return SubmissionEvents(self.connection, self.vault)

    @cached_property
    def near_sites(self) -> NearSites:
        return NearSites(self.connection)

    @cached_property
    def sites(self) -> Sites:
        return Sites(self.connection, self.submissions, self.submission_events)

    @cached_property
    def attachments(self) -> Attachments:
        return Attachments(self.connection)

    @cached_property
    def consents(self) -> Consents:
        return Consents(self.connection)

    @cached_property
    def memberships(self) -> Memberships:
        return Memberships(self.connection, self.vault)

    @cached_property
    def local_groups(self) -> LocalGroups:
        return LocalGroups(self.connection)

    @cached_property
    def grants(self) -> Grants:
        return Grants(self.connection)

    @cached_property
    def joining(self) -> Joining:
        return Joining(self.connection, self.vault)

    @cached_property
    def codes(self) -> Codes:
        return Codes(self.connection, self.vault)

    @cached_property
    def tries(self) -> Tries:
        return Tries(self.connection)

    @cached_property
    def pushes(self) -> Pushes:
        return Pushes(self.connection, self.vault)

    @cached_property
    def suppressions(self) -> Suppressions:
        return Suppressions(self.connection, self.vault)

    @cached_property
    def answer_counts(self) -> AnswerCounts:
        return AnswerCounts(self.connection)

    @cached_property
    def unanswered(self) -> UnansweredBoard:
        return UnansweredBoard(self.connection, self.vault)

    @cached_property
    def moderations(self) -> Moderations:
        return Moderations(self.connection)

    @cached_property
    def consultations(self) -> Consultations:
        return Consultations(self.connection)

    @cached_property
    def responses(self) -> Responses:
        return Responses(self.connection, self.vault)

    @cached_property
    def equality(self) -> Equality:
        return Equality(self.connection)

    @cached_property
    def tickets(self) -> Tickets:
        return Tickets(self.connection, self.vault)

    @cached_property
    def results_wanted(self) -> ResultsWanted:
        return ResultsWanted(self.connection)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.connection)

    @cached_property
    def coding(self) -> Coding:
        return Coding(self.connection)

    @cached_property
    def published_results(self) -> PublishedResults:
        return PublishedResults(self.connection)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self.connection)

    @cached_property
    def insight(self) -> Insight:
        return Insight(self.connection)

    @cached_property
    def api_keys(self) -> ApiKeys:
        return ApiKeys(self.connection, self.vault)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.connection)

    @cached_property
    def web_sessions(self) -> WebSessions:
        return WebSessions(self.connection, self.vault)


def no_commit() -> None:
    raise RuntimeError("this transaction is committed by whoever began it")
