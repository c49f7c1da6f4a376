"""The Protocols that services need; adapters, fakes and contract suites carry the same names.

A service opens a unit of work, reads, decides purely, saves and commits. What is not committed did not happen:
leaving the block without `commit()` rolls everything back, live messages included.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from callcenter.domain.notices import Notice
from callcenter.domain.ticket import Ticket
from callcenter.ports.administration import (
    AuditChecks,
    Erasing,
    LetterOverrides,
    TargetChanges,
    WebhookDeliveries,
)
from callcenter.ports.api import ApiAnswers, ApiTokens
from callcenter.ports.callbacks import CallbackAttempts, Callbacks, Dialing
from callcenter.ports.calls import Calls, Links
from callcenter.ports.clients import Clients
from callcenter.ports.desk import (
    Handovers,
    Messages,
    RemoteSessions,
    SavedViews,
    SearchIndex,
    Staffing,
    TicketClocks,
    Topics,
)
from callcenter.ports.live import LiveLog
from callcenter.ports.outside import Attachments, Forms, Outbox, Sites, Webhooks
from callcenter.ports.people import People, Sessions
from callcenter.ports.questions import QuestionRows
from callcenter.ports.reports import ReportRows
from callcenter.ports.retention import Retention
from callcenter.ports.statistics import ComplianceRows, LossRows, StatisticsRows
from callcenter.ports.tickets import Audit, Tickets


class Clock(Protocol):
    """The only source of the present instant; UTC, aware."""

    def now(self) -> datetime: ...


class UnitOfWork(Protocol):
    """One transaction over everything."""

    @property
    def people(self) -> People: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def clients(self) -> Clients: ...

    @property
    def calls(self) -> Calls: ...

    @property
    def tickets(self) -> Tickets: ...

    @property
    def topics(self) -> Topics: ...

    @property
    def messages(self) -> Messages: ...

    @property
    def remote(self) -> RemoteSessions: ...

    @property
    def handovers(self) -> Handovers: ...

    @property
    def staffing(self) -> Staffing: ...

    @property
    def clocks(self) -> TicketClocks: ...

    @property
    def search(self) -> SearchIndex: ...

    @property
    def views(self) -> SavedViews: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def audit_checks(self) -> AuditChecks: ...

    @property
    def target_changes(self) -> TargetChanges: ...

    @property
    def letter_overrides(self) -> LetterOverrides: ...

    @property
    def webhook_deliveries(self) -> WebhookDeliveries: ...

    @property
    def erasing(self) -> Erasing: ...

    @property
    def retention(self) -> Retention: ...

    @property
    def links(self) -> Links: ...

    @property
    def live(self) -> LiveLog: ...

    @property
    def callbacks(self) -> Callbacks: ...

    @property
    def callback_attempts(self) -> CallbackAttempts: ...

    @property
    def dialing(self) -> Dialing: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def sites(self) -> Sites: ...

    @property
    def forms(self) -> Forms: ...

    @property
    def attachments(self) -> Attachments: ...

    @property
    def api_tokens(self) -> ApiTokens: ...

    @property
    def api_answers(self) -> ApiAnswers: ...

    @property
    def statistics(self) -> StatisticsRows: ...

    @property
    def losses(self) -> LossRows: ...

    @property
    def compliance(self) -> ComplianceRows: ...

    @property
    def questions(self) -> QuestionRows: ...

    @property
    def reports(self) -> ReportRows: ...

    async def commit(self) -> None:
        """Make it last; afterwards this unit of work is used up and its live messages go out."""
        ...


class OpenUnitOfWork(Protocol):
    """`async with open_uow() as uow: …; await uow.commit()`. `write=False` promises to change nothing.

    Raises Unavailable when the database cannot be reached or stays locked.
    """

    def __call__(self, *, write: bool = True) -> AbstractAsyncContextManager[UnitOfWork]: ...


class Notices(Protocol):
    """Letters that leave with the commit of the change they tell of."""

    async def queue(
        self,
        uow: UnitOfWork,
        notice: Notice,
        ticket: Ticket,
        *,
        to: str | None = None,
        to_person: int | None = None,
        about: Mapping[str, object] | None = None,
    ) -> bool:
        """Write the letter into the outbox of this unit of work; `about` holds what its template needs.

        `to` is an address; without it, `to_person` is an employee; without both, the ticket's contact is meant.
        False when there is nobody to write to or he does not want this notice.
        """
        ...
