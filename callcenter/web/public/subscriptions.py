"""Switching optional letters off, by a page or by the mail program's own button (RFC 8058)."""

from aiohttp import web

from callcenter.web.public.answers import room, show


async def ask(request: web.Request) -> web.Response:
    """A page with one button: programs that look at every link must not unsubscribe anybody."""
    return show(request, "unsubscribe.html", {"done": False})


async def unsubscribe(request: web.Request) -> web.Response:
    """Done."""
    await room(request).unsubscribing.opt_out(request.match_info["key"])
    return show(request, "unsubscribe.html", {"done": True})
