"""The whole audit in words: who did what, on which ticket or to what, with what consequence. Regulation: 2.10."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from callcenter.domain.story import AuditEntry
from callcenter.web.translations import Words
from callcenter.web.views.story_view import story_lines
from callcenter.web.wording import N_

BESIDE_TICKETS: Mapping[str, str] = {
    "staff.shifts": N_("Weekly hours of %(whom)s: %(shifts)s"),
    "staff.leave": N_("Leave of %(whom)s: %(from)s — %(to)s"),
    "staff.leave_dropped": N_("Leave of %(whom)s from %(from)s was taken back"),
    "staff.skills": N_("Topics and products of %(whom)s were changed"),
    "topic.added": N_("Topic added: %(name)s"),
    "topic.changed": N_("Topic changed: %(name)s"),
    "product.added": N_("Product added: %(name)s"),
    "product.changed": N_("Product changed: %(name)s"),
    "contract.added": N_("Contract added: %(number)s"),
    "contract.changed": N_("Contract changed: %(number)s"),
    "person.added": N_("Employee added: %(login)s"),
    "person.changed": N_("Employee changed: %(login)s"),
    "person.link": N_("One-time sign-in link made for %(login)s"),
    "person.link_mailed": N_("One-time sign-in link mailed to %(login)s"),
    "targets.changed": N_("Targets changed from %(valid_from)s"),
    "letter.changed": N_("Words of a letter changed: %(letter)s, %(locale)s"),
    "letter.given_back": N_("Delivered words of a letter again: %(letter)s, %(locale)s"),
    "letter.tried": N_("Trial letter to oneself: %(letter)s, %(locale)s"),
    "webhook.added": N_("Webhook added: %(host)s"),
    "webhook.changed": N_("Webhook changed: %(host)s"),
    "webhook.rotated": N_("New secret of the webhook %(host)s"),
    "webhook.tried": N_("Trial delivery to the webhook %(host)s"),
    "site.added": N_("Public form added: %(slug)s"),
    "site.changed": N_("Public form changed: %(slug)s"),
    "site.logo": N_("Picture of the public form %(slug)s changed"),
    "client.added": N_("Client № %(client_id)s added"),
    "client.changed": N_("Client № %(client_id)s changed"),
    "organization.added": N_("Company № %(organization_id)s added"),
    "organization.changed": N_("Company № %(organization_id)s changed"),
    "clients.imported": N_("Clients imported: %(created)s new, %(updated)s changed"),
    "client.erased": N_("Client № %(client_id)s was forgotten on request"),
    "retention.shed": N_("Let go after its term of keeping: %(rows)s rows"),
    "audit.verified": N_("The audit was verified: %(rows)s rows"),
    "audit.exported": N_("The audit was taken out as a file"),
    "tickets.exported": N_("A list of tickets was taken out as a file"),
    "notice.refused": N_("A letter was refused: %(notice)s"),
    "notice.retried": N_("A refused letter is tried again: %(notice)s"),
    "dialer.paused": N_("The dialer was paused"),
    "dialer.resumed": N_("The dialer was resumed"),
    "dialer.halted": N_("The dialer stopped itself"),
    "dialer.breaker_reset": N_("The dialer's guard was reset"),
    "api_token.created": N_("A token of a program was made: %(name)s"),
    "api_token.revoked": N_("A token of a program was revoked: %(name)s"),
    "callback.opted_out": N_("A number is never called again"),
}
"""Actions that are not told by the story of a ticket."""

ACTORS: Mapping[str, str] = {
    "telephony": N_("telephony"),
    "client": N_("client"),
    "deadlines": N_("deadlines"),
    "targets": N_("targets"),
    "outbox": N_("outgoing"),
    "dialer": N_("dialer"),
    "retention": N_("terms of keeping"),
    "command line": N_("command line"),
    "program": N_("program"),
}

OFFERED: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("Tickets"),
        (
            "ticket.registered", "ticket.assigned", "ticket.accepted", "ticket.written", "ticket.waiting",
            "ticket.resolved", "ticket.closed", "ticket.reopened", "ticket.returned", "ticket.rejected",
            "ticket.merged", "ticket.handed_over", "deadline.breached", "ticket.target_changed",
        ),
    ),
    (
        N_("People and rights"),
        ("person.added", "person.changed", "person.link", "staff.shifts", "staff.leave", "staff.skills"),
    ),
    (
        N_("Setting up"),
        (
            "topic.changed", "product.changed", "contract.changed", "targets.changed", "letter.changed",
            "webhook.changed", "site.changed", "client.erased", "retention.shed", "dialer.paused", "audit.exported",
            "audit.verified",
        ),
    ),
)  # fmt: skip
"""What the filter offers, in groups."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditLine:
    """One row as the screen shows it; `actor_id` leads to everything this person did."""

    id: int
    at: datetime
    actor: str
    actor_id: int | None
    ticket_id: int | None
    said: str
    reason: str


def audit_lines(entries: Sequence[AuditEntry], names: Mapping[int, str], words: Words) -> Sequence[AuditLine]:
    """The rows in their order."""
    return [
        AuditLine(
            id=entry.id,
            at=entry.at,
            actor=say_actor(entry, names, words),
            actor_id=entry.person_id,
            ticket_id=entry.ticket_id,
            said=say_entry(entry, names, words),
            reason=entry.reason if entry.person_id is not None or entry.action == "notice.refused" else "",
        )
        for entry in entries
    ]


def say_actor(entry: AuditEntry, names: Mapping[int, str], words: Words) -> str:
    """Who did it."""
    if entry.person_id is not None:
        return names.get(entry.person_id, f"№ {entry.person_id}")
    return words(ACTORS[entry.actor]) if entry.actor in ACTORS else entry.actor


def say_entry(entry: AuditEntry, names: Mapping[int, str], words: Words) -> str:
    """What was done, as one sentence; an action without a sentence is shown by its name."""
    if entry.action in BESIDE_TICKETS:
        return words(BESIDE_TICKETS[entry.action], **_values(entry, names))
    if entry.ticket_id is not None:
        return story_lines([entry], names, words)[0].said
    return entry.action


_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def say_action(action: str, words: Words) -> str:
    """An action for the filter, without its details."""
    entry = AuditEntry(
        id=0, at=_ANY_TIME, actor="", ticket_id=0, action=action, reason="", change={}
    )  # fmt: skip
    if action in BESIDE_TICKETS:
        said = words(BESIDE_TICKETS[action], **_values(entry, {}))
        return said.replace("№ …", "").rstrip(" :…,—.").replace("…", "").strip()
    return story_lines([entry], {}, words)[0].said.rstrip(".")


def _values(entry: AuditEntry, names: Mapping[int, str]) -> dict[str, object]:
    change = entry.change
    found: dict[str, object] = {}
    for name in (
        "name", "number", "login", "letter", "locale", "host", "slug", "created", "updated", "client_id",
        "organization_id",
        "rows", "notice", "from", "to", "valid_from",
    ):  # fmt: skip
        value = change.get(name, "…")
        found[name] = "…" if value is None else _dated(value)
    whom = change.get("person_id")
    found["whom"] = names.get(whom, f"№ {whom}") if isinstance(whom, int) else "…"
    shifts = change.get("shifts")
    found["shifts"] = _shifts(shifts) if isinstance(shifts, list) else "…"
    return found


def _dated(value: object) -> object:
    """Stored days and instants as people read them; anything else as it is."""
    if isinstance(value, str) and _ISO_DAY.match(value):
        return f"{value[8:10]}.{value[5:7]}.{value[:4]}"
    return value


_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T|$)")
_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")


def _shifts(shifts: Sequence[object]) -> str:
    """`0 09:00-18:00` as it is stored, with the day's name."""
    said = []
    for each in shifts:
        day, _, hours = str(each).partition(" ")
        said.append(f"{_DAYS[int(day)]} {hours}" if day.isdigit() and int(day) < 7 else str(each))
    return ", ".join(said) or "—"
