"""What screens show of callbacks: the executor's day, the supervisor's board, a ticket's attempts. Regulation: 2.9."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.callbacks import Callback, CallbackAttempt, CallbackState, OptOut, Origin, dialable
from callcenter.domain.people import Action, Person, PhoneState, may
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.callbacks import SPOKE, number_of
from callcenter.services.dialer_control import DialerControl, DialerStatus
from callcenter.services.inbound_callbacks import CLIENT_CALLED
from dialer.attempt import CLIENT_UNAVAILABLE, Outcome

DAY = timedelta(hours=24)
LONGEST_LIST = 200
AFTER_TALK = timedelta(minutes=5)
"""How long the card of a call that connected stays, so that a machine can be marked with one button."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesView:
    """A series with its attempts, oldest first. `counted` of them count against the client, as `counting` says."""

    callback: Callback
    attempts: Sequence[CallbackAttempt]
    counting: frozenset[Outcome] = CLIENT_UNAVAILABLE

    @property
    def counted(self) -> int:
        """How many attempts count against the client."""
        return sum(each.counts_by(self.counting) for each in self.attempts)

    @property
    def last(self) -> CallbackAttempt | None:
        """The newest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def in_flight(self) -> CallbackAttempt | None:
        """The attempt that is on the line now."""
        return next((each for each in self.attempts if each.in_flight), None)

    @property
    def unknown(self) -> Sequence[CallbackAttempt]:
        """Attempts of which Asterisk's record does not tell: a person should know (point 11)."""
        return [each for each in self.attempts if each.outcome == "unknown"]

    @property
    def machine_may_be_marked(self) -> CallbackAttempt | None:
        """The attempt that connected and could still be said to have met a machine."""
        if self.callback.state is not CallbackState.REACHED:
            return None
        reached = [each for each in self.attempts if each.outcome is Outcome.REACHED]
        return next((each for each in reversed(reached) if each.machine_marked_at is None), None)

    @property
    def person_may_be_said(self) -> CallbackAttempt | None:
        """The last attempt, where the PBX took the client for a machine and the series still goes on."""
        found = (
            self.callback.open and self.last is not None and self.last.outcome is Outcome.ANSWERING_MACHINE
        )
        return self.last if found else None

    @property
    def talk_may_be_denied(self) -> bool:
        """Whether it ended because somebody said, or a call of the client's meant, that they had spoken."""
        return by_talk(self.callback)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """A person's telephone; `state` is None where the PBX tells nothing of it (it is in no phone queue)."""

    person: Person
    state: PhoneState | None

    @property
    def missing(self) -> bool:
        """Whether no call can be placed to him: no telephone is written down for him."""
        return self.person.endpoint is None or not self.person.active

    @property
    def off(self) -> bool:
        """Whether the PBX says that his telephone is not registered."""
        return self.state is PhoneState.UNREACHABLE


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketSeries:
    """A series with its ticket and the executor's telephone, for lists."""

    view: SeriesView
    ticket: Ticket
    phone: Phone | None

    @property
    def callback(self) -> Callback:
        """The series itself."""
        return self.view.callback


@dataclass(frozen=True, kw_only=True, slots=True)
class OnTicket:
    """Everything about callbacks of one ticket. `beside`: series of the same number on other tickets, open or ended
    by a talk within a day. `phones`: who could speak with the client."""

    series: Sequence[SeriesView]
    number: str | None
    opted_out: OptOut | None
    beside: Sequence[TicketSeries]
    phones: Sequence[Phone]
    dialable: bool

    @property
    def open(self) -> SeriesView | None:
        """The series that is under way."""
        return next((each for each in self.series if each.callback.open), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutorDay:
    """An executor's callbacks: those still open, the next due first, and those that ended within a day."""

    open: Sequence[SeriesView]
    ended: Sequence[SeriesView]


@dataclass(frozen=True, kw_only=True, slots=True)
class DialerBoard:
    """The supervisor's board. `asking`, `unknown` and `wrong_numbers` wait for a person.

    `outcomes` are today's attempts by how they ended; `opt_outs` the newest numbers that are not called.
    """

    status: DialerStatus
    next_due: Sequence[SeriesView]
    asking: Sequence[SeriesView]
    wrong_numbers: Sequence[SeriesView]
    flying: Sequence[SeriesView] = ()
    unknown: Sequence[SeriesView] = ()
    paused: Sequence[SeriesView] = ()
    outcomes: Mapping[str, int] | None = None
    opt_outs: Sequence[OptOut] = ()


class CallbackViews:
    """Read models; nothing here changes anything."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, control: DialerControl) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._control = control

    async def of_ticket(self, ticket_id: int) -> Sequence[SeriesView]:
        """All series of a ticket with every attempt and its evidence."""
        async with self._open_uow(write=False) as uow:
            return await self._views(uow, await uow.callbacks.of_ticket(ticket_id))

    async def on_ticket(self, ticket: Ticket, by: Person) -> OnTicket:
        """What the ticket's page shows, to this person."""
        async with self._open_uow(write=False) as uow:
            series = await self._views(uow, await uow.callbacks.of_ticket(ticket.id))
            current = next((each.callback for each in series if each.callback.open), None)
            number = current.number if current is not None else number_of(ticket)
            phones = await phones_of(uow)
            return OnTicket(
                series=series,
                number=number,
                opted_out=None if number is None else await uow.dialing.opted_out(number),
                beside=[] if number is None else await self._beside(uow, ticket, number, phones),
                phones=[each for each in phones if not each.missing],
                dialable=_could_be_dialled(ticket, by),
            )

    async def _beside(
        self, uow: UnitOfWork, ticket: Ticket, number: str, phones: Sequence[Phone]
    ) -> Sequence[TicketSeries]:
        since = self._clock.now() - DAY
        found = {each.id: each for each in await uow.callbacks.open_of_number(number)}
        others = {each.id for each in await uow.tickets.open_of_number(number, limit=LONGEST_LIST)}
        if ticket.client_id is not None:
            same = await uow.tickets.open_of_client(ticket.client_id, limit=LONGEST_LIST)
            others |= {each.id for each in same}
        for other_id in sorted(others):
            for each in await uow.callbacks.of_ticket(other_id):
                if each.number == number and by_talk(each) and each.updated_at >= since:
                    found[each.id] = each
        there = [each for key, each in sorted(found.items()) if each.ticket_id != ticket.id]
        return await _with_tickets(uow, await self._views(uow, there), phones)

    async def day_of(self, person_id: int) -> ExecutorDay:
        """An executor's own callbacks."""
        since = self._clock.now() - DAY
        async with self._open_uow(write=False) as uow:
            return ExecutorDay(
                open=await self._views(uow, await uow.callbacks.open_of_executor(person_id)),
                ended=await self._views(uow, await uow.callbacks.ended_of_executor(person_id, since)),
            )

    async def card_of(self, person_id: int) -> Sequence[TicketSeries]:
        """What belongs on his screen now: the call that rings him or connects, and one that has just connected."""
        since = self._clock.now() - AFTER_TALK
        async with self._open_uow(write=False) as uow:
            flying = [
                each for each in await uow.callback_attempts.in_flight() if each.executor_id == person_id
            ]
            ended = await uow.callbacks.ended_of_executor(person_id, since)
            waiting = [
                each.id
                for each in await uow.callbacks.open_of_executor(person_id)
                if each.state is CallbackState.WAITING and each.updated_at >= since
            ]
            ids = [*(each.callback_id for each in flying), *(each.id for each in ended), *waiting]
            series = [each for key in ids if (each := await uow.callbacks.by_id(key)) is not None]
            views = [
                each
                for each in await self._views(uow, series)
                if each.in_flight or each.machine_may_be_marked or each.person_may_be_said
            ]
            return await _with_tickets(uow, views, await phones_of(uow))

    async def with_tickets(self, views: Sequence[SeriesView]) -> Sequence[TicketSeries]:
        """The same with tickets and telephones, for a list."""
        async with self._open_uow(write=False) as uow:
            return await _with_tickets(uow, views, await phones_of(uow))

    async def phone_of(self, person: Person) -> Phone:
        """His own telephone as the PBX reports it."""
        async with self._open_uow(write=False) as uow:
            presence = {each.person_id: each.phone for each in await uow.people.presence()}
        return Phone(person=person, state=presence.get(person.id))

    async def board(self, *, limit: int = 50) -> DialerBoard:
        """Due, in flight, breaker, caps, and what waits for a person."""
        status = await self._control.status()
        limit = min(limit, LONGEST_LIST)
        since: datetime = status.now - 7 * DAY
        async with self._open_uow(write=False) as uow:
            waiting = await uow.callbacks.in_state(CallbackState.WAITING, limit=limit)
            asking = await uow.callbacks.in_state(CallbackState.ASKING, limit=limit)
            wrong = await uow.callbacks.in_state(CallbackState.WRONG_NUMBER, limit=limit)
            paused = await uow.callbacks.in_state(CallbackState.PAUSED, limit=limit)
            unknown = await uow.callback_attempts.of_outcome(Outcome.UNKNOWN, since)
            undecided = await self._open_series(uow, (each.callback_id for each in unknown))
            flying = await self._open_series(uow, (each.callback_id for each in status.in_flight))
            return DialerBoard(
                status=status,
                flying=await self._views(uow, flying),
                next_due=await self._views(uow, waiting),
                asking=await self._views(uow, asking),
                wrong_numbers=await self._views(uow, await _not_corrected(uow, wrong, since)),
                unknown=[each for each in await self._views(uow, undecided) if each.last in each.unknown][
                    :limit
                ],
                paused=await self._views(uow, paused),
                outcomes=await uow.callback_attempts.count_by_outcome(status.today),
                opt_outs=await uow.dialing.opt_outs(limit=limit),
            )

    async def _views(self, uow: UnitOfWork, series: Sequence[Callback]) -> Sequence[SeriesView]:
        counting = self._control.counted
        return [
            SeriesView(
                callback=each, attempts=await uow.callback_attempts.of_callback(each.id), counting=counting
            )
            for each in series
        ]

    async def _open_series(self, uow: UnitOfWork, ids: Iterable[int]) -> Sequence[Callback]:
        found = [await uow.callbacks.by_id(key) for key in sorted(set(ids))]
        return [each for each in found if each is not None and each.open]


def by_talk(series: Callback) -> bool:
    """Whether it ended because somebody spoke with the client outside it."""
    return series.state is CallbackState.REACHED and series.reason in (CLIENT_CALLED, SPOKE)


def _could_be_dialled(ticket: Ticket, by: Person) -> bool:
    """Whether a series that this person asks for may be placed; the service decides again."""
    from_moderator = may(by, Action.MODERATE_TICKETS) and ticket.assignee_id != by.id
    return dialable(ticket.status, Origin.MODERATOR if from_moderator else Origin.EXECUTOR)


async def _not_corrected(uow: UnitOfWork, wrong: Sequence[Callback], since: datetime) -> Sequence[Callback]:
    """Series that ended at a wrong number lately and were not followed by another: the ticket still waits."""
    still = []
    for each in wrong:
        if each.updated_at < since:
            continue
        ticket = await uow.tickets.by_id(each.ticket_id)
        later = [one for one in await uow.callbacks.of_ticket(each.ticket_id) if one.id > each.id]
        if ticket is not None and ticket.open and not later:
            still.append(each)
    return still


async def phones_of(uow: UnitOfWork) -> Sequence[Phone]:
    """Everybody's telephone, by name."""
    presence = {each.person_id: each.phone for each in await uow.people.presence()}
    people = sorted(await uow.people.all(), key=lambda each: (each.name, each.id))
    return [Phone(person=each, state=presence.get(each.id)) for each in people]


async def _with_tickets(
    uow: UnitOfWork, views: Sequence[SeriesView], phones: Sequence[Phone]
) -> Sequence[TicketSeries]:
    by_person = {each.person.id: each for each in phones}
    rows = []
    for view in views:
        ticket = await uow.tickets.by_id(view.callback.ticket_id)
        if ticket is not None:
            phone = by_person.get(view.callback.executor_id)
            rows.append(TicketSeries(view=view, ticket=ticket, phone=phone))
    return rows
