"""The way in and out, and the question whether one is still in."""

from urllib.parse import urlsplit

from aiohttp import web

from callcenter.domain.errors import NotFound, NotSignedIn, TooManyAttempts
from callcenter.domain.people import Action, Person, may
from callcenter.services.sign_in import SignedIn
from callcenter.web.bodies import posted
from callcenter.web.forms import secret_field, text_field
from callcenter.web.keys import SERVICES
from callcenter.web.network import network_address
from callcenter.web.responses import LOCALE_COOKIE, page, see_other, visitor, words_of
from callcenter.web.translations import LOCALES
from callcenter.web.visitors import drop_session_cookie, set_session_cookie

_YEAR = 31_536_000


async def form(request: web.Request) -> web.Response:
    """The sign-in page; `?locale=` chooses its language for this browser."""
    chosen = request.query.get("locale")
    if chosen in LOCALES:
        response = see_other("/sign-in")
        response.set_cookie(
            LOCALE_COOKIE, str(chosen), max_age=_YEAR, path="/", samesite="Lax", httponly=True
        )
        return response
    return await _form(
        request, next_path=request.query.get("next", ""), reason=request.query.get("reason", "")
    )


async def with_password(request: web.Request) -> web.Response:
    """Sign in by login and password; a refusal says why and keeps the login."""
    fields = await posted(request)
    login = text_field(fields, "login", most=64)
    next_path = text_field(fields, "next")
    words = words_of(request)
    try:
        signed_in = await request.app[SERVICES].sign_in.with_password(
            login,
            secret_field(fields, "password"),
            address=network_address(request),
            user_agent=_browser(request),
        )
    except NotSignedIn:
        problem = words("The login or the password is wrong.")
        return await _form(request, next_path=next_path, login=login, problem=problem, status=401)
    except TooManyAttempts as error:
        wait = error.details["retry_after"]
        problem = words("Too many wrong passwords. Try again in %(seconds)s s.", seconds=wait)
        return await _form(request, next_path=next_path, login=login, problem=problem, status=429)
    return _welcome(request, signed_in, next_path)


async def once_form(request: web.Request) -> web.Response:
    """A one-time link asks for a press of a button: programs that look at links must not use them up."""
    return await page(request, "once.html", {"token": request.match_info["token"]})


async def once(request: web.Request) -> web.Response:
    """Sign in by the link."""
    words = words_of(request)
    try:
        signed_in = await request.app[SERVICES].sign_in.with_link(
            request.match_info["token"], user_agent=_browser(request)
        )
    except NotFound:
        problem = words("This link was used already or is too old. Ask for a new one.")
        return await _form(request, problem=problem, status=404)
    return _welcome(request, signed_in, "")


async def out(request: web.Request) -> web.Response:
    """End this session; its streams end with it."""
    who = visitor(request)
    await request.app[SERVICES].sign_in.end(who.person.id, who.session.token_sha256)
    response = see_other("/sign-in?reason=out")
    drop_session_cookie(request, response)
    return response


async def session(request: web.Request) -> web.Response:
    """Whether the session still holds; scripts ask after a lost connection."""
    return web.json_response({"person": visitor(request).person.id})


async def _form(
    request: web.Request,
    *,
    next_path: str = "",
    reason: str = "",
    login: str = "",
    problem: str = "",
    status: int = 200,
) -> web.Response:
    context = {"next": next_path, "reason": reason, "login": login, "problem": problem, "locales": LOCALES}
    return await page(request, "sign_in.html", context, status=status)


def _welcome(request: web.Request, signed_in: SignedIn, next_path: str) -> web.Response:
    response = see_other(_own_path(next_path) if next_path else _start_of(request, signed_in.person))
    set_session_cookie(request, response, signed_in.token, signed_in.session)
    return response


def _start_of(request: web.Request, person: Person) -> str:
    """Where his work is: the line for who answers it, the list for who distributes or executes."""
    if request.app[SERVICES].desk is None or may(person, Action.HANDLE_CALLS):
        return "/"
    if may(person, Action.MODERATE_TICKETS):
        return "/moderation"
    return "/my" if may(person, Action.WORK_ON_TICKETS) else "/"


def _own_path(path: str) -> str:
    """Only a path of this site; anything else leads to the start page.

    >>> [_own_path(each) for each in ("/calls", "//evil.example", "https://evil.example/", "/\\\\evil.example")]
    ['/calls', '/', '/', '/']
    """
    try:
        parts = urlsplit(path)
    except ValueError:  # `//[`
        return "/"
    own = (
        path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    )
    return path if own else "/"


def _browser(request: web.Request) -> str:
    # bytes of a header that are no UTF-8 arrive as halves of characters, which no database takes
    return request.headers.get("User-Agent", "").encode(errors="replace").decode()
