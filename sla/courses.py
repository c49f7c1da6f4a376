"""Reads a timeline into the courses of its clocks: when each ran, stood still and ended, and who had the ticket.

The table at the top of `sla.timeline` says which step does what; this module is that table.
"""

from __future__ import annotations

from datetime import datetime

from sla.errors import BadTimeline
from sla.timeline import ClockName, Course, Happening, Holder, Holding, Pause, Phase, Step, Timeline

_HELD_DURING = {Pause.CLIENT: Holder.CLIENT, Pause.VENDOR: Holder.VENDOR}


def courses(timeline: Timeline) -> tuple[Course, ...]:
    """The clocks of a ticket, resolve first; a step that cannot follow the others is `BadTimeline`.

    >>> from datetime import UTC
    >>> steps = (Step(at=datetime(2026, 11, 20, 9, tzinfo=UTC), what=Happening.ARRIVED, kind="outage"),)
    >>> [(course.clock.value, course.finished_at) for course in courses(Timeline(ticket="7", steps=steps))]
    [('resolve', None)]
    """
    reader = _Reader(timeline)
    for step in timeline.steps:
        reader.read(step)
    holdings = tuple(reader.holdings)
    return tuple(track.course(reader, holdings) for track in reader.tracks)


class _Track:
    """One clock while the steps are read."""

    __slots__ = ("_pause", "_since", "clock", "finished_at", "number", "phases", "reopened_at")

    def __init__(self, clock: ClockName, number: int, at: datetime, pause: Pause | None = None) -> None:
        self.clock = clock
        self.number = number
        self.phases: list[Phase] = []
        self.finished_at: datetime | None = None
        self.reopened_at: datetime | None = None
        self._since = at
        self._pause = pause

    def turn(self, at: datetime, pause: Pause | None) -> None:
        """End the present phase and begin another, paused or running."""
        self._end_phase(at)
        self._since, self._pause = at, pause

    def finish(self, at: datetime) -> None:
        """End the clock; it may be reopened."""
        self._end_phase(at)
        self._since, self._pause = at, Pause.RESOLVED
        self.finished_at = at

    def reopen(self, at: datetime) -> None:
        """Run on where the clock stood; the time since its end was a pause."""
        self.turn(at, None)
        self.finished_at, self.reopened_at = None, at

    def course(self, reader: _Reader, holdings: tuple[Holding, ...]) -> Course:
        if self.finished_at is None:
            self.phases.append(Phase(start=self._since, end=None, pause=self._pause))
        return Course(
            ticket=reader.ticket,
            clock=self.clock,
            number=self.number,
            kind=reader.kind,
            priority=reader.priority,
            phases=tuple(self.phases),
            finished_at=self.finished_at,
            reopened_at=self.reopened_at,
            holdings=holdings,
        )

    def _end_phase(self, at: datetime) -> None:
        """Keep the phase unless it took no time; a clock always has one."""
        if self._since < at or not self.phases:
            self.phases.append(Phase(start=self._since, end=at, pause=self._pause))


class _Reader:
    """Reads the steps of one ticket in order."""

    def __init__(self, timeline: Timeline) -> None:
        self.ticket = timeline.ticket
        arrival = timeline.steps[0]
        self.kind, self.priority = arrival.kind, arrival.priority
        self.holdings: list[Holding] = []
        self._resolve = _Track(ClockName.RESOLVE, 1, arrival.at)
        self._place: _Track | None = None
        self._assigns: list[_Track] = []
        self._desk = Holder.LINE
        self._pause: Pause | None = None

    @property
    def tracks(self) -> list[_Track]:
        """All clocks begun so far."""
        return [self._resolve, *([self._place] if self._place else []), *self._assigns]

    def read(self, step: Step) -> None:
        """Apply one step."""
        _READ[step.what](self, step)

    def arrived(self, step: Step) -> None:
        if self.holdings:
            raise self._impossible(step, "a ticket arrives once")
        self._hold(step.at, Holder.LINE)

    def submitted(self, step: Step) -> None:
        if self._place or self._assigns:
            raise self._impossible(step, "it is submitted or placed already")
        self._place = _Track(ClockName.PLACE, 1, step.at)

    def placed(self, step: Step) -> None:
        self._going_on(step)
        if self._assigns:
            raise self._impossible(step, "it is placed already")
        if self._place:
            self._place.finish(step.at)
        self._begin_assign(step.at)

    def assigned(self, step: Step) -> None:
        self._going_on(step)
        self._end_assign(step.at)
        self._to_desk(step.at, Holder.EXECUTOR)

    def returned(self, step: Step) -> None:
        self._going_on(step)
        if not self._assigns:
            raise self._impossible(step, "it was never placed")
        if self._assigns[-1].finished_at is not None:
            self._begin_assign(step.at)

    def paused(self, step: Step) -> None:
        self._going_on(step)
        if step.pause not in _HELD_DURING:
            raise self._impossible(step, "a pause waits for the client or for the vendor")
        self._set_pause(step.at, step.pause)
        self._hold(step.at, _HELD_DURING[step.pause])

    def resumed(self, step: Step) -> None:
        self._going_on(step)
        if self._pause is None:
            raise self._impossible(step, "it is not paused")
        self._set_pause(step.at, None)
        self._hold(step.at, self._desk)

    def reclassified(self, step: Step) -> None:
        self.kind, self.priority = step.kind or self.kind, step.priority or self.priority

    def ended(self, step: Step) -> None:
        self._going_on(step)
        for track in self.tracks:
            if track.finished_at is None:
                track.finish(step.at)
        self._pause = None
        self._hold(step.at, Holder.CLIENT)

    def reopened(self, step: Step) -> None:
        if self._resolve.finished_at is None:
            raise self._impossible(step, "it is still open")
        self._resolve.reopen(step.at)
        self._hold(step.at, self._desk)

    def _begin_assign(self, at: datetime) -> None:
        self._assigns.append(_Track(ClockName.ASSIGN, len(self._assigns) + 1, at, self._pause))
        self._to_desk(at, Holder.MODERATOR)

    def _end_assign(self, at: datetime) -> None:
        if self._assigns and self._assigns[-1].finished_at is None:
            self._assigns[-1].finish(at)

    def _set_pause(self, at: datetime, pause: Pause | None) -> None:
        """Pause or resume what waits for a person of ours; the place clock runs on, it measures the program."""
        self._pause = pause
        for track in (self._resolve, *self._assigns[-1:]):
            if track.finished_at is None:
                track.turn(at, pause)

    def _to_desk(self, at: datetime, holder: Holder) -> None:
        """Give the ticket to somebody of ours; during a pause he has it only afterwards."""
        self._desk = holder
        if self._pause is None:
            self._hold(at, holder)

    def _hold(self, at: datetime, holder: Holder) -> None:
        if not self.holdings or self.holdings[-1].holder is not holder:
            self.holdings.append(Holding(start=at, holder=holder))

    def _going_on(self, step: Step) -> None:
        if self._resolve.finished_at is not None:
            raise self._impossible(step, "it has ended; reopen it first")

    def _impossible(self, step: Step, why: str) -> BadTimeline:
        return BadTimeline(f"ticket {self.ticket}: {step.what} at {step.at.isoformat()}: {why}")


_READ = {
    Happening.ARRIVED: _Reader.arrived,
    Happening.SUBMITTED: _Reader.submitted,
    Happening.PLACED: _Reader.placed,
    Happening.ASSIGNED: _Reader.assigned,
    Happening.RETURNED: _Reader.returned,
    Happening.PAUSED: _Reader.paused,
    Happening.RESUMED: _Reader.resumed,
    Happening.RECLASSIFIED: _Reader.reclassified,
    Happening.RESOLVED: _Reader.ended,
    Happening.CANCELLED: _Reader.ended,
    Happening.REOPENED: _Reader.reopened,
}
