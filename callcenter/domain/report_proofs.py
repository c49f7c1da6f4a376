"""The chapters that prove: compliance clause by clause, nothing lost, every figure with its formula.

Regulation: 2.10, 3.1, 3.2.
"""

from callcenter.domain.document import Cell, Fit, Heading, Section, Share, Table, TicketLink
from callcenter.domain.report_figures import ReportFigures
from callcenter.domain.report_saying import N_, Saying
from callcenter.domain.report_summary import HOLDERS
from sla.timeline import Holder

BREACHES = 40
CHECKED = N_("Stored figures equal a recount of the raw rows: %(days)s days checked, last on %(at)s.")


def compliance(figures: ReportFigures, saying: Saying) -> Section:
    """Every clause of the regulation for the month, then the breaches with their explanation."""
    words = saying.words
    found = figures.compliance
    if found is None:
        return Section(name="compliance", title=words("Compliance"), sheet=words("Compliance"))
    rows: list[tuple[Cell, ...]] = []
    breaches: list[tuple[Cell, ...]] = []
    for line in found.lines:
        counted = line.kept is not None and line.broken is not None
        share = Share(part=line.kept or 0, whole=(line.kept or 0) + (line.broken or 0)) if counted else None
        rows.append((line.clause, line.kept, line.broken, share, words(line.how)))
        for each in line.breaches:
            held = each.held_seconds or {}
            most = max(held, key=lambda name: held[name], default=None)
            holder = "" if most is None else words(HOLDERS[Holder(most)])
            breaches.append(
                (
                    line.clause,
                    TicketLink(ticket_id=each.ticket_id),
                    each.at,
                    words(each.what),
                    round(each.over_seconds / 60),
                    holder,
                )
            )
    breaches.sort(key=lambda row: -row[4] if isinstance(row[4], int) else 0)
    return Section(
        name="compliance",
        title=words("Compliance with the regulation"),
        sheet=words("Compliance"),
        tables=(
            Table(
                title=words("Clause by clause"),
                headings=(
                    Heading(title=words("Clause"), fit=Fit.NARROW, numbers=False),
                    Heading(title=words("Kept")),
                    Heading(title=words("Broken")),
                    Heading(title=words("Share")),
                    Heading(title=words("What is counted"), fit=Fit.WIDEST, numbers=False),
                ),
                rows=tuple(rows),
            ),
            Table(
                title=words("The longest breaches"),
                headings=(
                    Heading(title=words("Clause"), fit=Fit.NARROW, numbers=False),
                    Heading(title=words("Ticket")),
                    Heading(title=words("When"), fit=Fit.WIDE),
                    Heading(title=words("What"), fit=Fit.WIDE, numbers=False),
                    Heading(title=words("Minutes over the target")),
                    Heading(title=words("Mostly with"), fit=Fit.WIDE, numbers=False),
                ),
                rows=tuple(breaches[:BREACHES]),
                left_out=max(0, len(breaches) - BREACHES),
                empty=words("No breach in this period."),
            ),
        ),
    )


def zero_loss(figures: ReportFigures, saying: Saying) -> Section:
    """Asterisk's records, our calls and their tickets, day by day."""
    words = saying.words
    if not figures.losses:
        return Section(name="zero_loss", title=words("Nothing lost"), sheet=words("Nothing lost"))
    days = sorted(figures.losses, key=lambda each: each.day)
    rows = tuple(
        (
            saying.day(each.day),
            each.recorded,
            each.calls,
            each.tickets,
            len(each.open_remainders),
            each.missed.missed,
            each.missed.reached,
            each.missed.remaining,
        )
        for each in days
    )
    remaining: tuple[tuple[Cell, ...], ...] = tuple(
        (saying.day(each.day), one.at, one.caller, f"{one.pbx} {one.linkedid}", one.reason)
        for each in days
        for one in each.remainders
    )
    recorded = sum(each.recorded or 0 for each in days)
    total: tuple[Cell, ...] = (
        words("Total"),
        recorded,
        sum(each.calls for each in days),
        sum(each.tickets for each in days),
        sum(len(each.open_remainders) for each in days),
        sum(each.missed.missed for each in days),
        sum(each.missed.reached for each in days),
        sum(each.missed.remaining for each in days),
    )
    return Section(
        name="zero_loss",
        title=words("Nothing lost"),
        sheet=words("Nothing lost"),
        tables=(
            Table(
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
                rows=rows,
                total=total,
            ),
            Table(
                title=words("Calls on which the records do not agree"),
                headings=(
                    Heading(title=words("Day"), numbers=False),
                    Heading(title=words("When"), fit=Fit.WIDE),
                    Heading(title=words("Caller"), fit=Fit.WIDE, numbers=False),
                    Heading(title=words("Call"), fit=Fit.WIDE, numbers=False),
                    Heading(title=words("Settled with the reason"), fit=Fit.WIDE, numbers=False),
                ),
                rows=remaining[:BREACHES],
                left_out=max(0, len(remaining) - BREACHES),
                empty=words("None."),
            ),
        ),
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
