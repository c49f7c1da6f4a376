"""A client asks to be forgotten: everything that tells of him goes, what was done stays (152-FZ, article 21)."""

from callcenter.domain.erasure import ERASED_NAME, Erased, Traces
from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.ports.outside import AttachmentFiles
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork


class ClientErasure:
    """Shows what would go, and erases it in one commit with one audit row that names only the client's number."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, files: AttachmentFiles) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._files = files

    async def traces(self, by: Person, client_id: int) -> Traces:
        """What is kept of him; NotFound when there is no such client, or he was erased."""
        require(by, Action.ERASE_CLIENTS)
        async with self._open_uow(write=False) as uow:
            await _present(uow, client_id)
            return await uow.erasing.traces(client_id)

    async def erase(self, by: Person, client_id: int, *, basis: str) -> Erased:
        """Forget him. `basis` is the number or date of his request; it must not name him.

        Raises:
            NotFound: there is no such client, or he was erased before.
            Conflict: he has open tickets; `tickets` names them. They have to be ended first.
        """
        require(by, Action.ERASE_CLIENTS)
        async with self._open_uow() as uow:
            await _present(uow, client_id)
            traces = await uow.erasing.traces(client_id)
            if traces.open_tickets:
                raise Conflict("the client has open tickets", tickets=list(traces.open_tickets))
            erased = await uow.erasing.forget(client_id)
            change: dict[str, object] = {
                "client_id": client_id,
                "tickets": list(traces.tickets),
                "messages": traces.messages,
                "attachments": traces.attachments,
                "calls": traces.calls,
                "letters": traces.letters,
            }
            await uow.audit.record(
                at=self._clock.now(),
                actor=actor_of(by.id),
                ticket_id=None,
                action="client.erased",
                reason=basis[:300],
                change=change,
            )
            await uow.commit()
        # after the commit: a file that outlives its row is harmless, a row without its file is not
        for name in erased.files:
            await self._files.forget(name)
        return erased


async def _present(uow: UnitOfWork, client_id: int) -> None:
    client = await uow.clients.by_id(client_id)
    if client is None or client.name == ERASED_NAME:
        raise NotFound("client", client_id=client_id)
