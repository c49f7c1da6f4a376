"""What a caller of the hotline meets, and what the program is told of it."""

from __future__ import annotations

import pytest

from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import CALLER, SamplePbx, finished

NOT_FOUND, FORBIDDEN = 1, 1  # SIPp's exit code for a call that was refused


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
    assert connected["MemberName"] == "Иванова Анна"


async def test_answered_call_is_over_when_the_operator_hangs_up(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "answers_and_hangs_up", delay=300):
        async with pbx.caller("caller_hangs_up", stay=10000) as caller:
            assert await finished(caller) == 0
            completed = await ami.event("AgentComplete")
    assert completed["Reason"] == "agent"
    assert ami.events("UserEvent", UserEvent="CallMissed") == []


async def test_next_operator_rings_when_the_first_does_not_answer(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "rings_for_ever"), pbx.phone("102", "rings_for_ever"):
        async with pbx.caller("caller_waits"):
            first = await ami.event("AgentRingNoAnswer")
            others = "PJSIP/102" if first["Interface"] == "PJSIP/101" else "PJSIP/101"
            await ami.event("AgentCalled", Interface=others)


async def test_hidden_caller_is_anonymous(pbx: SamplePbx, ami: Observer) -> None:
    async with pbx.caller("caller_hidden", stay=300):
        started = await ami.event("UserEvent", UserEvent="CallStart")
    assert started["Num"] == "anonymous"
    assert started["CallerIDName"] == "Anonymous"


async def test_caller_who_gives_up_while_it_rings_is_an_abandoned_call(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_hangs_up", stay=1200) as caller:
            await ami.event("Newstate", ChannelStateDesc="Ringing", Context="internal")
            assert await finished(caller) == 0
            abandoned = await ami.event("QueueCallerAbandon")
            await ami.event("Hangup", Uniqueid=abandoned["Uniqueid"])
    assert ami.events("UserEvent", UserEvent="CallMissed") == []


async def test_queue_gives_up_and_says_so(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_waits") as caller:
            missed = await ami.event("UserEvent", UserEvent="CallMissed")
            assert await finished(caller) == 0
    assert (missed["Reason"], missed["DID"], missed["Num"]) == ("queue_timeout", "88005550640", CALLER)


async def test_nobody_on_duty_is_said_without_any_queue_event(pbx: SamplePbx, ami: Observer) -> None:
    async with pbx.caller("caller_waits") as caller:
        missed = await ami.event("UserEvent", UserEvent="CallMissed")
        assert await finished(caller) == 0
    assert missed["Reason"] == "queue_empty"
    assert ami.events("QueueCallerJoin") == []


async def test_caller_beyond_the_queues_length_is_told_that_all_are_busy(
    pbx: SamplePbx, ami: Observer
) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_waits"):
            await ami.event("QueueCallerJoin")
            async with pbx.caller("caller_waits", number="79160000002") as second:
                missed = await ami.event("UserEvent", UserEvent="CallMissed", Num="79160000002")
                assert await finished(second) == 0
    assert missed["Reason"] == "queue_full"


async def test_missed_call_is_found_in_the_call_records_with_its_reason(
    pbx: SamplePbx, ami: Observer
) -> None:
    async with pbx.caller("caller_waits") as caller:
        missed = await ami.event("UserEvent", UserEvent="CallMissed")
        await finished(caller)
        await ami.event("Hangup", Uniqueid=missed["Uniqueid"])
    (record,) = [row for row in pbx.records("cdr") if row["uniqueid"] == missed["Uniqueid"]]
    assert (record["did"], record["reason"], record["src"]) == ("88005550640", "queue_empty", CALLER)
    assert record["linkedid"] == missed["Linkedid"]
    assert 0 < record["start"] <= record["end"]
    seen = [row["eventtype"] for row in pbx.records("cel") if row["linkedid"] == missed["Linkedid"]]
    assert seen == ["CHAN_START", "ANSWER", "HANGUP", "CHAN_END", "LINKEDID_END"]


async def test_number_that_is_not_the_hotlines_is_refused_without_a_channel(
    pbx: SamplePbx, ami: Observer
) -> None:
    async with pbx.caller(dial="88001112233") as caller:
        assert await finished(caller) == NOT_FOUND
    await ami.settled()
    assert ami.events("Newchannel") == []


async def test_caller_who_calls_himself_101_is_still_a_caller(pbx: SamplePbx, ami: Observer) -> None:
    async with pbx.caller("caller_hangs_up", number="101", stay=300):
        entered = await ami.event("Newchannel")
    assert entered["Context"] == "from-trunk"


UNREADABLE = {
    "a forged event in the number": ("7916%0d%0a%0d%0aEvent%3a%20Hangup%0d%0a", "Иван"),
    "a bare line end in the number": ("7916%0A", "Иван"),
    "a NUL in the number": ("7916%00", "Иван"),
    "a backslash in the number": ("7916%5C", "Иван"),
    "escape sequences in the name": ("79161234567", "a\x1b[31mb"),
    "a tab in the name": ("79161234567", "a\tb"),
    "a delete in the name": ("79161234567", "a\x7fb"),
}


@pytest.mark.parametrize(("number", "name"), UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_control_characters_of_the_caller_never_reach_ami_or_the_records(
    pbx: SamplePbx, ami: Observer, number: str, name: str
) -> None:
    async with pbx.caller("caller_hangs_up", number=number, name=name, stay=300) as caller:
        started = await ami.event("UserEvent", UserEvent="CallStart")
        assert await finished(caller) == 0
        await ami.event("Hangup", Uniqueid=started["Uniqueid"])
    assert (started["Num"], started["DID"]) == ("anonymous", "88005550640")
    for block in ami.raw:
        assert not any(byte < 0x20 or byte == 0x7F for byte in block.replace(b"\r\n", b"")), block
        assert all(b": " in line or line.endswith(b":") for line in block.split(b"\r\n") if line), block
    assert [row for row in pbx.records("cel") if row["uniqueid"] == started["Uniqueid"]]


HOSTILE = r"""O'Брайен <b>&amp;,|\",\"linkedid\":\"x\\"""


async def test_quotes_and_markup_in_a_name_stay_one_field_everywhere(pbx: SamplePbx, ami: Observer) -> None:
    async with pbx.caller("caller_hangs_up", number="7916%22", name=HOSTILE, stay=300) as caller:
        started = await ami.event("UserEvent", UserEvent="CallStart")
        assert await finished(caller) == 0
        await ami.event("Hangup", Uniqueid=started["Uniqueid"])
    assert started["Num"] == "7916"
    assert started["CallerIDName"] == r"O\'Брайен <b>&amp;,|,linkedid:x"
    assert pbx.records("cel")[-1]["linkedid"] == started["Linkedid"]
    (record,) = [row for row in pbx.records("cdr") if row["uniqueid"] == started["Uniqueid"]]
    assert record["src"] == "7916"
