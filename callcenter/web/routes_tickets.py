"""Addresses of the list of all tickets, of questions among colleagues, and of what is done beside a ticket."""

from callcenter.domain.people import Action
from callcenter.web.pages import moderation, questions, ticket_beside, ticket_work, tickets
from callcenter.web.route import Route, get, post

_TICKET = "/tickets/{ticket_id:[0-9]+}"

TICKET_ROUTES: tuple[Route, ...] = (
    get("/tickets", Action.SEE_TICKETS, tickets.tickets),
    post("/tickets", Action.SEE_TICKETS, tickets.found),
    get("/tickets/rows", Action.SEE_TICKETS, tickets.rows),
    post("/tickets/export", Action.EXPORT_TICKETS, tickets.export),
    post("/tickets/views", Action.SEE_TICKETS, tickets.keep),
    post("/tickets/views/{view_id:[0-9]+}/drop", Action.SEE_TICKETS, tickets.drop),
    post("/moderation", Action.MODERATE_TICKETS, moderation.do_many),
    post(f"{_TICKET}/classify", Action.MODERATE_TICKETS, ticket_work.classify),
    post(f"{_TICKET}/classify/deadline", Action.MODERATE_TICKETS, ticket_beside.deadline),
    get("/questions", Action.NOTE_ON_TICKETS, questions.questions),
    post(f"{_TICKET}/ask", Action.NOTE_ON_TICKETS, ticket_work.ask),
    post(f"{_TICKET}/reply", Action.NOTE_ON_TICKETS, ticket_work.reply),
    get(f"{_TICKET}/similar", Action.SEE_TICKETS, ticket_beside.similar),
    get(f"{_TICKET}/dossier", Action.HAND_OVER_TICKETS, ticket_beside.dossier),
    post(f"{_TICKET}/remote", Action.WORK_ON_TICKETS, ticket_work.remote),
    post(f"{_TICKET}/remote/end", Action.WORK_ON_TICKETS, ticket_work.end_remote),
)
