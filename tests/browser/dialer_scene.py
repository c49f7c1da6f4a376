"""The dialer of the browser's house: its services and a PBX that is told how each attempt ends."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

from callcenter.domain.callbacks import AttemptStage, Callback, CallbackState
from callcenter.domain.instants import to_microseconds
from callcenter.domain.missed_calls import MissedCallRule
from callcenter.domain.ticket import Ticket
from callcenter.services.callback_desk import Asked, CallbackDesk
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_ledger import CallbackLedger
from callcenter.services.callback_tickets import DeskTickets
from callcenter.services.callback_views import CallbackViews
from callcenter.services.callbacks import Callbacks
from callcenter.services.desk import Desk
from callcenter.services.dialer_control import DialerControl
from callcenter.services.dialer_rules import DialerCalendar, DialerRules
from callcenter.services.hotline import Hotline
from callcenter.services.inbound_callbacks import InboundCallbacks
from callcenter.web.callback_room import CallbackRoom
from dialer.admission import Rules
from dialer.attempt import Outcome
from dialer.breaker import BreakerPolicy
from dialer.caps import Caps
from dialer.outcome import Evidence, Source, Verdict, classify
from dialer.policy import Policy
from dialer.ports import Order
from tests import make
from tests.browser.desk_scene import DeskHouse
from tests.browser.house import House
from tests.desk_house import MOSCOW, RULES, TERMS
from tests.fakes.notices import FakeNotices

PHONES = {"vasiliev": "PJSIP/201", "gromova": "PJSIP/202"}
RANG_OUT = Evidence(
    source=Source.EVENTS,
    originate_success=True,
    originate_reason=4,
    executor_answered=True,
    client_dialled=True,
    client_rang=True,
    dial_status="NOANSWER",
    client_cause=0,
)
ENGAGED = replace(RANG_OUT, dial_status="BUSY", client_cause=17, client_sip=486)
ANSWERED = replace(RANG_OUT, client_answered=True, dial_status="ANSWER", client_cause=16)
NO_SUCH_NUMBER = replace(RANG_OUT, client_rang=False, client_cause=1, client_sip=404)
TRUNK_DOWN = replace(RANG_OUT, client_rang=False, dial_status="CONGESTION", client_cause=34, client_sip=503)
NO_RECORD = Evidence(source=Source.NOTHING)


@dataclass(kw_only=True)
class DialerHouse:
    """The running program with a dialer whose worker is this test; `room` is what the screens ask."""

    house: House
    desk: DeskHouse
    room: CallbackRoom
    callbacks: Callbacks
    ledger: CallbackLedger
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    @classmethod
    async def built(cls, desk: DeskHouse, *, missed_rule: MissedCallRule | None = None) -> "DialerHouse":
        house = desk.house
        uow, clock = house.database.uow, house.clock
        whole = Desk(open_uow=uow, clock=clock, rules=RULES, notices=FakeNotices())
        calendar = DialerCalendar(TERMS.calendar, MOSCOW)
        rules = DialerRules(
            rules=Rules(policy=Policy(), caps=Caps(), calendar=calendar), breaker=BreakerPolicy(failures=3)
        )
        tickets = DeskTickets(whole)
        endings = CallbackEndings(rules, tickets)
        callbacks, control = Callbacks(uow, clock, rules, endings), DialerControl(uow, clock, rules)
        room = CallbackRoom(
            desk=CallbackDesk(whole, callbacks),
            views=CallbackViews(uow, clock, control),
            control=control,
            missed_rule=missed_rule or MissedCallRule(),
        )
        house.services = replace(house.services, callbacks=room)
        house.hotline = Hotline(uow, clock, callbacks=InboundCallbacks(tickets))
        for login, endpoint in PHONES.items():
            async with uow() as work:
                person = replace(house.people[login], endpoint=endpoint, pbx=make.PBX)
                await work.people.save(person)
                await work.commit()
            house.people[login] = person
        await house.vanish()
        await house.serve()
        ledger = CallbackLedger(uow, rules, endings, lambda: frozenset({make.PBX}))
        return cls(house=house, desk=desk, room=room, callbacks=callbacks, ledger=ledger)

    @property
    def now(self) -> int:
        return to_microseconds(self.house.clock.now())

    async def accepted(
        self, login: str = "vasiliev", text: str = "Не открывается отчёт по зарплате"
    ) -> Ticket:
        """A ticket that this executor works on."""
        given = await self.desk.given(login, text)
        return await self.desk.room.work.accept(self.house.people[login], given.id, given.version)

    async def ask(self, ticket: Ticket, login: str = "vasiliev") -> Callback:
        return await self.room.desk.ask(self.house.people[login], Asked(ticket_id=ticket.id))

    async def rings(self) -> Order:
        """The dialer claims the next due call, and the executor's telephone rings."""
        order = (await self.ledger.claim(self.now, f"cb-{next(self._ids):024d}")).order
        assert order is not None, "nothing may be dialled"
        await self.ledger.sent(order, self.now)
        await self.ledger.progressed(order.attempt_id, AttemptStage.EXECUTOR_RINGING, self.house.clock.now())
        return order

    async def ends(self, order: Order, evidence: Evidence, *, seconds: int = 40) -> Verdict:
        """The call ends as the PBX showed it."""
        self.house.clock.advance(timedelta(seconds=seconds))
        verdict = classify(evidence)
        assert await self.ledger.finish(order.attempt_id, verdict, self.now)
        return verdict

    async def attempt(self, evidence: Evidence) -> Outcome:
        """One whole attempt."""
        return (await self.ends(await self.rings(), evidence)).outcome

    async def state(self, series: Callback) -> CallbackState:
        async with self.house.database.uow(write=False) as uow:
            found = await uow.callbacks.by_id(series.id)
        assert found is not None
        return found.state
