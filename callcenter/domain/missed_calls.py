"""For which missed calls a callback is asked by rule: a pure judgement over facts, with its reason.

The rule speaks only of callers nobody of ours has dealt with; whatever it leaves alone stays in the moderators' list of
missed calls. Regulation: 2.1, 2.9.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.callbacks import Callback, CallbackState
from callcenter.domain.calls import Call, CallOutcome
from callcenter.domain.lifecycle import Status
from callcenter.domain.ticket import Ticket

RULED = frozenset(
    {
        CallOutcome.ABANDONED,
        CallOutcome.QUEUE_TIMEOUT,
        CallOutcome.QUEUE_EMPTY,
        CallOutcome.QUEUE_FULL,
        CallOutcome.OUTSIDE_HOURS,
    }
)
"""The ends of a call of which a rule may speak; an interrupted or unknown one is looked at by a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MissedCallRule:
    """The rule as it is set, off unless switched on.

    shortest_wait: who hung up sooner is not called. delay: from the end of the missed call, for him to call again.
    oldest: an older missed call is left to people. executors: logins of those who call; empty: by the proposal.
    """

    enabled: bool = False
    outcomes: frozenset[CallOutcome] = RULED
    shortest_wait: timedelta = timedelta(seconds=10)
    delay: timedelta = timedelta(minutes=2)
    oldest: timedelta = timedelta(days=3)
    executors: frozenset[str] = frozenset()


class Judged(StrEnum):
    """What the rule says of a missed call; all but ASK leave it to the moderators, the WAITS may yet change."""

    ASK = "ask"
    OFF = "off"
    NOT_MISSED = "not_missed"
    NO_NUMBER = "no_number"
    NUMBER_NOT_ALLOWED = "number_not_allowed"
    OPTED_OUT = "opted_out"
    HAS_SERIES = "has_series"
    CALLED_BESIDE = "called_beside"
    SPOKEN_SINCE = "spoken_since"
    ON_THE_LINE = "on_the_line"
    NOT_RULED = "not_ruled"
    TOO_SHORT = "too_short"
    TOO_EARLY = "too_early"
    CLOSED = "closed"
    TOO_OLD = "too_old"


@dataclass(frozen=True, kw_only=True, slots=True)
class MissedCase:
    """Facts about one ticket. `number` (E.164) is None where it is hidden or none.

    calls: those of the ticket. series: its callbacks, open or ended. number_calls: the latest calls of the number,
    whatever ticket holds them. beside: callbacks of the number on other tickets. open_now: a call could begin now, so
    that whoever is chosen is there when it does.
    """

    ticket: Ticket
    number: str | None
    calls: Sequence[Call] = ()
    number_allowed: bool = True
    opted_out: bool = False
    series: Sequence[Callback] = ()
    number_calls: Sequence[Call] = ()
    beside: Sequence[Callback] = ()
    open_now: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What the rule says, of which missed call, how long its caller had waited, and `at` when it may be called back."""

    said: Judged
    missed: CallOutcome | None = None
    waited: timedelta = field(default_factory=timedelta)
    at: datetime | None = None


def judge(case: MissedCase, rule: MissedCallRule, now: datetime) -> Judgement:
    """Whether a callback is to be asked for this ticket now.

    Only a draft nobody has spoken about, whose last call was missed in a ruled way; never a hidden number, one that may
    not be dialled or wants no calls, nor a ticket that has or had callbacks. Regulation: 2.9, points 7, 8 and 10.
    """
    refused = _refused(case, rule)
    if refused is not None:
        return Judgement(said=refused)
    last = last_missed(case.calls)
    if last is None or last.ended_at is None:
        return Judgement(said=Judged.NOT_MISSED)
    waited = last.ended_at - last.entered_at
    at = last.ended_at + rule.delay
    said = _of_call(last, waited, rule) or _of_number(case, last) or _of_time(last.ended_at, at, rule, now)
    if said is None and not case.open_now:
        said = Judged.CLOSED
    return Judgement(said=said or Judged.ASK, missed=last.outcome, waited=waited, at=at)


def last_missed(calls: Sequence[Call]) -> Call | None:
    """The newest finished call, if nobody answered it."""
    told = [each for each in calls if each.answered_at is not None or each.ended_at is not None]
    newest = max(told, key=lambda each: (each.entered_at, each.id), default=None)
    return None if newest is None or _answered(newest) else newest


def _refused(case: MissedCase, rule: MissedCallRule) -> Judged | None:
    if not rule.enabled:
        return Judged.OFF
    if case.ticket.status is not Status.DRAFT or case.ticket.missed is None:
        return Judged.NOT_MISSED
    if case.series:
        return Judged.HAS_SERIES
    if case.number is None or case.ticket.caller is None or case.ticket.caller.hidden:
        return Judged.NO_NUMBER
    if not case.number_allowed:
        return Judged.NUMBER_NOT_ALLOWED
    return Judged.OPTED_OUT if case.opted_out else None


def _of_call(last: Call, waited: timedelta, rule: MissedCallRule) -> Judged | None:
    if last.outcome not in rule.outcomes:
        return Judged.NOT_RULED
    short = last.outcome is CallOutcome.ABANDONED and waited < rule.shortest_wait
    return Judged.TOO_SHORT if short else None


def _of_number(case: MissedCase, last: Call) -> Judged | None:
    later = [each for each in case.number_calls if each.entered_at > last.entered_at]
    if any(_answered(each) for each in later) or any(_reached_since(each, last) for each in case.beside):
        return Judged.SPOKEN_SINCE
    if any(each.ended_at is None for each in later):
        return Judged.ON_THE_LINE
    return Judged.CALLED_BESIDE if any(each.open for each in case.beside) else None


def _of_time(ended_at: datetime, at: datetime, rule: MissedCallRule, now: datetime) -> Judged | None:
    if now - ended_at > rule.oldest:
        return Judged.TOO_OLD
    return Judged.TOO_EARLY if now < at else None


def _answered(call: Call) -> bool:
    return call.answered_at is not None or call.outcome is CallOutcome.ANSWERED


def _reached_since(series: Callback, last: Call) -> bool:
    ended_at = series.ended_at
    return series.state is CallbackState.REACHED and ended_at is not None and ended_at >= last.entered_at
