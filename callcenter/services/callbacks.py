"""What people do with callbacks: ask for one, pause, move, snooze, stop; mark a machine; opt out.

Regulation: 2.9.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callcenter.domain.callbacks import (
    Callback,
    CallbackState,
    OptOut,
    Origin,
    dialable,
    ended,
)
from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.instants import to_datetime, to_microseconds
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.callback_endings import CallbackEndings, tell_callback, tell_dialer
from callcenter.services.dialer_rules import DialerRules
from callcenter.services.inbound_callbacks import CLIENT_CALLED
from dialer.attempt import Outcome
from dialer.outcome import PERSON_HEARD
from dialer.permission import NumberProblem, may_dial
from dialer.policy import Policy, Why, fit

FURTHEST = timedelta(days=60)
"""A callback further away than this is a mistake in the date."""
SPOKE = "spoke"
"""The reason of a series that ended because somebody said that they had spoken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A callback that is asked for. `at` None: as soon as it may be; `number` None: the ticket's own."""

    ticket_id: int
    executor_id: int
    origin: Origin
    at: datetime | None = None
    number: str | None = None


class Callbacks:
    """Intentions of people; every one is a commit with its audit row. Rights are asked by the caller.

    `wake` tells the dialer of this node to look at once; other nodes look by themselves.
    """

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        clock: Clock,
        rules: DialerRules,
        endings: CallbackEndings,
        *,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._rules = rules
        self._endings = endings
        self._wake = wake

    @property
    def policy(self) -> Policy:
        """The rules of attempts as they are set, for screens that name them."""
        return self._rules.rules.policy

    def number_problem(self, number: str | None) -> NumberProblem | None:
        """Why this number will not be dialled, for the form; None when it may be. Regulation: 2.9, point 10."""
        return may_dial(number, self._rules.rules.numbers).problem

    def earliest(self, at: datetime | None = None) -> datetime:
        """When a call that is asked for `at` (None: now) would be placed at the earliest. Regulation: 2.9, point 5."""
        now = self._clock.now()
        return self._fit(max(at or now, now))

    async def ask(self, wanted: Wanted, *, by: int | None) -> Callback:
        """Open a series on a ticket; `by` is the person, None for a rule.

        Raises:
            NotFound: no such ticket.
            InvalidInput: no number, a number that may not be dialled, an executor without a phone, a wrong time.
            Conflict: the ticket is over, has an open series, or its client does not want to be called.
        """
        async with self._open_uow() as uow:
            series = await self.open_series(uow, wanted, by=by)
            await uow.commit()
        self._wake()
        return series

    async def open_series(
        self,
        uow: UnitOfWork,
        wanted: Wanted,
        *,
        by: int | None,
        reason: str = "",
        because: Mapping[str, object] | None = None,
    ) -> Callback:
        """`ask` inside somebody's unit of work; `because` stands in the audit row beside `reason`."""
        now = self._clock.now()
        ticket = await uow.tickets.by_id(wanted.ticket_id)
        if ticket is None:
            raise NotFound("ticket", ticket_id=wanted.ticket_id)
        number = await self._checked(uow, wanted, ticket, now)
        due = self._fit(max(wanted.at or now, now))
        series = await uow.callbacks.add(
            Callback(
                id=0,
                version=0,
                ticket_id=ticket.id,
                number=number,
                executor_id=wanted.executor_id,
                state=CallbackState.WAITING,
                origin=wanted.origin,
                asked_by=by,
                asked_at=now,
                updated_at=now,
                due_at=due,
                look_at=due,
                not_before=wanted.at,
                reason=Why.FIRST if wanted.at is None else Why.NOT_BEFORE,
            )
        )
        change = {"due_at": due.isoformat(), **(because or {})}
        await self._record(uow, series, "callback.asked", by, change, reason, at=now)
        return series

    def wake(self) -> None:
        """Tell the dialer of this node to look at once: a series was opened in another's unit of work."""
        self._wake()

    async def _checked(self, uow: UnitOfWork, wanted: Wanted, ticket: Ticket, now: datetime) -> str:
        """The number to dial, as E.164."""
        number = wanted.number or number_of(ticket)
        problem = self.number_problem(number)
        if problem is not None:
            raise InvalidInput({"number": f"number.{problem}"})
        executor = await uow.people.by_id(wanted.executor_id)
        if executor is None or not executor.active or executor.endpoint is None:
            raise InvalidInput({"executor": "callback.executor_without_phone"})
        if wanted.at is not None and not now - timedelta(minutes=5) <= wanted.at <= now + FURTHEST:
            raise InvalidInput({"at": "callback.wrong_time"})
        e164 = f"+{may_dial(number, self._rules.rules.numbers).digits}"
        if not dialable(ticket.status, wanted.origin):
            raise Conflict("nobody has accepted this ticket, or it is over", status=str(ticket.status))
        if await uow.dialing.opted_out(e164) is not None:
            raise Conflict("this number does not want to be called", reason=str(Why.OPTED_OUT))
        return e164

    def _fit(self, at: datetime) -> datetime:
        rules = self._rules.rules
        return to_datetime(fit(to_microseconds(at), rules.policy.room, rules.calendar))

    async def pause(self, callback_id: int, *, by: int, reason: str = "") -> Callback:
        """Hold the series until somebody resumes it; an attempt in flight runs to its end. Conflict when it is over."""
        async with self._series(callback_id, "callback.paused", by, reason) as case:
            case.series = replace(case.series, state=CallbackState.PAUSED, look_at=None, reason=Why.PAUSED)
        return case.series

    async def resume(self, callback_id: int, *, by: int) -> Callback:
        """Let a paused or asking series go on, by the policy. Conflict when it is over."""
        async with self._series(callback_id, "callback.resumed", by) as case:
            if case.series.state in (CallbackState.PAUSED, CallbackState.ASKING):
                waiting = replace(case.series, state=CallbackState.WAITING)
                case.series = await self._go_on(case.uow, waiting, case.now)
                case.saved = True
        self._wake()
        return case.series

    async def move(self, callback_id: int, to: datetime, *, by: int, reason: str = "") -> Callback:
        """Set the time of the next attempt; hours and the half hour still hold. InvalidInput for a wrong time."""
        now = self._clock.now()
        if not now <= to <= now + FURTHEST:
            raise InvalidInput({"at": "callback.wrong_time"})
        async with self._series(callback_id, "callback.moved", by, reason, {"to": to.isoformat()}) as case:
            case.series = await self._go_on(case.uow, replace(case.series, not_before=to), case.now)
            case.saved = True
        self._wake()
        return case.series

    async def snooze(self, callback_id: int, *, by: int) -> Callback:
        """The executor puts the call off, once in a series; a phone that rings stops. Conflict when done before."""
        async with self._series(callback_id, "callback.snoozed", by) as case:
            if case.series.snoozed:
                raise Conflict("it was put off once already", reason="snoozed")
            later = to_datetime(to_microseconds(case.now) + self._rules.rules.policy.snooze)
            snoozed = replace(case.series, snoozed=True, not_before=later)
            await self._take_back(case.uow, snoozed, case.now)
            case.series = await self._go_on(case.uow, snoozed, case.now)
            case.saved = True
        self._wake()
        return case.series

    async def stop(self, callback_id: int, *, by: int, reason: str) -> Callback:
        """End the series; a phone that rings for it stops. Conflict when it is over already."""
        async with self._series(callback_id, "callback.stopped", by, reason) as case:
            await self._take_back(case.uow, case.series, case.now)
            case.series = ended(case.series, CallbackState.WITHDRAWN, "stopped", case.now)
        self._wake()
        return case.series

    async def spoke(self, callback_id: int, *, by: int) -> Callback:
        """The client was spoken with outside this series (one call for two tickets): it ends as reached."""
        async with self._series(callback_id, "callback.spoke", by) as case:
            await self._take_back(case.uow, case.series, case.now)
            case.series = await self._endings.spoken(case.uow, case.series, SPOKE, case.now)
        self._wake()
        return case.series

    async def not_spoken(self, callback_id: int, *, by: int) -> Callback:
        """It was not spoken of: a series that ended because the client called goes on.

        Raises:
            NotFound: no such series.
            Conflict: it did not end so, its ticket is over, or the ticket has another open series.
        """
        now = self._clock.now()
        async with self._open_uow() as uow:
            series = await uow.callbacks.by_id(callback_id)
            ticket = None if series is None else await uow.tickets.by_id(series.ticket_id)
            if series is None or ticket is None:
                raise NotFound("callback", callback_id=callback_id)
            if series.state is not CallbackState.REACHED or series.reason not in (SPOKE, CLIENT_CALLED):
                raise Conflict("the series did not end by a talk outside it", state=str(series.state))
            if not dialable(ticket.status, series.origin):
                raise Conflict("the ticket is over", status=str(ticket.status))
            again = replace(series, state=CallbackState.WAITING, ended_at=None, away_until=None)
            again = await self._go_on(uow, replace(again, away_since=None), now)
            await self._record(uow, again, "callback.not_spoken", by, {}, at=now)
            await uow.commit()
        self._wake()
        return again

    async def mark_machine(self, attempt_id: str, *, by: int) -> Callback:
        """A machine had answered: "reached" becomes a counted attempt and the series goes on, or ends as unreachable.

        Raises:
            NotFound: no such attempt.
            Conflict: it did not connect, was marked before, or the ticket has another open series.
        """
        now = self._clock.now()
        async with self._open_uow() as uow:
            attempt = await uow.callback_attempts.by_id(attempt_id)
            series = None if attempt is None else await uow.callbacks.by_id(attempt.callback_id)
            if attempt is None or series is None:
                raise NotFound("attempt", attempt_id=attempt_id)
            if series.state is not CallbackState.REACHED:
                raise Conflict("the series did not end as reached", state=str(series.state))
            if not await uow.callback_attempts.mark_machine(attempt_id, by=by, at=now):
                raise Conflict("the attempt did not connect, or was marked before", attempt_id=attempt_id)
            again = replace(series, state=CallbackState.WAITING, ended_at=None, away_until=None)
            again = await self._go_on(uow, replace(again, away_since=None), now)
            await self._record(uow, again, "callback.machine_marked", by, {"attempt": attempt_id}, at=now)
            await uow.commit()
        self._wake()
        return again

    async def mark_person(self, attempt_id: str, *, by: int) -> Callback:
        """What was taken for a machine, and hung up on, was a person: our side broke off, so it does not count.

        The evidence stays. Raises:
            NotFound: no such attempt.
            Conflict: no machine was detected in it, or the series is over.
        """
        now = self._clock.now()
        async with self._open_uow() as uow:
            attempt = await uow.callback_attempts.by_id(attempt_id)
            series = None if attempt is None else await uow.callbacks.by_id(attempt.callback_id)
            if attempt is None or series is None:
                raise NotFound("attempt", attempt_id=attempt_id)
            if not series.open:
                raise Conflict("the series is over", state=str(series.state))
            corrected = replace(
                attempt, outcome=Outcome.INTERRUPTED, rule=PERSON_HEARD, seen=(*attempt.seen, PERSON_HEARD)
            )
            if not await uow.callback_attempts.correct_machine(corrected):
                raise Conflict("no machine was detected in it", attempt_id=attempt_id)
            series = await self._endings.not_away(uow, series, now)
            await self._record(uow, series, "callback.person_marked", by, {"attempt": attempt_id}, at=now)
            await uow.commit()
        self._wake()
        return series

    async def opt_out(self, number: str, *, by: str, reason: str) -> int:
        """Never call this number again; open series end at once, a phone that rings stops. How many ended.

        Raises InvalidInput when it is no number that could be dialled.
        """
        permission = may_dial(number, self._rules.rules.numbers)
        if not permission.allowed:
            raise InvalidInput({"number": f"number.{permission.problem}"})
        e164, now = f"+{permission.digits}", self._clock.now()
        async with self._open_uow() as uow:
            new = await uow.dialing.opt_out(OptOut(number=e164, at=now, by=by, reason=reason))
            if new:
                await self._record_number(uow, "number.opted_out", by, reason, e164, now)
            open_series = await uow.callbacks.open_of_number(e164)
            for series in open_series:
                await self._take_back(uow, series, now)
                over = ended(series, CallbackState.WITHDRAWN, Why.OPTED_OUT, now)
                await uow.callbacks.save(over)
                await self._record(uow, over, "callback.opted_out", None, {"by": by}, reason, at=now)
            await uow.commit()
        self._wake()
        return len(open_series)

    async def opt_in(self, number: str, *, by: str, reason: str = "") -> bool:
        """The number may be called again; False when it could be called before."""
        e164, now = f"+{may_dial(number, self._rules.rules.numbers).digits}", self._clock.now()
        async with self._open_uow() as uow:
            known = await uow.dialing.opt_in(e164)
            if known:
                await self._record_number(uow, "number.opted_in", by, reason, e164, now)
            await uow.commit()
        return known

    async def _record_number(
        self, uow: UnitOfWork, action: str, by: str, reason: str, e164: str, now: datetime
    ) -> None:
        """What was decided about a number; the audit keeps its last four digits only, people can be forgotten."""
        await uow.audit.record(
            at=now, actor=by, ticket_id=None, action=action, reason=reason, change={"number": f"…{e164[-4:]}"}
        )
        await tell_dialer(uow, await uow.dialing.state(), now)

    async def _go_on(self, uow: UnitOfWork, series: Callback, now: datetime) -> Callback:
        return await self._endings.go_on(uow, series, at=now)

    async def _take_back(self, uow: UnitOfWork, series: Callback, now: datetime) -> None:
        for attempt in await uow.callback_attempts.of_callback(series.id):
            if attempt.in_flight:
                await uow.callback_attempts.ask_withdrawal(attempt.id, now)

    @asynccontextmanager
    async def _series(
        self,
        callback_id: int,
        action: str,
        by: int,
        reason: str = "",
        change: Mapping[str, object] | None = None,
    ) -> AsyncIterator["_Case"]:
        """One open series in one unit of work: saved, audited and told when the block ends well."""
        now = self._clock.now()
        async with self._open_uow() as uow:
            series = await uow.callbacks.by_id(callback_id)
            if series is None:
                raise NotFound("callback", callback_id=callback_id)
            if not series.open:
                raise Conflict("the series is over", state=str(series.state))
            case = _Case(uow=uow, series=series, now=now)
            yield case
            if not case.saved:
                case.series = await uow.callbacks.save(replace(case.series, updated_at=now))
            await self._record(uow, case.series, action, by, change or {}, reason, at=now)
            await uow.commit()

    async def _record(
        self,
        uow: UnitOfWork,
        series: Callback,
        action: str,
        by: int | None,
        change: Mapping[str, object],
        reason: str = "",
        *,
        at: datetime,
    ) -> None:
        await uow.audit.record(
            at=at,
            actor="dialer" if by is None else f"person:{by}",
            ticket_id=series.ticket_id,
            action=action,
            reason=reason,
            change={"callback_id": series.id, **change},
        )
        await tell_callback(uow, series.id, series.ticket_id, series.executor_id, at)


@dataclass(kw_only=True, slots=True)
class _Case:
    """A series being changed; `saved`: the change stored it already."""

    uow: UnitOfWork
    series: Callback
    now: datetime
    saved: bool = False


def number_of(ticket: Ticket) -> str | None:
    """The number by which the ticket's client wants to be reached: what he left, else what he called from."""
    for number in (ticket.contact_phone, ticket.caller):
        if number is not None and number.e164 is not None:
            return number.e164
    return None
