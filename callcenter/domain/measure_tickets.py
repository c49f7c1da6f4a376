"""Measures of tickets: opened, registered, resolved, cancelled, at first contact. Regulation: 2.1, 2.2, 2.10, 3.1."""

from collections.abc import Sequence

from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.measure_spec import Spec, counted, divided
from callcenter.domain.statistics import Unit
from callcenter.domain.ticket import Source

TICKETS: Sequence[Spec] = (
    Spec(
        code="fcr",
        name="First-contact resolution",
        unit=Unit.PERCENT,
        formula="resolved with one call, no callback, no hand-over, never reopened / resolved tickets from calls",
        clause="3.1",
        ratio=divided(["fcr.first"], ["fcr.tickets"]),
    ),
    Spec(
        code="tickets.opened",
        name="Tickets opened",
        unit=Unit.COUNT,
        formula="tickets created, drafts included",
        clause="2.1",
        ratio=counted(*(f"ticket.opened.{each}" for each in Source)),
    ),
    *(
        Spec(
            code=f"tickets.opened.{source}",
            name={
                Source.CALL: "Opened by a call",
                Source.FORM: "Opened by a form",
                Source.OPERATOR: "Opened by an operator",
            }[source],
            unit=Unit.COUNT,
            formula="tickets created by this source, drafts included",
            clause="2.2" if source is Source.FORM else "2.1",
            ratio=counted(f"ticket.opened.{source}"),
        )
        for source in Source
    ),
    *(
        Spec(
            code=f"tickets.{code}",
            name=name,
            unit=Unit.COUNT,
            formula=formula,
            clause=clause,
            ratio=counted(count),
        )
        for code, name, formula, clause, count in (
            ("registered", "Registered", "tickets that came to the moderators' list", "2.1", "step.placed"),
            (
                "assigned",
                "Assigned",
                "assignments to an executor, later ones included",
                "2.4",
                "step.assigned",
            ),
            ("resolved", "Resolved", "resolutions, of reopened tickets too", "2.10", "step.resolved"),
            ("cancelled", "Cancelled", "cancellations of registered tickets", "2.9", "step.cancelled"),
            ("reopened", "Reopened", "reopenings", "2.10", "step.reopened"),
            ("waited", "Put to wait", "pauses for the client or the vendor", "2.10", "step.paused"),
        )
    ),
    *(
        Spec(
            code=f"tickets.status.{status}",
            name={
                Status.RESOLVED: "Ended: resolved or closed",
                Status.CANCELLED: "Ended: cancelled",
            }[status],
            unit=Unit.COUNT,
            formula="tickets that ended in the period and stand so",
            clause="2.10",
            ratio=counted(f"ended.{status}"),
        )
        for status in (Status.RESOLVED, Status.CANCELLED)
    ),
    *(
        Spec(
            code=f"tickets.cancelled.{reason}",
            name={
                CancelReason.UNREACHABLE: "Cancelled: client unreachable",
                CancelReason.BY_CLIENT: "Cancelled: by the client",
                CancelReason.DUPLICATE: "Cancelled: duplicate",
                CancelReason.SPAM: "Cancelled: spam",
                CancelReason.NOT_A_REQUEST: "Cancelled: not a request",
            }[reason],
            unit=Unit.COUNT,
            formula="tickets cancelled in the period for this reason",
            clause="2.9" if reason is CancelReason.UNREACHABLE else "2.10",
            ratio=counted(f"ended.reason.{reason}"),
        )
        for reason in CancelReason
    ),
)
