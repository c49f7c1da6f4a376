"""What the screens of frequent questions and of staffing share."""

from collections.abc import Mapping

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.domain.people import Action
from callcenter.web.keys import SERVICES
from callcenter.web.question_room import QuestionRoom
from callcenter.web.responses import visitor


def room_of(request: web.Request) -> QuestionRoom:
    """The services; NotFound where the program runs without them."""
    room = request.app[SERVICES].questions
    if room is None:
        raise NotFound("the program runs without reports")
    return room


def tab(request: web.Request, here: str) -> Mapping[str, object]:
    """What the row of report tabs needs."""
    return {"here": here, "has_questions": True, "may_mail": visitor(request).may(Action.EDIT_REPORTS)}
