"""The watch over the clocks: a jump is told once, with its length and direction."""

import pytest

from dialer.attempt import SECOND
from dialer.clockwatch import ClockWatch


class Clocks:
    """Two clocks moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_000 * SECOND
        self.steady = 5 * SECOND
        self.watch = ClockWatch(lambda: self.wall, lambda: self.steady, 10 * SECOND)

    def go(self, wall: int, steady: int) -> int:
        self.wall += wall * SECOND
        self.steady += steady * SECOND
        return self.watch.jump()


def test_clock_that_runs_tells_nothing() -> None:
    clocks = Clocks()
    assert clocks.watch.jump() == 0
    assert clocks.go(3600, 3600) == 0


def test_jump_before_the_first_look_is_told_too() -> None:
    assert Clocks().go(3600, 0) == 3600 * SECOND


@pytest.mark.parametrize(
    ("wall", "steady", "jump"),
    [(11, 0, 11), (10, 0, 0), (-10, 0, 0), (-11, 0, -11), (0, 11, -11), (71, 60, 11)],
)
def test_jump_is_what_the_clocks_disagree_by_when_it_is_more_than_the_threshold(
    wall: int, steady: int, jump: int
) -> None:
    clocks = Clocks()
    clocks.watch.jump()
    assert clocks.go(wall, steady) == jump * SECOND
    assert clocks.go(1, 1) == 0


def test_small_corrections_never_add_up_to_a_jump() -> None:
    clocks = Clocks()
    assert {clocks.go(69, 60) for _ in range(20)} == {0}


def test_threshold_is_a_length_of_time() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        ClockWatch(int, int, 0)
    assert ClockWatch(int, int, 1).jump() == 0
