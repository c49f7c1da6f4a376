"""The services behind the help desk's screens, handed over as one value by the composition root."""

from dataclasses import dataclass
from typing import Self

from callcenter.services.desk import Desk
from callcenter.services.handover import Handover
from callcenter.services.knowledge import Knowledge
from callcenter.services.moderation import Moderation
from callcenter.services.registration import Registration
from callcenter.services.ticket_export import TicketExport
from callcenter.services.ticket_lists import TicketLists
from callcenter.services.ticket_reading import TicketReading
from callcenter.services.ticket_search import TicketSearch
from callcenter.services.topic_tree import TopicTree
from callcenter.services.work import Work


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskRoom:
    """What people do with tickets all day."""

    registration: Registration
    moderation: Moderation
    work: Work
    handover: Handover
    lists: TicketLists
    reading: TicketReading
    topics: TopicTree
    search: TicketSearch
    knowledge: Knowledge
    export: TicketExport

    @classmethod
    def on(cls, desk: Desk) -> Self:
        """Every service over one desk."""
        return cls(
            registration=Registration(desk),
            moderation=Moderation(desk),
            work=Work(desk),
            handover=Handover(desk),
            lists=TicketLists(desk),
            reading=TicketReading(desk),
            topics=TopicTree(desk),
            search=TicketSearch(desk),
            knowledge=Knowledge(desk),
            export=TicketExport(desk),
        )
