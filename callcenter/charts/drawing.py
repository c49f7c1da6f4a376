"""A drawing: boxes, strokes and words in places, each with an ink. Inks are roles; every renderer has its own colours.

Lengths are in the drawing's own units (pixels on a screen, scaled on paper); y grows downwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Ink(StrEnum):
    """What a shape is for. A series is told apart by its pattern as well as by its colour."""

    GRID = "grid"
    AXIS = "axis"
    LABEL = "label"
    VALUE = "value"
    TARGET = "target"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    FIFTH = "fifth"
    GOOD = "good"
    BAD = "bad"
    EARLIER = "earlier"
    EMPTY = "empty"
    ON_DARK = "on-dark"


SERIES = (Ink.FIRST, Ink.SECOND, Ink.THIRD, Ink.FOURTH, Ink.FIFTH)
"""Inks of the series of a chart, in their order."""

HEAT = tuple(f"heat-{level}" for level in range(8))
"""Inks of a heat map, from nothing to most; words on the last `DARK_FROM` and above take `Ink.ON_DARK`."""

DARK_FROM = 6


class Hatch(StrEnum):
    """The pattern over a box, for paper and for eyes that do not tell its colour."""

    NONE = ""
    RISING = "rising"
    FALLING = "falling"
    LEVEL = "level"
    UPRIGHT = "upright"


HATCHES = {
    Ink.FIRST: Hatch.NONE,
    Ink.SECOND: Hatch.RISING,
    Ink.THIRD: Hatch.LEVEL,
    Ink.FOURTH: Hatch.FALLING,
    Ink.FIFTH: Hatch.UPRIGHT,
    Ink.BAD: Hatch.RISING,
}


class Anchor(StrEnum):
    """Which point of a text its place is."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A filled rectangle; `said` is what it says on hover."""

    x: float
    y: float
    width: float
    height: float
    ink: str
    said: str = ""

    @property
    def hatch(self) -> Hatch:
        """Its pattern."""
        return HATCHES.get(Ink(self.ink), Hatch.NONE) if self.ink in _INKS else Hatch.NONE


_INKS = frozenset(str(ink) for ink in Ink)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stroke:
    """A line through points; dashed for targets and earlier periods."""

    points: tuple[tuple[float, float], ...]
    ink: str
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """A point of a line; `said` is what it says on hover."""

    x: float
    y: float
    radius: float
    ink: str
    said: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """A line of text; y is its base line."""

    x: float
    y: float
    text: str
    ink: str = Ink.LABEL
    anchor: Anchor = Anchor.START
    size: float = 12.0
    strong: bool = False


Shape = Box | Stroke | Dot | Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A picture with its name and what it shows, for those who do not see it."""

    width: float
    height: float
    title: str
    description: str
    shapes: tuple[Shape, ...]


LETTER = 0.57
"""Mean width of a letter against the size of its text; only for shortening."""


def fitted(text: str, width: float, size: float) -> str:
    """The text, shortened with an ellipsis to about this width.

    >>> fitted("Настройка рабочего места", 80, 12)
    'Настройка…'
    """
    most = max(1, int(width / (size * LETTER)))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def hatch_lines(box: Box, step: float = 4.0) -> Iterator[tuple[float, float, float, float]]:
    """The lines of a box's pattern, cut at its edges: x1, y1, x2, y2."""
    left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    if box.hatch is Hatch.LEVEL:
        y = top + step / 2
        while y < bottom:
            yield left, y, right, y
            y += step
    elif box.hatch is Hatch.UPRIGHT:
        x = left + step / 2
        while x < right:
            yield x, top, x, bottom
            x += step
    elif box.hatch in (Hatch.RISING, Hatch.FALLING):
        yield from _slanted(left, top, right, bottom, step * 1.4, box.hatch is Hatch.RISING)


def _slanted(
    left: float, top: float, right: float, bottom: float, step: float, rising: bool
) -> Iterator[tuple[float, float, float, float]]:
    """Lines at 45°, of the family x + y = c where they rise, x - y = c where they fall."""
    height = bottom - top
    c = step / 2
    while c < right - left + height:
        x1, x2 = max(left, left + c - height), min(right, left + c)
        if rising:
            yield x1, top + left + c - x1, x2, top + left + c - x2
        else:
            yield x1, bottom - (left + c - x1), x2, bottom - (left + c - x2)
        c += step
