"""Emptying what was kept long enough (port `Retention`): by the id of the oldest, a limited number at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, literal_column, or_, select, update

from callcenter.store.erasing import calls_of, words_of
from callcenter.store.statement import Connection, Statement
from callcenter.store.tables_calls import call
from callcenter.store.tables_outbox import outbox
from callcenter.store.tables_people import one_time_link, session
from callcenter.store.tables_sites import attachment, form_submission
from callcenter.store.tables_tickets import ticket

_BEFORE: Any = bindparam("before", type_=ticket.c.ended_at.type)
_LIMIT: Any = bindparam("most")


def _oldest(what: Any, condition: ColumnElement[bool], order: Any) -> Select[Any]:
    return select(what).where(condition).order_by(order).limit(_LIMIT)


_HAS_ENDED = and_(ticket.c.ended_at.is_not(None), ticket.c.ended_at < _BEFORE)
_OLD_FILES = (
    select(attachment.c.id)
    .join(ticket, ticket.c.id == attachment.c.ticket_id)
    .where(_HAS_ENDED)
    .order_by(attachment.c.id)
    .limit(_LIMIT)
)
_FILE_NAMES = Statement(
    select(attachment.c.stored_name).where(attachment.c.id.in_(_OLD_FILES)).order_by(attachment.c.id),
    slow=True,
)
_DROP_FILES = Statement(delete(attachment).where(attachment.c.id.in_(_OLD_FILES)))

_SETTLED = outbox.c.state.in_([literal_column("'sent'"), literal_column("'refused'")])
_IS_FULL_LETTER = and_(
    outbox.c.kind == literal_column("'mail'"), _SETTLED, outbox.c.to != "", outbox.c.settled_at < _BEFORE
)
_EMPTY_LETTERS = Statement(
    update(outbox)
    .where(outbox.c.id.in_(_oldest(outbox.c.id, _IS_FULL_LETTER, outbox.c.id)))
    .values(to="", payload={}),
    slow=True,
)

_SAYS_SOMETHING = or_(
    ticket.c.text != "",
    ticket.c.answer != "",
    ticket.c.contact_name != "",
    ticket.c.contact_raw.is_not(None),
    ticket.c.contact_email.is_not(None),
    ticket.c.caller_raw.is_not(None),
)
_STRANGERS = _oldest(
    ticket.c.id, and_(ticket.c.client_id.is_(None), _HAS_ENDED, _SAYS_SOMETHING), ticket.c.id
)
_STRANGERS_FILES = Statement(
    select(attachment.c.stored_name).where(attachment.c.ticket_id.in_(_STRANGERS)).order_by(attachment.c.id),
    slow=True,
)
_FORGET_STRANGERS = (calls_of(call.c.ticket_id.in_(_STRANGERS)), *words_of(_STRANGERS))

_HAS_SENDER = and_(
    or_(form_submission.c.address_key != "", form_submission.c.fingerprint != ""),
    form_submission.c.submitted_at < _BEFORE,
)
_EMPTY_SENDERS = Statement(
    update(form_submission)
    .where(form_submission.c.id.in_(_oldest(form_submission.c.id, _HAS_SENDER, form_submission.c.id)))
    .values(address_key="", fingerprint=""),
    slow=True,
)
_DROP_SESSIONS = Statement(delete(session).where(session.c.expires_at < _BEFORE), slow=True)
_DROP_LINKS = Statement(delete(one_time_link).where(one_time_link.c.expires_at < _BEFORE), slow=True)


class Retaining:
    """Port `Retention` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def shed_files(self, *, ended_before: datetime, limit: int) -> Sequence[str]:
        values = {"before": ended_before, "most": limit}
        names = [row[0] for row in await self._db.rows(_FILE_NAMES, values)]
        if names:
            await self._db.run(_DROP_FILES, values)
        return names

    async def empty_letters(self, *, settled_before: datetime, limit: int) -> int:
        return await self._db.run(_EMPTY_LETTERS, {"before": settled_before, "most": limit})

    async def forget_strangers(self, *, ended_before: datetime, limit: int) -> tuple[int, Sequence[str]]:
        values = {"before": ended_before, "most": limit}
        names = [row[0] for row in await self._db.rows(_STRANGERS_FILES, values)]
        changed = 0
        for statement in _FORGET_STRANGERS:
            changed = await self._db.run(statement, values)  # the tickets themselves come last
        return changed, names

    async def empty_senders(self, *, sent_before: datetime, limit: int) -> int:
        return await self._db.run(_EMPTY_SENDERS, {"before": sent_before, "most": limit})

    async def shed_sign_ins(self, *, ended_before: datetime) -> int:
        values = {"before": ended_before}
        return await self._db.run(_DROP_SESSIONS, values) + await self._db.run(_DROP_LINKS, values)
