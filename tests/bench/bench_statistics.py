"""Figures over `BENCH_TICKETS` tickets and three times as many calls: `python -m tests.bench.bench_statistics`.

The house is built first and kept in `--folder` (`--build`: nothing more); then what each screen costs, a day's count
beside a quiet and a busy day, and beside the same figures by hand-written SQL. Ratios count, not seconds.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from callcenter.domain.statistics import EVERYTHING, Dimension, Grain, Period, Selection
from callcenter.ports.statistics import DayBounds
from callcenter.services.compliance import Compliance
from callcenter.services.day_closing import DayClosing
from callcenter.services.day_counting import House
from callcenter.services.recount import Recount
from callcenter.services.statistics import Statistics
from callcenter.store import Database
from callcenter.store.statement import Statement
from tests.bench.statistics_house import FOLDER, TICKETS, KeptCluster, build_postgresql, build_sqlite, turn
from tests.databases import opened, postgresql_binaries
from tests.fakes.clock import FakeClock
from tests.year import CALENDAR, TERMS

HOUSE = House(zone=CALENDAR.zone, terms=lambda: TERMS)
NOW = datetime(2026, 11, 12, 14, 30, tzinfo=UTC)
TODAY = date(2026, 11, 12)
MONTH = Period.month(2026, 10)
YEAR = Period(first=date(2025, 11, 13), last=TODAY)


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


def screens(figures: Statistics, compliance: Compliance) -> dict[str, Callable[[], Awaitable[object]]]:
    week = Period.week(TODAY - timedelta(days=7))
    return {
        "today": lambda: figures.figures(Period.day(TODAY)),
        "today by operator": lambda: figures.by(Dimension.OPERATOR, Period.day(TODAY)),
        "today by hour": lambda: figures.series(Period.day(TODAY), Grain.HOUR),
        "a closed day": lambda: figures.figures(Period.day(date(2026, 10, 14))),
        "a week": lambda: figures.figures(week),
        "a month": lambda: figures.figures(MONTH),
        "a month by product": lambda: figures.by(Dimension.PRODUCT, MONTH),
        "a month by day": lambda: figures.series(MONTH, Grain.DAY),
        "the year": lambda: figures.figures(YEAR),
        "the year by executor": lambda: figures.by(Dimension.EXECUTOR, YEAR),
        "the year by month": lambda: figures.series(YEAR, Grain.MONTH),
        "the year's heat map": lambda: figures.heat(YEAR),
        "a product's year": lambda: figures.figures(YEAR, Selection.only(Dimension.PRODUCT, 3)),
        "compliance of a month": lambda: compliance.month(2026, 10),
        "a product's month by operator (raw)": lambda: figures.by(
            Dimension.OPERATOR, MONTH, Selection.only(Dimension.PRODUCT, 3)
        ),
    }


BY_HAND = {
    "sqlite": """
        SELECT CASE WHEN c.answered_at IS NOT NULL THEN 'answered' ELSE c.outcome END,
               CAST(strftime('%s', substr(coalesce(c.answered_at, c.ended_at), 1, 19)) AS INTEGER)
               - CAST(strftime('%s', substr(coalesce(c.queued_at, c.entered_at), 1, 19)) AS INTEGER) AS waited,
               count(*), sum(c.caller_e164 IS NOT NULL),
               sum(CAST(strftime('%s', substr(c.ended_at, 1, 19)) AS INTEGER)
                   - CAST(strftime('%s', substr(c.answered_at, 1, 19)) AS INTEGER)),
               sum(CAST(strftime('%s', substr(c.entered_at, 1, 19)) AS INTEGER)
                   - CAST(strftime('%s', substr((SELECT max(e.entered_at) FROM call e
                      WHERE e.caller_e164 = c.caller_e164 AND e.entered_at < c.entered_at), 1, 19)) AS INTEGER)
                   <= 604800)
        FROM call c WHERE c.entered_at >= :since AND c.entered_at < :until GROUP BY 1, 2""",
    "postgresql": """
        SELECT CASE WHEN c.answered_at IS NOT NULL THEN 'answered' ELSE c.outcome END,
               floor(extract(epoch FROM coalesce(c.answered_at, c.ended_at)))
               - floor(extract(epoch FROM coalesce(c.queued_at, c.entered_at))) AS waited,
               count(*), count(c.caller_e164),
               sum(floor(extract(epoch FROM c.ended_at)) - floor(extract(epoch FROM c.answered_at))),
               sum(CASE WHEN floor(extract(epoch FROM c.entered_at)) - floor(extract(epoch FROM
                   (SELECT max(e.entered_at) FROM call e
                    WHERE e.caller_e164 = c.caller_e164 AND e.entered_at < c.entered_at))) <= 604800
                   THEN 1 ELSE 0 END)
        FROM call c WHERE c.entered_at >= :since AND c.entered_at < :until GROUP BY 1, 2""",
}
_OTHERS = (
    "SELECT source, count(*) FROM ticket WHERE created_at >= :since AND created_at < :until GROUP BY 1",
    "SELECT what, count(*) FROM ticket_step WHERE at >= :since AND at < :until GROUP BY 1",
    """SELECT status, cancel_reason, rating, count(*),
       sum(CASE WHEN source = 'call' AND status IN ('resolved', 'closed') THEN 1 ELSE 0 END),
       sum(CASE WHEN source = 'call' AND status IN ('resolved', 'closed')
         AND (SELECT count(*) FROM call WHERE ticket_id = ticket.id) = 1
         AND NOT EXISTS (SELECT 1 FROM callback WHERE ticket_id = ticket.id)
         AND NOT EXISTS (SELECT 1 FROM handover WHERE ticket_id = ticket.id)
         AND NOT EXISTS (SELECT 1 FROM ticket_step WHERE ticket_id = ticket.id AND what = 'reopened')
         THEN 1 ELSE 0 END)
       FROM ticket WHERE ended_at >= :since AND ended_at < :until GROUP BY 1, 2, 3""",
    """SELECT clock, verdict.kind, outcome, count(*) FROM ticket JOIN verdict ON ticket_id = ticket.id
       WHERE ticket.ended_at >= :since AND ticket.ended_at < :until GROUP BY 1, 2, 3""",
    """SELECT record FROM ticket JOIN verdict ON ticket_id = ticket.id AND outcome = 'breached'
       WHERE ticket.ended_at >= :since AND ticket.ended_at < :until""",
    """SELECT source, said_at IS NOT NULL, topic_id IS NOT NULL AND ticket.kind IS NOT NULL
         AND (contact_e164 IS NOT NULL OR contact_email IS NOT NULL), count(*)
       FROM ticket_step JOIN ticket ON ticket.id = ticket_id
       WHERE at >= :since AND at < :until AND what = 'placed' GROUP BY 1, 2, 3""",
    """SELECT id, (SELECT count(*) FROM callback_attempt WHERE callback_id = callback.id
         AND outcome IN ('no_answer', 'busy', 'declined', 'unreachable', 'answering_machine'))
       FROM callback WHERE ended_at >= :since AND ended_at < :until AND state = 'unreachable'""",
    """SELECT id, claimed_at, due_at, (SELECT max(ended_at) FROM callback_attempt e
         WHERE e.callback_id = a.callback_id AND e.claimed_at < a.claimed_at
         AND e.outcome IN ('no_answer', 'busy', 'declined', 'unreachable', 'answering_machine'))
       FROM callback_attempt a WHERE claimed_at >= :since AND claimed_at < :until""",
    "SELECT count(*) FROM callback WHERE asked_at >= :since AND asked_at < :until",
    "SELECT state, count(*) FROM callback WHERE ended_at >= :since AND ended_at < :until GROUP BY 1",
    "SELECT outcome, count(*) FROM callback_attempt WHERE claimed_at >= :since AND claimed_at < :until GROUP BY 1",
    "SELECT count(*) FROM handover WHERE at >= :since AND at < :until",
    "SELECT count(*) FROM handover WHERE ended_at >= :since AND ended_at < :until",
)


async def by_hand(database: Database, kind: str, since: datetime, until: datetime) -> None:
    """The figures of a stretch as somebody would write them for this one screen, without any interpretation."""
    parameters = {"since": since, "until": until}
    if kind == "sqlite":
        parameters = {name: at.isoformat(timespec="microseconds") for name, at in parameters.items()}  # type: ignore[misc]
    async with database.uow(write=False) as uow:
        for sql in (BY_HAND[kind], *_OTHERS):
            await uow.statistics._db.rows(Statement(text(sql), slow=True), parameters)


async def close(database: Database) -> None:
    """Close every day, each slice in a turn of its own."""
    clock = FakeClock(NOW)
    closing = DayClosing(database.uow, clock, HOUSE, Recount(database.uow, clock, HOUSE))
    step = datetime(2025, 11, 12, 12, tzinfo=UTC)
    while step < NOW:
        step = min(step + timedelta(days=130), NOW)
        part = DayClosing(database.uow, FakeClock(step), HOUSE, Recount(database.uow, FakeClock(step), HOUSE))
        with turn():
            took = await timed(part.close_due)
        print(f"  closed up to {step.date()} in {took / 1000:.1f} s", flush=True)
    await closing.freeze_due()


async def measure(kind: str, database: Database, repeats: int) -> None:
    clock = FakeClock(NOW)
    figures = Statistics(database.uow, clock, HOUSE)
    compliance = Compliance(database.uow, clock, HOUSE, figures)
    with turn():
        print(f"{kind}: what each screen costs, ms (median, 99 % of {repeats}, live counts never cached)")
        for name, screen in screens(figures, compliance).items():
            times = []
            for _ in range(repeats):
                clock.advance(timedelta(seconds=6))
                times.append(await timed(screen))
            times.sort()
            p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
            print(f"  {name:<40}{statistics.median(times):>8.0f}{p99:>8.0f}", flush=True)
    with turn():
        await _days(kind, database, repeats)


async def _days(kind: str, database: Database, repeats: int) -> None:
    busy, quiet = date(2026, 10, 12), date(2026, 8, 28)
    sizes: dict[date, int] = {}
    for day in (quiet, busy):
        bounds = HOUSE.bounds(day)

        async def count(bounds: DayBounds = bounds) -> None:
            async with database.uow(write=False) as uow:
                found = await uow.statistics.count(bounds, dimensions=(None,), selection=EVERYTHING, now=NOW)
                sizes[bounds.day] = sum(found[None][""].under("call").values())

        ours = [await timed(count) for _ in range(repeats)]
        hand = [
            await timed(lambda b=bounds: by_hand(database, kind, b.since, b.until)) for _ in range(repeats)
        ]  # type: ignore[misc]
        mine, theirs = statistics.median(ours), statistics.median(hand)
        print(
            f"  {day}: {sizes[day]} calls, {mine:.0f} ms, {1000 * mine / sizes[day]:.0f} µs a call; "
            f"by hand {theirs:.0f} ms; ratio {mine / theirs:.2f}",
            flush=True,
        )
    since, until = MONTH.span(CALENDAR.zone)
    stored = await timed(lambda: Statistics(database.uow, FakeClock(NOW), HOUSE).figures(MONTH))
    hand_month = await timed(lambda: by_hand(database, kind, since, until))
    print(f"  a month stored {stored:.0f} ms, by hand {hand_month:.0f} ms; ratio {stored / hand_month:.3f}")


async def main(options: argparse.Namespace) -> None:
    folder = Path(options.folder)
    if "sqlite" in options.databases:
        url = await build_sqlite(folder, options.tickets)
        async with opened(url) as database:
            if not options.as_closed:
                await close(database)
            if not options.build:
                await measure("sqlite", database, options.repeats)
    if "postgresql" in options.databases:
        cluster = KeptCluster(folder / "postgresql")
        cluster.start()
        try:
            url = await build_postgresql(cluster, options.tickets)
            async with opened(url) as database:
                if not options.as_closed:
                    await close(database)
                if not options.build:
                    await measure("postgresql", database, options.repeats)
        finally:
            cluster.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default=str(FOLDER))
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgresql"] if postgresql_binaries() else ["sqlite"]
    )
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--build", action="store_true", help="build and close only")
    parser.add_argument("--as-closed", action="store_true", help="close nothing more, measure what is there")
    arguments = parser.parse_args()
    Path(arguments.folder).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(arguments))
