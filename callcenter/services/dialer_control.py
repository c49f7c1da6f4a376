"""Stop the dialer, let it go on, and say how it stands: for `callcenter dialer pause|resume|status` and the board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.callbacks import CallbackAttempt, DialerState
from callcenter.domain.instants import to_datetime, to_microseconds
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.callback_endings import tell_dialer
from callcenter.services.dialer_rules import DialerRules
from dialer.admission import hold
from dialer.attempt import SECOND, Outcome
from dialer.breaker import Breaker, Passage, passage
from dialer.caps import Caps, Load
from dialer.policy import Reason, Why


@dataclass(frozen=True, kw_only=True, slots=True)
class DialerStatus:
    """How the dialer stands at `now`. `held`: why nothing is placed at this instant, None when something may be.

    `today`: the local midnight since which its figures count. `open_series`: how many there are by state, and as
    `due` those past their instant.
    """

    now: datetime
    state: DialerState
    held: Reason | None
    breaker: Passage
    open_series: Mapping[str, int]
    in_flight: Sequence[CallbackAttempt]
    caps: Caps
    busy_seconds_today: int
    today: datetime
    machine_detection: bool = False

    @property
    def alarm(self) -> bool:
        """Calls do not get out: somebody has to look at the trunk."""
        return self.breaker is not Passage.FREE

    @property
    def halted(self) -> Why | None:
        """Why the dialer stopped by itself and waits for a person, None when it did not."""
        return Why(self.state.halted) if self.state.halted else None


DIALER = "dialer"


async def halt(uow: UnitOfWork, why: Why, detail: str, now: datetime) -> DialerState:
    """Stop the dialer of all nodes until a person lets it go on, with an alarm; a person's own pause stays his."""
    state = await uow.dialing.state_to_change()
    halted = replace(state, halted=str(why), changed_at=now)
    if not state.paused:
        halted = replace(halted, paused=True, paused_by=DIALER, paused_reason=f"{why}: {detail}")
    await uow.dialing.save_state(halted)
    await uow.audit.record(
        at=now,
        actor=DIALER,
        ticket_id=None,
        action="dialer.halted",
        reason=str(why),
        change={"detail": detail},
    )
    await tell_dialer(uow, halted, now)
    return halted


class DialerControl:
    """Commands of a person on the whole dialer; all nodes obey at their next look."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, rules: DialerRules) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._rules = rules

    @property
    def counted(self) -> frozenset[Outcome]:
        """Which outcomes count against the client, as it is set."""
        return self._rules.rules.policy.counted

    async def pause(self, *, by: str, reason: str) -> DialerState:
        """Nothing is placed any more; calls in progress run to their end."""
        return await self._change("dialer.paused", paused=True, by=by, reason=reason)

    async def resume(self, *, by: str, reason: str = "") -> DialerState:
        """Go on; whatever the dialer stopped for by itself, a person has looked at it."""
        return await self._change("dialer.resumed", paused=False, by=by, reason=reason)

    async def reset_breaker(self, *, by: str, reason: str = "") -> DialerState:
        """Somebody has mended the trunk: try again now."""
        return await self._change("dialer.breaker_reset", paused=None, by=by, reason=reason)

    async def _change(self, action: str, *, paused: bool | None, by: str, reason: str) -> DialerState:
        now = self._clock.now()
        async with self._open_uow() as uow:
            state = await uow.dialing.state_to_change()
            if paused is None:
                state = replace(state, breaker=Breaker(), changed_at=now)
            else:
                state = replace(
                    state, paused=paused, paused_by=by, paused_reason=reason, changed_at=now,
                    halted=state.halted if paused else "",
                )  # fmt: skip
            await uow.dialing.save_state(state)
            await uow.audit.record(at=now, actor=by, ticket_id=None, action=action, reason=reason, change={})
            await tell_dialer(uow, state, now)
            await uow.commit()
        return state

    async def status(self) -> DialerStatus:
        """Everything the board shows."""
        now = self._clock.now()
        at = to_microseconds(now)
        async with self._open_uow(write=False) as uow:
            state = await uow.dialing.state()
            flying = await uow.callback_attempts.in_flight()
            last_second = await uow.callback_attempts.claimed_since(to_datetime(at - SECOND))
            counts = await uow.callbacks.count_open(now)
        today = to_datetime(self._rules.rules.calendar.day_start(at))
        seconds = state.busy_seconds if state.day is not None and state.day >= today else 0
        load = Load(in_flight=len(flying), last_second=last_second, seconds_today=seconds)
        held = Reason(why=Why.PAUSED) if state.paused else hold(load, state.breaker, at, self._rules.rules)
        return DialerStatus(
            now=now,
            state=state,
            held=held,
            breaker=passage(state.breaker, at),
            open_series=counts,
            in_flight=flying,
            caps=self._rules.rules.caps,
            busy_seconds_today=seconds,
            today=today,
            machine_detection=self._rules.machine_detection,
        )
