"""Headers of every answer, and the check that an unsafe request comes from our own pages."""

from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.domain.errors import Forbidden
from callcenter.web.api.bearer import by_token
from callcenter.web.keys import POLICIES, SETTINGS
from callcenter.web.policy import FOREIGN

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=()",
}


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """`on_response_prepare` signal: streams and errors get the headers too."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.app[SETTINGS].secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def is_same_origin(request: web.Request) -> bool:
    """Whether the browser says the request was made by one of our pages.

    `Sec-Fetch-Site` is set by the browser and cannot be forged by a page; older browsers send `Origin` with
    every unsafe request. A request with neither did not come from a browser's page and has no business here.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and origin in (
        request.app[SETTINGS].origin,
        f"{request.scheme}://{request.host}",
    )


@web.middleware
async def refuse_foreign_origins(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Unsafe methods only from our own pages (cross-site request forgery), but for routes that act for nobody.

    Where nothing lives nothing can be done: that is said as it is, 404 or 405.
    """
    if request.match_info.http_exception is not None:
        return await handler(request)
    if "\x00" in request.path:
        raise web.HTTPNotFound  # no database takes it in a text, and nothing of ours is called so
    foreign = request.app[POLICIES].get(request.match_info.route) is FOREIGN or by_token(request)
    if request.method not in _SAFE and not foreign and not is_same_origin(request):
        raise Forbidden("the request did not come from this site", why="foreign_origin")
    return await handler(request)
