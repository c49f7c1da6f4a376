"""An attempt to reach a client by telephone, and how it can end. Regulation: 2.9.

Instants and durations are whole microseconds: instants since 1970 in UTC. They are compared as stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE


class Outcome(StrEnum):
    """How an attempt ended. The first one connected; the next five are the client's; the rest are ours.

    EXECUTOR_MISSED: he did not take the call, or hung up before he was joined with the client. NOT_PLACED:
    Asterisk never got the order, or never acted on it. DENIED: Asterisk's own table refuses the number.
    WITHDRAWN: we took the attempt back. UNKNOWN: Asterisk's record does not tell.
    """

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    ANSWERING_MACHINE = "answering_machine"
    WRONG_NUMBER = "wrong_number"
    DENIED = "denied"
    EXECUTOR_MISSED = "executor_missed"
    TRUNK_FAILED = "trunk_failed"
    INTERRUPTED = "interrupted"
    NOT_PLACED = "not_placed"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


CLIENT_UNAVAILABLE: Final = frozenset(
    {
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.DECLINED,
        Outcome.UNREACHABLE,
        Outcome.ANSWERING_MACHINE,
    }
)
"""The client was really unavailable. Regulation: 2.9, point 2."""

TECHNICAL: Final = frozenset({Outcome.TRUNK_FAILED, Outcome.INTERRUPTED, Outcome.NOT_PLACED, Outcome.UNKNOWN})
"""Our side or the network failed: the circuit breaker counts these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt as the policy sees it; `outcome` is None while it is under way.

    An outcome stays as it was seen. `marked_machine`: the executor said that a machine had answered; REACHED remains
    beneath. The one exception: ANSWERING_MACHINE becomes INTERRUPTED where a person of ours says that whom the PBX took
    for a machine was a person, while the series goes on; the evidence stays, and the audit has both.
    """

    started_at: int
    ended_at: int | None = None
    outcome: Outcome | None = None
    marked_machine: bool = False

    @property
    def meaning(self) -> Outcome | None:
        """The outcome as people understand it: what a machine answered is not a client reached.

        >>> Attempt(started_at=0, ended_at=1, outcome=Outcome.REACHED, marked_machine=True).meaning
        <Outcome.ANSWERING_MACHINE: 'answering_machine'>
        """
        if self.marked_machine and self.outcome is Outcome.REACHED:
            return Outcome.ANSWERING_MACHINE
        return self.outcome
