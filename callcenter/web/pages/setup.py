"""The administrator's and supervisor's sections in one list, and what their pages share."""

from collections.abc import Callable, Mapping

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.domain.people import Action
from callcenter.web.administration_room import AdministrationRoom
from callcenter.web.keys import SERVICES
from callcenter.web.responses import page, visitor, words_of
from callcenter.web.wording import N_

SECTIONS: tuple[tuple[str, Action, str, str], ...] = (
    ("/people", Action.EDIT_PEOPLE, N_("People"), N_("Who works here, roles, phones, sign-in links.")),
    (
        "/staffing",
        Action.SEE_STAFFING,
        N_("Shifts and leave"),
        N_("Who is at work, and what each one serves."),
    ),
    ("/topics", Action.EDIT_TOPICS, N_("Topics"), N_("The tree that requests are sorted by.")),
    (
        "/products",
        Action.EDIT_PRODUCTS,
        N_("Products and developers"),
        N_("Programs, their developers, terms of support."),
    ),
    ("/targets", Action.SEE_TARGETS, N_("Targets"), N_("How long each step may take, with the history.")),
    ("/calendar", Action.SEE_TARGETS, N_("Calendar"), N_("Working days, holidays, moved days.")),
    ("/letters", Action.EDIT_LETTERS, N_("Letters"), N_("The words of every letter, in both languages.")),
    ("/sites", Action.EDIT_SITES, N_("Public forms"), N_("The hotline's form and those of other sites.")),
    ("/webhooks", Action.EDIT_WEBHOOKS, N_("Webhooks"), N_("Programs that are told of what happens.")),
    ("/tokens", Action.EDIT_TOKENS, N_("API tokens"), N_("Other programs that may ask and act here.")),
    ("/outbox", Action.SEE_SYSTEM, N_("Outgoing"), N_("Letters and webhooks: waiting, sent, refused.")),
    ("/audit", Action.READ_WHOLE_AUDIT, N_("Audit"), N_("Who did what, when and why; whether it is whole.")),
)
"""Address, who may, name, and what is there."""

_PROBLEMS: Mapping[str, str] = {
    "required": N_("Fill in this field."),
    "too_long": N_("This is too long."),
    "unknown": N_("There is no such thing any more."),
    "choice": N_("Choose one of the list."),
    "reversed": N_("The end comes before the beginning."),
    "overlap": N_("These hours overlap."),
    "hours": N_("Write hours as 9:00-13:00, 14:00-18:00."),
    "date": N_("Write a date as 23.11.2026."),
    "moment": N_("Write date and time as 23.11.2026 9:00."),
    "email": N_("This is not a mail address."),
    "spaces": N_("Letters and digits without spaces."),
    "loop": N_("A topic cannot stand under itself."),
    "too_deep": N_("The tree is at most four levels deep."),
    "number": N_("Write a whole number."),
    "minutes": N_("From 1 minute to 30 days, in minutes."),
    "past": N_("It cannot begin in the past."),
    "before_last": N_("It cannot begin before the last change."),
    "web_address": N_("An address begins with https://."),
    "taken": N_("There is one already."),
    "wrong_type": N_("A picture is expected: PNG, JPEG, WebP or GIF."),
    "too_large": N_("The picture is too large: at most 256 KiB and 2000 pixels a side."),
    "not_a_picture": N_("The file cannot be read as a picture."),
}


def room(request: web.Request) -> AdministrationRoom:
    """The services of these screens; NotFound where the program runs without them."""
    found = request.app[SERVICES].administration
    if found is None:
        raise NotFound("administration is switched off")
    return found


def said_problems(request: web.Request, problems: Mapping[str, str]) -> dict[str, str]:
    """What is wrong by field, in the person's language."""
    words = words_of(request)
    return {field: words(_PROBLEMS.get(key, N_("Not accepted"))) for field, key in problems.items()}


def translated(request: web.Request) -> Callable[[str], str]:
    """Says a marked message in the person's language."""
    words = words_of(request)
    return lambda message: words(message)


async def sections(request: web.Request) -> web.Response:
    """Everything this person may set up or check."""
    words, may = words_of(request), visitor(request).may
    room(request)
    rows = [(path, words(name), words(about)) for path, action, name, about in SECTIONS if may(action)]
    return await page(request, "admin_setup.html", {"rows": rows})
