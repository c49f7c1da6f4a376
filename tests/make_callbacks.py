"""Builders of callbacks: every value is said here, nothing is random."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from callcenter.domain.callbacks import Callback, CallbackAttempt, CallbackState, Origin
from tests import make


def a_series(ticket_id: int, executor_id: int, **changes: Any) -> Callback:
    """A waiting series, due at the start of the story."""
    series = Callback(
        id=0,
        version=0,
        ticket_id=ticket_id,
        number=make.CALLER,
        executor_id=executor_id,
        state=CallbackState.WAITING,
        origin=Origin.EXECUTOR,
        asked_by=executor_id,
        asked_at=make.START,
        updated_at=make.START,
        due_at=make.START,
        look_at=make.START,
    )
    return replace(series, **changes)


def an_attempt(series: Callback, attempt_id: str, **changes: Any) -> CallbackAttempt:
    """The first attempt of a series, claimed at the start of the story."""
    attempt = CallbackAttempt(
        id=attempt_id,
        callback_id=series.id,
        ticket_id=series.ticket_id,
        no=1,
        number=series.number,
        executor_id=series.executor_id,
        pbx=make.PBX,
        endpoint="PJSIP/201",
        token=1,
        due_at=make.START,
        claimed_at=make.START,
        send_by=make.START + timedelta(seconds=15),
        expires_at=make.START + timedelta(seconds=45),
        lease_until=make.START + timedelta(seconds=30),
    )
    return replace(attempt, **changes)
