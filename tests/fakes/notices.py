"""`Notices` that remembers what was queued in the memory of its unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.domain.notices import Notice
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Queued:
    notice: Notice
    ticket_id: int
    to: str
    about: Mapping[str, object] = field(default_factory=dict)


class FakeNotices:
    """A letter whose unit of work was not committed is still in `queued`: tests ask `letters` after a success."""

    def __init__(self) -> None:
        self.queued: list[Queued] = []

    async def queue(
        self,
        uow: UnitOfWork,
        notice: Notice,
        ticket: Ticket,
        *,
        to: str | None = None,
        to_person: int | None = None,
        about: Mapping[str, object] | None = None,
    ) -> bool:
        address = to or (f"person:{to_person}" if to_person is not None else ticket.contact_email)
        if address is None:
            return False
        self.queued.append(Queued(notice=notice, ticket_id=ticket.id, to=address, about=about or {}))
        return True

    def letters(self) -> list[tuple[str, str]]:
        """What was written to whom, in order."""
        return [(str(each.notice), each.to) for each in self.queued]
