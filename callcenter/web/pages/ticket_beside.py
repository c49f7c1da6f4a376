"""What is fetched beside a ticket when it is needed: past answers, the vendor's dossier, a deadline to be."""

from aiohttp import web

from callcenter.domain.errors import InvalidInput
from callcenter.web.bodies import posted
from callcenter.web.desk_wording import say_problems
from callcenter.web.forms import number_in_path
from callcenter.web.pages.desk_parts import desk_of, kind_and_priority
from callcenter.web.responses import part, visitor, words_of


async def similar(request: web.Request) -> web.Response:
    """What was answered to requests like this one. Regulation: 2.5, 2.7."""
    ticket_id = number_in_path(request, "ticket_id")
    found = await desk_of(request).knowledge.similar(visitor(request).person, ticket_id)
    return part(request, "similar_answers.html", {"answers": found})


async def dossier(request: web.Request) -> web.Response:
    """What would go to the vendor, to be read before it does. Regulation: 2.6."""
    ticket_id = number_in_path(request, "ticket_id")
    try:
        found = await desk_of(request).handover.dossier(visitor(request).person, ticket_id)
    except InvalidInput as error:
        said = say_problems(error.problems, words_of(request))
        return part(request, "dossier.html", {"dossier": None, "problems": said})
    return part(request, "dossier.html", {"dossier": found, "problems": {}})


async def deadline(request: web.Request) -> web.Response:
    """When it would have to be answered, were it what the form says. Regulation: 2.7, 2.8."""
    desk, by = desk_of(request), visitor(request).person
    ticket_id = number_in_path(request, "ticket_id")
    try:
        kind, priority = kind_and_priority(await posted(request))
    except InvalidInput:
        return part(request, "deadline.html", {"due_at": None})
    due_at = await desk.moderation.deadline_if(by, ticket_id, kind=kind, priority=priority)
    return part(request, "deadline.html", {"due_at": due_at})
