"""One transaction over all repositories; live messages leave the house only after it is committed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from callcenter.domain.live import LiveMessage
from callcenter.store.administration import AuditChecks, LetterOverrides, TargetChanges, WebhookDeliveries
from callcenter.store.api_tokens import ApiAnswers, ApiTokens
from callcenter.store.attachments import Attachments
from callcenter.store.audit import Audit
from callcenter.store.callback_attempts import CallbackAttempts
from callcenter.store.callbacks import Callbacks
from callcenter.store.calls import Calls
from callcenter.store.clients import Clients
from callcenter.store.compliance import Compliance
from callcenter.store.dialing import Dialing
from callcenter.store.erasing import Erasing
from callcenter.store.forms import Forms
from callcenter.store.handovers import Handovers
from callcenter.store.links import Links
from callcenter.store.live import LiveLog
from callcenter.store.losses import Losses
from callcenter.store.messages import Messages
from callcenter.store.outbox import Outbox
from callcenter.store.people import People, Sessions
from callcenter.store.questions import QuestionRows
from callcenter.store.remote_sessions import RemoteSessions
from callcenter.store.reports import ReportRows
from callcenter.store.retaining import Retaining
from callcenter.store.saved_views import SavedViews
from callcenter.store.search_index import SearchIndex
from callcenter.store.sites import Sites
from callcenter.store.staffing import Staffing
from callcenter.store.statement import Connection
from callcenter.store.statistics import Statistics
from callcenter.store.ticket_clocks import TicketClocks
from callcenter.store.tickets import Tickets
from callcenter.store.topics import Topics
from callcenter.store.webhooks import Webhooks

Publish = Callable[[Sequence[LiveMessage]], Awaitable[None]]
_ORDERED_LOGS = -1
"""Name of the lock under which audit rows and live messages get their place; numbers are positive, tickets below it."""


class Transaction(Protocol):
    """What a database hands to the unit of work."""

    @property
    def connection(self) -> Connection: ...

    async def commit(self) -> None: ...


class UnitOfWork:
    """Port `UnitOfWork`."""

    _used_up = False

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        connection = transaction.connection
        self.people = People(connection)
        self.sessions = Sessions(connection)
        self.clients = Clients(connection)
        self.calls = Calls(connection)
        self.tickets = Tickets(connection)
        self.topics = Topics(connection)
        self.messages = Messages(connection)
        self.remote = RemoteSessions(connection)
        self.handovers = Handovers(connection)
        self.staffing = Staffing(connection)
        self.clocks = TicketClocks(connection)
        self.search = SearchIndex(connection)
        self.views = SavedViews(connection)
        self.audit = Audit(connection)
        self.audit_checks = AuditChecks(connection)
        self.target_changes = TargetChanges(connection)
        self.letter_overrides = LetterOverrides(connection)
        self.webhook_deliveries = WebhookDeliveries(connection)
        self.erasing = Erasing(connection)
        self.retention = Retaining(connection)
        self.links = Links(connection)
        self.live = LiveLog(connection)
        self.callbacks = Callbacks(connection)
        self.callback_attempts = CallbackAttempts(connection)
        self.dialing = Dialing(connection)
        self.outbox = Outbox(connection)
        self.webhooks = Webhooks(connection)
        self.sites = Sites(connection)
        self.forms = Forms(connection)
        self.attachments = Attachments(connection)
        self.api_tokens = ApiTokens(connection)
        self.api_answers = ApiAnswers(connection)
        self.statistics = Statistics(connection)
        self.losses = Losses(connection)
        self.compliance = Compliance(connection)
        self.questions = QuestionRows(connection)
        self.reports = ReportRows(connection)
        self.committed: Sequence[LiveMessage] = ()

    async def commit(self) -> None:
        """Everything or nothing; afterwards this unit of work is used up."""
        if self._used_up:
            raise RuntimeError("the unit of work has ended")
        self._used_up = True
        messages: Sequence[LiveMessage] = ()
        if self.audit.waiting or self.live.waiting:
            await self._transaction.connection.lock(_ORDERED_LOGS)
            if self.audit.waiting:
                await self.audit.flush()
            messages = await self.live.flush()
        await self._transaction.commit()
        self.committed = messages
