"""A running program as a process of its own: `callcenter serve`, as an administrator starts it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from callcenter.domain.people import Person, Role, Session
from callcenter.store import Database

PATIENCE = 20.0


def free_port() -> int:
    """A TCP port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(facts: Mapping[str, Any], database_url: str, port: int, **more: str) -> dict[str, str]:
    """The settings of a node on the sample PBX, as environment variables."""
    ami = facts["ami"]
    return {
        "PATH": os.environ["PATH"],
        "CC_DATABASE__URL": database_url,
        "CC_WEB__PORT": str(port),
        "CC_CALENDAR__ALWAYS_OPEN": "true",
        "CC_AGI__PORT": str(facts["agi"]["port"]),
        "CC_PBX__MAIN__HOST": ami["host"],
        "CC_PBX__MAIN__PORT": str(ami["port"]),
        "CC_PBX__MAIN__USERNAME": ami["username"],
        "CC_PBX__MAIN__SECRET": ami["secret"],
        "CC_PBX__MAIN__TRUNK_ENDPOINTS": json.dumps([facts["trunk"]["channel"]]),
        "CC_PBX__MAIN__CEL_FILE": facts["files"]["cel"],
        "CC_PBX__MAIN__CDR_FILE": facts["files"]["cdr"],
        **more,
    }


@dataclass(kw_only=True)
class Node:
    """One process; `log` is what it wrote to standard error."""

    process: asyncio.subprocess.Process
    address: str
    log: Path

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code; fails when the program does not end within ten seconds."""
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 10)

    async def health(self) -> dict[str, Any]:
        """`/health/ready` as it is now."""
        async with aiohttp.ClientSession() as client, client.get(f"{self.address}/health/ready") as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def until_ready(self) -> None:
        """Return when every part is well, telephony included."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if (await self.health())["status"] == "ready":
                    return


@asynccontextmanager
async def running(environ: Mapping[str, str], folder: Path, name: str = "node") -> AsyncIterator[Node]:
    """A node that serves pages; killed when the block ends if it still runs."""
    log = folder / f"{name}.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("callcenter"), "serve", env={**environ, "CC_NODE": name},
            cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        assert line, log.read_text()
        yield Node(process=process, address=f"http://127.0.0.1:{environ['CC_WEB__PORT']}", log=log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def hire(database: Database, login: str, extension: str) -> str:
    """An operator with this phone; returns his session's token."""
    token, now = f"token-of-{login}", datetime.now(UTC)
    person = Person(
        id=0,
        login=login,
        name=login,
        roles=frozenset({Role.OPERATOR}),
        pbx="main",
        endpoint=f"PJSIP/{extension}",
    )
    async with database.uow() as uow:
        added = await uow.people.add(person, password_hash=None)
        session = Session(
            token_sha256=hashlib.sha256(token.encode()).hexdigest(),
            person_id=added.id,
            created_at=now,
            expires_at=now + timedelta(hours=1),
            user_agent="test",
        )
        await uow.sessions.add(session)
        await uow.commit()
    return token


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One event of the live stream and when it came, by this machine's clock."""

    id: int
    kind: str
    payload: dict[str, Any]
    at: datetime


class Screen:
    """An operator's live stream, read as his browser reads it."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self._news = asyncio.Event()

    async def until(self, kind: str, **payload: object) -> Heard:
        """The first event of this kind with these values that was not asked for before."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for number, event in enumerate(self.heard):
                        if event.kind == kind and payload.items() <= event.payload.items():
                            del self.heard[number]
                            return event
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            heard = "\n".join(f"{event.kind} {event.payload}" for event in self.heard)
            raise AssertionError(f"{kind} {payload} never came; heard:\n{heard}") from None

    async def read(self, content: aiohttp.StreamReader) -> None:
        """Take in the stream until it ends."""
        fields: dict[str, str] = {}
        async for raw in content:
            line = raw.decode().rstrip("\r\n")
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
                continue
            if "event" in fields:
                self._take(fields)
            fields = {}

    def _take(self, fields: Mapping[str, str]) -> None:
        self.heard.append(
            Heard(
                id=int(fields.get("id", "0")),
                kind=fields["event"],
                payload=json.loads(fields.get("data", "{}")),
                at=datetime.now(UTC),
            )
        )
        self._news.set()


@asynccontextmanager
async def watching(address: str, token: str, *, after: int | None = None) -> AsyncIterator[Screen]:
    """The stream of the person with this session, connected when the block begins."""
    screen = Screen()
    place = f"{address}/live" if after is None else f"{address}/live?after={after}"
    async with (
        aiohttp.ClientSession(
            cookies={"session": token}, timeout=aiohttp.ClientTimeout(total=None)
        ) as client,
        client.get(place) as answer,
    ):
        assert answer.status == 200, await answer.text()
        reading = asyncio.create_task(screen.read(answer.content))
        try:
            yield screen
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError):
                await reading
