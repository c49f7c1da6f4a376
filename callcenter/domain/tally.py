"""What is counted of one stretch of time: a tally that adds up. Days make weeks, months and years exactly.

Durations are whole seconds between two instants each cut to its second, as Asterisk's own queue statistics are
(`app_queue.c` uses `time_t`); a histogram keeps each wait by the second, so that a median of a year is as exact as
that of a day: to one second. Regulation: 3.1.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SEPARATOR = "."


@dataclass(kw_only=True, slots=True)
class Tally:
    """`counts` by name, and `waits`: how the call ended → whole seconds waited → how many.

    Names of counts (each is a sum, zero where absent):

    | name | counts, by the instant of | |
    |---|---|---|
    | `call.<outcome>` | calls by `CallOutcome`, `open` while it goes on | entry |
    | `call.reconstructed`, `call.known` | found after a gap; with the caller's number known | entry |
    | `call.repeat` | known number that had called within the 7 days before | entry |
    | `talk.calls`, `talk.seconds` | answered and ended calls, answer to end | entry |
    | `ticket.opened.<source>` | tickets, drafts included | creation |
    | `step.<what>` | `placed` (registered), `assigned`, `resolved`, `cancelled`, `reopened`, … | step |
    | `ended.<status>`, `ended.reason.<reason>` | tickets that ended; `resolved` with the closed | end |
    | `fcr.tickets`, `fcr.first` | resolved tickets from calls; of them at first contact | end |
    | `rating.count`, `rating.sum`, `rating.<1-5>` | ratings | the ticket's end |
    | `clock.<clock>[-kind].<outcome>` | frozen verdicts | the ticket's end |
    | `held.<holder>`, `overrun.<holder>` | seconds of broken clocks | the ticket's end |
    | `series.asked`, `series.<state>` | callback series | asking; end |
    | `attempt.<outcome>` | callback attempts, `in_flight` while one lasts | claim |
    | `vendor.handed`, `vendor.back`, `vendor.late` | hand-overs; returned; of them late | hand-over; return |
    | `staffed.seconds` | operators in the queue and not paused | passing |
    | `rule.said.<kept>`, `rule.complete.<kept>` | registrations, `kept` or `broken` | registration |
    | `rule.consent.<kept>` | accepted forms | submission |
    | `rule.responsible.<kept>`, `rule.house.<kept>` | resolved tickets; reference questions of them | end |
    | `rule.series.<n>` | series ended «unreachable» by counted attempts | end |
    | `rule.gap.<minutes>`, `rule.late.<minutes>` | attempts since a counted one; after their due time | claim |
    | `bad.rows` | rows that could not be read and are left out | |
    """

    counts: Counter[str] = field(default_factory=Counter)
    waits: dict[str, Counter[int]] = field(default_factory=dict)

    def add(self, name: str, amount: int = 1) -> None:
        """Count so many more of this."""
        if amount:
            self.counts[name] += amount

    def wait(self, outcome: str, seconds: int, calls: int = 1) -> None:
        """So many calls that ended so had waited so long."""
        self.waits.setdefault(outcome, Counter())[seconds] += calls

    def merge(self, other: "Tally") -> None:
        """Add everything of another tally."""
        self.counts.update(other.counts)
        for outcome, histogram in other.waits.items():
            self.waits.setdefault(outcome, Counter()).update(histogram)

    def total(self, *names: str) -> int:
        """The sum of these counts."""
        return sum(self.counts[name] for name in names)

    def under(self, prefix: str) -> Mapping[str, int]:
        """The counts whose name begins with `prefix.`, by the rest of the name."""
        start = prefix + SEPARATOR
        return {name[len(start) :]: count for name, count in self.counts.items() if name.startswith(start)}

    @property
    def empty(self) -> bool:
        """Whether nothing happened at all; operators who sat there waiting are nothing happening."""
        return not self.waits and not any(
            count for name, count in self.counts.items() if name != "staffed.seconds"
        )

    def __bool__(self) -> bool:
        return bool(self.waits) or any(self.counts.values())

    def flat(self) -> Iterator[tuple[str, int]]:
        """Every number by a name of its own, waits included: two tallies are equal when these are."""
        yield from ((name, count) for name, count in self.counts.items() if count)
        for outcome, histogram in self.waits.items():
            for seconds, calls in histogram.items():
                if calls:
                    yield f"wait.{outcome}.{seconds}", calls


def merged(tallies: Iterable[Tally]) -> Tally:
    """All of them in one; the given ones stay as they are."""
    whole = Tally()
    for each in tallies:
        whole.merge(each)
    return whole


def dump_tally(tally: Tally) -> dict[str, object]:
    """The tally as plain JSON values."""
    return {
        "counts": {name: count for name, count in sorted(tally.counts.items()) if count},
        "waits": {
            outcome: {str(seconds): calls for seconds, calls in sorted(histogram.items()) if calls}
            for outcome, histogram in sorted(tally.waits.items())
        },
    }


def load_tally(stored: Mapping[str, Any]) -> Tally:
    """The tally that `dump_tally` wrote.

    >>> one = Tally(); one.add("call.answered", 2); one.wait("answered", 7, 2)
    >>> load_tally(dump_tally(one)) == one
    True
    """
    tally = Tally()
    tally.counts.update(stored["counts"])
    for outcome, histogram in stored["waits"].items():
        tally.waits[outcome] = Counter({int(seconds): calls for seconds, calls in histogram.items()})
    return tally


def quantile(waits: Mapping[int, int], percent: int) -> int | None:
    """The smallest wait that at least this percent of calls did not exceed (nearest rank); None without calls.

    >>> quantile({1: 1, 5: 1, 9: 2}, 50)
    5
    """
    total = sum(waits.values())
    wanted, seen = max(1, -(-total * percent // 100)), 0
    for seconds in sorted(waits):
        seen += waits[seconds]
        if seen >= wanted:
            return seconds
    return None
