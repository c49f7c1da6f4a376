"""In-memory `Calls`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.calls import Call, CallKey, CallOutcome, Hotline, RingEnd, Ringing, Transfer
from callcenter.domain.errors import Conflict, NotFound
from tests.fakes.memory import Memory


class FakeCalls:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def hotline_by_did(self, e164: str) -> Hotline | None:
        return next((each for each in self._memory.hotlines.values() if e164 in each.dids), None)

    async def hotlines(self) -> Sequence[Hotline]:
        return list(self._memory.hotlines.values())

    async def add_hotline(self, hotline: Hotline) -> Hotline:
        if any(each.dids & hotline.dids for each in self._memory.hotlines.values()):
            raise Conflict("did")
        added = replace(hotline, id=self._memory.next_id("hotline"))
        self._memory.hotlines[added.id] = added
        return added

    async def advertise(self, hotlines: Sequence[Hotline]) -> None:
        known = {each.name: each for each in self._memory.hotlines.values()}
        for each in known.values():
            self._memory.hotlines[each.id] = replace(each, dids=frozenset())
        for wanted in hotlines:
            if wanted.name in known:
                self._memory.hotlines[known[wanted.name].id] = replace(wanted, id=known[wanted.name].id)
            else:
                await self.add_hotline(wanted)

    async def by_key(self, key: CallKey) -> Call | None:
        return next((each for each in self._memory.calls.values() if each.key == key), None)

    async def by_id(self, call_id: int) -> Call | None:
        return self._memory.calls.get(call_id)

    async def add(self, call: Call) -> Call:
        if await self.by_key(call.key):
            raise Conflict("call")
        added = replace(call, id=self._memory.next_id("call"))
        self._memory.calls[added.id] = added
        return added

    async def save(self, call: Call) -> None:
        if call.id not in self._memory.calls:
            raise NotFound("call", call_id=call.id)
        self._memory.calls[call.id] = call

    async def open_calls(self, pbx: str | None = None) -> Sequence[Call]:
        return sorted(
            (
                each
                for each in self._memory.calls.values()
                if each.ended_at is None and pbx in {None, each.key.pbx}
            ),
            key=lambda each: (each.entered_at, each.id),
        )

    async def last_of_number(self, e164: str, *, limit: int) -> Sequence[Call]:
        return [each for each in await self.recent(limit=10**9) if each.caller.e164 == e164][:limit]

    async def recent(self, *, limit: int) -> Sequence[Call]:
        newest = sorted(
            self._memory.calls.values(), key=lambda each: (each.entered_at, each.id), reverse=True
        )
        return newest[:limit]

    async def of_ticket(self, ticket_id: int) -> Sequence[Call]:
        mine = (each for each in self._memory.calls.values() if each.ticket_id == ticket_id)
        return sorted(mine, key=lambda each: (each.entered_at, each.id))

    async def move(self, from_ticket: int, to_ticket: int) -> int:
        moved = await self.of_ticket(from_ticket)
        for each in moved:
            self._memory.calls[each.id] = replace(each, ticket_id=to_ticket)
        return len(moved)

    async def start_ringing(self, ringing: Ringing) -> bool:
        for each in self._memory.rings:
            if (each.call_id, each.person_id) != (ringing.call_id, ringing.person_id):
                continue
            if each.ended_at is None or each.ended_at >= ringing.since:
                return False
        self._memory.rings.append(ringing)
        return True

    async def stop_ringing(self, call_id: int, person_id: int, *, reason: RingEnd, at: datetime) -> bool:
        place = self._place(call_id, person_id)
        if place is None:
            return False
        self._memory.rings[place] = replace(self._memory.rings[place], ended_at=at, reason=reason)
        return True

    async def acknowledge_ringing(self, call_id: int, person_id: int, *, at: datetime) -> bool:
        place = self._place(call_id, person_id)
        if place is None or self._memory.rings[place].acknowledged_at is not None:
            return False
        self._memory.rings[place] = replace(self._memory.rings[place], acknowledged_at=at)
        return True

    def _place(self, call_id: int, person_id: int) -> int | None:
        for place, each in enumerate(self._memory.rings):
            if (each.call_id, each.person_id, each.ended_at) == (call_id, person_id, None):
                return place
        return None

    async def ringing_of_call(self, call_id: int) -> Sequence[Ringing]:
        mine = (each for each in await self.all_ringing() if each.call_id == call_id)
        return sorted(mine, key=lambda each: (each.since, each.person_id))

    async def ringing_of_person(self, person_id: int) -> Sequence[Ringing]:
        mine = (each for each in await self.all_ringing() if each.person_id == person_id)
        return sorted(mine, key=lambda each: (each.since, each.call_id))

    async def all_ringing(self) -> Sequence[Ringing]:
        still = (each for each in self._memory.rings if each.ended_at is None)
        return sorted(still, key=lambda each: (each.since, each.person_id))

    async def add_transfer(self, transfer: Transfer) -> bool:
        for each in self._memory.transfers:
            if (each.call_id, each.at, each.to_endpoint) == (
                transfer.call_id,
                transfer.at,
                transfer.to_endpoint,
            ):
                return False
        self._memory.transfers.append(transfer)
        return True

    async def transfers_of(self, call_id: int) -> Sequence[Transfer]:
        mine = (each for each in self._memory.transfers if each.call_id == call_id)
        return sorted(mine, key=lambda each: each.at)

    async def count_by_outcome(
        self, since: datetime, until: datetime
    ) -> Sequence[tuple[CallOutcome | None, int]]:
        counted = Counter(
            each.outcome for each in self._memory.calls.values() if since <= each.entered_at < until
        )
        return list(counted.items())
