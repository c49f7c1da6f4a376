"""A second pair of eyes on AMI: reads raw bytes and knows nothing of the package `ami`, so that it can judge it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

Message = dict[str, str]
PATIENCE = 15.0


class Observer:
    """Collects the AMI messages of one logged-in connection, in order; waits for them without polling."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = count(1)
        self._arrived = asyncio.Condition()
        self.raw: list[bytes] = []
        self.messages: list[Message] = []

    async def read_all(self) -> None:
        """Read until the connection ends."""
        while True:
            try:
                block = await self._reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            async with self._arrived:
                self.raw.append(block)
                self.messages.append(_parsed(block))
                self._arrived.notify_all()

    async def until(
        self, wanted: Callable[[Message], bool], what: str = "", patience: float = PATIENCE
    ) -> Message:
        """The first message, old or new, for which `wanted` holds; AssertionError when none comes in time."""
        seen = 0
        try:
            async with asyncio.timeout(patience), self._arrived:
                while True:
                    for message in self.messages[seen:]:
                        if wanted(message):
                            return message
                    seen = len(self.messages)
                    await self._arrived.wait()
        except TimeoutError:
            names = [m.get("Event", m.get("Response", "?")) for m in self.messages]
            raise AssertionError(f"no {what or 'such message'} in {patience} s; seen: {names}") from None

    async def event(self, name: str, patience: float = PATIENCE, **headers: str) -> Message:
        """The first event of this name with these headers."""

        def wanted(message: Message) -> bool:
            return message.get("Event") == name and all(message.get(k) == v for k, v in headers.items())

        return await self.until(wanted, f"{name} {headers}", patience)

    def events(self, name: str, **headers: str) -> list[Message]:
        """All events of this name with these headers seen so far."""
        return [
            m
            for m in self.messages
            if m.get("Event") == name and all(m.get(k) == v for k, v in headers.items())
        ]

    async def ask(self, action: str, *more: tuple[str, str], **headers: str) -> Message:
        """Send an action and return its response."""
        action_id = f"observer-{next(self._ids)}"
        lines = [("Action", action), ("ActionID", action_id), *headers.items(), *more]
        self._writer.write("".join(f"{k}: {v}\r\n" for k, v in lines).encode() + b"\r\n")
        await self._writer.drain()

        def is_answer(message: Message) -> bool:
            return "Response" in message and "Event" not in message and message.get("ActionID") == action_id

        return await self.until(is_answer, f"answer to {action}")

    async def hang_up_everything(self) -> None:
        """End every channel and return when Asterisk has none left."""
        await self.settled()
        born = {event["Uniqueid"] for event in self.events("Newchannel")}
        gone = {event["Uniqueid"] for event in self.events("Hangup")}
        if born - gone:
            await self.ask("Hangup", Channel="/.*/")
        for channel in born - gone:
            await self.event("Hangup", Uniqueid=channel)

    async def settled(self) -> None:
        """Return when everything that Asterisk had queued for this connection has been read."""
        await self.ask("Ping")


@asynccontextmanager
async def observing(facts: dict[str, Any], secret: str | None = None) -> AsyncIterator[Observer]:
    """Connect and log in with the account of the program."""
    ami = facts["ami"]
    reader, writer = await asyncio.open_connection(ami["host"], ami["port"], limit=1 << 20)
    greeting = await reader.readline()
    assert greeting.startswith(b"Asterisk Call Manager"), greeting
    observer = Observer(reader, writer)
    reading = asyncio.create_task(observer.read_all())
    try:
        answer = await observer.ask("Login", Username=ami["username"], Secret=secret or ami["secret"])
        assert answer["Response"] == "Success", answer
        await observer.event("FullyBooted")
        yield observer
    finally:
        reading.cancel()
        writer.close()
        await asyncio.gather(reading, writer.wait_closed(), return_exceptions=True)


def _parsed(block: bytes) -> Message:
    message: Message = {}
    for line in block.decode("utf-8", "backslashreplace").split("\r\n"):
        name, separator, value = line.partition(": ")
        if separator:
            message[name] = value
        elif line.endswith(":"):
            message[line[:-1]] = ""
    return message
