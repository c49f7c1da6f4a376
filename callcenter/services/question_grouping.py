"""Grouping the texts of months in the background: read in pages, grouped in a thread, written in slices.

A grouping is seen only when it is whole; the pop-ups of the same process never wait for it longer than for a slice.
Regulation: 3.2.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from callcenter.domain.errors import Conflict, InvalidInput, Unavailable
from callcenter.domain.question_words import Morphology, RequestText
from callcenter.domain.questions import (
    AskedQuestion,
    Findings,
    Membership,
    Question,
    QuestionRule,
    QuestionRun,
    Rulebook,
    answer_rank,
    asked_questions,
    find_questions,
)
from callcenter.domain.statistics import Period, next_month
from callcenter.ports.questions import AnsweredTicket, StoredText
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork

PAGE, SLICE = 1000, 400
LEASE, LEASE_FOR = "questions", timedelta(minutes=15)
LOOK_EVERY = timedelta(minutes=30)
AFTER_FAILURE = timedelta(minutes=1)
SETTLES = timedelta(hours=6)
"""So long after its end a month is frozen: what came in at its last minutes is registered by then."""
MONTHS_BACK = 36
STALE_AFTER = timedelta(hours=1)
ANSWERS_LOOKED_AT = 8

_log = structlog.get_logger(__name__)


class WorkingTime(Protocol):
    """The business calendar, as far as comparing months needs it."""

    def between(self, start: datetime, end: datetime) -> timedelta: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupingRules:
    """What grouping stands on besides the store."""

    zone: ZoneInfo
    calendar: WorkingTime
    morphology: Morphology
    node: str


class QuestionGrouping:
    """`run` is a background task of every node; one at a time works, by a lease."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, rules: GroupingRules) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._rules = rules
        self.failures = 0

    async def run(self) -> None:
        """Keep every month grouped until cancelled."""
        while True:
            try:
                await self.look()
                pause = LOOK_EVERY
            except (Unavailable, Conflict) as error:
                self.failures += 1
                _log.warning("questions could not be grouped", error=str(error))
                pause = AFTER_FAILURE
            await asyncio.sleep(pause.total_seconds())

    async def look(self) -> Sequence[date]:
        """Group what is not grouped or has changed, the oldest month first; the months that were grouped."""
        done = []
        for month, final in await self._wanting():
            run = await self.group(month, final=final)
            if run is not None:
                done.append(month)
        await self._clear()
        return done

    async def group(self, month: date, *, final: bool = False) -> QuestionRun | None:
        """Group a month anew; a frozen month stays as it is. None: another node is at it.

        Raises:
            InvalidInput: to be frozen (`final`) and not over yet.
        """
        now = self._clock.now()
        if final and self.span(month)[1] > now:
            raise InvalidInput({"month": "not_over"})
        async with self._open_uow() as uow:
            present = await uow.questions.run(month)
            if present is not None and present.frozen_at is not None:
                return present
            token = await uow.links.take_lease(LEASE, self._rules.node, now=now, until=now + LEASE_FOR)
            await uow.commit()
        if token is None:
            return None
        try:
            return await self._group(month, frozen_at=now if final else None)
        finally:
            async with self._open_uow() as uow:
                await uow.links.release_lease(LEASE, self._rules.node)
                await uow.commit()

    def span(self, month: date) -> tuple[datetime, datetime]:
        """The instants of a month."""
        return Period.month(month.year, month.month).span(self._rules.zone)

    async def apply_rules(self) -> None:
        """Count the tickets of months that are not frozen by the rules of now."""
        async with self._open_uow(write=False) as uow:
            runs = [each for each in await uow.questions.runs() if each.frozen_at is None]
        for each in runs:
            await self._apply(each.month)

    async def _wanting(self) -> list[tuple[date, bool]]:
        """Months to be grouped, with whether for the last time."""
        now = self._clock.now()
        async with self._open_uow(write=False) as uow:
            first = await uow.questions.first_arrival()
            runs = {each.month: each for each in await uow.questions.runs()}
            if first is None:
                return []
            wanting = []
            for month in _months(first, now, self._rules.zone):
                since, until = self.span(month)
                run = runs.get(month)
                over = until + SETTLES <= now
                if over and (run is None or run.frozen_at is None):
                    wanting.append((month, True))
                elif not over:
                    texts = await uow.questions.count_texts(since, until)
                    if texts and (run is None or texts != run.texts + run.skipped):
                        wanting.append((month, False))
            return wanting

    async def _group(self, month: date, *, frozen_at: datetime | None) -> QuestionRun:
        texts = await self._texts(month)
        asked = [
            RequestText(ticket_id=each.ticket_id, subject=each.subject, text=each.text)
            for each in texts
            if each.readable
        ]
        at = {each.ticket_id: each.at for each in texts}
        async with self._open_uow(write=False) as uow:
            questions = await uow.questions.questions()
            products = [each.name for each in await uow.clients.products()]
        known = {each.id: dict(each.words) for each in questions if each.parent_id is None}
        found = await asyncio.to_thread(
            find_questions, asked, self._rules.morphology, products=products, known=known
        )
        run = QuestionRun(
            id=0,
            month=month,
            at=self._clock.now(),
            texts=len(asked),
            grouped=sum(len(each.members) for each in found.questions),
            skipped=len(texts) - len(asked),
            frozen_at=frozen_at,
            weights=found.weights,
            forms=found.forms,
        )
        run, ids = await self._begin(run, found)
        members = _memberships(asked, at, found, ids)
        for start in range(0, len(members), SLICE):
            async with self._open_uow() as uow:
                await uow.questions.add_members(run.id, members[start : start + SLICE])
                await uow.commit()
            await asyncio.sleep(0)
        return await self._show(run, members)

    async def _texts(self, month: date) -> list[StoredText]:
        since, until = self.span(month)
        texts: list[StoredText] = []
        after: tuple[datetime, int] | None = None
        while True:
            async with self._open_uow(write=False) as uow:
                page = await uow.questions.texts(since, until, after=after, limit=PAGE)
            texts += page
            if len(page) < PAGE:
                return texts
            after = page[-1].at, page[-1].ticket_id

    async def _begin(self, run: QuestionRun, found: Findings) -> tuple[QuestionRun, list[int]]:
        """Store the run and the questions found for the first time; the question of each group."""
        ids: list[int] = []
        async with self._open_uow() as uow:
            for each in found.questions:
                if each.question_id is not None:
                    ids.append(each.question_id)
                    continue
                name = each.name or ", ".join(found.forms.get(term, term) for term, _ in each.words[:3])
                new = Question(id=0, name=name, words=each.words, first_month=run.month)
                ids.append((await uow.questions.add(new)).id)
            groups = {key: each.words for key, each in zip(ids, found.questions, strict=True)}
            started = await uow.questions.start_run(replace(run, groups=groups))
            await uow.commit()
        return started, ids

    async def _show(self, run: QuestionRun, members: Sequence[Membership]) -> QuestionRun:
        while True:
            async with self._open_uow(write=False) as uow:
                counted = await self._counted(uow, run, members)
            async with self._open_uow() as uow:
                if counted.rules != await uow.questions.rules():
                    continue  # somebody said something meanwhile
                await uow.questions.move_members(run.id, counted.moved)
                await uow.questions.show_run(run, counted.asked)
                if run.frozen_at is not None:
                    await uow.questions.save_words(run.groups)
                await uow.commit()
                return run

    async def _apply(self, month: date) -> None:
        while True:
            async with self._open_uow(write=False) as uow:
                run = await uow.questions.run(month)
                if run is None or run.frozen_at is not None:
                    return
                counted = await self._counted(uow, run, await uow.questions.members(run.id))
            async with self._open_uow() as uow:
                present = await uow.questions.run(month)
                if present is None or present.id != run.id or counted.rules != await uow.questions.rules():
                    continue
                await uow.questions.move_members(run.id, counted.moved)
                await uow.questions.replace_asked(run.id, counted.asked)
                await uow.commit()
                return

    async def _counted(self, uow: UnitOfWork, run: QuestionRun, members: Sequence[Membership]) -> "_Counted":
        questions = {each.id: each for each in await uow.questions.questions()}
        rules = await uow.questions.rules()
        rulebook = Rulebook(questions, rules)
        resolved, moved = await asyncio.to_thread(_resolved, rulebook, members)
        before, share = await self._before(uow, run, rulebook)
        words = {key: run.groups.get(key) or each.words for key, each in questions.items()}
        asked = await asyncio.to_thread(
            asked_questions,
            resolved,
            rulebook,
            words,
            before=before,
            share=share,
            known_before=lambda key: key in questions and questions[key].first_month < run.month,
            answers=await _answers(uow, run.id, resolved),
        )
        return _Counted(rules=rules, moved=moved, asked=asked)

    async def _before(
        self, uow: UnitOfWork, run: QuestionRun, rulebook: Rulebook
    ) -> tuple[Mapping[int, int], float | None]:
        """Last month's tickets by question as people see them now, and this month's part of both working times."""
        last = (run.month - timedelta(days=1)).replace(day=1)
        earlier = await uow.questions.run(last)
        since, until = self.span(run.month)
        now = self._rules.calendar.between(since, min(until, max(run.at, since)))
        then = self._rules.calendar.between(*self.span(last))
        if earlier is None or not now or not then:
            return {}, None
        members = await uow.questions.members(earlier.id)
        resolved, _ = await asyncio.to_thread(_resolved, rulebook, members)
        counts = Counter(each.question_id for each in resolved if each.question_id is not None)
        return counts, now / (now + then)

    async def _clear(self) -> None:
        """Drop groupings that nobody sees any more, a slice at a time."""
        while True:
            async with self._open_uow() as uow:
                dropped = await uow.questions.clear_unseen(
                    started_before=self._clock.now() - STALE_AFTER, limit=SLICE
                )
                await uow.commit()
            if dropped < SLICE:
                return
            await asyncio.sleep(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    rules: Sequence[QuestionRule]
    moved: Mapping[int, int | None]
    asked: Sequence[AskedQuestion]


def _resolved(
    rulebook: Rulebook, members: Sequence[Membership]
) -> tuple[list[Membership], Mapping[int, int | None]]:
    """The members as the rules have them, and which tickets change their question by it."""
    resolved, moved = [], {}
    for each in members:
        counts_for = None if each.found_id is None else rulebook.resolve(each.found_id, each.terms)
        if counts_for != each.question_id:
            moved[each.ticket_id] = counts_for
            each = replace(each, question_id=counts_for)
        resolved.append(each)
    return resolved, moved


def _memberships(
    asked: Sequence[RequestText], at: Mapping[int, datetime], found: Findings, ids: Sequence[int]
) -> list[Membership]:
    belongs = {
        index: (ids[number], points)
        for number, each in enumerate(found.questions)
        for index, points in each.members.items()
    }
    members = []
    for index, each in enumerate(asked):
        question_id, points = belongs.get(index, (None, 0.0))
        members.append(
            Membership(
                ticket_id=each.ticket_id,
                at=at[each.ticket_id],
                found_id=question_id,
                question_id=question_id,
                points=round(points, 4),
                terms=found.terms[index],
            )
        )
    return sorted(members, key=lambda member: member.ticket_id)


async def _answers(
    uow: UnitOfWork, run_id: int, members: Sequence[Membership]
) -> Mapping[int, Sequence[int]]:
    """For each question the tickets whose answers satisfied most, without one and the same answer twice."""
    counts_for = {each.ticket_id: each.question_id for each in members}
    candidates: dict[int, list[tuple[int, AnsweredTicket]]] = defaultdict(list)
    for each in await uow.questions.answered(run_id):
        rank = answer_rank(each.rating, confirmed=each.confirmed)
        question_id = counts_for.get(each.ticket_id)
        if rank is not None and question_id is not None:
            candidates[question_id].append((rank, each))
    best = {
        key: [
            each.ticket_id
            for _, each in sorted(rows, key=lambda row: (-row[0], -row[1].points, -row[1].ticket_id))
        ][:ANSWERS_LOOKED_AT]
        for key, rows in candidates.items()
    }
    tickets = await uow.tickets.by_ids([each for ids in best.values() for each in ids])
    said = {each.id: " ".join(each.answer.casefold().split()) for each in tickets}
    return {
        key: list({said[each]: each for each in reversed(ids) if each in said}.values())[::-1]
        for key, ids in best.items()
    }


def _months(first: datetime, now: datetime, zone: ZoneInfo) -> list[date]:
    """The first days of the months from `first` to now, at most `MONTHS_BACK` back."""
    month = first.astimezone(zone).date().replace(day=1)
    last = now.astimezone(zone).date().replace(day=1)
    found = []
    while month <= last:
        found.append(month)
        month = next_month(month)
    return found[-MONTHS_BACK:]
