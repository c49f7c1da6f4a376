"""Clause 2.9 on a real Asterisk: SIPp is the carrier and the executors' phones, times are seconds, not minutes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from callcenter.domain.callbacks import CallbackState
from callcenter.phone.attempt_records import evidence_in_cdr, evidence_in_cel
from dialer.attempt import SECOND, Outcome
from dialer.outcome import classify
from dialer.ports import Finding
from tests.asterisk.callback_rig import Rig, running_dialer
from tests.asterisk.node import environment, free_port, running
from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import SamplePbx


@pytest.fixture
async def rig(pbx: SamplePbx, ami: Observer, tmp_path: Path) -> AsyncIterator[Rig]:
    """A running node; whatever is left on the line in the end is hung up."""
    async with running_dialer(pbx, tmp_path) as rig:
        yield rig


ROWS = {
    "client answers": ("answers_and_hangs_up", Outcome.REACHED, CallbackState.REACHED),
    "client does not answer": ("rings_for_ever", Outcome.NO_ANSWER, None),
    "busy": ("rings_then_busy", Outcome.BUSY, None),
    "declines": ("rings_then_declines", Outcome.DECLINED, None),
    "switched off, no ringing": ("unavailable", Outcome.UNREACHABLE, None),
    "unallocated number": ("unallocated", Outcome.WRONG_NUMBER, CallbackState.WRONG_NUMBER),
    "trunk 503": ("overloaded", Outcome.TRUNK_FAILED, None),
    "trunk 403": ("forbids", Outcome.TRUNK_FAILED, None),
    "500 after 183": ("fails_after_progress", Outcome.TRUNK_FAILED, None),
    "trunk silent": ("silent", Outcome.TRUNK_FAILED, None),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("carrier", "outcome", "state"), ROWS.values(), ids=ROWS.keys())
async def test_row_of_the_callback_table(
    pbx: SamplePbx, rig: Rig, carrier: str, outcome: Outcome, state: CallbackState | None
) -> None:
    async with pbx.carrier(carrier):
        with pbx.phone("201", "answers", delay=100):
            series = await rig.ask(await rig.a_ticket())
            first = (await rig.until_ended(series))[0]
            if state is None:
                await rig.callbacks.pause(series.id, by=rig.executors[0])
    assert first.outcome is outcome, first.seen
    assert first.seen[0] == "source events"
    if state is not None:
        assert (await rig.state(series)).state is state


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("executor_does", ["rings_for_ever", "busy", "declines"])
async def test_executor_who_does_not_take_it_never_counts(
    pbx: SamplePbx, rig: Rig, executor_does: str
) -> None:
    with pbx.phone("201", executor_does):
        series = await rig.ask(await rig.a_ticket())
        first = (await rig.until_ended(series))[0]
        await rig.callbacks.pause(series.id, by=rig.executors[0])
    assert (first.outcome, first.touched) == (Outcome.EXECUTOR_MISSED, False)


@pytest.mark.regulation("2.9")
async def test_executor_whose_phone_is_off_never_counts(rig: Rig) -> None:
    series = await rig.ask(await rig.a_ticket())
    first = (await rig.until_ended(series))[0]
    await rig.callbacks.pause(series.id, by=rig.executors[0])
    assert first.outcome is Outcome.EXECUTOR_MISSED


@pytest.mark.regulation("2.9")
async def test_executor_who_hangs_up_while_it_rings_never_counts(pbx: SamplePbx, rig: Rig) -> None:
    async with pbx.carrier("rings_for_ever"):
        with pbx.phone("201", "answers_and_hangs_up", delay=500):
            series = await rig.ask(await rig.a_ticket())
            first = (await rig.until_ended(series))[0]
            await rig.callbacks.pause(series.id, by=rig.executors[0])
    assert (first.outcome, first.rule) == (Outcome.EXECUTOR_MISSED, "executor_hung_up")


@pytest.mark.regulation("2.9")
async def test_order_that_reaches_asterisk_too_late_never_calls_the_client(
    pbx: SamplePbx, ami: Observer, tmp_path: Path
) -> None:
    async with running_dialer(pbx, tmp_path, work=False) as rig:
        with pbx.phone("201", "answers", delay=100):
            series = await rig.ask(await rig.a_ticket())
            claim = await rig.ledger.claim(_now(rig), "cb-0123456789ab")
            assert claim.order is not None
            await rig.calls.place(replace(claim.order, expires_at=_now(rig) - 2 * SECOND))
            (ended,) = await rig.until_ended(series)
    assert (ended.outcome, ended.rule) == (Outcome.NOT_PLACED, "asterisk_got_it_too_late")
    assert [event for event in ami.events("Newchannel") if "trunk" in event["Channel"]] == []


def _now(rig: Rig) -> int:
    return rig.worker._clock()


SETTLED = {
    "client answers": ("answers_and_hangs_up", Outcome.REACHED),
    "busy": ("rings_then_busy", Outcome.BUSY),
    "client does not answer": ("rings_for_ever", Outcome.NO_ANSWER),
    "trunk silent": ("silent", Outcome.TRUNK_FAILED),
    "unallocated number": ("unallocated", Outcome.WRONG_NUMBER),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("carrier", "outcome"), SETTLED.values(), ids=SETTLED.keys())
async def test_attempt_nobody_heard_of_is_settled_from_asterisks_own_record(
    pbx: SamplePbx, ami: Observer, tmp_path: Path, carrier: str, outcome: Outcome
) -> None:
    async with running_dialer(pbx, tmp_path, work=False) as rig:
        rig.ledger.finish = _deaf  # type: ignore[method-assign]
        async with pbx.carrier(carrier):
            with pbx.phone("201", "answers", delay=100):
                await rig.ask(await rig.a_ticket())
                await rig.worker.dial_one()
                (attempt,) = await _in_flight(rig)
                await ami.event("UserEvent", UserEvent="CallbackResult", Attempt=attempt.id)
                await ami.event("Hangup", Uniqueid=attempt.id)
        del rig.ledger.finish
        (order,) = await _taken_over(rig)
        found = await rig.calls.examine(order)
        assert found.finding is Finding.OVER and found.evidence is not None
        assert found.evidence.source == "astdb"
        await rig.worker._decide(order, found)
        assert (await _all_attempts(rig))[0].outcome is outcome


async def test_order_asterisk_never_got_is_found_to_have_no_trace(
    pbx: SamplePbx, ami: Observer, tmp_path: Path
) -> None:
    async with running_dialer(pbx, tmp_path, work=False) as rig:
        await rig.ask(await rig.a_ticket())
        claim = await rig.ledger.claim(_now(rig), "cb-ba9876543210")
        assert claim.order is not None
        assert (await rig.calls.examine(claim.order)).finding is Finding.NO_TRACE


async def _deaf(*_: object, **__: object) -> bool:
    return False


async def _in_flight(rig: Rig) -> list:  # type: ignore[type-arg]
    async with rig.database.uow(write=False) as uow:
        return list(await uow.callback_attempts.in_flight())


async def _all_attempts(rig: Rig) -> list:  # type: ignore[type-arg]
    async with rig.database.uow(write=False) as uow:
        return list(await uow.callback_attempts.of_callback(1))


async def _taken_over(rig: Rig) -> list:  # type: ignore[type-arg]
    return list(await rig.ledger.take_over(_now(rig) + 3600 * SECOND, 9))


LOGGED = {
    "client answers": ("answers_and_hangs_up", Outcome.REACHED),
    "busy": ("rings_then_busy", Outcome.BUSY),
    "client does not answer": ("rings_for_ever", Outcome.UNKNOWN),
    "trunk silent": ("silent", Outcome.UNKNOWN),
    "unallocated number": ("unallocated", Outcome.WRONG_NUMBER),
    "switched off": ("unavailable", Outcome.UNREACHABLE),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("carrier", "outcome"), LOGGED.values(), ids=LOGGED.keys())
async def test_logs_alone_never_make_more_of_an_attempt_than_they_know(
    pbx: SamplePbx, rig: Rig, carrier: str, outcome: Outcome
) -> None:
    async with pbx.carrier(carrier):
        with pbx.phone("201", "answers", delay=100):
            series = await rig.ask(await rig.a_ticket())
            (first, *_) = await rig.until_ended(series)
            if (await rig.state(series)).open:
                await rig.callbacks.pause(series.id, by=rig.executors[0])
    logged = evidence_in_cel(pbx.records("cel"), first.id)
    assert logged is not None and logged[1] is not None
    assert classify(logged[0]).outcome is outcome, logged
    recorded = evidence_in_cdr(pbx.records("cdr"), first.id)
    assert recorded is not None
    told = classify(recorded[0]).outcome
    assert told in {first.outcome, Outcome.UNKNOWN}, (told, recorded)


@pytest.mark.regulation("2.9")
async def test_running_program_places_a_callback_that_is_due(
    pbx: SamplePbx, ami: Observer, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'program.db'}"
    async with running_dialer(pbx, tmp_path, url=url, work=False) as rig:
        rig.ledger.finish = _deaf  # type: ignore[method-assign]
        series = await rig.ask(await rig.a_ticket())
        async with pbx.carrier("rings_then_busy"):
            with pbx.phone("201", "answers", delay=100):
                async with running(environment(pbx.facts, url, free_port()), tmp_path):
                    (attempt,) = await rig.until_ended(series)
    assert (attempt.outcome, attempt.seen[0]) == (Outcome.BUSY, "source events")
    assert (await ami.event("OriginateResponse", Uniqueid=attempt.id))["Response"] == "Success"
