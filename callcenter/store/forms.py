"""What came through public forms, and clients' status pages (port `Forms`)."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from callcenter.domain.forms import Consent, StatusLink, Submission
from callcenter.store.statement import Connection, Statement, insert_into, insert_or_ignore, upsert
from callcenter.store.tables_sites import consent, consent_text, form_submission, status_link

_submission = form_submission
_AT = _submission.c.submitted_at.type
_NAMES = tuple(column.name for column in _submission.c)

_ADD = insert_into(_submission, returning_id=True, skip=("id",))
_BY_KEY = Statement(
    select(*_submission.c).where(
        _submission.c.site_id == bindparam("site_id"), _submission.c.key_sha256 == bindparam("key_sha256")
    )
)
_OF_TICKET = Statement(select(*_submission.c).where(_submission.c.ticket_id == bindparam("ticket_id")))
_COUNT_FROM = Statement(
    select(func.count()).where(
        _submission.c.address_key == bindparam("address_key"),
        _submission.c.submitted_at > bindparam("since", type_=_AT),
    )
)
_BETWEEN = Statement(
    select(*_submission.c)
    .where(
        _submission.c.submitted_at >= bindparam("since", type_=_AT),
        _submission.c.submitted_at < bindparam("until", type_=_AT),
    )
    .order_by(_submission.c.id)
)
_ADD_CONSENT_TEXT = insert_or_ignore(consent_text)
_ADD_CONSENT = insert_into(consent)
_CONSENT_OF = Statement(select(*consent.c).where(consent.c.ticket_id == bindparam("ticket_id")))
_CONSENT_TEXT = Statement(select(consent_text.c.text).where(consent_text.c.version == bindparam("version")))
_SET_LINK = upsert(status_link, key=("ticket_id",))
_LINK_BY_TOKEN = Statement(select(*status_link.c).where(status_link.c.token_sha256 == bindparam("token")))
_LINK_OF = Statement(select(*status_link.c).where(status_link.c.ticket_id == bindparam("ticket_id")))


def _read(row: Sequence[Any]) -> Submission:
    return Submission(**dict(zip(_NAMES, row, strict=True)))


class Forms:
    """Port `Forms` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def by_key(self, site_id: int, key_sha256: str) -> Submission | None:
        row = await self._db.row(_BY_KEY, {"site_id": site_id, "key_sha256": key_sha256})
        return None if row is None else _read(row)

    async def of_ticket(self, ticket_id: int) -> Submission | None:
        row = await self._db.row(_OF_TICKET, {"ticket_id": ticket_id})
        return None if row is None else _read(row)

    async def add(self, submission: Submission) -> Submission:
        # an `id` given to PostgreSQL is stored as it stands: only what the statement sets may be handed over
        values = {name: value for name, value in asdict(submission).items() if name != "id"}
        row = await self._db.row(_ADD, values)
        assert row is not None
        return replace(submission, id=row[0])

    async def count_from(self, address_key: str, since: datetime) -> int:
        row = await self._db.row(_COUNT_FROM, {"address_key": address_key, "since": since})
        return 0 if row is None else int(row[0])

    async def between(self, since: datetime, until: datetime) -> Sequence[Submission]:
        return [_read(row) for row in await self._db.rows(_BETWEEN, {"since": since, "until": until})]

    async def add_consent(self, given: Consent, text: str) -> None:
        await self._db.run(_ADD_CONSENT_TEXT, {"version": given.text_version, "text": text})
        await self._db.run(_ADD_CONSENT, asdict(given))

    async def consent_of(self, ticket_id: int) -> tuple[Consent, str] | None:
        row = await self._db.row(_CONSENT_OF, {"ticket_id": ticket_id})
        if row is None:
            return None
        given = Consent(**dict(zip((each.name for each in consent.c), row, strict=True)))
        text = await self._db.row(_CONSENT_TEXT, {"version": given.text_version})
        assert text is not None
        return given, text[0]

    async def set_link(self, link: StatusLink) -> None:
        await self._db.run(_SET_LINK, asdict(link))

    async def link_by_token(self, token_sha256: str) -> StatusLink | None:
        row = await self._db.row(_LINK_BY_TOKEN, {"token": token_sha256})
        return None if row is None else _link(row)

    async def link_of(self, ticket_id: int) -> StatusLink | None:
        row = await self._db.row(_LINK_OF, {"ticket_id": ticket_id})
        return None if row is None else _link(row)


def _link(row: Sequence[Any]) -> StatusLink:
    return StatusLink(**dict(zip((each.name for each in status_link.c), row, strict=True)))
