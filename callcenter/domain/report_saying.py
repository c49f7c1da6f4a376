"""How a report says its numbers: measures with their counts and changes, names of members, days.

`words` turns an English message into the reader's language (`locale/*/LC_MESSAGES/reports.po`, `measures.po`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from callcenter.domain.cells import NOTHING, Wording
from callcenter.domain.document import Cell, KeyFigure, Share, Tone
from callcenter.domain.statistics import NO_MEMBER, Dimension, Measure, Member, Period, PeriodKind, Unit
from callcenter.domain.words import N_, Words

WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
_MEMBERS: Mapping[Dimension, Mapping[str, str]] = {
    Dimension.KIND: {
        "reference": N_("reference"),
        "outage": N_("outage"),
        "vendor": N_("to the developer"),
    },
    Dimension.SOURCE: {"call": N_("call"), "form": N_("web form"), "operator": N_("operator")},
}
_NOTHING_GIVEN = N_("not given")
_NOT_GIVEN: Mapping[Dimension, str] = {
    Dimension.OPERATOR: N_("nobody"),
    Dimension.EXECUTOR: N_("nobody"),
}
_UP_IS_GOOD = ("calls.answered_share", "service_level", "fcr", "clock.", "rating.mean", "callbacks.reached")
_DOWN_IS_GOOD = (
    "calls.abandoned", "calls.lost", "wait.", "asa", "calls.repeat", "breach.", "vendor.late", "tickets.reopened",
    "callbacks.technical", "tickets.cancelled.unreachable",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Saying:
    """Words and numbers of one reader."""

    words: Words
    wording: Wording

    def value(self, measure: Measure | None) -> str:
        """The value as people read it; a dash where there is none."""
        if measure is None or measure.value is None:
            return NOTHING
        if measure.unit is Unit.PERCENT:
            return self.wording.share(measure.value / 100)
        if measure.unit is Unit.SECONDS:
            return self.wording.length(timedelta(seconds=measure.value))
        if measure.unit is Unit.SCORE:
            return self.wording.number(measure.value, 2)
        return self.wording.count(round(measure.value))

    def cell(self, measure: Measure | None) -> Cell:
        """The value as a cell that can be reckoned with."""
        if measure is None or measure.value is None:
            return None
        if measure.unit is Unit.PERCENT:
            return Share(part=round(measure.numerator or 0), whole=round(measure.denominator or 0))
        if measure.unit is Unit.SECONDS:
            return timedelta(seconds=round(measure.value))
        return measure.value if measure.unit is Unit.SCORE else round(measure.value)

    def counts(self, measure: Measure) -> str:
        """Numerator and denominator; empty for what is a count itself."""
        words, count = self.words, self.wording.count
        if not measure.measured:
            return words("not measured")
        if measure.denominator is None:
            return ""
        if measure.numerator is None:
            return words("of %(count)s", count=count(round(measure.denominator)))
        upper = count(round(measure.numerator))
        if measure.unit is Unit.SECONDS:
            upper = self.wording.length(timedelta(seconds=measure.numerator))
        return f"{upper} / {count(round(measure.denominator))}"

    def change(self, now: Measure, before: Measure | None) -> str:
        """The difference to the period before: points for percentages, a share for counts."""
        if before is None or now.value is None or before.value is None:
            return ""
        difference = now.value - before.value
        if not difference:
            return "="
        sign = "+" if difference >= 0 else "−"
        if now.unit is Unit.PERCENT:
            return self.words("%(points)s pts", points=f"{sign}{self.wording.number(abs(difference))}")
        if now.unit is Unit.SECONDS:
            return f"{sign}{self.wording.length(timedelta(seconds=abs(difference)))}"
        if now.unit is Unit.SCORE:
            return f"{sign}{self.wording.number(abs(difference), 2)}"
        if not before.value:
            return f"{sign}{self.wording.count(round(abs(difference)))}"
        return f"{sign}{self.wording.share(abs(difference) / before.value)}"

    def key_figure(self, now: Measure, before: Measure | None, *, name: str = "") -> KeyFigure:
        """One figure with everything a reader may ask about it."""
        words = self.words
        earlier = "" if before is None else words("before %(value)s", value=self.value(before))
        return KeyFigure(
            name=name or words(now.name),
            value=self.value(now),
            counts=self.counts(now),
            formula=words(now.formula),
            clause=now.clause,
            earlier=earlier,
            change=self.change(now, before),
            tone=tone(now, before),
        )

    def member(self, member: Member) -> str:
        """A member of a dimension by its name."""
        words = self.words
        if member.key == NO_MEMBER:
            return words(_NOT_GIVEN.get(member.dimension, _NOTHING_GIVEN))
        if member.dimension is Dimension.WEEKDAY:
            return words(WEEKDAYS[int(member.key)])
        if member.dimension is Dimension.HOUR:
            return f"{int(member.key)}:00"
        if member.dimension in (Dimension.HALF_HOUR, Dimension.SLOT):
            weekday, _, half = member.key.rpartition(".")
            at = f"{int(half) // 2}:{int(half) % 2 * 30:02d}"
            return f"{words(WEEKDAYS[int(weekday)])} {at}" if weekday else at
        known = _MEMBERS.get(member.dimension, {}).get(member.key)
        return words(known) if known else member.name or member.key

    def day(self, day: date) -> str:
        """A day with its weekday, without the year: «пт 16.10»."""
        return f"{self.words(WEEKDAYS[day.weekday()])} {day:%d.%m}"

    def period(self, period: Period) -> str:
        """The period by its name: a month, a week, a day, or its two ends."""
        words = self.words
        if period.kind is PeriodKind.MONTH:
            return words(
                "%(month)s %(year)s", month=words(MONTHS[period.first.month - 1]), year=period.first.year
            )
        if period.kind is PeriodKind.DAY or period.days == 1:
            return f"{words(WEEKDAYS[period.first.weekday()])} {period.first:%d.%m.%Y}"
        span = f"{period.first:%d.%m.%Y} – {period.last:%d.%m.%Y}"
        if period.kind is PeriodKind.WEEK:
            return words("week %(span)s", span=span)
        return span


def tone(now: Measure, before: Measure | None) -> Tone:
    """Whether the change is for the better; a change of nothing is neither."""
    if before is None or now.value is None or before.value is None or now.value == before.value:
        return Tone.PLAIN
    grew = now.value > before.value
    if now.code.startswith(_UP_IS_GOOD):
        return Tone.BETTER if grew else Tone.WORSE
    if now.code.startswith(_DOWN_IS_GOOD) and now.code != "calls.abandoned_short":
        return Tone.WORSE if grew else Tone.BETTER
    return Tone.PLAIN
