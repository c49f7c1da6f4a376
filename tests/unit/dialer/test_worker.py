"""The worker, step by step: what is committed, sent and recorded, in which order, and what happens when it breaks."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from dialer.attempt import HOUR, SECOND, Outcome
from dialer.outcome import CauseTable, Evidence, Source, Verdict
from dialer.policy import Reason, Why
from dialer.ports import (
    FAILPOINTS,
    STEPS,
    Claim,
    Examination,
    Finding,
    LedgerUnavailable,
    Order,
    PhoneState,
    Placement,
)
from dialer.worker import HANG_UP_AGAIN, Worker, WorkerSettings

START = 1_000 * HOUR
ORDER = Order(
    attempt_id="cb-1",
    token=1,
    pbx="main",
    number="79161112233",
    executor="PJSIP/201",
    ring_seconds=30,
    claimed_at=START,
    send_by=START + 10 * SECOND,
    expires_at=START + 40 * SECOND,
)
BUSY = Evidence(source=Source.ASTDB, client_dialled=True, dial_status="BUSY", client_cause=17)


@dataclass
class Told:
    """One ending the ledger was told."""

    attempt_id: str
    verdict: Verdict
    at: int
    token: int | None


@dataclass
class ScriptedLedger:
    """Answers from lists; writes down what happened in `log`, shared with the PBX."""

    log: list[str]
    claims: list[Claim] = field(default_factory=list)
    refused: Reason | None = None
    lapsed: list[Order] = field(default_factory=list)
    asked_back: list[str] = field(default_factory=list)
    ended: list[Told] = field(default_factory=list)
    away: bool = False
    takes: list[tuple[int, int]] = field(default_factory=list)
    asked_at: list[int] = field(default_factory=list)
    claimed: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def _note(self, what: str) -> None:
        if self.away:
            raise LedgerUnavailable("no database")
        self.log.append(what)

    async def claim(self, now: int, attempt_id: str) -> Claim:
        self._note(f"claim {attempt_id}")
        self.asked_at.append(now)
        self.claimed.put_nowait(attempt_id)
        return self.claims.pop(0) if self.claims else Claim()

    async def confirm(self, order: Order, now: int) -> Reason | None:
        self._note(f"confirm {order.attempt_id}")
        self.asked_at.append(now)
        return self.refused

    async def sent(self, order: Order, now: int) -> None:
        self._note(f"sent {order.attempt_id}")
        self.asked_at.append(now)

    async def finish(self, attempt_id: str, verdict: Verdict, now: int, *, token: int | None = None) -> bool:
        self._note(f"finish {attempt_id} {verdict.outcome}")
        self.ended.append(Told(attempt_id, verdict, now, token))
        return True

    async def take_over(self, now: int, limit: int) -> Sequence[Order]:
        self._note("take_over")
        self.takes.append((now, limit))
        return self.lapsed

    async def keep(self, order: Order, now: int) -> None:
        self._note(f"keep {order.attempt_id} at {now - START}")

    async def withdrawals(self, now: int) -> Sequence[str]:
        self._note("withdrawals")
        self.asked_at.append(now)
        return self.asked_back

    async def halt(self, why: Why, detail: str, now: int) -> None:
        self._note(f"halt {why} {detail} at {now - START}")


@dataclass
class ScriptedPbx:
    log: list[str]
    ready: bool = True
    placement: Placement = Placement.SENT
    phone: PhoneState = PhoneState.FREE
    asked_of: list[Order] = field(default_factory=list)
    examination: Examination = field(default_factory=lambda: Examination(finding=Finding.NO_TRACE))

    async def executor_phone(self, order: Order) -> PhoneState:
        self.asked_of.append(order)
        return self.phone

    async def place(self, order: Order) -> Placement:
        self.log.append(f"place {order.attempt_id}")
        return self.placement

    async def hang_up(self, attempt_id: str) -> None:
        self.log.append(f"hang up {attempt_id}")

    async def examine(self, order: Order) -> Examination:
        self.log.append(f"examine {order.attempt_id}")
        return self.examination


class World:
    """A worker with scripted surroundings and a clock that is moved by hand."""

    def __init__(self, settings: WorkerSettings | None = None) -> None:
        self.now = START
        self.log: list[str] = []
        self.ledger = ScriptedLedger(self.log)
        self.pbx = ScriptedPbx(self.log)
        self.passed: list[str] = []
        self.breaks_at = ""
        self.ids = 0
        self.steady: int = 0
        self.worker = Worker(
            self.ledger,
            self.pbx,
            lambda: self.now,
            self.new_id,
            steady=lambda: self.now - START + self.steady,
            settings=settings,
            failpoint=self.failpoint,
        )

    def new_id(self) -> str:
        self.ids += 1
        return f"cb-{self.ids}"

    async def failpoint(self, name: str) -> None:
        self.passed.append(name)
        if name == self.breaks_at:
            raise RuntimeError(name)


@pytest.fixture
def world() -> World:
    world = World()
    world.ledger.claims = [Claim(order=ORDER)]
    return world


@pytest.mark.regulation("2.9")
async def test_dialling_is_committed_and_asked_again_before_anything_is_sent(world: World) -> None:
    assert await world.worker.dial_one()
    assert world.log == ["claim cb-1", "confirm cb-1", "place cb-1", "sent cb-1"]
    steps = ("claim", "executor_phone", "confirm", "place", "sent")
    assert world.passed == [f"{step}.{moment}" for step in steps for moment in ("before", "after")]
    assert world.worker.counts == {"claimed": 1, "sent": 1}
    assert world.ledger.asked_at == [START] * 3
    assert world.pbx.asked_of == [ORDER]


async def test_nothing_due_means_nothing_to_do(world: World) -> None:
    world.ledger.claims = [Claim(look_again=START + 1)]
    assert not await world.worker.dial_one()
    world.ledger.claims = [Claim()]
    assert not await world.worker.dial_one()
    assert world.log == ["claim cb-1", "claim cb-2"]


async def test_what_was_put_off_is_looked_behind_at_once(world: World) -> None:
    world.ledger.claims = [Claim(look_again=START), Claim(look_again=START), Claim(order=ORDER)]
    await world.worker.work()
    assert world.log.count("place cb-1") == 1
    assert [line for line in world.log if line.startswith("claim")] == [
        "claim cb-1", "claim cb-2", "claim cb-3", "claim cb-4"
    ]  # fmt: skip


async def test_refused_at_the_last_look_is_never_sent(world: World) -> None:
    world.ledger.refused = Reason(why=Why.OPTED_OUT)
    assert await world.worker.dial_one()
    assert world.log == ["claim cb-1", "confirm cb-1", "finish cb-1 not_placed"]
    (told,) = world.ledger.ended
    assert (told.verdict.rule, told.verdict.seen) == ("refused_at_last_look", ("opted_out",))
    assert (told.at, told.token) == (START, 1)
    assert world.passed[-1] == "finish.after"
    assert world.worker.counts["refused_at_last_look"] == 1


async def test_order_that_became_too_old_is_never_sent(world: World) -> None:
    world.now = ORDER.send_by
    await world.worker.dial_one()
    assert "place cb-1" not in world.log
    (told,) = world.ledger.ended
    assert (told.verdict.rule, told.verdict.seen) == ("refused_at_last_look", ("too_late",))
    world.ledger.claims = [Claim(order=ORDER)]
    world.now = ORDER.send_by - 1
    await world.worker.dial_one()
    assert "place cb-1" in world.log


async def test_order_the_pbx_did_not_take_was_not_placed(world: World) -> None:
    world.pbx.placement = Placement.NOT_SENT
    await world.worker.dial_one()
    assert world.log[-2:] == ["place cb-1", "finish cb-1 not_placed"]
    (told,) = world.ledger.ended
    assert (told.verdict.rule, told.verdict.seen) == ("never_sent", ("the PBX did not take it",))
    assert (told.token, told.verdict.touched) == (1, False)
    assert world.worker.counts == {"claimed": 1, "not_sent": 1, "never_sent": 1}


@pytest.mark.regulation("2.9")
async def test_order_whose_answer_was_lost_is_left_to_be_settled(world: World) -> None:
    world.pbx.placement = Placement.UNCERTAIN
    await world.worker.dial_one()
    assert world.log[-1] == "place cb-1"
    assert world.ledger.ended == []
    assert world.worker.counts["uncertain"] == 1


@pytest.mark.parametrize("name", ["claim.before", "claim.after", "confirm.after", "place.before"])
async def test_break_before_sending_sends_nothing(world: World, name: str) -> None:
    world.breaks_at = name
    with pytest.raises(RuntimeError, match=name):
        await world.worker.dial_one()
    assert "place cb-1" not in world.log


async def test_everything_due_is_dialled_in_one_round(world: World) -> None:
    world.ledger.claims = [Claim(order=replace(ORDER, attempt_id=f"cb-{n}")) for n in (1, 2, 3)]
    assert await world.worker.work() == SECOND // 4
    assert [line for line in world.log if line.startswith("place")] == [
        "place cb-1",
        "place cb-2",
        "place cb-3",
    ]


async def test_nothing_is_touched_while_the_pbx_is_away(world: World) -> None:
    world.pbx.ready = False
    assert await world.worker.work() == SECOND // 4
    assert world.log == []
    assert world.worker.counts == {"pbx_not_ready": 1}


async def test_no_claim_means_no_call_when_the_database_is_away(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.ledger.away = True
    with caplog.at_level(logging.WARNING):
        assert await world.worker.work() == SECOND // 4
    assert world.log == []
    assert world.worker.counts == {"ledger_unavailable": 1}
    assert caplog.messages == ["the ledger is away, nothing is dialled: no database"]
    world.ledger.away = False
    await world.worker.work()
    assert "place cb-1" in world.log


async def test_round_takes_back_then_settles_then_dials(world: World) -> None:
    world.ledger.asked_back = ["cb-9"]
    await world.worker.work()
    assert world.log[:4] == ["withdrawals", "hang up cb-9", "take_over", "claim cb-1"]
    assert world.ledger.takes == [(START, 20)]


async def test_lapsed_attempts_are_looked_for_now_and_then(world: World) -> None:
    for _ in range(2):
        await world.worker.work()
    assert world.log.count("take_over") == 1
    world.now += 5 * SECOND - 1
    await world.worker.work()
    assert world.log.count("take_over") == 1
    world.now += 1
    await world.worker.work()
    assert world.log.count("take_over") == 2


async def test_clock_that_jumped_back_does_not_stop_the_settling(world: World) -> None:
    await world.worker.work()
    world.now -= HOUR
    await world.worker.work()
    assert world.log.count("take_over") == 2


async def test_attempt_taken_back_is_hung_up_once_and_again_after_a_while(world: World) -> None:
    world.ledger.asked_back = ["cb-8", "cb-9"]
    await world.worker.withdraw()
    await world.worker.withdraw()
    assert [line for line in world.log if "hang up" in line] == ["hang up cb-8", "hang up cb-9"]
    world.now += HANG_UP_AGAIN - 1
    world.ledger.asked_back = ["cb-9"]
    await world.worker.withdraw()
    assert world.log.count("hang up cb-9") == 1
    world.now += 1
    await world.worker.withdraw()
    assert world.log.count("hang up cb-9") == 2
    world.ledger.asked_back = ["cb-8", "cb-9"]
    await world.worker.withdraw()
    assert (world.log.count("hang up cb-8"), world.log.count("hang up cb-9")) == (2, 2)
    assert world.worker.counts["withdrawn"] == 4
    both = ["hang_up.before", "hang_up.after"] * 2
    assert world.passed[:6] == ["withdrawals.before", "withdrawals.after", *both]


async def settled(world: World, examination: Examination, after: int) -> list[str]:
    """What the worker does with a lapsed attempt so long after its claim."""
    world.ledger.lapsed = [replace(ORDER, token=2)]
    world.pbx.examination = examination
    world.now = START + after
    await world.worker.settle()
    return world.log


LATE = 40 * SECOND + 60 * SECOND


@pytest.mark.regulation("2.9")
async def test_attempt_is_settled_by_the_pbxs_own_record(world: World) -> None:
    over = Examination(finding=Finding.OVER, evidence=BUSY, ended_at=START + 20 * SECOND)
    assert (await settled(world, over, 30 * SECOND)) == ["take_over", "examine cb-1", "finish cb-1 busy"]
    (told,) = world.ledger.ended
    assert (told.at, told.token, told.verdict.outcome) == (START + 20 * SECOND, 2, Outcome.BUSY)
    steps = ("take_over", "examine", "finish")
    assert world.passed == [f"{step}.{moment}" for step in steps for moment in ("before", "after")]
    assert world.worker.counts == {"settled_over": 1}


async def test_record_without_an_end_or_from_the_future_ends_now(world: World) -> None:
    await settled(world, Examination(finding=Finding.OVER, evidence=BUSY), 30 * SECOND)
    future = Examination(finding=Finding.OVER, evidence=BUSY, ended_at=START + HOUR)
    await settled(world, future, 31 * SECOND)
    assert [told.at - START for told in world.ledger.ended] == [30 * SECOND, 31 * SECOND]


async def test_attempt_that_lives_is_kept_however_long(world: World) -> None:
    assert (await settled(world, Examination(finding=Finding.ALIVE), 9 * HOUR))[
        -1
    ] == f"keep cb-1 at {9 * HOUR}"
    assert world.ledger.ended == []


@pytest.mark.parametrize("finding", [Finding.NO_TRACE, Finding.NO_TRACE_RESTARTED, Finding.UNREADABLE])
async def test_trace_may_still_appear_for_a_while(world: World, finding: Finding) -> None:
    log = await settled(world, Examination(finding=finding), LATE - 1)
    assert log[-1] == f"keep cb-1 at {LATE - 1}"


@pytest.mark.regulation("2.9")
async def test_order_without_any_trace_was_never_placed(world: World) -> None:
    assert (await settled(world, Examination(finding=Finding.NO_TRACE), LATE))[-1] == "finish cb-1 not_placed"
    (told,) = world.ledger.ended
    assert (told.verdict.rule, told.at, told.token) == ("no_trace", START + LATE, 2)
    assert told.verdict.seen == ("the PBX has not restarted and has no trace of it",)


@pytest.mark.regulation("2.9")
async def test_order_without_a_trace_in_a_restarted_pbx_is_unknown(world: World) -> None:
    log = await settled(world, Examination(finding=Finding.NO_TRACE_RESTARTED), LATE)
    assert log[-1] == "finish cb-1 unknown"
    (told,) = world.ledger.ended
    assert (told.verdict.rule, told.at, told.token) == ("no_record", START + LATE, 2)


async def test_records_that_cannot_be_read_are_waited_for_an_hour(world: World) -> None:
    unreadable = Examination(finding=Finding.UNREADABLE)
    log = await settled(world, unreadable, 40 * SECOND + HOUR - 1)
    assert log[-1].startswith("keep")
    log = await settled(world, unreadable, 40 * SECOND + HOUR)
    assert log[-1] == "finish cb-1 unknown"


async def test_no_trace_is_not_waited_for_like_unreadable_records(world: World) -> None:
    log = await settled(world, Examination(finding=Finding.NO_TRACE), LATE + 1)
    assert log[-1] == "finish cb-1 not_placed"


async def test_worker_runs_until_cancelled_and_looks_at_once_when_woken() -> None:
    world = World(WorkerSettings(look_every=HOUR))
    placed = asyncio.Event()

    async def place(order: Order) -> Placement:
        placed.set()
        return Placement.SENT

    world.pbx.place = place  # type: ignore[method-assign]
    running = asyncio.create_task(world.worker.run())
    assert await world.ledger.claimed.get() == "cb-1"
    world.ledger.claims = [Claim(order=ORDER)]
    world.worker.wake()
    await placed.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_worker_looks_again_by_itself() -> None:
    world = World(WorkerSettings(look_every=1))
    running = asyncio.create_task(world.worker.run())
    assert [await world.ledger.claimed.get() for _ in range(3)] == ["cb-1", "cb-2", "cb-3"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_times_of_the_worker() -> None:
    settings = WorkerSettings()
    assert (settings.look_every, settings.settle_every) == (SECOND // 4, 5 * SECOND)
    assert (settings.trace_within, settings.unreadable_for) == (60 * SECOND, HOUR)


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("phone", [PhoneState.AWAY, PhoneState.BUSY])
async def test_executor_whose_phone_is_off_or_in_use_is_not_rung_and_nothing_counts(
    world: World, phone: PhoneState
) -> None:
    world.pbx.phone = phone
    assert await world.worker.dial_one()
    assert world.log == ["claim cb-1", "finish cb-1 executor_missed"]
    (told,) = world.ledger.ended
    assert (told.verdict.rule, told.verdict.touched, told.token) == ("executor_unavailable", False, 1)
    assert told.verdict.seen == (f"the executor's phone is {phone}",)
    assert world.passed[-1] == "finish.after"
    assert world.worker.counts["executor_unavailable"] == 1


async def test_executor_whose_phone_is_not_known_is_rung(world: World) -> None:
    world.pbx.phone = PhoneState.UNKNOWN
    assert await world.worker.dial_one()
    assert world.log == ["claim cb-1", "confirm cb-1", "place cb-1", "sent cb-1"]


@pytest.mark.regulation("2.9")
async def test_number_the_pbx_itself_denies_is_told_as_denied_and_not_as_a_failure(world: World) -> None:
    world.pbx.placement = Placement.DENIED
    assert await world.worker.dial_one()
    (told,) = world.ledger.ended
    assert (told.verdict.outcome, told.verdict.rule) == (Outcome.DENIED, "asterisk_denied_the_number")
    assert (told.verdict.touched, told.token) == (False, 1)
    assert world.passed[-3:] == ["place.after", "finish.before", "finish.after"]


@pytest.mark.parametrize(("seconds", "detail"), [(61, "+61 s"), (-3600, "-3600 s")])
async def test_clock_that_jumped_stops_the_dialer_before_anything_is_claimed(
    world: World, seconds: int, detail: str
) -> None:
    world.ledger.claims = []
    await world.worker.work()
    world.log.clear()
    world.now += seconds * SECOND
    world.steady -= seconds * SECOND
    await world.worker.work()
    assert world.log[0] == f"halt clock_jumped {detail} at {seconds * SECOND}"
    assert world.worker.counts["clock_jumped"] == 1
    world.log.clear()
    await world.worker.work()
    assert not [line for line in world.log if line.startswith("halt")]


async def test_clock_that_is_corrected_a_little_goes_on(world: World) -> None:
    for _ in range(5):
        world.now += 61 * SECOND
        world.steady -= SECOND
        await world.worker.work()
    assert not [line for line in world.log if line.startswith("halt")]


async def test_jump_that_could_not_be_written_is_not_forgotten(world: World) -> None:
    world.ledger.claims = []
    await world.worker.work()
    world.now += HOUR
    world.steady -= HOUR
    world.ledger.away = True
    await world.worker.work()
    world.ledger.away = False
    world.log.clear()
    world.now += SECOND
    await world.worker.work()
    assert world.log[0] == f"halt clock_jumped +3600 s at {HOUR + SECOND}"


async def test_clock_that_jumps_between_claim_and_sending_sends_nothing(world: World) -> None:
    world.ledger.claims = []
    await world.worker.work()
    world.ledger.claims = [Claim(order=ORDER)]

    async def jump(name: str) -> None:
        if name == "confirm.after":
            world.steady -= HOUR

    world.worker._at = jump
    await world.worker.dial_one()
    assert not [line for line in world.log if line.startswith("place")]
    (told,) = world.ledger.ended
    assert (told.verdict.rule, told.verdict.seen) == ("refused_at_last_look", ("clock_jumped",))


def test_failpoints_are_read_off_the_ports_so_that_a_new_step_is_one_by_itself() -> None:
    assert {"claim", "confirm", "finish", "take_over", "halt", "executor_phone", "place", "hang_up"} <= set(
        STEPS
    )
    assert len(FAILPOINTS) == 2 * len(STEPS) == 24
    assert "ready" not in STEPS


async def test_worker_passes_a_failpoint_before_and_after_each_step_of_both_ports(world: World) -> None:
    world.ledger.claims = [Claim(order=replace(ORDER, attempt_id="cb-7")), Claim(order=ORDER)]
    world.ledger.asked_back = ["cb-9"]
    world.ledger.lapsed = [replace(ORDER, token=2)]
    world.pbx.examination = Examination(finding=Finding.ALIVE)
    await world.worker.work()
    world.now += HOUR
    world.steady -= HOUR
    world.ledger.claims = [Claim(order=ORDER)]
    world.ledger.lapsed = []
    world.pbx.placement = Placement.NOT_SENT
    await world.worker.work()
    assert set(world.passed) == set(FAILPOINTS)


async def test_each_round_asks_by_the_clock_of_that_moment(world: World) -> None:
    world.ledger.claims = []
    await world.worker.work()
    world.now += 7
    await world.worker.work()
    assert world.ledger.asked_at == [START, START, START + 7, START + 7]


async def test_what_was_done_is_counted_as_often_as_it_was_done(world: World) -> None:
    world.pbx.ready = False
    for _ in range(2):
        await world.worker.work()
    world.pbx.ready, world.ledger.away = True, True
    for _ in range(2):
        await world.worker.work()
    world.ledger.away = False
    world.pbx.placement = Placement.NOT_SENT
    world.ledger.claims = [Claim(order=replace(ORDER, attempt_id=f"cb-{n}")) for n in (1, 2)]
    world.ledger.lapsed = [replace(ORDER, attempt_id=f"cb-{n}", token=2) for n in (8, 9)]
    await world.worker.work()
    world.ledger.lapsed = []
    for _ in range(2):
        world.now += HOUR
        world.steady -= HOUR
        await world.worker.work()
    assert world.worker.counts == {
        "pbx_not_ready": 2, "ledger_unavailable": 2, "claimed": 2, "not_sent": 2, "never_sent": 2,
        "settled_no_trace": 2, "clock_jumped": 2,
    }  # fmt: skip


async def test_log_says_by_how_much_the_clock_jumped(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.ledger.claims = []
    await world.worker.work()
    world.now += HOUR
    world.steady -= HOUR
    with caplog.at_level(logging.ERROR):
        await world.worker.work()
    assert caplog.messages == ["the clock jumped by +3600 s, the dialer stops until a person lets it go on"]


async def test_record_is_read_by_the_carriers_own_meanings() -> None:
    world = World()
    world.worker._causes = CauseTable().but({}, {17: Outcome.TRUNK_FAILED})
    over = Examination(finding=Finding.OVER, evidence=replace(BUSY, dial_status=""), ended_at=START)
    assert (await settled(world, over, 30 * SECOND))[-1] == "finish cb-1 trunk_failed"
