"""The Protocols that services need; adapters, fakes and contract suites carry the same names.

A service opens a unit of work, reads, decides purely, saves and commits. What is not committed did not happen:
leaving the block without `commit()` rolls everything back, live messages included.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callcenter.administration_ports import (
    AuditChecks,
    Erasing,
    LetterOverrides,
    TargetChanges,
    WebhookDeliveries,
)
from callcenter.api_ports import ApiAnswers, ApiTokens
from callcenter.desk_ports import (
    Handovers,
    Messages,
    RemoteSessions,
    SavedViews,
    SearchIndex,
    Staffing,
    TicketClocks,
    Topics,
)
from callcenter.domain.audit import AuditFilter, ChainPage
from callcenter.domain.callbacks import (
    AttemptStage,
    Callback,
    CallbackAttempt,
    CallbackState,
    DialerState,
    OptOut,
)
from callcenter.domain.calls import Call, CallKey, CallOutcome, Hotline, RingEnd, Ringing, Transfer
from callcenter.domain.clients import Client, Contract, Organization, Product
from callcenter.domain.lifecycle import Status
from callcenter.domain.lists import Cursor, Filter, Sort
from callcenter.domain.live import LiveKind, LiveMessage
from callcenter.domain.notices import Notice
from callcenter.domain.people import Person, PhoneState, Presence, Role, Session
from callcenter.domain.story import AuditEntry
from callcenter.domain.ticket import Ticket
from callcenter.outside_ports import Attachments, Forms, Outbox, Sites, Webhooks
from callcenter.questions_ports import QuestionRows
from callcenter.report_ports import ReportRows
from callcenter.statistics_ports import ComplianceRows, LossRows, StatisticsRows
from dialer.attempt import Outcome


class Clock(Protocol):
    """The only source of the present instant; UTC, aware."""

    def now(self) -> datetime: ...


class NewToken(Protocol):
    """An unguessable URL-safe string (sessions, links, one-time sign-ins)."""

    def __call__(self) -> str: ...


class Passwords(Protocol):
    """argon2id in a thread, at most two at once; `verify` of an unknown login costs the same."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, stored: str | None, password: str) -> bool: ...


class People(Protocol):
    """Employees, their credentials and their phones."""

    async def by_id(self, person_id: int) -> Person | None: ...

    async def by_login(self, login: str) -> Person | None: ...

    async def by_endpoint(self, pbx: str, endpoint: str) -> Person | None: ...

    async def all(self) -> Sequence[Person]: ...

    async def add(self, person: Person, *, password_hash: str | None) -> Person:
        """Store a new person (his `id` is ignored); Conflict when login or endpoint is taken."""
        ...

    async def save(self, person: Person) -> None: ...

    async def password_hash(self, person_id: int) -> str | None: ...

    async def set_password_hash(self, person_id: int, password_hash: str) -> None: ...

    async def count_with_role(self, role: Role) -> int: ...

    async def presence(self) -> Sequence[Presence]: ...

    async def set_presence(
        self, person_id: int, *, phone: PhoneState, in_queue: bool, paused: bool, at: datetime
    ) -> None: ...


class Sessions(Protocol):
    """Signed-in browsers and one-time sign-in links; both stored as SHA-256 of an opaque token."""

    async def add(self, session: Session) -> None: ...

    async def by_token(self, token_sha256: str) -> Session | None: ...

    async def of_person(self, person_id: int) -> Sequence[Session]: ...

    async def revoke(self, token_sha256: str) -> None: ...

    async def revoke_all(self, person_id: int) -> None: ...

    async def add_one_time(self, token_sha256: str, person_id: int, expires_at: datetime) -> None: ...

    async def use_one_time(self, token_sha256: str, now: datetime) -> int | None:
        """The person the link is for, once; None when unknown, used or expired."""
        ...

    async def add_failure(self, key: str, at: datetime) -> None:
        """Count a refused sign-in; `key` is a SHA-256 of what is limited (login and address)."""
        ...

    async def failures(self, key: str, since: datetime) -> tuple[int, datetime | None]:
        """How many refused sign-ins came after `since`, and when the first of them."""
        ...

    async def forgive(self, key: str, *, only_at: datetime | None = None) -> None:
        """Forget the refused sign-ins of this key, or only those counted at one instant."""
        ...

    async def forget_failures(self, before: datetime) -> None:
        """Drop what no limit looks at any more."""
        ...


class Clients(Protocol):
    """Who may be calling: clients, organisations, products, contracts."""

    async def by_phone(self, e164: str) -> Sequence[Client]: ...

    async def by_id(self, client_id: int) -> Client | None: ...

    async def by_ids(self, client_ids: Sequence[int]) -> Sequence[Client]:
        """Those that exist, by number."""
        ...

    async def organizations(self, organization_ids: Sequence[int]) -> Sequence[Organization]:
        """Those that exist, by number."""
        ...

    async def by_email(self, email: str) -> Sequence[Client]:
        """Clients with exactly this (lower-case) address."""
        ...

    async def organization(self, organization_id: int) -> Organization | None: ...

    async def organization_by_inn(self, inn: str) -> Organization | None: ...

    async def product_by_code(self, code: str) -> Product | None: ...

    async def product(self, product_id: int) -> Product | None: ...

    async def products(self) -> Sequence[Product]:
        """All of them, by name."""
        ...

    async def add_organization(self, organization: Organization) -> Organization:
        """Store a new one (its `id` is ignored, as in all `add_…`); Conflict when its natural key is taken."""
        ...

    async def add_client(self, client: Client) -> Client: ...

    async def add_product(self, product: Product) -> Product: ...

    async def add_contract(self, contract: Contract) -> Contract: ...

    async def save_organization(self, organization: Organization) -> None:
        """Store the changed one; NotFound when there is none (as in all `save_…`)."""
        ...

    async def save_client(self, client: Client) -> None: ...

    async def save_product(self, product: Product) -> None: ...

    async def save_contract(self, contract: Contract) -> None: ...

    async def contracts_of(self, organization_id: int) -> Sequence[Contract]: ...

    async def of_organization(self, organization_id: int, *, limit: int) -> Sequence[Client]:
        """People of a company, by name."""
        ...

    async def search(self, text: str, *, limit: int) -> Sequence[Client]:
        """Clients whose name, address, company or INN holds every word, or whose phone holds these digits.

        By name; an empty text finds the first ones.
        """
        ...


class Calls(Protocol):
    """Hotline calls and the phones that ring for them."""

    async def hotline_by_did(self, e164: str) -> Hotline | None: ...

    async def hotlines(self) -> Sequence[Hotline]: ...

    async def add_hotline(self, hotline: Hotline) -> Hotline: ...

    async def advertise(self, hotlines: Sequence[Hotline]) -> None:
        """Make these (told apart by name) the only hotlines with numbers; former ones keep their calls."""
        ...

    async def by_key(self, key: CallKey) -> Call | None: ...

    async def by_id(self, call_id: int) -> Call | None: ...

    async def add(self, call: Call) -> Call:
        """Store a new call (its `id` is ignored); Conflict when the key is already held."""
        ...

    async def save(self, call: Call) -> None: ...

    async def open_calls(self, pbx: str | None = None) -> Sequence[Call]:
        """Calls that have not ended, oldest first."""
        ...

    async def last_of_number(self, e164: str, *, limit: int) -> Sequence[Call]: ...

    async def recent(self, *, limit: int) -> Sequence[Call]: ...

    async def of_ticket(self, ticket_id: int) -> Sequence[Call]: ...

    async def move(self, from_ticket: int, to_ticket: int) -> int:
        """Hand all calls of a ticket to another one; how many there were."""
        ...

    async def start_ringing(self, ringing: Ringing) -> bool:
        """False when this person already rings for this call (several devices, several tabs), or rang until
        after `since` (an old report came again)."""
        ...

    async def stop_ringing(self, call_id: int, person_id: int, *, reason: RingEnd, at: datetime) -> bool:
        """False when it did not ring."""
        ...

    async def acknowledge_ringing(self, call_id: int, person_id: int, *, at: datetime) -> bool:
        """The person saw his pop-up; False when it was seen before or does not ring."""
        ...

    async def ringing_of_call(self, call_id: int) -> Sequence[Ringing]:
        """Only phones that still ring."""
        ...

    async def ringing_of_person(self, person_id: int) -> Sequence[Ringing]:
        """Only calls that still ring."""
        ...

    async def all_ringing(self) -> Sequence[Ringing]:
        """Every phone that still rings."""
        ...

    async def add_transfer(self, transfer: Transfer) -> bool:
        """False when this transfer is known."""
        ...

    async def transfers_of(self, call_id: int) -> Sequence[Transfer]: ...

    async def count_by_outcome(
        self, since: datetime, until: datetime
    ) -> Sequence[tuple[CallOutcome | None, int]]: ...


class Tickets(Protocol):
    """Tickets; `save` refuses a stale version with Conflict."""

    async def hold(self, ticket_id: int) -> None:
        """Wait until no other unit of work holds this ticket, and hold it until this one ends.

        Ticket, clocks and warnings are several rows: who changes them holds the ticket first and reads then.
        """
        ...

    async def by_id(self, ticket_id: int) -> Ticket | None: ...

    async def add(self, ticket: Ticket) -> Ticket:
        """Store a new ticket (its `id` and `version` are ignored)."""
        ...

    async def save(self, ticket: Ticket) -> Ticket:
        """Store the ticket if nobody changed it since `ticket.version`; returns it with its new version."""
        ...

    async def open_draft_of_number(self, e164: str, hotline_id: int) -> Ticket | None:
        """The newest one; until the commit no other unit of work is told about drafts of this number."""
        ...

    async def open_of_number(self, e164: str, *, limit: int) -> Sequence[Ticket]: ...

    async def open_of_client(self, client_id: int, *, limit: int) -> Sequence[Ticket]: ...

    async def drafts(self, *, operator_id: int | None = None, limit: int) -> Sequence[Ticket]: ...

    async def by_ids(self, ticket_ids: Sequence[int]) -> Sequence[Ticket]:
        """Those that exist, in the order asked for."""
        ...

    async def page(self, wanted: Filter, sort: Sort, *, after: Cursor | None, limit: int) -> Sequence[Ticket]:
        """The tickets that follow the cursor in this order; tickets without a due instant come last."""
        ...

    async def count(self, wanted: Filter, *, most: int) -> int:
        """How many tickets fit, counted up to `most`."""
        ...

    async def open_counts(self) -> Mapping[tuple[Status, int | None], int]:
        """How many open tickets there are by status and assignee (drafts: by operator)."""
        ...


class Audit(Protocol):
    """Append-only, hash-chained record of who did what to which ticket and why. Regulation: 2.10."""

    async def record(
        self,
        *,
        at: datetime,
        actor: str,
        ticket_id: int | None,
        action: str,
        reason: str,
        change: dict[str, object],
    ) -> None: ...

    async def of_ticket(self, ticket_id: int) -> Sequence[AuditEntry]:
        """The ticket's story, oldest first."""
        ...

    async def last_of_ticket(self, ticket_id: int) -> AuditEntry | None: ...

    async def of_actor(self, actor: str, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """What somebody did, newest first; `before` is the row to go on from."""
        ...

    async def page(self, wanted: AuditFilter, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """What was asked for, newest first; `before` is the row to go on from."""
        ...

    async def last_id(self) -> int:
        """The number of the newest row, 0 when there is none."""
        ...

    async def chain(self, after: int, previous: str) -> ChainPage:
        """Recompute the next rows behind row `after` whose hash is `previous`; `rows` 0: there are no more."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkState:
    """The telephony link of one PBX as its listener last reported it; `heartbeat_at` is renewed while it lives."""

    pbx: str
    state: str
    since: datetime
    heartbeat_at: datetime
    node: str


class Links(Protocol):
    """Which node listens to which PBX, and how its link is."""

    async def all(self) -> Sequence[LinkState]: ...

    async def report(self, link: LinkState) -> None: ...

    async def take_lease(self, name: str, node: str, *, now: datetime, until: datetime) -> int | None:
        """A fencing token that grows with each new holder, or None while another node holds the lease."""
        ...

    async def release_lease(self, name: str, node: str) -> None: ...

    async def holds_lease(self, name: str, token: int) -> bool:
        """Whether this fencing token is still the newest one of this lease."""
        ...


class LiveLog(Protocol):
    """The stored tail of live messages: written in the same commit as the change they tell of."""

    async def add(
        self,
        audience: str,
        kind: LiveKind,
        payload: dict[str, object],
        *,
        at: datetime,
        event_at: datetime | None = None,
    ) -> None: ...

    async def after(self, message_id: int, *, limit: int) -> Sequence[LiveMessage]: ...

    async def last_id(self) -> int: ...

    async def prune(self, before: datetime) -> int: ...


class Callbacks(Protocol):
    """Series of callbacks; `save` refuses a stale version with Conflict. Regulation: 2.9."""

    async def add(self, callback: Callback) -> Callback:
        """Store a new series (its `id` and `version` are ignored); Conflict when the ticket has an open one."""
        ...

    async def by_id(self, callback_id: int) -> Callback | None: ...

    async def save(self, callback: Callback) -> Callback:
        """Store the series if nobody changed it since `callback.version`; returns it with its new version."""
        ...

    async def due(self, now: datetime, *, limit: int) -> Sequence[Callback]:
        """Waiting series to look at, earliest first, held against others until the commit; those held are skipped."""
        ...

    async def of_ticket(self, ticket_id: int) -> Sequence[Callback]:
        """All series of a ticket, oldest first."""
        ...

    async def open_of_number(self, e164: str) -> Sequence[Callback]: ...

    async def open_of_executor(self, person_id: int) -> Sequence[Callback]:
        """His open series, the next due first."""
        ...

    async def ended_of_executor(self, person_id: int, since: datetime) -> Sequence[Callback]: ...

    async def in_state(self, state: CallbackState, *, limit: int) -> Sequence[Callback]:
        """Series that stand so, the earliest due (or else the longest standing) first."""
        ...

    async def count_open(self, now: datetime) -> Mapping[str, int]:
        """How many open series there are by state, and as `due` how many waiting ones are past their instant."""
        ...


class CallbackAttempts(Protocol):
    """The attempts of all series: the dialer's durable queue. At most one in flight per number and per executor."""

    async def add(self, attempt: CallbackAttempt) -> bool:
        """Store a new attempt in flight; False when its number or its executor has one in flight already."""
        ...

    async def by_id(self, attempt_id: str) -> CallbackAttempt | None: ...

    async def of_callback(self, callback_id: int) -> Sequence[CallbackAttempt]:
        """All attempts of a series, oldest first."""
        ...

    async def of_ticket(self, ticket_id: int) -> Sequence[CallbackAttempt]: ...

    async def in_flight(self) -> Sequence[CallbackAttempt]: ...

    async def claimed_since(self, since: datetime) -> int: ...

    async def touched_since(self, e164: str, since: datetime) -> int:
        """How many ended attempts of all tickets touched this number."""
        ...

    async def count_by_outcome(self, since: datetime) -> Mapping[str, int]:
        """How many attempts that began since then ended so; one marked as a machine counts as such."""
        ...

    async def of_outcome(self, outcome: Outcome, since: datetime) -> Sequence[CallbackAttempt]:
        """Attempts that began since then and ended so, the oldest first."""
        ...

    async def lapsed(self, now: datetime, *, limit: int) -> Sequence[CallbackAttempt]:
        """Attempts in flight past their lease, held until the commit; those held by others are skipped."""
        ...

    async def lease(self, attempt_id: str, *, token: int, until: datetime, new_token: int) -> bool:
        """Hold an attempt in flight under `new_token` until then; False when `token` is not its token any more."""
        ...

    async def advance(self, attempt_id: str, stage: AttemptStage) -> bool:
        """Note how far an attempt in flight has come; False when it is over, unknown, or was further already."""
        ...

    async def ask_withdrawal(self, attempt_id: str, at: datetime) -> bool:
        """Ask that an attempt in flight be taken back; False when it is over or was asked before."""
        ...

    async def finish(self, attempt: CallbackAttempt, *, token: int | None = None) -> bool:
        """Make it terminal as `attempt` says; False when it was so already, or `token` is not its token any more."""
        ...

    async def mark_machine(self, attempt_id: str, *, by: int, at: datetime) -> bool:
        """A machine had answered; False when that was said before."""
        ...


class Dialing(Protocol):
    """What all nodes share about dialling: the dialer's state, and numbers that must not be called."""

    async def state(self) -> DialerState: ...

    async def state_to_change(self) -> DialerState:
        """The state, held until the commit."""
        ...

    async def save_state(self, state: DialerState) -> None: ...

    async def seen(self, node: str, at: datetime) -> None:
        """The dialer of this node lives."""
        ...

    async def last_seen(self) -> datetime | None:
        """When any node's dialer lived last; None: never on this database."""
        ...

    async def opted_out(self, e164: str) -> OptOut | None: ...

    async def opt_out(self, opt_out: OptOut) -> bool:
        """False when the number was opted out before."""
        ...

    async def opt_in(self, e164: str) -> bool:
        """False when it was not opted out."""
        ...

    async def opt_outs(self, *, limit: int) -> Sequence[OptOut]:
        """Numbers that must not be called, the newest first."""
        ...


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


class LiveFeed(Protocol):
    """Fan-out of stored live messages to the streams of every web process; a hint, never the truth."""

    async def publish(self, messages: Sequence[LiveMessage]) -> None: ...

    def subscribe(self, audiences: frozenset[str]) -> "Subscription": ...


class Subscription(Protocol):
    """A bounded inbox of one stream; `closed` becomes true when it overflowed and the client must replay."""

    closed: bool

    async def next(self) -> LiveMessage | None:
        """The next message, or None when the inbox was closed."""
        ...

    def waiting(self) -> Sequence[LiveMessage]:
        """Everything else that is already there, without waiting; several messages then leave in one write."""
        ...

    def close(self) -> None: ...
