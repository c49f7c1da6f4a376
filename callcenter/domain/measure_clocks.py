"""Measures of clocks: kept and broken by clause, and whose minutes the broken ones are. Regulation: 2.3-2.8, 2.10."""

from collections.abc import Mapping, Sequence

from callcenter.domain.measure_spec import Spec, counted, divided
from callcenter.domain.statistics import Unit
from sla.timeline import Holder

CLOCKS: Mapping[str, tuple[str, str]] = {
    "place": ("2.3", "In the list within 3 minutes"),
    "assign": ("2.4", "Distributed within 5 minutes"),
    "resolve-reference": ("2.7", "Reference answered in time"),
    "resolve-outage": ("2.8", "Outage mended in time"),
    "resolve-vendor": ("2.6", "Vendor's question handed over in time"),
}
"""The clocks as they are counted (clock, or resolve with the kind), with clause and name."""

KEPT_FORMULA = (
    "clocks kept / clocks kept or broken, of tickets that ended in the period, by their frozen verdicts"
)

CLOCK_SPECS: Sequence[Spec] = tuple(
    Spec(
        code=f"clock.{name}",
        name=title,
        unit=Unit.PERCENT,
        formula=KEPT_FORMULA,
        clause=clause,
        ratio=divided([f"clock.{name}.kept"], [f"clock.{name}.kept", f"clock.{name}.breached"]),
    )
    for name, (clause, title) in CLOCKS.items()
)

_HOLDERS: Mapping[Holder, str] = {
    Holder.LINE: "the line",
    Holder.MODERATOR: "the moderator",
    Holder.EXECUTOR: "the executor",
    Holder.CLIENT: "the client",
    Holder.VENDOR: "the vendor",
}
_EVERY_HELD = tuple(f"held.{holder}" for holder in Holder)

BREACHES: Sequence[Spec] = (
    *(
        Spec(
            code=f"breach.held.{holder}",
            name=f"Broken clocks: minutes held by {title}",
            unit=Unit.MINUTES,
            formula="business minutes of broken clocks while it had the ticket; all holders together are 100 %",
            clause="2.10",
            ratio=counted(f"held.{holder}"),
        )
        for holder, title in _HOLDERS.items()
    ),
    *(
        Spec(
            code=f"breach.overrun.{holder}",
            name=f"Minutes over the target with {title}",
            unit=Unit.MINUTES,
            formula="counted minutes after the target was used up, while it had the ticket",
            clause="2.10",
            ratio=counted(f"overrun.{holder}"),
        )
        for holder, title in _HOLDERS.items()
    ),
)
