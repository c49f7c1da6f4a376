"""One snippet puts a form into another site's page: `<script src="…/embed.js" data-site="…" async></script>`."""

from aiohttp import web

from callcenter.web.keys import STATIC


async def script(request: web.Request) -> web.Response:
    """The embedding script, readable from every site; what it shows is guarded by the form's frame-ancestors."""
    response = request.app[STATIC].respond("build/embed.js", request)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
