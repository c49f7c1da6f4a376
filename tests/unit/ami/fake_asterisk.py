"""A small Asterisk for tests: speaks AMI as raw bytes on a loopback socket, and does exactly what it is told."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

HOST = "127.0.0.1"
GREETING = b"Asterisk Call Manager/11.0.0\r\n"
NOW = "1795355600.000000"

SAFE_COMMANDS = (
    "Originate: Originate a call.  (Priv: originate,all)",
    "CoreStatus: Show PBX core status variables.  (Priv: system,reporting,all)",
    "Ping: Keepalive command.  (Priv: <none>)",
)
DANGEROUS_COMMANDS = (*SAFE_COMMANDS, "Command: Execute Asterisk CLI Command.  (Priv: command,all)")


def block(*lines: str) -> bytes:
    """One AMI message."""
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@dataclass
class Connection:
    """One client's connection, with every action it sent."""

    writer: asyncio.StreamWriter
    events_on: bool = False
    gone: bool = False
    actions: list[dict[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def send(self, *lines: str) -> None:
        self.writer.write(block(*lines))

    def send_bytes(self, piece: bytes) -> None:
        self.writer.write(piece)

    def drop(self) -> None:
        """Break the connection as a crash does."""
        self.writer.transport.abort()


class FakeAsterisk:
    """`answers` maps an action's name to what is sent for it; `silent` names actions that get no answer."""

    def __init__(self) -> None:
        self.port = 0
        self.secret = "secret"
        self.ssl: ssl.SSLContext | None = None
        self.uptime = 1000
        self.started = ""
        self.now = NOW
        self.boots = True
        self.deaf = False
        self.silent: set[str] = set()
        self.commands: tuple[str, ...] = SAFE_COMMANDS
        self.channels: list[tuple[str, ...]] = []
        self.queue_rows: list[tuple[str, ...]] = []
        self.answers: dict[str, Callable[[Connection, dict[str, str]], None]] = {}
        self.connections: list[Connection] = []
        self.logins = 0
        self.changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> FakeAsterisk:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def listen(self) -> None:
        """Listen on a free port, and after a stop on the same one again."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port, limit=1 << 20, ssl=self.ssl)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go down: nobody listens, every connection breaks."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in self.connections:
            connection.drop()
        await asyncio.gather(*self._serving, return_exceptions=True)

    @property
    def actions(self) -> list[dict[str, str]]:
        return [action for connection in self.connections for action in connection.actions]

    def named(self, name: str) -> list[dict[str, str]]:
        return [action for action in self.actions if action["Action"] == name]

    def events(self) -> Connection:
        """The newest connection that wants events."""
        return [one for one in self.connections if one.events_on][-1]

    async def seen(self, name: str, times: int = 1) -> None:
        """Return once the action has come that many times."""
        await self.until(lambda: len(self.named(name)) >= times)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        connection = Connection(writer)
        self.connections.append(connection)
        connection.send_bytes(GREETING)
        try:
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                action = dict(re.findall(r"([A-Za-z]+): ?(.*?)\r\n", raw.decode()))
                connection.actions.append(action)
                connection.lines.extend(raw.decode().split("\r\n"))
                if not self.deaf:
                    self._answer(connection, action)
                async with self.changed:
                    self.changed.notify_all()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            connection.gone = True
            async with self.changed:
                self.changed.notify_all()

    async def until(self, true: Callable[[], bool]) -> None:
        """Return once `true()` holds, looked at after each action and each end of a connection."""
        async with self.changed:
            await self.changed.wait_for(true)

    def _answer(self, connection: Connection, action: dict[str, str]) -> None:
        name = action["Action"]
        if name in self.silent:
            return
        if name in self.answers:
            self.answers[name](connection, action)
            return
        usual = {
            "Login": self._login,
            "Ping": self._ping,
            "ListCommands": self._list_commands,
            "CoreShowChannels": self._channels,
            "CoreStatus": self._core_status,
            "QueueStatus": self._queues,
        }.get(name)
        if usual is not None:
            usual(connection, action)
        else:
            connection.send("Response: Success", f"ActionID: {action['ActionID']}", "Message: done")

    def _login(self, connection: Connection, action: dict[str, str]) -> None:
        self.logins += 1
        if action["Secret"] != self.secret:
            connection.send(
                "Response: Error", f"ActionID: {action['ActionID']}", "Message: Authentication failed"
            )
            connection.writer.close()
            return
        connection.events_on = action["Events"] == "on"
        connection.send(
            "Response: Success", f"ActionID: {action['ActionID']}", "Message: Authentication accepted"
        )
        if connection.events_on and self.boots:
            connection.send(
                "Event: FullyBooted",
                "Privilege: system,all",
                f"Uptime: {self.uptime}",
                "Status: Fully Booted",
            )

    def _ping(self, connection: Connection, action: dict[str, str]) -> None:
        connection.send(
            "Response: Success", f"ActionID: {action['ActionID']}", "Ping: Pong", f"Timestamp: {self.now}"
        )

    def _core_status(self, connection: Connection, action: dict[str, str]) -> None:
        told = (f"CoreStartupDate: {self.started}", "CoreStartupTime: 12:00:00") if self.started else ()
        connection.send("Response: Success", f"ActionID: {action['ActionID']}", *told)

    def _list_commands(self, connection: Connection, action: dict[str, str]) -> None:
        connection.send("Response: Success", f"ActionID: {action['ActionID']}", *self.commands)

    def _channels(self, connection: Connection, action: dict[str, str]) -> None:
        self._list(connection, action, "Channels", "CoreShowChannelsComplete", self.channels)

    def _queues(self, connection: Connection, action: dict[str, str]) -> None:
        self._list(connection, action, "Queue status", "QueueStatusComplete", self.queue_rows)

    @staticmethod
    def _list(
        connection: Connection, action: dict[str, str], what: str, end: str, rows: list[tuple[str, ...]]
    ) -> None:
        action_id = f"ActionID: {action['ActionID']}"
        connection.send("Response: Success", action_id, "EventList: start", f"Message: {what} will follow")
        for first, *others in rows:
            connection.send(first, action_id, *others)
        connection.send(f"Event: {end}", action_id, "EventList: Complete", f"ListItems: {len(rows)}")
