"""The client of one PBX: two supervised links, one ordered queue of events, one consumer, one board.

The events link carries events and snapshots; the actions link (events off) carries what we ask for, so that no
event is mistaken for an answer. Outcomes are learnt from events only, never from the answer to an action.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from ami.actions import Action, list_commands
from ami.board import Board
from ami.consumer import Consumer, OnSignals
from ami.errors import AmiError, NotLive
from ami.event_types import FullyBooted, Tick
from ami.events import parse
from ami.framing import headers_of
from ami.inbox import Inbox
from ami.journal import Journal
from ami.link import Link
from ami.pbx import ClientCounts, PbxSettings
from ami.privileges import refuse_dangerous
from ami.schema import MalformedEvent
from ami.session import Response, Session
from ami.signals import LinkChanged, LinkState
from ami.synchronise import asterisk_clock, boot_name, take_snapshot

_log = logging.getLogger(__name__)
_SAME_BOOT_WITHIN: Final = timedelta(seconds=2)
"""Uptime is told in whole seconds; used where Asterisk does not tell the second it started."""


class Client:
    """Follows one PBX and hands its signals, in order, to `on_signals`.

    `on_signals` is awaited before the next events are read; if it raises, the failure is logged and counted and
    the next signals follow. `clock` gives our own UTC time, for what Asterisk does not stamp.
    """

    def __init__(
        self,
        settings: PbxSettings,
        *,
        on_signals: OnSignals,
        clock: Callable[[], datetime],
        journal: Journal | None = None,
    ) -> None:
        self.settings = settings
        self.counts = ClientCounts()
        self.stale_since: datetime | None = clock()
        self.reason = "not started"
        self.actions_reason = "not started"
        self._clock = clock
        self._inbox = Inbox(settings.queued_messages, self.counts)
        self._consumer = Consumer(
            Board(pbx=settings.name, dialplan=settings.dialplan, limits=settings.limits),
            on_signals=on_signals,
            clock=clock,
            counts=self.counts,
            journal=journal,
        )
        self._changed = asyncio.Event()
        self._booted = asyncio.Event()
        self._uptime = 0
        self._booted_heard_at = 0.0
        self._boot: tuple[str, datetime | None] = ("", None)
        self._restarted = False
        self._asterisk_time: tuple[datetime, float] | None = None
        self._events = self._link(events=True, prepare=self._synchronise, on_state=self._events_changed)
        self._actions = self._link(events=False, prepare=self._check_account, on_state=self._actions_changed)

    def _link(
        self,
        *,
        events: bool,
        prepare: Callable[[Session], Awaitable[None]],
        on_state: Callable[[LinkState, str], None],
    ) -> Link:
        def make_session() -> Session:
            return Session(
                on_event=self._take if events else _ignore,
                on_bad=self._consumer.put_aside,
                counts=self.counts.framing,
                largest=self.settings.link.largest_message,
            )

        return Link(
            self.settings.link, events=events, make_session=make_session, prepare=prepare, on_state=on_state
        )

    @property
    def board(self) -> Board:
        """The PBX as it stands; right while the state is LIVE, the last known state otherwise."""
        return self._consumer.board

    @property
    def state(self) -> LinkState:
        """State of the events link: LIVE means that the board is right."""
        return self._events.state

    @property
    def can_send(self) -> bool:
        """Actions may be sent: both links are LIVE."""
        return self._events.state is LinkState.LIVE and self._actions.state is LinkState.LIVE

    @property
    def booted_at(self) -> datetime | None:
        """When this Asterisk started, by its own clock; None before the first snapshot."""
        return self._boot[1]

    async def run(self) -> None:
        """Follow the PBX until cancelled. Both connections are closed on the way out."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._events.run())
            tasks.create_task(self._actions.run())
            tasks.create_task(self._consumer.run(self._inbox))
            tasks.create_task(self._tick())

    async def wait_until(self, state: LinkState, *, sending: bool = False) -> None:
        """Return once the link is in that state (and, with `sending`, actions can be sent)."""
        while self.state is not state or (sending and not self.can_send):
            self._changed.clear()
            await self._changed.wait()

    async def send(self, action: Action, timeout: float | None = None) -> Response:  # noqa: ASYNC109 - a promise
        """Send once, on the actions link. Refused with NotLive unless LIVE: nothing is kept to be sent later.

        Raises ActionTimeout or LinkLost when Asterisk's answer did not come: the action may have happened.
        """
        session = self._actions.session
        if not self.can_send or session is None:
            why = self.reason or self.actions_reason or "the actions link is not ready"
            raise NotLive(f"{action.name} was not sent: {why}")
        return await session.send(action, self.settings.link.action_within if timeout is None else timeout)

    def _take(self, message: bytes) -> None:
        """From the socket: only put into the inbox."""
        if message.startswith(b"Event: FullyBooted"):
            self._fully_booted(message)
        self._inbox.put_message(message)

    def _fully_booted(self, message: bytes) -> None:
        try:
            event = parse(headers_of(message), arrived_at=self._clock())
        except MalformedEvent:
            return  # the consumer counts it and puts it aside
        if isinstance(event, FullyBooted):
            self._uptime, self._booted_heard_at = event.uptime, asyncio.get_running_loop().time()
            self._booted.set()

    async def _synchronise(self, session: Session) -> None:
        """Wait until Asterisk is ready, then put the board right by a snapshot, before any newer event counts."""
        self._inbox.hold()
        try:
            self._events.enter(LinkState.WAIT_BOOTED)
            await self._wait_booted(session)
            self._events.enter(LinkState.SYNCING)
            await self._snapshot(session)
        finally:
            self._inbox.release()

    async def _wait_booted(self, session: Session) -> None:
        booted, lost = asyncio.create_task(self._booted.wait()), asyncio.create_task(session.lost.wait())
        try:
            await asyncio.wait(
                (booted, lost), timeout=self.settings.booted_within, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            booted.cancel()
            lost.cancel()
        if session.lost.is_set():
            raise NotLive("the link broke while Asterisk was starting")
        if not self._booted.is_set():
            raise NotLive("Asterisk is not fully booted, or the account lacks `read = system`")

    async def _snapshot(self, session: Session) -> None:
        patience = self.settings.link.action_within
        now = await asterisk_clock(session, patience)
        fresh = self.state is LinkState.SYNCING
        if fresh:
            self._restarted = await self._is_another_run(session, now)
            self.counts.restarts += self._restarted
        restarted = fresh and self._restarted
        snapshot, bad = await take_snapshot(session, now, patience, restarted=restarted)
        self._asterisk_time = (now, asyncio.get_running_loop().time())
        self.counts.malformed += bad
        self.counts.snapshots += 1
        self._inbox.put(snapshot)

    async def _is_another_run(self, session: Session, now: datetime) -> bool:
        """This Asterisk is not the one that the board was in step with: it was restarted in between."""
        since_told = asyncio.get_running_loop().time() - self._booted_heard_at
        boot_at = now - timedelta(seconds=self._uptime + since_told)
        name = await boot_name(session, self.settings.link.action_within)
        (name_before, boot_before), self._boot = self._boot, (name, boot_at)
        if name and name_before:
            return name != name_before
        return boot_before is not None and boot_at - boot_before > _SAME_BOOT_WITHIN

    async def _check_account(self, session: Session) -> None:
        """Refuse an account that is equal to a shell before anything is sent with it."""
        if self.settings.refuse_dangerous:
            answer = await session.send(list_commands(), self.settings.link.action_within)
            refuse_dangerous(answer.headers)

    def _events_changed(self, state: LinkState, reason: str) -> None:
        now = self._clock()
        if state is LinkState.LIVE:
            self.stale_since, self.reason = None, ""
        else:
            self.stale_since = self.stale_since or now
            self.reason = reason or self.reason
        if state is LinkState.CONNECTING:
            self._booted.clear()
        if state is LinkState.DOWN:
            self.counts.breaks += 1
            _log.warning("telephony link of %s is down: %s", self.settings.name, reason)
        restarted = state is LinkState.LIVE and self._restarted
        self._inbox.put(
            LinkChanged(pbx=self.settings.name, at=now, state=state, reason=reason, restarted=restarted)
        )
        self._changed.set()

    def _actions_changed(self, state: LinkState, reason: str) -> None:
        self.actions_reason = "" if state is LinkState.LIVE else (reason or self.actions_reason)
        if state is LinkState.DOWN:
            _log.warning("actions link of %s is down: %s", self.settings.name, reason)
        self._changed.set()

    async def _tick(self) -> None:
        """Let time pass on the board while the link is LIVE; check the board now and then.

        The time is Asterisk's, carried on by a clock that never jumps: ours may be set right at any moment.
        """
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        while True:
            await asyncio.sleep(self.settings.tick_every)
            session = self._events.session
            if self.state is not LinkState.LIVE or session is None:
                checked_at = loop.time()
                continue
            if self._asterisk_time is not None:
                told, heard_at = self._asterisk_time
                self._inbox.put_tick(Tick(at=told + timedelta(seconds=loop.time() - heard_at)))
            if self._inbox.lossy or loop.time() - checked_at >= self.settings.snapshot_every:
                checked_at = loop.time()
                await self._check_board(session)

    async def _check_board(self, session: Session) -> None:
        """A link that cannot give a snapshot is dropped; the supervisor brings it back, with one."""
        try:
            await self._snapshot(session)
        except AmiError as error:
            _log.warning("no snapshot of %s: %s", self.settings.name, error)
            session.abort()


def _ignore(_: bytes) -> None:
    """Events on the actions link (there should be none) are of no use."""
