"""What a call costs the running program, and how soon it is on the screen.

    python -m tests.bench.bench_calls [real|latency|commit|memory ...] [--seconds 60]

real     CPU of the program ÷ CPU of a real Asterisk for the same queue calls, each popping up on 20 browsers (needs
         root): (a) signalling only, nobody waits or speaks; (b) as callers call: 10 s of waiting, 60 s of voice
latency  PBX's time of the ringing event → pop-up frame at the client, at 1, 10 and 20 calls/s, 20 browsers connected
commit   a recorded full-class stream through frame → parse → reduce → commit on SQLite, one core, without growth
memory   resident memory with 1,000 calls on the line and 300 streams connected
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from launcher.calls import SCENARIOS, registered_phone

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
from tests.asterisk.sample_pbx import SamplePbx, running_sample
from tests.bench.bench_ami import CAPTURES, Panoramisk, one_round, pieces_of
from tests.databases import opened
from tests.unit.ami.fake_asterisk import FakeAsterisk

CALL = CAPTURES / "inbound_answered.all.ami"
HOTLINE = "88001234567"
CALLER = b"79161234567"
BROWSERS = 20
WAITS, SPEAKS = 10, 60
"""Seconds a caller waits for the operator, and seconds they talk."""
SETTLES, RESTS = 20, 30
"""Seconds until everything that follows the first calls was done once, and seconds in which nobody calls."""
TICKS = os.sysconf("SC_CLK_TCK")
PACKETS = re.compile(r"ulaw +(\d+)(?: +[\d.]+){3} +(\d+)(?: +[\d.]+){4}")
STAMP = re.compile(rb"Timestamp: [0-9.]+")
WHOLE_STAMP = re.compile(rb"Timestamp: ([0-9]+)\.")
ROUND_SECONDS = 10
"""How much later each round of the recorded calls is: what is remembered for ten minutes is forgotten in time."""
BARE_SECONDS = 5
BATCH = 64


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def fine_cpu_seconds(pid: int) -> float:
    """The same to the nanosecond, of the threads that run now: for a process that keeps its threads."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


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
    recorded = [path.read_bytes() for path in sorted(CAPTURES.glob("inbound_*.all.ami"))]
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.sqlite3"
        await upgrade(url)
        async with opened(url) as database:
            await hire(database, "operator", "101")
            async with database.uow() as uow:
                await uow.calls.advertise([make.hotline(dids=("+78001234567",))])
                await uow.commit()
            await _commit(database, recorded, seconds)


def _of_others(number: int, recorded: Sequence[bytes]) -> bytes:
    """The recorded calls again, later and each of another caller: calls of one person would join one draft."""
    first = number * len(recorded)
    calls = [each.replace(CALLER, b"7916%07d" % place) for place, each in enumerate(recorded, start=first)]
    later = number * ROUND_SECONDS
    moved = WHOLE_STAMP.sub(lambda stamp: b"Timestamp: %d." % (int(stamp[1]) + later), b"".join(calls))
    return one_round(number, moved)


async def _commit(database: Database, recorded: Sequence[bytes], seconds: float) -> None:
    hotline = Hotline(database.uow, SystemClock())
    board, framer = Board(pbx="main"), Framer(wanted=WANTED)
    total, number, marks = 0, 0, []
    began, burnt = time.monotonic(), time.process_time()
    while time.monotonic() - began < seconds:
        messages: list[bytes] = []
        raw = _of_others(number, recorded)
        events = raw.count(b"Event: ")
        for piece in pieces_of(raw):
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
    memory = " → ".join(f"{marks[len(marks) * part // 6 - (part == 6)]:.0f}" for part in (1, 2, 4, 6))
    bare = _bare_panoramisk(recorded)
    print(
        f"full-class stream → commit on SQLite: {total / wall:,.0f} events/s over {wall:.0f} s "
        f"({total / cpu:,.0f} per CPU second; {number * len(recorded)} calls; memory {memory} MB after 1, 2, 4 and 6 "
        f"sixths; target ≥ 10,000); bare panoramisk, which keeps nothing, on the same bytes: {bare:,.0f}, ratio "
        f"{total / wall / bare:.2f}"
    )


def _bare_panoramisk(recorded: Sequence[bytes]) -> float:
    """Events a second that panoramisk alone parses and hands to a callback which counts them."""
    bare, number, began = Panoramisk(), 0, time.monotonic()
    while time.monotonic() - began < BARE_SECONDS:
        for piece in pieces_of(_of_others(number, recorded)):
            bare.feed(piece)
        number += 1
    return bare.seen / (time.monotonic() - began)


async def real(calls: int = 25, voiced: int = 1) -> None:
    """The same calls, seen by the real Asterisk and by the program; all ring at the one phone of the 20 browsers."""
    with tempfile.TemporaryDirectory() as folder, running_sample(Path(folder), 2, ring_timeout="20") as pbx:
        async with stage(pbx.facts, "88005550640", BROWSERS) as (node, screens):
            asterisk = int(pbx.facts["asterisk_pid"])
            with pbx.phone("101", "answers", delay=200):
                # what is done once, at the first call or soon after it, is no call's cost
                await _call_in_turn(pbx, 3)
                await asyncio.sleep(SETTLES)
                screens[0].heard.clear()
                brief = await _spent(node, asterisk, lambda: _call_in_turn(pbx, calls))
            speaks, packets = _speaking_caller(Path(folder)), list[int]()
            with registered_phone(pbx.facts, "101", "answers", WAITS * 1000, more=("-rtp_echo",)):
                voice = await _spent(node, asterisk, lambda: _speak_in_turn(pbx, speaks, voiced, packets))
            pops = sum(event.kind == "pop.show" for event in screens[0].heard)
            rest = await _spent(node, asterisk, lambda: asyncio.sleep(RESTS))  # last: nothing is starting
    print(f"pop-ups on each of {BROWSERS} browsers: {pops} of {calls + voiced} calls")
    _tell("(a) signalling only", brief, rest, calls)
    _tell(f"(b) {WAITS} s of waiting, {SPEAKS} s of voice both ways", voice, rest, voiced)
    print(
        f"    (b) relayed {packets} voice packets from and to each leg; target ≤ 0.5 for a real call, which is (b)"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """Seconds of CPU of the program and of Asterisk, and of the clock."""

    ours: float
    theirs: float
    wall: float


def _tell(what: str, spent: Spent, rest: Spent, calls: int) -> None:
    ours, theirs = (
        (used - idle / rest.wall * spent.wall) / calls * 1000
        for used, idle in ((spent.ours, rest.ours), (spent.theirs, rest.theirs))
    )
    print(
        f"CPU per real queue call {what} (idle taken off): program {ours:.1f} ms, Asterisk {theirs:.1f} ms, "
        f"ratio {ours / theirs:.2f} ({calls} calls)"
    )


async def _spent(node: Node, asterisk: int, work: Callable[[], Coroutine[Any, Any, None]]) -> Spent:
    ours, theirs, began = fine_cpu_seconds(node.process.pid), cpu_seconds(asterisk), time.monotonic()
    await work()
    return Spent(
        wall=time.monotonic() - began,
        ours=fine_cpu_seconds(node.process.pid) - ours,
        theirs=cpu_seconds(asterisk) - theirs,
    )


async def _call_in_turn(pbx: SamplePbx, calls: int) -> None:
    for number in range(calls):
        async with pbx.caller("caller_hangs_up", number=f"7916{number:07d}", stay=2600) as caller:
            await asyncio.to_thread(caller.wait, 20)


def _speaking_caller(folder: Path) -> Path:
    """SIPp's scenario of a caller who speaks G.711 from the answer to the end: the usual one with a voice."""
    voice = folder / "voice.ulaw"
    voice.write_bytes(random.Random(1).randbytes(8000 * 5))
    text = (SCENARIOS / "caller_hangs_up.xml").read_text().replace("[media_port]", "[rtpstream_audio_port]")
    speak = f'<nop><action><exec rtp_stream="{voice},-1,0,PCMU/8000"/></action></nop>'
    listens = text.replace('  <recv request="BYE"', f'  {speak}\n  <recv request="BYE"')
    assert listens.count("rtp_stream=") == 1
    scenario = folder / "caller_speaks.xml"
    scenario.write_text(listens)
    return scenario


async def _speak_in_turn(pbx: SamplePbx, scenario: Path, calls: int, heard: list[int]) -> None:
    """`heard` gets how many voice packets Asterisk took from each leg and sent to it, shortly before the end."""
    for number in range(calls):
        stay = (WAITS + SPEAKS) * 1000
        async with pbx.caller(str(scenario.with_suffix("")), number=f"7917{number:07d}", stay=stay) as caller:
            await asyncio.sleep(WAITS + SPEAKS - 2)
            told = await asyncio.to_thread(pbx.cli, "pjsip show channelstats")
            heard += [int(count) for leg in PACKETS.findall(told) for count in leg]
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
