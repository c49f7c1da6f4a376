"""Calls of the staff among themselves and out: they are not hotline calls; pick-up and transfers work."""

from __future__ import annotations

import pytest

from tests.asterisk.observer import Message, Observer
from tests.asterisk.sample_pbx import SamplePbx, finished


async def connected_call(ami: Observer) -> Message:
    """The queue call that an operator has just taken."""
    connected = await ami.event("AgentConnect")
    await ami.event("BridgeEnter", Uniqueid=connected["Uniqueid"])
    await ami.event("BridgeEnter", Uniqueid=connected["DestUniqueid"])
    return connected


async def test_internal_call_is_not_a_hotline_call(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("201", "answers", delay=100):
        async with pbx.phone_call("101", "201", stay=300) as call:
            assert await finished(call) == 0
    await ami.settled()
    assert {event["Context"] for event in ami.events("Newchannel")} == {"internal"}
    assert ami.events("UserEvent") == []


async def test_outbound_call_is_not_a_hotline_call(pbx: SamplePbx, ami: Observer) -> None:
    async with pbx.carrier("answers", delay=100), pbx.phone_call("101", "89161112233", stay=300) as call:
        assert await finished(call) == 0
    dialled = await ami.event("DialBegin")
    assert dialled["DialString"] == "79161112233@trunk"
    assert ami.events("UserEvent") == []


@pytest.mark.parametrize("number", ["88091112233", "88005550640", "810493012345", "01", "79401112233"])
async def test_staff_cannot_dial_outside_the_table(pbx: SamplePbx, ami: Observer, number: str) -> None:
    async with pbx.phone_call("101", number) as call:
        assert await finished(call) != 0
    await ami.settled()
    assert ami.events("Newchannel") == []


async def test_client_sees_the_hotlines_number(pbx: SamplePbx, ami: Observer) -> None:
    async with pbx.carrier("expects_hotline_number", calls=1) as carrier:
        async with pbx.phone_call("101", "89161112233") as call:
            await finished(call)
        assert await finished(carrier) == 0


async def test_phone_with_a_wrong_secret_cannot_call(pbx: SamplePbx, ami: Observer) -> None:
    async with pbx.phone_call("101", "201", secret="101") as call:
        assert await finished(call) == 0  # the scenario ends well only when the call was refused or answered
    await ami.settled()
    assert ami.events("Newchannel") == []


@pytest.mark.parametrize("dialled", ["*8", "**101"])
async def test_colleague_picks_up_a_ringing_hotline_call(pbx: SamplePbx, ami: Observer, dialled: str) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_waits"):
            await ami.event("Newstate", ChannelStateDesc="Ringing", Context="internal")
            async with pbx.phone_call("102", dialled, stay=500) as colleague:
                pickup = await ami.event("Pickup")
                assert await finished(colleague) == 0
    assert pickup["Channel"].startswith("PJSIP/102-")
    assert pickup["TargetChannel"].startswith("PJSIP/101-")


async def test_operator_hands_the_caller_over_blindly(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "answers", delay=100), pbx.phone("102", "answers", delay=100):
        async with pbx.caller("caller_waits"):
            call = await connected_call(ami)
            other = "102" if call["Interface"] == "PJSIP/101" else "101"
            await ami.ask("BlindTransfer", Channel=call["DestChannel"], Context="internal", Exten=other)
            transfer = await ami.event("BlindTransfer")
            ringing = await ami.event("DialBegin", DialString=other)
    assert (transfer["Result"], transfer["Extension"]) == ("Success", other)
    assert ringing["Linkedid"] == call["Linkedid"]


async def test_operator_hands_the_caller_over_after_speaking(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "answers", delay=100), pbx.phone("102", "answers", delay=100):
        async with pbx.caller("caller_waits"):
            call = await connected_call(ami)
            other = "102" if call["Interface"] == "PJSIP/101" else "101"
            await ami.ask("Atxfer", Channel=call["DestChannel"], Context="internal", Exten=other)
            await ami.until(
                lambda m: m.get("Event") == "BridgeEnter" and m["Channel"].startswith(f"PJSIP/{other}-"),
                "colleague in conversation",
            )
            await ami.ask("Hangup", Channel=call["DestChannel"])
            transfer = await ami.event("AttendedTransfer")
    assert transfer["Result"] == "Success"
