"""What the fake store remembers: plain dictionaries of frozen values, copied per unit of work."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from callcenter.domain.api_tokens import ApiToken
from callcenter.domain.attachments import Attachment
from callcenter.domain.audit import AuditCheck
from callcenter.domain.callbacks import Callback, CallbackAttempt, DialerState, OptOut
from callcenter.domain.calls import Call, Hotline, Ringing, Transfer
from callcenter.domain.clients import Client, Contract, Organization, Product
from callcenter.domain.forms import Consent, StatusLink, Submission
from callcenter.domain.letters import LetterOverride
from callcenter.domain.lists import SavedView
from callcenter.domain.live import LiveMessage
from callcenter.domain.messages import Message
from callcenter.domain.notices import OutboxItem, Webhook
from callcenter.domain.people import Person, Presence, Session
from callcenter.domain.questions import AskedQuestion, Membership, Question, QuestionRule, QuestionRun
from callcenter.domain.remote import RemoteSession
from callcenter.domain.report_mailing import Mailing, MailingKind
from callcenter.domain.shifts import Leave, Shift, Skills
from callcenter.domain.sites import Site
from callcenter.domain.support import Handover
from callcenter.domain.targets import TargetChange
from callcenter.domain.ticket import Ticket
from callcenter.domain.ticket_clocks import TicketClock
from callcenter.domain.topics import FIRST_TOPICS, Topic
from callcenter.ports.api import KeptAnswer
from callcenter.ports.calls import LinkState
from callcenter.ports.reports import StoredReport
from sla.timeline import Step
from sla.verdict import Verdict


@dataclass(kw_only=True)
class Memory:
    """All rows; `counters` give ids that never come back."""

    counters: dict[str, int] = field(default_factory=lambda: {"ticket": 1000, "topic": len(FIRST_TOPICS)})
    people: dict[int, Person] = field(default_factory=dict)
    password_hashes: dict[int, str | None] = field(default_factory=dict)
    presence: dict[int, Presence] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    one_time: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    failures: list[tuple[str, datetime]] = field(default_factory=list)
    organizations: dict[int, Organization] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    contracts: dict[int, Contract] = field(default_factory=dict)
    hotlines: dict[int, Hotline] = field(default_factory=dict)
    calls: dict[int, Call] = field(default_factory=dict)
    rings: list[Ringing] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=lambda: {each.id: each for each in FIRST_TOPICS})
    messages: dict[int, Message] = field(default_factory=dict)
    remote: dict[int, RemoteSession] = field(default_factory=dict)
    handovers: dict[int, Handover] = field(default_factory=dict)
    shifts: list[Shift] = field(default_factory=list)
    leaves: dict[int, Leave] = field(default_factory=dict)
    skills: dict[int, Skills] = field(default_factory=dict)
    steps: dict[int, Sequence[Step]] = field(default_factory=dict)
    clocks: dict[int, Sequence[TicketClock]] = field(default_factory=dict)
    notices: dict[str, int] = field(default_factory=dict)
    verdicts: dict[int, Sequence[Verdict]] = field(default_factory=dict)
    views: dict[int, SavedView] = field(default_factory=dict)
    words: dict[int, frozenset[str]] = field(default_factory=dict)
    audit: list[dict[str, Any]] = field(default_factory=list)
    live: list[LiveMessage] = field(default_factory=list)
    links: dict[str, LinkState] = field(default_factory=dict)
    leases: dict[str, tuple[str | None, int, datetime]] = field(default_factory=dict)
    outbox: dict[int, OutboxItem] = field(default_factory=dict)
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    mail_opt_outs: dict[str, datetime] = field(default_factory=dict)
    sites: dict[int, Site] = field(default_factory=dict)
    submissions: dict[int, Submission] = field(default_factory=dict)
    consents: dict[int, Consent] = field(default_factory=dict)
    consent_texts: dict[str, str] = field(default_factory=dict)
    status_links: dict[int, StatusLink] = field(default_factory=dict)
    attachments: dict[int, Attachment] = field(default_factory=dict)
    callbacks: dict[int, Callback] = field(default_factory=dict)
    callback_attempts: dict[str, CallbackAttempt] = field(default_factory=dict)
    dialer_state: list[DialerState] = field(default_factory=list)
    dialer_nodes: dict[str, datetime] = field(default_factory=dict)
    call_opt_outs: dict[str, OptOut] = field(default_factory=dict)
    api_tokens: dict[int, ApiToken] = field(default_factory=dict)
    api_answers: dict[str, KeptAnswer] = field(default_factory=dict)

    target_changes: dict[int, TargetChange] = field(default_factory=dict)
    letters: dict[tuple[str, str], LetterOverride] = field(default_factory=dict)
    audit_checks: list[AuditCheck] = field(default_factory=list)

    questions: dict[int, Question] = field(default_factory=dict)
    question_rules: dict[int, QuestionRule] = field(default_factory=dict)
    question_runs: dict[int, tuple[str, QuestionRun]] = field(default_factory=dict)
    question_members: dict[tuple[int, int], Membership] = field(default_factory=dict)
    questions_asked: dict[int, Sequence[AskedQuestion]] = field(default_factory=dict)
    reports: dict[tuple[str, str], StoredReport] = field(default_factory=dict)
    mailings: dict[MailingKind, Mailing] = field(default_factory=dict)

    def copied(self) -> "Memory":
        """A copy to work on; the values inside are frozen and need none."""
        return Memory(**{each.name: copy(getattr(self, each.name)) for each in fields(self)})

    def next_id(self, kind: str) -> int:
        self.counters[kind] = self.counters.get(kind, 0) + 1
        return self.counters[kind]
