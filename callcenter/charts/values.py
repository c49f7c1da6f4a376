"""Charts as values: what is shown, without where. Every chart can say itself as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """A chart as a table: the same numbers for those who read rather than look."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One row of numbers under one name; None where nothing was measured. `ink` overrides the series' own."""

    name: str
    values: tuple[float | None, ...]
    said: tuple[str, ...] = ()
    """How each value is written; empty: as a whole number."""
    ink: str = ""

    def word(self, place: int) -> str:
        """How the value at this place is written."""
        if self.said:
            return self.said[place]
        value = self.values[place]
        return "–" if value is None else f"{value:,.0f}".replace(",", "\u00a0")


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A line to be held, with its name."""

    value: float
    said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Upright columns over categories, stacked where there are several series; `lines` are drawn over them."""

    title: str
    description: str
    category: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    stacked: bool = True
    marked: frozenset[int] = field(default_factory=frozenset)
    """Categories whose label is quiet: closed days."""

    def grid(self) -> Grid:
        """The chart as a table."""
        return _grid(self.category, self.categories, self.series)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """Shares over time between `low` and `high`, with a target."""

    title: str
    description: str
    category: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    high: float
    low: float = 0.0
    unit: str = ""
    target: Target | None = None

    def grid(self) -> Grid:
        """The chart as a table."""
        return _grid(self.category, self.categories, self.series)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bars:
    """A ranking: one bar for each name; a mark where it stood the period before."""

    title: str
    description: str
    category: str
    categories: tuple[str, ...]
    series: Series
    earlier: Series | None = None

    def grid(self) -> Grid:
        """The chart as a table."""
        both = (self.series,) if self.earlier is None else (self.series, self.earlier)
        return _grid(self.category, self.categories, both)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """Whole bars divided into parts: each category's parts make its hundred per cent."""

    title: str
    description: str
    category: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]

    def grid(self) -> Grid:
        """The chart as a table."""
        return _grid(self.category, self.categories, self.series)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatMap:
    """How much there was of something by two measures, as shades with the number in each."""

    title: str
    description: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    said: tuple[tuple[str, ...], ...]
    """What stands in each cell; empty where there was nothing."""

    def grid(self) -> Grid:
        """The chart as a table."""
        rows = tuple((name, *said) for name, said in zip(self.rows, self.said, strict=True))
        return Grid(headers=(self.corner, *self.columns), rows=rows)


Chart = Columns | Lines | Bars | Shares | HeatMap


def _grid(category: str, categories: Sequence[str], series: Sequence[Series]) -> Grid:
    rows = tuple((name, *(each.word(place) for each in series)) for place, name in enumerate(categories))
    return Grid(headers=(category, *(each.name for each in series)), rows=rows)
