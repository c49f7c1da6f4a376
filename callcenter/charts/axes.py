"""The upright axis of a chart: round steps, and where a value stands."""

import math
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """From values to heights: `low` stands at `bottom`, `high` at `top` (y grows downwards)."""

    low: float
    high: float
    bottom: float
    top: float

    def y(self, value: float) -> float:
        """Where the value stands; values outside are held at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)


def round_step(high: float, steps: int = 4) -> float:
    """The smallest round number of which `steps` reach `high`; whole where the values are counts.

    >>> round_step(37), round_step(3), round_step(0), round_step(1200)
    (10, 1, 1, 500)
    """
    if high <= steps:
        return 1
    raw = high / steps
    power = 10.0 ** math.floor(math.log10(raw))
    found = next(step * power for step in _STEPS if step * power >= raw)
    return math.ceil(found)


def ticks(high: float) -> tuple[float, ...]:
    """Round values from nothing to at least `high`.

    >>> ticks(37)
    (0, 10, 20, 30, 40)
    """
    step = round_step(high)
    count = max(1, math.ceil(high / step))
    return tuple(step * place for place in range(count + 1))


def thousands(value: float) -> str:
    """A number with its thousands apart.

    >>> thousands(12500).replace(chr(160), "_")
    '12_500'
    """
    return f"{value:,.0f}".replace(",", "\u00a0")
