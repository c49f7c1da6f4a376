"""In-memory unit of work over a copy of the memory that replaces the original at commit."""

from collections.abc import Sequence

from callcenter.domain.live import LiveMessage
from tests.fakes.administration import (
    FakeAuditChecks,
    FakeErasing,
    FakeLetterOverrides,
    FakeTargetChanges,
    FakeWebhookDeliveries,
)
from tests.fakes.api_tokens import FakeApiAnswers, FakeApiTokens
from tests.fakes.audit import FakeAudit
from tests.fakes.callbacks import FakeCallbackAttempts, FakeCallbacks, FakeDialing
from tests.fakes.calls import FakeCalls
from tests.fakes.clients import FakeClients
from tests.fakes.desk_stores import (
    FakeHandovers,
    FakeMessages,
    FakeRemoteSessions,
    FakeSavedViews,
    FakeStaffing,
    FakeTopics,
)
from tests.fakes.forms import FakeAttachments, FakeForms, FakeSites
from tests.fakes.links import FakeLinks
from tests.fakes.live import FakeLiveLog
from tests.fakes.memory import Memory
from tests.fakes.outbox import FakeOutbox, FakeWebhooks
from tests.fakes.people import FakePeople, FakeSessions
from tests.fakes.questions import FakeQuestionRows
from tests.fakes.reports import FakeReportRows
from tests.fakes.retention import FakeRetention
from tests.fakes.search_index import FakeSearchIndex
from tests.fakes.ticket_clocks import FakeTicketClocks
from tests.fakes.tickets import FakeTickets


class FakeUnitOfWork:
    def __init__(self, memory: Memory, *, write: bool) -> None:
        self.memory = memory
        self._write = write
        self.people = FakePeople(memory)
        self.sessions = FakeSessions(memory)
        self.clients = FakeClients(memory)
        self.calls = FakeCalls(memory)
        self.tickets = FakeTickets(memory)
        self.topics = FakeTopics(memory)
        self.messages = FakeMessages(memory)
        self.remote = FakeRemoteSessions(memory)
        self.handovers = FakeHandovers(memory)
        self.staffing = FakeStaffing(memory)
        self.clocks = FakeTicketClocks(memory)
        self.search = FakeSearchIndex(memory)
        self.views = FakeSavedViews(memory)
        self.audit = FakeAudit(memory)
        self.audit_checks = FakeAuditChecks(memory)
        self.target_changes = FakeTargetChanges(memory)
        self.letter_overrides = FakeLetterOverrides(memory)
        self.webhook_deliveries = FakeWebhookDeliveries(memory)
        self.erasing = FakeErasing(memory)
        self.retention = FakeRetention(memory)
        self.links = FakeLinks(memory)
        self.live = FakeLiveLog(memory)
        self.outbox = FakeOutbox(memory)
        self.webhooks = FakeWebhooks(memory)
        self.sites = FakeSites(memory)
        self.forms = FakeForms(memory)
        self.attachments = FakeAttachments(memory)
        self.api_tokens = FakeApiTokens(memory)
        self.api_answers = FakeApiAnswers(memory)
        self.callbacks = FakeCallbacks(memory)
        self.callback_attempts = FakeCallbackAttempts(memory)
        self.dialing = FakeDialing(memory)
        self.questions = FakeQuestionRows(memory)
        self.reports = FakeReportRows(memory)
        self.done = False
        self.committed: Sequence[LiveMessage] = ()

    async def commit(self) -> None:
        if self.done:
            raise RuntimeError("the unit of work has ended")
        assert self._write, "a unit of work that promised to change nothing was committed"
        self.committed = self.live.flush()
        self.done = True
