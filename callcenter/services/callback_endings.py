"""What follows when an attempt is over: one commit holds the outcome and everything it leads to.

Regulation: 2.9, points 2 to 6 and 9. A counted outcome proves that calls get out, so it closes the breaker before
anybody is cancelled.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.callbacks import (
    Callback,
    CallbackAttempt,
    CallbackState,
    DialerState,
    after_step,
    ended,
)
from callcenter.domain.instants import to_datetime, to_microseconds
from callcenter.domain.live import FLOOR, LiveKind, to_person
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.callback_tickets import ACTOR, CallbackTickets
from callcenter.services.dialer_rules import DialerRules
from dialer.breaker import after
from dialer.outcome import REFUSED, Verdict, taken_back
from dialer.policy import StepKind, Why, next_step


class CallbackEndings:
    """Records ends of attempts inside somebody's unit of work."""

    def __init__(self, rules: DialerRules, tickets: CallbackTickets) -> None:
        self._rules = rules
        self._tickets = tickets

    async def finish(
        self, uow: UnitOfWork, attempt: CallbackAttempt, verdict: Verdict, at: datetime, *, token: int | None
    ) -> bool:
        """Write the outcome, once, and what follows; False when it was written before or the token is old."""
        verdict = taken_back(verdict) if attempt.withdraw_asked_at is not None else verdict
        over = replace(
            attempt,
            ended_at=max(at, attempt.claimed_at),
            outcome=verdict.outcome,
            rule=verdict.rule,
            seen=verdict.seen,
            touched=verdict.touched,
        )
        if not await uow.callback_attempts.finish(over, token=token):
            return False
        await self._keep_state(uow, over, verdict)
        series = await uow.callbacks.by_id(attempt.callback_id)
        if series is not None and series.open:
            await self.go_on(uow, series, at=over.ended_at or at)
        await self._tell(uow, over)
        return True

    async def go_on(self, uow: UnitOfWork, series: Callback, *, at: datetime) -> Callback:
        """Ask the policy what follows from the whole history, and do it."""
        history = await uow.callback_attempts.of_callback(series.id)
        not_before = 0 if series.not_before is None else to_microseconds(series.not_before)
        step = next_step(
            [each.to_policy() for each in history],
            to_microseconds(at),
            self._rules.rules.policy,
            self._rules.rules.calendar,
            not_before=not_before,
        )
        moved = after_step(series, step, at)
        counted = [each for each in history if each.to_policy().meaning in self._rules.rules.policy.counted]
        if step.kind is StepKind.GIVE_UP:
            return await self._give_up(uow, moved, counted, at)
        moved = await self._follow_client(uow, series, moved, counted)
        return await uow.callbacks.save(moved)

    async def _give_up(
        self, uow: UnitOfWork, series: Callback, counted: Sequence[CallbackAttempt], at: datetime
    ) -> Callback:
        ticket = await uow.tickets.by_id(series.ticket_id)
        if ticket is None or not await self._tickets.unreachable(uow, ticket, counted):
            over = ended(series, CallbackState.WITHDRAWN, Why.TICKET_NOT_OPEN, at)
            return await uow.callbacks.save(over)
        return await uow.callbacks.save(series)

    async def _follow_client(
        self, uow: UnitOfWork, before: Callback, moved: Callback, counted: Sequence[CallbackAttempt]
    ) -> Callback:
        """Pause the ticket's clock with the first counted attempt, let it run on when he is reached."""
        ticket = await uow.tickets.by_id(before.ticket_id)
        if ticket is None:
            return moved
        if counted and before.away_since is None and moved.open:
            await self._tickets.client_away(uow, ticket)
            return replace(moved, away_since=counted[0].ended_at, away_until=None)
        if moved.state is CallbackState.REACHED and before.away_since is not None:
            await self._tickets.client_back(uow, ticket)
        return moved

    async def spoken(self, uow: UnitOfWork, series: Callback, reason: str, at: datetime) -> Callback:
        """The series as it ends when somebody of ours spoke with the client outside it; not saved yet."""
        ticket = await uow.tickets.by_id(series.ticket_id)
        if series.away_since is not None and ticket is not None:
            await self._tickets.client_back(uow, ticket)
        return ended(series, CallbackState.REACHED, reason, at)

    async def not_away(self, uow: UnitOfWork, series: Callback, at: datetime) -> Callback:
        """An attempt counts no more: the ticket's clock runs on if none is left, a waiting series goes on."""
        history = await uow.callback_attempts.of_callback(series.id)
        left = any(each.counts_by(self._rules.rules.policy.counted) for each in history)
        ticket = await uow.tickets.by_id(series.ticket_id)
        if series.away_since is not None and not left and ticket is not None:
            await self._tickets.client_back(uow, ticket)
            series = replace(series, away_since=None, away_until=None)
        if series.state is CallbackState.WAITING:
            return await self.go_on(uow, series, at=at)
        return await uow.callbacks.save(replace(series, updated_at=at))

    async def _keep_state(self, uow: UnitOfWork, attempt: CallbackAttempt, verdict: Verdict) -> None:
        if verdict.rule == REFUSED:
            return
        state = await uow.dialing.state_to_change()
        assert attempt.ended_at is not None
        now = to_microseconds(attempt.ended_at)
        breaker = after(state.breaker, verdict.outcome, now, self._rules.breaker)
        day = to_datetime(self._rules.rules.calendar.day_start(now))
        seconds = 0 if state.day is not None and state.day > day else _seconds(attempt)
        changed = replace(
            state,
            breaker=breaker,
            day=day if state.day is None else max(day, state.day),
            busy_seconds=seconds + (state.busy_seconds if state.day is not None and state.day >= day else 0),
        )
        if changed == state:
            return
        await uow.dialing.save_state(changed)
        if breaker.open_until != state.breaker.open_until:
            await tell_dialer(uow, changed, attempt.ended_at)

    async def _tell(self, uow: UnitOfWork, attempt: CallbackAttempt) -> None:
        assert attempt.ended_at is not None
        change: dict[str, object] = {
            "attempt": attempt.id,
            "no": attempt.no,
            "outcome": str(attempt.outcome),
            "rule": attempt.rule,
            "seen": list(attempt.seen),
        }
        await uow.audit.record(
            at=attempt.ended_at,
            actor=ACTOR,
            ticket_id=attempt.ticket_id,
            action="callback.attempt",
            reason=attempt.rule,
            change=change,
        )
        await tell_callback(
            uow, attempt.callback_id, attempt.ticket_id, attempt.executor_id, attempt.ended_at
        )


async def tell_callback(
    uow: UnitOfWork, callback_id: int, ticket_id: int, executor_id: int, at: datetime
) -> None:
    """Tell the executor's screen and the floor that a series changed; they read it anew."""
    payload: dict[str, object] = {
        "callback_id": callback_id,
        "ticket_id": ticket_id,
        "executor_id": executor_id,
    }
    await uow.live.add(to_person(executor_id), LiveKind.CALLBACK_CHANGED, payload, at=at)
    await uow.live.add(FLOOR, LiveKind.CALLBACK_CHANGED, payload, at=at)


async def tell_dialer(uow: UnitOfWork, state: DialerState, at: datetime) -> None:
    """Tell the floor that the dialer stopped or goes on, with its alarm."""
    open_until = state.breaker.open_until
    payload: dict[str, object] = {
        "paused": state.paused,
        "reason": state.paused_reason,
        "halted": state.halted,
        "breaker_open_until": None if open_until is None else to_datetime(open_until).isoformat(),
    }
    await uow.live.add(FLOOR, LiveKind.DIALER_CHANGED, payload, at=at)


def _seconds(attempt: CallbackAttempt) -> int:
    lasted = (attempt.ended_at or attempt.claimed_at) - attempt.claimed_at
    return int(lasted / timedelta(seconds=1)) if attempt.touched else 0
