"""Style sheets, scripts, fonts and icons."""

from aiohttp import web

from callcenter.web.keys import STATIC


async def file(request: web.Request) -> web.Response:
    """One file, from memory."""
    return request.app[STATIC].respond(request.match_info["path"], request)
