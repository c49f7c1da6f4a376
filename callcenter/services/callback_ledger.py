"""The dialer's ledger on the store (port `dialer.ports.Ledger`): every method is one transaction.

Regulation: 2.9, points 5, 7, 10 and 11.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.callbacks import (
    AttemptStage,
    Callback,
    CallbackAttempt,
    CallbackState,
    DialerState,
    dialable,
    ended,
)
from callcenter.domain.errors import Conflict, Unavailable
from callcenter.domain.instants import to_datetime, to_microseconds
from callcenter.domain.people import Person
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from callcenter.services.callback_endings import CallbackEndings, tell_callback
from callcenter.services.dialer_control import halt
from callcenter.services.dialer_rules import DialerRules
from dialer.admission import BUSY_WAIT, Admission, Answer, Candidate, admit, hold
from dialer.attempt import SECOND
from dialer.caps import Load
from dialer.outcome import Verdict
from dialer.policy import Reason, Why
from dialer.ports import Claim, LedgerUnavailable, Order

LOOK_AT = 8
"""How many due series one claim looks at."""

LONGEST_CALL = timedelta(hours=2)
"""A call of the client's own that seems to last longer does not keep us from calling him."""

_TRIES = 3
_PROMISES = frozenset({Why.GAP, Why.BACK_OFF, Why.NOT_BEFORE, Why.BUSINESS_HOURS, Why.DAY_CAP})


class CallbackLedger:
    """Claims, confirms and ends attempts. `reachable` names the PBXs this node can order calls from now."""

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        rules: DialerRules,
        endings: CallbackEndings,
        reachable: Callable[[], frozenset[str]],
    ) -> None:
        self._open_uow = open_uow
        self._rules = rules
        self._endings = endings
        self._reachable = reachable

    @asynccontextmanager
    async def _transaction(self, *, write: bool = True) -> AsyncIterator[UnitOfWork]:
        try:
            async with self._open_uow(write=write) as uow:
                yield uow
        except Unavailable as error:
            raise LedgerUnavailable(str(error)) from error

    async def claim(self, now: int, attempt_id: str) -> Claim:
        if not await self._is_anything_due(now):
            return Claim()
        try:
            async with self._transaction() as uow:
                claim = await self._claim(uow, now, attempt_id)
                if claim.held is None:
                    await uow.commit()
                return claim
        except Conflict:
            return Claim(look_again=now)

    async def _is_anything_due(self, now: int) -> bool:
        """A look that takes no turn from writers: nearly always nothing is due, and it is asked four times a second."""
        async with self._transaction(write=False) as uow:
            return bool(await uow.callbacks.due(to_datetime(now), limit=1))

    async def _claim(self, uow: UnitOfWork, now: int, attempt_id: str) -> Claim:
        state = await uow.dialing.state()
        if state.paused:
            return Claim(held=Reason(why=Why.PAUSED))
        flying = await uow.callback_attempts.in_flight()
        held = hold(await self._load(uow, flying, state, now), state.breaker, now, self._rules.rules)
        if held is not None:
            return Claim(held=held, look_again=held.at)
        due = await uow.callbacks.due(to_datetime(now), limit=LOOK_AT)
        for series in due:
            order = await self._try(uow, series, flying, now, attempt_id)
            if order is not None:
                return Claim(order=order)
        return Claim(look_again=now if due else None)

    async def _try(
        self, uow: UnitOfWork, series: Callback, flying: Sequence[CallbackAttempt], now: int, attempt_id: str
    ) -> Order | None:
        executor = await uow.people.by_id(series.executor_id)
        candidate = await self._candidate(uow, series, executor, flying, now)
        admission = admit(candidate, now, self._rules.rules)
        if admission.answer is not Answer.GO or executor is None:
            await self._not_now(uow, series, admission, now)
            return None
        attempt = self._attempt(series, executor, admission, now, attempt_id)
        if not await uow.callback_attempts.add(attempt):
            await uow.callbacks.save(replace(series, look_at=to_datetime(now + BUSY_WAIT)))
            return None
        await uow.callbacks.save(
            replace(
                series, state=CallbackState.DIALLING, look_at=None, reason=str(admission.why.why),
                updated_at=to_datetime(now),
            )
        )  # fmt: skip
        return replace(self._order(attempt), listen=self._rules.listens(candidate.history))

    async def _candidate(
        self,
        uow: UnitOfWork,
        series: Callback,
        executor: Person | None,
        flying: Sequence[CallbackAttempt],
        now: int,
        *,
        but: str = "",
    ) -> Candidate:
        history = await uow.callback_attempts.of_callback(series.id)
        ticket = await uow.tickets.by_id(series.ticket_id)
        today = to_datetime(self._rules.rules.calendar.day_start(now))
        has_phone = (
            executor is not None
            and executor.active
            and executor.endpoint is not None
            and executor.pbx in self._reachable()
        )
        return Candidate(
            number=series.number,
            history=[each.to_policy() for each in history if each.id != but],
            not_before=0 if series.not_before is None else to_microseconds(series.not_before),
            ticket_dialable=ticket is not None and dialable(ticket.status, series.origin),
            opted_out=await uow.dialing.opted_out(series.number) is not None,
            executor_has_phone=has_phone,
            number_busy=any(each.number == series.number and each.id != but for each in flying),
            client_on_line=await self._is_on_our_line(uow, series.number, now),
            executor_busy=any(each.executor_id == series.executor_id and each.id != but for each in flying),
            number_calls_today=await uow.callback_attempts.touched_since(series.number, today),
        )

    async def _is_on_our_line(self, uow: UnitOfWork, number: str, now: int) -> bool:
        """Whether he has called the hotline himself and is still there; a call older than that is a lost one."""
        last = await uow.calls.last_of_number(number, limit=1)
        since = to_datetime(now) - LONGEST_CALL
        return any(each.ended_at is None and each.entered_at >= since for each in last)

    async def _not_now(self, uow: UnitOfWork, series: Callback, admission: Admission, now: int) -> None:
        at = to_datetime(now)
        why = str(admission.why.why)
        if admission.answer is Answer.LATER:
            later = to_datetime(admission.at or now + BUSY_WAIT)
            due = later if admission.why.why in _PROMISES else series.due_at
            await uow.callbacks.save(replace(series, look_at=later, due_at=due, reason=why, updated_at=at))
            return
        if admission.answer is Answer.STOP:
            await uow.callbacks.save(ended(series, CallbackState.WITHDRAWN, why, at))
        elif admission.answer is Answer.ASK:
            asking = replace(
                series, state=CallbackState.ASKING, look_at=None, due_at=None, reason=why, updated_at=at
            )
            await uow.callbacks.save(asking)
        else:
            await self._endings.go_on(uow, series, at=at)
        await tell_callback(uow, series.id, series.ticket_id, series.executor_id, at)

    def _attempt(
        self, series: Callback, executor: Person, admission: Admission, now: int, attempt_id: str
    ) -> CallbackAttempt:
        client_first = self._rules.client_is_first(executor.login)
        send_by = now + self._rules.send_within
        expires_at = send_by + (0 if client_first else self._rules.rules.policy.executor_ring)
        return CallbackAttempt(
            id=attempt_id,
            callback_id=series.id,
            ticket_id=series.ticket_id,
            no=admission.no,
            number=f"+{admission.digits}",
            executor_id=executor.id,
            pbx=executor.pbx or "",
            endpoint=executor.endpoint or "",
            token=1,
            due_at=series.due_at or to_datetime(now),
            claimed_at=to_datetime(now),
            send_by=to_datetime(send_by),
            expires_at=to_datetime(expires_at),
            lease_until=to_datetime(expires_at + self._rules.lease),
            client_first=client_first,
        )

    def _order(self, attempt: CallbackAttempt) -> Order:
        return Order(
            attempt_id=attempt.id,
            token=attempt.token,
            pbx=attempt.pbx,
            number=attempt.number.removeprefix("+"),
            executor=attempt.endpoint,
            ring_seconds=self._rules.ring_seconds(client_first=attempt.client_first),
            claimed_at=to_microseconds(attempt.claimed_at),
            send_by=to_microseconds(attempt.send_by),
            expires_at=to_microseconds(attempt.expires_at),
            client_first=attempt.client_first,
        )

    async def _load(
        self,
        uow: UnitOfWork,
        flying: Sequence[CallbackAttempt],
        state: DialerState,
        now: int,
        *,
        but: int = 0,
    ) -> Load:
        """`but`: 1 when an attempt of our own is among the counted and is what is asked about."""
        last_second = await uow.callback_attempts.claimed_since(to_datetime(now - SECOND))
        today = to_datetime(self._rules.rules.calendar.day_start(now))
        seconds = state.busy_seconds if state.day is not None and state.day >= today else 0
        return Load(in_flight=len(flying) - but, last_second=max(0, last_second - but), seconds_today=seconds)

    async def confirm(self, order: Order, now: int) -> Reason | None:
        """Everything is asked again: hours, pause, breaker, caps, number, ticket, opt-out, withdrawal, token.

        Two nodes that claimed at once both see both, and so both let go rather than break a cap.
        """
        async with self._transaction(write=False) as uow:
            attempt = await uow.callback_attempts.by_id(order.attempt_id)
            if attempt is None or not attempt.in_flight or attempt.token != order.token:
                return Reason(why=Why.TOO_LATE)
            series = await uow.callbacks.by_id(attempt.callback_id)
            if series is None or series.state is not CallbackState.DIALLING or attempt.withdraw_asked_at:
                return Reason(why=Why.PAUSED)
            state = await uow.dialing.state()
            if state.paused:
                return Reason(why=Why.PAUSED)
            flying = await uow.callback_attempts.in_flight()
            load = await self._load(uow, flying, state, now, but=1)
            held = hold(load, state.breaker, now, self._rules.rules)
            if held is not None:
                return held
            executor = await uow.people.by_id(series.executor_id)
            candidate = await self._candidate(uow, series, executor, flying, now, but=attempt.id)
            admission = admit(candidate, now, self._rules.rules)
            same = admission.digits == order.number
            return None if admission.answer is Answer.GO and same else admission.why

    async def sent(self, order: Order, now: int) -> None:
        async with self._transaction() as uow:
            await uow.callback_attempts.advance(order.attempt_id, AttemptStage.SENT)
            await uow.commit()

    async def finish(self, attempt_id: str, verdict: Verdict, now: int, *, token: int | None = None) -> bool:
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                return await self._finish(attempt_id, verdict, to_datetime(now), token)
            except Conflict as error:
                if last:
                    raise LedgerUnavailable(f"somebody else changes the same rows: {error}") from error
        raise AssertionError("the last try returns or raises")

    async def _finish(self, attempt_id: str, verdict: Verdict, at: datetime, token: int | None) -> bool:
        async with self._transaction() as uow:
            attempt = await uow.callback_attempts.by_id(attempt_id)
            if attempt is None or not attempt.in_flight:
                return False
            done = await self._endings.finish(uow, attempt, verdict, at, token=token)
            if done:
                await uow.commit()
            return done

    async def take_over(self, now: int, limit: int) -> Sequence[Order]:
        taken = []
        async with self._transaction() as uow:
            for attempt in await uow.callback_attempts.lapsed(to_datetime(now), limit=limit):
                if attempt.pbx not in self._reachable():
                    continue
                until = to_datetime(now + self._rules.lease)
                token = attempt.token + 1
                if await uow.callback_attempts.lease(
                    attempt.id, token=attempt.token, until=until, new_token=token
                ):
                    taken.append(self._order(replace(attempt, token=token)))
            await uow.commit()
        return taken

    async def keep(self, order: Order, now: int) -> None:
        """The lease runs on by itself until it lapses again: nothing is to be written."""

    async def withdrawals(self, now: int) -> Sequence[str]:
        async with self._transaction(write=False) as uow:
            flying = await uow.callback_attempts.in_flight()
        reachable = self._reachable()
        return [each.id for each in flying if each.withdraw_asked_at is not None and each.pbx in reachable]

    async def halt(self, why: Why, detail: str, now: int) -> None:
        """Stop all nodes, with the alarm in the state all of them share; a person's own pause stays his."""
        async with self._transaction() as uow:
            await halt(uow, why, detail, to_datetime(now))
            await uow.commit()

    async def lapse(self, attempt_id: str, now: int) -> None:
        """What was heard of this attempt is not complete: let it be settled from the PBX's records at once."""
        async with self._transaction() as uow:
            attempt = await uow.callback_attempts.by_id(attempt_id)
            if attempt is not None and attempt.in_flight:
                await uow.callback_attempts.lease(
                    attempt_id, token=attempt.token, until=to_datetime(now), new_token=attempt.token
                )
                await uow.commit()

    async def progressed(self, attempt_id: str, stage: AttemptStage, at: datetime) -> None:
        """The PBX reported how far an attempt has come: kept, and told to the executor's screen at once."""
        async with self._transaction() as uow:
            attempt = await uow.callback_attempts.by_id(attempt_id)
            if attempt is not None and await uow.callback_attempts.advance(attempt_id, stage):
                await tell_callback(uow, attempt.callback_id, attempt.ticket_id, attempt.executor_id, at)
                await uow.commit()
