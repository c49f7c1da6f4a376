"""Whose minutes a breach is made of, from the frozen verdict of a broken clock. Regulation: 2.10."""

from collections.abc import Mapping
from datetime import timedelta

from sla.timeline import Holder
from sla.verdict import Doing, Verdict

_SECOND = timedelta(seconds=1)


def held_seconds(verdict: Verdict) -> Mapping[Holder, int]:
    """Whole business seconds each holder had the ticket while this clock lived, waiting included."""
    return {holder: held // _SECOND for holder, held in verdict.held.items() if held}


def overrun_seconds(verdict: Verdict) -> Mapping[Holder, int]:
    """Whole counted seconds after the target was used up, by who had the ticket then; together they are the overrun."""
    if verdict.breached_at is None:
        return {}
    over: dict[Holder, timedelta] = {}
    for each in verdict.intervals:
        if each.doing is Doing.WORKING and each.end > verdict.breached_at:
            start = max(each.start, verdict.breached_at)
            over[each.holder] = over.get(each.holder, timedelta()) + (each.end - start)
    return {holder: length // _SECOND for holder, length in over.items()}
