"""Rights in words, as the form of a token lists them."""

from collections.abc import Mapping

from callcenter.web.wording import N_

SCOPES: Mapping[str, str] = {
    "tickets.see": N_("see tickets, search, read their history"),
    "tickets.register": N_("register tickets, discard drafts"),
    "tickets.note": N_("write notes and ask colleagues"),
    "tickets.moderate": N_("distribute, reject and merge tickets"),
    "tickets.work": N_("work on tickets, write to clients, answer"),
    "tickets.hand_over": N_("hand tickets over to developers"),
    "tickets.reopen": N_("reopen tickets"),
    "tickets.export": N_("take lists of tickets out"),
    "callbacks.place": N_("ask for callbacks and run them"),
    "dialer.see": N_("see the dialer"),
    "dialer.run": N_("stop and start the dialer"),
    "calls.see": N_("see calls"),
    "line.see": N_("see the line"),
    "calls.handle": N_("take calls"),
    "clients.see": N_("see clients, companies and products"),
    "clients.import": N_("import clients"),
    "clients.erase": N_("forget clients at their request"),
    "statistics.see": N_("see statistics and reports"),
    "remainders.settle": N_("settle what reports could not match"),
    "reports.edit": N_("edit who gets reports"),
    "questions.edit": N_("edit frequent questions"),
    "audit.see": N_("read what people did"),
    "audit.read_whole": N_("read and verify the whole audit"),
    "staffing.see": N_("see shifts and leave"),
    "staffing.edit": N_("edit shifts, leave and skills"),
    "topics.edit": N_("edit topics"),
    "products.edit": N_("edit products and contracts"),
    "targets.see": N_("see targets"),
    "targets.edit": N_("edit targets"),
    "letters.edit": N_("edit the words of letters"),
    "sites.edit": N_("edit public forms"),
    "webhooks.edit": N_("edit webhooks"),
    "people.edit": N_("edit people and their roles"),
    "system.see": N_("see the state of the system and the outbox"),
    "outbox.tend": N_("send refused letters again"),
    "workspace.see": N_("see topics and one’s own history"),
    "own_settings.change": N_("ask who it acts as"),
    "tokens.edit": N_("make tokens"),
}
"""Every right by its name; one that is missing here is not offered."""
