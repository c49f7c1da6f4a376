"""The piece of dialplan for a PBX that has its own: it tells the program the same as the sample does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.asterisk.observer import Observer, observing
from tests.asterisk.program import answering_program
from tests.asterisk.sample_pbx import CALLER, PBX, SamplePbx, finished, reserved_ports, running_sample, worker

OTHER_PBX = """
[from-trunk]
exten => 84957654321,1,Set(__FROM_DID=${EXTEN})
 same => n,Goto(hotline-callcenter,s,1)

[ext-queues]
exten => 600,1,Answer()
 same => n,Queue(support,r,,,1)
 same => n,Goto(hotline-callcenter-missed,s,1)
"""


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SamplePbx]:
    """A PBX with a dialplan of its own, the piece for it included."""
    directory = tmp_path_factory.mktemp("other")
    piece = (PBX.parent / "attach" / "extensions_custom.conf").read_text()
    (directory / "etc").mkdir()
    local = directory / "etc" / "extensions.local.conf"
    with reserved_ports(directory, worker(), slot=1) as base:
        local.write_text(OTHER_PBX + piece.replace("127.0.0.1:4573", f"127.0.0.1:{base + 3}"))
        with running_sample(directory) as sample:
            yield sample


@pytest.fixture
async def other_ami(other: SamplePbx) -> AsyncIterator[Observer]:
    async with observing(other.facts) as observer:
        yield observer
        await observer.hang_up_everything()


async def test_call_is_announced_with_the_number_that_was_dialled(
    other: SamplePbx, other_ami: Observer
) -> None:
    with other.phone("101", "rings_for_ever"):
        async with answering_program(other.facts, "open") as program, other.caller(dial="84957654321"):
            started = await other_ami.event("UserEvent", UserEvent="CallStart")
            await other_ami.event("QueueCallerJoin", Queue="support")
            missed = await other_ami.event("UserEvent", UserEvent="CallMissed")
    assert (started["DID"], started["Num"]) == ("84957654321", CALLER)
    assert missed["Reason"] == "queue_timeout"
    assert program.asked[0]["agi_arg_1"] == "84957654321"


async def test_closed_hotline_is_told_as_outside_hours(other: SamplePbx, other_ami: Observer) -> None:
    async with answering_program(other.facts, "closed"), other.caller(dial="84957654321"):
        missed = await other_ami.event("UserEvent", UserEvent="CallMissed")
    assert missed["Reason"] == "outside_hours"


async def test_empty_queue_is_told(other: SamplePbx, other_ami: Observer) -> None:
    async with answering_program(other.facts, "open"), other.caller(dial="84957654321"):
        missed = await other_ami.event("UserEvent", UserEvent="CallMissed")
    assert missed["Reason"] == "queue_empty"


async def test_stuck_program_does_not_hold_the_caller(other: SamplePbx, other_ami: Observer) -> None:
    async with (
        answering_program(other.facts, None),
        other.caller("caller_hangs_up", dial="84957654321", stay=100) as caller,
    ):
        await other_ami.event("Newstate", ChannelStateDesc="Up", patience=8)
        assert await finished(caller) == 0
