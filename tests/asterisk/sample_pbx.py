"""The running sample PBX as tests see it, and the people who call through it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any

from launcher.calls import registered_phone, start_caller, start_carrier, start_phone_call

PBX = Path(__file__).parents[2] / "asterisk-sample" / "pbx"
CALLER = "79161234567"
QUICK = {
    "welcome": "beep",
    "sorry": "beep",
    "closed": "beep",
    "ring_timeout": "2",
    "queue_timeout": "4",
    "queue_retry": "1",
    "queue_length": "1",
    "wrapup": "0",
    "announce_frequency": "0",
    "agi_patience": "1",
    "callback_ring": "2",
    "callback_executor_ring": "2",
    "callback_hello": "beep",
    "callback_sorry": "beep",
    "static_hours": "*,*,*,*",
}


class SamplePbx:
    """One running instance of the sample."""

    def __init__(self, launcher: subprocess.Popen[str], directory: Path) -> None:
        self.launcher = launcher
        self.directory = directory
        self.facts: dict[str, Any] = json.loads((directory / "connection.json").read_text())

    def cli(self, command: str) -> str:
        """What Asterisk's own command line answers."""
        done = subprocess.run(
            [PBX, "cli", "--dir", self.directory, command], capture_output=True, text=True, check=True
        )
        return done.stdout

    @contextmanager
    def phone(self, extension: str, scenario: str = "answers", delay: int = 300) -> Iterator[None]:
        """A registered desk phone that behaves as the SIPp scenario `called_<scenario>` tells."""
        with registered_phone(self.facts, extension, scenario, delay):
            yield

    @asynccontextmanager
    async def caller(
        self,
        scenario: str = "caller_waits",
        *,
        number: str = CALLER,
        name: str = "Иван",
        stay: int = 1500,
        dial: str | None = None,
    ) -> AsyncIterator[subprocess.Popen[bytes]]:
        """Somebody who calls the hotline; gone when the block ends."""
        process = start_caller(self.facts, scenario, number, name, stay, dial)
        try:
            yield process
        finally:
            await _ended(process)

    @asynccontextmanager
    async def phone_call(
        self, extension: str, dial: str, stay: int = 700, secret: str | None = None
    ) -> AsyncIterator[subprocess.Popen[bytes]]:
        """A desk phone that dials a number."""
        process = start_phone_call(self.facts, extension, dial, stay, secret)
        try:
            yield process
        finally:
            await _ended(process)

    @asynccontextmanager
    async def carrier(
        self, scenario: str, delay: int = 300, calls: int = 100
    ) -> AsyncIterator[subprocess.Popen[bytes]]:
        """The carrier's far end, for so many calls that the PBX places."""
        process = start_carrier(self.facts, scenario, delay, calls)
        try:
            yield process
        finally:
            await _ended(process)

    def log(self) -> str:
        """Asterisk's warnings and errors so far."""
        return Path(self.facts["files"]["log"]).read_text(errors="replace")

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The lines of the `cel` or `cdr` file."""
        return [json.loads(line) for line in Path(self.facts["files"][kind]).read_text().splitlines()]


async def finished(process: subprocess.Popen[bytes], patience: float = 15.0) -> int:
    """The exit code of a SIPp process, which ends by itself when its call is over."""
    return await asyncio.to_thread(process.wait, patience)


async def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    await asyncio.to_thread(process.wait)


@contextmanager
def reserved_ports(directory: Path, place: int = 0, slot: int = 0) -> Iterator[int]:
    """The first of ten ports that nobody else uses or has reserved; the same again for the same directory."""
    key = directory.resolve()
    if key in _reserved:
        yield _reserved[key]
        return
    start = 20 * place + 10 * slot
    for base in (15200 + (start + step) % 100 for step in range(0, 100, 10)):
        with (Path(tempfile.gettempdir()) / f"hotline-test-ports-{base}").open("a") as reservation:
            if not _locked(reservation) or not _free(base):
                continue
            _reserved[key] = base
            try:
                yield base
            finally:
                del _reserved[key]
            return
    raise AssertionError("all test ports from 15200 to 15299 are taken")


_reserved: dict[Path, int] = {}


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free(base: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        for port in range(base, base + 5):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    return False
    return True


@contextmanager
def running_sample(directory: Path, place: int = 0, *, slot: int = 0, **changes: str) -> Iterator[SamplePbx]:
    """Start the sample on free test ports and stop it afterwards.

    `place` and `slot` say where to begin to look for ports; `changes` are settings of the launcher.
    """
    with reserved_ports(directory, place, slot) as base, _started(directory, base, changes) as sample:
        yield sample


@contextmanager
def _started(directory: Path, base: int, changes: dict[str, str]) -> Iterator[SamplePbx]:
    ports = {"sip": base, "ami": base + 1, "http": base + 2, "agi": base + 3, "trunk": base + 4}
    command = [sys.executable, str(PBX), "start", "--dir", str(directory), "--with-parent"]
    for name, port in ports.items():
        command += [f"--{name}-port", str(port)]
    command += ["--rtp-start", "15300", "--rtp-end", "15399"]  # shared: each call takes a port that is free
    for name, value in {**QUICK, **changes}.items():
        command += ["--set", f"{name}={value}"]
    launcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert launcher.stdout is not None and launcher.stderr is not None
    try:
        if not launcher.stdout.readline().startswith("ready"):
            raise AssertionError(
                f"the sample PBX did not start: {launcher.stderr.read().strip()} "
                "(set CALLCENTER_NO_PBX=1 to run the other tests without it)"
            )
        yield SamplePbx(launcher, directory)
    finally:
        launcher.send_signal(signal.SIGTERM)
        launcher.wait(20)
        launcher.stdout.close()
        launcher.stderr.close()


def worker() -> int:
    """The number of this pytest-xdist worker; 0 without xdist."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
