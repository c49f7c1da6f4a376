"""The client calls in while we are trying to reach him. Regulation: 2.9, point 8.

The pop-up says so, a phone that rings for him is taken back, the next attempt waits; if they spoke, his series are
reached. All series of his number are settled together, so that two tickets need one call.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.callbacks import (
    STAGES,
    AttemptStage,
    Callback,
    CallbackAttempt,
    CallbackState,
    ended,
)
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.callback_endings import tell_callback
from callcenter.services.callback_tickets import ACTOR, CallbackTickets
from dialer.attempt import CLIENT_UNAVAILABLE, Outcome

CLIENT_CALLED = "client_called"
"""The reason of a series that waits or ended because the client called himself."""
_TALKING = STAGES.index(AttemptStage.CLIENT_ANSWERED)


class InboundCallbacks:
    """What an inbound call means for the series of its number; works inside the hotline's own unit of work.

    `wait`: how long the next attempt waits after the client called. `counting`: which outcomes count against him.
    """

    def __init__(
        self,
        tickets: CallbackTickets,
        *,
        wait: timedelta = timedelta(minutes=30),
        counting: frozenset[Outcome] = CLIENT_UNAVAILABLE,
    ) -> None:
        self._tickets = tickets
        self._wait = wait
        self._counting = counting

    async def client_called(self, uow: UnitOfWork, e164: str, at: datetime) -> None:
        """He is on the line: take back what rings for him, let the next attempt wait."""
        for series in await _asked_before(uow, e164, at):
            for attempt in await _in_flight(uow, series):
                if STAGES.index(attempt.stage) < _TALKING:
                    await uow.callback_attempts.ask_withdrawal(attempt.id, at)
            await self._let_wait(uow, series, at)

    async def _let_wait(self, uow: UnitOfWork, series: Callback, at: datetime) -> None:
        later = max(at + self._wait, series.not_before or at)
        waiting = replace(series, not_before=later, updated_at=at)
        if series.state is CallbackState.WAITING:
            due = later if series.due_at is None else max(series.due_at, later)
            waiting = replace(waiting, look_at=due, due_at=due, reason=CLIENT_CALLED)
        await uow.callbacks.save(waiting)
        await self._record(uow, waiting, "callback.client_called", at)

    async def client_spoke(self, uow: UnitOfWork, e164: str, at: datetime) -> None:
        """Somebody of ours speaks with him: every open series of his number is reached."""
        for series in await _asked_before(uow, e164, at):
            for attempt in await _in_flight(uow, series):
                await uow.callback_attempts.ask_withdrawal(attempt.id, at)
            if series.away_since is not None:
                ticket = await uow.tickets.by_id(series.ticket_id)
                if ticket is not None:
                    await self._tickets.client_back(uow, ticket)
            reached = ended(series, CallbackState.REACHED, CLIENT_CALLED, at)
            await uow.callbacks.save(reached)
            await self._record(uow, reached, "callback.client_spoke", at)

    async def card_lines(self, uow: UnitOfWork, e164: str) -> list[dict[str, object]]:
        """For the pop-up: on which tickets we have been calling him, how often, and when next."""
        return await card_lines(uow, e164, self._counting)

    async def _record(self, uow: UnitOfWork, series: Callback, action: str, at: datetime) -> None:
        await uow.audit.record(
            at=at,
            actor=ACTOR,
            ticket_id=series.ticket_id,
            action=action,
            reason="",
            change={"callback_id": series.id},
        )
        await tell_callback(uow, series.id, series.ticket_id, series.executor_id, at)


async def card_lines(uow: UnitOfWork, e164: str, counting: frozenset[Outcome]) -> list[dict[str, object]]:
    """On which tickets we have been calling this number, who, how often, and when next; `counting` outcomes count.

    Regulation: 2.9, point 8.
    """
    lines: list[dict[str, object]] = []
    for series in await uow.callbacks.open_of_number(e164):
        attempts = await uow.callback_attempts.of_callback(series.id)
        executor = await uow.people.by_id(series.executor_id)
        lines.append(
            {
                "callback_id": series.id,
                "ticket_id": series.ticket_id,
                "executor_id": series.executor_id,
                "executor": None if executor is None else executor.name,
                "state": str(series.state),
                "attempts": len(attempts),
                "counted": sum(each.counts_by(counting) for each in attempts),
                "last_at": attempts[-1].claimed_at.isoformat() if attempts else None,
                "due_at": None if series.due_at is None else series.due_at.isoformat(),
            }
        )
    return lines


async def _asked_before(uow: UnitOfWork, e164: str, at: datetime) -> list[Callback]:
    """The open series of a number that a call at this instant can answer: one found late may be older than they are."""
    return [each for each in await uow.callbacks.open_of_number(e164) if each.asked_at <= at]


async def _in_flight(uow: UnitOfWork, series: Callback) -> list[CallbackAttempt]:
    if series.state not in (CallbackState.DIALLING, CallbackState.PAUSED):
        return []
    return [each for each in await uow.callback_attempts.of_callback(series.id) if each.in_flight]
