"""Tickets of a month on any store, and the questions found in them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.statistics import Period
from callcenter.domain.ticket import Ticket
from callcenter.morphology import RussianMorphology
from callcenter.ports.questions import QuestionReport
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.question_grouping import GroupingRules
from callcenter.services.questions import Questions
from tests import make
from tests.desk_house import MOSCOW, RULES, House

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
MORPHOLOGY = RussianMorphology()

REPORT = (
    "Не открывается отчёт в СБИС",
    "не могу открыть отчёт, СБИС закрывается",
    "отчеты в сбис не открываются со вчерашнего дня",
    "При открытии атчета СБИС выдаёт ошибку",
)
SIGNATURE = (
    "Истёк срок электронной подписи, как продлить?",
    "закончилась ЭЦП, нужно продлить подпись",
    "продление кэп, срок истекает завтра",
)
LABELS = ("Не печатаются этикетки", "принтер не печатает этикетку", "печать этикеток: пустые листы")
PASSWORD = (
    "Забыл пароль от личного кабинета",
    "восстановите пароль в лк",
    "пароль лк не подходит, восстановить",
)


async def ask_in(open_uow: OpenUnitOfWork, month: date, texts: Sequence[str]) -> list[Ticket]:
    """Registered tickets that arrived from the second day of the month, an hour after another."""
    first = datetime(month.year, month.month, 2, 10, tzinfo=MOSCOW)
    added = []
    async with open_uow() as uow:
        for number, text in enumerate(texts):
            at = first + timedelta(hours=number)
            plain = make.ticket(caller=None, status=Status.NEW, created=at)
            added.append(await uow.tickets.add(replace(plain, text=text, arrived_at=at, registered_at=at)))
        await uow.commit()
    return added


class QuestionsHouse:
    """`await QuestionsHouse.built(open_uow)`; the clock stands at noon of 30 November 2026 in Moscow."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.people = house.people
        rules = GroupingRules(
            zone=MOSCOW, calendar=RULES.terms.calendar, morphology=MORPHOLOGY, node="node-1"
        )
        self.questions = Questions(house.open_uow, house.clock, rules)
        self.grouping = self.questions.grouping
        house.at("2026-11-30T12:00")

    @classmethod
    async def built(cls, open_uow: OpenUnitOfWork) -> "QuestionsHouse":
        return cls(await House.built(open_uow))

    async def asked(self, month: date, texts: Sequence[str]) -> list[Ticket]:
        """Tickets of the month with these texts."""
        return await ask_in(self.house.open_uow, month, texts)

    async def answered(
        self, ticket: Ticket, answer: str, *, rating: int | None = None, closed: bool = False
    ) -> None:
        """The ticket as it ended."""
        async with self.house.open_uow() as uow:
            present = await uow.tickets.by_id(ticket.id)
            assert present is not None
            status = Status.CLOSED if closed else Status.RESOLVED
            await uow.tickets.save(
                replace(present, answer=answer, rating=rating, status=status, ended_at=present.arrived_at)
            )
            await uow.commit()

    async def cancelled(self, ticket: Ticket, reason: CancelReason) -> None:
        """The ticket was no request at all."""
        async with self.house.open_uow() as uow:
            present = await uow.tickets.by_id(ticket.id)
            assert present is not None
            await uow.tickets.save(replace(present, status=Status.CANCELLED, cancel_reason=reason))
            await uow.commit()

    async def month(self, month: date) -> QuestionReport:
        """The stored questions of a month."""
        return await self.questions.of(Period.month(month.year, month.month))

    async def names(self, month: date) -> dict[str, int]:
        """The questions of a month by name with their tickets."""
        return {row.name: row.tickets for row in (await self.month(month)).rows}
