"""In-memory `Callbacks`, `CallbackAttempts` and `Dialing`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from callcenter.domain.callbacks import (
    STAGES,
    AttemptStage,
    Callback,
    CallbackAttempt,
    CallbackState,
    DialerState,
    OptOut,
)
from callcenter.domain.errors import Conflict
from dialer.attempt import Outcome
from tests.fakes.memory import Memory

_LAST = datetime.max.replace(tzinfo=UTC)


class FakeCallbacks:
    def __init__(self, memory: Memory) -> None:
        self._rows = memory.callbacks
        self._memory = memory

    async def add(self, callback: Callback) -> Callback:
        if callback.open and any(each.open for each in self._of_ticket(callback.ticket_id)):
            raise Conflict("the ticket has an open series")
        added = replace(callback, id=self._memory.next_id("callback"), version=1)
        self._rows[added.id] = added
        return added

    async def by_id(self, callback_id: int) -> Callback | None:
        return self._rows.get(callback_id)

    async def save(self, callback: Callback) -> Callback:
        present = self._rows.get(callback.id)
        if present is None or present.version != callback.version:
            raise Conflict("somebody else changed the series first", callback_id=callback.id)
        others = (each for each in self._of_ticket(callback.ticket_id) if each.id != callback.id)
        if callback.open and any(each.open for each in others):
            raise Conflict("the ticket has an open series")
        changed = replace(callback, version=callback.version + 1)
        self._rows[callback.id] = changed
        return changed

    async def due(self, now: datetime, *, limit: int) -> Sequence[Callback]:
        found = [
            each
            for each in self._rows.values()
            if each.state is CallbackState.WAITING and each.look_at is not None and each.look_at <= now
        ]
        return sorted(found, key=lambda each: (each.look_at or _LAST, each.id))[:limit]

    def _of_ticket(self, ticket_id: int) -> list[Callback]:
        return [each for each in self._rows.values() if each.ticket_id == ticket_id]

    async def of_ticket(self, ticket_id: int) -> Sequence[Callback]:
        return self._of_ticket(ticket_id)

    async def open_of_number(self, e164: str) -> Sequence[Callback]:
        return [each for each in self._rows.values() if each.open and each.number == e164]

    async def open_of_executor(self, person_id: int) -> Sequence[Callback]:
        found = [each for each in self._rows.values() if each.open and each.executor_id == person_id]
        return sorted(found, key=lambda each: (each.due_at or _LAST, each.id))

    async def ended_of_executor(self, person_id: int, since: datetime) -> Sequence[Callback]:
        found = [
            each
            for each in self._rows.values()
            if each.executor_id == person_id and each.ended_at is not None and each.ended_at >= since
        ]
        return sorted(found, key=lambda each: (each.ended_at or _LAST, each.id))

    async def in_state(self, state: CallbackState, *, limit: int) -> Sequence[Callback]:
        found = [each for each in self._rows.values() if each.state is state]
        return sorted(found, key=lambda each: (each.look_at or each.updated_at, each.id))[:limit]

    async def count_open(self, now: datetime) -> Mapping[str, int]:
        counts = Counter(str(each.state) for each in self._rows.values() if each.open)
        return {**counts, "due": len(await self.due(now, limit=len(self._rows)))}


class FakeCallbackAttempts:
    def __init__(self, memory: Memory) -> None:
        self._rows = memory.callback_attempts

    def _sorted(self, found: list[CallbackAttempt]) -> list[CallbackAttempt]:
        return sorted(found, key=lambda each: (each.claimed_at, each.id))

    def _flying(self) -> list[CallbackAttempt]:
        return self._sorted([each for each in self._rows.values() if each.in_flight])

    async def add(self, attempt: CallbackAttempt) -> bool:
        taken = any(
            attempt.number == each.number or attempt.executor_id == each.executor_id
            for each in self._flying()
        )
        if taken or attempt.id in self._rows:
            return False
        self._rows[attempt.id] = attempt
        return True

    async def by_id(self, attempt_id: str) -> CallbackAttempt | None:
        return self._rows.get(attempt_id)

    async def of_callback(self, callback_id: int) -> Sequence[CallbackAttempt]:
        return self._sorted([each for each in self._rows.values() if each.callback_id == callback_id])

    async def of_ticket(self, ticket_id: int) -> Sequence[CallbackAttempt]:
        return self._sorted([each for each in self._rows.values() if each.ticket_id == ticket_id])

    async def in_flight(self) -> Sequence[CallbackAttempt]:
        return self._flying()

    async def claimed_since(self, since: datetime) -> int:
        return sum(each.claimed_at > since for each in self._rows.values())

    async def touched_since(self, e164: str, since: datetime) -> int:
        return sum(
            each.number == e164 and each.touched and each.claimed_at >= since for each in self._rows.values()
        )

    async def count_by_outcome(self, since: datetime) -> Mapping[str, int]:
        found = [
            each for each in self._rows.values() if each.claimed_at >= since and each.outcome is not None
        ]
        return Counter(
            "answering_machine" if each.machine_marked_at is not None else str(each.outcome) for each in found
        )

    async def of_outcome(self, outcome: Outcome, since: datetime) -> Sequence[CallbackAttempt]:
        found = [each for each in self._rows.values() if each.outcome is outcome]
        return self._sorted([each for each in found if each.claimed_at >= since])

    async def lapsed(self, now: datetime, *, limit: int) -> Sequence[CallbackAttempt]:
        found = [each for each in self._flying() if each.lease_until <= now]
        return sorted(found, key=lambda each: (each.lease_until, each.id))[:limit]

    async def lease(self, attempt_id: str, *, token: int, until: datetime, new_token: int) -> bool:
        present = self._rows.get(attempt_id)
        if present is None or not present.in_flight or present.token != token:
            return False
        self._rows[attempt_id] = replace(present, token=new_token, lease_until=until)
        return True

    async def advance(self, attempt_id: str, stage: AttemptStage) -> bool:
        present = self._rows.get(attempt_id)
        if present is None or not present.in_flight or STAGES.index(stage) <= STAGES.index(present.stage):
            return False
        self._rows[attempt_id] = replace(present, stage=stage)
        return True

    async def ask_withdrawal(self, attempt_id: str, at: datetime) -> bool:
        present = self._rows.get(attempt_id)
        if present is None or not present.in_flight or present.withdraw_asked_at is not None:
            return False
        self._rows[attempt_id] = replace(present, withdraw_asked_at=at)
        return True

    async def finish(self, attempt: CallbackAttempt, *, token: int | None = None) -> bool:
        present = self._rows.get(attempt.id)
        if present is None or not present.in_flight or token not in (None, present.token):
            return False
        self._rows[attempt.id] = replace(
            present,
            ended_at=attempt.ended_at,
            outcome=attempt.outcome,
            rule=attempt.rule,
            seen=attempt.seen,
            touched=attempt.touched,
        )
        return True

    async def mark_machine(self, attempt_id: str, *, by: int, at: datetime) -> bool:
        present = self._rows.get(attempt_id)
        if present is None or present.machine_marked_at is not None or present.outcome is not Outcome.REACHED:
            return False
        self._rows[attempt_id] = replace(present, machine_marked_by=by, machine_marked_at=at)
        return True

    async def correct_machine(self, attempt: CallbackAttempt) -> bool:
        present = self._rows.get(attempt.id)
        if present is None or present.outcome is not Outcome.ANSWERING_MACHINE:
            return False
        self._rows[attempt.id] = replace(
            present, outcome=attempt.outcome, rule=attempt.rule, seen=attempt.seen
        )
        return True


class FakeDialing:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def state(self) -> DialerState:
        return self._memory.dialer_state[-1] if self._memory.dialer_state else DialerState()

    async def state_to_change(self) -> DialerState:
        return await self.state()

    async def save_state(self, state: DialerState) -> None:
        self._memory.dialer_state[:] = [state]

    async def seen(self, node: str, at: datetime) -> None:
        self._memory.dialer_nodes[node] = at

    async def last_seen(self) -> datetime | None:
        return max(self._memory.dialer_nodes.values(), default=None)

    async def opted_out(self, e164: str) -> OptOut | None:
        return self._memory.call_opt_outs.get(e164)

    async def opt_out(self, opt_out: OptOut) -> bool:
        return self._memory.call_opt_outs.setdefault(opt_out.number, opt_out) is opt_out

    async def opt_in(self, e164: str) -> bool:
        return self._memory.call_opt_outs.pop(e164, None) is not None

    async def opt_outs(self, *, limit: int) -> Sequence[OptOut]:
        by_number = sorted(self._memory.call_opt_outs.values(), key=lambda each: each.number)
        return sorted(by_number, key=lambda each: each.at, reverse=True)[:limit]
