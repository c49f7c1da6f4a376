"""The facts a proposal weighs, read once for a whole list of tickets. Regulation: 2.4, 2.5."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.people import Person, Role
from callcenter.domain.proposal import Candidate, Proposal, propose
from callcenter.domain.shifts import Leave, Shift, Skills, availability
from callcenter.domain.ticket import Ticket
from callcenter.domain.topics import Topic, path
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Desk


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffFacts:
    """Executors with their hours, skills and load at one local instant; the same for every ticket of a list."""

    local: datetime
    executors: Sequence[Person]
    shifts: Sequence[Shift]
    leaves: Sequence[Leave]
    skills: Mapping[int, Skills]
    loads: Mapping[int, int]
    topics: Mapping[int, Topic]

    def candidates(self) -> Sequence[Candidate]:
        """Each executor as he stands for every ticket, the client aside."""
        return [self._candidate(each) for each in self.executors]

    def proposal(self, ticket: Ticket, known: Mapping[int, int], candidates: Sequence[Candidate]) -> Proposal:
        """Who should take this ticket; `known` counts the client's solved tickets by who solved them."""
        candidates = [
            replace(each, known=known[each.person_id]) if each.person_id in known else each
            for each in candidates
        ]
        above = {each.id for each in path(self.topics, ticket.topic_id)}
        return propose(candidates, topics=above, product_id=ticket.product_id)

    def _candidate(self, person: Person) -> Candidate:
        skills = self.skills.get(person.id, Skills(person_id=person.id))
        return Candidate(
            person_id=person.id,
            name=person.name,
            availability=availability(person.id, self.shifts, self.leaves, self.local),
            topic_ids=skills.topic_ids,
            product_ids=skills.product_ids,
            load=self.loads.get(person.id, 0),
            known=0,
        )


async def staff_facts(uow: UnitOfWork, desk: Desk) -> StaffFacts:
    """Read them as they are now."""
    local = desk.clock.now().astimezone(desk.rules.zone)
    return StaffFacts(
        local=local,
        executors=[each for each in await uow.people.all() if each.active and Role.EXECUTOR in each.roles],
        shifts=await uow.staffing.shifts(),
        leaves=await uow.staffing.leaves(local.date()),
        skills={each.person_id: each for each in await uow.staffing.skills()},
        loads=await uow.staffing.loads(),
        topics={each.id: each for each in await uow.topics.all()},
    )


async def proposals_for(uow: UnitOfWork, desk: Desk, tickets: Sequence[Ticket]) -> Mapping[int, Proposal]:
    """The proposal for each ticket."""
    facts = await staff_facts(uow, desk)
    found = {}
    candidates = facts.candidates()
    for each in tickets:
        known = await uow.staffing.known(client_id=each.client_id, organization_id=each.organization_id)
        found[each.id] = facts.proposal(each, known, candidates)
    return found
