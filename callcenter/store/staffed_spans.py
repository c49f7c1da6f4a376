"""Operators' time in the queue, span by span: what occupancy is measured against. Regulation: 3.1."""

from datetime import datetime

from sqlalchemy import bindparam, update

from callcenter.store.statement import Connection, Statement, insert_or_ignore
from callcenter.store.tables_statistics import staffed_span
from callcenter.store.types import UtcDateTime

_BEGIN = insert_or_ignore(staffed_span, skip=("id",))
_END = Statement(
    update(staffed_span).where(
        staffed_span.c.person_id == bindparam("staffed_person"),
        staffed_span.c.until.is_(None),
        staffed_span.c.since <= bindparam("ended_by", type_=UtcDateTime),
    ),
    columns=("until",),
)


async def note_presence(connection: Connection, person_id: int, *, ready: bool, at: datetime) -> None:
    """From now on this person is ready for calls (in the queue, not paused), or is not any more; repetition is free."""
    if ready:
        await connection.run(_BEGIN, {"person_id": person_id, "since": at, "until": None})
    else:
        await connection.run(_END, {"staffed_person": person_id, "until": at, "ended_by": at})
