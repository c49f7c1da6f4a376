"""A client's own request by its unguessable link, for sites that draw their own page. Regulation: 2.2.

The same services and the same guard as the page itself; the link is all the right there is.
"""

from aiohttp import web

from callcenter.web.api.binding import parsed
from callcenter.web.api.public_bodies import (
    ClosingBody,
    CommentBody,
    MessageBody,
    RatingBody,
    RequestStatus,
    StatusFile,
    StatusMessage,
)
from callcenter.web.bodies import body_of
from callcenter.web.keys import RENDERER
from callcenter.web.public.answers import locale_of, room
from callcenter.web.public.status import own_file
from callcenter.web.public.wording import say_state


async def show(request: web.Request) -> web.Response:
    """How the request stands, what was written, and what its client may do now."""
    view = await room(request).status_pages.open(_token(request))
    ticket, words = view.ticket, request.app[RENDERER].words(locale_of(request))
    told = RequestStatus(
        number=ticket.number,
        status=ticket.status,
        said=say_state(ticket, words),
        subject=ticket.subject,
        text=ticket.text,
        sent_at=ticket.arrival,
        answer=ticket.answer,
        answer_by=view.answer_by,
        rating=ticket.rating,
        actions=sorted(view.actions),
        messages=[StatusMessage(at=each.at, kind=each.kind, text=each.text) for each in view.messages],
        files=[StatusFile(id=each.id, name=each.name, size=each.size) for each in view.attachments],
    )
    return web.Response(text=told.model_dump_json(), content_type="application/json")


async def write(request: web.Request) -> web.Response:
    """Add a message."""
    body = parsed(MessageBody, await _json(request))
    await room(request).status_pages.write(_token(request), body.text)
    return await show(request)


async def cancel(request: web.Request) -> web.Response:
    """Take the request back."""
    body = parsed(CommentBody, await _json(request))
    await room(request).status_pages.cancel(_token(request), body.comment)
    return await show(request)


async def confirm(request: web.Request) -> web.Response:
    """The solution is right: the request is closed."""
    body = parsed(ClosingBody, await _json(request))
    await room(request).status_pages.confirm(_token(request), rating=body.rating, comment=body.comment)
    return await show(request)


async def rate(request: web.Request) -> web.Response:
    """Say how it was."""
    body = parsed(RatingBody, await _json(request))
    await room(request).status_pages.rate(_token(request), rating=body.rating, comment=body.comment)
    return await show(request)


async def reopen(request: web.Request) -> web.Response:
    """The question remains."""
    body = parsed(CommentBody, await _json(request))
    await room(request).status_pages.reopen(_token(request), body.comment)
    return await show(request)


async def file(request: web.Request) -> web.Response:
    """A file that the client attached himself."""
    return await own_file(request)


def _token(request: web.Request) -> str:
    return request.match_info["token"]


async def _json(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    return await body_of(request)
