"""What a caller of the hotline meets, and what the program is told of it."""

from __future__ import annotations

import pytest

from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import CALLER, SamplePbx, finished


@pytest.mark.parametrize("dialled", ["88005550640", "+78005550640", "78005550640", "8005550640"])
async def test_every_form_of_the_hotline_number_reaches_the_queue(
    pbx: SamplePbx, ami: Observer, dialled: str
) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_hangs_up", dial=dialled, stay=1500) as caller:
            entered = await ami.event("Newchannel", Context="from-trunk")
            started = await ami.event("UserEvent", UserEvent="CallStart")
            joined = await ami.event("QueueCallerJoin")
            await finished(caller)
            await ami.event("Hangup", Uniqueid=entered["Uniqueid"])
    assert (entered["Exten"], started["DID"], started["Num"]) == (dialled, dialled, CALLER)
    assert joined["Queue"] == "support"
    assert started["Uniqueid"] == joined["Uniqueid"] == entered["Uniqueid"]


async def test_operators_phone_rings_and_he_answers(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "answers", delay=300):
        async with pbx.caller("caller_hangs_up", stay=1500) as caller:
            ringing = await ami.event("Newstate", ChannelStateDesc="Ringing", Context="internal")
            connected = await ami.event("AgentConnect")
            assert await finished(caller) == 0
            completed = await ami.event("AgentComplete")
    assert ringing["Uniqueid"] == connected["DestUniqueid"]
    assert connected["Interface"] == completed["Interface"] == "PJSIP/101"
