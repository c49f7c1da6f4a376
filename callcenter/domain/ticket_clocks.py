"""From a ticket's life to its clocks: which step tells `sla` what, and whom a warning is for.

Regulation: 2.3, 2.4, 2.7, 2.8, 2.10.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.lifecycle import Status
from callcenter.domain.lifecycle import Step as LifeStep
from callcenter.domain.live import to_person, to_role
from callcenter.domain.people import Role
from callcenter.domain.ticket import Ticket
from sla.clock import Clock, Terms, clocks
from sla.deadlines import BREACH, PROPOSE, Notice, due
from sla.targets import Targets
from sla.timeline import ClockName, Happening, Pause, Step, Timeline

DESK_TARGETS = Targets().with_times({"resolve.vendor": timedelta(minutes=30)})
"""A vendor's question is handed over within the time of a reference request; his own clock runs from there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketClock:
    """A clock as it is stored: `wake_at` is when the deadlines service looks at it again."""

    clock: Clock
    wake_at: datetime | None


_TOLD: Mapping[LifeStep, Happening] = {
    LifeStep.RETURN: Happening.RETURNED,
    LifeStep.CONTINUE: Happening.RESUMED,
    LifeStep.TAKE_BACK: Happening.RESUMED,
    LifeStep.RESOLVE: Happening.RESOLVED,
    LifeStep.CANCEL: Happening.CANCELLED,
}
_PAUSES: Mapping[LifeStep, Pause] = {LifeStep.WAIT: Pause.CLIENT, LifeStep.HAND_OVER: Pause.VENDOR}


def sla_steps(step: LifeStep | None, before: Ticket, after: Ticket, now: datetime) -> tuple[Step, ...]:
    """What a change of a ticket means for its clocks; nothing for most changes.

    A ticket registered from a call was submitted when the operator registered it; a form when it was sent.
    """
    if step is LifeStep.REGISTER:
        kind, priority = str(after.kind or ""), str(after.priority)
        arrived = min(after.arrival, now)
        submitted = arrived if after.site_id is not None else now
        return (
            Step(at=arrived, what=Happening.ARRIVED, kind=kind, priority=priority),
            Step(at=submitted, what=Happening.SUBMITTED),
            Step(at=now, what=Happening.PLACED),
        )
    if before.registered_at is None:
        return ()
    told = list(_life_steps(step, before, now))
    if (before.kind, before.priority) != (after.kind, after.priority) and after.kind is not None:
        told.append(
            Step(at=now, what=Happening.RECLASSIFIED, kind=str(after.kind), priority=str(after.priority))
        )
    return tuple(told)


def _life_steps(step: LifeStep | None, before: Ticket, now: datetime) -> Iterable[Step]:
    if step is None:
        return
    if step is LifeStep.ASSIGN:
        if before.status is Status.WAITING:
            yield Step(at=now, what=Happening.RESUMED)
        elif before.status is Status.NEW:
            yield Step(at=now, what=Happening.ASSIGNED)
    elif step is LifeStep.REOPEN:
        yield Step(at=now, what=Happening.REOPENED)
        yield Step(at=now, what=Happening.RETURNED)
    elif step in _PAUSES:
        yield Step(at=now, what=Happening.PAUSED, pause=_PAUSES[step])
    elif step in _TOLD:
        yield Step(at=now, what=_TOLD[step])


def in_order(steps: Sequence[Step], known: Sequence[Step]) -> tuple[Step, ...]:
    """The new steps, none before the last known one: another machine's clock may be a little behind."""
    last = known[-1].at if known else None
    ordered: list[Step] = []
    for each in steps:
        at = each.at if last is None else max(each.at, last)
        ordered.append(Step(at=at, what=each.what, kind=each.kind, priority=each.priority, pause=each.pause))
        last = at
    return tuple(ordered)


def stand(
    ticket_id: int, steps: Sequence[Step], terms: Terms, now: datetime, sent: Collection[str] = ()
) -> tuple[TicketClock, ...]:
    """The clocks after these steps, with the instant each must be looked at."""
    timeline = Timeline(ticket=str(ticket_id), steps=tuple(steps))
    return tuple(
        TicketClock(clock=clock, wake_at=wake_at(clock, terms, now, sent))
        for clock in clocks(timeline, terms)
    )


def wake_at(clock: Clock, terms: Terms, now: datetime, sent: Collection[str]) -> datetime | None:
    """When this clock has something to say next: at once, at an instant, or (None) not before its next step."""
    found = due(clock, terms, now, sent)
    return now if found.notices else found.wake_at


def due_at(status: Status, standing: Iterable[TicketClock]) -> datetime | None:
    """The instant that orders lists: to be assigned while NEW, to be resolved while somebody works, else None."""
    wanted = {
        Status.NEW: ClockName.ASSIGN,
        Status.ASSIGNED: ClockName.RESOLVE,
        Status.IN_PROGRESS: ClockName.RESOLVE,
    }.get(status)
    of_name = [each.clock for each in standing if each.clock.clock is wanted]
    return max(of_name, key=lambda clock: clock.number).due_at if of_name else None


def audiences(notice: Notice, ticket: Ticket) -> tuple[str, ...]:
    """Who is warned: the one who can act, and at a breach the supervisor too.

    The assign clock is the moderators'; the resolve clock is the assignee's, or theirs while there is none.
    """
    moderators = to_role(Role.MODERATOR)
    if notice.clock is ClockName.ASSIGN or ticket.assignee_id is None:
        first = moderators
    else:
        first = to_person(ticket.assignee_id)
    if notice.level == BREACH:
        return (first, to_role(Role.SUPERVISOR))
    return (moderators,) if notice.level == PROPOSE else (first,)
