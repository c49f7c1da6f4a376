"""May this series be dialled at this instant? Asked when it is claimed and again right before sending.

Regulation: 2.9, points 5, 7 and 10; invariants 4 to 7, 11, 12, 15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dialer.attempt import SECOND, Attempt
from dialer.breaker import Breaker, Passage, passage
from dialer.caps import Caps, Load, over
from dialer.permission import RUSSIA, NumberRule, may_dial
from dialer.policy import Calendar, Policy, Reason, StepKind, Why, fit, next_step

BUSY_WAIT = 5 * SECOND
PHONE_WAIT = 60 * SECOND


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """Everything that is decided by settings."""

    policy: Policy
    caps: Caps
    calendar: Calendar
    numbers: Sequence[NumberRule] = RUSSIA


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A due series with what the database knows of its surroundings, its own attempt left out.

    `client_on_line`: he has called us himself and waits or speaks.
    `number_calls_today`: automatic calls that touched this number today, over all tickets.
    """

    number: str
    history: Sequence[Attempt]
    not_before: int = 0
    ticket_dialable: bool = True
    opted_out: bool = False
    executor_has_phone: bool = True
    number_busy: bool = False
    client_on_line: bool = False
    executor_busy: bool = False
    number_calls_today: int = 0


class Answer(StrEnum):
    """GO: place it. LATER: look again at `at`. ASK: a person must look. STOP: the series is over.

    REACHED and GIVE_UP: the history itself ends the series.
    """

    GO = "go"
    LATER = "later"
    ASK = "ask"
    STOP = "stop"
    REACHED = "reached"
    GIVE_UP = "give_up"


@dataclass(frozen=True, kw_only=True, slots=True)
class Admission:
    """The answer with its reason; `digits` are dialled when it is GO; `at` is set when it is LATER."""

    answer: Answer
    why: Reason
    no: int = 0
    digits: str = ""
    at: int | None = None


def hold(load: Load, breaker: Breaker, now: int, rules: Rules) -> Reason | None:
    """Why nothing at all may be placed now, whatever is due; None when something may. Cheap, asked first."""
    closing = fit(now, rules.policy.room, rules.calendar)
    if closing > now:
        return Reason(why=Why.BUSINESS_HOURS, at=closing)
    way = passage(breaker, now)
    if way is Passage.CLOSED_OFF:
        return Reason(why=Why.BREAKER_OPEN, at=breaker.open_until)
    if way is Passage.PROBE and load.in_flight > 0:
        return Reason(why=Why.BREAKER_OPEN, at=now + SECOND)
    return over(rules.caps, load, now, rules.calendar.next_day(now))


def admit(candidate: Candidate, now: int, rules: Rules) -> Admission:
    """Whether this one series may be dialled now (`hold` has been asked already)."""
    forbidden = _forbidden(candidate, rules)
    if forbidden is not None:
        return forbidden
    step = next_step(candidate.history, now, rules.policy, rules.calendar, not_before=candidate.not_before)
    if step.kind is not StepKind.DIAL:
        return _other_step(step.kind, step.why[0], step.at, now)
    blocked = _blocked(candidate, now, rules)
    if blocked is not None:
        return Admission(answer=Answer.LATER, why=blocked, at=blocked.at)
    digits = may_dial(candidate.number, rules.numbers).digits
    return Admission(answer=Answer.GO, why=step.why[0], no=step.no, digits=digits)


def _forbidden(candidate: Candidate, rules: Rules) -> Admission | None:
    if not candidate.ticket_dialable:
        return Admission(answer=Answer.STOP, why=Reason(why=Why.TICKET_NOT_OPEN))
    if candidate.opted_out:
        return Admission(answer=Answer.STOP, why=Reason(why=Why.OPTED_OUT))
    if not may_dial(candidate.number, rules.numbers).allowed:
        return Admission(answer=Answer.ASK, why=Reason(why=Why.NUMBER_NOT_ALLOWED))
    return None


def _other_step(kind: StepKind, why: Reason, at: int | None, now: int) -> Admission:
    if kind is StepKind.WAIT:
        return Admission(answer=Answer.LATER, why=why, at=at)
    if kind is StepKind.UNDER_WAY:
        return Admission(answer=Answer.LATER, why=why, at=now + BUSY_WAIT)
    return Admission(answer=Answer(kind.value), why=why)


def _blocked(candidate: Candidate, now: int, rules: Rules) -> Reason | None:
    if candidate.number_busy:
        return Reason(why=Why.NUMBER_BUSY, at=now + BUSY_WAIT)
    if candidate.client_on_line:
        return Reason(why=Why.CLIENT_ON_LINE, at=now + BUSY_WAIT)
    if candidate.number_calls_today >= rules.caps.per_number_a_day:
        tomorrow = fit(rules.calendar.next_day(now), rules.policy.room, rules.calendar)
        return Reason(why=Why.DAY_CAP, at=tomorrow)
    if not candidate.executor_has_phone:
        return Reason(why=Why.EXECUTOR_WITHOUT_PHONE, at=now + PHONE_WAIT)
    if candidate.executor_busy:
        return Reason(why=Why.EXECUTOR_BUSY, at=now + BUSY_WAIT)
    return None
