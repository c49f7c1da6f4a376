"""Client first, on a real Asterisk: who answers is never met by silence, and only both together are a client reached.

Clause 2.9, point 1: the setting for executors whose clients are rung before them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ami.signals import AttemptProgress
from callcenter.domain.callbacks import CallbackAttempt, CallbackState
from callcenter.phone.attempt_records import evidence_in_cdr, evidence_in_cel
from dialer.attempt import SECOND, Outcome
from dialer.outcome import classify
from dialer.ports import Finding, Order, Placement
from tests.asterisk.callback_rig import Rig, quick_rules, running_dialer
from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import SamplePbx

CLIENT_FIRST = replace(quick_rules(), client_first=frozenset({"*"}))
EXECUTOR = "PJSIP/201"


@pytest.fixture
async def rig(pbx: SamplePbx, ami: Observer, tmp_path: Path) -> AsyncIterator[Rig]:
    """A node whose executors want the client on the line first."""
    async with running_dialer(pbx, tmp_path, rules=CLIENT_FIRST) as rig:
        yield rig


async def first_attempt(rig: Rig) -> tuple[CallbackAttempt, CallbackState]:
    """Ask for a callback, wait for its first attempt, and stop the series if it would go on."""
    series = await rig.ask(await rig.a_ticket())
    first = (await rig.until_ended(series))[0]
    state = (await rig.state(series)).state
    if (await rig.state(series)).open:
        await rig.callbacks.pause(series.id, by=rig.executors[0])
    return first, state


async def noted(ami: Observer, attempt: CallbackAttempt) -> list[str]:
    """How the executor was reached, for how long, and what the client heard meanwhile."""
    assert (await ami.ask("DBGet", Family="cbx", Key=attempt.id))["Response"] == "Success"
    return (await ami.event("DBGetResponse", Key=attempt.id))["Val"].split("|")


def settled_apart(pbx: SamplePbx, attempt: CallbackAttempt) -> set[Outcome]:
    """What each of Asterisk's logs alone would make of the attempt."""
    logged = evidence_in_cel(pbx.records("cel"), attempt.id, client_first=EXECUTOR)
    recorded = evidence_in_cdr(pbx.records("cdr"), attempt.id, client_first=EXECUTOR)
    assert logged is not None and recorded is not None
    return {classify(logged[0]).outcome, classify(recorded[0]).outcome}


@pytest.mark.regulation("2.9")
async def test_client_answers_hears_who_calls_and_is_joined_by_the_executor(
    pbx: SamplePbx, ami: Observer, rig: Rig
) -> None:
    async with pbx.carrier("answers"):
        with pbx.phone("201", "answers_and_hangs_up", delay=1200):
            first, state = await first_attempt(rig)
    assert (first.outcome, first.rule, state) == (
        Outcome.REACHED,
        "client_answered",
        CallbackState.REACHED,
    ), first.seen
    steps = [str(each.step) for each in rig.signals if isinstance(each, AttemptProgress)]
    assert steps == [
        "client_dialled", "client_ringing", "client_answered", "executor_ringing", "executor_answered"
    ]  # fmt: skip
    assert len(ami.events("UserEvent", UserEvent="CallbackResult", Attempt=first.id)) == 1
    assert (await noted(ami, first))[::2] == ["ANSWER", "hello SUCCESS"]
    assert settled_apart(pbx, first) <= {Outcome.REACHED, Outcome.UNKNOWN}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("executor_does", ["rings_for_ever", "busy"])
async def test_client_nobody_of_ours_comes_to_hears_an_apology_and_it_never_counts(
    pbx: SamplePbx, ami: Observer, rig: Rig, executor_does: str
) -> None:
    async with pbx.carrier("answers"):
        with pbx.phone("201", executor_does):
            first, state = await first_attempt(rig)
    assert (first.outcome, first.rule) == (Outcome.EXECUTOR_MISSED, "executor_did_not_come")
    assert (first.touched, first.counted, state) == (True, False, CallbackState.WAITING)
    assert (await noted(ami, first))[2] == "hello SUCCESS sorry SUCCESS"
    assert settled_apart(pbx, first) <= {Outcome.EXECUTOR_MISSED, Outcome.UNKNOWN}


@pytest.mark.regulation("2.9")
async def test_client_who_hangs_up_while_he_waits_is_not_counted_against(pbx: SamplePbx, rig: Rig) -> None:
    async with pbx.carrier("answers_and_hangs_up", delay=700):
        with pbx.phone("201", "rings_for_ever"):
            first, state = await first_attempt(rig)
    assert (first.outcome, first.rule) == (Outcome.EXECUTOR_MISSED, "executor_did_not_come")
    assert state is CallbackState.WAITING


ROWS = {
    "client does not answer": ("rings_for_ever", Outcome.NO_ANSWER),
    "busy": ("rings_then_busy", Outcome.BUSY),
    "declines": ("rings_then_declines", Outcome.DECLINED),
    "switched off": ("unavailable", Outcome.UNREACHABLE),
    "unallocated number": ("unallocated", Outcome.WRONG_NUMBER),
    "trunk 503": ("overloaded", Outcome.TRUNK_FAILED),
    "trunk 403": ("forbids", Outcome.TRUNK_FAILED),
    "500 after 183": ("fails_after_progress", Outcome.TRUNK_FAILED),
    "trunk silent": ("silent", Outcome.TRUNK_FAILED),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("carrier", "outcome"), ROWS.values(), ids=ROWS.keys())
async def test_client_who_does_not_answer_is_read_as_with_the_executor_first_who_is_not_rung(
    pbx: SamplePbx, ami: Observer, rig: Rig, carrier: str, outcome: Outcome
) -> None:
    async with pbx.carrier(carrier):
        with pbx.phone("201", "answers"):
            first, _ = await first_attempt(rig)
    assert (first.outcome, first.seen[0]) == (outcome, "source events"), first.seen
    assert [each for each in ami.events("Newchannel") if each["Channel"].startswith(EXECUTOR)] == []
    assert settled_apart(pbx, first) <= {outcome, Outcome.UNKNOWN}


@pytest.mark.regulation("2.9")
async def test_no_client_is_rung_for_an_executor_whose_phone_is_off(
    pbx: SamplePbx, ami: Observer, tmp_path: Path
) -> None:
    async with (
        running_dialer(pbx, tmp_path, rules=CLIENT_FIRST, hints="internal") as rig,
        pbx.carrier("answers"),
    ):
        first, state = await first_attempt(rig)
    assert (first.outcome, first.rule) == (Outcome.EXECUTOR_MISSED, "executor_unavailable")
    assert (first.touched, state) == (False, CallbackState.WAITING)
    assert ami.events("Newchannel") == []


async def claimed(rig: Rig) -> Order:
    await rig.ask(await rig.a_ticket())
    claim = await rig.ledger.claim(rig.worker._clock(), f"cb-{rig.worker._new_id()[3:]}")
    assert claim.order is not None
    return claim.order


async def the_ended(rig: Rig, order: Order) -> CallbackAttempt:
    await rig.until(lambda: any(getattr(each, "facts", None) is not None for each in rig.signals))
    async with rig.database.uow(write=False) as uow:
        found = await uow.callback_attempts.by_id(order.attempt_id)
    assert found is not None
    return found


@pytest.mark.regulation("2.9")
async def test_order_that_comes_too_late_calls_nobody(pbx: SamplePbx, ami: Observer, tmp_path: Path) -> None:
    async with running_dialer(pbx, tmp_path, rules=CLIENT_FIRST, work=False) as rig:
        order = await claimed(rig)
        assert await rig.calls.place(replace(order, expires_at=order.claimed_at - 2 * SECOND)) is (
            Placement.SENT
        )
        ended = await the_ended(rig, order)
    assert (ended.outcome, ended.rule) == (Outcome.NOT_PLACED, "asterisk_got_it_too_late")
    assert [each for each in ami.events("Newchannel") if "PJSIP" in each["Channel"]] == []


@pytest.mark.regulation("2.9")
async def test_number_the_dialplan_denies_is_reported_as_denied_and_asks_a_person(
    pbx: SamplePbx, ami: Observer, tmp_path: Path
) -> None:
    async with running_dialer(pbx, tmp_path, rules=CLIENT_FIRST, work=False) as rig:
        order = await claimed(rig)
        assert await rig.calls.place(replace(order, number="78005550640")) is Placement.SENT
        ended = await the_ended(rig, order)
        async with rig.database.uow(write=False) as uow:
            (asking,) = await uow.callbacks.in_state(CallbackState.ASKING, limit=9)
    assert (ended.outcome, ended.rule) == (Outcome.DENIED, "asterisk_denied_the_number")
    assert (asking.ticket_id, asking.reason) == (ended.ticket_id, "denied")
    assert [each for each in ami.events("Newchannel") if "PJSIP" in each["Channel"]] == []


KEPT = {
    "both": ("answers", "answers_and_hangs_up", Outcome.REACHED),
    "the client alone": ("answers", "rings_for_ever", Outcome.EXECUTOR_MISSED),
    "nobody": ("rings_for_ever", "answers", Outcome.NO_ANSWER),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("carrier", "executor_does", "outcome"), KEPT.values(), ids=KEPT.keys())
async def test_attempt_nobody_heard_of_is_settled_from_what_asterisk_kept(
    pbx: SamplePbx, ami: Observer, tmp_path: Path, carrier: str, executor_does: str, outcome: Outcome
) -> None:
    async with running_dialer(pbx, tmp_path, rules=CLIENT_FIRST, work=False) as rig:
        rig.ledger.finish = _deaf  # type: ignore[method-assign]
        async with pbx.carrier(carrier):
            with pbx.phone("201", executor_does, delay=800):
                order = await claimed(rig)
                assert await rig.calls.place(order) is Placement.SENT
                await ami.event("Hangup", Uniqueid=order.attempt_id)
                await ami.event("UserEvent", UserEvent="CallbackResult", Attempt=order.attempt_id)
        found = await rig.calls.examine(order)
    assert found.finding is Finding.OVER and found.evidence is not None
    assert (found.evidence.source, classify(found.evidence).outcome) == ("astdb", outcome)


async def _deaf(*_: object, **__: object) -> bool:
    return False
