"""Reports built from the settings: what screens and the command line ask, and the files that go by mail."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from callcenter.calendars import build_calendar
from callcenter.clock import SystemClock
from callcenter.domain.notices import OutboxItem
from callcenter.domain.numbers import display, parse_number
from callcenter.domain.report import labels
from callcenter.mail.letters import Enclosure
from callcenter.ports.questions import FrequentQuestions
from callcenter.ports.statistics import StatisticsRoom
from callcenter.reports.files import ReportFiles
from callcenter.services.monthly_report import Reports, ReportSource
from callcenter.services.report_mail import ReportMail, period_of
from callcenter.store import Database
from callcenter.web.reports_room import ReportsRoom
from callcenter.web.translations import DEFAULT_LOCALE, Words, load_words
from config.settings import Settings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(kw_only=True)
class ReportEnclosures:
    """The files that go with a report's letter: made from what was kept, so each copy is the same."""

    room: ReportsRoom
    words: Words = field(default_factory=lambda: load_words()[DEFAULT_LOCALE])

    async def __call__(self, item: OutboxItem) -> list[Enclosure]:
        """The report as PDF and XLSX."""
        document = await self.room.reports.document(period_of(item.payload), self.words)
        said = labels(self.room.reports.saying(self.words))
        return [
            Enclosure(
                name=f"{document.name}.pdf",
                sent_as=f"{document.name}.pdf",
                kind="application/pdf",
                body=await self.room.files.pdf(document, said),
            ),
            Enclosure(
                name=f"{document.name}.xlsx",
                sent_as=f"{document.name}.xlsx",
                kind=XLSX,
                body=await self.room.files.xlsx(document, said),
            ),
        ]


def build_reports(
    database: Database, settings: Settings, room: StatisticsRoom, questions: FrequentQuestions | None
) -> ReportsRoom:
    """Everything of reports on one database."""
    zone, calendar = ZoneInfo(settings.calendar.zone), build_calendar(settings.calendar)
    did = next(iter(settings.hotline.values())).dids[0]
    e164 = parse_number(did).e164
    hotline = did if e164 is None else display(e164)
    source = ReportSource(room=room, zone=zone, hotline=hotline, questions=questions)
    reports = Reports(database.uow, source)
    words = load_words()[DEFAULT_LOCALE]
    mail = ReportMail(database.uow, SystemClock(), reports, lambda day: bool(calendar.day(day).hours), words)
    return ReportsRoom(reports=reports, mail=mail, files=ReportFiles(zone))
