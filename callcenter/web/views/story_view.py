"""A ticket's story in words: who did what, when. Regulation: 2.10."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.calls import CallOutcome
from callcenter.domain.lifecycle import Status
from callcenter.domain.story import AuditEntry
from callcenter.services.missed_calls import RULE
from callcenter.web.callback_wording import OUTCOMES, STORY
from callcenter.web.moments import say_duration
from callcenter.web.translations import Words
from callcenter.web.wording import N_, say

_DONE: Mapping[str, str] = {
    "ticket.drafted": N_("The call opened the draft."),
    "call.joined": N_("A further call of this number joined the draft."),
    "call.moved_here": N_("A call was moved here."),
    "ticket.registered": N_("The ticket was registered."),
    "ticket.discarded": N_("The draft was discarded."),
    "ticket.restored": N_("The draft was restored."),
    "ticket.filled": N_("The form was filled in."),
    "ticket.said": N_("The deadline was said to the client."),
    "ticket.joined": N_("The draft was joined to another ticket."),
    "ticket.rejected": N_("The request was rejected."),
    "ticket.merged": N_("A duplicate: merged into another ticket."),
    "ticket.merged_here": N_("A duplicate was merged into this ticket."),
    "ticket.classified": N_("Kind, topic or product were corrected."),
    "ticket.nobody_eligible": N_("Nobody eligible was on shift."),
    "ticket.accepted": N_("Work on it began."),
    "ticket.written": N_("A message was written to the client."),
    "ticket.noted": N_("A note was added."),
    "ticket.asked": N_("A colleague was asked."),
    "ticket.replied": N_("A colleague's question was answered."),
    "ticket.undone": N_("What was just done was undone: the ticket is new again."),
    "ticket.closed_by_rule": N_("Closed by itself: nobody objected for the set number of working days."),
    "ticket.waiting": N_("We wait for the client, the clock stands still."),
    "ticket.continued": N_("Work goes on, the clock runs."),
    "ticket.resolved": N_("The client was answered, the ticket is resolved."),
    "ticket.returned": N_("The ticket was returned to the moderators."),
    "ticket.closed": N_("The ticket was closed: the client confirmed."),
    "ticket.reopened": N_("The ticket was reopened."),
    "ticket.handed_over": N_("The ticket was handed over to the developer."),
    "ticket.taken_back": N_("The developer answered."),
    "remote.started": N_("A remote session began."),
    "remote.ended": N_("A remote session ended."),
    "client.wrote": N_("The client wrote."),
    "client.cancelled": N_("The client cancelled the request."),
    "client.confirmed": N_("The client confirmed the solution."),
    "client.rated": N_("The client rated the answer."),
    "ticket.file_added": N_("A file was put beside it."),
    "ticket.target_changed": N_("The target changed, the deadline was counted anew"),
}
_BROKEN: Mapping[str, str] = {
    "place": N_("The deadline was missed: to be among the moderators’ tickets."),
    "assign": N_("The deadline was missed: to be assigned."),
    "resolve": N_("The deadline was missed: to be answered."),
}
"""By the clock that ran out."""
_SOME_BROKEN = N_("The deadline was missed.")


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
    if entry.action == "ticket.assigned":
        assignee = change.get("assignee_id")
        given = assignee[1] if isinstance(assignee, list) and len(assignee) == 2 else None
        if isinstance(given, int):
            return words("Assigned to %(person)s.", person=names.get(given, "?"))
    if entry.action == "ticket.missed":
        missed = change.get("missed")
        if missed is None:
            return words("No longer missed: somebody has spoken with the caller.")
        return words("missed: %(reason)s", reason=say(CallOutcome(str(missed)), words))
    if entry.action == "ticket.drafted" and entry.person_id is not None:
        return words("A draft was opened without a call.")
    if (called := _called(entry, names, words)) is not None:
        return called
    if entry.action == "deadline.breached":
        return words(_BROKEN.get(str(change.get("clock")), _SOME_BROKEN))
    if entry.action in STORY:
        return words(STORY[entry.action])
    if entry.action in _DONE:
        return words(_DONE[entry.action])
    status = change.get("status")
    if isinstance(status, list) and len(status) == 2:
        before, after = (say(Status(str(each)), words) for each in status)
        return words("Status: %(before)s → %(after)s", before=before, after=after)
    return words("The ticket was changed.")


def _called(entry: AuditEntry, names: Mapping[int, str], words: Words) -> str | None:
    """What is said of a call to the client, or of the rule that asked for one; None for everything else."""
    if entry.action == "callback.attempt":
        outcome = str(entry.change.get("outcome"))
        said = words(OUTCOMES[outcome]) if outcome in OUTCOMES else outcome
        return words("A call to the client: %(outcome)s.", outcome=said)
    if entry.action == "callback.asked" and entry.change.get("rule") == RULE:
        return _asked_by_rule(entry.change, names, words)
    return None


def _asked_by_rule(change: Mapping[str, object], names: Mapping[int, str], words: Words) -> str:
    """Why the rule asked for a callback, and who calls. Regulation: 2.9."""
    waited, executor = change.get("waited"), change.get("executor_id")
    length = timedelta(seconds=waited if isinstance(waited, int) else 0)
    return words(
        "A callback was asked for by rule: a missed call (%(reason)s), the caller waited %(time)s; %(person)s calls.",
        reason=say(CallOutcome(str(change.get("missed"))), words),
        time=say_duration(length, words),
        person=names.get(executor, "?") if isinstance(executor, int) else "?",
    )
