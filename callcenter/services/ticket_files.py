"""Files that people put beside a ticket; what came with a form is kept by `forms`. Regulation: 2.2, 2.6."""

import hashlib

from callcenter.domain.attachments import Attachment, Upload, attachment_kind, check_uploads, safe_name
from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Action, Person
from callcenter.domain.story import actor_of
from callcenter.ports.outside import AttachmentFiles
from callcenter.services.desk import Desk

MOST_FILES, MOST_BYTES = 50, 100 * 2**20
"""On one ticket, those of its client included."""


class TicketFiles:
    """Keeps a file beside a ticket with one audit row that names its size and kind, not what it is called."""

    def __init__(self, desk: Desk, files: AttachmentFiles) -> None:
        self._desk = desk
        self._files = files

    async def add(self, by: Person, ticket_id: int, upload: Upload) -> Attachment:
        """Keep it. It never goes to the client by itself; a developer gets it with the dossier.

        Raises:
            InvalidInput: `attachments`: of a wrong kind, too large, or too many on this ticket.
            Forbidden, NotFound: he may not write on it, or there is no such ticket.
        """
        check_uploads([upload])
        kind = attachment_kind(upload.body)
        assert kind is not None, "the upload was checked"
        stored = ""
        try:
            async with self._desk.case(ticket_id, None, by=by, action=Action.NOTE_ON_TICKETS) as case:
                present = await case.uow.attachments.of_ticket(ticket_id)
                if len(present) >= MOST_FILES or sum(each.size for each in present) > MOST_BYTES:
                    raise InvalidInput({"attachments": "too_many"})
                stored = await self._files.store(upload.body)
                added = await case.uow.attachments.add(
                    Attachment(
                        id=0,
                        ticket_id=ticket_id,
                        stored_name=stored,
                        name=safe_name(upload.name),
                        kind=kind,
                        size=len(upload.body),
                        sha256=hashlib.sha256(upload.body).hexdigest(),
                        at=case.now,
                        by=actor_of(by.id),
                    )
                )
                told: dict[str, object] = {"attachment_id": added.id, "kind": str(kind), "size": added.size}
                await case.note("ticket.file_added", details=told)
        except BaseException:
            if stored:
                await self._files.forget(stored)
            raise
        return added
