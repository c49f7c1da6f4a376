"""Call-backs: each way in which one can end leaves exactly one record and one event.

The rows are the callback table of the project's notes on Asterisk.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pytest

from tests.asterisk.observer import Message, Observer
from tests.asterisk.sample_pbx import SamplePbx

CLIENT = "79161112233"
_numbers = count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What the client's side does, what is seen of his channel, and what is written down."""

    carrier: str
    dial_end: str
    client_cause: str
    status: str
    cause: str
    rang: bool = False
    progress: bool = False
    answered: bool = False


TABLE = {
    "client answers": Row(
        carrier="answers_and_hangs_up",
        dial_end="ANSWER",
        client_cause="16",
        status="ANSWER",
        cause="16",
        rang=True,
        answered=True,
    ),
    "client does not answer": Row(
        carrier="rings_for_ever",
        dial_end="NOANSWER",
        client_cause="0",
        status="NOANSWER",
        cause="16",
        rang=True,
    ),
    "client is busy": Row(
        carrier="rings_then_busy", dial_end="BUSY", client_cause="17", status="BUSY", cause="17", rang=True
    ),
    "client declines": Row(
        carrier="rings_then_declines",
        dial_end="NOANSWER",
        client_cause="21",
        status="CHANUNAVAIL",
        cause="21",
        rang=True,
    ),
    "client's phone is switched off": Row(
        carrier="unavailable", dial_end="NOANSWER", client_cause="19", status="NOANSWER", cause="19"
    ),
    "number does not exist": Row(
        carrier="unallocated", dial_end="NOANSWER", client_cause="1", status="CHANUNAVAIL", cause="1"
    ),
    "trunk has no free line": Row(
        carrier="overloaded", dial_end="CONGESTION", client_cause="34", status="CONGESTION", cause="34"
    ),
    "trunk forbids the call": Row(
        carrier="forbids", dial_end="NOANSWER", client_cause="21", status="CHANUNAVAIL", cause="21"
    ),
    "trunk fails after progress": Row(
        carrier="fails_after_progress",
        dial_end="NOANSWER",
        client_cause="38",
        status="CHANUNAVAIL",
        cause="38",
        progress=True,
    ),
    "trunk is silent": Row(
        carrier="silent", dial_end="NOANSWER", client_cause="0", status="NOANSWER", cause="16"
    ),
}


async def originate(ami: Observer, number: str, executor: str = "201") -> str:
    """Ask for a call-back the way the program does; returns the attempt's id."""
    attempt = f"cb-{next(_numbers):08d}"
    answer = await _asked(ami, number, attempt, executor)
    assert answer["Response"] == "Success", answer
    return attempt


async def _asked(ami: Observer, number: str, attempt: str, executor: str) -> Message:
    return await ami.ask(
        "Originate",
        ("Variable", f"__ATTEMPT={attempt}"),
        Channel=f"PJSIP/{executor}",
        Context="callback",
        Exten=number,
        Priority="1",
        Async="true",
        Timeout="2000",
        ChannelId=attempt,
        CallerID=f"<{number}>",
    )


async def stored(ami: Observer, attempt: str) -> str | None:
    """The outcome in Asterisk's database, as the program may read it."""
    answer = await ami.ask("DBGet", Family="cb", Key=attempt)
    if answer["Response"] != "Success":
        return None
    return (await ami.event("DBGetResponse", Key=attempt))["Val"]


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
async def test_outcome_is_recorded_when(pbx: SamplePbx, ami: Observer, row: Row) -> None:
    async with pbx.carrier(row.carrier):
        with pbx.phone("201", "answers", delay=100):
            attempt = await originate(ami, CLIENT)
            told = await ami.event("UserEvent", UserEvent="CallbackResult", Attempt=attempt)
            await ami.event("Hangup", Uniqueid=attempt)
    client = (await ami.event("DialBegin", Uniqueid=attempt))["DestUniqueid"]
    ended = await ami.event("DialEnd", DestUniqueid=client)
    gone = await ami.event("Hangup", Uniqueid=client)
    states = {event["DialStatus"] for event in ami.events("DialState", DestUniqueid=client)}
    assert (ended["DialStatus"], gone["Cause"]) == (row.dial_end, row.client_cause)
    assert ("RINGING" in states, "PROGRESS" in states) == (row.rang, row.progress)

    kept = await stored(ami, attempt)
    status, cause, answered, ringing, progress = (kept or "").split("|")
    assert (status, cause) == (row.status, row.cause)
    assert (ringing != "", progress != "", answered != "") == (row.rang, row.progress, row.answered)
    assert _told(told) == kept
    assert len(ami.events("UserEvent", UserEvent="CallbackResult")) == 1


async def test_client_sees_the_hotlines_number_and_asterisk_keeps_the_attempts_id(
    pbx: SamplePbx, ami: Observer
) -> None:
    async with pbx.carrier("rings_then_busy"):
        with pbx.phone("201", "answers", delay=100):
            attempt = await originate(ami, CLIENT)
            dialled = await ami.event("DialBegin", Uniqueid=attempt)
            await ami.event("UserEvent", UserEvent="CallbackResult", Attempt=attempt)
    assert dialled["DestLinkedid"] == dialled["Linkedid"] == attempt
    assert dialled["DialString"] == f"{CLIENT}@trunk"


async def test_executor_who_hangs_up_while_it_rings_is_told_as_cancel(pbx: SamplePbx, ami: Observer) -> None:
    async with pbx.carrier("rings_for_ever"):
        with pbx.phone("201", "answers_and_hangs_up", delay=500):
            attempt = await originate(ami, CLIENT)
            told = await ami.event("UserEvent", UserEvent="CallbackResult", Attempt=attempt)
    assert told["DialStatus"] == "CANCEL"


@pytest.mark.parametrize("executor_does", ["rings_for_ever", "busy", "declines"])
async def test_executor_who_does_not_take_the_call_leaves_no_outcome(
    pbx: SamplePbx, ami: Observer, executor_does: str
) -> None:
    with pbx.phone("201", executor_does):
        attempt = await originate(ami, CLIENT)
        response = await ami.event("OriginateResponse", Uniqueid=attempt)
    assert response["Response"] == "Failure"
    assert await stored(ami, attempt) is None
    assert ami.events("UserEvent", UserEvent="CallbackResult") == []


async def test_executor_whose_phone_is_off_leaves_no_outcome(pbx: SamplePbx, ami: Observer) -> None:
    attempt = await originate(ami, CLIENT)
    assert (await ami.event("OriginateResponse"))["Response"] == "Failure"
    assert await stored(ami, attempt) is None


DENIED = [
    "78401112233",  # paid
    "79401112233",
    "79541112233",  # personal number
    "78005550640",  # toll-free
    "78091112233",  # premium
    "77011112233",  # Kazakhstan
    "76011112233",
    "78801112233",
    "7916111223",  # too short
    "791611122334",  # too long
    "89161112233",  # not E.164
    "4930123456",
    "112",
]


@pytest.mark.parametrize("number", DENIED)
async def test_number_outside_the_table_is_refused_before_any_phone_rings(
    pbx: SamplePbx, ami: Observer, number: str
) -> None:
    with pbx.phone("201", "answers", delay=50):
        answer = await _asked(ami, number, "cb-denied", "201")
        assert (answer["Response"], answer["Message"]) == ("Error", "Extension does not exist.")
        await ami.settled()
    assert ami.events("Newchannel") == []


@pytest.mark.parametrize("number", ["8916111223w3", "+79161112233", "7916111223３", "79161112233,1"])
async def test_anything_but_digits_is_refused(pbx: SamplePbx, ami: Observer, number: str) -> None:
    assert (await _asked(ami, number, "cb-denied", "201"))["Response"] == "Error"


@pytest.mark.parametrize(
    "number", ["74951112233", "73431112233", "78121112233", "78631112233", "79031112233"]
)
async def test_russian_city_and_mobile_numbers_are_dialled(
    pbx: SamplePbx, ami: Observer, number: str
) -> None:
    async with pbx.carrier("busy"):
        with pbx.phone("201", "answers", delay=50):
            attempt = await originate(ami, number)
            told = await ami.event("UserEvent", UserEvent="CallbackResult", Attempt=attempt)
    assert told["DialStatus"] == "BUSY"


def _told(event: Message) -> str:
    return "|".join(event[name] for name in ("DialStatus", "Cause", "Answered", "RingMs", "ProgMs"))
