"""The report of a day, a week, a month or any period; one that will not change any more is kept as it was made.

A kept report is what every later copy is made from: the month of a year ago reads as it read then, whatever was
renamed since. Regulation: 3.1, 3.2.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from callcenter.domain.cells import Wording
from callcenter.domain.document import Cell, Document
from callcenter.domain.document_codec import dump_document, load_document
from callcenter.domain.errors import InvalidInput
from callcenter.domain.questions import AskedQuestion
from callcenter.domain.report import compose, file_name
from callcenter.domain.report_figures import BROKEN_DOWN_BY, ReportFigures
from callcenter.domain.report_saying import Saying
from callcenter.domain.report_summary import is_final
from callcenter.domain.statistics import Dimension, Grain, Period, PeriodKind
from callcenter.domain.words import Words
from callcenter.ports.questions import FrequentQuestions
from callcenter.ports.reports import ExportPage, StoredReport
from callcenter.ports.statistics import StatisticsRoom
from callcenter.ports.unit_of_work import OpenUnitOfWork

LONGEST_REPORT = 366
"""Days of the longest period a whole report is made of."""

EXPORT_PAGE = 2000
"""Rows of an export that are read and written at once."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportSource:
    """What reports are made from. `hotline` is the advertised number as people read it."""

    room: StatisticsRoom
    zone: ZoneInfo
    hotline: str
    questions: FrequentQuestions | None = None


class Reports:
    """Makes reports, keeps the final ones, and reads rows for exports."""

    def __init__(self, open_uow: OpenUnitOfWork, source: ReportSource) -> None:
        self._open_uow = open_uow
        self._source = source

    @property
    def source(self) -> ReportSource:
        """What it is made from."""
        return self._source

    def saying(self, words: Words) -> Saying:
        """How this hotline's numbers are said in these words."""
        return Saying(words=words, wording=Wording(locale=words.locale, zone=self._source.zone))

    async def figures(self, period: Period) -> ReportFigures:
        """Everything a report says, read anew.

        Raises:
            InvalidInput: the period is longer than a year.
        """
        if period.days > LONGEST_REPORT:
            raise InvalidInput({"last": "too_long"})
        statistics, earlier = self._source.room.statistics, period.before()
        by = {each: await statistics.by(each, period) for each in BROKEN_DOWN_BY}
        before = {
            each: await statistics.by(each, earlier)
            for each in (Dimension.TOPIC, Dimension.PRODUCT, Dimension.KIND, Dimension.SOURCE)
        }
        compliance = None
        if period.kind is PeriodKind.MONTH:
            compliance = await self._source.room.compliance.month(
                period.first.year, period.first.month, longest=True
            )
        return ReportFigures(
            period=period,
            hotline=self._source.hotline,
            rules=statistics.rules,
            figures=await statistics.figures(period),
            earlier=await statistics.figures(earlier),
            steps=await statistics.series(period, grain_of(period)),
            heat=await statistics.heat(period),
            by=by,
            earlier_by=before,
            waits=await statistics.waits(period),
            compliance=compliance,
            losses=await self._source.room.zero_loss.days(period),
            questions=await self._questions(period),
            check=await self._source.room.recount.last(),
        )

    async def _questions(self, period: Period) -> Sequence[AskedQuestion]:
        if self._source.questions is None:
            return ()
        return (await self._source.questions.of(period)).rows

    async def document(self, period: Period, words: Words) -> Document:
        """The report as it was kept; else made now, and kept when its figures will not change any more."""
        name = file_name(period)
        async with self._open_uow(write=False) as uow:
            stored = await uow.reports.stored(name, words.locale)
        if stored is not None:
            try:
                return load_document(stored.body)
            except ValueError as error:
                _log.error("a kept report cannot be read; it is made anew", report=name, error=str(error))
        figures = await self.figures(period)
        document = compose(figures, self.saying(words))
        if stored is None and is_final(figures) and period.kind is not PeriodKind.FREE:
            await self._keep(period, document)
        return document

    async def _keep(self, period: Period, document: Document) -> None:
        async with self._open_uow() as uow:
            kept = await uow.reports.keep(
                StoredReport(
                    name=document.name,
                    locale=document.locale,
                    first=period.first,
                    last=period.last,
                    made_at=document.made_at,
                    body=dump_document(document),
                )
            )
            if kept:
                await uow.commit()

    async def kept(self, limit: int = 36) -> Sequence[StoredReport]:
        """The newest kept reports."""
        async with self._open_uow(write=False) as uow:
            return await uow.reports.kept(limit)

    async def tickets(self, period: Period) -> AsyncIterator[Sequence[Sequence[Cell]]]:
        """Every ticket opened in the period, some at a time; no transaction stays open between them."""
        since, until = period.span(self._source.zone)
        after: tuple[datetime, int] | None = None
        while True:
            async with self._open_uow(write=False) as uow:
                page: ExportPage = await uow.reports.tickets(since, until, after=after, limit=EXPORT_PAGE)
            if page.rows:
                yield page.rows
            if page.after is None:
                return
            after = page.after

    async def calls(self, period: Period) -> AsyncIterator[Sequence[Sequence[Cell]]]:
        """Every call that entered in the period, some at a time."""
        since, until = period.span(self._source.zone)
        after: tuple[datetime, int] | None = None
        while True:
            async with self._open_uow(write=False) as uow:
                page = await uow.reports.calls(since, until, after=after, limit=EXPORT_PAGE)
            if page.rows:
                yield page.rows
            if page.after is None:
                return
            after = page.after


def grain_of(period: Period) -> Grain:
    """The steps a period is shown by: hours of a day, days of up to two months, then weeks and months."""
    if period.days == 1:
        return Grain.HOUR
    if period.days <= 62:
        return Grain.DAY
    return Grain.WEEK if period.days <= 200 else Grain.MONTH
