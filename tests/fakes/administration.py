"""In-memory `TargetChanges`, `LetterOverrides`, `AuditChecks`, `WebhookDeliveries` and `Erasing`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.audit import AuditCheck
from callcenter.domain.erasure import ERASED_NAME, Erased, Traces
from callcenter.domain.letters import LetterOverride
from callcenter.domain.lifecycle import OPEN
from callcenter.domain.notices import OutboxItem, OutboxKind, OutboxState
from callcenter.domain.numbers import Number
from callcenter.domain.targets import TargetChange
from sla.clock import ClockState
from tests.fakes.memory import Memory

NOBODY = "+73000000000"


class FakeTargetChanges:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def all(self) -> Sequence[TargetChange]:
        return [self._memory.target_changes[key] for key in sorted(self._memory.target_changes)]

    async def add(self, change: TargetChange) -> TargetChange:
        added = replace(change, id=self._memory.next_id("target_change"))
        self._memory.target_changes[added.id] = added
        return added

    async def running_tickets(self, *, after: int, limit: int) -> Sequence[int]:
        running = (
            ticket_id
            for ticket_id, clocks in sorted(self._memory.clocks.items())
            if ticket_id > after and any(each.clock.state is not ClockState.FINISHED for each in clocks)
        )
        return list(running)[:limit]


class FakeLetterOverrides:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def all(self) -> Sequence[LetterOverride]:
        return [self._memory.letters[key] for key in sorted(self._memory.letters)]

    async def of(self, name: str, locale: str) -> LetterOverride | None:
        return self._memory.letters.get((name, locale))

    async def put(self, override: LetterOverride) -> None:
        self._memory.letters[override.name, override.locale] = override

    async def drop(self, name: str, locale: str) -> bool:
        return self._memory.letters.pop((name, locale), None) is not None


class FakeAuditChecks:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, *, at: datetime, by: int | None, rows: int, broken_at: int | None) -> None:
        number = len(self._memory.audit_checks) + 1
        self._memory.audit_checks.append(AuditCheck(id=number, at=at, by=by, rows=rows, broken_at=broken_at))

    async def last(self) -> AuditCheck | None:
        return self._memory.audit_checks[-1] if self._memory.audit_checks else None


class FakeWebhookDeliveries:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def last_to(self, url: str, *, limit: int) -> Sequence[OutboxItem]:
        found = (
            each
            for _, each in sorted(self._memory.outbox.items(), reverse=True)
            if each.kind is OutboxKind.WEBHOOK and each.to == url
        )
        return list(found)[:limit]


class FakeErasing:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def _his(self, client_id: int) -> set[int]:
        phones = self._memory.clients[client_id].phones
        return {
            key
            for key, each in self._memory.tickets.items()
            if each.client_id == client_id
            or (
                each.client_id is None
                and any(n.e164 in phones for n in (each.caller, each.contact_phone) if n)
            )
        }

    def _calls(self, client_id: int) -> list[int]:
        his, phones = self._his(client_id), self._memory.clients[client_id].phones
        return [
            key
            for key, each in self._memory.calls.items()
            if each.ticket_id in his or each.caller.e164 in phones
        ]

    async def traces(self, client_id: int) -> Traces:
        his, memory = self._his(client_id), self._memory
        return Traces(
            tickets=tuple(sorted(his)),
            open_tickets=tuple(sorted(key for key in his if memory.tickets[key].status in OPEN)),
            messages=sum(each.ticket_id in his for each in memory.messages.values()),
            attachments=sum(each.ticket_id in his for each in memory.attachments.values()),
            calls=len(self._calls(client_id)),
            letters=sum(each.ticket_id in his for each in memory.outbox.values()),
            consents=len(his & set(memory.consents)),
        )

    async def forget(self, client_id: int) -> Erased:
        traces, his, memory = await self.traces(client_id), self._his(client_id), self._memory
        files = tuple(each.stored_name for each in memory.attachments.values() if each.ticket_id in his)
        for key in self._calls(client_id):
            nobody = Number(raw="", e164=None)
            memory.calls[key] = replace(memory.calls[key], caller=nobody, caller_name="")
        for phone in memory.clients[client_id].phones:
            memory.call_opt_outs.pop(phone, None)
        forget_tickets(memory, his)
        for key, ticket in memory.tickets.items():
            if ticket.possible_client_id == client_id:
                memory.tickets[key] = replace(ticket, possible_client_id=None)
        memory.clients[client_id] = replace(
            memory.clients[client_id], name=ERASED_NAME, organization_id=None, phones=(), email=None
        )
        return Erased(traces=traces, files=files)


def forget_tickets(memory: Memory, his: set[int]) -> None:
    """What these tickets, and all that hangs on them, say of people."""
    for key, message in memory.messages.items():
        if message.ticket_id in his:
            memory.messages[key] = replace(message, text="")
    for key, session in memory.remote.items():
        if session.ticket_id in his:
            memory.remote[key] = replace(session, remote_id="", note="")
    for key, handover in memory.handovers.items():
        if handover.ticket_id in his:
            memory.handovers[key] = replace(handover, dossier="", answer="")
    for key in his:
        memory.tickets[key] = replace(
            memory.tickets[key], version=memory.tickets[key].version + 1, caller=None, contact_name="",
            contact_phone=None, contact_email=None, subject="", text="", said_text="", answer="",
            rating_text="",
        )  # fmt: skip
        memory.words.pop(key, None)
    _forget_outside(memory, his)


def _forget_outside(memory: Memory, his: set[int]) -> None:
    memory.attachments = {k: v for k, v in memory.attachments.items() if v.ticket_id not in his}
    memory.status_links = {k: v for k, v in memory.status_links.items() if k not in his}
    for key, sent in memory.submissions.items():
        if sent.ticket_id in his:
            memory.submissions[key] = replace(sent, organization="", inn="", address_key="", fingerprint="")
    for key, given in memory.consents.items():
        if key in his:
            memory.consents[key] = replace(given, network_address="")
    for key, item in memory.outbox.items():
        if item.ticket_id in his:
            waits = item.state in {OutboxState.WAITING, OutboxState.SENDING}
            state = OutboxState.REFUSED if waits else item.state
            error = "erased" if waits else item.last_error
            memory.outbox[key] = replace(item, to="", payload={}, state=state, last_error=error)
    for key, series in memory.callbacks.items():
        if series.ticket_id in his:
            memory.callbacks[key] = replace(series, number=NOBODY)
    for name, attempt in memory.callback_attempts.items():
        if attempt.ticket_id in his:
            memory.callback_attempts[name] = replace(attempt, number=NOBODY)
