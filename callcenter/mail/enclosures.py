"""Which files go along with a letter: the client's, with the vendor's dossier. Regulation: 2.6."""

from collections.abc import Awaitable, Callable, Sequence

from callcenter.domain.attachments import AttachmentKind
from callcenter.domain.notices import Notice, OutboxItem
from callcenter.mail.letters import Enclosure
from callcenter.ports.outside import AttachmentFiles
from callcenter.ports.unit_of_work import OpenUnitOfWork

MOST_BYTES = 15 * 2**20
"""Of all files of one letter; mail servers refuse more."""


OfReport = Callable[[OutboxItem], Awaitable[Sequence[Enclosure]]]


class Enclosures:
    """Reads a ticket's files when its dossier is sent; `of_report` makes a report's files when the report is."""

    def __init__(self, open_uow: OpenUnitOfWork, files: AttachmentFiles, of_report: OfReport) -> None:
        self._open_uow = open_uow
        self._files = files
        self._of_report = of_report

    async def of(self, item: OutboxItem) -> Sequence[Enclosure]:
        """The files of the row's ticket, as many as fit; none for other letters."""
        if item.name == Notice.REPORT:
            return await self._of_report(item)
        if item.name != Notice.VENDOR_DOSSIER or item.ticket_id is None:
            return ()
        async with self._open_uow(write=False) as uow:
            rows = await uow.attachments.of_ticket(item.ticket_id)
        enclosures, total = [], 0
        for row in rows:
            total += row.size
            if total > MOST_BYTES:
                break
            kind = "application/octet-stream" if row.kind is AttachmentKind.OLD_OFFICE else str(row.kind)
            enclosures.append(
                Enclosure(name=row.name, kind=kind, body=await self._files.read(row.stored_name))
            )
        return enclosures
