"""How many operators a load needs: Erlang B, C and A, by exact recurrences that hold for thousands of operators.

Calls arrive at random at a steady rate λ, talks last 1/μ on average, n operators answer in order of arrival.
Offered load in erlangs: a = λ/μ. Times are in seconds.

Sources: A. K. Erlang (1917), "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges" (B and C); C. Palm (1957) and O. Garnett, A. Mandelbaum, M. Reiman (2002), "Designing a Call
Center with Impatient Customers", M&SOM 4:3 (A); A. Mandelbaum, S. Zeltyn (2007), "Service Engineering in Action: The
Palm/Erlang-A Queue" (the building blocks below). Regulation: 3.1.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

MOST_OPERATORS = 5000
FEWEST_ABANDONED = 10
"""Fewer people who hung up say too little about patience."""
_STEPS = 64
_TINY = 1e-17
_KEPT = 4096
"""So many answers are kept: a week asks the same hours again whenever somebody looks."""

_LARGEST_EXPONENT = 700.0
"""Beyond it `exp` overflows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What comes in: calls an hour, mean handling time, and mean patience (None: nobody ever hangs up)."""

    calls_per_hour: float
    handling: float
    patience: float | None = None

    def __post_init__(self) -> None:
        numbers = (self.calls_per_hour, self.handling, 1.0 if self.patience is None else self.patience)
        if not all(math.isfinite(each) and each >= 0 for each in numbers):
            raise ValueError("a load is made of finite numbers that are not negative")
        if self.handling == 0 or self.patience == 0:
            raise ValueError("handling time and patience are above zero")

    @property
    def erlangs(self) -> float:
        """a = λ/μ: how many operators would talk all the time.

        >>> Load(calls_per_hour=360, handling=240).erlangs
        24.0
        """
        return self.calls_per_hour * self.handling / 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """`level` (0 to 1) of the calls answered within `within` seconds; 80/20 by default."""

    level: float = 0.8
    within: float = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What so many operators come to. Shares are 0 to 1, of all calls offered; `mean_wait` is in seconds (ASA of
    Erlang C; of Erlang A over all callers). `mean_wait` is None when the queue would grow without end.
    """

    operators: int
    level: float
    waits: float
    abandons: float
    mean_wait: float | None
    occupancy: float


def erlang_b(operators: int, erlangs: float) -> float:
    """The share of calls that find everybody busy when such calls are lost.

    B(0) = 1, B(k) = a·B(k-1) / (k + a·B(k-1)); no factorials, so nothing overflows.

    >>> round(erlang_b(10, 10.0), 4)
    0.2146
    """
    blocked = 1.0
    for number in range(1, operators + 1):
        blocked = erlangs * blocked / (number + erlangs * blocked)
    return blocked


def erlang_c(operators: int, erlangs: float) -> float:
    """The share of calls that wait when nobody hangs up: C = B / (1 - ρ·(1 - B)), ρ = a/n; 1 when ρ ≥ 1.

    >>> round(erlang_c(12, 10.0), 4)
    0.4494
    """
    return _waits(operators, erlangs, erlang_b(operators, erlangs))


def _waits(operators: int, erlangs: float, blocked: float) -> float:
    return 1.0 if erlangs >= operators else blocked / (1 - erlangs / operators * (1 - blocked))


@lru_cache(maxsize=_KEPT)
def standing(load: Load, operators: int, goal: Goal) -> Standing:
    """What so many operators come to under this load."""
    return _standing(load, operators, goal, erlang_b(operators, load.erlangs))


def _standing(load: Load, operators: int, goal: Goal, blocked: float) -> Standing:
    if load.erlangs == 0:
        return Standing(operators=operators, level=1.0, waits=0.0, abandons=0.0, mean_wait=0.0, occupancy=0.0)
    if load.patience is None:
        return _patient(load, operators, goal, blocked)
    return _impatient(load, load.patience, operators, goal, blocked)


def _patient(load: Load, operators: int, goal: Goal, blocked: float) -> Standing:
    """Erlang C: level = 1 - C·exp(-(n - a)·T·μ), ASA = C / (μ·(n - a))."""
    spare = operators - load.erlangs
    if spare <= 0:
        return Standing(
            operators=operators, level=0.0, waits=1.0, abandons=0.0, mean_wait=None, occupancy=1.0
        )
    waits = _waits(operators, load.erlangs, blocked)
    return Standing(
        operators=operators,
        level=1 - waits * math.exp(-spare * goal.within / load.handling),
        waits=waits,
        abandons=0.0,
        mean_wait=waits * load.handling / spare,
        occupancy=load.erlangs / operators,
    )


def _impatient(load: Load, patience: float, operators: int, goal: Goal, blocked: float) -> Standing:
    """Erlang A, patience exponential with the mean 1/θ.

    J = ∫₀^∞ exp((λ/θ)(1 - e^(-θx)) - nμx) dx = A/(nμ), A = 1 + Σ_j Π_{k≤j} λ/(nμ + kθ);
    P{wait} = A·B / (1 + (A - 1)·B); P{abandon} = θ·E[wait]; the virtual wait x > 0 has the density
    P{wait}·exp(…)/J, and a caller who would wait x is served with probability e^(-θx). Without any operator
    everybody hangs up.
    """
    if operators == 0:
        return Standing(operators=0, level=0.0, waits=1.0, abandons=1.0, mean_wait=patience, occupancy=0.0)
    arrivals, leaving = load.calls_per_hour / 3600, 1 / patience
    service = operators / load.handling
    log_a = _log_series(arrivals, service, leaving)
    waits = _share_waiting(log_a, blocked)
    given_wait = service / arrivals * math.exp(-log_a) + 1 - service / arrivals
    abandons = min(max(waits * given_wait, 0.0), 1.0)
    log_j = log_a - math.log(service)

    def served(x: float) -> float:
        grown = arrivals / leaving * -math.expm1(-leaving * x) - (service + leaving) * x - log_j
        return math.exp(grown)

    level = 1 - waits + waits * _integral(served, goal.within)
    return Standing(
        operators=operators,
        level=min(max(level, 0.0), 1.0),
        waits=waits,
        abandons=abandons,
        mean_wait=abandons / leaving,
        occupancy=min(load.erlangs * (1 - abandons) / operators, 1.0),
    )


def _log_series(arrivals: float, service: float, leaving: float) -> float:
    """ln(1 + Σ_j Π_{k=1..j} λ/(nμ + kθ)), scaled as it goes so that nothing overflows."""
    total, term, scale, number = 1.0, 1.0, 0.0, 0
    while True:
        number += 1
        ratio = arrivals / (service + number * leaving)
        term *= ratio
        total += term
        if total > 1e200:
            total, term, scale = total * 1e-200, term * 1e-200, scale + math.log(1e200)
        # what is left out is less than a geometric series with this ratio
        if ratio < 1 and term * ratio / (1 - ratio) < _TINY * total:
            return math.log(total) + scale


def _share_waiting(log_a: float, blocked: float) -> float:
    """A·B / (1 + (A - 1)·B) from ln A."""
    if blocked <= 0:
        return 0.0
    exponent = math.log1p(-blocked) - log_a - math.log(blocked) if blocked < 1 else -math.inf
    if exponent > _LARGEST_EXPONENT:
        return 0.0  # so little load that its share is no number of this machine
    free = math.exp(exponent)
    return 1 / (1 + free)


def _integral(function: Callable[[float], float], end: float) -> float:
    """Simpson's rule from 0 to `end`, pieces doubled until the answer stands still to ten digits."""
    if end <= 0:
        return 0.0
    steps, before = _STEPS, -1.0
    while True:
        width = end / steps
        odd = math.fsum(function(width * place) for place in range(1, steps, 2))
        even = math.fsum(function(width * place) for place in range(2, steps, 2))
        found = width / 3 * (function(0) + function(end) + 4 * odd + 2 * even)
        if abs(found - before) < 1e-10 or steps >= _STEPS << 12:
            return found
        steps, before = steps * 2, found


@lru_cache(maxsize=_KEPT)
def needed(load: Load, goal: Goal, *, most: int = MOST_OPERATORS) -> Standing | None:
    """The fewest operators that meet the goal; None when even `most` do not.

    >>> needed(Load(calls_per_hour=360, handling=240), Goal(level=0.8, within=20)).operators
    29
    """
    blocked = [1.0]
    for number in range(1, most + 1):
        blocked.append(load.erlangs * blocked[-1] / (number + load.erlangs * blocked[-1]))
    # one more operator never makes it worse, so the answer is found by halves
    low, high, best = 0, most, None
    while low <= high:
        middle = (low + high) // 2
        found = _standing(load, middle, goal, blocked[middle])
        if found.level >= goal.level:
            best, high = found, middle - 1
        else:
            low = middle + 1
    return best


def curve(load: Load, goal: Goal, *, around: int, reach: int = 6) -> Sequence[Standing]:
    """What each number of operators near `around` comes to, fewest first; at least one."""
    return [standing(load, number, goal) for number in range(max(1, around - reach), around + reach + 1)]


def patience(waited: Iterable[tuple[float, bool]]) -> float | None:
    """Mean patience in seconds from calls: how long each waited and whether he hung up.

    Those who were answered would have waited longer (they are censored), so the estimate of greatest likelihood for
    exponential patience is all the waiting of all callers ÷ how many hung up. None below `FEWEST_ABANDONED`.

    >>> patience([(30.0, True)] * 10 + [(10.0, False)] * 60)
    90.0
    """
    total, hung_up = 0.0, 0
    for seconds, left in waited:
        total += max(seconds, 0.0)
        hung_up += left
    return mean_patience(total, hung_up)


def mean_patience(waited: float, hung_up: int) -> float | None:
    """The same from totals: seconds all callers waited, and how many of them hung up."""
    return waited / hung_up if hung_up >= FEWEST_ABANDONED and waited > 0 else None
