"""Statistics and reports over any store and clock, with Asterisk's records played by the calls themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.domain.ticket_clocks import DESK_TARGETS
from callcenter.domain.zero_loss import RecordedCall
from callcenter.ports.statistics import StatisticsRoom
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.reports.files import ReportFiles
from callcenter.services.compliance import Compliance
from callcenter.services.day_closing import DayClosing
from callcenter.services.day_counting import House as CountedHouse
from callcenter.services.monthly_report import Reports, ReportSource
from callcenter.services.recount import Recount
from callcenter.services.report_mail import ReportMail
from callcenter.services.statistics import Statistics
from callcenter.services.zero_loss import ZeroLoss
from callcenter.web.reports_room import ReportsRoom
from callcenter.web.translations import load_words
from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.spec import regulation_spec

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = BusinessCalendar(regulation_spec())
TERMS = Terms(targets=DESK_TARGETS, calendar=CALENDAR)


@dataclass(kw_only=True)
class OurOwnRecords:
    """Port `PbxRecords`: Asterisk wrote down every call we have, and `more` that we do not."""

    open_uow: OpenUnitOfWork
    more: list[RecordedCall] = field(default_factory=list)

    async def calls(
        self, since: datetime, until: datetime
    ) -> tuple[Mapping[str, Sequence[RecordedCall]], Mapping[str, str]]:
        async with self.open_uow(write=False) as uow:
            held = await uow.losses.calls(since, until)
        found = [
            RecordedCall(
                pbx=each.pbx, linkedid=each.linkedid, at=each.at, caller=each.caller, answered=each.answered
            )
            for each in held
        ]
        found += [each for each in self.more if since <= each.at < until]
        return {"main": found}, {}


@dataclass(kw_only=True)
class ReportsHouse:
    """`room` and `reports` are what screens ask; `closing` ends days as the night does."""

    room: StatisticsRoom
    reports: ReportsRoom
    closing: DayClosing
    records: OurOwnRecords

    @classmethod
    def on(cls, open_uow: OpenUnitOfWork, clock: Clock) -> "ReportsHouse":
        house = CountedHouse(zone=MOSCOW, terms=lambda: TERMS)
        statistics = Statistics(open_uow, clock, house)
        recount = Recount(open_uow, clock, house)
        records = OurOwnRecords(open_uow=open_uow)
        room = StatisticsRoom(
            statistics=statistics,
            recount=recount,
            zero_loss=ZeroLoss(open_uow, clock, house, records),
            compliance=Compliance(open_uow, clock, house, statistics),
        )
        reports = Reports(open_uow, ReportSource(room=room, zone=MOSCOW, hotline="8 (800) 555-06-40"))
        mail = ReportMail(
            open_uow, clock, reports, lambda day: bool(CALENDAR.day(day).hours), load_words()["ru"]
        )
        return cls(
            room=room,
            reports=ReportsRoom(reports=reports, mail=mail, files=ReportFiles(MOSCOW)),
            closing=DayClosing(open_uow, clock, house, recount),
            records=records,
        )
