"""Asterisk's records = our calls = tickets: the remainder by name, and what became of missed callers."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from callcenter.domain.statistics import Period
from callcenter.domain.zero_loss import RecordedCall, RemainderKind
from callcenter.phone.day_records import DayRecords, RecordSource
from callcenter.services.day_counting import House as Rooms
from callcenter.services.hotline import Hotline
from callcenter.services.zero_loss import ZeroLoss
from callcenter.store import Database
from callcenter.store.statement import Statement
from tests import make
from tests.desk_house import MOSCOW, TERMS, House, moscow

MONDAY = date(2026, 11, 23)
TO_US = frozenset({"+78005550640"})


class Records:
    """Asterisk's records as a list; `unread` says why a PBX's could not be read."""

    def __init__(self) -> None:
        self.told: list[RecordedCall] = []
        self.unread: dict[str, str] = {}

    async def calls(
        self, since: datetime, until: datetime
    ) -> tuple[Mapping[str, Sequence[RecordedCall]], Mapping[str, str]]:
        found = [each for each in self.told if since <= each.at < until]
        return ({} if self.unread else {make.PBX: found}), self.unread

    def add(self, linkedid: str, at: str, *, answered: bool = True) -> None:
        self.told.append(
            RecordedCall(
                pbx=make.PBX, linkedid=linkedid, at=moscow(at), caller="+79161234567", answered=answered
            )
        )


class Desk:
    def __init__(self, house: House) -> None:
        self.house = house
        self.records = Records()
        rooms = Rooms(zone=MOSCOW, terms=lambda: TERMS)
        self.losses = ZeroLoss(house.open_uow, house.clock, rooms, self.records)
        self.hotline = Hotline(house.open_uow, house.clock)

    async def call(
        self, linkedid: str, at: str, *, caller: str = "+79161234567", answered: bool = True
    ) -> None:
        seconds = (moscow(at) - make.START).total_seconds()
        facts: list[object] = [make.entered(linkedid, seconds, caller=caller)]
        if answered:
            facts.append(make.answered(linkedid, seconds + 5))
        outcome = CallOutcome.ANSWERED if answered else CallOutcome.ABANDONED
        facts.append(make.ended(linkedid, seconds + 50, outcome))
        await self.hotline.apply(facts)  # type: ignore[arg-type]


@pytest.fixture
async def desk(real: Database) -> Desk:
    return Desk(await House.built(real.uow))


@pytest.mark.regulation("2.1", "2.10")
async def test_a_day_without_a_remainder_is_proved(desk: Desk) -> None:
    for number in range(3):
        await desk.call(str(number), f"10:0{number}", caller=f"+7916000000{number}")
        desk.records.add(str(number), f"10:0{number}")
    desk.house.at("24 00:20")
    ledger = await desk.losses.compare(MONDAY)
    assert (ledger.recorded, ledger.calls, ledger.held, ledger.tickets) == (3, 3, 3, 3)
    assert ledger.proved and not ledger.remainders


@pytest.mark.regulation("2.10")
async def test_what_does_not_agree_is_listed_by_name(desk: Desk) -> None:
    await desk.call("ours", "10:00")
    await desk.call("differs", "10:10", answered=False)
    desk.records.add("theirs", "10:05")
    desk.records.add("differs", "10:10", answered=True)
    desk.house.at("24 00:20")
    ledger = await desk.losses.compare(MONDAY)
    assert [(each.kind, each.linkedid) for each in ledger.remainders] == [
        (RemainderKind.CALL_ONLY, "ours"),
        (RemainderKind.RECORD_ONLY, "theirs"),
        (RemainderKind.ANSWER_DIFFERS, "differs"),
    ]
    assert not ledger.proved


@pytest.mark.regulation("2.10")
async def test_a_remainder_is_settled_once_by_a_person_with_a_reason_and_stays_settled(desk: Desk) -> None:
    desk.records.add("theirs", "10:05")
    desk.house.at("24 00:20")
    (one,) = (await desk.losses.compare(MONDAY)).remainders
    head = desk.house.people.supervisor
    with pytest.raises(Forbidden):
        await desk.losses.settle(desk.house.people.operator, one.id, "проверочный звонок")
    with pytest.raises(InvalidInput):
        await desk.losses.settle(head, one.id, "  ")
    with pytest.raises(NotFound):
        await desk.losses.settle(head, one.id + 999, "нет такого")
    settled = await desk.losses.settle(head, one.id, "проверочный звонок")
    assert (settled.settled, settled.settled_by, settled.reason) == (True, head.id, "проверочный звонок")
    with pytest.raises(Conflict):
        await desk.losses.settle(head, one.id, "ещё раз")
    again = await desk.losses.compare(MONDAY)
    assert again.proved and [each.reason for each in again.remainders] == ["проверочный звонок"]
    async with desk.house.open_uow(write=False) as uow:
        audit = await uow.audit.of_actor(f"person:{head.id}", before=None, limit=5)
    assert [(each.action, each.reason) for each in audit] == [("remainder.settled", "проверочный звонок")]


async def test_a_remainder_that_is_found_later_is_not_listed_any_more(desk: Desk) -> None:
    desk.records.add("theirs", "10:05")
    desk.house.at("24 00:20")
    assert len((await desk.losses.compare(MONDAY)).remainders) == 1
    await desk.call("theirs", "10:05")
    assert (await desk.losses.compare(MONDAY)).proved
    assert [each.day for each in await desk.losses.days(Period.month(2026, 11))] == [MONDAY]


async def test_without_records_nothing_is_proved_and_nobody_is_accused(desk: Desk) -> None:
    await desk.call("ours", "10:00")
    desk.records.unread = {make.PBX: "its record files do not exist"}
    ledger = await desk.losses.day(MONDAY)
    assert ledger.recorded is None and not ledger.proved and not ledger.remainders
    assert ledger.unread == {make.PBX: "its record files do not exist"}


@pytest.mark.regulation("2.1", "2.9")
async def test_missed_callers_are_told_by_what_became_of_them(desk: Desk) -> None:
    """Called again and was heard; nobody has tried; his ticket was dealt with; withheld his number."""
    await desk.call("1", "10:00", caller="+79160000001", answered=False)
    await desk.call("2", "10:20", caller="+79160000001", answered=True)
    await desk.call("3", "10:01", caller="+79160000003", answered=False)
    await desk.call("4", "10:02", caller="+79160000003", answered=False)
    await desk.call("5", "10:03", caller="anonymous", answered=False)
    await desk.call("6", "10:04", caller="+79160000006", answered=False)
    async with desk.house.open_uow() as uow:
        sql = "UPDATE ticket SET status = 'cancelled' WHERE caller_e164 = '+79160000006'"
        await uow.losses._db.run(Statement(text(sql)))
        await uow.commit()
    desk.house.at("11:00")
    missed = (await desk.losses.day(MONDAY)).missed
    assert (missed.missed, missed.reached, missed.called_back) == (4, 1, 0)
    assert (missed.remaining, missed.handled, missed.hidden) == (1, 1, 1)
    async with desk.house.open_uow(write=False) as uow:
        waiting = await uow.tickets.by_id(missed.tickets[0])
    assert waiting is not None and waiting.caller is not None and waiting.caller.e164 == "+79160000003"


def cdr(linkedid: str, at: str, *, did: str = "88005550640", talked: bool = True, **more: object) -> str:
    start = moscow(at).timestamp()
    row = {
        "uniqueid": linkedid,
        "linkedid": linkedid,
        "src": "+79161234567",
        "did": did,
        "dstchannel": "PJSIP/101-1" if talked else "",
        "disposition": "ANSWERED" if talked else "NO ANSWER",
        "start": start,
        "answer": start + 5 if talked else 0,
        "end": start + 60,
        "reason": "",
    }
    return json.dumps({**row, **more})


def source(folder: Path) -> DayRecords:
    files = RecordSource(
        pbx="main",
        cdr_file=folder / "cdr.json",
        cel_file=folder / "cel.json",
        trunk_contexts=frozenset({"from-trunk"}),
    )
    return DayRecords([files], TO_US)


async def recorded(folder: Path, day: date = MONDAY) -> tuple[list[str], Mapping[str, str]]:
    found, unread = await source(folder).calls(*Period.day(day).span(MOSCOW))
    return sorted(each.linkedid for each in found.get("main", [])), unread


async def test_only_calls_to_the_hotline_of_that_local_day_are_read(tmp_path: Path) -> None:
    lines = [
        cdr("sunday", "22 23:59:59"),
        cdr("midnight", "00:00:00"),
        cdr("other", "10:00", did="74950000000"),
        cdr("mine", "10:00"),
        cdr("mine", "10:00", talked=False),
        cdr("tomorrow", "24 00:00"),
    ]
    (tmp_path / "cdr.json").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert await recorded(tmp_path) == (["midnight", "mine"], {})


async def test_a_malformed_or_hostile_record_breaks_nothing(tmp_path: Path) -> None:
    lines = [
        cdr("good", "10:00"),
        "not json at all",
        "[1, 2, 3]",
        cdr("endless", "10:01", end="never"),
        cdr("nowhere", "10:02", answer=None),
        cdr("=cmd|' /C calc'!A0", "10:03"),
    ]
    (tmp_path / "cdr.json").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert await recorded(tmp_path) == (["=cmd|' /C calc'!A0", "good"], {})


async def test_a_call_that_only_the_event_log_knows_is_a_recorded_call(tmp_path: Path) -> None:
    at = moscow("10:00").timestamp()
    row = {
        "eventtype": "CHAN_START",
        "eventtime": at,
        "uniqueid": "9",
        "linkedid": "9",
        "num": "+79161234567",
    }
    (tmp_path / "cel.json").write_text(
        json.dumps({**row, "exten": "88005550640", "context": "from-trunk"}) + "\n", encoding="utf-8"
    )
    assert await recorded(tmp_path) == (["9"], {})


async def test_yesterdays_records_are_read_from_the_rotated_file(tmp_path: Path) -> None:
    (tmp_path / "cdr.json.1").write_text(cdr("yesterday", "10:00") + "\n", encoding="utf-8")
    (tmp_path / "cdr.json").write_text(cdr("today", "24 10:00") + "\n", encoding="utf-8")
    assert await recorded(tmp_path) == (["yesterday"], {})


async def test_a_day_whose_records_were_rotated_away_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "cdr.json").write_text(cdr("today", "24 10:00") + "\n", encoding="utf-8")
    found, unread = await recorded(tmp_path)
    assert (found, unread) == ([], {"main": "its records do not go back to this day"})


async def test_missing_and_unreadable_files_are_said(tmp_path: Path) -> None:
    assert (await recorded(tmp_path))[1] == {"main": "its record files do not exist"}
    (tmp_path / "cdr.json").mkdir()
    assert (await recorded(tmp_path))[1] == {"main": "Is a directory"}
    nameless = RecordSource(pbx="main", cdr_file=None, cel_file=None, trunk_contexts=frozenset())
    found, unread = await DayRecords([nameless], TO_US).calls(moscow("0:00"), moscow("23:59"))
    assert (found, unread) == ({}, {"main": "its record files are not named in the settings"})
