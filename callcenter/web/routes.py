"""Every address of the program and who may ask for it; the application registers nothing else."""

from dataclasses import dataclass

from aiohttp.typedefs import Handler

from callcenter.domain.people import Action
from callcenter.web import health, stream
from callcenter.web.pages import (
    calls,
    client_import,
    clients,
    drafts,
    moderation,
    my_tickets,
    outbox,
    own_settings,
    people,
    person_form,
    pop,
    registration,
    search,
    sign_in,
    sites,
    static,
    system,
    ticket,
    ticket_work,
    workspace,
)
from callcenter.web.policy import FOREIGN, PUBLIC, Policy
from callcenter.web.public import api as forms_api
from callcenter.web.public import embedding, status, subscriptions
from callcenter.web.public import forms as public_forms


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One address: method, path, who may, and what answers."""

    method: str
    path: str
    policy: Policy
    handler: Handler


def _get(path: str, policy: Policy, handler: Handler) -> Route:
    return Route(method="GET", path=path, policy=policy, handler=handler)


def _post(path: str, policy: Policy, handler: Handler) -> Route:
    return Route(method="POST", path=path, policy=policy, handler=handler)


_TICKET = "/tickets/{ticket_id:[0-9]+}"

_DESK: tuple[Route, ...] = (
    _post("/drafts/new", Action.REGISTER_TICKETS, registration.start),
    _get(f"{_TICKET}/registration", Action.REGISTER_TICKETS, registration.form),
    _post(f"{_TICKET}/registration", Action.REGISTER_TICKETS, registration.send),
    _post(f"{_TICKET}/registration/clients", Action.REGISTER_TICKETS, registration.found_clients),
    _post("/registration/support", Action.REGISTER_TICKETS, registration.support),
    _post(f"{_TICKET}/say", Action.REGISTER_TICKETS, ticket_work.say),
    _post(f"{_TICKET}/restore", Action.REGISTER_TICKETS, ticket_work.restore),
    _get("/moderation", Action.MODERATE_TICKETS, moderation.moderation),
    _post(f"{_TICKET}/assign", Action.MODERATE_TICKETS, ticket_work.assign),
    _post(f"{_TICKET}/take", Action.MODERATE_TICKETS, ticket_work.take),
    _post(f"{_TICKET}/reject", Action.MODERATE_TICKETS, ticket_work.reject),
    _post(f"{_TICKET}/answer", Action.MODERATE_TICKETS, ticket_work.answer),
    _post(f"{_TICKET}/merge", Action.MODERATE_TICKETS, ticket_work.merge),
    _get("/my", Action.WORK_ON_TICKETS, my_tickets.mine),
    _get("/desk/counts", Action.SEE_TICKETS, my_tickets.counts),
    _post(f"{_TICKET}/accept", Action.WORK_ON_TICKETS, ticket_work.accept),
    _post(f"{_TICKET}/write", Action.WORK_ON_TICKETS, ticket_work.write),
    _post(f"{_TICKET}/note", Action.NOTE_ON_TICKETS, ticket_work.note),
    _post(f"{_TICKET}/wait", Action.WORK_ON_TICKETS, ticket_work.wait),
    _post(f"{_TICKET}/continue", Action.WORK_ON_TICKETS, ticket_work.go_on),
    _post(f"{_TICKET}/resolve", Action.WORK_ON_TICKETS, ticket_work.resolve),
    _post(f"{_TICKET}/reassign", Action.WORK_ON_TICKETS, ticket_work.reassign),
    _post(f"{_TICKET}/return", Action.WORK_ON_TICKETS, ticket_work.give_back),
    _post(f"{_TICKET}/confirm", Action.WORK_ON_TICKETS, ticket_work.confirm),
    _post(f"{_TICKET}/reopen", Action.REOPEN_TICKETS, ticket_work.reopen),
    _post(f"{_TICKET}/hand-over", Action.HAND_OVER_TICKETS, ticket_work.hand_over),
    _post(f"{_TICKET}/take-back", Action.HAND_OVER_TICKETS, ticket_work.take_back),
)
"""Where the program runs without a help desk these answer 404, and no screen shows them."""

ROUTES: tuple[Route, ...] = (
    *_DESK,
    _get("/health/live", PUBLIC, health.alive),
    _get("/health/ready", PUBLIC, health.ready),
    _get("/metrics", PUBLIC, health.figures),
    _get("/static/{path:.+}", PUBLIC, static.file),
    _get("/sign-in", PUBLIC, sign_in.form),
    _post("/sign-in", PUBLIC, sign_in.with_password),
    _get("/sign-in/once/{token}", PUBLIC, sign_in.once_form),
    _post("/sign-in/once/{token}", PUBLIC, sign_in.once),
    _post("/sign-out", Action.CHANGE_OWN_SETTINGS, sign_in.out),
    _get("/session", Action.CHANGE_OWN_SETTINGS, sign_in.session),
    _get("/live", Action.SEE_WORKSPACE, stream.live),
    _get("/", Action.SEE_WORKSPACE, workspace.desk),
    _get("/workspace/parts", Action.SEE_WORKSPACE, workspace.parts),
    _get("/pop", Action.SEE_TICKETS, pop.from_softphone),
    _get("/pops", Action.HANDLE_CALLS, pop.ringing),
    _get("/pops/{call_id:[0-9]+}/answered-by", Action.HANDLE_CALLS, pop.answered_by),
    _post("/pops/{call_id:[0-9]+}/seen", Action.HANDLE_CALLS, pop.seen),
    _get("/drafts", Action.SEE_TICKETS, drafts.drafts),
    _get("/tickets/{ticket_id:[0-9]+}", Action.SEE_TICKETS, ticket.ticket),
    _get("/calls", Action.SEE_CALLS, calls.calls),
    _post("/calls", Action.SEE_CALLS, calls.of_number),
    _get("/clients", Action.SEE_CLIENTS, clients.clients),
    _post("/clients", Action.SEE_CLIENTS, clients.found),
    _get("/clients/{client_id:[0-9]+}", Action.SEE_CLIENTS, clients.client),
    _get("/clients/import", Action.IMPORT_CLIENTS, client_import.form),
    _post("/clients/import", Action.IMPORT_CLIENTS, client_import.preview),
    _post("/clients/import/accept", Action.IMPORT_CLIENTS, client_import.accept),
    _get("/search", Action.SEE_CLIENTS, search.form),
    _post("/search", Action.SEE_CLIENTS, search.found),
    _get("/people", Action.EDIT_PEOPLE, people.people),
    _get("/people/new", Action.EDIT_PEOPLE, person_form.new),
    _post("/people/new", Action.EDIT_PEOPLE, person_form.add),
    _get("/people/{person_id:[0-9]+}", Action.EDIT_PEOPLE, person_form.edit),
    _post("/people/{person_id:[0-9]+}", Action.EDIT_PEOPLE, person_form.save),
    _post("/people/{person_id:[0-9]+}/link", Action.EDIT_PEOPLE, people.one_time_link),
    _post("/people/{person_id:[0-9]+}/sign-out", Action.EDIT_PEOPLE, people.sign_out_everywhere),
    _get("/system", Action.SEE_SYSTEM, system.system),
    _get("/settings", Action.CHANGE_OWN_SETTINGS, own_settings.form),
    _post("/settings/look", Action.CHANGE_OWN_SETTINGS, own_settings.look),
    _post("/settings/password", Action.CHANGE_OWN_SETTINGS, own_settings.password),
    _post("/settings/sessions/revoke", Action.CHANGE_OWN_SETTINGS, own_settings.revoke),
    _get("/outbox", Action.SEE_SYSTEM, outbox.outbox),
    _post("/outbox/{item_id:[0-9]+}/retry", Action.TEND_OUTBOX, outbox.retry),
    _get("/sites", Action.EDIT_SITES, sites.sites),
    _get("/sites/new", Action.EDIT_SITES, sites.new),
    _post("/sites/new", Action.EDIT_SITES, sites.add),
    _get("/sites/{site_id:[0-9]+}", Action.EDIT_SITES, sites.edit),
    _post("/sites/{site_id:[0-9]+}", Action.EDIT_SITES, sites.save),
    _get("/f/{slug}", PUBLIC, public_forms.form),
    _post("/f/{slug}", PUBLIC, public_forms.send),
    _get("/f/{slug}/style.css", PUBLIC, public_forms.style),
    _get("/f/{slug}/logo", PUBLIC, public_forms.logo),
    _get("/s/{token}", PUBLIC, status.status),
    _post("/s/{token}/{action}", PUBLIC, status.act),
    _get("/s/{token}/files/{attachment_id:[0-9]+}", PUBLIC, status.own_file),
    _get("/tickets/{ticket_id:[0-9]+}/files/{attachment_id:[0-9]+}", Action.SEE_TICKETS, status.staff_file),
    _get("/unsubscribe/{key}", PUBLIC, subscriptions.ask),
    _post("/unsubscribe/{key}", FOREIGN, subscriptions.unsubscribe),
    _get("/embed.js", PUBLIC, embedding.script),
    _get("/api/forms/{slug}", PUBLIC, forms_api.describe),
    _post("/api/forms/{slug}", FOREIGN, forms_api.send),
    Route(method="OPTIONS", path="/api/forms/{slug}", policy=PUBLIC, handler=forms_api.preflight),
)
