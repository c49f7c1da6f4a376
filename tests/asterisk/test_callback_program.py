"""Clause 2.9 through the running program: its worker, its mail, its hotline and its command line, on a real Asterisk.

SIPp is the carrier, the executor's phone and the client who calls in; aiosmtpd is the mail server.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.domain.callbacks import AttemptStage, Callback, CallbackAttempt, CallbackState
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.people import Role
from callcenter.domain.ticket import Ticket
from callcenter.store import Database
from callcenter.store.upgrade import upgrade
from dialer.attempt import Outcome
from tests import make
from tests.asterisk.node import environment, free_port, hire, running
from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import SamplePbx
from tests.contract.mail_server import MailServer, mail_server
from tests.databases import opened
from tests.make_callbacks import a_series

pytestmark = pytest.mark.usefixtures("ami")  # hangs up whatever a test leaves on the line

PATIENCE = 40.0
CLIENT = "+79161112233"
QUICK = {
    "CC_DIALER__EXECUTOR_RING": "PT3S",
    "CC_DIALER__CLIENT_RING": "PT2S",
    "CC_DIALER__GAP": "PT3S",
    "CC_DIALER__RETRY_FIRST": "PT1S",
    "CC_DIALER__RETRY_LONGEST": "PT1S",
    "CC_DIALER__PER_NUMBER_A_DAY": "20",
    "CC_DIALER__PER_SECOND": "20",
    "CC_DIALER__ASK_AFTER": "99",
}


async def eventually(true: Callable[[], bool | Awaitable[bool]]) -> None:
    """Return once another process has made it so; fails after `PATIENCE` seconds."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.05)


@dataclass(kw_only=True)
class House:
    """The database under the program, and how to start the program on it."""

    pbx: SamplePbx
    database: Database
    url: str
    folder: Path
    executor_id: int = 0

    def environ(self, **more: str) -> dict[str, str]:
        return environment(self.pbx.facts, self.url, free_port(), **{**QUICK, **more})

    async def program(self, environ: dict[str, str], *words: str) -> str:
        """What `callcenter <words>` prints."""
        command = Path(sys.executable).with_name("callcenter")
        process = await asyncio.create_subprocess_exec(
            command, *words, env=environ, cwd=self.folder,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await process.communicate()
        assert process.returncode == 0, told.decode()
        return told.decode()

    async def due(self, number: str = CLIENT) -> Callback:
        """A series that is due now, on a ticket in progress whose client left an address."""
        now = datetime.now(UTC)
        async with self.database.uow() as uow:
            if not self.executor_id:
                executor = make.person("vasiliev", roles=(Role.EXECUTOR,), endpoint="PJSIP/201", pbx="main")
                self.executor_id = (await uow.people.add(executor, password_hash=None)).id
            ticket = make.ticket(status=Status.IN_PROGRESS, caller=number, created=now)
            stored = await uow.tickets.add(replace(ticket, contact_email="petrov@example.org"))
            series = await uow.callbacks.add(
                a_series(stored.id, self.executor_id, number=number, asked_at=now, due_at=now, look_at=now)
            )
            await uow.commit()
        return series

    async def attempts(self, series: Callback) -> Sequence[CallbackAttempt]:
        async with self.database.uow(write=False) as uow:
            return await uow.callback_attempts.of_callback(series.id)

    async def now(self, series: Callback) -> Callback:
        async with self.database.uow(write=False) as uow:
            found = await uow.callbacks.by_id(series.id)
        assert found is not None
        return found

    async def ticket(self, series: Callback) -> Ticket:
        async with self.database.uow(write=False) as uow:
            found = await uow.tickets.by_id(series.ticket_id)
        assert found is not None
        return found

    async def until(
        self, series: Callback, true: Callable[[Callback, Sequence[CallbackAttempt]], bool]
    ) -> Callback:
        """Look again and again, as a screen does that has no stream, until it is so."""

        async def is_so() -> bool:
            return true(await self.now(series), await self.attempts(series))

        await eventually(is_so)
        return await self.now(series)

    async def until_alarm(self) -> None:
        """Wait until the breaker is open."""

        async def is_open() -> bool:
            async with self.database.uow(write=False) as uow:
                return (await uow.dialing.state()).breaker.open_until is not None

        await eventually(is_open)


@pytest.fixture
async def house(pbx: SamplePbx, tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite:///{tmp_path}/hotline.sqlite3"
    await upgrade(url)
    async with opened(url) as database:
        yield House(pbx=pbx, database=database, url=url, folder=tmp_path)


def ended(outcomes: set[Outcome], count: int = 1) -> Callable[[Callback, Sequence[CallbackAttempt]], bool]:
    return lambda _, attempts: sum(each.outcome in outcomes for each in attempts) >= count


@pytest.mark.regulation("2.9")
async def test_third_unanswered_call_cancels_the_ticket_and_one_letter_reaches_the_mail_server(
    house: House,
) -> None:
    pbx = house.pbx
    async with mail_server(MailServer()) as mail:
        environ = house.environ(CC_MAIL__HOST="127.0.0.1", CC_MAIL__PORT=str(mail.port), CC_MAIL__TLS="none")
        with pbx.phone("201", "answers", delay=50):
            async with running(environ, house.folder):
                async with pbx.carrier("rings_for_ever"):
                    series = await house.due()
                    await house.until(series, ended({Outcome.NO_ANSWER}))
                async with pbx.carrier("overloaded"):
                    await house.until(series, ended({Outcome.TRUNK_FAILED}))
                async with pbx.carrier("rings_then_busy"):
                    over = await house.until(series, lambda found, _: not found.open)
                await eventually(lambda: bool(mail.taken))
    attempts, ticket = await house.attempts(series), await house.ticket(series)
    outcomes = [each.outcome for each in attempts if each.outcome is not Outcome.EXECUTOR_MISSED]
    counted = [each for each in attempts if each.counted]
    assert outcomes[0] is Outcome.NO_ANSWER and Outcome.TRUNK_FAILED in outcomes[1:-1]
    assert [each.no for each in counted] == [1, 2, 3] and len(counted) == 3
    assert over.state is CallbackState.UNREACHABLE
    assert (ticket.status, ticket.cancel_reason) == (Status.CANCELLED, CancelReason.UNREACHABLE)
    (letter,) = mail.taken
    assert letter["To"] == "petrov@example.org" and str(ticket.id) in letter["Subject"]
    plain = letter.get_body(("plain",))
    assert plain is not None and letter.get_body(("html",)) is not None
    assert plain.get_content().count("Отменена") or plain.get_content().count("отмен")


@pytest.mark.regulation("2.9")
async def test_dead_trunk_for_fifty_tickets_raises_the_alarm_and_cancels_nobody(house: House) -> None:
    environ = house.environ()
    async with house.pbx.carrier("overloaded"):
        with house.pbx.phone("201", "answers", delay=20):
            series = [await house.due(f"+791611122{number:02d}") for number in range(50)]
            async with running(environ, house.folder):
                await house.until_alarm()
                told = await house.program(environ, "dialer", "status")
    assert "ALARM: calls do not get out" in told and "breaker_open" in told
    tickets = {(await house.ticket(each)).status for each in series}
    attempts = [attempt for each in series for attempt in await house.attempts(each)]
    failed = [each for each in attempts if each.outcome is Outcome.TRUNK_FAILED]
    assert tickets == {Status.IN_PROGRESS}
    assert len(failed) == 5, "the breaker opens after five"
    assert {each.outcome for each in attempts} <= {Outcome.TRUNK_FAILED, Outcome.EXECUTOR_MISSED, None}


@pytest.mark.regulation("2.9")
async def test_client_who_calls_in_while_he_is_rung_is_rung_no_more_and_reached_once_he_spoke(
    house: House,
) -> None:
    pbx, number = house.pbx, CLIENT.removeprefix("+")
    await hire(house.database, "ivanova", "101")
    async with running(house.environ(CC_DIALER__GAP="PT30M"), house.folder) as node:
        await node.until_ready()
        async with pbx.carrier("rings_for_ever"):
            with pbx.phone("201", "answers", delay=50):
                series = await house.due()
                await house.until(series, _is_ringing)
                called_at = datetime.now(UTC)
                async with pbx.caller("caller_hangs_up", number=number, stay=1000):
                    await house.until(series, ended({Outcome.WITHDRAWN}))
        waiting = await house.now(series)
        with pbx.phone("101", "answers", delay=50):
            async with pbx.caller("caller_hangs_up", number=number, stay=3000):
                over = await house.until(series, lambda found, _: not found.open)
    (withdrawn,) = await house.attempts(series)
    assert (withdrawn.rule, withdrawn.counted) == ("withdrawn_by_us", False)
    assert (waiting.state, waiting.reason) == (CallbackState.WAITING, "not_before")
    assert waiting.due_at is not None and waiting.due_at - called_at > timedelta(minutes=29)
    assert (over.state, over.reason) == (CallbackState.REACHED, "client_called")


def _is_ringing(_: Callback, attempts: Sequence[CallbackAttempt]) -> bool:
    return any(each.stage is AttemptStage.CLIENT_RINGING for each in attempts)


@pytest.mark.regulation("2.9")
async def test_program_on_a_restored_database_dials_nobody_until_a_person_says_so(
    house: House, ami: Observer
) -> None:
    lost = f"cb-of-the-lost-day-{datetime.now(UTC):%H%M%S%f}"
    with house.pbx.phone("201", "busy"):
        await ami.ask(
            "Originate", Channel="PJSIP/201", Context="callback", Exten="79161112233", Priority="1",
            Async="true", Timeout="2000", ChannelId=lost,
        )  # fmt: skip
        await ami.event("Hangup", Uniqueid=lost)
    async with house.database.uow() as uow:
        await uow.dialing.seen("the node before", datetime.now(UTC) - timedelta(hours=1))
        await uow.commit()
    series, environ = await house.due(), house.environ()
    async with house.pbx.carrier("rings_then_busy"):
        with house.pbx.phone("201", "answers", delay=50):
            async with running(environ, house.folder) as node:
                await node.until_ready()
                told = await house.program(environ, "dialer", "status")
                assert await house.attempts(series) == []
                await house.program(environ, "dialer", "resume")
                await house.until(series, ended({Outcome.BUSY}))
    assert "ALARM: stopped by itself (restored)" in told
    assert "Paused by dialer" in told


@pytest.mark.regulation("2.9")
async def test_program_does_not_ring_an_executor_whose_phone_is_off(house: House, ami: Observer) -> None:
    async with running(house.environ(), house.folder):
        series = await house.due()
        await house.until(series, ended({Outcome.EXECUTOR_MISSED}))
    first = (await house.attempts(series))[0]
    assert (first.rule, first.touched) == ("executor_unavailable", False)
    assert ami.events("OriginateResponse") == []
