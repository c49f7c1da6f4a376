"""Steps, clocks, warnings and verdicts of tickets (port `TicketClocks`). Regulation: 2.3, 2.4, 2.7, 2.8, 2.10."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, delete, func, literal_column, select

from callcenter.domain.lifecycle import OPEN
from callcenter.domain.ticket_clocks import TicketClock
from callcenter.store.statement import Connection, Statement, insert_into, insert_or_ignore
from callcenter.store.tables_desk import clock_notice, ticket_clock, ticket_step, verdict
from callcenter.store.tables_tickets import ticket
from callcenter.store.types import to_json
from sla.clock import Clock, ClockState
from sla.record import dump_verdict, load_verdict
from sla.timeline import ClockName, Happening, Pause, Step, Timeline
from sla.verdict import Verdict

_MICROSECOND = timedelta(microseconds=1)
_STEP = (
    ticket_step.c.ticket_id,
    ticket_step.c.at,
    ticket_step.c.what,
    ticket_step.c.kind,
    ticket_step.c.priority,
    ticket_step.c.pause,
)
_STEPS = Statement(
    select(*_STEP).where(ticket_step.c.ticket_id == bindparam("ticket_id")).order_by(ticket_step.c.no)
)
_ADD_STEP = insert_into(ticket_step)
_CLOCKS = Statement(
    select(*ticket_clock.c)
    .where(ticket_clock.c.ticket_id == bindparam("ticket_id"))
    .order_by(ticket_clock.c.clock.desc(), ticket_clock.c.number)
)
_DROP_CLOCKS = Statement(delete(ticket_clock).where(ticket_clock.c.ticket_id == bindparam("ticket_id")))
_ADD_CLOCK = insert_into(ticket_clock)
_DUE = Statement(
    select(ticket_clock.c.ticket_id)
    .where(ticket_clock.c.wake_at.is_not(None), ticket_clock.c.wake_at <= bindparam("now"))
    .order_by(ticket_clock.c.wake_at)
    .limit(bindparam("limit"))
)
_NEXT = Statement(select(func.min(ticket_clock.c.wake_at)).where(ticket_clock.c.wake_at.is_not(None)))
_UNCLOCKED = (
    select(ticket.c.id)
    .where(
        ticket.c.registered_at.is_not(None),
        ~select(ticket_step.c.ticket_id).where(ticket_step.c.ticket_id == ticket.c.id).exists(),
    )
    .order_by(ticket.c.id.desc())
    .limit(bindparam("limit"))
)
_ALL_UNCLOCKED = Statement(_UNCLOCKED, slow=True)
# literals and not parameters: only so do the databases see that a partial index answers the question
_OPEN_UNCLOCKED = Statement(
    _UNCLOCKED.where(ticket.c.status.in_([literal_column(f"'{status}'") for status in sorted(OPEN)])),
    slow=True,
)
_SENT = Statement(select(clock_notice.c.key).where(clock_notice.c.ticket_id == bindparam("ticket_id")))
_CLAIM = insert_or_ignore(clock_notice)
_VERDICTS = Statement(
    select(verdict.c.record)
    .where(verdict.c.ticket_id == bindparam("ticket_id"))
    .order_by(verdict.c.clock.desc(), verdict.c.number)
)
_DROP_VERDICTS = Statement(delete(verdict).where(verdict.c.ticket_id == bindparam("ticket_id")))
_ADD_VERDICT = insert_into(verdict)
_ARRIVED = (
    select(ticket.c.id)
    .where(
        ticket.c.arrived_at >= bindparam("since"),
        ticket.c.arrived_at < bindparam("until"),
        ticket.c.registered_at.is_not(None),
        ticket.c.id > bindparam("after"),
    )
    .order_by(ticket.c.id)
    .limit(bindparam("limit"))
)
_TIMELINES = Statement(
    select(*_STEP)
    .where(ticket_step.c.ticket_id.in_(_ARRIVED))
    .order_by(ticket_step.c.ticket_id, ticket_step.c.no),
    slow=True,
)


def _step(row: Sequence[Any]) -> Step:
    _, at, what, kind, priority, pause = row
    return Step(
        at=at,
        what=Happening(what),
        kind=kind,
        priority=priority,
        pause=None if pause is None else Pause(pause),
    )


def _length(microseconds: int | None) -> timedelta | None:
    return None if microseconds is None else microseconds * _MICROSECOND


def _clock(row: Sequence[Any]) -> TicketClock:
    value = dict(zip((column.name for column in ticket_clock.c), row, strict=True))
    clock = Clock(
        ticket=str(value["ticket_id"]),
        clock=ClockName(value["clock"]),
        number=value["number"],
        state=ClockState(value["state"]),
        pause=None if value["pause"] is None else Pause(value["pause"]),
        target=value["target"] * _MICROSECOND,
        started_at=value["started_at"],
        since=value["since"],
        elapsed=value["elapsed"] * _MICROSECOND,
        due_at=value["due_at"],
        finished_at=value["finished_at"],
        reopened_at=value["reopened_at"],
        used_at_reopening=_length(value["used_at_reopening"]),
    )
    return TicketClock(clock=clock, wake_at=value["wake_at"])


def _columns(ticket_id: int, value: TicketClock) -> dict[str, Any]:
    clock = value.clock
    reopening = clock.used_at_reopening
    return {
        "ticket_id": ticket_id,
        "clock": clock.clock,
        "number": clock.number,
        "state": clock.state,
        "pause": clock.pause,
        "target": clock.target // _MICROSECOND,
        "elapsed": clock.elapsed // _MICROSECOND,
        "used_at_reopening": None if reopening is None else reopening // _MICROSECOND,
        "started_at": clock.started_at,
        "since": clock.since,
        "due_at": clock.due_at,
        "finished_at": clock.finished_at,
        "reopened_at": clock.reopened_at,
        "wake_at": value.wake_at,
    }


class TicketClocks:
    """Port `TicketClocks` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def steps(self, ticket_id: int) -> Sequence[Step]:
        return [_step(row) for row in await self._db.rows(_STEPS, {"ticket_id": ticket_id})]

    async def add_steps(self, ticket_id: int, steps: Sequence[Step], *, first: int) -> None:
        rows = [
            {
                "ticket_id": ticket_id,
                "no": no,
                "at": each.at,
                "what": each.what,
                "kind": each.kind,
                "priority": each.priority,
                "pause": each.pause,
            }
            for no, each in enumerate(steps, first)
        ]
        await self._db.run_many(_ADD_STEP, rows)

    async def clocks(self, ticket_id: int) -> Sequence[TicketClock]:
        return [_clock(row) for row in await self._db.rows(_CLOCKS, {"ticket_id": ticket_id})]

    async def keep(self, ticket_id: int, clocks: Sequence[TicketClock]) -> None:
        await self._db.run(_DROP_CLOCKS, {"ticket_id": ticket_id})
        await self._db.run_many(_ADD_CLOCK, [_columns(ticket_id, each) for each in clocks])

    async def due(self, now: datetime, *, limit: int) -> Sequence[int]:
        rows = await self._db.rows(_DUE, {"now": now, "limit": limit})
        return list(dict.fromkeys(row[0] for row in rows))

    async def next_wake(self) -> datetime | None:
        row = await self._db.row(_NEXT)
        return None if row is None else row[0]

    async def unclocked(self, *, open_only: bool, limit: int) -> Sequence[int]:
        statement = _OPEN_UNCLOCKED if open_only else _ALL_UNCLOCKED
        return [row[0] for row in await self._db.rows(statement, {"limit": limit})]

    async def sent(self, ticket_id: int) -> frozenset[str]:
        return frozenset(row[0] for row in await self._db.rows(_SENT, {"ticket_id": ticket_id}))

    async def claim(self, key: str, *, ticket_id: int, level: str, at: datetime) -> bool:
        values = {"key": key, "ticket_id": ticket_id, "level": level, "at": at}
        return await self._db.run(_CLAIM, values) == 1

    async def freeze(self, ticket_id: int, verdicts: Sequence[Verdict]) -> None:
        await self._db.run(_DROP_VERDICTS, {"ticket_id": ticket_id})
        rows = [
            {
                "ticket_id": ticket_id,
                "clock": each.clock,
                "number": each.number,
                "kind": each.kind,
                "outcome": each.outcome,
                "ended_at": each.ended_at,
                "record": to_json(dump_verdict(each)),
            }
            for each in verdicts
        ]
        await self._db.run_many(_ADD_VERDICT, rows)

    async def verdicts(self, ticket_id: int) -> Sequence[Verdict]:
        rows = await self._db.rows(_VERDICTS, {"ticket_id": ticket_id})
        return [load_verdict(json.loads(row[0])) for row in rows]

    async def timelines(
        self, since: datetime, until: datetime, *, after: int, limit: int
    ) -> Sequence[Timeline]:
        rows = await self._db.rows(
            _TIMELINES, {"since": since, "until": until, "after": after, "limit": limit}
        )
        return [
            Timeline(ticket=str(ticket_id), steps=tuple(map(_step, steps)))
            for ticket_id, steps in groupby(rows, key=lambda row: row[0])
        ]
