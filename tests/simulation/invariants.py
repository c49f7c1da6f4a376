"""The dialer's invariants, checked after each step against the store and the carrier's own list. Regulation: 2.9.

The numbers are those of the project's list of invariants.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from callcenter.domain.callbacks import Callback, CallbackAttempt, CallbackState
from callcenter.domain.instants import to_microseconds
from callcenter.domain.lifecycle import CancelReason
from dialer.attempt import CLIENT_UNAVAILABLE, MINUTE, Outcome
from dialer.breaker import Passage, passage
from tests.simulation.model_pbx import CLIENTS_DOING, Fate

if TYPE_CHECKING:
    from tests.simulation.world import World


class Watch:
    """Looks at everything after each step; what it saw terminal must stay so."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.refusals = 0
        self.outcomes: dict[str, Outcome] = {}
        self.days: dict[str, int] = {}
        self.series: dict[int, tuple[Callback, tuple[CallbackAttempt, ...]]] = {}
        self.seen_invites = 0
        self.checks = 0
        self.calendar = world.rules.rules.calendar

    def check(self) -> None:
        """Raise AssertionError for the first invariant that does not hold."""
        attempts = list(self.world.rows.callback_attempts.values())
        self._terminal_never_changes(attempts)
        self._new_invites()
        self._one_at_a_time(attempts)
        self._series(attempts)
        self.checks += 1

    def _terminal_never_changes(self, attempts: list[CallbackAttempt]) -> None:
        """2, 10: a counted outcome is the client's own doing; an outcome stays what it was."""
        for each in attempts:
            if each.outcome is None:
                continue
            known = self.outcomes.get(each.id)
            if known is None:
                self.outcomes[each.id] = each.outcome
                self._is_true(each)
            assert known in (None, each.outcome), f"10: {each.id} was {known}, is {each.outcome}"

    def _is_true(self, attempt: CallbackAttempt) -> None:
        truth = self.world.pbx.truth.get(attempt.id)
        if attempt.outcome in CLIENT_UNAVAILABLE:
            assert truth in CLIENTS_DOING, f"2: {attempt.id} counted as {attempt.outcome}, was {truth}"
        if attempt.outcome is Outcome.REACHED:
            assert truth is Fate.ANSWERS, f"2: {attempt.id} reached, was {truth}"
        if attempt.outcome is Outcome.NOT_PLACED:
            assert truth is None, f"8: {attempt.id} was dialled and is said not to be"

    def _new_invites(self) -> None:
        """4, 8, 12: each INVITE has one attempt committed before it, in business hours, with its frozen number."""
        memory, pbx = self.world.rows, self.world.pbx
        fresh = pbx.invites[self.seen_invites :]
        self.seen_invites = len(pbx.invites)
        for invite in fresh:
            attempt = memory.callback_attempts.get(invite.attempt_id)
            assert attempt is not None, f"8: INVITE without an attempt: {invite}"
            assert to_microseconds(attempt.claimed_at) <= invite.at, "8: dialled before it was committed"
            assert attempt.number == f"+{invite.number}", "12: another number was dialled"
            assert invite.number.isascii() and invite.number.isdigit(), "12: not digits"
            assert self.calendar.is_open(invite.at), f"4: outside hours: {invite}"
        if fresh:
            placed = Counter(each.attempt_id for each in pbx.invites)
            assert max(placed.values()) == 1, f"8: placed twice: {placed.most_common(1)}"

    def _one_at_a_time(self, attempts: list[CallbackAttempt]) -> None:
        """5, 6, 7, 9: one client's leg per number; caps; what is on the line is in flight in the store."""
        pbx = self.world.pbx
        ringing = Counter(call.order.number for call in pbx.ringing())
        assert all(count == 1 for count in ringing.values()), f"5: two calls at once: {ringing}"
        flying = [each for each in attempts if each.in_flight]
        assert len(flying) == len({each.number for each in flying}), "5: two attempts in flight for a number"
        assert len(flying) == len({each.executor_id for each in flying}), "6: two for an executor"
        known = {each.id for each in flying}
        assert all(call.order.attempt_id in known for call in pbx.ringing()), "9: a live call was written off"
        caps = self.world.rules.rules.caps
        assert len(pbx.ringing()) <= caps.concurrent, "7: too many at once"
        days = Counter((each.number, self._day(each)) for each in attempts if each.touched)
        assert all(count <= caps.per_number_a_day for count in days.values()), "7: too often in a day"

    def _day(self, attempt: CallbackAttempt) -> int:
        known = self.days.get(attempt.id)
        if known is None:
            known = self.world.rules.rules.calendar.day_start(to_microseconds(attempt.claimed_at))
            self.days[attempt.id] = known
        return known

    def _series(self, attempts: list[CallbackAttempt]) -> None:
        """1, 3, 13, 14, 23: counts, gaps, ends."""
        of_series: dict[int, list[CallbackAttempt]] = defaultdict(list)
        for each in attempts:
            of_series[each.callback_id].append(each)
        unreachable = []
        for series in self.world.rows.callbacks.values():
            own = of_series[series.id]
            if series.state is CallbackState.UNREACHABLE:
                unreachable.append(series.ticket_id)
            seen = (series, tuple(own))
            if self.series.get(series.id) != seen:
                self.series[series.id] = seen
                self._one_series(series, sorted(own, key=lambda one: one.claimed_at))
        letters = sorted(self.world.tickets.letters)
        assert letters == sorted(unreachable), f"23: letters {letters}, unreachable {sorted(unreachable)}"
        cancelled = [
            each.id
            for each in self.world.rows.tickets.values()
            if each.cancel_reason is CancelReason.UNREACHABLE
        ]
        assert sorted(cancelled) == letters, "14: the ticket's end and the series' end differ"

    def _one_series(self, series: Callback, own: list[CallbackAttempt]) -> None:
        """Looked at when its row or one of its attempts' rows is another than before."""
        counted = [each for each in own if each.counted]
        assert len(counted) <= 3, f"1: {len(counted)} counted in series {series.id}"
        self._gaps(counted)
        if series.state is CallbackState.UNREACHABLE:
            assert len(counted) == 3, f"14: unreachable with {len(counted)} counted"
        reached = [each for each in own if each.outcome is Outcome.REACHED and not each.machine_marked_at]
        if reached:
            assert own[-1] == reached[-1], "13: dialled after a connected one"
            assert series.state is not CallbackState.WAITING, "13: still waiting after a connected one"

    def _gaps(self, counted: list[CallbackAttempt]) -> None:
        for earlier, later in pairwise(counted):
            assert earlier.ended_at is not None
            gap = to_microseconds(later.claimed_at) - to_microseconds(earlier.ended_at)
            assert gap >= 30 * MINUTE, (
                f"3: only {gap / MINUTE:.1f} minutes between {earlier.id} and {later.id}"
            )

    async def placing_is_allowed(self, attempt_id: str) -> None:
        """11, 15: asked by the model when an order reaches it from a worker that did not stand still."""
        await self.world.surroundings.refresh()
        assert self.world.driven is None or not self.world.driven.jumped, "15: placed after the clock jumped"
        memory = self.world.rows
        attempt = memory.callback_attempts[attempt_id]
        state = memory.dialer_state[-1] if memory.dialer_state else None
        if state is not None:
            assert not state.paused, "15: placed while the dialer was paused"
            assert passage(state.breaker, self.world.now) is not Passage.CLOSED_OFF, "15: breaker is open"
        assert attempt.number not in memory.call_opt_outs, "11: the number opted out"
        ticket = memory.tickets[attempt.ticket_id]
        assert ticket.status in ("in_progress", "waiting"), (
            f"11: dialled for a ticket that is {ticket.status}"
        )
