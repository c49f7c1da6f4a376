"""What can be wrong with a configuration, told all at once."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One mistake: where it stands (`pbx.main.port`), what is wrong, and where it was read from."""

    where: str
    what: str


class BadConfiguration(Exception):
    """The configuration cannot be used; `problems` lists every mistake, not only the first."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [f"  {problem.where}: {problem.what}" for problem in self.problems]
        return "\n".join([f"The configuration ({self.source}) has {len(lines)} mistake(s):", *lines])
