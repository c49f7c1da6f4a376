"""How handlers answer: a page of the shell, a part of one, a redirect."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from aiohttp import web

from callcenter.domain.people import Action
from callcenter.web.keys import CLOCK, RENDERER, SERVICES, SETTINGS, VISITOR, Visitor
from callcenter.web.shell_state import shell_state
from callcenter.web.translations import DEFAULT_LOCALE, LOCALES, Words

LOCALE_COOKIE = "locale"


def visitor(request: web.Request) -> Visitor:
    """The signed-in person of a request whose route has a policy; `KeyError` on a public route is our mistake."""
    return request[VISITOR]


def locale_of(request: web.Request) -> str:
    """The person's language; before he signs in, what he chose on the sign-in page, else Russian."""
    known = request.get(VISITOR)
    if known is not None:
        return str(known.person.locale)
    chosen = request.cookies.get(LOCALE_COOKIE, DEFAULT_LOCALE)
    return chosen if chosen in LOCALES else DEFAULT_LOCALE


def words_of(request: web.Request) -> Words:
    """The words of the request's language."""
    return request.app[RENDERER].words(locale_of(request))


def is_swap(request: web.Request) -> bool:
    """True when htmx asks for the main region only; a page restored from history is asked for whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def text_of(request: web.Request, template: str, context: Mapping[str, object]) -> str:
    """A template's text in the request's language."""
    known = request.get(VISITOR)
    settings = request.app[SETTINGS]
    return request.app[RENDERER].render(
        template,
        locale_of(request),
        request.app[CLOCK].now(),
        {
            "person": known.person if known else None,
            "may": known.may if known else lambda action: False,
            "Action": Action,
            "settings": settings,
            "has_desk": request.app[SERVICES].desk is not None,
            "has_reports": request.app[SERVICES].reports is not None,
            "has_administration": request.app[SERVICES].administration is not None,
            "has_dialer": request.app[SERVICES].callbacks is not None,
            **context,
        },
    )


async def page(
    request: web.Request,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """A page: whole with its shell, or only its main region when htmx swaps."""
    layout = _layout(request)
    shell = await shell_state(request.app, request[VISITOR]) if layout == "shell.html" else None
    return web.Response(
        text=text_of(request, template, {**context, "layout": layout, "shell": shell}),
        status=status,
        content_type="text/html",
        headers={"Vary": "HX-Request", **(headers or {})},
    )


def part(request: web.Request, template: str, context: Mapping[str, object]) -> web.Response:
    """A piece of a page, without any shell."""
    return web.Response(text=text_of(request, template, context), content_type="text/html")


def see_other(path: str) -> web.Response:
    """After a change: look at the result there (303); never a path from outside."""
    return web.Response(status=303, headers={"Location": path})


def sign_in_first(request: web.Request) -> web.Response:
    """To the sign-in page and back; htmx is told to leave the shell."""
    # what a query held (a softphone's number) is not carried along: it would stand in an address
    path = request.path if request.method == "GET" else _page_before(request)
    back = path if not path.startswith(("/sign", "/pop")) else "/"
    target = f"/sign-in?next={quote(back)}" if back != "/" else "/sign-in"
    if "HX-Request" in request.headers:
        return web.Response(status=401, headers={"HX-Redirect": target})
    return see_other(target)


def _page_before(request: web.Request) -> str:
    """The page whose form was sent: he comes back to it, and what he typed is still there."""
    told = str(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    try:
        seen = urlsplit(told)
    except ValueError:
        return "/"
    ours = seen.netloc == request.host and seen.path.startswith("/") and seen.path.isascii()
    return seen.path if ours else "/"


def _layout(request: web.Request) -> str:
    if VISITOR not in request:
        return "public.html"
    return "swap.html" if is_swap(request) else "shell.html"
