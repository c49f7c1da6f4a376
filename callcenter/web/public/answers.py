"""How public pages are answered: their own layout, their language, and who may show them in a frame."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.domain.sites import Site, frame_ancestors
from callcenter.web.keys import CLOCK, RENDERER, SERVICES, SETTINGS
from callcenter.web.public.room import PublicRoom
from callcenter.web.public.wording import say_field, say_problem, say_state
from callcenter.web.responses import LOCALE_COOKIE
from callcenter.web.translations import DEFAULT_LOCALE, LOCALES

ALLOWED_ORIGIN: web.RequestKey[str] = web.RequestKey("allowed_origin", str)
"""The other site's origin whose scripts may read the answer."""


def room(request: web.Request) -> PublicRoom:
    """The services of public pages; NotFound where the program runs without them."""
    found = request.app[SERVICES].public
    if found is None:
        raise NotFound("public pages are switched off")
    return found


def locale_of(request: web.Request) -> str:
    """`?lang=` (frames have no cookies), else the cookie, else Russian."""
    asked = request.query.get("lang") or request.cookies.get(LOCALE_COOKIE, DEFAULT_LOCALE)
    return asked if asked in LOCALES else DEFAULT_LOCALE


def content_security_policy(origins: Sequence[str]) -> str:
    """Own files only, and shown in frames of these origins only."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            frame_ancestors(origins),
        )
    )


def show(
    request: web.Request,
    template: str,
    context: Mapping[str, object],
    *,
    site: Site | None = None,
    status: int = 200,
    locale: str | None = None,
) -> web.Response:
    """A public page in the brand of its site."""
    settings, locale = request.app[SETTINGS], locale or locale_of(request)
    words = request.app[RENDERER].words(locale)
    text = request.app[RENDERER].render(
        f"public/{template}",
        locale,
        request.app[CLOCK].now(),
        {
            "settings": settings,
            "site": site,
            "locales": LOCALES,
            "path": request.path,
            "embedded": "embedded" in request.query,
            "say_problem": lambda key: say_problem(key, words),
            "say_field": lambda name: say_field(name, words),
            "say_state": lambda ticket: say_state(ticket, words),
            **context,
        },
    )
    headers = {
        "Content-Security-Policy": content_security_policy(site.allowed_origins if site else ()),
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def onward(request: web.Request, path: str) -> web.Response:
    """After a change: look at the result there, in the same language and the same frame."""
    kept = [
        f"{name}={request.query[name]}" for name in ("lang", "embedded") if _plain(request.query.get(name))
    ]
    joint = "&" if "?" in path else "?"
    return web.Response(status=303, headers={"Location": path + (joint + "&".join(kept) if kept else "")})


def _plain(value: str | None) -> bool:
    return value is not None and value.isascii() and value.isalnum()


async def let_the_site_read(request: web.Request, response: web.StreamResponse) -> None:
    """`on_response_prepare` signal: the forms' API may be read by pages of the site's origins, errors included."""
    origin = request.get(ALLOWED_ORIGIN)
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.path.startswith("/api/forms/"):
        response.headers["Vary"] = "Origin"
