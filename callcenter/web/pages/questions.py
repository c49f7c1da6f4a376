"""«Вопросы»: what colleagues asked this person and he has not answered. Regulation: 2.5."""

from aiohttp import web

from callcenter.web.keys import SERVICES
from callcenter.web.pages.desk_parts import desk_of
from callcenter.web.responses import page, visitor


async def questions(request: web.Request) -> web.Response:
    """The list, oldest first; an answer takes its question away."""
    asked = await desk_of(request).work.questions(visitor(request).person)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        names = {each.id: each.name for each in await uow.people.all()}
    return await page(request, "questions.html", {"asked": asked, "names": names})
