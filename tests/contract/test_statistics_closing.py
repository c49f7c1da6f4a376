"""Days that close, months that freeze, facts that come late, spoilt rows: on both databases, with real services."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.people import PhoneState
from callcenter.domain.statistics import (
    Dimension,
    Grain,
    MarkKind,
    Period,
    Rules,
    Selection,
    Standing,
)
from callcenter.services.compliance import Compliance
from callcenter.services.day_closing import DayClosing
from callcenter.services.day_counting import House as Rooms
from callcenter.services.hotline import Hotline
from callcenter.services.recount import Recount
from callcenter.services.statistics import Statistics
from callcenter.store import Database
from callcenter.store.statement import Statement
from callcenter.store.tables_callbacks import callback, callback_attempt
from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.spec import calendar_spec
from tests import make
from tests.desk_house import MOSCOW, TERMS, House, moscow
from tests.fakes.clock import FakeClock

MONDAY = date(2026, 11, 23)
NOVEMBER = Period.month(2026, 11)


class Room:
    """The desk's house with statistics over the same store and clock."""

    def __init__(self, house: House, database: Database) -> None:
        self.house = house
        self.database = database
        self.terms: Terms = TERMS
        self.rooms = Rooms(zone=MOSCOW, terms=lambda: self.terms)
        self.recount = Recount(database.uow, house.clock, self.rooms)
        self.closing = DayClosing(database.uow, house.clock, self.rooms, self.recount)
        self.statistics = Statistics(database.uow, house.clock, self.rooms, slow=3600)
        self.compliance = Compliance(database.uow, house.clock, self.rooms, self.statistics)
        self.hotline = Hotline(database.uow, house.clock)

    async def call(self, at: str, linkedid: str, *, wait: float = 10, talk: float | None = 60) -> None:
        """One call from a number of its own; without `talk` the caller gives up."""
        begin = moscow(at)
        caller = f"+7916{int(linkedid):07d}"

        def later(seconds: float) -> float:
            return (begin + timedelta(seconds=seconds) - make.START).total_seconds()

        facts: list[object] = [
            make.entered(linkedid, later(0), caller=caller),
            make.queued(linkedid, later(1)),
        ]
        if talk is None:
            facts.append(make.ended(linkedid, later(1 + wait), CallOutcome.ABANDONED))
        else:
            facts.append(make.answered(linkedid, later(1 + wait)))
            facts.append(make.ended(linkedid, later(1 + wait + talk), CallOutcome.ANSWERED))
        await self.hotline.apply(facts)  # type: ignore[arg-type]

    async def unreachable(self, number: int, ticket_id: int, starts: Sequence[str]) -> None:
        """A series of callbacks that ended unreachable, each attempt a minute long and placed when it was due."""
        executor, ended = self.house.people.executor.id, moscow("12:00")
        series: dict[str, object] = {
            "id": number, "version": 1, "ticket_id": ticket_id, "number": "+79161234567", "executor_id": executor,
            "origin": "executor", "asked_by": executor, "asked_at": moscow("09:50"), "reason": "first",
            "snoozed": False, "state": "unreachable", "updated_at": ended, "ended_at": ended,
        }  # fmt: skip
        attempts = [
            {
                "id": f"cb-{number}-{place}", "callback_id": number, "ticket_id": ticket_id, "no": place + 1,
                "number": "+79161234567", "executor_id": executor, "pbx": "main", "endpoint": "PJSIP/101",
                "token": 1, "due_at": moscow(at), "claimed_at": moscow(at), "send_by": moscow(at),
                "expires_at": moscow(at), "lease_until": moscow(at), "stage": "client_ringing", "rule": "",
                "ended_at": moscow(at) + timedelta(minutes=1), "outcome": "no_answer", "seen": "",
                "touched": True, "client_first": False,
            }
            for place, at in enumerate(starts)
        ]  # fmt: skip
        async with self.database.uow() as uow:
            for table, rows in ((callback, [series]), (callback_attempt, attempts)):
                for row in rows:
                    await uow.statistics._db.run(Statement(insert(table), columns=list(row)), row)
            await uow.commit()

    async def spoil(self, sql: str, **values: object) -> None:
        """As if a hostile or broken program had written into the database."""
        async with self.database.uow() as uow:
            await uow.statistics._db.run(Statement(text(sql)), values)
            await uow.commit()


@pytest.fixture
async def room(real: Database) -> Room:
    return Room(await House.built(real.uow), real)


@pytest.mark.regulation("3.1")
async def test_today_is_counted_live_and_its_day_is_stored_when_it_is_over(room: Room) -> None:
    await room.call("10:00", "1", wait=7)
    await room.call("10:05", "2", wait=30, talk=None)
    room.house.at("10:10")
    live = await room.statistics.figures(Period.day(MONDAY))
    assert (live.standing, live.value("calls.offered"), live.open_days) == (Standing.LIVE, 2, 1)
    assert live.value("asa") == 7
    assert live.measures["service_level"].numerator == 1
    assert live.measures["service_level"].denominator == 2
    room.house.at("24 00:05")
    assert await room.closing.close_due() == [], "the last ten minutes may still be on their way"
    room.house.at("24 00:11")
    assert await room.closing.tend() == [MONDAY]
    stored = await room.statistics.figures(Period.day(MONDAY))
    assert stored.standing is Standing.CLOSED
    assert {code: each.value for code, each in stored.measures.items()} == {
        code: each.value for code, each in live.measures.items()
    }
    assert await room.closing.tend() == [], "closed once"


@pytest.mark.regulation("3.1")
async def test_today_is_counted_once_in_five_seconds_however_many_look(room: Room) -> None:
    await room.call("10:00", "1")
    room.house.at("10:10")
    assert (await room.statistics.figures(Period.day(MONDAY))).value("calls.offered") == 1
    await room.call("10:01", "2")
    room.house.clock.advance(timedelta(seconds=4))
    known = await room.statistics.figures(Period.day(MONDAY))
    assert (known.value("calls.offered"), known.as_of) == (1, moscow("10:10"))
    room.house.clock.advance(timedelta(seconds=1))
    assert (await room.statistics.figures(Period.day(MONDAY))).value("calls.offered") == 2


async def test_where_a_count_is_slow_nobody_waits_for_it_and_the_next_look_is_fresh(room: Room) -> None:
    patient = Statistics(room.database.uow, room.house.clock, room.rooms, slow=-1)
    await room.call("10:00", "1")
    room.house.at("10:10")
    await patient.figures(Period.day(MONDAY))
    await room.call("10:01", "2")
    room.house.clock.advance(timedelta(seconds=20))
    known = await patient.figures(Period.day(MONDAY))
    assert (known.value("calls.offered"), known.as_of) == (1, moscow("10:10"))
    await patient.live.settled()
    assert (await patient.figures(Period.day(MONDAY))).value("calls.offered") == 2
    await room.call("10:02", "3")
    room.house.clock.advance(timedelta(seconds=61))
    assert (await patient.figures(Period.day(MONDAY))).value("calls.offered") == 3, "too old to be shown"


@pytest.mark.regulation("3.1")
async def test_a_call_found_after_its_day_was_closed_reopens_the_day_visibly(room: Room) -> None:
    await room.call("10:00", "1")
    room.house.at("24 00:11")
    await room.closing.tend()
    await room.call("11:00", "2", talk=None)  # reconstructed a day later
    room.house.at("25 00:11")
    await room.closing.tend()
    check = await room.recount.last()
    assert check is not None and not check.equal
    named = {(each.dimension, each.member, each.counter): each for each in check.differences}
    lost = named[None, "", "call.abandoned"]
    assert (lost.day, lost.stored, lost.counted, lost.applied) == (MONDAY, 0, 1, True)
    assert (Dimension.HALF_HOUR, "22", "call.abandoned") in named
    day = await room.statistics.figures(Period.day(MONDAY))
    assert day.value("calls.offered") == 2
    assert [mark.kind for mark in day.marks] == [MarkKind.LATE_FACTS]
    again = await room.recount.run(Period.day(MONDAY))
    assert again.equal
    assert await room.recount.differences(Period.day(MONDAY)) == list(reversed(check.differences))


@pytest.mark.regulation("3.2")
async def test_a_frozen_month_never_changes_and_what_came_later_is_listed(room: Room) -> None:
    await room.call("10:00", "1")
    room.house.clock.advance(datetime(2026, 12, 1, 0, 11, tzinfo=MOSCOW) - room.house.clock.now())
    await room.closing.tend()
    frozen = await room.statistics.figures(NOVEMBER)
    assert frozen.standing is Standing.FROZEN
    await room.call("11:00", "2")
    check = await room.recount.run(NOVEMBER)
    assert not check.equal and not any(each.applied for each in check.differences)
    after = await room.statistics.figures(NOVEMBER)
    assert after == frozen
    assert (await room.statistics.figures(Period.day(MONDAY))).value("calls.offered") == 1
    async with room.database.uow() as uow:
        with pytest.raises(Conflict):
            await uow.statistics.freeze_month(room.rooms.closing(date(2026, 11, 1), moscow("10:00")), [])


async def test_a_spoilt_stored_month_is_found_by_the_check(room: Room) -> None:
    await room.call("10:00", "1")
    room.house.clock.advance(datetime(2026, 12, 1, 0, 11, tzinfo=MOSCOW) - room.house.clock.now())
    await room.closing.tend()
    await room.spoil(
        "UPDATE month_tally SET tally = :tally WHERE dimension = ''",
        tally='{"counts":{"call.answered":7},"waits":{}}',
    )
    check = await room.recount.run(NOVEMBER)
    assert "month.call.answered" in {each.counter for each in check.differences}


@pytest.mark.regulation("3.1")
async def test_a_period_across_a_calendar_change_is_marked(room: Room) -> None:
    await room.call("10:00", "1")
    room.house.at("24 00:11")
    await room.closing.tend()
    room.terms = replace(TERMS, calendar=BusinessCalendar(calendar_spec(hours={"mon-fri": "10:00-19:00"})))
    room.house.at("25 00:11")
    await room.closing.close_due()
    marks = (await room.statistics.figures(NOVEMBER)).marks
    assert [(mark.kind, mark.day) for mark in marks] == [(MarkKind.CALENDAR_CHANGED, date(2026, 11, 24))]
    assert marks[0].was != marks[0].now


@pytest.mark.regulation("3.1")
async def test_a_period_across_a_change_of_targets_is_marked(room: Room) -> None:
    await room.call("10:00", "1")
    room.house.at("24 00:11")
    await room.closing.tend()
    room.terms = replace(TERMS, targets=replace(TERMS.targets, propose_percent=95))
    room.house.at("25 00:11")
    await room.closing.close_due()
    marks = (await room.statistics.figures(NOVEMBER)).marks
    assert [(mark.kind, mark.day) for mark in marks] == [(MarkKind.TARGETS_CHANGED, date(2026, 11, 24))]


async def test_an_empty_house_says_so_and_closes_nothing(room: Room) -> None:
    assert await room.closing.tend() == []
    figures = await room.statistics.figures(NOVEMBER)
    assert figures.empty
    assert figures.value("asa") is None
    assert figures.value("calls.offered") == 0
    assert figures.measures["aht.wrap_up"].measured is False
    assert (await room.statistics.heat(NOVEMBER)).cells == []
    assert (await room.statistics.by(Dimension.OPERATOR, NOVEMBER)).rows == []


async def test_a_quarter_ahead_is_empty_and_live(room: Room) -> None:
    figures = await room.statistics.figures(Period(first=date(2027, 1, 1), last=date(2027, 3, 31)))
    assert (figures.empty, figures.standing, figures.open_days) == (True, Standing.LIVE, 90)


async def test_spoilt_and_hostile_rows_are_left_out_and_counted(room: Room) -> None:
    await room.call("10:00", "1")
    await room.call("10:01", "2")
    ticket = await room.house.in_work("10:05")
    room.house.at("11:40")
    await room.house.work.resolve(room.house.people.executor, ticket.id, ticket.version, answer="Готово")
    await room.spoil("UPDATE call SET outcome = '=cmd|evil', answered_at = NULL WHERE linkedid = '2'")
    await room.spoil("UPDATE verdict SET record = '{broken' WHERE outcome = 'breached'")
    await room.spoil("UPDATE ticket SET rating = 99 WHERE id = :id", id=ticket.id)
    figures = await room.statistics.figures(Period.day(MONDAY))
    assert figures.value("calls.offered") == 1
    assert figures.value("clock.resolve-reference") == 0
    assert figures.value("rating.count") == 0
    bad = [mark for mark in figures.marks if mark.kind is MarkKind.BAD_ROWS]
    assert bad[0].count == 3
    (breach,) = (await room.compliance.evidence(2026, 11, "clock.resolve-reference")).breaches
    assert (breach.ticket_id, breach.verdict) == (ticket.id, None)


@pytest.mark.regulation("2.10", "3.2")
async def test_compliance_names_each_clause_with_its_tickets_and_explains_a_breach(room: Room) -> None:
    late = await room.house.in_work("10:00")
    room.house.at("10:50")
    await room.house.work.resolve(room.house.people.executor, late.id, late.version, answer="Готово")
    good = await room.house.in_work("11:00")
    room.house.at("11:10")
    await room.house.work.resolve(room.house.people.executor, good.id, good.version, answer="Готово")
    month = await room.compliance.month(2026, 11)
    line = month.line("2.7")
    assert (line.kept, line.broken, line.share, line.rule) == (1, 1, 50, "clock.resolve-reference")
    found = await room.compliance.evidence(2026, 11, line.rule)
    assert (found.kept, found.after) == ([good.id], None)
    (breach,) = found.breaches
    (longest,) = (await room.compliance.month(2026, 11, longest=True)).line("2.7").breaches
    assert longest == replace(breach, verdict=None)
    assert (breach.ticket_id, breach.over_seconds) == (late.id, 20 * 60)
    assert breach.verdict is not None and breach.held_seconds == {"executor": 50 * 60}
    assert month.line("2.4").kept == 2
    assert (month.line("2.10").kept, month.line("2.10").broken) == (2, 0)
    assert (month.line("1.4").kept, month.line("1.4").broken) == (2, 0)
    assert (month.line("2.5").kept, month.line("2.5").broken) == (2, 0)
    figures = await room.statistics.figures(NOVEMBER)
    assert figures.value("breach.overrun.executor") == 20
    assert figures.value("breach.held.executor") == 50
    with pytest.raises(KeyError):
        month.line("9.9")
    with pytest.raises(NotFound):
        await room.compliance.evidence(2026, 11, "rule.nine")


@pytest.mark.regulation("2.9")
async def test_series_and_pauses_of_callbacks_are_judged_and_the_broken_ones_are_named(room: Room) -> None:
    """Two series ended unreachable: one after three attempts with their pauses, one after two, too soon."""
    told = {}
    for series, starts in {1: ("10:00", "10:31", "11:02"), 2: ("10:00", "10:20")}.items():
        ticket = await room.house.in_work("09:30")
        told[series] = ticket.id
        await room.unreachable(series, ticket.id, starts)
    room.house.at("12:30")
    month = await room.compliance.month(2026, 11)
    series_line, gap_line = (each for each in month.lines if each.clause == "2.9")
    assert (series_line.kept, series_line.broken) == (1, 1)
    assert (gap_line.kept, gap_line.broken) == (2, 1)
    for line in (series_line, gap_line):
        found = await room.compliance.evidence(2026, 11, line.rule)
        assert ([each.ticket_id for each in found.breaches], set(found.kept)) == ([told[2]], {told[1]})


@pytest.mark.regulation("1.3", "2.1")
async def test_callers_who_found_nobody_on_the_line_are_counted_and_listed_page_by_page(room: Room) -> None:
    for number in range(60):
        await room.call(f"10:{number:02d}", str(number + 1), talk=None)
    await room.call("11:30", "99")
    await room.spoil("UPDATE call SET outcome = 'queue_empty' WHERE linkedid <> '99'")
    room.house.at("12:00")
    line = (await room.compliance.month(2026, 11)).line("1.3")
    assert (line.kept, line.broken) == (1, 60)
    first = await room.compliance.evidence(2026, 11, line.rule)
    rest = await room.compliance.evidence(2026, 11, line.rule, before=first.after)
    assert (len(first.breaches), len(rest.breaches), rest.after) == (50, 10, None)
    told = [each.at for each in (*first.breaches, *rest.breaches)]
    assert told == sorted(told, reverse=True) and len(set(told)) == 60


@pytest.mark.regulation("3.1")
async def test_occupancy_is_talk_against_the_time_in_the_queue(room: Room) -> None:
    operator = room.house.people.operator
    async with room.database.uow() as uow:
        for at, paused in (("9:00", False), ("9:30", True), ("9:40", False), ("9:50", False)):
            await uow.people.set_presence(
                operator.id, phone=PhoneState.IDLE, in_queue=True, paused=paused, at=moscow(at)
            )
        await uow.commit()
    await room.call("10:00", "1", talk=600)
    room.house.at("11:10")
    figures = await room.statistics.figures(Period.day(MONDAY))
    occupancy = figures.measures["occupancy"]
    assert (occupancy.numerator, occupancy.denominator) == (600, 120 * 60)
    rows = (await room.statistics.by(Dimension.PRODUCT, Period.day(MONDAY))).rows
    assert not rows[0].measures["occupancy"].measured, "a product's operators sat there for all products"


async def test_thresholds_apply_when_figures_are_read(room: Room) -> None:
    await room.call("10:00", "1", wait=8, talk=None)
    room.house.at("24 00:11")
    await room.closing.tend()
    assert (await room.statistics.figures(Period.day(MONDAY))).value("calls.abandoned") == 1
    patient = Statistics(room.database.uow, room.house.clock, room.rooms, Rules(short_abandon=10))
    figures = await patient.figures(Period.day(MONDAY))
    assert (figures.value("calls.abandoned"), figures.value("calls.abandoned_short")) == (0, 1)


async def test_hours_are_told_of_one_day_only_and_raw_counts_have_a_limit(room: Room) -> None:
    with pytest.raises(InvalidInput):
        await room.statistics.series(NOVEMBER, Grain.HOUR)
    with pytest.raises(InvalidInput):
        await room.statistics.by(
            Dimension.PRODUCT,
            Period(first=date(2026, 1, 1), last=MONDAY),
            Selection.only(Dimension.OPERATOR, 1),
        )


async def test_the_present_counts_who_waits_and_what_is_overdue(room: Room) -> None:
    await room.hotline.apply([make.entered("9", 3600), make.queued("9", 3601)])
    await room.house.registered("10:00")
    now = room.house.at("10:06")
    async with room.database.uow(write=False) as uow:
        present = await uow.statistics.present(now)
    assert (present.waiting, present.talking, present.oldest_waiting) == (1, 0, make.at(3601))
    assert present.overdue == {"assign": 1, "resolve": 0}


async def test_days_are_local_however_the_clocks_are_turned(real: Database) -> None:
    """Berlin, the day with 25 hours: its repeated hour is one row, and nothing falls between two days."""
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    house = await House.built(real.uow)
    clock = FakeClock(datetime(2026, 10, 26, 12, tzinfo=UTC))
    statistics = Statistics(real.uow, clock, Rooms(zone=berlin, terms=lambda: TERMS))
    hotline = Hotline(real.uow, house.clock)
    begin = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # half past midnight, summer time
    for hour in range(25):
        seconds = (begin + timedelta(hours=hour) - make.START).total_seconds()
        await hotline.apply([make.entered(str(hour), seconds, caller=f"+7916000{hour:04d}")])
    sunday = Period.day(date(2026, 10, 25))
    points = await statistics.series(sunday, Grain.HOUR)
    assert [point.value("calls.offered") for point in points[:4]] == [1, 1, 2, 1]
    assert sum(point.value("calls.offered") or 0 for point in points) == 25
