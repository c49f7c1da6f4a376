"""`/live`: server-sent events for the signed-in person, with replay after a lost connection.

The stream's event id is the id in the
stored log, so a browser that comes back is given exactly what it missed. The stream ends with its session.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from callcenter.domain.errors import Forbidden, TooManyAttempts
from callcenter.domain.live import FLOOR, LiveKind, LiveMessage, to_person, to_role
from callcenter.domain.people import Action
from callcenter.ports.live import Subscription
from callcenter.web.keys import CLOCK, FEED, FRAMES, SERVICES, SETTINGS, Visitor
from callcenter.web.responses import visitor
from callcenter.web.visitors import is_over

_ENDED = b"event: session.ended\ndata: {}\n\n"
_RESET = b"event: stream.reset\ndata: {}\n\n"
STREAMS: web.AppKey[Counter[int]] = web.AppKey("streams", Counter)
"""Open streams by person."""
_TRY_AGAIN = 60
_WRITE_TIMEOUT = 20.0
_NEVER_WAITED_FOR = 2**15
"""Bytes; so much always fits into an empty buffer of a connection."""


def audiences_of(who: Visitor) -> frozenset[str]:
    """What this person may hear: his own phone, his roles, and the floor when he may see the line."""
    own = {to_person(who.person.id), *(to_role(role) for role in who.person.roles)}
    return frozenset(own | {FLOOR}) if who.may(Action.SEE_LINE) else frozenset(own)


def position_of(request: web.Request) -> int | None:
    """The last message the browser saw; a fresh address carries it as `after`, a retry as `Last-Event-ID`."""
    seen = [
        int(text)
        for text in (request.headers.get("Last-Event-ID", ""), request.query.get("after", ""))
        if text.isascii() and text.isdigit() and len(text) < 19
    ]
    return max(seen, default=None)


async def live(request: web.Request) -> web.StreamResponse:
    """The stream itself; returns when the session ended, the inbox overflowed or the browser left.

    Raises:
        Forbidden: a page of another site asks.
        TooManyAttempts: the person holds as many streams as one person may.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("the stream is for our own pages", why="foreign_origin")
    who = visitor(request)
    audiences = audiences_of(who)
    with _counted(request, who), contextlib.closing(request.app[FEED].subscribe(audiences)) as inbox:
        response = EventSourceResponse(
            headers={"Cache-Control": "no-store"}, ping_interval=request.app[SETTINGS].stream_ping
        )
        response.headers["Cache-Control"] = "no-store"
        await response.prepare(request)
        async with response:
            with contextlib.suppress(ConnectionResetError, TimeoutError):
                await _Stream(request, who, response, inbox, audiences).run(position_of(request))
    return response


@contextlib.contextmanager
def _counted(request: web.Request, who: Visitor) -> Iterator[None]:
    """Each stream costs memory and a connection: nobody takes those of the others, by a fault or by will."""
    streams, person = request.app[STREAMS], who.person.id
    if streams[person] >= request.app[SETTINGS].streams_of_one:
        raise TooManyAttempts("too many live streams of one person", retry_after=_TRY_AGAIN)
    streams[person] += 1
    try:
        yield
    finally:
        streams[person] -= 1
        if not streams[person]:
            del streams[person]


class _Stream:
    def __init__(
        self,
        request: web.Request,
        who: Visitor,
        response: EventSourceResponse,
        inbox: Subscription,
        audiences: frozenset[str],
    ) -> None:
        self._app = request.app
        self._request = request
        self._who = who
        self._response = response
        self._inbox = inbox
        self._audiences = audiences
        self._replayed_to = 0

    async def run(self, after: int | None) -> None:
        await self._write(b"retry: 1000\n\n")
        if after is not None:
            await self._replay(after)
        try:
            # one timer for the whole stream: one for each message costs more than the message
            async with asyncio.timeout(self._seconds_left()) as session:
                await self._follow()
        except TimeoutError:
            if not session.expired():
                raise
            await self._write(_ENDED)

    async def _follow(self) -> None:
        """Until the session was ended or the inbox overflowed."""
        if self._response.headers.get("Transfer-Encoding") == "chunked":
            self._inbox.take_at_once(self._send_now)
        while (first := await self._inbox.next()) is not None:
            batch = [message for message in (first, *self._inbox.waiting()) if message.id > self._replayed_to]
            await self._send(batch)
            if any(message.kind is LiveKind.SESSION_ENDED for message in batch) and await self._is_over():
                await self._write(_ENDED)
                return

    async def _replay(self, after: int) -> None:
        """What was missed; too much of it, and the page is told to read its state again instead."""
        limit = self._app[SETTINGS].replay_limit
        async with self._app[SERVICES].open_uow(write=False) as uow:
            missed = await uow.live.after(after, limit=limit)
            newest = missed[-1].id if missed else after
            if len(missed) == limit:
                newest = await uow.live.last_id()
        self._replayed_to = newest
        if len(missed) == limit:
            await self._write(f"id: {newest}\n".encode() + _RESET)
        else:
            await self._send([message for message in missed if message.audience in self._audiences])

    async def _send(self, messages: Sequence[LiveMessage]) -> None:
        frames = self._app[FRAMES]
        shown = [frames.of(message) for message in messages if message.kind is not LiveKind.SESSION_ENDED]
        if shown:
            await self._write(b"".join(shown))

    def _send_now(self, messages: Sequence[LiveMessage]) -> bool:
        """Straight to a connection that has sent everything so far; whatever may have to wait is left to the task."""
        transport = self._request.transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size():
            return False
        new = [message for message in messages if message.id > self._replayed_to]
        if any(message.kind is LiveKind.SESSION_ENDED for message in new):
            return False
        if new:
            chunk = self._app[FRAMES].chunk_of(new)
            if len(chunk) >= _NEVER_WAITED_FOR:
                return False
            transport.write(chunk)
        return True

    async def _write(self, frame: bytes) -> None:
        """A browser that reads takes it at once; one that does not is given up after a while."""
        transport = self._request.transport
        if len(frame) < _NEVER_WAITED_FOR and transport is not None and not transport.get_write_buffer_size():
            await self._response.write(frame)
            return
        async with asyncio.timeout(_WRITE_TIMEOUT):
            await self._response.write(frame)

    async def _is_over(self) -> bool:
        return await is_over(self._app, self._who.session, self._now())

    def _seconds_left(self) -> float:
        return max(0.0, (self._who.session.expires_at - self._now()).total_seconds())

    def _now(self) -> datetime:
        return self._app[CLOCK].now()
