"""Who answered, a person or a machine? Asterisk's AMD listens where it is switched on. Regulation: 2.9, point 2."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ami.actions import module_loaded
from callcenter.commands.doctor import AMD_MODULE, heard_of_amd
from callcenter.domain.callbacks import CallbackAttempt, CallbackState
from callcenter.phone.attempt_records import evidence_in_astdb, evidence_in_cdr, evidence_in_cel
from dialer.attempt import Outcome
from dialer.outcome import Evidence, classify
from tests.asterisk.callback_rig import Rig, quick_rules, running_dialer
from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import SamplePbx
from tests.asterisk.voices import GREETING, HELLO, speaking_client

LISTENING = replace(quick_rules(), machine_detection=True)
TALK = 1.2
"""Seconds: Asterisk counts the talk in whole ones, and a shorter one is none."""


@pytest.fixture
async def rig(pbx: SamplePbx, ami: Observer, tmp_path: Path) -> AsyncIterator[Rig]:
    """A node with detection switched on."""
    async with running_dialer(pbx, tmp_path, rules=LISTENING) as rig:
        yield rig


async def first_attempt(rig: Rig) -> CallbackAttempt:
    """Ask for a callback, wait for its first attempt, and stop the series if it would go on."""
    series = await rig.ask(await rig.a_ticket())
    first = (await rig.until_ended(series))[0]
    if (await rig.state(series)).open:
        await rig.callbacks.pause(series.id, by=rig.executors[0])
    return first


def found(read: tuple[Evidence, float | None] | None) -> Evidence:
    assert read is not None
    return read[0]


def bridged(ami: Observer) -> bool:
    return bool(ami.events("BridgeEnter"))


@pytest.mark.regulation("2.9")
async def test_machine_is_hung_up_on_counted_and_never_joined(
    pbx: SamplePbx, ami: Observer, rig: Rig, tmp_path: Path
) -> None:
    async with pbx.carrier(speaking_client(tmp_path, "machine", GREETING)):
        with pbx.phone("201", "answers", delay=100):
            first = await first_attempt(rig)
    assert (first.outcome, first.rule) == (Outcome.ANSWERING_MACHINE, "machine_answered"), first.seen
    assert [each for each in first.seen if each.startswith("AMD MACHINE LONGGREETING")]
    assert first.counted and not bridged(ami)
    for source in (
        evidence_in_cel(pbx.records("cel"), first.id),
        evidence_in_cdr(pbx.records("cdr"), first.id),
    ):
        assert source is not None
        assert classify(source[0]).outcome is Outcome.ANSWERING_MACHINE, source
    kept = (await ami.ask("DBGet", Family="cb", Key=first.id), await ami.event("DBGetResponse", Key=first.id))
    assert "|MACHINE LONGGREETING" in kept[1]["Val"]
    assert heard_of_amd("AMD", await rig.client.send(module_loaded(AMD_MODULE))).problem is None


@pytest.mark.regulation("2.9")
async def test_person_who_says_hello_is_joined(
    pbx: SamplePbx, ami: Observer, rig: Rig, tmp_path: Path
) -> None:
    async with pbx.carrier(speaking_client(tmp_path, "person", HELLO)):
        with pbx.phone("201", "answers", delay=100):
            series = await rig.ask(await rig.a_ticket())
            await ami.event("BridgeEnter")
            await asyncio.sleep(TALK)
            await ami.hang_up_everything()
            (first,) = await rig.until_ended(series)
    assert (first.outcome, first.rule) == (Outcome.REACHED, "client_answered"), first.seen
    assert [each for each in first.seen if each.startswith("AMD HUMAN")]
    assert bridged(ami)
    assert (await rig.state(series)).state is CallbackState.REACHED
    logged = evidence_in_cel(pbx.records("cel"), first.id)
    assert logged is not None and classify(logged[0]).outcome is Outcome.REACHED


@pytest.mark.regulation("2.9")
async def test_client_who_hangs_up_while_asterisk_listens_is_not_counted(
    pbx: SamplePbx, ami: Observer, rig: Rig
) -> None:
    async with pbx.carrier("answers_and_hangs_up", delay=400):
        with pbx.phone("201", "answers", delay=100):
            first = await first_attempt(rig)
    assert (first.outcome, first.rule) == (Outcome.INTERRUPTED, "client_left_while_listening"), first.seen
    assert first.touched and not first.counted


@pytest.mark.regulation("2.9")
async def test_executor_who_hangs_up_while_asterisk_listens_has_not_reached_the_client(
    pbx: SamplePbx, ami: Observer, rig: Rig
) -> None:
    async with pbx.carrier("answers", delay=20):
        with pbx.phone("201", "answers_and_hangs_up", delay=900):
            first = await first_attempt(rig)
    assert (first.outcome, first.rule) == (Outcome.EXECUTOR_MISSED, "executor_left_before_joined"), first.seen
    assert [each for each in first.seen if each.startswith("AMD NOTSURE")] and not first.counted
    kept = (await ami.ask("DBGet", Family="cb", Key=first.id), await ami.event("DBGetResponse", Key=first.id))
    for source in (
        evidence_in_astdb(kept[1]["Val"]),
        found(evidence_in_cel(pbx.records("cel"), first.id)),
        found(evidence_in_cdr(pbx.records("cdr"), first.id)),
    ):
        assert source.executor_left is True
        assert classify(source).rule == "executor_left_before_joined", source


@pytest.mark.regulation("2.9")
async def test_machine_never_brings_an_executor_to_the_line_when_clients_are_rung_first(
    pbx: SamplePbx, ami: Observer, tmp_path: Path
) -> None:
    rules = replace(LISTENING, client_first=frozenset({"*"}))
    async with (
        running_dialer(pbx, tmp_path, rules=rules) as rig,
        pbx.carrier(speaking_client(tmp_path, "machine", GREETING)),
    ):
        with pbx.phone("201", "answers", delay=100):
            first = await first_attempt(rig)
    assert (first.outcome, first.rule) == (Outcome.ANSWERING_MACHINE, "machine_answered"), first.seen
    assert [each for each in ami.events("Newchannel") if each["Channel"].startswith("PJSIP/201")] == []


@pytest.mark.regulation("2.9")
async def test_detection_that_is_off_joins_whoever_answers_at_once_and_notes_nothing(
    pbx: SamplePbx, ami: Observer, tmp_path: Path
) -> None:
    async with (
        running_dialer(pbx, tmp_path) as rig,
        pbx.carrier(speaking_client(tmp_path, "machine", GREETING)),
    ):
        with pbx.phone("201", "answers_and_hangs_up", delay=900):
            first = await first_attempt(rig)
    assert (first.outcome, first.rule) == (Outcome.REACHED, "client_answered"), first.seen
    assert bridged(ami) and not [each for each in first.seen if each.startswith("AMD")]
    own = [row for row in pbx.records("cel") if row["linkedid"] == first.id]
    assert own and "CALLBACK_LISTENED" not in {row["eventtype"] for row in own}
