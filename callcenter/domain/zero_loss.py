"""Proof that no call was lost: Asterisk's own records = our calls = tickets, day by day. Regulation: 2.1, 2.10.

What does not agree is a remainder: it is listed by name until a person settles it with a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class RemainderKind(StrEnum):
    """RECORD_ONLY: Asterisk wrote it down, we have no call. CALL_ONLY: the other way round.

    WITHOUT_TICKET: a call whose ticket is gone. ANSWER_DIFFERS: one side says answered, the other does not.
    """

    RECORD_ONLY = "record_only"
    CALL_ONLY = "call_only"
    WITHOUT_TICKET = "without_ticket"
    ANSWER_DIFFERS = "answer_differs"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedCall:
    """One call to the hotline as Asterisk's CDR or CEL has it; `answered`: somebody of ours spoke with the caller."""

    pbx: str
    linkedid: str
    at: datetime
    caller: str
    answered: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldCall:
    """One of our calls, as far as the comparison needs it; `ticket_id` None: its ticket is gone."""

    id: int
    pbx: str
    linkedid: str
    at: datetime
    caller: str
    answered: bool
    ended: bool
    ticket_id: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Remainder:
    """One call that the three do not agree on. `caller` is as Asterisk or we wrote it down.

    `settled_by` is a person's id with his `reason`; a remainder that vanished by itself (the call was found later)
    is not listed any more.
    """

    id: int
    day: date
    kind: RemainderKind
    pbx: str
    linkedid: str
    at: datetime
    caller: str
    call_id: int | None = None
    ticket_id: int | None = None
    settled_at: datetime | None = None
    settled_by: int | None = None
    reason: str = ""

    @property
    def settled(self) -> bool:
        """Whether a person has said what it was."""
        return self.settled_at is not None

    @property
    def key(self) -> tuple[RemainderKind, str, str]:
        """What makes it the same one at the next comparison."""
        return self.kind, self.pbx, self.linkedid


@dataclass(frozen=True, kw_only=True, slots=True)
class MissedCalls:
    """What became of callers nobody spoke with: each number once, each call of a hidden number once.

    `missed` = `reached` + `called_back` (tried, not reached yet) + `handled` + `remaining` + `hidden`. `reached`:
    spoken with afterwards, by a callback or because he called again. `handled`: no call of ours is known, but a person
    has registered or discarded the ticket. `hidden` cannot be called back. `tickets` are those of `remaining`.
    """

    missed: int
    reached: int
    called_back: int
    hidden: int
    remaining: int
    handled: int = 0
    tickets: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LossLedger:
    """A day's three counts and what they do not agree on.

    `recorded` is None when Asterisk's records could not be read for this day (`unread` says which PBX, and why):
    then nothing is proved, and the page says so. `compared_at`: when the comparison was made.
    """

    day: date
    recorded: int | None
    calls: int
    tickets: int
    held: int
    remainders: Sequence[Remainder]
    missed: MissedCalls
    compared_at: datetime
    unread: Mapping[str, str]

    @property
    def open_remainders(self) -> Sequence[Remainder]:
        """Those nobody has settled yet."""
        return [each for each in self.remainders if not each.settled]

    @property
    def proved(self) -> bool:
        """Records were read, and nothing is left over unsettled."""
        return self.recorded is not None and not self.unread and not self.open_remainders


def compare(
    day: date, recorded: Sequence[RecordedCall], held: Sequence[HeldCall], pbxs: frozenset[str]
) -> Sequence[Remainder]:
    """What Asterisk's records and our calls of a day do not agree on, in time order.

    Only PBXs whose records were read (`pbxs`) are compared; a call still going on has no record yet.
    """
    ours = {(each.pbx, each.linkedid): each for each in held}
    theirs = {(each.pbx, each.linkedid): each for each in recorded}
    found: list[Remainder] = []
    for key, record in theirs.items():
        call = ours.get(key)
        if call is None:
            found.append(_remainder(day, RemainderKind.RECORD_ONLY, record, None))
        elif call.ended and record.answered != call.answered:
            found.append(_remainder(day, RemainderKind.ANSWER_DIFFERS, record, call))
    for key, call in ours.items():
        if call.ticket_id is None:
            found.append(_remainder(day, RemainderKind.WITHOUT_TICKET, call, call))
        if key not in theirs and call.pbx in pbxs and call.ended:
            found.append(_remainder(day, RemainderKind.CALL_ONLY, call, call))
    return sorted(found, key=lambda each: (each.at, each.linkedid))


def _remainder(
    day: date, kind: RemainderKind, one: RecordedCall | HeldCall, call: HeldCall | None
) -> Remainder:
    return Remainder(
        id=0,
        day=day,
        kind=kind,
        pbx=one.pbx,
        linkedid=one.linkedid,
        at=one.at,
        caller=one.caller,
        call_id=None if call is None else call.id,
        ticket_id=None if call is None else call.ticket_id,
    )
