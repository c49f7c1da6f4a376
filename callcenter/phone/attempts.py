"""What Asterisk tells of our own Originates, as evidence for the dialer. Regulation: 2.9.

Evidence seen through a gap or an interruption is not complete: such attempts are settled from Asterisk's records.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from ami.signals import AttemptEnded, AttemptFacts, AttemptProgress, Signal
from callcenter.domain.callbacks import AttemptStage
from callcenter.domain.errors import Unavailable
from callcenter.domain.instants import to_microseconds
from dialer.outcome import CauseTable, Evidence, Source, Verdict, classify, heard
from dialer.ports import LedgerUnavailable


class Recorder(Protocol):
    """Where attempts are kept (`services.callback_ledger.CallbackLedger`)."""

    async def progressed(self, attempt_id: str, stage: AttemptStage, at: datetime) -> None: ...

    async def finish(
        self, attempt_id: str, verdict: Verdict, now: int, *, token: int | None = None
    ) -> bool: ...

    async def lapse(self, attempt_id: str, now: int) -> None: ...


def evidence_of(facts: AttemptFacts) -> Evidence:
    """The evidence in what AMI showed; the dialplan's own report is the last word on the dial status."""
    report = facts.report
    status = facts.client_dial_status if report is None or not report.dial_status else report.dial_status
    talked = report is not None and bool(report.answered_seconds)
    listened = "" if report is None else report.listened
    answered = facts.client_answered_at is not None or talked
    evidence = Evidence(
        source=Source.EVENTS,
        originate_success=facts.originate_success,
        originate_reason=facts.originate_reason,
        executor_answered=facts.executor_answered_at is not None,
        executor_cause=facts.executor_cause,
        client_dialled=facts.client_dialled_at is not None,
        client_rang=facts.client_rang or (report is not None and report.ring_ms is not None),
        client_progress=facts.client_progress or (report is not None and report.progress_ms is not None),
        client_answered=answered,
        dial_status=status,
        client_cause=facts.client_cause,
        client_sip=sip_code(facts.client_tech_cause),
        client_first=facts.client_first,
    )
    return replace(evidence, **heard(listened, joined=talked))


def sip_code(text: str) -> int | None:
    """The SIP status code of a `TechCause` header, None for anything else.

    >>> sip_code("486"), sip_code("")
    (486, None)
    """
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else None


class AttemptListener:
    """Takes the signals about attempts; other signals are none of its business. `causes`: None for the usual ones."""

    def __init__(self, recorder: Recorder, causes: CauseTable | None = None) -> None:
        self._recorder = recorder
        self._causes = causes

    async def __call__(self, signal: Signal) -> None:
        """Commit what the signal says; to repeat it is safe. Raises Unavailable when it cannot be committed now."""
        try:
            if isinstance(signal, AttemptProgress):
                await self._recorder.progressed(signal.attempt_id, AttemptStage(signal.step.value), signal.at)
            elif isinstance(signal, AttemptEnded):
                await self._ended(signal)
        except LedgerUnavailable as error:
            raise Unavailable(str(error)) from error

    async def _ended(self, signal: AttemptEnded) -> None:
        at = to_microseconds(signal.at)
        if signal.interrupted or signal.reconstructed:
            await self._recorder.lapse(signal.attempt_id, at)
        else:
            verdict = classify(evidence_of(signal.facts), self._causes)
            await self._recorder.finish(signal.attempt_id, verdict, at)
