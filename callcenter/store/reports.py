"""Port `ReportRows`: stored reports, mailing lists, and rows of exports read page by page."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from callcenter.domain.document import TicketLink
from callcenter.domain.report_mailing import Mailing, MailingKind
from callcenter.ports.reports import ExportPage, StoredReport
from callcenter.store.statement import Connection, Statement, insert_or_ignore, upsert
from callcenter.store.tables_calls import call, hotline
from callcenter.store.tables_clients import organization, product
from callcenter.store.tables_desk import topic
from callcenter.store.tables_people import person
from callcenter.store.tables_reports import report_document, report_mailing
from callcenter.store.tables_tickets import ticket

_STORED = Statement(
    select(*report_document.c).where(
        report_document.c.name == bindparam("name"), report_document.c.locale == bindparam("locale")
    )
)
_KEEP = insert_or_ignore(report_document)
_HEADS = tuple(column for column in report_document.c if column.name != "body")
_KEPT = Statement(select(*_HEADS).order_by(report_document.c.last.desc()).limit(bindparam("limit")))
_MAILINGS = Statement(select(*report_mailing.c))
_SAVE_MAILING = upsert(report_mailing, key=["kind"])


def _page(
    columns: Sequence[Any], source: Any, at: ColumnElement[datetime], key: ColumnElement[int]
) -> Statement:
    instant = at.type
    return Statement(
        select(at, key, *columns)
        .select_from(source)
        .where(
            at >= bindparam("since", type_=instant),
            at < bindparam("until", type_=instant),
            or_(
                at > bindparam("after_at", type_=instant),
                and_(at == bindparam("after_at", type_=instant), key > bindparam("after_id")),
            ),
        )
        .order_by(at, key)
        .limit(bindparam("limit")),
        slow=True,
    )


_operator, _executor = person.alias(), person.alias()
_TICKETS = _page(
    (
        ticket.c.source,
        ticket.c.status,
        ticket.c.kind,
        topic.c.name,
        product.c.name,
        organization.c.name,
        ticket.c.subject,
        _operator.c.name,
        _executor.c.name,
        ticket.c.registered_at,
        ticket.c.ended_at,
        ticket.c.cancel_reason,
        ticket.c.rating,
    ),
    ticket.outerjoin(topic, ticket.c.topic_id == topic.c.id)
    .outerjoin(product, ticket.c.product_id == product.c.id)
    .outerjoin(organization, ticket.c.organization_id == organization.c.id)
    .outerjoin(_operator, ticket.c.operator_id == _operator.c.id)
    .outerjoin(_executor, ticket.c.assignee_id == _executor.c.id),
    ticket.c.created_at,
    ticket.c.id,
)
_CALLS = _page(
    (
        hotline.c.name,
        call.c.caller_e164,
        call.c.caller_raw,
        call.c.outcome,
        call.c.queued_at,
        call.c.answered_at,
        call.c.ended_at,
        _operator.c.name,
        call.c.ticket_id,
    ),
    call.join(hotline, call.c.hotline_id == hotline.c.id).outerjoin(
        _operator, call.c.answered_by == _operator.c.id
    ),
    call.c.entered_at,
    call.c.id,
)


class ReportRows:
    """Port `ReportRows` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def stored(self, name: str, locale: str) -> StoredReport | None:
        row = await self._db.row(_STORED, {"name": name, "locale": locale})
        return None if row is None else _stored(row, row[5])

    async def keep(self, report: StoredReport) -> bool:
        values = {each.name: getattr(report, each.name) for each in report_document.c}
        return await self._db.run(_KEEP, {**values, "body": dict(report.body)}) == 1

    async def kept(self, limit: int) -> Sequence[StoredReport]:
        return [_stored(row, {}) for row in await self._db.rows(_KEPT, {"limit": limit})]

    async def mailings(self) -> Sequence[Mailing]:
        return [
            Mailing(kind=MailingKind(kind), addresses=tuple(addresses.split()), at=time.fromisoformat(at))
            for kind, addresses, at in await self._db.rows(_MAILINGS)
        ]

    async def save_mailing(self, mailing: Mailing) -> None:
        values = {"kind": mailing.kind, "addresses": " ".join(mailing.addresses), "at": f"{mailing.at:%H:%M}"}
        await self._db.run(_SAVE_MAILING, values)

    async def tickets(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> ExportPage:
        rows = await self._rows(_TICKETS, since, until, after, limit)
        shown = [(TicketLink(ticket_id=row[1]), row[0], *row[2:]) for row in rows]
        return ExportPage(rows=shown, after=_after(rows, limit))

    async def calls(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> ExportPage:
        rows = await self._rows(_CALLS, since, until, after, limit)
        shown = []
        for entered, _, name, e164, raw, outcome, queued, answered, ended, who, ticket_id in rows:
            left = answered or ended
            began = queued or entered
            wait = None if left is None else left - began
            talk = None if answered is None or ended is None else ended - answered
            link = TicketLink(ticket_id=ticket_id)
            shown.append((entered, name, e164 or raw, outcome, wait, talk, who, link))
        return ExportPage(rows=shown, after=_after(rows, limit))

    async def _rows(
        self,
        statement: Statement,
        since: datetime,
        until: datetime,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[Any]:
        after_at, after_id = after or (since, 0)
        parameters = {
            "since": since,
            "until": until,
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit,
        }
        return await self._db.rows(statement, parameters)


def _stored(row: Sequence[Any], body: dict[str, object]) -> StoredReport:
    name, locale, first, last, made_at = row[:5]
    return StoredReport(name=name, locale=locale, first=first, last=last, made_at=made_at, body=body)


def _after(rows: Sequence[Any], limit: int) -> tuple[datetime, int] | None:
    return (rows[-1][0], rows[-1][1]) if len(rows) == limit else None
