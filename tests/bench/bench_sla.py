"""How fast business time is: `python -m tests.bench.bench_sla`.

Prints a table: the calendar beside `businesstimedelta` and beside a naive day-by-day reckoning on the same work, a
year of a million tickets judged again, and the sweep of deadlines with 1,000 and with 100,000 clocks open.
Pass `--quick` for a tenth of the work. Exits 1 when a bound of the project is missed.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from time import perf_counter, process_time
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta
import holidays
import pytz

from sla.calendar import BusinessCalendar
from sla.clock import Clock, Terms, clocks
from sla.deadlines import Agenda, due
from sla.replay import replay
from sla.spec import regulation_spec
from sla.targets import Targets
from sla.timeline import Happening, Pause, Step, Timeline
from sla.verdict import judge

MOSCOW = ZoneInfo("Europe/Moscow")
MINUTE = timedelta(minutes=1)
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES_OF_YEAR = 365 * 24 * 60

Work = list[tuple[datetime, timedelta]]


def work(count: int) -> Work:
    """Random starts of the year with 1 to 300 minutes to add, the same for every contestant."""
    chance = random.Random(20261122)
    return [
        (YEAR + MINUTE * chance.randrange(MINUTES_OF_YEAR), MINUTE * chance.randrange(1, 300))
        for _ in range(count)
    ]


def rate(job: Callable[[Any, Any], object], pairs: Iterable[tuple[Any, Any]], rounds: int = 3) -> float:
    """Calls per second of processor time, the best of some rounds."""
    pairs = list(pairs)
    best = float("inf")
    for _ in range(rounds):
        begin = process_time()
        for first, second in pairs:
            job(first, second)
        best = min(best, process_time() - begin)
    return len(pairs) / best


class NaiveCalendar:
    """The reckoning everybody writes first: walk from day to day and cut each one to its hours."""

    def __init__(self) -> None:
        self.known = holidays.country_holidays("RU", years=range(2025, 2028))

    def hours(self, at: datetime) -> tuple[datetime, datetime] | None:
        day = at.astimezone(MOSCOW).date()
        if not self.known.is_working_day(day):
            return None
        return (datetime.combine(day, time(9), MOSCOW), datetime.combine(day, time(18), MOSCOW))

    def days(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        while True:
            hours = self.hours(at)
            if hours is not None:
                yield hours
            following = at.astimezone(MOSCOW).date() + timedelta(days=1)
            at = datetime.combine(following, time(0), MOSCOW)

    def add(self, start: datetime, duration: timedelta) -> datetime:
        for opens, closes in self.days(start):
            begin = max(start, opens)
            if begin < closes:
                if closes - begin >= duration:
                    return begin + duration
                duration -= closes - begin
        raise AssertionError("days never end")

    def between(self, start: datetime, end: datetime) -> timedelta:
        total = timedelta(0)
        for opens, closes in self.days(start):
            if opens >= end:
                return total
            total += max(min(end, closes) - max(start, opens), timedelta(0))
        raise AssertionError("days never end")


def rival() -> Any:
    """`businesstimedelta` with the same hours and holidays."""
    zone = pytz.timezone("Europe/Moscow")
    hours = businesstimedelta.WorkDayRule(
        start_time=time(9), end_time=time(18), working_days=[0, 1, 2, 3, 4], tz=zone
    )
    off = holidays.country_holidays("RU", years=range(2025, 2028))
    return businesstimedelta.Rules([hours, businesstimedelta.HolidayRule(off, zone)])


def bench_calendar(count: int) -> tuple[float, float]:
    """Print the rates of all contestants; return ours for add and between."""
    calendar, naive, rules = BusinessCalendar(regulation_spec()), NaiveCalendar(), rival()
    pairs = work(count)
    ends = [(start, start + 20 * length) for start, length in pairs]
    few, few_ends = pairs[: count // 100], ends[: count // 100]

    def theirs(start: datetime, length: timedelta) -> object:
        return start + businesstimedelta.BusinessTimeDelta(rules, timedelta=length)

    for start, length in few:
        expected = calendar.add(start, length)
        assert naive.add(start, length) == expected == theirs(start, length), (start, length)
    for start, end in few_ends:
        found = rules.difference(start, end).timedelta
        assert naive.between(start, end) == calendar.between(start, end) == found, (start, end)
    print(
        f"{'operation':<10}{'sla, /s':>14}{'businesstimedelta, /s':>24}{'ratio':>9}{'naive, /s':>12}{'ratio':>9}"
    )
    ours = []
    contests = (
        ("add", calendar.add, theirs, naive.add, pairs, few),
        ("between", calendar.between, rules.difference, naive.between, ends, few_ends),
    )
    for name, mine, other, plain, all_, some in contests:
        fast, slow, walked = rate(mine, all_), rate(other, some), rate(plain, some)
        ours.append(fast)
        print(
            f"{name:<10}{fast:>14,.0f}{slow:>24,.0f}{fast / slow:>8.0f}x{walked:>12,.0f}{fast / walked:>8.0f}x"
        )
    opened = rate(lambda start, _: calendar.is_open(start), pairs)
    nexts = rate(lambda start, _: calendar.next_open(start), pairs)
    print(f"{'is_open':<10}{opened:>14,.0f}\n{'next_open':<10}{nexts:>14,.0f}")
    return ours[0], ours[1]


def year_of_tickets(count: int) -> Iterator[Timeline]:
    """Tickets over the year: arrival, list, assignment, every third with a pause, solution."""
    chance = random.Random(7)
    for number in range(count):
        at = YEAR + MINUTE * chance.randrange(MINUTES_OF_YEAR)
        kind = "outage" if chance.random() < 0.2 else "reference"
        steps = [Step(at=at, what=Happening.ARRIVED, kind=kind), Step(at=at, what=Happening.SUBMITTED)]
        plan = [(Happening.PLACED, 2), (Happening.ASSIGNED, 8)]
        if number % 3 == 0:
            plan += [(Happening.PAUSED, 20), (Happening.RESUMED, 60)]
        for what, most in (*plan, (Happening.RESOLVED, 40)):
            at += timedelta(seconds=chance.randrange(1, 60 * most))
            steps.append(Step(at=at, what=what, pause=Pause.CLIENT if what is Happening.PAUSED else None))
        yield Timeline(ticket=str(number), steps=tuple(steps))


def bench_replay(count: int) -> float:
    """Print and return the seconds of a year judged under two terms."""
    calendar = BusinessCalendar(regulation_spec())
    before = Terms(targets=Targets(), calendar=calendar)
    after = replace(before, targets=Targets().with_times({"resolve.reference": 20 * MINUTE}))
    built, spent = 0.0, 0.0
    now = YEAR + timedelta(days=400)
    chunk: list[Timeline] = []
    changed = breached = 0
    begin = process_time()
    for timeline in year_of_tickets(count):
        chunk.append(timeline)
        if len(chunk) == 10_000 or int(timeline.ticket) == count - 1:
            built += process_time() - begin
            begin = process_time()
            found = replay(chunk, before, after, now)
            spent += process_time() - begin
            changed += len(found.differences)
            breached += sum(tally.breached_before for tally in found.tallies.values())
            chunk = []
            begin = process_time()
    print(f"{count:,} tickets judged under two terms in {spent:.1f} s (made up in {built:.1f} s): "
          f"{breached:,} breaches, {changed:,} clocks end otherwise")  # fmt: skip
    return spent


def bench_verdicts(count: int) -> None:
    """Print the seconds of a year judged with every explanation, measured on a part of it."""
    terms, now = (
        Terms(targets=Targets(), calendar=BusinessCalendar(regulation_spec())),
        YEAR + timedelta(days=400),
    )
    some = list(year_of_tickets(count // 50))
    for timeline in some[:100]:
        judge(timeline, terms, now)
    best = float("inf")
    for _ in range(3):
        begin = process_time()
        for timeline in some:
            judge(timeline, terms, now)
        best = min(best, process_time() - begin)
    each = best / len(some)
    print(f"one ticket judged with its whole explanation (3 clocks): {each * 1e6:.0f} µs, "
          f"{each * count:.0f} s for {count:,}")  # fmt: skip


def sweeps(opened: int, due_each: int, rounds: int) -> list[float]:
    """Seconds of processor time of each sweep in which `due_each` of `opened` clocks are due."""
    terms = Terms(targets=Targets(), calendar=BusinessCalendar(regulation_spec()))
    noon = datetime(2026, 11, 20, 9, tzinfo=UTC)
    arrived = Step(at=noon - 10 * MINUTE, what=Happening.ARRIVED, kind="reference")
    agenda, stored = Agenda(), dict[str, Clock]()
    for number in range(opened):
        (clock,) = clocks(Timeline(ticket=str(number), steps=(arrived,)), terms)
        stored[clock.key] = clock
        batch = number // due_each
        agenda.put(clock.key, noon + MINUTE * (5 + batch) if batch < rounds else noon + timedelta(days=30))
    taken = []
    for batch in range(rounds):
        now = noon + MINUTE * (5 + batch)
        begin = process_time()
        for key in agenda.take(now):
            agenda.put(key, due(stored[key], terms, now).wake_at)
        taken.append(process_time() - begin)
    return taken


def bench_sweep() -> float:
    """Print and return the ratio of a sweep with 100,000 clocks open to one with 1,000, 100 due in each."""
    few = statistics.median(sample for _ in range(7) for sample in sweeps(1_000, 100, 8))
    many = statistics.median(sample for _ in range(2) for sample in sweeps(100_000, 100, 28))
    print(f"sweep, 100 clocks due: {few * 1e3:.2f} ms with 1,000 open, {many * 1e3:.2f} ms with 100,000 open: "
          f"ratio {many / few:.2f}")  # fmt: skip
    return many / few


def main() -> int:
    """Run all; 1 when a bound is missed."""
    share = 10 if "--quick" in sys.argv else 1
    begin = perf_counter()
    added, between = bench_calendar(200_000 // share)
    seconds = bench_replay(1_000_000 // share) * share
    bench_verdicts(1_000_000 // share)
    ratio = bench_sweep()
    checks = {
        "add at least 200,000 per second": added >= 200_000,
        "between at least 200,000 per second": between >= 200_000,
        "a year of 1,000,000 tickets under two terms in less than 60 s": seconds < 60,
        "sweep ratio at most 1.5": ratio <= 1.5,
    }
    for name, kept in checks.items():
        print(f"{'ok    ' if kept else 'MISSED'} {name}")
    print(f"({perf_counter() - begin:.0f} s in all)")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
