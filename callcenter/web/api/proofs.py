"""The regulation clause by clause, and the proof that no call was lost. Regulation: 2.1, 2.10, 3.2."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Action
from callcenter.domain.statistics import Standing
from callcenter.domain.zero_loss import RemainderKind
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, Day, Id, Instant, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.api.periods import Month, PeriodQuery, PeriodTold, first_of, period_of


class ComplianceQuery(Asked):
    """Which month, as 2026-11; without one, this one."""

    month: Month | None = None


class EvidenceQuery(ComplianceQuery):
    """Of which count (a line's `rule`); go on with `before_at` and `before_ticket` set to `next_at`, `next_ticket`."""

    rule: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_.-]+$")]
    before_at: Instant | None = None
    before_ticket: Id | None = None


class DayBody(Asked):
    """Which day."""

    day: Annotated[Day, Field(strict=False)]


class SettleBody(Asked):
    """What the call was."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Breach(Told):
    """One breach: the ticket, seconds over, who held it how long, and the verdict that explains it."""

    ticket_id: int
    at: datetime
    what: str
    over_seconds: int
    held_seconds: dict[str, int] | None
    verdict: answers.Verdict | None


class ClauseLine(Told):
    """One count of a clause; `how` says what is counted. By its `rule` `/compliance/evidence` tells the tickets.

    Without a rule `breaches` holds all there is.
    """

    clause: str
    kept: int
    broken: int
    share: float | None
    how: str
    breaches: list[Breach]
    rule: str = ""


class Compliance(Told):
    """Every clause of the regulation for one month."""

    period: PeriodTold
    standing: Standing
    as_of: datetime
    lines: list[ClauseLine]


class Evidence(Told):
    """Tickets behind one count: breaches, the newest first, and a few that kept it. `next_at` null: that is all."""

    rule: str
    breaches: list[Breach]
    kept: list[int]
    next_at: datetime | None
    next_ticket: int | None


class Remainder(Told):
    """A call on which Asterisk's records, our calls and tickets do not agree."""

    id: int
    day: date
    kind: RemainderKind
    pbx: str
    linkedid: str
    at: datetime
    caller: str
    call_id: int | None
    ticket_id: int | None
    settled_at: datetime | None
    settled_by: int | None
    reason: str


class MissedCalls(Told):
    """What became of callers nobody spoke with; `tickets` are those of `remaining`."""

    missed: int
    reached: int
    called_back: int
    handled: int
    hidden: int
    remaining: int
    tickets: list[int]


class Ledger(Told):
    """A day: Asterisk's records, our calls, their tickets, and what they do not agree on.

    `recorded` null: the records could not be read (`unread` says why), so nothing is proved.
    """

    day: date
    recorded: int | None
    calls: int
    tickets: int
    held: int
    proved: bool
    remainders: list[Remainder]
    missed: MissedCalls
    compared_at: datetime
    unread: dict[str, str]


async def compliance(call: ApiCall, query: ComplianceQuery) -> object:
    """Every clause of the regulation: kept, broken, and each breach explained."""
    room = call.statistics
    first = room.statistics.today() if query.month is None else first_of(query.month)
    return await room.compliance.month(first.year, first.month)


async def evidence(call: ApiCall, query: EvidenceQuery) -> object:
    """The tickets behind one count of a month."""
    if (query.before_at is None) is not (query.before_ticket is None):
        raise InvalidInput({"before_at" if query.before_at is None else "before_ticket": "required"})
    before = None
    if query.before_at is not None and query.before_ticket is not None:
        before = query.before_at, query.before_ticket
    room = call.statistics
    first = room.statistics.today() if query.month is None else first_of(query.month)
    found = await room.compliance.evidence(first.year, first.month, query.rule, before=before)
    next_at, next_ticket = found.after or (None, None)
    return {
        "rule": found.rule,
        "breaches": found.breaches,
        "kept": found.kept,
        "next_at": next_at,
        "next_ticket": next_ticket,
    }


async def zero_loss(call: ApiCall, query: PeriodQuery) -> object:
    """The ledgers of a period, newest first; today is compared now."""
    room = call.statistics
    today = room.statistics.today()
    period = period_of(query, today)
    ledgers = list(await room.zero_loss.days(period))
    if period.first <= today <= period.last:
        live = await room.zero_loss.day(today)
        ledgers = [live, *(each for each in ledgers if each.day != today)]
    return ledgers


async def compare_day(call: ApiCall, body: DayBody) -> object:
    """Compare a day with Asterisk's records now, and keep the result."""
    return await call.statistics.zero_loss.compare(body.day)


async def settle_remainder(call: ApiCall, body: SettleBody) -> object:
    """Say what a remainder was; the reason stays with it."""
    return await call.statistics.zero_loss.settle(call.person, call.id("remainder_id"), body.reason)


_SEE, _SETTLE = Action.SEE_STATISTICS, Action.SETTLE_REMAINDERS
OPERATIONS = (
    operation("GET", "/compliance", _SEE, compliance, answer=Compliance),
    operation("GET", "/compliance/evidence", _SEE, evidence, answer=Evidence),
    operation("GET", "/zero-loss", _SEE, zero_loss, answer=list[Ledger]),
    operation("POST", "/zero-loss/compare", _SETTLE, compare_day, answer=Ledger),
    operation(
        "POST", "/zero-loss/remainders/{remainder_id}/settle", _SETTLE, settle_remainder, answer=Remainder
    ),
)
