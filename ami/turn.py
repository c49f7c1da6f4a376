"""One turn of the board: collects the changes and signals of one event, then makes the next board.

Mutable only inside one call of `reduce`; nothing of it escapes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ami.board import Board, Member
from ami.call import Call, Direction, Leg
from ami.persistent_map import PersistentMap
from ami.replacing import replace
from ami.signals import Signal


class Turn:
    """The board as it changes during one event, and what became true."""

    __slots__ = (
        "_bridges",
        "_call_of",
        "_calls",
        "_gone",
        "_members",
        "_pairs",
        "at",
        "board",
        "forged_reports",
        "rebuilding",
        "shed_calls",
        "shed_members",
        "signals",
    )

    def __init__(self, board: Board, at: datetime, *, rebuilding: bool = False) -> None:
        self.board = board
        self.at = at
        self.rebuilding = rebuilding
        self.signals: list[Signal] = []
        self.shed_calls = 0
        self.shed_members = 0
        self.forged_reports = 0
        self._calls: dict[str, Call | None] = {}
        self._call_of: dict[str, str | None] = {}
        self._gone: dict[str, datetime | None] = {}
        self._members: dict[str, Member | None] = {}
        self._bridges: dict[str, frozenset[str] | None] = {}
        self._pairs: dict[str, frozenset[str] | None] = {}

    @property
    def pbx(self) -> str:
        """The PBX this board belongs to."""
        return self.board.pbx

    def call(self, call_id: str) -> Call | None:
        """The call as it stands in this turn."""
        if call_id in self._calls:
            return self._calls[call_id]
        return self.board.calls.get(call_id)

    def call_ids(self) -> tuple[str, ...]:
        """Ids of all calls, in a fixed order."""
        before = (call_id for call_id in self.board.calls if self._calls.get(call_id, True) is not None)
        new = (call_id for call_id, call in self._calls.items() if call is not None)
        return tuple(sorted({*before, *new}))

    def put(self, call: Call) -> Call:
        """Keep this state of the call; returns it."""
        self._calls[call.call_id] = call
        return call

    def put_leg(self, call: Call, leg: Leg) -> Call:
        """Keep this state of one leg; returns the changed call."""
        self._call_of[leg.uniqueid] = call.call_id
        return self.put(replace(call, legs={**call.legs, leg.uniqueid: leg}, changed_at=self.at))

    def call_id_of(self, uniqueid: str) -> str | None:
        """The call that holds this live channel."""
        if uniqueid in self._call_of:
            return self._call_of[uniqueid]
        return self.board.call_of.get(uniqueid)

    def call_of(self, uniqueid: str) -> Call | None:
        """The call that holds this live channel, whole."""
        call_id = self.call_id_of(uniqueid)
        return None if call_id is None else self.call(call_id)

    def leg(self, uniqueid: str) -> Leg | None:
        """The live channel, wherever it is seated."""
        call = self.call_of(uniqueid)
        return None if call is None else call.legs.get(uniqueid)

    def is_gone(self, key: str) -> bool:
        """This channel (or member) is known to have ended."""
        return self.gone_at(key) is not None

    def gone_at(self, key: str) -> datetime | None:
        """When it ended, None when it is not known to have."""
        if key in self._gone:
            return self._gone[key]
        return self.board.gone.get(key)

    def remember_gone(self, key: str, at: datetime | None) -> None:
        """Remember that it ended (None: it lives again)."""
        self._gone[key] = at

    def take_leg(self, call: Call, uniqueid: str) -> Call:
        """The call without that leg; the leg is no longer seated anywhere, its bridge and pair forget it."""
        leg = call.legs.get(uniqueid)
        if leg is not None:
            self.leave_bridge(leg)
            if leg.pair:
                self._set(self._pairs, leg.pair, self.pair(leg.pair) - {uniqueid})
        self._call_of[uniqueid] = None
        legs = {key: value for key, value in call.legs.items() if key != uniqueid}
        return self.put(replace(call, legs=legs, changed_at=self.at))

    def drop(self, call: Call) -> None:
        """Forget the call; its id and its legs raise no ghosts."""
        for uniqueid in call.legs:
            call = self.take_leg(call, uniqueid)
            self.remember_gone(uniqueid, self.at)
        self._calls[call.call_id] = None
        began = call.direction is not Direction.UNKNOWN  # else its first channel was never seen, and may live
        if began and self.call_id_of(call.call_id) is None and not self.is_gone(call.call_id):
            self.remember_gone(call.call_id, self.at)

    def bridge(self, bridge_id: str) -> frozenset[str]:
        """The channels in that bridge."""
        if bridge_id in self._bridges:
            return self._bridges[bridge_id] or frozenset()
        return self.board.bridges.get(bridge_id) or frozenset()

    def enter_bridge(self, bridge_id: str, uniqueid: str) -> None:
        """The channel is in that bridge now."""
        self._bridges[bridge_id] = self.bridge(bridge_id) | {uniqueid}

    def leave_bridge(self, leg: Leg) -> None:
        """The channel is in no bridge now."""
        if leg.bridge_id:
            self._set(self._bridges, leg.bridge_id, self.bridge(leg.bridge_id) - {leg.uniqueid})

    def pair(self, name: str) -> frozenset[str]:
        """The live halves of that Local channel."""
        if name in self._pairs:
            return self._pairs[name] or frozenset()
        return self.board.pairs.get(name) or frozenset()

    def join_pair(self, leg: Leg) -> None:
        """The leg is one half of a Local channel."""
        self._pairs[leg.pair] = self.pair(leg.pair) | {leg.uniqueid}

    def member(self, key: str) -> Member | None:
        """The queue member under that key."""
        if key in self._members:
            return self._members[key]
        return self.board.members.get(key)

    def put_member(self, key: str, member: Member | None) -> None:
        """Keep this state of the member (None: no longer a member)."""
        self._members[key] = member

    def room_for_call(self) -> None:
        """Make room for one more call: over the bound, the call that was quiet longest is shed."""
        if len(self.board.calls) >= self.board.limits.calls:
            quiet = min(
                self.board.calls.values(),
                key=lambda call: (call.direction is Direction.INBOUND, call.changed_at),
            )
            current = self.call(quiet.call_id)
            if current is not None:
                self.drop(current)
                self.shed_calls += 1

    def next_board(self, **beside: datetime) -> Board:
        """The board after this turn; `beside`: its instants that change with it (one new board, not several)."""
        board = self.board
        changes: dict[str, Any] = dict(beside)
        for name, changed in (
            ("calls", self._calls),
            ("call_of", self._call_of),
            ("gone", self._gone),
            ("members", self._members),
            ("bridges", self._bridges),
            ("pairs", self._pairs),
        ):
            if changed:
                before: PersistentMap[Any] = getattr(board, name)
                changes[name] = before.with_items(changed)
        if self.shed_calls or self.shed_members or self.forged_reports:
            changes["shed"] = replace(
                board.shed,
                calls=board.shed.calls + self.shed_calls,
                members=board.shed.members + self.shed_members,
                forged_reports=board.shed.forged_reports + self.forged_reports,
            )
        return replace(board, **changes) if changes else board

    @staticmethod
    def _set(changes: dict[str, frozenset[str] | None], key: str, members: frozenset[str]) -> None:
        changes[key] = members or None
