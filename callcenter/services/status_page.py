"""The page where a client follows his ticket: by unguessable link, without signing in. Regulation: 2.2."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.attachments import Attachment
from callcenter.domain.errors import NotFound, TooManyAttempts
from callcenter.domain.forms import check_message
from callcenter.domain.lifecycle import TRANSITIONS, CancelReason, Status, Step
from callcenter.domain.messages import SEEN_BY_CLIENT, Message, MessageKind
from callcenter.domain.signing import sha256
from callcenter.domain.sites import HOTLINE_SLUG, Site
from callcenter.domain.ticket import Ticket
from callcenter.ports.outside import AttachmentFiles
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.client_desk import ClientDesk
from callcenter.services.desk import Desk
from callcenter.services.registration import Registration

MESSAGES_PER_TEN_MINUTES = 10
_TOKEN_LETTERS = 32
_STANDING = frozenset({Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS})


class ClientAction(StrEnum):
    """What the page offers."""

    WRITE = "write"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    RATE = "rate"


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusView:
    """What the client sees. `answer_by` is the promised instant, None while no clock of ours runs."""

    ticket: Ticket
    site: Site | None
    messages: Sequence[Message]
    attachments: Sequence[Attachment]
    actions: frozenset[ClientAction]
    answer_by: datetime | None


def possible_actions(ticket: Ticket) -> frozenset[ClientAction]:
    """What the client may do now, by the life cycle."""
    status = ticket.status
    actions = set()
    if ticket.open:
        actions.add(ClientAction.WRITE)
    if ticket.open and ((status, Step.CANCEL) in TRANSITIONS or (status, Step.DISCARD) in TRANSITIONS):
        actions.add(ClientAction.CANCEL)
    if (status, Step.CONFIRM) in TRANSITIONS:
        actions.add(ClientAction.CONFIRM)
    if (status, Step.REOPEN) in TRANSITIONS and ticket.merged_into is None:
        actions.add(ClientAction.REOPEN)
    if status is Status.CLOSED:
        actions.add(ClientAction.RATE)
    return frozenset(actions)


class StatusPages:
    """Every method takes the link's token; NotFound for one that is not (or no longer) ours."""

    def __init__(self, desk: Desk, files: AttachmentFiles) -> None:
        self._desk = desk
        self._clients = ClientDesk(desk)
        self._files = files

    async def open(self, token: str) -> StatusView:
        """The present state."""
        async with self._desk.open_uow(write=False) as uow:
            ticket = await _ticket(uow, token)
            site = await _site(uow, ticket)
            messages = await uow.messages.of_ticket(ticket.id)
            attachments = await uow.attachments.of_ticket(ticket.id)
        return StatusView(
            ticket=ticket,
            site=site,
            messages=[each for each in messages if each.kind in SEEN_BY_CLIENT],
            attachments=[each for each in attachments if each.by == "client"],
            actions=possible_actions(ticket),
            answer_by=self._answer_by(ticket),
        )

    def _answer_by(self, ticket: Ticket) -> datetime | None:
        if ticket.status not in _STANDING:
            return None
        if ticket.status is Status.NEW or ticket.due_at is None:
            return (
                None if ticket.kind is None else Registration(self._desk).promise(ticket, ticket.kind).due_at
            )
        return ticket.due_at

    async def write(self, token: str, text: str) -> Ticket:
        """Add a message.

        Raises:
            InvalidInput: no text, or too much.
            TooManyAttempts: too many messages in ten minutes.
        """
        words = check_message(text)
        ticket_id = await self._ticket_id(token)
        since = self._desk.clock.now() - timedelta(minutes=10)
        async with self._desk.open_uow(write=False) as uow:
            messages = await uow.messages.of_ticket(ticket_id)
        lately = [each for each in messages if each.kind is MessageKind.FROM_CLIENT and each.at > since]
        if len(lately) >= MESSAGES_PER_TEN_MINUTES:
            raise TooManyAttempts("too many messages", retry_after=600)
        if any(each.text == words for each in lately[-1:]):
            return await self._present(ticket_id)
        return await self._clients.write(ticket_id, text=words)

    async def cancel(self, token: str, reason: str = "") -> Ticket:
        """Take the request back."""
        return await self._clients.cancel(
            await self._ticket_id(token), reason=check_message(reason, "comment", required=False)
        )

    async def confirm(self, token: str, *, rating: int | None = None, comment: str = "") -> Ticket:
        """The solution is right."""
        comment = check_message(comment, "comment", required=False)
        return await self._clients.confirm(await self._ticket_id(token), rating=rating, comment=comment)

    async def rate(self, token: str, *, rating: int, comment: str = "") -> Ticket:
        """Say how it was."""
        comment = check_message(comment, "comment", required=False)
        return await self._clients.rate(await self._ticket_id(token), rating=rating, comment=comment)

    async def reopen(self, token: str, reason: str) -> Ticket:
        """The question remains; one whom nobody had reached says it by the button alone."""
        async with self._desk.open_uow(write=False) as uow:
            ticket = await _ticket(uow, token)
        words = check_message(reason, required=ticket.cancel_reason is not CancelReason.UNREACHABLE)
        return await self._clients.reopen(ticket.id, reason=words)

    async def attachment(self, token: str, attachment_id: int) -> tuple[Attachment, bytes]:
        """One of the client's own files; NotFound for anybody else's."""
        async with self._desk.open_uow(write=False) as uow:
            ticket = await _ticket(uow, token)
            found = await uow.attachments.by_id(attachment_id)
        if found is None or found.ticket_id != ticket.id or found.by != "client":
            raise NotFound("no such attachment")
        return found, await self._files.read(found.stored_name)

    async def _ticket_id(self, token: str) -> int:
        async with self._desk.open_uow(write=False) as uow:
            return (await _ticket(uow, token)).id

    async def _present(self, ticket_id: int) -> Ticket:
        async with self._desk.open_uow(write=False) as uow:
            ticket = await uow.tickets.by_id(ticket_id)
        if ticket is None:
            raise NotFound("the ticket is gone", ticket_id=ticket_id)
        return ticket


async def _ticket(uow: UnitOfWork, token: str) -> Ticket:
    link = await uow.forms.link_by_token(sha256(token)) if len(token) == _TOKEN_LETTERS else None
    ticket = None if link is None else await uow.tickets.by_id(link.ticket_id)
    if ticket is None:
        raise NotFound("no such status page")
    return ticket


async def _site(uow: UnitOfWork, ticket: Ticket) -> Site | None:
    if ticket.site_id is not None:
        return await uow.sites.by_id(ticket.site_id)
    return await uow.sites.by_slug(HOTLINE_SLUG)
