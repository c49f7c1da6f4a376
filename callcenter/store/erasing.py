"""Forgetting a client who asks for it (port `Erasing`): his words, numbers and addresses, wherever they stand.

Tickets, calls and attempts stay as rows without a person: times, verdicts and totals are still true. The audit is
never touched; it holds no personal words.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from callcenter.domain.erasure import ERASED_NAME, Erased, Traces
from callcenter.domain.lifecycle import OPEN
from callcenter.domain.search import normalised
from callcenter.store.erasing_echoes import Echoes
from callcenter.store.statement import Connection, Statement
from callcenter.store.tables_callbacks import call_opt_out, callback, callback_attempt
from callcenter.store.tables_calls import call
from callcenter.store.tables_clients import client, client_phone
from callcenter.store.tables_desk import handover, message, remote_session, search_posting
from callcenter.store.tables_outbox import outbox
from callcenter.store.tables_sites import attachment, consent, form_submission, status_link
from callcenter.store.tables_tickets import ticket

NOBODY = "+73000000000"
"""Stands for an erased number where the table demands one."""

_KEY: Any = bindparam("whose")
_PHONES = select(client_phone.c.e164).where(client_phone.c.client_id == _KEY)
_NOBODYS_FROM_HIS_NUMBERS = ticket.c.client_id.is_(None) & or_(
    ticket.c.caller_e164.in_(_PHONES), ticket.c.contact_e164.in_(_PHONES)
)
_IS_HIS = or_(ticket.c.client_id == _KEY, _NOBODYS_FROM_HIS_NUMBERS)
_HIS = select(ticket.c.id).where(_IS_HIS)
_IS_OPEN = ticket.c.status.in_([literal_column(f"'{status}'") for status in sorted(OPEN)])
_HIS_CALLS = or_(call.c.ticket_id.in_(_HIS), call.c.caller_e164.in_(_PHONES))

_TICKETS = Statement(select(ticket.c.id, _IS_OPEN).where(_IS_HIS).order_by(ticket.c.id), slow=True)


def _count(table: Table, condition: ColumnElement[bool]) -> Statement:
    counted: Select[Any] = select(func.count()).select_from(table).where(condition)
    return Statement(counted, slow=True)


_COUNTS = {
    "messages": _count(message, message.c.ticket_id.in_(_HIS)),
    "attachments": _count(attachment, attachment.c.ticket_id.in_(_HIS)),
    "calls": _count(call, _HIS_CALLS),
    "letters": _count(outbox, outbox.c.ticket_id.in_(_HIS)),
    "consents": _count(consent, consent.c.ticket_id.in_(_HIS)),
}
_FILES = Statement(select(attachment.c.stored_name).where(attachment.c.ticket_id.in_(_HIS)))


def _blank(table: Table, condition: ColumnElement[bool], **values: Any) -> Statement:
    return Statement(update(table).where(condition).values(**values))


def words_of(tickets: Select[Any]) -> Sequence[Statement]:
    """Empty what these tickets, and everything that hangs on them, say of people; the tickets themselves last."""
    return (
        _blank(message, message.c.ticket_id.in_(tickets), text=""),
        _blank(remote_session, remote_session.c.ticket_id.in_(tickets), remote_id="", note=""),
        _blank(handover, handover.c.ticket_id.in_(tickets), dossier="", answer=""),
        _blank(
            form_submission,
            form_submission.c.ticket_id.in_(tickets),
            organization="",
            inn="",
            address_key="",
            fingerprint="",
        ),
        _blank(consent, consent.c.ticket_id.in_(tickets), network_address=""),
        _blank(
            outbox,
            outbox.c.ticket_id.in_(tickets)
            & outbox.c.state.in_([literal_column("'sending'"), literal_column("'waiting'")]),
            state="refused",
            last_error="erased",
        ),
        _blank(outbox, outbox.c.ticket_id.in_(tickets), to="", payload={}),
        _blank(callback, callback.c.ticket_id.in_(tickets), number=NOBODY),
        _blank(callback_attempt, callback_attempt.c.ticket_id.in_(tickets), number=NOBODY),
        Statement(delete(status_link).where(status_link.c.ticket_id.in_(tickets))),
        Statement(delete(attachment).where(attachment.c.ticket_id.in_(tickets))),
        Statement(delete(search_posting).where(search_posting.c.ticket_id.in_(tickets))),
        _blank(
            ticket,
            ticket.c.id.in_(tickets),
            version=ticket.c.version + 1,
            caller_raw=None,
            caller_e164=None,
            contact_name="",
            contact_raw=None,
            contact_e164=None,
            contact_email=None,
            subject="",
            text="",
            said_text="",
            answer="",
            rating_text="",
        ),
    )


def calls_of(condition: ColumnElement[bool]) -> Statement:
    """Empty who called."""
    return _blank(call, condition, caller_raw="", caller_e164=None, caller_name="")


_FORGET: Sequence[Statement] = (
    calls_of(_HIS_CALLS),
    Statement(delete(call_opt_out).where(call_opt_out.c.number.in_(_PHONES))),
    _blank(ticket, ticket.c.possible_client_id == _KEY, possible_client_id=None),
    *words_of(_HIS),
    Statement(delete(client_phone).where(client_phone.c.client_id == _KEY)),
    _blank(
        client,
        client.c.id == _KEY,
        name=ERASED_NAME,
        organization_id=None,
        email=None,
        search=normalised(ERASED_NAME),
    ),
)
"""In this order: what is found by the tickets and the numbers comes before they are forgotten themselves."""


_ECHOES = Echoes(_HIS, _HIS_CALLS)
"""Where his words were repeated; before he is forgotten, for it is he by whom they are found."""


class Erasing:
    """Port `Erasing` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def traces(self, client_id: int) -> Traces:
        key = {"whose": client_id}
        tickets = await self._db.rows(_TICKETS, key)
        counts = {name: (await self._db.rows(statement, key))[0][0] for name, statement in _COUNTS.items()}
        return Traces(
            tickets=tuple(row[0] for row in tickets),
            open_tickets=tuple(row[0] for row in tickets if row[1]),
            **counts,
        )

    async def forget(self, client_id: int) -> Erased:
        key = {"whose": client_id}
        traces = await self.traces(client_id)
        files = tuple(row[0] for row in await self._db.rows(_FILES, key))
        words = await _ECHOES.forget(self._db, client_id)
        for statement in _FORGET:
            await self._db.run(statement, key)
        await _ECHOES.forget_words(self._db, words)
        return Erased(traces=traces, files=files)
