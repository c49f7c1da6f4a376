"""In-memory `Links`."""

from collections.abc import Sequence
from datetime import datetime

from callcenter.ports.calls import LinkState
from tests.fakes.memory import Memory


class FakeLinks:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def all(self) -> Sequence[LinkState]:
        return [self._memory.links[pbx] for pbx in sorted(self._memory.links)]

    async def report(self, link: LinkState) -> None:
        self._memory.links[link.pbx] = link

    async def take_lease(self, name: str, node: str, *, now: datetime, until: datetime) -> int | None:
        holder, token, held_until = self._memory.leases.get(name, (None, 0, now))
        if holder == node:
            self._memory.leases[name] = (node, token, until)
            return token
        if holder is not None and held_until > now:
            return None
        self._memory.leases[name] = (node, token + 1, until)
        return token + 1

    async def release_lease(self, name: str, node: str) -> None:
        holder, token, until = self._memory.leases.get(name, (None, 0, None))
        if holder == node and until is not None:
            self._memory.leases[name] = (None, token, until)

    async def holds_lease(self, name: str, token: int) -> bool:
        holder, newest, _ = self._memory.leases.get(name, (None, 0, None))
        return holder is not None and newest == token
