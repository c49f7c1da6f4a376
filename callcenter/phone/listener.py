"""One PBX listened to: its signals become facts, its gaps are searched in its own records, its state is reported."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from ami.client import Client
from ami.journal import Journal
from ami.pbx import PbxSettings
from ami.signals import AttemptEnded, AttemptProgress, LinkChanged, LinkState, Signal
from callcenter.domain.calls import CallFact, CallKey
from callcenter.domain.errors import Unavailable
from callcenter.phone.records import Record, RecordedCall, calls_in_cdr, calls_in_cel, read_since, to_facts
from callcenter.phone.translate import Fact, to_fact
from callcenter.ports.unit_of_work import Clock
from callcenter.services.hotline import Hotline
from callcenter.services.telephony import HEARTBEAT, Telephony, Turn

FIRST_LOOK_BACK = timedelta(hours=1)
MARGIN = timedelta(minutes=2)
RETRY_AFTER = 0.5

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListenerSettings:
    """A PBX and where it keeps its own records; `journal_dir` None: raw events are not kept."""

    pbx: PbxSettings
    cel_file: Path | None = None
    cdr_file: Path | None = None
    journal_dir: Path | None = None


class LeaseLost(Exception):
    """Another node listens now, or the database was away for so long that it may."""


class PbxListener:
    """Listens while it holds the lease; stops at once when it may have lost it.

    A database that is away stops the reading, not the link: nothing is acknowledged that is not committed, and
    what overflows meanwhile is found again by snapshot and records.
    """

    def __init__(
        self,
        settings: ListenerSettings,
        *,
        hotline: Hotline,
        telephony: Telephony,
        clock: Clock,
        observe: Callable[[float], None] = lambda _seconds: None,
        on_attempt: Callable[[Signal], Awaitable[None]] | None = None,
    ) -> None:
        self.settings = settings
        self.client: Client | None = None
        self.bad_records = 0
        self._hotline = hotline
        self._telephony = telephony
        self._clock = clock
        self._observe = observe
        self._on_attempt = on_attempt
        self._live = False
        self._reason = "not connected yet"
        self._since = clock.now()
        self._heard: datetime | None = None
        self._gap_since: datetime | None = None
        self._journal = Journal(settings.journal_dir, self.name) if settings.journal_dir else None

    @property
    def name(self) -> str:
        """The PBX's name in the settings."""
        return self.settings.pbx.name

    async def run(self) -> None:
        """Wait for the lease, listen, and begin again, until cancelled."""
        while True:
            turn = await self._wait_for_turn()
            try:
                await self._listen(turn)
            except* LeaseLost:
                _log.warning("another node may listen now", pbx=self.name)

    async def _wait_for_turn(self) -> Turn:
        while True:
            with contextlib.suppress(Unavailable):
                turn = await self._telephony.take_turn(self.name)
                if turn is not None:
                    return turn
            await asyncio.sleep(HEARTBEAT.total_seconds())

    async def _listen(self, turn: Turn) -> None:
        self._gap_since = turn.last_heard or self._clock.now() - FIRST_LOOK_BACK
        self._heard = turn.last_heard
        self.client = Client(
            self.settings.pbx, on_signals=self._take, clock=self._clock.now, journal=self._journal
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.client.run())
                tasks.create_task(self._keep_turn(turn))
        finally:
            self.client = None
            with contextlib.suppress(Unavailable):
                await self._telephony.give_up_turn(self.name)

    async def _keep_turn(self, turn: Turn) -> None:
        until = turn.until
        while True:
            await asyncio.sleep(HEARTBEAT.total_seconds())
            try:
                renewed = await self._telephony.take_turn(self.name)
                if renewed is None:
                    raise LeaseLost(self.name)
                until = renewed.until
                await self._report()
            except Unavailable as error:
                _log.warning("the lease could not be renewed", pbx=self.name, error=str(error))
                if self._clock.now() >= until:
                    raise LeaseLost(self.name) from error

    async def _report(self) -> None:
        now = self._clock.now()
        if self._live:
            self._heard = now
        await self._telephony.report(
            self.name,
            state="live" if self._live else "down",
            since=self._since,
            reason=self._reason,
            heard=self._heard or self._since,
        )

    async def _take(self, signals: Sequence[Signal]) -> None:
        """Commit what the signals say, in order; a change of the link is reported at its place among them."""
        facts: list[Fact] = []
        became_live: LinkChanged | None = None
        for signal in signals:
            if isinstance(signal, LinkChanged):
                await self._apply(facts)
                facts = []
                await self._link_changed(signal)
                became_live = signal if self._live else None
            elif isinstance(signal, (AttemptProgress, AttemptEnded)):
                await self._attempt(signal)
            elif (fact := to_fact(signal)) is not None:
                facts.append(fact)
        await self._apply(facts)
        if became_live is not None:
            await self._search_gap(restarted=became_live.restarted)

    async def _attempt(self, signal: Signal) -> None:
        on_attempt = self._on_attempt
        if on_attempt is not None:
            await self._until_committed(lambda: on_attempt(signal))

    async def _apply(self, facts: Sequence[Fact]) -> None:
        if facts:
            await self._until_committed(lambda: self._hotline.apply(facts))
            self._observe(max(0.0, (self._clock.now() - facts[0].at).total_seconds()))

    async def _until_committed(self, work: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await work()
            except Unavailable as error:
                _log.warning("the database is away, calls wait", pbx=self.name, error=str(error))
                await asyncio.sleep(RETRY_AFTER)
            else:
                return

    async def _link_changed(self, change: LinkChanged) -> None:
        """Screens know two states; `since` is when it was last live, however many attempts failed meanwhile."""
        live = change.state is LinkState.LIVE
        told = (self._live, self._reason)
        if live != self._live:
            self._since = change.at
            self._gap_since = self._gap_since if live else self._heard or change.at
        self._live = live
        self._reason = "" if live else change.reason or self._reason
        if told != (self._live, self._reason):
            _log.info("telephony link", pbx=self.name, live=live, reason=self._reason)
            await self._until_committed(self._report)

    async def _search_gap(self, *, restarted: bool) -> None:
        """Find the calls that came while nobody listened; close those that are no longer there."""
        client, since = self.client, self._gap_since
        if client is None or since is None:
            return
        found = await asyncio.to_thread(self._recorded_calls, since - MARGIN)
        live = frozenset(CallKey(pbx=self.name, linkedid=call.call_id) for call in client.board.inbound())
        facts: list[CallFact] = [
            fact
            for call in found
            if CallKey(pbx=self.name, linkedid=call.linkedid) not in live
            for fact in to_facts(self.name, call)
        ]
        ringing = frozenset(
            (CallKey(pbx=self.name, linkedid=phone.call_id), phone.endpoint)
            for phone in client.board.ringing()
        )
        await self._until_committed(
            lambda: self._hotline.reconcile(
                self.name, live, found=facts, ringing=ringing, restarted=restarted
            )
        )

    def _recorded_calls(self, since: datetime) -> tuple[RecordedCall, ...]:
        """CDR first, for it knows the reason; then what only CEL has."""
        by_id = {call.linkedid: call for call in calls_in_cel(self._read(self.settings.cel_file, since, "eventtime"),
                                                              self.settings.pbx.dialplan.trunk_contexts)}  # fmt: skip
        by_id |= {
            call.linkedid: call for call in calls_in_cdr(self._read(self.settings.cdr_file, since, "start"))
        }
        return tuple(sorted(by_id.values(), key=lambda call: call.entered_at))

    def _read(self, path: Path | None, since: datetime, time_field: str) -> list[Record]:
        if path is None:
            return []
        try:
            found, bad = read_since(path, since, time_field)
        except OSError as error:
            _log.warning("Asterisk's records cannot be read", pbx=self.name, file=str(path), error=str(error))
            return []
        self.bad_records += bad
        return found
