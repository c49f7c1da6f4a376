"""The worker: claim what is due, check again, send, record, and settle what broke. Regulation: 2.9, point 11.

The order of steps is the promise: "dialling" is committed with its own channel id before anything is sent, so a crash
at any instant leaves a row that can be settled from the PBX's own record. Outcomes are never learnt from the answer
to an order. What no record tells is unknown, does not count, and is shown to a person.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar

from dialer.attempt import HOUR, MINUTE, SECOND
from dialer.clockwatch import ClockWatch
from dialer.outcome import (
    DENIED,
    NEVER_SENT,
    NO_TRACE,
    REFUSED,
    CauseTable,
    Evidence,
    Source,
    Verdict,
    classify,
    not_placed,
    not_rung,
)
from dialer.policy import Why
from dialer.ports import (
    Examination,
    Failpoint,
    Finding,
    Ledger,
    LedgerUnavailable,
    Order,
    Pbx,
    PhoneState,
    Placement,
    no_failpoint,
)

_Told = ParamSpec("_Told")
_Answer = TypeVar("_Answer")
_log = logging.getLogger(__name__)
_MOST_SETTLED: Final = 20
HANG_UP_AGAIN: Final = 5 * SECOND


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerSettings:
    """Times in microseconds.

    look_every: how long to wait when nothing is due; settle_every: how often lapsed attempts are looked for.
    trace_within: how long after `expires_at` a trace may still appear in the PBX's records. unreadable_for: how long
    to wait for records that cannot be read before the attempt is given up as unknown. clock_jump: a wall clock that
    moved by more than that against the steady one halts the dialer.
    """

    look_every: int = SECOND // 4
    settle_every: int = 5 * SECOND
    trace_within: int = 60 * SECOND
    unreadable_for: int = HOUR
    clock_jump: int = MINUTE


class Worker:
    """Places callbacks from a ledger through a PBX. Several may run on several nodes.

    `clock` gives microseconds, `new_id` unguessable channel ids. `steady` is a clock nobody can set; without one
    jumps are not noticed. `causes`: what the carrier's answers mean, None for the usual. `counts` says what was done
    since the start.
    """

    def __init__(
        self,
        ledger: Ledger,
        pbx: Pbx,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        *,
        steady: Callable[[], int] | None = None,
        settings: WorkerSettings | None = None,
        causes: CauseTable | None = None,
        failpoint: Failpoint = no_failpoint,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._ledger = ledger
        self._pbx = pbx
        self._clock = clock
        self._new_id = new_id
        self._settings = settings or WorkerSettings()
        self._causes = causes
        self._at = failpoint
        self._watch = ClockWatch(clock, steady or clock, self._settings.clock_jump)
        self._jumped = 0
        self._woken = asyncio.Event()
        self._settled_at: int | None = None
        self._hung_up: dict[str, int] = {}

    def wake(self) -> None:
        """Look at once: something became due, or was taken back."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled. A ledger that is away stops the work, and it goes on by itself."""
        while True:
            self._woken.clear()
            wait = await self.work()
            try:
                async with asyncio.timeout(wait / SECOND):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def work(self) -> int:
        """One round: take back, settle, dial everything that may be dialled; returns how long to wait."""
        if not self._pbx.ready:
            self.counts["pbx_not_ready"] += 1
            return self._settings.look_every
        try:
            await self._halt_after_jump()
            await self.withdraw()
            if self._settling_is_due():
                await self.settle()
            return await self._dial_all()
        except LedgerUnavailable as error:
            self.counts["ledger_unavailable"] += 1
            _log.warning("the ledger is away, nothing is dialled: %s", error)
            return self._settings.look_every

    async def _do(
        self, step: Callable[_Told, Awaitable[_Answer]], *told: _Told.args, **named: _Told.kwargs
    ) -> _Answer:
        """Take one step of the ledger's or the PBX's; a test may kill the process just before or just after it."""
        name = step.__name__
        await self._at(f"{name}.before")
        answer = await step(*told, **named)
        await self._at(f"{name}.after")
        return answer

    async def _halt_after_jump(self) -> bool:
        """Stop all nodes when the time was changed: what seems due may have been called, or not be due yet."""
        self._jumped = self._watch.jump() or self._jumped
        if not self._jumped:
            return False
        detail = f"{self._jumped / SECOND:+.0f} s"
        _log.error("the clock jumped by %s, the dialer stops until a person lets it go on", detail)
        await self._do(self._ledger.halt, Why.CLOCK_JUMPED, detail, self._clock())
        self.counts["clock_jumped"] += 1
        self._jumped = 0
        return True

    async def _dial_all(self) -> int:
        while await self.dial_one():
            pass
        return self._settings.look_every

    async def dial_one(self) -> bool:
        """Claim and place one attempt, or put off what cannot be placed; False when there is nothing more to do."""
        attempt_id = self._new_id()
        claim = await self._do(self._ledger.claim, self._clock(), attempt_id)
        if claim.order is None:
            return claim.look_again is not None and claim.look_again <= self._clock()
        self.counts["claimed"] += 1
        await self._place(claim.order)
        return True

    async def _place(self, order: Order) -> None:
        phone = await self._do(self._pbx.executor_phone, order)
        if phone in (PhoneState.BUSY, PhoneState.AWAY):
            await self._finish(order, not_rung(phone))
            return
        refused = await self._do(self._ledger.confirm, order, self._clock())
        if refused is not None:
            await self._never_sent(order, REFUSED, str(refused.why))
        elif await self._halt_after_jump():
            await self._never_sent(order, REFUSED, str(Why.CLOCK_JUMPED))
        elif self._clock() >= order.send_by:
            await self._never_sent(order, REFUSED, str(Why.TOO_LATE))
        else:
            await self._send(order)

    async def _send(self, order: Order) -> None:
        placement = await self._do(self._pbx.place, order)
        self.counts[placement] += 1
        if placement is Placement.SENT:
            await self._do(self._ledger.sent, order, self._clock())
        elif placement is Placement.NOT_SENT:
            await self._never_sent(order, NEVER_SENT, "the PBX did not take it")
        elif placement is Placement.DENIED:
            await self._finish(order, classify(DENIED))

    async def _never_sent(self, order: Order, rule: str, why: str) -> None:
        await self._finish(order, not_placed(rule, why))

    async def _finish(self, order: Order, verdict: Verdict) -> None:
        self.counts[verdict.rule] += 1
        await self._end(order, verdict, self._clock())

    async def _end(self, order: Order, verdict: Verdict, at: int) -> None:
        await self._do(self._ledger.finish, order.attempt_id, verdict, at, token=order.token)

    async def withdraw(self) -> None:
        """Hang up what somebody took back; its outcome comes as that of any attempt."""
        now = self._clock()
        asked = await self._do(self._ledger.withdrawals, now)
        told = {one: at for one, at in self._hung_up.items() if one in asked and now - at < HANG_UP_AGAIN}
        self._hung_up = told | {one: now for one in asked if one not in told}
        for attempt_id in [one for one in asked if one not in told]:
            self.counts["withdrawn"] += 1
            await self._do(self._pbx.hang_up, attempt_id)

    def _settling_is_due(self) -> bool:
        now = self._clock()
        if self._settled_at is not None and 0 <= now - self._settled_at < self._settings.settle_every:
            return False
        self._settled_at = now
        return True

    async def settle(self) -> None:
        """Decide every attempt whose worker fell silent by the PBX's own record."""
        for order in await self._do(self._ledger.take_over, self._clock(), _MOST_SETTLED):
            examination = await self._do(self._pbx.examine, order)
            self.counts[f"settled_{examination.finding}"] += 1
            await self._decide(order, examination)

    async def _decide(self, order: Order, found: Examination) -> None:
        now = self._clock()
        if found.evidence is not None:
            ended_at = now if found.ended_at is None else found.ended_at
            verdict = classify(found.evidence, self._causes)
            await self._end(order, verdict, min(now, ended_at))
        elif self._may_still_show(order, found.finding, now):
            await self._do(self._ledger.keep, order, now)
        elif found.finding is Finding.NO_TRACE:
            verdict = not_placed(NO_TRACE, "the PBX has not restarted and has no trace of it")
            await self._end(order, verdict, now)
        else:
            verdict = classify(Evidence(source=Source.NOTHING))
            await self._end(order, verdict, now)

    def _may_still_show(self, order: Order, finding: Finding, now: int) -> bool:
        """The attempt lives, or its trace may still appear or become readable."""
        if finding is Finding.ALIVE or now < order.expires_at + self._settings.trace_within:
            return True
        return finding is Finding.UNREADABLE and now < order.expires_at + self._settings.unreadable_for
