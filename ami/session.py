"""One connection to Asterisk: panoramisk's protocol and action matching, with its traps cured.

panoramisk gives the action ids, the matching of answers and the lists. Ours are the framing on bytes, the place
where events leave before they reach it, and what happens at the end: nothing reconnects by itself, nothing is
ever sent again, and every waiting caller is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Final

from panoramisk import Manager
from panoramisk.actions import Action as PanoramiskAction
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from ami.actions import Action
from ami.errors import ActionTimeout, LinkLost
from ami.events import KNOWN_EVENTS, Headers
from ami.framing import LARGEST_MESSAGE, Framer, FramingCounts

_ACTION_ID: Final = b"\r\nActionID: "
LIST_EVENTS: Final = (
    "CoreShowChannel",
    "CoreShowChannelsComplete",
    "QueueParams",
    "QueueMember",
    "QueueEntry",
    "QueueStatusComplete",
    "DBGetResponse",
    "DBGetComplete",
)
READ_GATHER: Final = 0.003
"""Seconds for which the rest of a burst is left in the socket; shorter than the consumer waits for it (`GATHER`)."""
WANTED: Final = frozenset((*KNOWN_EVENTS, *LIST_EVENTS))

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """Asterisk's answer to one action; `rows` are the list events that followed it."""

    success: bool
    message: str
    headers: Headers
    rows: tuple[Headers, ...] = ()


class _Everything(Collection[str]):
    """Names of all actions: none is ever sent again after a break."""

    def __contains__(self, _: object) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """AMIProtocol with framing on bytes; an exception in here never reaches the transport."""

    def __init__(self, session: Session, framer: Framer) -> None:
        self.session = session
        self.framer = framer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.session.heard()

    def data_received(self, data: bytes) -> None:
        self.session.heard()
        was_event = False
        for message in self.framer.feed(data):
            try:
                was_event = self._take(message)
            except Exception as error:  # noqa: BLE001 - one bad message must not close the link
                self.session.put_aside(message, f"{type(error).__name__}: {error}")
        if was_event:
            self._let_more_come()

    def _let_more_come(self) -> None:
        """Asterisk writes each event by itself: the rest of a burst is read in one piece a moment later."""
        self.transport.pause_reading()
        asyncio.get_running_loop().call_later(READ_GATHER, self._read_on)

    def _read_on(self) -> None:
        if not self.closed and not self.transport.is_closing():
            self.transport.resume_reading()

    def _take(self, message: bytes) -> bool:
        """Hand the message on; whether it was an event that nobody had asked for."""
        if message.startswith(b"Event: ") and not self._is_answer(message):
            self.session.on_event(message)
            return True
        answer = Message.from_line(message.decode("utf-8", "replace"))
        if answer is None:
            self.session.put_aside(message, "neither an event nor a response")
            return False
        self.handle_message(answer)
        return False

    def _is_answer(self, message: bytes) -> bool:
        """Rows of a list that we asked for carry the id of our waiting action; broadcast events do not."""
        if not self.responses:
            return False
        start = message.find(_ACTION_ID)
        if start < 0:
            return False
        start += len(_ACTION_ID)
        end = message.find(b"\r\n", start)
        return message[start : end if end >= 0 else None].decode("utf-8", "replace") in self.responses

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        waiting = list(self.responses.values())
        self.responses.clear()
        for action in waiting:
            action.future.cancel()
        self.session.lost.set()

    def close(self) -> None:
        if not self.closed:
            self.transport.close()


class _Manager(Manager):  # type: ignore[misc]
    """panoramisk's Manager without its own pinger, reconnecting and re-sending."""

    def ping(self) -> None:
        """The watchdog of the supervisor pings."""

    def connection_lost(self, exc: object) -> None:
        """The supervisor reconnects."""

    async def send_awaiting_actions(self, *_: object) -> None:
        """Nothing waits to be sent again."""


class Session:
    """One connection, from connect to its end. Never reconnects.

    `on_event` gets each broadcast event as bytes, synchronously; it must only put it aside for later.
    `on_bad` gets each message that is no message. `lost` is set when the connection is gone.
    """

    def __init__(
        self,
        *,
        on_event: Callable[[bytes], None],
        on_bad: Callable[[bytes, str], None],
        counts: FramingCounts | None = None,
        largest: int = LARGEST_MESSAGE,
    ) -> None:
        self.on_event = on_event
        self.put_aside = on_bad
        self.lost = asyncio.Event()
        self.framer = Framer(wanted=WANTED, largest=largest, counts=counts)
        self.heard_at = 0.0
        self._manager: Any = None

    def heard(self) -> None:
        """A sign of life came in."""
        self.heard_at = asyncio.get_running_loop().time()

    async def connect(self, host: str, port: int, *, ssl: SSLContext | None, patience: float) -> None:
        """Open the connection. Raises OSError or TimeoutError."""
        loop = asyncio.get_running_loop()
        self._manager = _Manager(
            host=host,
            port=port,
            loop=loop,
            encoding="utf8",
            forgetable_actions=_Everything(),
            protocol_factory=lambda: _Protocol(self, self.framer),
            log=_log,
        )
        async with asyncio.timeout(patience):
            made = await loop.create_connection(self._manager.config["protocol_factory"], host, port, ssl=ssl)
        opened: asyncio.Future[Any] = loop.create_future()
        opened.set_result(made)
        self._manager.connection_made(opened)
        self._manager.pinger.cancel()

    async def send(self, action: Action, timeout: float) -> Response:  # noqa: ASYNC109 - a promise of the API
        """Send once and wait for Asterisk's answer. Raises LinkLost, or ActionTimeout after `timeout` seconds."""
        if self._manager is None or self.lost.is_set():
            raise LinkLost(f"{action.name} was not sent: there is no connection")
        sent = PanoramiskAction({"Action": action.name, **_grouped(action.headers)})
        protocol = self._manager.protocol
        future = protocol.send(sent, as_list=None if action.lists else False)
        try:
            await asyncio.wait({future}, timeout=timeout)
        finally:
            protocol.responses.pop(sent.id, None)
        if future.cancelled():
            raise LinkLost(f"the link broke before Asterisk answered {action.name}")
        if not future.done():
            future.cancel()
            raise ActionTimeout(f"no answer to {action.name} within {timeout:g} s")
        return _response(future.result())

    def ping(self) -> None:
        """Send a sign of life; whatever comes back counts as one."""
        if self._manager is not None and not self.lost.is_set():
            protocol = self._manager.protocol
            if len(protocol.responses) < 100:
                protocol.send(PanoramiskAction({"Action": "Ping"}), as_list=False)

    def abort(self) -> None:
        """Drop the connection now, without waiting for the other side."""
        if self._manager is not None and self._manager.protocol is not None:
            self._manager.protocol.transport.abort()

    async def close(self) -> None:
        """Close the connection and wait until it is closed (aborted after one second)."""
        if self._manager is None or self._manager.protocol is None or self.lost.is_set():
            return
        self._manager.protocol.close()
        try:
            async with asyncio.timeout(1.0):
                await self.lost.wait()
        except TimeoutError:
            self.abort()


def _grouped(headers: tuple[tuple[str, str], ...]) -> dict[str, str | list[str]]:
    """A header that is to be sent more than once (Variable) as panoramisk takes it: with a list of its values."""
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in grouped.items()}


def _response(answer: Any) -> Response:
    messages = answer if isinstance(answer, list) else [answer]
    first = messages[0]
    rows = tuple(dict(row) for row in messages[1:] if not str(row.event).endswith("Complete"))
    return Response(success=bool(first.success), message=str(first.message), headers=dict(first), rows=rows)
