"""Callbacks as people may touch them: whose right it is, then the deed. Regulation: 1.4, 1.5, 2.9.

A series belongs to the ticket's executor and to the moderators; whoever is to speak with the client may act on it too,
and a supervisor on any. What a client says of himself (we spoke; do not call me) everybody who hears it writes down.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.callbacks import Callback, Origin
from callcenter.domain.errors import Forbidden, InvalidInput, NotFound
from callcenter.domain.messages import checked_text
from callcenter.domain.numbers import Number, parse_number
from callcenter.domain.people import Action, Person, may
from callcenter.domain.policy import may_on, require
from callcenter.domain.story import actor_of
from callcenter.domain.ticket import Ticket
from callcenter.services.callbacks import Callbacks, Wanted, number_of
from callcenter.services.desk import Desk, loaded
from dialer.permission import NumberProblem
from dialer.policy import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A callback as a form asks for it. `number` empty: the ticket's own; `at` None: now; `executor_id` None: whoever
    has the ticket."""

    ticket_id: int
    number: str = ""
    at: datetime | None = None
    executor_id: int | None = None


def may_ask(by: Person, ticket: Ticket) -> bool:
    """Whether he may ask that the client of this ticket be called."""
    return may_on(by, Action.CALL_BACK, ticket)


def may_tend(by: Person, ticket: Ticket, series: Callback) -> bool:
    """Whether he may pause, move or end this series."""
    his = series.executor_id == by.id and may(by, Action.CALL_BACK)
    return his or may_on(by, Action.CALL_BACK, ticket) or may(by, Action.RUN_DIALER)


class CallbackDesk:
    """Every method checks the right first: Forbidden; the rest is as in `Callbacks`."""

    def __init__(self, desk: Desk, callbacks: Callbacks) -> None:
        self._desk = desk
        self._callbacks = callbacks

    @property
    def policy(self) -> Policy:
        """The rules of attempts as they are set."""
        return self._callbacks.policy

    def number_problem(self, typed: str) -> NumberProblem | None:
        """Why a number as typed will not be dialled; None when it may be. Regulation: 2.9, point 10."""
        return self._callbacks.number_problem(parse_number(typed).e164 or typed)

    def earliest(self, at: datetime | None = None) -> datetime:
        """When a call asked for then would be placed at the earliest."""
        return self._callbacks.earliest(at)

    async def ask(self, by: Person, asked: Asked) -> Callback:
        """Ask for a callback; a number that differs from the ticket's own corrects the ticket first."""
        async with self._desk.open_uow(write=False) as uow:
            ticket = await loaded(uow, asked.ticket_id)
        require(by, Action.CALL_BACK, ticket)
        typed = parse_number(asked.number) if asked.number else None
        if typed is not None:
            problem = self.number_problem(asked.number)
            if problem is not None:
                raise InvalidInput({"number": f"number.{problem}"})
            if typed.e164 != number_of(ticket):
                await self._correct(by, ticket, typed)
        moderates = may(by, Action.MODERATE_TICKETS) and ticket.assignee_id != by.id
        wanted = Wanted(
            ticket_id=ticket.id,
            executor_id=asked.executor_id or ticket.assignee_id or by.id,
            origin=Origin.MODERATOR if moderates else Origin.EXECUTOR,
            at=asked.at,
            number=None if typed is None else typed.e164,
        )
        return await self._callbacks.ask(wanted, by=by.id)

    async def _correct(self, by: Person, ticket: Ticket, number: Number) -> None:
        async with self._desk.case(ticket.id, None, by=by, action=Action.CALL_BACK) as case:
            await case.change("ticket.number_corrected", replace(case.ticket, contact_phone=number))

    async def pause(self, by: Person, callback_id: int, *, reason: str) -> Callback:
        """Hold the series."""
        await self._allowed(by, callback_id)
        return await self._callbacks.pause(callback_id, by=by.id, reason=reason)

    async def resume(self, by: Person, callback_id: int) -> Callback:
        """Let a held or asking series go on."""
        await self._allowed(by, callback_id)
        return await self._callbacks.resume(callback_id, by=by.id)

    async def move(self, by: Person, callback_id: int, to: datetime) -> Callback:
        """Set the time of the next attempt."""
        await self._allowed(by, callback_id)
        return await self._callbacks.move(callback_id, to, by=by.id)

    async def snooze(self, by: Person, callback_id: int) -> Callback:
        """Put it off, once."""
        await self._allowed(by, callback_id)
        return await self._callbacks.snooze(callback_id, by=by.id)

    async def stop(self, by: Person, callback_id: int, *, reason: str) -> Callback:
        """End the series; InvalidInput without a reason."""
        words = checked_text(reason, field="reason")
        await self._allowed(by, callback_id)
        return await self._callbacks.stop(callback_id, by=by.id, reason=words)

    async def mark_machine(self, by: Person, attempt_id: str) -> Callback:
        """A machine had answered."""
        await self._allowed_attempt(by, attempt_id)
        return await self._callbacks.mark_machine(attempt_id, by=by.id)

    async def mark_person(self, by: Person, attempt_id: str) -> Callback:
        """A person had answered whom the PBX took for a machine."""
        await self._allowed_attempt(by, attempt_id)
        return await self._callbacks.mark_person(attempt_id, by=by.id)

    async def spoke(self, by: Person, callback_id: int) -> Callback:
        """We spoke about this ticket too."""
        require(by, Action.CALL_BACK)
        return await self._callbacks.spoke(callback_id, by=by.id)

    async def not_spoken(self, by: Person, callback_id: int) -> Callback:
        """It was not spoken of: go on calling."""
        require(by, Action.CALL_BACK)
        return await self._callbacks.not_spoken(callback_id, by=by.id)

    async def opt_out(self, by: Person, ticket_id: int, *, reason: str) -> int:
        """The client of this ticket does not want to be called; open series of his number end at once."""
        require(by, Action.CALL_BACK)
        async with self._desk.open_uow(write=False) as uow:
            ticket = await loaded(uow, ticket_id)
            series = await uow.callbacks.of_ticket(ticket_id)
        number = next((each.number for each in reversed(series) if each.open), None) or number_of(ticket)
        if number is None:
            raise InvalidInput({"number": f"number.{NumberProblem.MISSING}"})
        return await self._callbacks.opt_out(number, by=actor_of(by.id), reason=reason)

    async def opt_in(self, by: Person, number: str, *, reason: str) -> bool:
        """The client allows it again; moderators and supervisors only, InvalidInput without a reason."""
        if not (may(by, Action.MODERATE_TICKETS) or may(by, Action.RUN_DIALER)):
            raise Forbidden("he may not decide about numbers", action=str(Action.RUN_DIALER))
        words = checked_text(reason, field="reason")
        return await self._callbacks.opt_in(number, by=actor_of(by.id), reason=words)

    async def _allowed_attempt(self, by: Person, attempt_id: str) -> None:
        async with self._desk.open_uow(write=False) as uow:
            attempt = await uow.callback_attempts.by_id(attempt_id)
        if attempt is None:
            raise NotFound("attempt", attempt_id=attempt_id)
        await self._allowed(by, attempt.callback_id)

    async def _allowed(self, by: Person, callback_id: int) -> None:
        async with self._desk.open_uow(write=False) as uow:
            series = await uow.callbacks.by_id(callback_id)
            if series is None:
                raise NotFound("callback", callback_id=callback_id)
            ticket = await loaded(uow, series.ticket_id)
        if not may_tend(by, ticket, series):
            raise Forbidden("this series is another's", action=str(Action.CALL_BACK))
