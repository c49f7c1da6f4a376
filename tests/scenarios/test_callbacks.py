"""Clause 2.9 as stories: what people and Asterisk do, and what becomes of the series, the ticket and the letter."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.callbacks import AttemptStage, Callback, CallbackAttempt, CallbackState, Origin
from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.instants import to_datetime, to_microseconds
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.live import LiveKind, to_person
from callcenter.domain.notices import Notice
from callcenter.domain.people import Role
from callcenter.domain.ticket import Ticket
from callcenter.domain.ticket_clocks import DESK_TARGETS
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_ledger import CallbackLedger
from callcenter.services.callback_tickets import DeskTickets
from callcenter.services.callback_views import CallbackViews
from callcenter.services.callbacks import Callbacks, Wanted
from callcenter.services.desk import Desk, DeskRules
from callcenter.services.dialer_control import DialerControl
from callcenter.services.dialer_rules import DialerCalendar, DialerRules
from callcenter.services.hotline import Hotline
from callcenter.services.inbound_callbacks import InboundCallbacks
from dialer.admission import Rules
from dialer.attempt import MINUTE, Outcome
from dialer.breaker import Passage
from dialer.caps import Caps
from dialer.outcome import Verdict
from dialer.policy import Policy, Why
from dialer.ports import Order
from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.spec import regulation_spec
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.notices import FakeNotices

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=MOSCOW)
HOURS = BusinessCalendar(regulation_spec())
CLIENT = "+79161112233"
UNTOUCHED = (Outcome.TRUNK_FAILED, Outcome.EXECUTOR_MISSED, Outcome.WRONG_NUMBER, Outcome.NOT_PLACED)


class House:
    """The services of callbacks over the in-memory store, two executors, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.clock = FakeClock(MONDAY)
        self.notices = FakeNotices()
        self.rules = DialerRules(
            rules=Rules(policy=Policy(), caps=Caps(), calendar=DialerCalendar(HOURS, MOSCOW))
        )
        self.desk = Desk(
            open_uow=self.database.uow,
            clock=self.clock,
            rules=DeskRules(
                terms=Terms(targets=DESK_TARGETS, calendar=HOURS), zone=MOSCOW, address="https://help.example"
            ),
            notices=self.notices,
        )
        tickets = DeskTickets(self.desk)
        endings = CallbackEndings(self.rules, tickets)
        self.reachable = frozenset({make.PBX})
        self.ledger = CallbackLedger(self._open_for_the_ledger, self.rules, endings, lambda: self.reachable)
        self.writers_turns = 0
        self.woken = 0
        self.callbacks = Callbacks(self.database.uow, self.clock, self.rules, endings, wake=self._wake)
        self.control = DialerControl(self.database.uow, self.clock, self.rules)
        self.views = CallbackViews(self.database.uow, self.clock, self.control)
        self.hotline = Hotline(self.database.uow, self.clock, callbacks=InboundCallbacks(tickets))
        self._ids = count(1)

    def _wake(self) -> None:
        self.woken += 1

    def _open_for_the_ledger(self, *, write: bool = True) -> AbstractAsyncContextManager[UnitOfWork]:
        self.writers_turns += write
        return self.database.uow(write=write)

    async def open(self) -> House:
        async with self.database.uow() as uow:
            for number in (201, 202):
                executor = make.person(
                    f"executor{number}", roles=(Role.EXECUTOR,), endpoint=f"PJSIP/{number}"
                )
                await uow.people.add(executor, password_hash=None)
            await uow.people.add(make.person(), password_hash=None)
            await uow.calls.add_hotline(make.hotline())
            await uow.commit()
        return self

    async def a_ticket(
        self,
        status: Status = Status.IN_PROGRESS,
        *,
        number: str | None = CLIENT,
        email: str | None = "petrov@example.org",
    ) -> Ticket:
        async with self.database.uow() as uow:
            ticket = make.ticket(status=status, caller=number, created=self.clock.now())
            stored = await uow.tickets.add(replace(ticket, contact_email=email))
            await uow.commit()
        return stored

    async def ask(
        self,
        ticket: Ticket | None = None,
        *,
        executor: int = 1,
        at: datetime | None = None,
        origin: Origin = Origin.EXECUTOR,
        number: str | None = None,
    ) -> Callback:
        ticket = ticket or await self.a_ticket()
        wanted = Wanted(ticket_id=ticket.id, executor_id=executor, origin=origin, at=at, number=number)
        return await self.callbacks.ask(wanted, by=executor)

    @property
    def now(self) -> int:
        return to_microseconds(self.clock.now())

    async def claim(self) -> Order | None:
        return (await self.ledger.claim(self.now, f"cb-{next(self._ids):08d}")).order

    async def attempt(self, outcome: Outcome, *, seconds: int = 60) -> Order:
        """One attempt from claim to end; fails when nothing may be dialled."""
        order = await self.claim()
        assert order is not None, "nothing may be dialled"
        assert await self.ledger.confirm(order, self.now) is None
        await self.ledger.sent(order, self.now)
        self.clock.advance(timedelta(seconds=seconds))
        touched = outcome not in UNTOUCHED
        verdict = Verdict(outcome=outcome, rule="told", seen=("told",), touched=touched)
        assert await self.ledger.finish(order.attempt_id, verdict, self.now)
        return order

    async def series(self, callback: Callback) -> Callback:
        async with self.database.uow(write=False) as uow:
            found = await uow.callbacks.by_id(callback.id)
        assert found is not None
        return found

    async def ticket(self, callback: Callback) -> Ticket:
        async with self.database.uow(write=False) as uow:
            found = await uow.tickets.by_id(callback.ticket_id)
        assert found is not None
        return found

    async def attempts(self, callback: Callback) -> Sequence[CallbackAttempt]:
        async with self.database.uow(write=False) as uow:
            return await uow.callback_attempts.of_callback(callback.id)

    def wait(self, **length: float) -> None:
        self.clock.advance(timedelta(**length))


@pytest.fixture
async def house() -> House:
    return await House().open()


# --- points 1, 5, 6, 9: the course of a series


@pytest.mark.regulation("2.9")
async def test_third_unanswered_attempt_cancels_the_ticket_and_writes_one_letter(house: House) -> None:
    series = await house.ask()
    for outcome in (Outcome.NO_ANSWER, Outcome.BUSY):
        await house.attempt(outcome)
        house.wait(minutes=30)
    await house.attempt(Outcome.UNREACHABLE)
    ticket, over = await house.ticket(series), await house.series(series)
    assert (over.state, over.reason) == (CallbackState.UNREACHABLE, "limit")
    assert (ticket.status, ticket.cancel_reason) == (Status.CANCELLED, CancelReason.UNREACHABLE)
    assert house.notices.letters() == [(Notice.CANCELLED_UNREACHABLE, "petrov@example.org")]
    assert [each.no for each in await house.attempts(series)] == [1, 2, 3]
    assert len(house.notices.queued[0].about["called_at"]) == 3  # type: ignore[arg-type]
    assert await house.claim() is None


@pytest.mark.regulation("2.9")
async def test_ticket_of_a_client_without_an_address_is_cancelled_without_a_letter(house: House) -> None:
    series = await house.ask(await house.a_ticket(email=None))
    for _ in range(3):
        await house.attempt(Outcome.NO_ANSWER)
        house.wait(minutes=30)
    assert (await house.ticket(series)).status is Status.CANCELLED
    assert house.notices.letters() == []


@pytest.mark.regulation("2.9")
async def test_next_attempt_is_due_half_an_hour_after_the_end_of_the_last(house: House) -> None:
    series = await house.ask()
    await house.attempt(Outcome.NO_ANSWER, seconds=90)
    due = (await house.series(series)).due_at
    assert due == house.clock.now() + timedelta(minutes=30)
    house.wait(minutes=29, seconds=59)
    assert await house.claim() is None
    house.wait(seconds=1)
    assert await house.claim() is not None


@pytest.mark.regulation("2.9")
async def test_attempt_due_on_friday_evening_waits_for_monday_morning(house: House) -> None:
    house.clock.advance(timedelta(days=4, hours=7, minutes=45))  # Friday 17:45
    series = await house.ask()
    await house.attempt(Outcome.NO_ANSWER)
    assert (await house.series(series)).due_at == datetime(2026, 11, 30, 9, 0, tzinfo=MOSCOW)


@pytest.mark.regulation("2.9")
async def test_failures_of_our_side_never_cancel_anybody(house: House) -> None:
    series = await house.ask()
    for outcome in (Outcome.EXECUTOR_MISSED, Outcome.TRUNK_FAILED, Outcome.NOT_PLACED, Outcome.UNKNOWN):
        await house.attempt(outcome)
        house.wait(minutes=31)
    for _ in range(2):
        await house.attempt(Outcome.NO_ANSWER)
        house.wait(minutes=31)
    assert (await house.series(series)).state is CallbackState.WAITING
    assert (await house.ticket(series)).status is Status.WAITING
    assert [each.no for each in await house.attempts(series)] == [1, 1, 1, 1, 1, 2]


@pytest.mark.regulation("2.9")
async def test_clock_pauses_while_the_client_is_unreachable_and_runs_on_when_he_is_reached(
    house: House,
) -> None:
    series = await house.ask()
    await house.attempt(Outcome.NO_ANSWER)
    away = house.clock.now()
    assert (await house.ticket(series)).status is Status.WAITING
    house.wait(minutes=30)
    await house.attempt(Outcome.REACHED)
    over = await house.series(series)
    assert (over.state, over.away_since, over.away_until) == (CallbackState.REACHED, away, house.clock.now())
    assert (await house.ticket(series)).status is Status.IN_PROGRESS


@pytest.mark.regulation("2.9")
async def test_ticket_nobody_has_begun_is_begun_before_its_clock_pauses(house: House) -> None:
    series = await house.ask(await house.a_ticket(Status.ASSIGNED))
    await house.attempt(Outcome.BUSY)
    assert (await house.ticket(series)).status is Status.WAITING


async def test_looking_for_due_calls_takes_no_turn_from_writers_and_commits_nothing(house: House) -> None:
    await house.ask(at=house.clock.now() + timedelta(hours=1))
    before, turns = house.database.commits, house.writers_turns
    for _ in range(4):
        assert await house.claim() is None
    assert (house.database.commits, house.writers_turns) == (before, turns)
    house.wait(hours=1)
    assert await house.claim() is not None
    assert (house.database.commits, house.writers_turns) == (before + 1, turns + 1)


@pytest.mark.regulation("2.9")
async def test_company_that_does_not_count_a_busy_line_calls_again_soon_and_cancels_nobody(
    house: House,
) -> None:
    settled = replace(house.rules.rules.policy, counted=frozenset({Outcome.NO_ANSWER}))
    object.__setattr__(house.rules, "rules", replace(house.rules.rules, policy=settled))
    series = await house.ask()
    for _ in range(3):
        await house.attempt(Outcome.BUSY)
        house.wait(minutes=16)
    (view,) = await house.views.of_ticket(series.ticket_id)
    assert (view.counted, view.callback.state, view.callback.reason) == (
        0,
        CallbackState.WAITING,
        Why.BACK_OFF,
    )
    assert (await house.ticket(series)).status is Status.IN_PROGRESS


@pytest.mark.regulation("2.9")
async def test_wrong_number_stops_the_series_and_asks_a_person(house: House) -> None:
    series = await house.ask()
    await house.attempt(Outcome.WRONG_NUMBER)
    assert (await house.series(series)).state is CallbackState.WRONG_NUMBER
    assert (await house.ticket(series)).status is Status.IN_PROGRESS
    board = await house.views.board()
    assert [view.callback.id for view in board.wrong_numbers] == [series.id]
    again = await house.ask(await house.ticket(series), number="+79161112244")
    assert again.number == "+79161112244"


@pytest.mark.regulation("2.9")
async def test_ticket_closed_meanwhile_is_not_cancelled(house: House) -> None:
    series = await house.ask()
    for _ in range(2):
        await house.attempt(Outcome.NO_ANSWER)
        house.wait(minutes=30)
    order = await house.claim()
    assert order is not None
    await close(house, series)
    verdict = Verdict(outcome=Outcome.NO_ANSWER, rule="told", seen=(), touched=True)
    assert await house.ledger.finish(order.attempt_id, verdict, house.now)
    over = await house.series(series)
    assert (over.state, over.reason) == (CallbackState.WITHDRAWN, "ticket_not_open")
    assert (await house.ticket(series)).status is Status.RESOLVED
    assert house.notices.letters() == []


async def close(house: House, series: Callback) -> None:
    async with house.database.uow() as uow:
        ticket = await uow.tickets.by_id(series.ticket_id)
        assert ticket is not None
        await uow.tickets.save(replace(ticket, status=Status.RESOLVED))
        await uow.commit()


# --- points 7 and 10: what is never dialled


@pytest.mark.regulation("2.9")
async def test_two_tickets_of_one_client_are_never_rung_at_once(house: House) -> None:
    await house.ask(executor=1)
    second = await house.ask(executor=2)
    first = await house.claim()
    assert first is not None
    house.wait(seconds=2)
    assert await house.claim() is None
    assert (await house.series(second)).reason == "number_busy"


@pytest.mark.regulation("2.9")
async def test_executor_is_rung_for_one_client_at_a_time(house: House) -> None:
    await house.ask()
    second = await house.ask(await house.a_ticket(number="+79161112244"))
    assert await house.claim() is not None
    house.wait(seconds=2)
    assert await house.claim() is None
    assert (await house.series(second)).reason == "executor_busy"


@pytest.mark.regulation("2.9")
async def test_number_is_called_three_times_a_day_over_all_tickets(house: House) -> None:
    for _ in range(3):
        await house.ask()
        await house.attempt(Outcome.REACHED)
        house.wait(minutes=10)
    fourth = await house.ask()
    assert await house.claim() is None
    moved = await house.series(fourth)
    assert (moved.reason, moved.due_at) == ("day_cap", datetime(2026, 11, 24, 9, 0, tzinfo=MOSCOW))


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(
    ("number", "problem"),
    [("+78005550640", "toll_free"), ("+78091112233", "paid"), ("+493012345678", "international")],
)
async def test_number_that_may_not_be_dialled_is_refused_with_the_reason(
    house: House, number: str, problem: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await house.ask(number=number)
    assert refused.value.problems == {"number": f"number.{problem}"}


async def test_ticket_without_a_number_cannot_have_a_series(house: House) -> None:
    with pytest.raises(InvalidInput) as refused:
        await house.ask(await house.a_ticket(number=None))
    assert refused.value.problems == {"number": "number.missing"}


@pytest.mark.parametrize(
    "status", [Status.DRAFT, Status.NEW, Status.RESOLVED, Status.CANCELLED, Status.CLOSED]
)
async def test_nothing_is_dialled_for_a_ticket_that_no_person_has_accepted_or_that_is_over(
    house: House, status: Status
) -> None:
    with pytest.raises(Conflict):
        await house.ask(await house.a_ticket(status))


async def test_moderator_may_have_a_missed_caller_called_back(house: House) -> None:
    series = await house.ask(await house.a_ticket(Status.DRAFT), origin=Origin.MODERATOR)
    for _ in range(3):
        await house.attempt(Outcome.NO_ANSWER)
        house.wait(minutes=30)
    assert (await house.ticket(series)).status is Status.CANCELLED


async def test_executor_without_a_phone_and_a_wrong_time_are_refused_at_the_form(house: House) -> None:
    async with house.database.uow() as uow:
        without = await uow.people.add(make.person("nophone", endpoint=None), password_hash=None)
        await uow.commit()
    for executor, at in (
        (without.id, None),
        (99, None),
        (1, MONDAY - timedelta(hours=1)),
        (1, MONDAY + timedelta(days=61)),
    ):
        with pytest.raises(InvalidInput):
            await house.ask(executor=executor, at=at)
    with pytest.raises(NotFound):
        await house.callbacks.ask(Wanted(ticket_id=7, executor_id=1, origin=Origin.EXECUTOR), by=1)


async def test_ticket_has_one_series_at_a_time(house: House) -> None:
    ticket = await house.a_ticket()
    await house.ask(ticket)
    with pytest.raises(Conflict):
        await house.ask(ticket)


@pytest.mark.regulation("2.9")
async def test_opt_out_is_honoured_at_once_also_for_a_phone_that_rings(house: House) -> None:
    series = await house.ask()
    order = await house.claim()
    assert order is not None
    assert await house.callbacks.opt_out("+7 (916) 111-22-33", by="ivanova", reason="просил") == 1
    assert await house.ledger.withdrawals(house.now) == [order.attempt_id]
    assert (await house.series(series)).state is CallbackState.WITHDRAWN
    refused = await house.ledger.confirm(order, house.now)
    assert refused is not None
    with pytest.raises(Conflict):
        await house.ask()
    assert await house.callbacks.opt_in(CLIENT, by="ivanova")
    assert not await house.callbacks.opt_in(CLIENT, by="ivanova")
    with pytest.raises(InvalidInput):
        await house.callbacks.opt_out("112", by="ivanova", reason="")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("pause_dialer", Why.PAUSED),
        ("close_ticket", Why.TICKET_NOT_OPEN),
        ("stop", Why.PAUSED),
        ("night", Why.BUSINESS_HOURS),
        ("token", Why.TOO_LATE),
        ("phone", Why.EXECUTOR_WITHOUT_PHONE),
    ],
)
async def test_everything_is_asked_again_right_before_sending(house: House, change: str, why: Why) -> None:
    series = await house.ask()
    order = await house.claim()
    assert order is not None
    if change == "pause_dialer":
        await house.control.pause(by="admin", reason="проверка")
    elif change == "close_ticket":
        await close(house, series)
    elif change == "stop":
        await house.callbacks.stop(series.id, by=1, reason="не надо")
    elif change == "night":
        house.wait(hours=9)
    elif change == "phone":
        house.reachable = frozenset()
    else:
        order = replace(order, token=2)
    refused = await house.ledger.confirm(order, house.now)
    assert refused is not None
    assert refused.why is why


# --- point 8: the client calls in


async def call_in(house: House, linkedid: str = "in-1", *, answered: bool = True) -> None:
    seconds = (house.clock.now() - make.START).total_seconds()
    facts = [
        make.entered(linkedid, seconds, caller=CLIENT),
        make.queued(linkedid, seconds + 1),
        make.ringing(linkedid, seconds + 2, endpoint="PJSIP/101"),
    ]
    await house.hotline.apply(facts)
    if answered:
        await house.hotline.apply([make.answered(linkedid, seconds + 3, endpoint="PJSIP/101")])
    else:
        await house.hotline.apply([make.ended(linkedid, seconds + 9, outcome=CallOutcome.ABANDONED)])


@pytest.mark.regulation("2.9")
async def test_pop_up_says_that_we_have_been_calling_him(house: House) -> None:
    series = await house.ask()
    await house.attempt(Outcome.NO_ANSWER)
    await call_in(house, answered=False)
    (pop,) = [each for each in house.database.published if each.kind is LiveKind.POP_SHOW]
    (line,) = pop.payload["callbacks"]  # type: ignore[misc]
    assert (line["ticket_id"], line["counted"], line["state"]) == (series.ticket_id, 1, "waiting")


@pytest.mark.regulation("2.9")
async def test_client_who_calls_in_is_not_rung_and_the_next_attempt_waits(house: House) -> None:
    series = await house.ask()
    order = await house.claim()
    assert order is not None
    await call_in(house, answered=False)
    assert await house.ledger.withdrawals(house.now) == [order.attempt_id]
    verdict = Verdict(outcome=Outcome.EXECUTOR_MISSED, rule="executor_hung_up", seen=(), touched=True)
    assert await house.ledger.finish(order.attempt_id, verdict, house.now)
    (attempt,) = await house.attempts(series)
    assert (attempt.outcome, attempt.rule) == (Outcome.WITHDRAWN, "withdrawn_by_us")
    assert (await house.series(series)).due_at == house.clock.now() + timedelta(minutes=30)


@pytest.mark.regulation("2.9")
async def test_client_who_waits_on_our_line_is_not_called_however_long_he_waits(house: House) -> None:
    series = await house.ask()
    seconds = (house.clock.now() - make.START).total_seconds()
    facts = [make.entered("in-1", seconds, caller=CLIENT), make.queued("in-1", seconds + 1)]
    await house.hotline.apply(facts)
    house.wait(minutes=31)
    assert await house.claim() is None
    assert (await house.series(series)).reason == Why.CLIENT_ON_LINE
    left = make.ended("in-1", seconds + 1900, outcome=CallOutcome.ABANDONED)
    await house.hotline.apply([left])
    house.wait(seconds=6)
    order = await house.claim()
    assert order is not None
    assert await house.ledger.confirm(order, house.now) is None


@pytest.mark.regulation("2.9")
async def test_client_who_calls_in_between_the_claim_and_the_sending_is_not_rung(house: House) -> None:
    await house.ask()
    order = await house.claim()
    assert order is not None
    seconds = (house.clock.now() - make.START).total_seconds()
    await house.hotline.apply([make.entered("in-1", seconds, caller=CLIENT)])
    refused = await house.ledger.confirm(order, house.now)
    assert refused is not None and refused.why in (Why.PAUSED, Why.CLIENT_ON_LINE)


@pytest.mark.regulation("2.9")
async def test_two_tickets_of_a_client_who_called_in_and_spoke_are_both_reached(house: House) -> None:
    first, second = await house.ask(executor=1), await house.ask(executor=2)
    await house.attempt(Outcome.NO_ANSWER)
    house.wait(minutes=1)
    await call_in(house)
    assert [(await house.series(each)).state for each in (first, second)] == [CallbackState.REACHED] * 2
    assert (await house.ticket(first)).status is Status.IN_PROGRESS
    house.wait(hours=2)
    assert await house.claim() is None


@pytest.mark.regulation("2.9")
async def test_a_call_found_late_says_nothing_of_a_callback_asked_after_it(house: House) -> None:
    called = (house.clock.now() - make.START).total_seconds()
    house.wait(minutes=10)
    series = await house.ask()
    before = await house.series(series)
    late = [make.entered("in-0", called, caller=CLIENT), make.queued("in-0", called + 1)]
    await house.hotline.apply([*late, make.answered("in-0", called + 3, endpoint="PJSIP/101")])
    assert await house.series(series) == before


async def test_call_we_already_talk_in_is_not_taken_back(house: House) -> None:
    await house.ask()
    order = await house.claim()
    assert order is not None
    await house.ledger.progressed(order.attempt_id, AttemptStage.CLIENT_ANSWERED, house.clock.now())
    await call_in(house, answered=False)
    assert await house.ledger.withdrawals(house.now) == []


# --- what people do


@pytest.mark.regulation("2.9")
async def test_answering_machine_is_said_by_the_executor_and_counts(house: House) -> None:
    series = await house.ask()
    order = await house.attempt(Outcome.REACHED)
    again = await house.callbacks.mark_machine(order.attempt_id, by=1)
    assert again.state is CallbackState.WAITING
    assert again.due_at == house.clock.now() + timedelta(minutes=30)
    assert (await house.ticket(series)).status is Status.WAITING
    with pytest.raises(Conflict):
        await house.callbacks.mark_machine(order.attempt_id, by=1)
    with pytest.raises(NotFound):
        await house.callbacks.mark_machine("cb-nobody", by=1)


@pytest.mark.regulation("2.9")
async def test_machine_at_the_third_attempt_ends_the_series(house: House) -> None:
    series = await house.ask()
    for _ in range(2):
        await house.attempt(Outcome.NO_ANSWER)
        house.wait(minutes=30)
    order = await house.attempt(Outcome.REACHED)
    over = await house.callbacks.mark_machine(order.attempt_id, by=1)
    assert over.state is CallbackState.UNREACHABLE
    assert (await house.ticket(series)).status is Status.CANCELLED


async def test_series_is_paused_and_resumed(house: House) -> None:
    series = await house.ask()
    assert (await house.callbacks.pause(series.id, by=1, reason="обед")).state is CallbackState.PAUSED
    assert await house.claim() is None
    assert (await house.callbacks.resume(series.id, by=1)).state is CallbackState.WAITING
    assert await house.claim() is not None


async def test_series_paused_while_it_rings_stays_paused_afterwards(house: House) -> None:
    series = await house.ask()
    order = await house.claim()
    assert order is not None
    await house.callbacks.pause(series.id, by=1)
    verdict = Verdict(outcome=Outcome.NO_ANSWER, rule="told", seen=(), touched=True)
    assert await house.ledger.finish(order.attempt_id, verdict, house.now)
    assert (await house.series(series)).state is CallbackState.PAUSED
    house.wait(minutes=40)
    assert await house.claim() is None


async def test_series_is_moved_but_never_before_the_half_hour_or_outside_hours(house: House) -> None:
    series = await house.ask()
    later = MONDAY + timedelta(hours=3)
    assert (await house.callbacks.move(series.id, later, by=1)).due_at == later
    await house.callbacks.move(series.id, house.clock.now(), by=1)
    await house.attempt(Outcome.NO_ANSWER)
    sooner = house.clock.now() + timedelta(minutes=1)
    moved = await house.callbacks.move(series.id, sooner, by=1)
    assert moved.due_at == house.clock.now() + timedelta(minutes=30)
    at_night = MONDAY + timedelta(hours=10)
    assert (await house.callbacks.move(series.id, at_night, by=1)).due_at == datetime(
        2026, 11, 24, 9, tzinfo=MOSCOW
    )
    for wrong in (MONDAY - timedelta(days=1), MONDAY + timedelta(days=90)):
        with pytest.raises(InvalidInput):
            await house.callbacks.move(series.id, wrong, by=1)


@pytest.mark.regulation("2.9")
async def test_executor_may_put_the_call_off_once(house: House) -> None:
    series = await house.ask()
    order = await house.claim()
    assert order is not None
    snoozed = await house.callbacks.snooze(series.id, by=1)
    assert snoozed.snoozed
    assert await house.ledger.withdrawals(house.now) == [order.attempt_id]
    verdict = Verdict(outcome=Outcome.EXECUTOR_MISSED, rule="told", seen=(), touched=False)
    assert await house.ledger.finish(order.attempt_id, verdict, house.now)
    assert (await house.series(series)).due_at == house.clock.now() + timedelta(minutes=10)
    with pytest.raises(Conflict):
        await house.callbacks.snooze(series.id, by=1)


async def test_stopped_series_is_over_and_nothing_can_be_done_with_it(house: House) -> None:
    series = await house.ask()
    assert (
        await house.callbacks.stop(series.id, by=1, reason="сам перезвонил")
    ).state is CallbackState.WITHDRAWN
    assert await house.claim() is None
    for act in (
        house.callbacks.pause(series.id, by=1),
        house.callbacks.resume(series.id, by=1),
        house.callbacks.stop(series.id, by=1, reason=""),
    ):
        with pytest.raises(Conflict):
            await act
    with pytest.raises(NotFound):
        await house.callbacks.pause(99, by=1)


async def test_attempt_that_ends_after_its_series_changes_nothing_any_more(house: House) -> None:
    series = await house.ask()
    order = await house.claim()
    assert order is not None
    await house.callbacks.stop(series.id, by=1, reason="не надо")
    verdict = Verdict(outcome=Outcome.NO_ANSWER, rule="told", seen=(), touched=True)
    assert await house.ledger.finish(order.attempt_id, verdict, house.now)
    assert not await house.ledger.finish(order.attempt_id, verdict, house.now)
    assert (await house.series(series)).state is CallbackState.WITHDRAWN


async def test_too_many_failures_in_a_row_ask_a_person_and_he_may_go_on(house: House) -> None:
    series = await house.ask()
    for _ in range(10):
        await house.attempt(Outcome.EXECUTOR_MISSED, seconds=1)
        house.wait(minutes=31)
    asking = await house.series(series)
    assert (asking.state, asking.reason) == (CallbackState.ASKING, "too_many_failures")
    board = await house.views.board()
    assert [view.callback.id for view in board.asking] == [series.id]


# --- the dialer as a whole


@pytest.mark.regulation("2.9")
async def test_dead_trunk_opens_the_breaker_and_nobody_is_cancelled(house: House) -> None:
    series = [await house.ask(await house.a_ticket(number=f"+791611122{n:02d}")) for n in range(20)]
    for _ in range(5):
        await house.attempt(Outcome.TRUNK_FAILED, seconds=5)
    assert await house.claim() is None
    status = await house.control.status()
    assert (status.breaker, status.alarm) == (Passage.CLOSED_OFF, True)
    assert status.held is not None and status.held.why is Why.BREAKER_OPEN
    assert {(await house.ticket(each)).status for each in series} == {Status.IN_PROGRESS}
    assert LiveKind.DIALER_CHANGED in {each.kind for each in house.database.published}
    house.wait(minutes=5)
    await house.attempt(Outcome.NO_ANSWER)
    assert not (await house.control.status()).alarm


async def test_breaker_may_be_reset_by_hand(house: House) -> None:
    for _ in range(2):
        await house.ask(await house.a_ticket(number=f"+7916111224{_}"))
    for _ in range(5):
        await house.attempt(Outcome.TRUNK_FAILED, seconds=2)
        house.wait(minutes=17)
        if (await house.control.status()).alarm:
            break
    await house.control.reset_breaker(by="admin", reason="линию починили")
    assert (await house.control.status()).breaker is Passage.FREE


async def test_paused_dialer_places_nothing_until_it_is_resumed(house: House) -> None:
    await house.ask()
    await house.control.pause(by="admin", reason="работы на АТС")
    assert await house.claim() is None
    status = await house.control.status()
    assert (status.state.paused_by, status.state.paused_reason) == ("admin", "работы на АТС")
    assert status.held is not None and status.held.why is Why.PAUSED
    await house.control.resume(by="admin")
    assert await house.claim() is not None


async def test_silent_workers_attempt_is_taken_over_once(house: House) -> None:
    await house.ask()
    order = await house.claim()
    assert order is not None
    assert await house.ledger.take_over(house.now, 9) == []
    house.wait(minutes=3)
    (taken,) = await house.ledger.take_over(house.now, 9)
    assert (taken.attempt_id, taken.token) == (order.attempt_id, 2)
    assert await house.ledger.take_over(house.now, 9) == []
    verdict = Verdict(outcome=Outcome.NOT_PLACED, rule="never_sent", seen=(), touched=False)
    assert not await house.ledger.finish(order.attempt_id, verdict, house.now, token=1)
    assert await house.ledger.finish(order.attempt_id, verdict, house.now, token=2)


async def test_attempt_heard_of_in_part_is_settled_at_once(house: House) -> None:
    await house.ask()
    order = await house.claim()
    assert order is not None
    await house.ledger.lapse(order.attempt_id, house.now)
    await house.ledger.lapse("cb-nobody", house.now)
    assert [each.attempt_id for each in await house.ledger.take_over(house.now, 9)] == [order.attempt_id]


async def test_pbx_this_node_does_not_follow_is_left_to_others(house: House) -> None:
    series = await house.ask()
    order = await house.claim()
    assert order is not None
    house.reachable = frozenset()
    house.wait(minutes=3)
    assert await house.ledger.take_over(house.now, 9) == []
    other = await house.ask(await house.a_ticket(number="+79161112244"), executor=2)
    assert await house.claim() is None
    assert (await house.series(other)).reason == "executor_without_phone"
    assert (await house.series(series)).state is CallbackState.DIALLING


async def test_executors_screen_hears_of_each_step(house: House) -> None:
    series = await house.ask()
    order = await house.claim()
    assert order is not None
    await house.ledger.progressed(order.attempt_id, AttemptStage.EXECUTOR_RINGING, house.clock.now())
    told = [each for each in house.database.published if each.audience == to_person(1)]
    assert told[-1].kind is LiveKind.CALLBACK_CHANGED
    assert told[-1].payload == {
        "callback_id": series.id,
        "ticket_id": series.ticket_id,
        "executor_id": series.executor_id,
    }
    before = len(house.database.published)
    await house.ledger.progressed(order.attempt_id, AttemptStage.SENT, house.clock.now())
    assert len(house.database.published) == before


async def test_day_of_the_executor_and_the_tickets_attempts(house: House) -> None:
    first = await house.ask()
    await house.attempt(Outcome.UNKNOWN)
    second = await house.ask(
        await house.a_ticket(number="+79161112244"), at=house.clock.now() + timedelta(hours=1)
    )
    third = await house.ask(
        await house.a_ticket(number="+79161112255"), at=house.clock.now() + timedelta(hours=2)
    )
    await house.callbacks.stop(third.id, by=1, reason="не надо")
    day = await house.views.day_of(1)
    assert [view.callback.id for view in day.open] == [first.id, second.id]
    assert [view.callback.id for view in day.ended] == [third.id]
    (view,) = await house.views.of_ticket(first.ticket_id)
    assert (view.counted, view.in_flight, len(view.unknown)) == (0, None, 1)
    assert view.attempts[0].seen == ("told",)


async def test_minutes_of_the_day_are_a_cap(house: House) -> None:
    limited = replace(house.rules.rules, caps=Caps(minutes_a_day=1))
    object.__setattr__(house.rules, "rules", limited)
    await house.ask()
    await house.attempt(Outcome.REACHED, seconds=60)
    await house.ask(await house.a_ticket(number="+79161112244"))
    claim = await house.ledger.claim(house.now, "cb-00009999")
    assert claim.held is not None and claim.held.why is Why.MINUTES_CAP
    assert claim.look_again == to_microseconds(datetime(2026, 11, 24, tzinfo=MOSCOW))
    house.clock.advance(timedelta(days=1))
    assert (await house.control.status()).busy_seconds_today == 0
    assert await house.claim() is not None


def test_calendar_reads_days_in_local_time() -> None:
    calendar = DialerCalendar(HOURS, MOSCOW)
    noon = to_microseconds(datetime(2026, 11, 23, 12, tzinfo=MOSCOW))
    assert to_datetime(calendar.day_start(noon)) == datetime(2026, 11, 23, tzinfo=MOSCOW)
    assert to_datetime(calendar.next_day(noon)) == datetime(2026, 11, 24, tzinfo=MOSCOW)
    assert calendar.closes(noon) == to_microseconds(datetime(2026, 11, 23, 18, tzinfo=MOSCOW))
    assert calendar.next_open(noon + 10 * 60 * MINUTE) == to_microseconds(
        datetime(2026, 11, 24, 9, tzinfo=MOSCOW)
    )


@pytest.mark.regulation("2.9")
async def test_executors_who_want_it_have_the_client_rung_first(house: House) -> None:
    rules = replace(house.rules, client_first=frozenset({"executor202"}))
    house.ledger._rules = rules
    await house.ask(executor=1)
    await house.ask(await house.a_ticket(number="+79161112299"), executor=2)
    first, second = await house.claim(), await house.claim()
    assert first is not None and second is not None
    orders = {each.executor: each for each in (first, second)}
    assert not orders["PJSIP/201"].client_first and orders["PJSIP/202"].client_first
    assert (orders["PJSIP/201"].ring_seconds, orders["PJSIP/202"].ring_seconds) == (30, 60)
    assert orders["PJSIP/202"].expires_at == orders["PJSIP/202"].send_by
    assert replace(rules, client_first=frozenset({"*"})).client_is_first("anybody")


@pytest.mark.regulation("2.9")
async def test_client_nobody_came_to_is_called_again_soon_and_not_counted(house: House) -> None:
    series = await house.ask()
    verdict = Verdict(
        outcome=Outcome.EXECUTOR_MISSED, rule="executor_did_not_come", seen=("client first",), touched=True
    )
    order = await house.claim()
    assert order is not None
    assert await house.ledger.finish(order.attempt_id, verdict, house.now)
    waiting = await house.series(series)
    assert (waiting.state, waiting.reason) == (CallbackState.WAITING, "back_off")
    assert waiting.due_at == house.clock.now() + timedelta(minutes=2)
    assert (await house.ticket(series)).status is Status.IN_PROGRESS


async def test_dialer_that_stopped_by_itself_goes_on_when_a_person_says_so(house: House) -> None:
    await house.ask()
    await house.ledger.halt(Why.CLOCK_JUMPED, "+3600 s", house.now)
    status = await house.control.status()
    assert (status.halted, status.state.paused_by) == (Why.CLOCK_JUMPED, "dialer")
    assert status.state.paused_reason == "clock_jumped: +3600 s"
    assert await house.claim() is None
    await house.control.pause(by="petrov", reason="смотрим")
    assert (await house.control.status()).halted is Why.CLOCK_JUMPED
    await house.control.resume(by="petrov")
    assert (await house.control.status()).halted is None
    assert await house.claim() is not None
    told = [each["action"] for each in house.database.memory.audit if each["actor"] == "dialer"]
    assert told.count("dialer.halted") == 1


@pytest.mark.regulation("2.9")
async def test_pop_up_counts_as_the_setting_does(house: House) -> None:
    await house.ask()
    await house.attempt(Outcome.BUSY)
    counting = frozenset({Outcome.NO_ANSWER})
    async with house.database.uow(write=False) as uow:
        (line,) = await InboundCallbacks(DeskTickets(house.desk), counting=counting).card_lines(uow, CLIENT)
        (usual,) = await InboundCallbacks(DeskTickets(house.desk)).card_lines(uow, CLIENT)
    assert (line["attempts"], line["counted"], usual["counted"]) == (1, 0, 1)
