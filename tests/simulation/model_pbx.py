"""A model of Asterisk with a carrier behind it, for the seeded simulation: it obeys, it breaks, and it writes records.

It knows the truth of every call, and its list of INVITEs is the judge of the dialer.
"""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from dialer.attempt import SECOND
from dialer.outcome import Evidence, Source
from dialer.ports import Examination, Finding, Order, PhoneState, Placement


class Fate(StrEnum):
    """What the other side does with a call."""

    ANSWERS = "answers"
    RINGS_OUT = "rings_out"
    BUSY = "busy"
    DECLINES = "declines"
    OFF = "off"
    NO_SUCH_NUMBER = "no_such_number"
    TRUNK_503 = "trunk_503"
    TRUNK_SILENT = "trunk_silent"
    EXECUTOR_MISSES = "executor_misses"
    EXECUTOR_LEAVES = "executor_leaves"


CLIENTS_DOING = frozenset({Fate.RINGS_OUT, Fate.BUSY, Fate.DECLINES, Fate.OFF})
_DIALLED = Evidence(source=Source.EVENTS, originate_success=True, executor_answered=True, client_dialled=True)
_RANG = replace(_DIALLED, client_rang=True)
SHOWN: dict[Fate, Evidence] = {
    Fate.ANSWERS: replace(_RANG, client_answered=True, dial_status="ANSWER", client_cause=16),
    Fate.RINGS_OUT: replace(_RANG, dial_status="NOANSWER", client_cause=0),
    Fate.BUSY: replace(_RANG, dial_status="BUSY", client_cause=17, client_sip=486),
    Fate.DECLINES: replace(_RANG, dial_status="NOANSWER", client_cause=21, client_sip=603),
    Fate.OFF: replace(_DIALLED, dial_status="NOANSWER", client_cause=19, client_sip=480),
    Fate.NO_SUCH_NUMBER: replace(_DIALLED, dial_status="NOANSWER", client_cause=1, client_sip=404),
    Fate.TRUNK_503: replace(_DIALLED, dial_status="CONGESTION", client_cause=34, client_sip=503),
    Fate.TRUNK_SILENT: replace(_DIALLED, dial_status="NOANSWER", client_cause=0),
    Fate.EXECUTOR_MISSES: Evidence(source=Source.EVENTS, originate_success=False, originate_reason=3),
    Fate.EXECUTOR_LEAVES: replace(_RANG, dial_status="CANCEL", client_cause=16),
}


@dataclass(kw_only=True)
class ModelCall:
    """One Originate that Asterisk acted on."""

    order: Order
    fate: Fate
    dials_at: int
    ends_at: int
    invited_at: int | None = None
    over: bool = False


@dataclass(kw_only=True, frozen=True)
class Invite:
    """The carrier's line about one call to a client."""

    attempt_id: str
    number: str
    at: int


@dataclass(kw_only=True, frozen=True)
class Ended:
    """An event for the program: nothing of the attempt is left."""

    attempt_id: str
    evidence: Evidence
    at: int


@dataclass(kw_only=True)
class ModelPbx:
    """`now` is moved by the simulation; `deliver` gathers the events that the link would carry."""

    random: Random
    now: int = 0
    ready: bool = True
    trunk_down: bool = False
    unreadable: bool = False
    booted_at: int = 0
    calls: dict[str, ModelCall] = field(default_factory=dict)
    records: dict[str, tuple[Evidence, int]] = field(default_factory=dict)
    invites: list[Invite] = field(default_factory=list)
    outbox: list[Ended] = field(default_factory=list)
    truth: dict[str, Fate] = field(default_factory=dict)
    placed: list[str] = field(default_factory=list)
    judge: Callable[[str], Awaitable[None]] | None = None
    _queue: list[tuple[int, str]] = field(default_factory=list)

    async def executor_phone(self, order: Order) -> PhoneState:
        if not self.ready:
            return PhoneState.UNKNOWN
        chance = self.random.random()
        return PhoneState.AWAY if chance < 0.02 else PhoneState.BUSY if chance < 0.04 else PhoneState.FREE

    async def place(self, order: Order) -> Placement:
        if not self.ready:
            return Placement.NOT_SENT
        chance = self.random.random()
        if chance < 0.03:
            return Placement.NOT_SENT
        if chance < 0.031:
            return Placement.DENIED
        if chance < 0.06:
            return Placement.UNCERTAIN
        await self._originate(order)
        return Placement.SENT if chance < 0.94 else Placement.UNCERTAIN

    async def _originate(self, order: Order) -> None:
        assert order.attempt_id not in self.placed, "an attempt was placed twice"
        self.placed.append(order.attempt_id)
        if self.judge is not None:
            await self.judge(order.attempt_id)
        fate = self.random.choice((Fate.TRUNK_503, Fate.TRUNK_SILENT)) if self.trunk_down else self._fate()
        picked_up = self.random.randint(1, order.ring_seconds - 1) * SECOND
        rings = {Fate.ANSWERS: self.random.randint(5, 400), Fate.RINGS_OUT: 45, Fate.EXECUTOR_LEAVES: 8}.get(
            fate, 3
        )
        missed = fate is Fate.EXECUTOR_MISSES
        dials_at = self.now + (order.ring_seconds * SECOND if missed else picked_up)
        call = ModelCall(
            order=order, fate=fate, dials_at=dials_at, ends_at=dials_at + (0 if missed else rings) * SECOND
        )
        self.calls[order.attempt_id] = call
        heapq.heappush(self._queue, (dials_at, order.attempt_id))

    def _fate(self) -> Fate:
        return self.random.choices(
            tuple(Fate), weights=(12, 34, 12, 6, 14, 3, 2, 2, 10, 5), k=1
        )[0]  # fmt: skip

    def advance(self, to: int) -> None:
        """Let time pass: dial clients, end calls."""
        while self._queue and self._queue[0][0] <= to:
            at, attempt_id = heapq.heappop(self._queue)
            self.now = max(self.now, at)
            call = self.calls.get(attempt_id)
            if call is None or call.over:
                continue
            if call.invited_at is None and call.fate is not Fate.EXECUTOR_MISSES:
                self._dial(call)
            else:
                self._end(call, SHOWN[call.fate])
        self.now = to

    def _dial(self, call: ModelCall) -> None:
        if self.now > call.order.expires_at:
            expired = Evidence(source=Source.EVENTS, originate_success=True, dial_status="EXPIRED")
            self._end(call, expired)
            return
        call.invited_at = self.now
        self.truth[call.order.attempt_id] = call.fate
        self.invites.append(Invite(attempt_id=call.order.attempt_id, number=call.order.number, at=self.now))
        heapq.heappush(self._queue, (call.ends_at, call.order.attempt_id))

    def _end(self, call: ModelCall, evidence: Evidence) -> None:
        call.over = True
        attempt_id = call.order.attempt_id
        del self.calls[attempt_id]
        if evidence.client_dialled or evidence.dial_status:
            self.records[attempt_id] = (replace(evidence, source=Source.ASTDB), self.now)
        elif self.random.random() < 0.5:  # a phone that is not registered leaves no trace at all
            self.records[attempt_id] = (replace(evidence, source=Source.CEL), self.now)
        self.outbox.append(Ended(attempt_id=attempt_id, evidence=evidence, at=self.now))

    async def hang_up(self, attempt_id: str) -> None:
        call = self.calls.get(attempt_id)
        if call is None or not self.ready:
            return
        if call.invited_at is None:
            self._end(call, SHOWN[Fate.EXECUTOR_MISSES])
        elif call.fate is not Fate.ANSWERS:
            self._end(call, SHOWN[Fate.EXECUTOR_LEAVES])

    async def examine(self, order: Order) -> Examination:
        if self.unreadable or not self.ready:
            return Examination(finding=Finding.UNREADABLE)
        if order.attempt_id in self.calls:
            return Examination(finding=Finding.ALIVE)
        record = self.records.get(order.attempt_id)
        if record is not None:
            return Examination(finding=Finding.OVER, evidence=record[0], ended_at=record[1])
        if self.booted_at > order.claimed_at:
            return Examination(finding=Finding.NO_TRACE_RESTARTED)
        return Examination(finding=Finding.NO_TRACE)

    def kill(self) -> None:
        """`kill -9`: only the event log survives, and of it only what tells of an answer."""
        self.booted_at = self.now
        for call in list(self.calls.values()):
            call.over = True
            answered = call.invited_at is not None and call.fate is Fate.ANSWERS
            evidence = Evidence(
                source=Source.CEL,
                client_dialled=call.invited_at is not None,
                client_answered=answered,
                ringing_known=False,
                interrupted=True,
            )
            if call.invited_at is not None and self.random.random() < 0.9:
                self.records[call.order.attempt_id] = (evidence, self.now)
        self.calls.clear()
        self._queue.clear()

    def ringing(self) -> list[ModelCall]:
        """Calls with a client's leg now."""
        return [call for call in self.calls.values() if call.invited_at is not None]
