"""How many AMI events a second go through framing, parse and reduce, beside bare panoramisk on the same bytes.

    python -m tests.bench.bench_ami [seconds]

Both sides get the same recorded full-class stream in pieces of 64 KiB, alternating in one run, on one core; what
counts is the ratio. Bare panoramisk does the least it can: one handler for every event that does nothing.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from ami.board import Board
from ami.event_types import Tick
from ami.events import parse
from ami.framing import Framer, headers_of
from ami.reducer import reduce
from ami.session import WANTED

CAPTURES = Path(__file__).parents[1] / "unit" / "ami" / "captures"
PIECE = 65_536
IDS = re.compile(rb"(\d{10})\.(\d+)(?=\r\n)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One measurement: events of the stream (all classes) a second of CPU time, on one core."""

    what: str
    events_per_second: float


def one_round(number: int, raw: bytes) -> bytes:
    """The recorded calls again, with ids of their own: a tombstone of an earlier round must not shorten the work."""
    unique = raw.replace(b"Uniqueid: ", b"Uniqueid: r%d-" % number).replace(
        b"Linkedid: ", b"Linkedid: r%d-" % number
    )
    return unique.replace(b"r%d-cb-" % number, b"cb-r%d-" % number)


def streams(rounds: int) -> list[bytes]:
    """The recorded full-class streams, one after another, `rounds` times, each time as other calls."""
    raw = b"".join(path.read_bytes() for path in sorted(CAPTURES.glob("inbound_*.all.ami")))
    return [one_round(number, raw) for number in range(rounds)]


def pieces_of(stream: bytes) -> list[bytes]:
    return [stream[start : start + PIECE] for start in range(0, len(stream), PIECE)]


class Panoramisk:
    """panoramisk as it is, fed by hand."""

    def __init__(self) -> None:
        self.seen = 0
        manager = Manager(loop=SimpleNamespace())
        manager.register_event("*", self._count)
        self.protocol = AMIProtocol()
        self.protocol.connection_made(None)
        self.protocol.factory = manager
        self.protocol.encoding = "utf8"

    def _count(self, _: Manager, __: object) -> None:
        self.seen += 1

    def feed(self, piece: bytes) -> None:
        self.protocol.data_received(piece)


class Framing:
    """Ours, up to the typed events (`reduced=False`) or to the board."""

    def __init__(self, *, reduced: bool, filtered: bool = True) -> None:
        self.framer = Framer(wanted=WANTED if filtered else None)
        self.board = Board(pbx="bench")
        self.reduced = reduced
        self.signals = 0

    def feed(self, piece: bytes) -> None:
        for message in self.framer.feed(piece):
            event = parse(headers_of(message))
            if event is not None and self.reduced:
                self.board, told = reduce(self.board, event)
                self.signals += len(told)

    def occupy(self, calls: int) -> None:
        """Put that many waiting calls on the board, each with a ringing phone."""
        raw = (CAPTURES / "inbound_answered.min.ami").read_bytes()
        ringing = raw[: raw.index(b"Event: Newstate", raw.index(b"ChannelStateDesc: Ringing"))]
        for number in range(calls):
            self.feed(one_round(10_000 + number, ringing))

    def tick(self) -> None:
        if self.board.last_event_at is not None:
            self.board, _ = reduce(self.board, Tick(at=self.board.last_event_at + timedelta(seconds=5)))


def timed(feed: Callable[[bytes], None], pieces: list[bytes]) -> float:
    start = time.process_time()
    for piece in pieces:
        feed(piece)
    return time.process_time() - start


def run(seconds: float = 6.0) -> list[Row]:
    """All rows; the sides take turns, so that both meet the same machine."""
    rounds = streams(8)
    events = sum(one.count(b"Event: ") for one in rounds)
    ours, crowded = Framing(reduced=True), Framing(reduced=True)
    crowded.occupy(1000)
    sides: dict[str, Callable[[bytes], None]] = {
        "bare panoramisk, one empty handler": Panoramisk().feed,
        "ami: frame, filter, parse": Framing(reduced=False).feed,
        "ami: frame, filter, parse, reduce": ours.feed,
        "the same with 1,000 live calls on the board": crowded.feed,
    }
    spent = dict.fromkeys(sides, 0.0)
    done = 0
    turn = 0
    while sum(spent.values()) < seconds:
        fresh = [one_round(1000 + turn, one) for one in rounds]
        turn += 1
        done += events
        for what, feed in sides.items():
            spent[what] += sum(timed(feed, pieces_of(one)) for one in fresh)
        ours.tick()
        crowded.tick()
    assert ours.signals > 0 and not len(ours.board.calls) and len(crowded.board.calls) == 1000
    return [Row(what=what, events_per_second=done / taken) for what, taken in spent.items()]


def main() -> None:
    """Print the rows and the ratio to bare panoramisk."""
    rows = run(float(sys.argv[1]) if len(sys.argv) > 1 else 6.0)
    for row in rows:
        ratio = row.events_per_second / rows[0].events_per_second
        print(f"{row.what:44} {row.events_per_second:12,.0f} events/s   × {ratio:5.2f}")


if __name__ == "__main__":
    main()
