"""Clients' status pages, and files by their addresses. Regulation: 2.2."""

from urllib.parse import quote

from aiohttp import web

from callcenter.domain.attachments import Attachment
from callcenter.domain.errors import InvalidInput, NotFound, TooManyAttempts, TransitionRefused
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path
from callcenter.web.keys import SERVICES
from callcenter.web.public.answers import onward, room, show
from callcenter.web.public.reading import text, typed


async def status(request: web.Request) -> web.Response:
    """The page."""
    return await _page(request, {}, {})


async def act(request: web.Request) -> web.Response:
    """Add a message, cancel, confirm, rate or reopen; then the page as it is now."""
    token, action, pages = (
        request.match_info["token"],
        request.match_info["action"],
        room(request).status_pages,
    )
    form = await posted(request)
    fields = typed(form)
    rating = text(form, "rating", 1)
    try:
        match action:
            case "write":
                await pages.write(token, fields["message"])
            case "cancel":
                await pages.cancel(token, fields["comment"])
            case "confirm":
                await pages.confirm(token, rating=_stars(rating, required=False), comment=fields["comment"])
            case "rate":
                stars = _stars(rating, required=True)
                assert stars is not None
                await pages.rate(token, rating=stars, comment=fields["comment"])
            case "reopen":
                await pages.reopen(token, fields["message"])
            case _:
                raise NotFound(f"no such action {action[:20]}")
    except InvalidInput as error:
        return await _page(request, fields, error.problems, action=action, status=422)
    except TooManyAttempts:
        return await _page(request, fields, {"form": "too_many_forms"}, action=action, status=429)
    except TransitionRefused:
        return await _page(request, fields, {"form": "changed_meanwhile"}, action=action, status=409)
    return onward(request, f"/s/{token}?done={action}")


def _stars(value: str, *, required: bool) -> int | None:
    if not value and not required:
        return None
    if value not in {"1", "2", "3", "4", "5"}:
        raise InvalidInput({"rating": "choice"})
    return int(value)


async def _page(
    request: web.Request,
    fields: dict[str, str],
    problems: dict[str, str],
    *,
    action: str = "",
    status: int = 200,
) -> web.Response:
    token = request.match_info["token"]
    view = await room(request).status_pages.open(token)
    context = {
        "view": view,
        "ticket": view.ticket,
        "actions": {str(each) for each in view.actions},
        "token": token,
        "sent": "sent" in request.query,
        "done": request.query.get("done", ""),
        "fields": {"message": "", "comment": "", **fields},
        "problems": problems,
        "failed": action,
    }
    return show(request, "status.html", context, site=view.site, status=status)


async def own_file(request: web.Request) -> web.Response:
    """A file that the client attached himself."""
    token, attachment_id = request.match_info["token"], number_in_path(request, "attachment_id")
    found, body = await room(request).status_pages.attachment(token, attachment_id)
    return download(found, body)


async def staff_file(request: web.Request) -> web.Response:
    """A ticket's file for those who may see tickets."""
    ticket_id, attachment_id = number_in_path(request, "ticket_id"), number_in_path(request, "attachment_id")
    async with request.app[SERVICES].open_uow(write=False) as uow:
        found = await uow.attachments.by_id(attachment_id)
    if found is None or found.ticket_id != ticket_id:
        raise NotFound("no such attachment")
    return download(found, await room(request).files.read(found.stored_name))


def download(attachment: Attachment, body: bytes) -> web.Response:
    """Never shown in the browser, never run: a hostile file stays a file."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(attachment.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=body, content_type="application/octet-stream", headers=headers)
