"""The program's AMI account can do its work and nothing more."""

from __future__ import annotations

import asyncio

import pytest

from tests.asterisk.observer import Observer, observing
from tests.asterisk.sample_pbx import SamplePbx, finished

REFUSED = {
    "run a command": ("Command", {"Command": "core show uptime"}),
    "read a configuration file": ("GetConfig", {"Filename": "manager.conf"}),
    "change a configuration file": (
        "UpdateConfig",
        {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"},
    ),
    "reload a module": ("ModuleLoad", {"LoadType": "reload"}),
    "write the database": ("DBPut", {"Family": "cb", "Key": "x", "Val": "ANSWER|16|1||"}),
    "erase the database": ("DBDelTree", {"Family": "cb"}),
    "send an event of its own": ("UserEvent", {"UserEvent": "CallbackResult"}),
    "add a queue member": ("QueueAdd", {"Queue": "support", "Interface": "PJSIP/201"}),
    "run a program": ("Originate", {"Channel": "PJSIP/101", "Application": "System", "Data": "true"}),
    "start an AGI": ("Originate", {"Channel": "PJSIP/101", "Application": "AGI", "Data": "/bin/true"}),
    "evaluate a shell function": ("Getvar", {"Variable": "SHELL(id)"}),
}


@pytest.mark.parametrize(("action", "headers"), REFUSED.values(), ids=REFUSED.keys())
async def test_account_cannot(pbx: SamplePbx, ami: Observer, action: str, headers: dict[str, str]) -> None:
    answer = await ami.ask(action, **headers)
    assert answer["Response"] == "Error", answer


@pytest.mark.parametrize("action", ["CoreShowChannels", "CoreStatus", "Status", "QueueStatus"])
async def test_account_can_take_the_snapshots_it_needs(pbx: SamplePbx, ami: Observer, action: str) -> None:
    answer = await ami.ask(action)
    assert answer["Response"] == "Success", answer


@pytest.mark.parametrize("function", ["FILE(/etc/passwd)", "SHELL(id)", "ENV(PATH)"])
async def test_account_learns_nothing_through_functions(pbx: SamplePbx, ami: Observer, function: str) -> None:
    answer = await ami.ask("Getvar", Variable=function)
    assert answer.get("Value", "") == ""


async def test_wrong_secret_is_refused(pbx: SamplePbx) -> None:
    with pytest.raises(AssertionError, match="Authentication failed"):
        async with observing(pbx.facts, secret="callcenter"):
            pass


async def test_only_the_events_of_calls_reach_the_account(pbx: SamplePbx, ami: Observer) -> None:
    with pbx.phone("101", "answers", delay=100):
        async with pbx.caller("caller_hangs_up", stay=1500) as caller:
            assert await finished(caller) == 0
            await ami.event("AgentComplete")
    names = {message["Event"] for message in ami.messages if "Event" in message}
    assert names >= {"Newchannel", "DialState", "QueueCallerJoin", "AgentConnect", "BridgeEnter", "Hangup"}
    assert names.isdisjoint(
        {"VarSet", "Newexten", "DeviceStateChange", "RTCPSent", "TestEvent", "Cdr", "CEL"}
    )
    assert all(
        float(message["Timestamp"]) > 0 for message in ami.messages if message.get("Event") == "Newchannel"
    )


async def test_account_is_not_reachable_from_another_address(pbx: SamplePbx) -> None:
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.3", pbx.facts["ami"]["port"])
