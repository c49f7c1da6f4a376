"""What screens show of callbacks: the executor's day, the supervisor's board, a ticket's attempts. Regulation: 2.9."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.callbacks import Callback, CallbackAttempt, CallbackState
from callcenter.ports import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.dialer_control import DialerControl, DialerStatus

DAY = timedelta(hours=24)
LONGEST_LIST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesView:
    """A series with its attempts, oldest first. `counted` of them count against the client."""

    callback: Callback
    attempts: Sequence[CallbackAttempt]

    @property
    def counted(self) -> int:
        """How many attempts count against the client."""
        return sum(each.counted for each in self.attempts)

    @property
    def in_flight(self) -> CallbackAttempt | None:
        """The attempt that is on the line now."""
        return next((each for each in self.attempts if each.in_flight), None)

    @property
    def unknown(self) -> Sequence[CallbackAttempt]:
        """Attempts of which Asterisk's record does not tell: a person should know (point 11)."""
        return [each for each in self.attempts if each.outcome == "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutorDay:
    """An executor's callbacks: those still open, the next due first, and those that ended within a day."""

    open: Sequence[SeriesView]
    ended: Sequence[SeriesView]


@dataclass(frozen=True, kw_only=True, slots=True)
class DialerBoard:
    """The supervisor's board. `asking` and `wrong_numbers` wait for a person."""

    status: DialerStatus
    next_due: Sequence[SeriesView]
    asking: Sequence[SeriesView]
    wrong_numbers: Sequence[SeriesView]


class CallbackViews:
    """Read models; nothing here changes anything."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, control: DialerControl) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._control = control

    async def of_ticket(self, ticket_id: int) -> Sequence[SeriesView]:
        """All series of a ticket with every attempt and its evidence."""
        async with self._open_uow(write=False) as uow:
            return await _views(uow, await uow.callbacks.of_ticket(ticket_id))

    async def day_of(self, person_id: int) -> ExecutorDay:
        """An executor's own callbacks."""
        since = self._clock.now() - DAY
        async with self._open_uow(write=False) as uow:
            return ExecutorDay(
                open=await _views(uow, await uow.callbacks.open_of_executor(person_id)),
                ended=await _views(uow, await uow.callbacks.ended_of_executor(person_id, since)),
            )

    async def board(self, *, limit: int = 50) -> DialerBoard:
        """Due, in flight, breaker, caps, and what waits for a person."""
        status = await self._control.status()
        limit = min(limit, LONGEST_LIST)
        since: datetime = status.now - 7 * DAY
        async with self._open_uow(write=False) as uow:
            waiting = await uow.callbacks.in_state(CallbackState.WAITING, limit=limit)
            asking = await uow.callbacks.in_state(CallbackState.ASKING, limit=limit)
            wrong = await uow.callbacks.in_state(CallbackState.WRONG_NUMBER, limit=limit)
            return DialerBoard(
                status=status,
                next_due=await _views(uow, waiting),
                asking=await _views(uow, asking),
                wrong_numbers=await _views(uow, [each for each in wrong if each.updated_at >= since]),
            )


async def _views(uow: UnitOfWork, series: Sequence[Callback]) -> Sequence[SeriesView]:
    return [
        SeriesView(callback=each, attempts=await uow.callback_attempts.of_callback(each.id))
        for each in series
    ]
