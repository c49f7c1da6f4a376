"""What Asterisk showed of an attempt, read as an outcome. Regulation: 2.9, points 2 to 4.

`DIALSTATUS` alone is not the truth: a dead trunk and an unallocated number both say NOANSWER. The client's leg must
have rung or failed with a cause of the client's own. Where that is not known, the attempt does not count.
Sources: Q.850 causes; RFC 3261 status codes; Asterisk `hangup.h`, `app_dial.c`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from dialer.attempt import CLIENT_UNAVAILABLE, Outcome


class Source(StrEnum):
    """Which record of Asterisk's the evidence comes from, best first."""

    EVENTS = "events"
    ASTDB = "astdb"
    CEL = "cel"
    CDR = "cdr"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Everything known of one attempt. `client_*` come from the client's own channel only.

    `executor_answered` and `originate_success` are None where that is not known. `ringing_known`: the source would
    tell of ringing, so that its absence means something. `client_sip` is the SIP status code. `client_first`: the
    client was rung before the executor, so that only both answers together are a client reached.
    `listened`: what the PBX heard when it listened for a machine before joining the two (AMD's status and cause),
    `LISTENING_BROKEN` where it was broken off; empty: it did not listen. `joined`: the two were, for as long as a
    talk takes at least; None: not known. `executor_left`: of the two it was the executor who hung up; None: not known.
    """

    source: Source
    originate_success: bool | None = None
    originate_reason: int | None = None
    executor_answered: bool | None = None
    executor_cause: int | None = None
    client_dialled: bool = False
    client_rang: bool = False
    client_progress: bool = False
    client_answered: bool = False
    dial_status: str = ""
    client_cause: int | None = None
    client_sip: int | None = None
    ringing_known: bool = True
    machine_detected: bool = False
    listened: str = ""
    joined: bool | None = None
    executor_left: bool | None = None
    interrupted: bool = False
    client_first: bool = False

    @property
    def alerted(self) -> bool:
        """The network reached the client's telephone: it rang, or told of progress."""
        return self.client_rang or self.client_progress

    @property
    def waited(self) -> bool:
        """The client answered a call that was to bring him the executor afterwards."""
        return self.client_first and self.client_answered

    @property
    def waited_in_vain(self) -> bool:
        """He did, and the executor is known not to have come."""
        return self.waited and self.executor_answered is False

    @property
    def listened_in_vain(self) -> bool:
        """The client answered and was listened to, and is known not to have been joined with the executor."""
        return self.client_answered and bool(self.listened) and self.joined is False


LISTENING_BROKEN: Final = "BEGUN"
"""The PBX began to listen and never said what it heard: the client hung up, or the PBX went down."""
_A_MACHINE: Final = "MACHINE"
SHORTEST_TALK: Final = 1000
"""Milliseconds since the listening ended. Who hung up meanwhile is bridged for an instant, dead: that is no talk."""
_WHO_LEFT: Final = {"executor": True, "client": False}


def heard(listened: str, *, joined: bool) -> Mapping[str, Any]:
    """The fields of `Evidence` that tell of listening; none where it did not take place.

    `listened`: AMD's words, then where they are known `|` and the milliseconds from there to the hang-up, `|` and who
    hung up, `executor` or `client`. `joined`: whether the two were, where those milliseconds are not known.

    >>> heard("HUMAN HUMAN-800-800|12|executor", joined=True)["joined"]
    False
    >>> heard("MACHINE LONGGREETING-2500-2500", joined=False)["machine_detected"], heard("", joined=False)
    (True, {})
    """
    if not listened:
        return {}
    told, talk, left = [*listened.split("|"), "", ""][:3]
    words = "".join(each for each in told if each.isascii() and each.isprintable())[:80]
    if talk.isascii() and talk.isdigit():
        joined = len(talk) > 9 or int(talk) >= SHORTEST_TALK
    return {
        "client_answered": True,
        "listened": words,
        "machine_detected": words.partition(" ")[0] == _A_MACHINE,
        "joined": joined and words != LISTENING_BROKEN,
        "executor_left": _WHO_LEFT.get(left),
    }


_MEANINGS: Final = {
    "wrong_number": Outcome.WRONG_NUMBER,
    "busy": Outcome.BUSY,
    "declined": Outcome.DECLINED,
    "away": Outcome.UNREACHABLE,
    "trunk": Outcome.TRUNK_FAILED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CauseTable:
    """Which causes mean what; a company whose carrier speaks otherwise changes it. SIP codes outrank causes."""

    wrong_number_sip: frozenset[int] = frozenset({404, 410, 484, 485, 604})
    wrong_number_causes: frozenset[int] = frozenset({1, 22, 28})
    busy_sip: frozenset[int] = frozenset({486, 600})
    busy_causes: frozenset[int] = frozenset({17})
    declined_sip: frozenset[int] = frozenset({603})
    declined_causes: frozenset[int] = frozenset({21})
    away_sip: frozenset[int] = frozenset({480})
    away_causes: frozenset[int] = frozenset({18, 19, 20})
    trunk_sip: frozenset[int] = frozenset({401, 402, 403, 405, 407, 408, 420, 421, 483, 488, 489, 491, 606})
    trunk_causes: frozenset[int] = frozenset(
        {
            2,
            3,
            6,
            25,
            27,
            29,
            34,
            38,
            41,
            42,
            44,
            47,
            50,
            52,
            54,
            57,
            58,
            63,
            65,
            66,
            69,
            79,
            88,
            100,
            102,
            111,
            127,
        }
    )
    trunk_statuses: frozenset[str] = frozenset({"CONGESTION", "CHANUNAVAIL"})

    def but(self, sip: Mapping[int, Outcome], causes: Mapping[int, Outcome]) -> CauseTable:
        """The same table, with what these SIP codes and causes mean at one carrier.

        >>> CauseTable().but({480: Outcome.TRUNK_FAILED}, {}).away_sip
        frozenset()
        """
        return CauseTable(
            **{
                f"{name}_{kind}": getattr(self, f"{name}_{kind}").difference(told)
                | {code for code, outcome in told.items() if outcome is meaning}
                for name, meaning in _MEANINGS.items()
                for kind, told in (("sip", sip), ("causes", causes))
            },
            trunk_statuses=self.trunk_statuses,
        )

    def wrong_number(self, it: Evidence) -> bool:
        """The number does not exist, has changed or is incomplete."""
        return self._says(it, self.wrong_number_sip, self.wrong_number_causes)

    def busy(self, it: Evidence) -> bool:
        """The client talks with somebody else."""
        return self._says(it, self.busy_sip, self.busy_causes) or (
            it.dial_status == "BUSY" and it.client_sip is None and it.client_cause in (None, 0)
        )

    def declined(self, it: Evidence) -> bool:
        """The client refused; without a SIP code cause 21 is also a forbidding trunk, so he must have rung."""
        if it.client_sip is not None:
            return it.client_sip in self.declined_sip
        return it.client_cause in self.declined_causes and it.alerted

    def away(self, it: Evidence) -> bool:
        """Switched off, or out of coverage."""
        return self._says(it, self.away_sip, self.away_causes)

    def trunk(self, it: Evidence) -> bool:
        """The carrier or the way to it failed, whatever was heard before."""
        if it.client_sip is not None:
            return it.client_sip in self.trunk_sip or self._server_failed(it.client_sip)
        return it.client_cause in self.trunk_causes or it.dial_status in self.trunk_statuses

    def _server_failed(self, sip: int) -> bool:
        """Any 5xx, unless this carrier means something of the client's by it."""
        told = self.wrong_number_sip | self.busy_sip | self.declined_sip | self.away_sip
        return 500 <= sip <= 599 and sip not in told

    def undecided(self, it: Evidence) -> bool:
        """Without knowing of ringing, "no answer" may also be a dead trunk, and a refusal anybody's."""
        return not it.ringing_known and not it.alerted

    @staticmethod
    def _says(it: Evidence, codes: frozenset[int], causes: frozenset[int]) -> bool:
        if it.client_sip is not None:
            return it.client_sip in codes
        return it.client_cause in causes


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How an attempt ended, the rule that said so, and what it was seen from.

    `touched`: the client's telephone was, or may have been, called; such an attempt uses up the day's cap.
    """

    outcome: Outcome
    rule: str
    seen: tuple[str, ...]
    touched: bool


Rule = tuple[str, Callable[[Evidence, CauseTable], bool], Outcome]

RULES: Final[tuple[Rule, ...]] = (
    ("machine_answered", lambda it, _: it.client_answered and it.machine_detected, Outcome.ANSWERING_MACHINE),
    ("asterisk_went_down", lambda it, _: it.listened_in_vain and it.interrupted, Outcome.INTERRUPTED),
    (
        "client_left_while_listening",
        lambda it, _: it.listened_in_vain and it.listened == LISTENING_BROKEN,
        Outcome.INTERRUPTED,
    ),
    (
        "client_left_at_once",
        lambda it, _: it.listened_in_vain and it.executor_left is False and not it.client_first,
        Outcome.INTERRUPTED,
    ),
    (
        "executor_left_before_joined",
        lambda it, _: it.listened_in_vain and not it.client_first,
        Outcome.EXECUTOR_MISSED,
    ),
    ("executor_did_not_come", lambda it, _: it.waited_in_vain, Outcome.EXECUTOR_MISSED),
    ("executor_not_recorded", lambda it, _: it.waited and it.executor_answered is None, Outcome.UNKNOWN),
    ("client_answered", lambda it, _: it.client_answered, Outcome.REACHED),
    ("no_record", lambda it, _: it.source is Source.NOTHING, Outcome.UNKNOWN),
    ("asterisk_went_down", lambda it, _: it.interrupted, Outcome.INTERRUPTED),
    ("asterisk_denied_the_number", lambda it, _: it.dial_status == "DENIED", Outcome.DENIED),
    ("asterisk_got_it_too_late", lambda it, _: it.dial_status == "EXPIRED", Outcome.NOT_PLACED),
    (
        "client_was_not_dialled",
        lambda it, _: it.client_first and not it.client_dialled,
        Outcome.NOT_PLACED,
    ),
    ("executor_did_not_take_it", lambda it, _: not it.client_dialled, Outcome.EXECUTOR_MISSED),
    ("executor_hung_up", lambda it, _: it.dial_status == "CANCEL", Outcome.EXECUTOR_MISSED),
    ("number_does_not_exist", lambda it, table: table.wrong_number(it), Outcome.WRONG_NUMBER),
    ("carrier_failed", lambda it, table: table.trunk(it), Outcome.TRUNK_FAILED),
    ("client_busy", lambda it, table: table.busy(it), Outcome.BUSY),
    ("client_declined", lambda it, table: table.declined(it), Outcome.DECLINED),
    ("client_rang_out", lambda it, _: it.alerted, Outcome.NO_ANSWER),
    ("client_switched_off", lambda it, table: table.away(it), Outcome.UNREACHABLE),
    ("ringing_not_recorded", lambda it, table: table.undecided(it), Outcome.UNKNOWN),
    ("carrier_was_silent", lambda _it, _: True, Outcome.TRUNK_FAILED),
)
"""Asked in this order; the first that holds decides."""

_UNTOUCHED: Final = frozenset(
    {Outcome.TRUNK_FAILED, Outcome.WRONG_NUMBER, Outcome.DENIED, Outcome.NOT_PLACED}
)


def classify(evidence: Evidence, table: CauseTable | None = None) -> Verdict:
    """The outcome this evidence proves; in doubt it is one that does not count.

    >>> classify(Evidence(source=Source.EVENTS, client_dialled=True, dial_status="NOANSWER", client_cause=1)).outcome
    <Outcome.WRONG_NUMBER: 'wrong_number'>
    """
    table = table or CauseTable()
    name, _, outcome = next(rule for rule in RULES if rule[1](evidence, table))
    return Verdict(outcome=outcome, rule=name, seen=seen_in(evidence), touched=_touched(evidence, outcome))


def _touched(evidence: Evidence, outcome: Outcome) -> bool:
    if evidence.alerted or outcome is Outcome.REACHED or outcome in CLIENT_UNAVAILABLE:
        return True
    if outcome in _UNTOUCHED:
        return False
    return evidence.client_dialled or evidence.source is Source.NOTHING


def seen_in(evidence: Evidence) -> tuple[str, ...]:
    """What was seen, in short lines for a person who asks why."""
    lines = [f"source {evidence.source}"]
    if evidence.originate_success is not None:
        answer = "Success" if evidence.originate_success else "Failure"
        lines.append(f"OriginateResponse {answer} {evidence.originate_reason}")
    if evidence.executor_answered is not None:
        lines.append(f"executor {'answered' if evidence.executor_answered else 'did not answer'}")
    if evidence.executor_cause is not None and not evidence.client_dialled:
        lines.append(f"executor's cause {evidence.executor_cause}")
    told = {
        "client first": evidence.client_first,
        "client dialled": evidence.client_dialled,
        "DialState RINGING": evidence.client_rang,
        "DialState PROGRESS": evidence.client_progress,
        "client answered": evidence.client_answered,
        "machine detected": evidence.machine_detected,
        "Asterisk went down": evidence.interrupted,
        "ringing is not recorded there": not evidence.ringing_known,
    }
    lines.extend(line for line, is_so in told.items() if is_so)
    if evidence.listened:
        lines.append(f"AMD {evidence.listened}")
    if evidence.dial_status:
        lines.append(f"DialStatus {evidence.dial_status}")
    if evidence.client_cause is not None:
        lines.append(f"cause {evidence.client_cause}")
    if evidence.client_sip is not None:
        lines.append(f"SIP {evidence.client_sip}")
    return tuple(lines)


PERSON_HEARD: Final = "person_not_machine"
"""Somebody of ours said that what was taken for a machine, and hung up on, was a person: our side broke off."""
REFUSED: Final = "refused_at_last_look"
"""Our own rules said no between the claim and the sending: nobody failed, so the breaker is not told."""
NEVER_SENT: Final = "never_sent"
NO_TRACE: Final = "no_trace"
NOT_RUNG: Final = "executor_unavailable"
"""Asterisk said beforehand that the executor's phone is off or in use: nobody was rung."""


def not_placed(rule: str, *seen: str) -> Verdict:
    """The verdict on an order that certainly never became a call; `rule` says how that is known."""
    return Verdict(outcome=Outcome.NOT_PLACED, rule=rule, seen=seen, touched=False)


def not_rung(phone: str) -> Verdict:
    """The verdict on an order that was not sent because the executor's phone could not be rung."""
    seen = (f"the executor's phone is {phone}",)
    return Verdict(outcome=Outcome.EXECUTOR_MISSED, rule=NOT_RUNG, seen=seen, touched=False)


DENIED: Final = Evidence(source=Source.EVENTS, dial_status="DENIED")
"""Asterisk refused the number before any phone rang."""


def taken_back(verdict: Verdict) -> Verdict:
    """The verdict on an attempt that we asked the PBX to hang up: what looks like the executor's doing was ours.

    What the client's side did before that stays as it is, and so does a call that had connected already.
    """
    if verdict.outcome is not Outcome.EXECUTOR_MISSED:
        return verdict
    return replace(verdict, outcome=Outcome.WITHDRAWN, rule="withdrawn_by_us")
