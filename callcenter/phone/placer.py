"""The exchange behind the dialer (port `dialer.ports.Pbx`): orders go out through `ami.Client`, each once.

Settling asks in this order: live channels, AstDB, event log (CEL), call records (CDR). What none of them knows while
Asterisk has been up all the time was never placed. Nothing is learnt from the answer to an order.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from ami.actions import (
    Action,
    core_show_channels,
    db_get,
    extension_state,
    hangup,
    originate_callback,
    originate_client_first,
)
from ami.client import Client
from ami.errors import AmiError, NotLive, UnsafeHeader
from ami.session import Response
from callcenter.domain.instants import to_datetime
from callcenter.phone.attempt_records import (
    attempts_in,
    evidence_in_astdb,
    evidence_in_cdr,
    evidence_in_cel,
)
from callcenter.phone.records import Record, read_since
from dialer.attempt import SECOND
from dialer.outcome import Evidence
from dialer.ports import Examination, Finding, Order, PhoneState, Placement

ASTDB_FAMILY = "cb"
EXECUTOR_FAMILY = "cbx"
"""Where the client is rung first, the dialplan notes apart how the executor's phone was reached."""
NO_SUCH_NUMBER = "Extension does not exist."
"""Asterisk's answer to an Originate into a context that has no such extension (`manager.c`)."""
_IN_USE, _OTHER_BUSY, _GONE, _RINGING, _HELD = 1, 2, 4, 8, 16
"""Bits of ExtensionState's `Status` (`pbx.h`)."""
MARGIN = timedelta(minutes=2)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordFiles:
    """Where one Asterisk keeps its own records (`asterisk-sample/`); None: it keeps none that we can read.

    hint_context: the dialplan's context with hints of the phones; empty: their state is not asked for.
    """

    cel: Path | None = None
    cdr: Path | None = None
    hint_context: str = ""


class RecordsUnreadable(Exception):
    """A record that exists could not be read in full: nothing may be concluded from what is missing in it."""


class AsteriskCalls:
    """Places and examines calls on every PBX this node follows. `clients` gives the present client by PBX name."""

    def __init__(
        self, clients: Callable[[], Mapping[str, Client | None]], records: Mapping[str, RecordFiles]
    ) -> None:
        self._clients = clients
        self._records = records

    def reachable(self) -> frozenset[str]:
        """The PBXs that take orders now."""
        return frozenset(
            name for name, client in self._clients().items() if client is not None and client.can_send
        )

    @property
    def ready(self) -> bool:
        """Some PBX takes orders now."""
        return bool(self.reachable())

    def _client(self, pbx: str) -> Client:
        client = self._clients().get(pbx)
        if client is None:
            raise NotLive(f"{pbx} is not followed by this node")
        return client

    async def executor_phone(self, order: Order) -> PhoneState:
        """What Asterisk says of the executor's phone by its hint, so that nobody is rung for an empty chair."""
        context = self._records.get(order.pbx, RecordFiles()).hint_context
        if not context:
            return PhoneState.UNKNOWN
        try:
            answer = await self._client(order.pbx).send(extension_state(_extension(order.executor), context))
        except (AmiError, UnsafeHeader) as error:
            _log.warning("a phone's state is not known", endpoint=order.executor, error=str(error))
            return PhoneState.UNKNOWN
        return phone_state(answer)

    async def place(self, order: Order) -> Placement:
        """Order the call once; Asterisk itself refuses to dial the client after the order has expired."""
        try:
            answer = await self._client(order.pbx).send(_action(order))
        except (NotLive, UnsafeHeader) as error:
            _log.warning("a callback was not sent", attempt=order.attempt_id, error=str(error))
            return Placement.NOT_SENT
        except AmiError as error:
            _log.warning("a callback's answer was lost", attempt=order.attempt_id, error=str(error))
            return Placement.UNCERTAIN
        if answer.success:
            return Placement.SENT
        _log.error("Asterisk refused a callback", attempt=order.attempt_id, message=answer.message)
        return Placement.DENIED if _is_denial(order, answer) else Placement.NOT_SENT

    async def hang_up(self, attempt_id: str) -> None:
        """End the executor's channel of an attempt, and the client's with it; none of it may be left."""
        for client in self._clients().values():
            if client is not None and client.can_send:
                try:
                    await client.send(hangup(attempt_id))
                except AmiError as error:
                    _log.warning("a callback was not taken back yet", attempt=attempt_id, error=str(error))

    async def examine(self, order: Order) -> Examination:
        """What became of the attempt, by Asterisk's own records."""
        try:
            return await self._examine(order)
        except (AmiError, RecordsUnreadable) as error:
            _log.warning("a callback cannot be settled yet", attempt=order.attempt_id, error=str(error))
            return Examination(finding=Finding.UNREADABLE)

    async def _examine(self, order: Order) -> Examination:
        client = self._client(order.pbx)
        channels = await client.send(core_show_channels())
        if not channels.success:
            raise RecordsUnreadable(f"CoreShowChannels: {channels.message}")
        if any(order.attempt_id in (row.get("Uniqueid"), row.get("Linkedid")) for row in channels.rows):
            return Examination(finding=Finding.ALIVE)
        since = to_datetime(order.claimed_at) - MARGIN
        files = self._records.get(order.pbx, RecordFiles())
        first = order.executor if order.client_first else ""
        cel = evidence_in_cel(
            await _read(files.cel, since, "eventtime"), order.attempt_id, client_first=first
        )
        kept = await _kept(client, ASTDB_FAMILY, order.attempt_id)
        if kept is not None:
            executor = await _kept(client, EXECUTOR_FAMILY, order.attempt_id) if order.client_first else None
            evidence = evidence_in_astdb(kept, client_first=order.client_first, executor=executor)
            return _over(evidence, None if cel is None else cel[1])
        if cel is not None:
            return _over(*cel)
        cdr = evidence_in_cdr(await _read(files.cdr, since, "start"), order.attempt_id, client_first=first)
        if cdr is not None:
            return _over(*cdr)
        conclusive = files.cel is not None or files.cdr is not None
        booted_at = client.booted_at
        same_boot = booted_at is not None and booted_at <= to_datetime(order.claimed_at)
        return Examination(
            finding=Finding.NO_TRACE if conclusive and same_boot else Finding.NO_TRACE_RESTARTED
        )

    async def attempts_since(self, since: datetime) -> Mapping[str, datetime]:
        """Our attempts that any Asterisk's own records tell of since then, each with the instant of its first trace."""
        found: dict[str, datetime] = {}
        for files in self._records.values():
            for path, time_field in ((files.cel, "eventtime"), (files.cdr, "start")):
                try:
                    records = await _read(path, since, time_field)
                except RecordsUnreadable as error:
                    _log.warning("records cannot be compared with the database", error=str(error))
                    continue
                for attempt_id, at in attempts_in(records, time_field).items():
                    found[attempt_id] = min(at, found.get(attempt_id, at))
        return {attempt_id: at for attempt_id, at in found.items() if at >= since}


def _extension(endpoint: str) -> str:
    """`PJSIP/201` has its hint at 201."""
    return endpoint.partition("/")[2]


def _action(order: Order) -> Action:
    expires_at = order.expires_at // SECOND
    if order.client_first:
        return originate_client_first(
            attempt_id=order.attempt_id,
            executor=order.executor,
            number=order.number,
            ring_seconds=order.ring_seconds,
            expires_at=expires_at,
            listen=order.listen,
        )
    return originate_callback(
        attempt_id=order.attempt_id,
        executor=order.executor,
        number=order.number,
        ring_seconds=order.ring_seconds,
        expires_at=expires_at,
        listen=order.listen,
    )


def _is_denial(order: Order, answer: Response) -> bool:
    """The number has no extension in the callback context; with the client first it is the executor who has none."""
    return answer.message == NO_SUCH_NUMBER and not order.client_first


def phone_state(answer: Response) -> PhoneState:
    """ExtensionState's bits as what matters here; no hint, or none that is understood, is unknown."""
    status = str(answer.headers.get("Status", ""))
    if not (answer.success and status.isascii() and status.isdigit()):
        return PhoneState.UNKNOWN
    bits = int(status)
    if bits & _GONE:
        return PhoneState.AWAY
    return PhoneState.BUSY if bits & (_IN_USE | _OTHER_BUSY | _RINGING | _HELD) else PhoneState.FREE


async def _kept(client: Client, family: str, attempt_id: str) -> str | None:
    """What the dialplan wrote into AstDB for this attempt."""
    kept = await client.send(db_get(family, attempt_id))
    return str(kept.rows[0].get("Val", "")) if kept.success and kept.rows else None


def _over(evidence: Evidence, ended: float | None) -> Examination:
    ended_at = None if ended is None else int(ended * SECOND)
    return Examination(finding=Finding.OVER, evidence=evidence, ended_at=ended_at)


async def _read(path: Path | None, since: datetime, time_field: str) -> list[Record]:
    if path is None:
        return []
    try:
        found, _ = await asyncio.to_thread(read_since, path, since, time_field)
    except OSError as error:
        raise RecordsUnreadable(f"{path}: {error}") from error
    return found
