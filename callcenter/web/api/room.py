"""The help desk's services that the API asks beside those of the screens; handed over as one value."""

from dataclasses import dataclass
from typing import Self

from callcenter.services.desk import Desk
from callcenter.services.knowledge import Knowledge
from callcenter.services.staffing import Staff
from callcenter.services.ticket_search import TicketSearch


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiRoom:
    """Staffing, search, and what was answered before."""

    desk: Desk
    staff: Staff
    search: TicketSearch
    knowledge: Knowledge

    @classmethod
    def on(cls, desk: Desk) -> Self:
        """Every service over one desk."""
        return cls(desk=desk, staff=Staff(desk), search=TicketSearch(desk), knowledge=Knowledge(desk))
