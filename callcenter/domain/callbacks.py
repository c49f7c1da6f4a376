"""Callbacks: a series of attempts to reach the client of a ticket, as it is kept. Regulation: 2.9."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from callcenter.domain.instants import to_datetime, to_microseconds
from callcenter.domain.lifecycle import Status
from dialer.attempt import CLIENT_UNAVAILABLE, Attempt, Outcome
from dialer.breaker import Breaker
from dialer.policy import Step, StepKind, Why


class CallbackState(StrEnum):
    """Where a series stands. ASKING: a person must decide before it goes on; the last four are its ends."""

    WAITING = "waiting"
    DIALLING = "dialling"
    PAUSED = "paused"
    ASKING = "asking"
    REACHED = "reached"
    UNREACHABLE = "unreachable"
    WRONG_NUMBER = "wrong_number"
    WITHDRAWN = "withdrawn"


OPEN_STATES = frozenset(
    {CallbackState.WAITING, CallbackState.DIALLING, CallbackState.PAUSED, CallbackState.ASKING}
)


class Origin(StrEnum):
    """Who asked for a series: the executor, the moderator (a missed call), or a rule."""

    EXECUTOR = "executor"
    MODERATOR = "moderator"
    RULE = "rule"


class AttemptStage(StrEnum):
    """How far an attempt in flight has come, as the PBX reports it."""

    CLAIMED = "claimed"
    SENT = "sent"
    EXECUTOR_RINGING = "executor_ringing"
    EXECUTOR_ANSWERED = "executor_answered"
    CLIENT_DIALLED = "client_dialled"
    CLIENT_RINGING = "client_ringing"
    CLIENT_ANSWERED = "client_answered"


STAGES: Sequence[AttemptStage] = tuple(AttemptStage)

_ACCEPTED = frozenset({Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING, Status.AT_VENDOR})
_BEFORE_ACCEPTANCE = frozenset({Status.DRAFT, Status.NEW})


@dataclass(frozen=True, kw_only=True, slots=True)
class Callback:
    """A series. `number` (E.164) is frozen when it is asked for; `due_at` is the promise shown to people.

    `look_at` is when the dialer looks at it next, never before `due_at` unless something must be decided.
    `not_before`: the time a person set. `reason`: why it stands as it does, a word of `dialer.policy.Why`.
    `away_since`–`away_until`: while the client was unreachable, our resolution clock pauses (2.9, point 9).
    """

    id: int
    version: int
    ticket_id: int
    number: str
    executor_id: int
    state: CallbackState
    origin: Origin
    asked_by: int | None
    asked_at: datetime
    updated_at: datetime
    due_at: datetime | None
    look_at: datetime | None
    not_before: datetime | None = None
    reason: str = Why.FIRST
    snoozed: bool = False
    away_since: datetime | None = None
    away_until: datetime | None = None
    ended_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether anything may still follow by itself or by a person's decision."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackAttempt:
    """One attempt as a row; `id` is the channel id Asterisk was told to use.

    `token` grows with each worker that takes it over; `lease_until`: then the worker is given up for silent.
    `touched`: the client's telephone was, or may have been, called. `seen`: the evidence, line by line. `client_first`:
    the client is rung before the executor.
    """

    id: str
    callback_id: int
    ticket_id: int
    no: int
    number: str
    executor_id: int
    pbx: str
    endpoint: str
    token: int
    due_at: datetime
    claimed_at: datetime
    send_by: datetime
    expires_at: datetime
    lease_until: datetime
    stage: AttemptStage = AttemptStage.CLAIMED
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    rule: str = ""
    seen: tuple[str, ...] = ()
    touched: bool = False
    withdraw_asked_at: datetime | None = None
    machine_marked_by: int | None = None
    machine_marked_at: datetime | None = None
    client_first: bool = False

    @property
    def in_flight(self) -> bool:
        """Whether it may still be on the line."""
        return self.outcome is None

    @property
    def counted(self) -> bool:
        """Whether it counts against the client, by the regulation's own list."""
        if self.outcome is Outcome.REACHED:
            return self.machine_marked_at is not None
        return self.outcome in CLIENT_UNAVAILABLE

    def counts_by(self, counting: frozenset[Outcome]) -> bool:
        """Whether it counts against the client where these outcomes count, as it is set."""
        return self.to_policy().meaning in counting

    def to_policy(self) -> Attempt:
        """This attempt as the policy sees it."""
        return Attempt(
            started_at=to_microseconds(self.claimed_at),
            ended_at=None if self.ended_at is None else to_microseconds(self.ended_at),
            outcome=self.outcome,
            marked_machine=self.machine_marked_at is not None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class DialerState:
    """The one row all nodes share: paused by whom and why, the breaker, and the busy seconds of `day`.

    `halted`: the dialer stopped by itself and wants a person (a word of `dialer.policy.Why`); empty while all is well.
    """

    paused: bool = False
    paused_by: str = ""
    paused_reason: str = ""
    changed_at: datetime | None = None
    breaker: Breaker = field(default_factory=Breaker)
    day: datetime | None = None
    busy_seconds: int = 0
    halted: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OptOut:
    """A number whose owner does not want to be called by us."""

    number: str
    at: datetime
    by: str
    reason: str


def dialable(status: Status, origin: Origin) -> bool:
    """Whether calls may be placed for a ticket that stands so: a person has accepted it, and it is not over.

    A missed call's draft is accepted by the moderator who asks for the callback himself. The rule speaks of drafts of
    missed calls only: their caller rang us. Who registers the draft has taken it over, and its callbacks by rule end.

    >>> dialable(Status.NEW, Origin.RULE), dialable(Status.DRAFT, Origin.MODERATOR)
    (False, True)
    """
    if status in _ACCEPTED:
        return True
    if origin is Origin.RULE:
        return status is Status.DRAFT
    return status in _BEFORE_ACCEPTANCE and origin is Origin.MODERATOR


_ENDS: Mapping[StepKind, CallbackState] = {
    StepKind.DIAL: CallbackState.WAITING,
    StepKind.WAIT: CallbackState.WAITING,
    StepKind.UNDER_WAY: CallbackState.DIALLING,
    StepKind.REACHED: CallbackState.REACHED,
    StepKind.GIVE_UP: CallbackState.UNREACHABLE,
    StepKind.ASK: CallbackState.ASKING,
}


def after_step(callback: Callback, step: Step, now: datetime) -> Callback:
    """The series after the policy spoke: where it stands, why, and when it is looked at next.

    A paused series stays paused unless its history ends it.
    """
    why = step.why[0].why
    state = CallbackState.WRONG_NUMBER if why is Why.WRONG_NUMBER else _ENDS[step.kind]
    due = None if step.at is None else to_datetime(step.at)
    if callback.state is CallbackState.PAUSED and state is CallbackState.WAITING:
        state = CallbackState.PAUSED
    moved = replace(
        callback,
        state=state,
        reason=str(why),
        due_at=due,
        look_at=due if state is CallbackState.WAITING else None,
        updated_at=now,
    )
    return moved if state in OPEN_STATES else ended(moved, state, str(why), now)


def ended(callback: Callback, state: CallbackState, reason: str, now: datetime) -> Callback:
    """The series is over; the client's unreachable time ends with it."""
    return replace(
        callback,
        state=state,
        reason=reason,
        due_at=None,
        look_at=None,
        updated_at=now,
        ended_at=now,
        away_until=now if callback.away_since is not None else None,
    )


def unreachable_time(callbacks: Sequence[Callback], now: datetime) -> Sequence[tuple[datetime, datetime]]:
    """When our resolution clock is paused because the client could not be reached; the client's minutes.

    Open series count up to `now`. Regulation: 2.9, point 9.
    """
    return [(each.away_since, each.away_until or now) for each in callbacks if each.away_since is not None]
