"""In-memory `Retention`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.notices import OutboxKind, OutboxState
from callcenter.domain.numbers import Number
from callcenter.domain.ticket import Ticket
from tests.fakes.administration import forget_tickets
from tests.fakes.memory import Memory


class FakeRetention:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def shed_files(self, *, ended_before: datetime, limit: int) -> Sequence[str]:
        memory = self._memory
        old = [
            each
            for _, each in sorted(memory.attachments.items())
            if _ended(memory.tickets[each.ticket_id], ended_before)
        ][:limit]
        gone = {each.id for each in old}
        memory.attachments = {key: each for key, each in memory.attachments.items() if key not in gone}
        return [each.stored_name for each in old]

    async def empty_letters(self, *, settled_before: datetime, limit: int) -> int:
        settled = {OutboxState.SENT, OutboxState.REFUSED}
        old = [
            (key, each)
            for key, each in sorted(self._memory.outbox.items())
            if each.kind is OutboxKind.MAIL
            and each.state in settled
            and each.to
            and each.settled_at is not None
            and each.settled_at < settled_before
        ][:limit]
        for key, each in old:
            self._memory.outbox[key] = replace(each, to="", payload={})
        return len(old)

    async def forget_strangers(self, *, ended_before: datetime, limit: int) -> tuple[int, Sequence[str]]:
        memory = self._memory
        old = {
            key
            for key, each in sorted(memory.tickets.items())
            if each.client_id is None and _ended(each, ended_before) and _says_something(each)
        }
        chosen = set(sorted(old)[:limit])
        files = [each.stored_name for each in memory.attachments.values() if each.ticket_id in chosen]
        for key, call in memory.calls.items():
            if call.ticket_id in chosen:
                memory.calls[key] = replace(call, caller=Number(raw="", e164=None), caller_name="")
        forget_tickets(memory, chosen)
        return len(chosen), files

    async def empty_senders(self, *, sent_before: datetime, limit: int) -> int:
        old = [
            (key, each)
            for key, each in sorted(self._memory.submissions.items())
            if (each.address_key or each.fingerprint) and each.submitted_at < sent_before
        ][:limit]
        for key, each in old:
            self._memory.submissions[key] = replace(each, address_key="", fingerprint="")
        return len(old)

    async def shed_sign_ins(self, *, ended_before: datetime) -> int:
        memory = self._memory
        sessions = {key for key, each in memory.sessions.items() if each.expires_at < ended_before}
        links = {key for key, (_, until) in memory.one_time.items() if until < ended_before}
        memory.sessions = {key: each for key, each in memory.sessions.items() if key not in sessions}
        memory.one_time = {key: each for key, each in memory.one_time.items() if key not in links}
        return len(sessions) + len(links)


def _ended(ticket: Ticket, before: datetime) -> bool:
    return ticket.ended_at is not None and ticket.ended_at < before


def _says_something(ticket: Ticket) -> bool:
    said = (ticket.text, ticket.answer, ticket.contact_name, ticket.contact_phone, ticket.contact_email)
    return any(said) or ticket.caller is not None
