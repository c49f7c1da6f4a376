"""One PBX as it is configured, and what was counted while following it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ami.board import Dialplan, Limits
from ami.framing import FramingCounts
from ami.link import LinkSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class PbxSettings:
    """One PBX: its name (part of every call's key), its links, its dialplan, and the bounds of what is kept.

    refuse_dangerous: do not go LIVE with an account that may run commands or change configuration. Times in seconds.
    """

    name: str
    link: LinkSettings
    dialplan: Dialplan = field(default_factory=Dialplan)
    limits: Limits = field(default_factory=Limits)
    queued_messages: int = 20_000
    tick_every: float = 1.0
    snapshot_every: float = 300.0
    booted_within: float = 60.0
    refuse_dangerous: bool = True


@dataclass(slots=True)
class ClientCounts:
    """What the client has met since it was made.

    malformed: messages put aside; unknown: events nobody uses; dropped: the queue was full (a snapshot followed);
    poisonous: events that a rule of ours failed on (a bug of ours, put aside with its payload).
    """

    framing: FramingCounts = field(default_factory=FramingCounts)
    events: int = 0
    malformed: int = 0
    unknown: int = 0
    poisonous: int = 0
    dropped: int = 0
    breaks: int = 0
    restarts: int = 0
    snapshots: int = 0
    failed_deliveries: int = 0
