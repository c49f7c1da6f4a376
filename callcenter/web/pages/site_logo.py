"""The picture of a public form: uploaded, drawn anew, taken away."""

from aiohttp import web

from callcenter.domain.errors import InvalidInput
from callcenter.services.sites import LARGEST_LOGO
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path
from callcenter.web.pages.sites import shown
from callcenter.web.pictures import redrawn
from callcenter.web.public.answers import room
from callcenter.web.responses import see_other, visitor


async def upload(request: web.Request) -> web.Response:
    """Use this picture; what is wrong with it is said beside the field."""
    site_id = number_in_path(request, "site_id")
    sent = (await posted(request)).get("logo")
    body = sent.file.read(LARGEST_LOGO + 1) if isinstance(sent, web.FileField) else b""
    try:
        if not body:
            raise InvalidInput({"logo": "required"})
        if len(body) > LARGEST_LOGO:
            raise InvalidInput({"logo": "too_large"})
        await room(request).sites.set_logo(site_id, await redrawn(body), by=visitor(request).person)
    except InvalidInput as error:
        return await shown(request, error.problems)
    return see_other(f"/sites/{site_id}")


async def drop(request: web.Request) -> web.Response:
    """Take the picture away."""
    site_id = number_in_path(request, "site_id")
    await room(request).sites.set_logo(site_id, None, by=visitor(request).person)
    return see_other(f"/sites/{site_id}")
