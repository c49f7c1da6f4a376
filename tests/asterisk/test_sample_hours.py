"""Whether the hotline is open: the program knows; when it is away or stuck, the dialplan decides alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.asterisk.observer import Observer
from tests.asterisk.program import answering_program
from tests.asterisk.sample_pbx import SamplePbx, finished

NEVER = "00:00-00:01,sun,31,dec"


@pytest.fixture
def closed_by_the_clock(pbx: SamplePbx) -> Iterator[None]:
    pbx.cli(f"dialplan set global STATIC_HOURS {NEVER}")
    yield
    pbx.cli("dialplan set global STATIC_HOURS *,*,*,*")


async def test_program_closes_the_hotline(pbx: SamplePbx, ami: Observer) -> None:
    async with answering_program(pbx.facts, "closed") as program, pbx.caller(dial="+78005550640") as caller:
        missed = await ami.event("UserEvent", UserEvent="CallMissed")
        assert await finished(caller) == 0
    assert missed["Reason"] == "outside_hours"
    assert ami.events("UserEvent", UserEvent="CallStart") != []
    (question,) = program.asked
    assert (question["agi_network_script"], question["agi_arg_1"]) == ("hotline", "+78005550640")
    assert question["agi_uniqueid"] == missed["Uniqueid"]


@pytest.mark.usefixtures("closed_by_the_clock")
async def test_program_opens_the_hotline_against_the_static_hours(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with answering_program(pbx.facts, "open"), pbx.caller():
            await ami.event("QueueCallerJoin")


@pytest.mark.usefixtures("closed_by_the_clock")
async def test_without_the_program_the_static_hours_close_the_hotline(pbx: SamplePbx, ami: Observer) -> None:
    async with pbx.caller() as caller:
        missed = await ami.event("UserEvent", UserEvent="CallMissed")
        assert await finished(caller) == 0
    assert missed["Reason"] == "outside_hours"


async def test_without_the_program_the_static_hours_open_the_hotline(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller():
            await ami.event("QueueCallerJoin")


async def test_caller_does_not_wait_for_a_program_that_is_stuck(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with answering_program(pbx.facts, None) as program, pbx.caller():
            await ami.event("QueueCallerJoin", patience=5)
    assert len(program.asked) == 1


@pytest.mark.usefixtures("closed_by_the_clock")
async def test_stuck_program_leaves_the_decision_to_the_static_hours(pbx: SamplePbx, ami: Observer) -> None:
    async with answering_program(pbx.facts, None), pbx.caller() as caller:
        missed = await ami.event("UserEvent", UserEvent="CallMissed", patience=5)
        assert await finished(caller) == 0
    assert missed["Reason"] == "outside_hours"


async def test_answer_that_is_neither_open_nor_closed_is_no_answer(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with answering_program(pbx.facts, "perhaps"), pbx.caller():
            await ami.event("QueueCallerJoin")
