"""Seeded stories of the whole dialer: crashes, stopped workers, lost events, dead trunks, and people who change
their minds. A failing seed is printed and tells the same story again:

    CALLCENTER_SEED=<seed> python -m pytest tests/simulation
"""

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from dialer.attempt import HOUR, MINUTE, SECOND, Outcome
from dialer.outcome import classify
from dialer.worker import WorkerSettings
from tests.databases import PostgresqlCluster, SqliteTemplate, postgresql_binaries
from tests.simulation.driving import OnLoop
from tests.simulation.surroundings import OnDatabase
from tests.simulation.world import CALENDAR, World
from tests.unit.dialer.hours import AlwaysOpen

STEPS = 1500


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[PostgresqlCluster]:
    if postgresql_binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = PostgresqlCluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


async def fresh(kind: str, request: pytest.FixtureRequest) -> str:
    """The url of a fresh migrated database."""
    if kind == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        return await template.new()
    cluster: PostgresqlCluster = request.getfixturevalue("postgresql_cluster")
    return await cluster.new()


SEEDS = [int(seed) for seed in os.environ.get("CALLCENTER_SEED", "1 2 3 4 5 6 7 8").split()]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """The database goes away so often here that its warnings would hide what matters."""
    caplog.set_level(logging.ERROR, "dialer.worker")


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("seed", SEEDS)
def test_invariants_hold_after_every_step_of_a_story(seed: int) -> None:
    world = World(seed)
    try:
        for _ in range(STEPS):
            world.step()
        world.settle_down()
    except AssertionError as error:
        raise AssertionError(f"seed {seed}, step {world.steps}: {error}") from error
    assert world.watch.checks >= STEPS
    assert world.pbx.invites


def test_same_seed_tells_the_same_story() -> None:
    stories = []
    for _ in range(2):
        world = World(77)
        for _ in range(400):
            world.step()
        stories.append((world.now, [each.attempt_id for each in world.pbx.invites], world.watch.outcomes))
    assert stories[0] == stories[1]


async def nothing_is_asked_again(*_: object) -> None:
    """A last look that never says no."""


def shorter_gap(world: World) -> None:
    policy = replace(world.rules.rules.policy, gap=10 * MINUTE)
    object.__setattr__(world.rules, "rules", replace(world.rules.rules, policy=policy))


def four_attempts(world: World) -> None:
    policy = replace(world.rules.rules.policy, limit=4)
    object.__setattr__(world.rules, "rules", replace(world.rules.rules, policy=policy))


def no_last_look(world: World) -> None:
    world.stands_often_at = "claim.after"
    world.dialer_is_often_paused()
    world.ledger.confirm = nothing_is_asked_again  # type: ignore[method-assign,assignment]


def no_patience(world: World) -> None:
    """A worker that calls an attempt "never placed" at once, and an Asterisk that takes late orders."""
    world.stands_often_at = "place.before"
    world.worker_settings = WorkerSettings(trace_within=-HOUR, settle_every=1)
    world.start_nodes()
    object.__setattr__(world.rules, "lease", -40 * SECOND)


def every_failure_counts(world: World) -> None:
    world.show = lambda evidence: replace(classify(evidence), outcome=Outcome.NO_ANSWER)


def round_the_clock(world: World) -> None:
    calendar = AlwaysOpen()
    object.__setattr__(world.rules, "rules", replace(world.rules.rules, calendar=calendar))
    world.watch.calendar = CALENDAR


def deaf_to_the_clock(world: World) -> None:
    """Workers that never compare the clocks."""
    world.jumps_often()
    world.worker_settings = WorkerSettings(clock_jump=10_000 * HOUR)
    world.start_nodes()


MISTAKES = {
    "15": deaf_to_the_clock,
    "3": shorter_gap,
    "1|14": four_attempts,
    "11|15": no_last_look,
    "5|8|9": no_patience,
    "2": every_failure_counts,
    "4": round_the_clock,
}


@pytest.mark.parametrize(
    ("invariants", "mistake"), MISTAKES.items(), ids=[m.__name__ for m in MISTAKES.values()]
)
def test_each_mistake_is_noticed(invariants: str, mistake: Callable[[World], None]) -> None:
    with pytest.raises(AssertionError, match=rf"^({invariants}):"):
        for seed in range(1, 9):
            world = World(seed)
            mistake(world)
            for _ in range(STEPS):
                world.step()


STORIES = int(os.environ.get("CALLCENTER_STORY_STEPS", "250"))


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("seed", [int(seed) for seed in os.environ.get("CALLCENTER_SEED", "1 2").split()])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_invariants_hold_on_a_real_database_and_the_story_is_that_of_the_store_in_memory(
    kind: str, seed: int, request: pytest.FixtureRequest
) -> None:
    remembered = World(seed)
    loop = OnLoop()
    surroundings = OnDatabase(loop.run(fresh(kind, request)), loop)
    try:
        world = World(seed, surroundings)
        for step in range(STORIES):
            world.step()
            remembered.step()
            assert told(world) == told(remembered), f"seed {seed}, step {step}: the stores differ"
    except AssertionError as error:
        raise AssertionError(f"seed {seed}, step {world.steps}: {error}") from error
    finally:
        surroundings.close()
    assert world.watch.checks == STORIES


def told(world: World) -> tuple[object, ...]:
    """The story so far: the time, the carrier's calls and how each attempt ended."""
    return world.now, [each.attempt_id for each in world.pbx.invites], world.watch.outcomes
