"""A dialer that starts looks first whether its database fits the calls already placed. Regulation: 2.9, point 11."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from callcenter.domain.callbacks import DialerState
from callcenter.domain.errors import Unavailable
from callcenter.domain.live import LiveKind
from callcenter.services import dialer_start
from callcenter.services.dialer_start import DialerStart
from dialer.policy import Why
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase
from tests.make_callbacks import a_series, an_attempt

NOW = make.START + timedelta(days=10)


class House:
    """A store, a clock, and what Asterisk's records tell."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.clock = FakeClock(NOW)
        self.placed: dict[str, datetime] = {}
        self.asked: list[datetime] = []
        self.start = DialerStart(
            self.database.uow, self.clock, self, node="a", longest_silence=timedelta(days=1)
        )

    async def attempts_since(self, since: datetime) -> Mapping[str, datetime]:
        self.asked.append(since)
        return {attempt_id: at for attempt_id, at in self.placed.items() if at >= since}

    async def was_seen(self, ago: timedelta) -> None:
        async with self.database.uow() as uow:
            await uow.dialing.seen("b", self.clock.now() - ago)
            await uow.commit()

    async def an_attempt(self, attempt_id: str, *, due: bool = False) -> None:
        async with self.database.uow() as uow:
            executor = await uow.people.add(make.person(endpoint="PJSIP/201"), password_hash=None)
            ticket = await uow.tickets.add(make.ticket())
            at = NOW - timedelta(minutes=1) if due else NOW + timedelta(days=1)
            series = await uow.callbacks.add(a_series(ticket.id, executor.id, due_at=at, look_at=at))
            await uow.callback_attempts.add(an_attempt(series, attempt_id))
            await uow.commit()

    async def state(self) -> DialerState:
        async with self.database.uow(write=False) as uow:
            return await uow.dialing.state()

    async def last_seen(self) -> datetime | None:
        async with self.database.uow(write=False) as uow:
            return await uow.dialing.last_seen()


async def test_new_installation_begins_at_once_whatever_asterisk_remembers() -> None:
    house = House()
    house.placed["cb-of-another-life"] = NOW
    assert await house.start.check() is None
    assert not (await house.state()).paused
    assert await house.last_seen() == NOW


@pytest.mark.regulation("2.9")
async def test_database_that_knows_every_call_begins_at_once() -> None:
    house = House()
    await house.was_seen(timedelta(hours=1))
    await house.an_attempt("cb-known")
    house.placed["cb-known"] = NOW - timedelta(minutes=30)
    assert await house.start.check() is None
    assert house.asked == [NOW - timedelta(hours=1) - dialer_start.MARGIN]


@pytest.mark.regulation("2.9")
async def test_restored_database_begins_stopped_with_an_alarm() -> None:
    house = House()
    await house.was_seen(timedelta(hours=9))
    await house.an_attempt("cb-known")
    house.placed = {
        "cb-known": NOW - timedelta(hours=8),
        "cb-lost-1": NOW - timedelta(hours=7),
        "cb-lost-2": NOW - timedelta(hours=6),
    }
    assert await house.start.check() is Why.RESTORED
    state = await house.state()
    assert (state.paused, state.paused_by, state.halted) == (True, "dialer", "restored")
    assert "2 calls this database knows nothing of" in state.paused_reason
    assert house.database.published[-1].kind is LiveKind.DIALER_CHANGED
    assert house.database.published[-1].payload["halted"] == "restored"
    assert await house.last_seen() == NOW


async def test_pause_of_a_person_stays_his_under_the_alarm() -> None:
    house = House()
    await house.was_seen(timedelta(hours=9))
    house.placed["cb-lost"] = NOW
    async with house.database.uow() as uow:
        await uow.dialing.save_state(DialerState(paused=True, paused_by="petrov", paused_reason="обед"))
        await uow.commit()
    assert await house.start.check() is Why.RESTORED
    state = await house.state()
    assert (state.paused_by, state.paused_reason, state.halted) == ("petrov", "обед", "restored")


@pytest.mark.parametrize(("due", "why"), [(True, Why.LONG_SILENCE), (False, None)])
async def test_dialer_that_has_not_run_for_days_asks_a_person_only_when_somebody_would_be_called(
    due: bool, why: Why | None
) -> None:
    house = House()
    await house.was_seen(timedelta(days=1, seconds=1))
    await house.an_attempt("cb-known", due=due)
    assert await house.start.check() is why


async def test_silence_of_a_night_is_none() -> None:
    house = House()
    await house.was_seen(timedelta(days=1))
    await house.an_attempt("cb-known", due=True)
    assert await house.start.check() is None


async def test_database_from_the_future_means_that_the_clock_went_back() -> None:
    house = House()
    await house.was_seen(-dialer_start.MARGIN)
    assert await house.start.check() is None
    await house.was_seen(-dialer_start.MARGIN - timedelta(seconds=1))
    assert await house.start.check() is Why.CLOCK_JUMPED


async def test_start_waits_for_the_database_and_then_gives_signs_of_life(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dialer_start, "AFTER_FAILURE", timedelta(0))
    monkeypatch.setattr(dialer_start, "BEAT", timedelta(0))
    house, checked, beaten = House(), asyncio.Event(), asyncio.Event()

    async def beat() -> None:
        await DialerStart.beat(house.start)
        beaten.set()

    house.start.beat = beat  # type: ignore[method-assign]
    house.database.unavailable = True
    running = asyncio.create_task(house.start.run(checked))
    await asyncio.sleep(0)
    assert not checked.is_set()
    house.database.unavailable = False
    await checked.wait()
    house.database.unavailable = True
    for _ in range(9):
        await asyncio.sleep(0)
    house.clock.advance(timedelta(minutes=1))
    beaten.clear()
    house.database.unavailable = False
    await beaten.wait()
    assert await house.last_seen() == NOW + timedelta(minutes=1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_sign_of_life_that_cannot_be_written_is_told_as_such() -> None:
    house = House()
    house.database.unavailable = True
    with pytest.raises(Unavailable):
        await house.start.beat()
