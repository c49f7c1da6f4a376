"""Every screen of figures and reports over HTTP, asked of the running program by another process. Target: issue 6.

    python -m tests.bench.bench_report_screens [sqlite:///house.db 2026-11-12T14:30:00+00:00] [--rounds 200]

The database is a closed one of `bench_statistics`. Of each screen: the first look after a start, then the median and
99 % of `--rounds` looks, a browser at a time, and the processor time that one look costs the program.
"""

import argparse
import asyncio
import hashlib
import os
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta

import psutil
from aiohttp import ClientSession, ClientTimeout

from callcenter.domain.errors import Conflict
from callcenter.domain.people import Person, Role, Session
from callcenter.domain.statistics import Check
from callcenter.store.upgrade import upgrade
from tests.bench.bench_statistics import NOW
from tests.bench.statistics_house import URL
from tests.databases import opened

PORT = int(os.environ.get("BENCH_PORT", "18200"))
TOKEN = "token-of-the-bench"
TARGET_MS = 500.0
SETTLING = 5.0
"""Seconds after a start in which the program counts today for the first time."""
REPORTS = ("the report of a month", "the report of this month")
"""Held to the report's own target of thirty seconds at their first look."""


def screens(today: date) -> dict[str, str]:
    """Every screen by name; `today` is a working day in a month that goes on."""
    month = (today.replace(day=1) - timedelta(days=1)).isoformat()
    year = f"kind=free&first={(today - timedelta(days=364)).isoformat()}&last={today.isoformat()}"
    closed = (today - timedelta(days=8)).isoformat()
    found = {
        "the morning": "/reports",
        "the wallboard": "/wallboard",
        "today": "/reports/figures?kind=day",
        "today by operator": "/reports/figures?kind=day&by=operator",
        "a closed day": f"/reports/figures?kind=day&day={closed}",
        "a week": f"/reports/figures?kind=week&day={closed}",
        "this week": "/reports/figures?kind=week",
        "a month": f"/reports/figures?kind=month&day={month}",
        "this month": "/reports/figures?kind=month",
        "the year": f"/reports/figures?{year}",
    }
    for each in ("hour", "weekday", "hotline", "product", "topic", "kind", "source", "operator", "executor"):
        found[f"a month by {each}"] = f"/reports/figures?kind=month&day={month}&by={each}"
        found[f"the year by {each}"] = f"/reports/figures?{year}&by={each}"
    return found | {
        "compliance of a month": f"/reports/compliance?kind=month&day={month}",
        "compliance, clause 2.7": f"/reports/compliance?kind=month&day={month}&clause=2.7",
        "compliance, clause 2.1": f"/reports/compliance?kind=month&day={month}&clause=2.1",
        "compliance, this month": "/reports/compliance",
        "nothing lost, 31 days": "/reports/zero-loss",
        "nothing lost, the year": f"/reports/zero-loss?{year}",
        "the recount": "/reports/recount",
        "the report of a month": f"/reports/document?kind=month&day={month}",
        "the report of a day": f"/reports/document?kind=day&day={closed}",
        "the report of today": "/reports/document?kind=day",
        "the report of this month": "/reports/document?kind=month",
        "frequent questions": f"/reports/questions?kind=month&day={month}",
        "staffing": "/reports/staffing",
        "staffing, 52 weeks": "/reports/staffing?weeks=52",
        "the mailing": "/reports/mailing",
    }


async def hire(url: str, now: datetime) -> None:
    """A supervisor who is signed in, in a house whose recount has been made today."""
    async with opened(url) as database, database.uow() as uow:
        yesterday = now.date() - timedelta(days=1)
        check = await uow.statistics.last_check()
        if check is None or check.last < yesterday:
            await uow.statistics.add_check(Check(at=now, first=yesterday, last=yesterday, days=1, equal=True))
        person = Person(
            id=0,
            login="bench",
            name="Измеритель",
            roles=frozenset({Role.SUPERVISOR, Role.ADMIN}),
        )
        try:
            hired = await uow.people.add(person, password_hash=None)
            await uow.sessions.add(
                Session(
                    token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest(),
                    person_id=hired.id,
                    created_at=now,
                    expires_at=now + timedelta(days=2),
                    user_agent="bench",
                )
            )
        except Conflict:
            return  # of an earlier run, with its check
        await uow.commit()


async def look(http: ClientSession, path: str) -> float:
    """Milliseconds of one look, the page read to its end."""
    begun = time.perf_counter()
    async with http.get(f"http://127.0.0.1:{PORT}{path}", allow_redirects=False) as answer:
        await answer.read()
        assert answer.status == 200, (path, answer.status)
    return (time.perf_counter() - begun) * 1000


async def measure(url: str, now: datetime, rounds: int, only: str) -> list[str]:
    """Print a line for each screen; the names of those over the target."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.served_program", url, str(PORT), now.isoformat(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert program.stdout is not None
    while (line := await program.stdout.readline()) != b"ready\n":
        assert line, "the program did not start"
    await asyncio.sleep(SETTLING)
    draining = asyncio.create_task(program.stdout.read())
    process, late = psutil.Process(program.pid), []
    print(f"load {os.getloadavg()[0]:.1f}; ms: first look, median, 99 % of {rounds}, processor a look")
    wanted = {name: path for name, path in screens(now.date()).items() if only in name}
    timeout = ClientTimeout(total=120)
    async with ClientSession(cookies={"session": TOKEN}, timeout=timeout) as http:
        first = {name: await look(http, path) for name, path in wanted.items()}
        for name, path in wanted.items():
            before = process.cpu_times()
            times = sorted([await look(http, path) for _ in range(rounds)])
            after = process.cpu_times()
            spent = (after.user + after.system - before.user - before.system) * 1000 / rounds
            p99 = times[min(rounds - 1, int(rounds * 0.99))]
            slow = p99 > TARGET_MS or (first[name] > TARGET_MS and name not in REPORTS)
            late += [name] if slow else []
            told = f"{first[name]:>8.0f}{statistics.median(times):>8.0f}{p99:>8.0f}{spent:>8.0f}"
            print(f"  {name:<28}{told}{'  over' if name in late[-1:] else ''}", flush=True)
    program.terminate()
    await program.wait()
    await draining
    return late


async def main(options: argparse.Namespace) -> None:
    now = datetime.fromisoformat(options.now).astimezone(UTC)
    await upgrade(options.url)
    await hire(options.url, now)
    late = await measure(options.url, now, options.rounds, options.only)
    print(f"over {TARGET_MS:.0f} ms: {', '.join(late) or 'none'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", nargs="?", default=URL)
    parser.add_argument("now", nargs="?", default=NOW.isoformat())
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", "20")))
    parser.add_argument("--only", default="", help="only screens whose name contains this")
    asyncio.run(main(parser.parse_args()))
