"""One transaction over all repositories; live messages leave the house only after it is committed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

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

T = TypeVar("T")
Publish = Callable[[Sequence[LiveMessage]], Awaitable[None]]
_ORDERED_LOGS = -1
"""Name of the lock under which audit rows and live messages get their place; numbers are positive, tickets below it."""


class Transaction(Protocol):
    """What a database hands to the unit of work."""

    @property
    def connection(self) -> Connection: ...

    async def commit(self) -> None: ...


class _Part(Generic[T]):
    """A repository of the unit of work, made when it is first asked for: most transactions need three of forty."""

    def __init__(self, make: Callable[[Connection], T]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, unit: "UnitOfWork", owner: type) -> T:
        part = self._make(unit._transaction.connection)
        unit.__dict__[self._name] = part  # found before this descriptor from now on
        return part


class UnitOfWork:
    """Port `UnitOfWork`."""

    people = _Part(People)
    sessions = _Part(Sessions)
    clients = _Part(Clients)
    calls = _Part(Calls)
    tickets = _Part(Tickets)
    topics = _Part(Topics)
    messages = _Part(Messages)
    remote = _Part(RemoteSessions)
    handovers = _Part(Handovers)
    staffing = _Part(Staffing)
    clocks = _Part(TicketClocks)
    search = _Part(SearchIndex)
    views = _Part(SavedViews)
    audit = _Part(Audit)
    audit_checks = _Part(AuditChecks)
    target_changes = _Part(TargetChanges)
    letter_overrides = _Part(LetterOverrides)
    webhook_deliveries = _Part(WebhookDeliveries)
    erasing = _Part(Erasing)
    retention = _Part(Retaining)
    links = _Part(Links)
    live = _Part(LiveLog)
    callbacks = _Part(Callbacks)
    callback_attempts = _Part(CallbackAttempts)
    dialing = _Part(Dialing)
    outbox = _Part(Outbox)
    webhooks = _Part(Webhooks)
    sites = _Part(Sites)
    forms = _Part(Forms)
    attachments = _Part(Attachments)
    api_tokens = _Part(ApiTokens)
    api_answers = _Part(ApiAnswers)
    statistics = _Part(Statistics)
    losses = _Part(Losses)
    compliance = _Part(Compliance)
    questions = _Part(QuestionRows)
    reports = _Part(ReportRows)
    _used_up = False

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
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
