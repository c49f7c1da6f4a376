"""Calls told as tables: what the PBX reports on the left, what the hotline then knows on the right.

Each table runs on the in-memory store and on SQLite. A column is separated by `|`; times are seconds.
"""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.calls import CallOutcome, CallTransferred, FoundBy, RingEnd
from callcenter.domain.live import LiveKind
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.hotline import Fact, Hotline
from callcenter.store import Database
from tests import make
from tests.databases import SqliteTemplate, opened
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase

PHONES = ("PJSIP/101", "PJSIP/102", "PJSIP/103")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("scenario"))


@pytest.fixture(params=["fake", "sqlite"])
async def store(
    request: pytest.FixtureRequest, template: SqliteTemplate
) -> AsyncIterator[FakeDatabase | Database]:
    if request.param == "fake":
        fake = FakeDatabase()
        await prepare(fake.uow)
        yield fake
        return
    async with opened(await template.new()) as database:
        await prepare(database.uow)
        yield database


async def prepare(open_uow: OpenUnitOfWork) -> None:
    """One hotline; the operators op1, op2, op3 with the ids 1, 2, 3 on 101, 102, 103."""
    async with open_uow() as uow:
        await uow.calls.add_hotline(make.hotline())
        for n, endpoint in enumerate(PHONES, start=1):
            await uow.people.add(make.person(f"op{n}", endpoint=endpoint), password_hash=None)
        await uow.commit()


def fact(line: str) -> Fact:
    """One row of a table: `second | call | what | with`."""
    second_text, linkedid, what, argument, *_ = [*(cell.strip() for cell in line.split("|")), "", ""]
    second = float(second_text)
    match what:
        case "enters":
            return make.entered(linkedid, second, caller=argument or make.CALLER)
        case "enters, found in CDR":
            return make.entered(linkedid, second, caller=argument or make.CALLER, found_by=FoundBy.CDR)
        case "dials us at":
            return make.entered(linkedid, second, did=argument)
        case "waits":
            return make.queued(linkedid, second)
        case "rings":
            return make.ringing(linkedid, second, f"PJSIP/{argument}")
        case "stops ringing":
            endpoint, reason = argument.split()
            return make.stopped(linkedid, second, f"PJSIP/{endpoint}", RingEnd(reason))
        case "is answered by":
            return make.answered(linkedid, second, f"PJSIP/{argument}")
        case "is transferred to":
            return CallTransferred(
                key=make.key(linkedid),
                at=make.at(second),
                from_endpoint=None,
                to_endpoint=f"PJSIP/{argument}",
            )
        case "ends":
            return make.ended(linkedid, second, CallOutcome(argument))
    raise ValueError(line)


def facts(table: str) -> list[Fact]:
    return [fact(line) for line in table.strip().splitlines() if line.strip()]


async def tickets(open_uow: OpenUnitOfWork) -> list[str]:
    """Each draft as `number: its calls; missed or operator`, oldest first."""
    told = []
    async with open_uow(write=False) as uow:
        for ticket in sorted(await uow.tickets.drafts(limit=1000), key=lambda each: each.id):
            calls = ",".join(each.key.linkedid for each in await uow.calls.of_ticket(ticket.id))
            state = f"missed {ticket.missed}" if ticket.missed else f"operator {ticket.operator_id}"
            told.append(f"{ticket.number}: {calls}; {state}")
    return told


async def pops(open_uow: OpenUnitOfWork) -> list[str]:
    """The pop-ups in the order they were shown and withdrawn."""
    async with open_uow(write=False) as uow:
        said = []
        for message in await uow.live.after(0, limit=1000):
            who = message.audience.removeprefix("person:")
            if message.kind is LiveKind.POP_SHOW:
                said.append(f"+{who}")
            elif message.kind is LiveKind.POP_WITHDRAW:
                said.append(f"-{who} {message.payload['reason']}")
    return said


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A table of reports; the drafts and pop-ups that must come of it."""

    reports: str
    drafts: Sequence[str]
    pops: Sequence[str] = ()


SCENARIOS = {
    "answered by the one whose phone rings": Scenario(
        reports="""
             0 | A | enters
             1 | A | waits
             2 | A | rings          | 101
             7 | A | is answered by | 101
            60 | A | ends           | answered
        """,
        drafts=["1001: A; operator 1"],
        pops=["+1", "-1 answered"],
    ),
    "everybody rings, one answers": Scenario(
        reports="""
             0 | A | enters
             2 | A | rings          | 101
             2 | A | rings          | 102
             3 | A | rings          | 103
             7 | A | is answered by | 102
             7 | A | stops ringing  | 101 answered_elsewhere
             7 | A | stops ringing  | 103 answered_elsewhere
            60 | A | ends           | answered
        """,
        drafts=["1001: A; operator 2"],
        pops=["+1", "+2", "+3", "-1 answered_elsewhere", "-2 answered", "-3 answered_elsewhere"],
    ),
    "the caller hangs up while it rings": Scenario(
        reports="""
             0 | A | enters
             2 | A | rings | 101
             9 | A | ends  | abandoned
        """,
        drafts=["1001: A; missed abandoned"],
        pops=["+1", "-1 caller_left"],
    ),
    "the first declines, the second does not hear, the queue gives up": Scenario(
        reports="""
             0 | A | enters
             2 | A | rings         | 101
             4 | A | stops ringing | 101 declined
             5 | A | rings         | 102
            20 | A | stops ringing | 102 no_answer
            30 | A | ends          | queue_timeout
        """,
        drafts=["1001: A; missed queue_timeout"],
        pops=["+1", "-1 declined", "+2", "-2 no_answer"],
    ),
    "nobody is in the queue": Scenario(
        reports="""
             0 | A | enters
             1 | A | ends | queue_empty
        """,
        drafts=["1001: A; missed queue_empty"],
    ),
    "outside hours": Scenario(
        reports="""
             0 | A | enters
            20 | A | ends | outside_hours
        """,
        drafts=["1001: A; missed outside_hours"],
    ),
    "he calls again and is heard": Scenario(
        reports="""
             0 | A | enters
             9 | A | ends           | abandoned
            60 | B | enters
            62 | B | rings          | 102
            65 | B | is answered by | 102
            99 | B | ends           | answered
        """,
        drafts=["1001: A,B; operator 2"],
        pops=["+2", "-2 answered"],
    ),
    "he calls again and is missed again, for another reason": Scenario(
        reports="""
             0 | A | enters
             9 | A | ends   | abandoned
            60 | B | enters
            61 | B | ends   | queue_full
        """,
        drafts=["1001: A,B; missed queue_full"],
    ),
    "two hidden callers are two people": Scenario(
        reports="""
             0 | A | enters | anonymous
             1 | B | enters | anonymous
             9 | A | ends   | abandoned
             9 | B | ends   | abandoned
        """,
        drafts=["1001: A; missed abandoned", "1002: B; missed abandoned"],
    ),
    "a call that is handed on goes with its draft": Scenario(
        reports="""
             0 | A | enters
             2 | A | rings             | 101
             5 | A | is answered by    | 101
            20 | A | rings             | 103
            25 | A | is transferred to | 103
            60 | A | ends              | answered
        """,
        drafts=["1001: A; operator 3"],
        pops=["+1", "-1 answered", "+3", "-3 answered"],
    ),
    "somebody else picks the call up": Scenario(
        reports="""
             0 | A | enters
             2 | A | rings          | 101
             5 | A | is answered by | 103
            60 | A | ends           | answered
        """,
        drafts=["1001: A; operator 3"],
        pops=["+1", "-1 answered_elsewhere"],
    ),
    "a call to another number and one from inside": Scenario(
        reports="""
             0 | A | dials us at    | +74950000000
             1 | A | rings          | 101
             2 | A | is answered by | 101
             3 | B | is answered by | 101
             9 | B | ends           | answered
        """,
        drafts=[],
    ),
    "the link was down for the whole call": Scenario(
        reports="""
             0 | A | enters, found in CDR
            30 | A | ends                 | abandoned
        """,
        drafts=["1001: A; missed abandoned"],
    ),
    "the link came back in the middle and the records tell it again": Scenario(
        reports="""
             0 | A | enters
             2 | A | rings                | 101
            30 | A | ends                 | unknown
             0 | A | enters, found in CDR
             7 | A | is answered by       | 101
            25 | A | ends                 | answered
        """,
        drafts=["1001: A; operator 1"],
        pops=["+1", "-1 caller_left"],
    ),
}


@pytest.mark.regulation("2.1")
@pytest.mark.parametrize("name", SCENARIOS)
async def test_scenario(name: str, store: FakeDatabase | Database) -> None:
    scenario, hotline = SCENARIOS[name], Hotline(store.uow, FakeClock())
    for each in facts(scenario.reports):
        await hotline.apply([each])
    assert await tickets(store.uow) == list(scenario.drafts)
    assert await pops(store.uow) == list(scenario.pops)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_scenario_in_one_batch_ends_the_same(name: str, store: FakeDatabase | Database) -> None:
    scenario = SCENARIOS[name]
    await Hotline(store.uow, FakeClock()).apply(facts(scenario.reports))
    assert await tickets(store.uow) == list(scenario.drafts)


@st.composite
def muddled(draw: st.DrawFn) -> tuple[str, list[list[Fact]]]:
    """Two stories told at once, each in its order of entry, with repetitions, in batches of any size."""
    names = draw(st.lists(st.sampled_from(sorted(SCENARIOS)), min_size=1, max_size=2))
    told: list[Fact] = []
    for place, name in enumerate(names):
        story = SCENARIOS[name].reports.replace(" A ", f" A{place} ").replace(" B ", f" B{place} ")
        told.extend(facts(story))
    seed = draw(st.integers(0, 2**32))
    mixed = random.Random(seed)
    entries = [each for each in told if isinstance(each, type(make.entered()))]
    rest = [each for each in told if not isinstance(each, type(make.entered()))]
    rest += mixed.sample(rest, k=mixed.randint(0, len(rest))) if rest else []
    rest += entries
    mixed.shuffle(rest)
    everything: list[Fact] = [*entries, *rest] if draw(st.booleans()) else [*rest, *entries]
    batches: list[list[Fact]] = []
    while everything:
        size = mixed.randint(1, 5)
        batches.append(everything[:size])
        everything = everything[size:]
    return ", ".join(names), batches


async def check_invariants(open_uow: OpenUnitOfWork, batches: list[list[Fact]]) -> None:
    """Each call to our number is held by exactly one ticket, and nothing is left ringing after its end."""
    entered = {
        each.key
        for batch in batches
        for each in batch
        if isinstance(each, type(make.entered())) and each.did.e164 == "+78005550640"
    }
    async with open_uow(write=False) as uow:
        calls = await uow.calls.recent(limit=1000)
        assert {each.key for each in calls} == entered
        assert len(calls) == len(entered)
        held = [
            call.id
            for ticket in await uow.tickets.drafts(limit=1000)
            for call in await uow.calls.of_ticket(ticket.id)
        ]
        assert sorted(held) == sorted(each.id for each in calls)
        over = {each.id for each in calls if each.ended_at is not None}
        assert not over & {each.call_id for each in await uow.calls.all_ringing()}
    shown = await pops(open_uow)
    for person in "123":
        mine = [each for each in shown if each[1] == person]
        assert len([each for each in mine if each[0] == "-"]) <= len(
            [each for each in mine if each[0] == "+"]
        )


@given(muddled())
@settings(max_examples=150, deadline=None)
async def test_any_order_and_repetition_gives_one_ticket_per_call(
    story: tuple[str, list[list[Fact]]],
) -> None:
    store = FakeDatabase()
    await prepare(store.uow)
    hotline = Hotline(store.uow, FakeClock())
    for batch in story[1]:
        await hotline.apply(batch)
    await check_invariants(store.uow, story[1])


@given(muddled())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_order_and_repetition_gives_one_ticket_per_call_on_sqlite(
    template: SqliteTemplate, story: tuple[str, list[list[Fact]]]
) -> None:
    async with opened(await template.new()) as database:
        await prepare(database.uow)
        hotline = Hotline(database.uow, FakeClock())
        for batch in story[1]:
            await hotline.apply(batch)
        await check_invariants(database.uow, story[1])
        assert (await database.verify_audit()).intact


@given(muddled())
@settings(max_examples=100, deadline=None)
async def test_once_everything_is_known_repeating_it_changes_and_tells_nothing(
    story: tuple[str, list[list[Fact]]],
) -> None:
    store = FakeDatabase()
    await prepare(store.uow)
    hotline = Hotline(store.uow, FakeClock())
    for batch in story[1]:
        await hotline.apply(batch)
    for batch in story[1]:
        await hotline.apply(batch)
    once_all_is_known, told = store.memory, len(store.published)
    for batch in story[1]:
        await hotline.apply(batch)
    assert store.memory.calls == once_all_is_known.calls
    assert store.memory.tickets == once_all_is_known.tickets
    assert store.memory.rings == once_all_is_known.rings
    assert len(store.published) == told
