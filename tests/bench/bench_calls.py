"""What a call costs the running program, and how soon it is on the screen.

    python -m tests.bench.bench_calls [real|latency|commit|memory ...] [--seconds 60]

real     CPU of the program ÷ CPU of a real Asterisk for the same queue calls, 20 browsers connected (needs root)
latency  PBX's time of the ringing event → pop-up frame at the client, at 1, 10 and 20 calls/s, 20 browsers connected
commit   a recorded full-class stream through frame → parse → reduce → commit on SQLite, one core, without growth
memory   resident memory with 1,000 calls on the line and 300 streams connected
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ami.board import Board
from ami.event_types import Tick
from ami.events import parse
from ami.framing import Framer, headers_of
from ami.reducer import reduce
from ami.session import WANTED
from callcenter.clock import SystemClock
from callcenter.phone.translate import to_fact
from callcenter.services.hotline import Fact, Hotline
from callcenter.store import Database
from callcenter.store.upgrade import upgrade
from tests import make
from tests.asterisk.node import Node, Screen, environment, free_port, hire, running, watching
from tests.asterisk.sample_pbx import running_sample
from tests.bench.bench_ami import CAPTURES, one_round, pieces_of
from tests.databases import opened
from tests.unit.ami.fake_asterisk import FakeAsterisk

CALL = CAPTURES / "inbound_answered.all.ami"
HOTLINE = "88001234567"
CALLER = b"79161234567"
BROWSERS = 20
TICKS = os.sysconf("SC_CLK_TCK")
STAMP = re.compile(rb"Timestamp: [0-9.]+")
BATCH = 64


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid: int) -> float:
    """Resident memory of a process, MB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1000


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least this part of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


@asynccontextmanager
async def stage(pbx: dict[str, Any], hotline: str, streams: int) -> AsyncIterator[tuple[Node, list[Screen]]]:
    """A running program on SQLite with operators 101-103 and so many streams of operator 101."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/bench.sqlite3"
        await upgrade(url)
        async with opened(url) as database:
            tokens = [await hire(database, f"operator{number}", str(number)) for number in (101, 102, 103)]
        environ = environment(pbx, url, free_port(), CC_LOG__LEVEL="warning")
        environ["CC_HOTLINE__MAIN__DIDS"] = f'["{hotline}"]'
        environ["CC_HOTLINE__MAIN__NAME"] = "Bench"
        node = await stack.enter_async_context(running(environ, folder))
        await node.until_ready()
        screens = [await stack.enter_async_context(watching(node.address, tokens[0])) for _ in range(streams)]
        yield node, screens


def facts_of(asterisk: FakeAsterisk) -> dict[str, Any]:
    """What the program is told of the stand-in, which speaks recorded AMI over a real socket."""
    return {
        "ami": {"host": "127.0.0.1", "port": asterisk.port, "username": "bench", "secret": asterisk.secret},
        "agi": {"host": "127.0.0.1", "port": free_port()},
        "trunk": {"channel": "PJSIP/trunk"},
        "files": {"cel": "absent.json", "cdr": "absent.json"},
    }


def groups_of(raw: bytes) -> list[tuple[float, bytes]]:
    """A recorded call as pieces that came together, each with its distance in seconds from the first."""
    groups: list[tuple[float, bytes]] = []
    began = last = 0.0
    for message in raw.split(b"\r\n\r\n"):
        found = STAMP.search(message)
        if found is None:
            continue
        at = float(found[0][11:])
        began = began or at
        if groups and at - last < 0.02:
            groups[-1] = (groups[-1][0], groups[-1][1] + message + b"\r\n\r\n")
        else:
            groups.append((at - began, message + b"\r\n\r\n"))
        last = at
    return groups


def another_caller(number: int, piece: bytes) -> bytes:
    """The recorded call as somebody else's: the calls of one caller would all join one draft."""
    return one_round(number, piece).replace(CALLER, b"7916%07d" % number)


async def play(
    asterisk: FakeAsterisk, number: int, groups: Sequence[tuple[float, bytes]], until: float
) -> None:
    """One recorded call, stamped as it is sent, at the pace it was recorded."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for after, piece in groups:
        if after > until:
            return
        await asyncio.sleep(max(0.0, began + after - loop.time()))
        stamp = f"Timestamp: {datetime.now(UTC).timestamp():.6f}".encode()
        asterisk.events().send_bytes(STAMP.sub(stamp, another_caller(number, piece)))


async def latency() -> None:
    """Pop-ups at three loads."""
    groups = groups_of(CALL.read_bytes())
    async with FakeAsterisk() as asterisk, stage(facts_of(asterisk), HOTLINE, BROWSERS) as (_, screens):
        number = 0
        for rate in (1, 10, 20):
            async with asyncio.TaskGroup() as calls:
                for _ in range(rate * 15):
                    number += 1
                    calls.create_task(play(asterisk, number, groups, float("inf")))
                    await asyncio.sleep(1 / rate)
            waits = []
            for screen in screens:
                pops = [event for event in screen.heard if event.kind == "pop.show"]
                waits += [
                    (event.at - datetime.fromisoformat(event.payload["ringing_since"])).total_seconds() * 1000
                    for event in pops
                ]
                screen.heard.clear()
            print(
                f"pop-up latency at {rate:>2} calls/s, {BROWSERS} browsers: "
                f"p50 {quantile(waits, 0.5):5.1f} ms   p99 {quantile(waits, 0.99):5.1f} ms   "
                f"({len(waits)} frames; target p99 ≤ 50)"
            )


async def memory() -> None:
    """1,000 calls that ring, 300 streams."""
    groups = groups_of(CALL.read_bytes())
    async with FakeAsterisk() as asterisk, stage(facts_of(asterisk), HOTLINE, 300) as (node, screens):
        at_rest = resident_mb(node.process.pid)
        async with asyncio.TaskGroup() as calls:
            for number in range(1000):
                calls.create_task(play(asterisk, number, groups, 0.8))
                await asyncio.sleep(0.01)
        heard = [sum(event.kind == "pop.show" for event in screen.heard) for screen in screens]
        print(
            f"memory with 1,000 calls on the line and 300 streams: {resident_mb(node.process.pid):.0f} MB "
            f"(at rest {at_rest:.0f} MB; pop-ups per stream {min(heard)}-{max(heard)}; target ≤ 150)"
        )


async def commit(seconds: float) -> None:
    """The recorded inbound calls again and again, each time as others, committed in batches as the program does."""
    raw = b"".join(path.read_bytes() for path in sorted(CAPTURES.glob("inbound_*.all.ami")))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.sqlite3"
        await upgrade(url)
        async with opened(url) as database:
            await hire(database, "operator", "101")
            async with database.uow() as uow:
                await uow.calls.advertise([make.hotline(dids=("+78001234567",))])
                await uow.commit()
            await _commit(database, raw, seconds)


async def _commit(database: Database, raw: bytes, seconds: float) -> None:
    hotline = Hotline(database.uow, SystemClock())
    board, framer = Board(pbx="main"), Framer(wanted=WANTED)
    total, number, marks = 0, 0, []
    began, burnt = time.monotonic(), time.process_time()
    while time.monotonic() - began < seconds:
        messages: list[bytes] = []
        events = raw.count(b"Event: ")
        for piece in pieces_of(one_round(number, raw)):
            messages += framer.feed(piece)
        total, number = total + events, number + 1
        for start in range(0, len(messages), BATCH):
            facts: list[Fact] = []
            for message in messages[start : start + BATCH]:
                event = parse(headers_of(message), arrived_at=datetime.now(UTC))
                if event is not None:
                    board, signals = reduce(board, event)
                    facts += [fact for signal in signals if (fact := to_fact(signal)) is not None]
            if facts:
                await hotline.apply(facts)
        if board.last_event_at is not None:
            board, _ = reduce(board, Tick(at=board.last_event_at))
        marks.append(resident_mb(os.getpid()))
    wall, cpu = time.monotonic() - began, time.process_time() - burnt
    early = marks[len(marks) // 10]
    print(
        f"full-class stream → commit on SQLite: {total / wall:,.0f} events/s over {wall:.0f} s "
        f"({total / cpu:,.0f} per CPU second; {number * 5} calls; memory {early:.0f} → {marks[-1]:.0f} MB; "
        "target ≥ 10,000)"
    )


async def real(calls: int = 60) -> None:
    """The same calls, seen by the real Asterisk and by the program."""
    with tempfile.TemporaryDirectory() as folder, running_sample(Path(folder), 2) as pbx:
        async with stage(pbx.facts, "88005550640", BROWSERS) as (node, screens):
            asterisk = int(pbx.facts["asterisk_pid"])
            with contextlib.ExitStack() as phones:
                for extension in ("101", "102", "103"):
                    phones.enter_context(pbx.phone(extension, "answers", delay=200))
                await _call_in_turn(pbx, 3)  # what is done once, at the first call, is no call's cost
                busy = await _spent(node, asterisk, lambda: _call_in_turn(pbx, calls))
                idle = await _spent(
                    node, asterisk, lambda: asyncio.sleep(5)
                )  # last: nothing is starting any more
            pops = sum(event.kind == "pop.show" for event in screens[0].heard)
    per_second = [(after - before) / 5 for before, after in idle[:2]]
    wall = busy[2]
    ours, theirs = (
        (after - before - rest * wall) / calls * 1000
        for (before, after), rest in zip(busy[:2], per_second, strict=True)
    )
    print(
        f"CPU per real queue call (idle taken off): program {ours:.1f} ms, Asterisk {theirs:.1f} ms, "
        f"ratio {ours / theirs:.2f} ({calls} calls, {pops} of them to operator 101's {BROWSERS} browsers; target ≤ 0.5)"
    )


async def _spent(
    node: Node, asterisk: int, work: Callable[[], Coroutine[Any, Any, None]]
) -> tuple[tuple[float, float], tuple[float, float], float]:
    before = cpu_seconds(node.process.pid), cpu_seconds(asterisk)
    began = time.monotonic()
    await work()
    wall = time.monotonic() - began
    after = cpu_seconds(node.process.pid), cpu_seconds(asterisk)
    return (before[0], after[0]), (before[1], after[1]), wall


async def _call_in_turn(pbx: Any, calls: int) -> None:
    for number in range(calls):
        async with pbx.caller("caller_hangs_up", number=f"7916{number:07d}", stay=2600) as caller:
            await asyncio.to_thread(caller.wait, 20)


async def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="*", default=["real", "latency", "commit", "memory"])
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    for what in options.what:
        if what == "commit":
            await commit(options.seconds)
        else:
            await {"real": real, "latency": latency, "memory": memory}[what]()


if __name__ == "__main__":
    asyncio.run(main())
