"""The chapters that prove: compliance clause by clause, nothing lost, every figure with its formula.

Regulation: 2.10, 3.1, 3.2.
"""

from collections.abc import Sequence

from callcenter.domain.compliance import Breach, ClauseLine
from callcenter.domain.document import Cell, Fit, Heading, Section, Share, Table, TicketLink
from callcenter.domain.report_figures import ReportFigures
from callcenter.domain.report_saying import Saying
from callcenter.domain.report_summary import HOLDERS
from callcenter.domain.words import N_
from callcenter.domain.zero_loss import LossLedger
from sla.timeline import Holder

BREACHES = 40
CHECKED = N_("Stored figures equal a recount of the raw rows: %(days)s days checked, last on %(at)s.")


def compliance(figures: ReportFigures, saying: Saying) -> Section:
    """Every clause of the regulation for the month, then the breaches with their explanation."""
    words = saying.words
    found = figures.compliance
    if found is None:
        return Section(name="compliance", title=words("Compliance"), sheet=words("Compliance"))
    return Section(
        name="compliance",
        title=words("Compliance with the regulation"),
        sheet=words("Compliance"),
        tables=(_clauses(found.lines, saying), _breaches(found.lines, saying)),
    )


def _clauses(lines: Sequence[ClauseLine], saying: Saying) -> Table:
    """Each count of each clause."""
    words = saying.words
    return Table(
        title=words("Clause by clause"),
        headings=(
            Heading(title=words("Clause"), fit=Fit.NARROW, numbers=False),
            Heading(title=words("Kept")),
            Heading(title=words("Broken")),
            Heading(title=words("Share")),
            Heading(title=words("What is counted"), fit=Fit.WIDEST, numbers=False),
        ),
        rows=tuple(
            (
                each.clause,
                each.kept,
                each.broken,
                Share(part=each.kept, whole=each.kept + each.broken),
                words(each.how),
            )
            for each in lines
        ),
    )


def _breaches(lines: Sequence[ClauseLine], saying: Saying) -> Table:
    """The longest breaches of all clauses."""
    words = saying.words
    every = [(line.clause, each) for line in lines for each in line.breaches]
    every.sort(key=lambda pair: -pair[1].over_seconds)
    rows = [_breach(clause, each, saying) for clause, each in every[:BREACHES]]
    return Table(
        title=words("The longest breaches"),
        headings=(
            Heading(title=words("Clause"), fit=Fit.NARROW, numbers=False),
            Heading(title=words("Ticket")),
            Heading(title=words("When"), fit=Fit.WIDE),
            Heading(title=words("What"), fit=Fit.WIDE, numbers=False),
            Heading(title=words("Minutes over the target")),
            Heading(title=words("Mostly with"), fit=Fit.WIDE, numbers=False),
        ),
        rows=tuple(rows),
        left_out=max(0, sum(line.broken for line in lines) - len(rows)),
        empty=words("No breach in this period."),
    )


def _breach(clause: str, breach: Breach, saying: Saying) -> tuple[Cell, ...]:
    """One breach with whom the ticket was for most of the time."""
    held = breach.held_seconds or {}
    most = max(held, key=lambda name: held[name], default=None)
    return (
        clause,
        TicketLink(ticket_id=breach.ticket_id),
        breach.at,
        saying.words(breach.what),
        round(breach.over_seconds / 60),
        "" if most is None else saying.words(HOLDERS[Holder(most)]),
    )


def zero_loss(figures: ReportFigures, saying: Saying) -> Section:
    """Asterisk's records, our calls and their tickets, day by day."""
    words = saying.words
    days = sorted(figures.losses, key=lambda each: each.day)
    return Section(
        name="zero_loss",
        title=words("Nothing lost"),
        sheet=words("Nothing lost"),
        tables=(_ledgers(days, saying), _remainders(days, saying)) if days else (),
    )


def _ledgers(days: Sequence[LossLedger], saying: Saying) -> Table:
    """A line a day, and their sum."""
    words = saying.words
    counts = [_counts(each) for each in days]
    total = tuple(sum(each[place] or 0 for each in counts) for place in range(len(counts[0])))
    return Table(
        title=words("Records of Asterisk, our calls, their tickets"),
        headings=(
            Heading(title=words("Day"), fit=Fit.WIDE, numbers=False),
            Heading(title=words("In Asterisk's records")),
            Heading(title=words("Calls")),
            Heading(title=words("With a ticket")),
            Heading(title=words("Not settled")),
            Heading(title=words("Missed")),
            Heading(title=words("Reached after all")),
            Heading(title=words("Still waiting")),
        ),
        rows=tuple((saying.day(each.day), *numbers) for each, numbers in zip(days, counts, strict=True)),
        total=(words("Total"), *total),
    )


def _counts(ledger: LossLedger) -> tuple[int | None, ...]:
    """The numbers of a day in the order of the table; None where Asterisk's records could not be read."""
    return (
        ledger.recorded,
        ledger.calls,
        ledger.tickets,
        len(ledger.open_remainders),
        ledger.missed.missed,
        ledger.missed.reached,
        ledger.missed.remaining,
    )


def _remainders(days: Sequence[LossLedger], saying: Saying) -> Table:
    """Calls by name on which the two sides do not agree, settled ones with their reason."""
    words = saying.words
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (saying.day(each.day), one.at, one.caller, f"{one.pbx} {one.linkedid}", one.reason)
        for each in days
        for one in each.remainders
    )
    return Table(
        title=words("Calls on which the records do not agree"),
        headings=(
            Heading(title=words("Day"), numbers=False),
            Heading(title=words("When"), fit=Fit.WIDE),
            Heading(title=words("Caller"), fit=Fit.WIDE, numbers=False),
            Heading(title=words("Call"), fit=Fit.WIDE, numbers=False),
            Heading(title=words("Settled with the reason"), fit=Fit.WIDE, numbers=False),
        ),
        rows=rows[:BREACHES],
        left_out=max(0, len(rows) - BREACHES),
        empty=words("None."),
    )


def everything(figures: ReportFigures, saying: Saying) -> Section:
    """Every figure with its numerator, denominator, formula and clause."""
    words = saying.words
    rows = tuple(
        (words(each.name), saying.value(each), saying.counts(each), each.clause, words(each.formula))
        for each in figures.figures.measures.values()
        if each.measured
    )
    check = figures.check
    told: tuple[str, ...] = ()
    if check is not None and check.equal:
        told = (words(CHECKED, days=check.days, at=saying.wording.moment(check.at)),)
    return Section(
        name="everything",
        title=words("All figures and how they are made"),
        sheet=words("All figures"),
        sentences=told,
        tables=(
            Table(
                title="",
                headings=(
                    Heading(title=words("Figure"), fit=Fit.WIDE, numbers=False),
                    Heading(title=words("Value")),
                    Heading(title=words("Made of")),
                    Heading(title=words("Clause"), fit=Fit.NARROW, numbers=False),
                    Heading(title=words("Formula"), fit=Fit.WIDEST, numbers=False),
                ),
                rows=rows,
            ),
        ),
    )
