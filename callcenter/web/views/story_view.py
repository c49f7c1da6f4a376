"""A ticket's story in words: who did what, when. Regulation: 2.10."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.calls import CallOutcome
from callcenter.domain.lifecycle import Status
from callcenter.domain.story import AuditEntry
from callcenter.web.translations import Words
from callcenter.web.wording import N_, say

_DONE: Mapping[str, str] = {
    "ticket.drafted": N_("The call opened the draft."),
    "call.joined": N_("A further call of this number joined the draft."),
    "call.moved_here": N_("A call was moved here."),
    "ticket.registered": N_("The ticket was registered."),
    "ticket.discarded": N_("The draft was discarded."),
    "ticket.restored": N_("The draft was restored."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StoryLine:
    """One thing that happened; `actor` is empty where the program did it by itself."""

    at: datetime
    actor: str
    said: str
    reason: str


def story_lines(entries: Sequence[AuditEntry], names: Mapping[int, str], words: Words) -> Sequence[StoryLine]:
    """The story, the newest first."""
    return [
        StoryLine(
            at=entry.at,
            actor=names.get(entry.person_id, "") if entry.person_id is not None else "",
            said=_said(entry, names, words),
            # the reason of what telephony did is only the call's technical name
            reason=entry.reason if entry.person_id is not None else "",
        )
        for entry in reversed(entries)
    ]


def _said(entry: AuditEntry, names: Mapping[int, str], words: Words) -> str:
    change = entry.change
    if entry.action == "ticket.operator":
        operator = change.get("operator_id")
        name = names.get(operator, "?") if isinstance(operator, int) else "?"
        return words("%(person)s took the call and holds the draft.", person=name)
    if entry.action == "ticket.missed":
        missed = change.get("missed")
        if missed is None:
            return words("No longer missed: somebody has spoken with the caller.")
        return words("missed: %(reason)s", reason=say(CallOutcome(str(missed)), words))
    if entry.action in _DONE:
        return words(_DONE[entry.action])
    status = change.get("status")
    if isinstance(status, list) and len(status) == 2:
        before, after = (say(Status(str(each)), words) for each in status)
        return words("Status: %(before)s → %(after)s", before=before, after=after)
    return words("The ticket was changed.")
