"""Takes a snapshot of Asterisk over one session, stamped with Asterisk's own clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from ami.actions import core_show_channels, core_status, ping, queue_status
from ami.errors import LinkLost
from ami.event_types import QueueMember
from ami.schema import Headers, MalformedEvent
from ami.session import Session
from ami.snapshot import LiveChannel, QueuedCaller, Snapshot, listed_member, live_channel, queued_caller

T = TypeVar("T")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def asterisk_clock(session: Session, patience: float) -> datetime:
    """Asterisk's time now, from its answer to Ping. Raises LinkLost when it does not say."""
    answer = await session.send(ping(), patience)
    stamp = answer.headers.get("Timestamp")
    try:
        seconds, _, micros = str(stamp).partition(".")
        return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros or "0"))
    except (ValueError, OverflowError):
        raise LinkLost("Asterisk's answer to Ping has no Timestamp") from None


async def boot_name(session: Session, patience: float) -> str:
    """What names this run of Asterisk: the second it started, as it says itself; empty when it does not say.

    `FullyBooted.Uptime` alone cannot tell a restart that took less than two seconds from a lost link.
    """
    answer = await session.send(core_status(), patience)
    date, time = (answer.headers.get(f"CoreStartup{part}") for part in ("Date", "Time"))
    return f"{date} {time}" if answer.success and isinstance(date, str) and isinstance(time, str) else ""


async def take_snapshot(
    session: Session, at: datetime, patience: float, *, restarted: bool
) -> tuple[Snapshot, int]:
    """All channels, callers and members; and how many rows were malformed and left out.

    Raises LinkLost when Asterisk refuses the lists (the account lacks `reporting`), AmiError when the link breaks.
    """
    channels = await session.send(core_show_channels(), patience)
    queues = await session.send(queue_status(), patience)
    for answer, what in ((channels, "CoreShowChannels"), (queues, "QueueStatus")):
        if not answer.success:
            raise LinkLost(
                f"Asterisk refused {what}: {answer.message}; the account needs `write = reporting`"
            )
    bad: list[MalformedEvent] = []
    rows = tuple(_rows(channels.rows, "CoreShowChannel", live_channel, bad))
    callers = tuple(_rows(queues.rows, "QueueEntry", queued_caller, bad))

    def member(headers: Headers) -> QueueMember:
        return listed_member(headers, at)

    members = tuple(_rows(queues.rows, "QueueMember", member, bad))
    snapshot = Snapshot(at=at, channels=rows, callers=callers, members=members, restarted=restarted)
    return snapshot, len(bad)


def _rows(
    rows: Iterable[Headers], event: str, build: Callable[[Headers], T], bad: list[MalformedEvent]
) -> Iterable[T]:
    for row in rows:
        if row.get("Event") != event:
            continue
        try:
            yield build(row)
        except MalformedEvent as error:
            bad.append(error)


__all__ = ["LiveChannel", "QueuedCaller", "asterisk_clock", "boot_name", "take_snapshot"]
