"""Errors become HTTP here and nowhere else: Russian pages for people, `application/problem+json` for programs."""

import json
from collections.abc import Mapping

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.domain.errors import (
    CallCenterError,
    Conflict,
    Forbidden,
    InFlight,
    InvalidInput,
    Misconfigured,
    NotFound,
    NotSignedIn,
    Stale,
    TooManyAttempts,
    Unavailable,
    VersionRequired,
)
from callcenter.web.responses import page, sign_in_first
from callcenter.web.wording import N_

_STATUS: tuple[tuple[type[CallCenterError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (Stale, 412),
    (Conflict, 409),
    (VersionRequired, 428),
    (NotSignedIn, 401),
    (Forbidden, 403),
    (TooManyAttempts, 429),
    (Unavailable, 503),
    (Misconfigured, 500),
)

_SENTENCES: Mapping[int, tuple[str, str]] = {
    401: (N_("Sign in"), N_("Sign in and come back.")),
    403: (N_("Not allowed"), N_("Your roles do not include this. Ask an administrator if you need it.")),
    404: (N_("Not found"), N_("There is nothing at this address, or it was removed.")),
    405: (N_("Not possible"), N_("This address does not take such a request.")),
    408: (N_("Not accepted"), N_("What was sent did not arrive in time. Try again.")),
    409: (
        N_("Changed meanwhile"),
        N_("Somebody else changed this first. Nothing was saved; look at the present state."),
    ),
    412: (
        N_("Changed meanwhile"),
        N_("Somebody else changed this first. Nothing was saved; look at the present state."),
    ),
    413: (N_("Too large"), N_("What was sent is larger than this program accepts.")),
    422: (N_("Not accepted"), N_("Something in what was sent is missing or wrong.")),
    415: (N_("Not accepted"), N_("Something in what was sent is missing or wrong.")),
    428: (N_("Not accepted"), N_("Something in what was sent is missing or wrong.")),
    429: (N_("Too many attempts"), N_("Wait a little and try again.")),
    503: (
        N_("Not available now"),
        N_("The database cannot be reached. Nothing was lost or accepted; try again in a moment."),
    ),
    500: (
        N_("A fault of the program"),
        N_("It was recorded. Try again; if it repeats, tell your administrator."),
    ),
}

_RETRY_AFTER = "5"
_NO_HEADERS: Mapping[str, str] = {}
_log = structlog.get_logger(__name__)


def status_of(error: CallCenterError) -> int:
    """The HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def wants_json(request: web.Request) -> bool:
    """Programs ask for JSON or come to the API; people's browsers ask for pages."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error leaves as an answer that says what is wrong and what to do; unknown ones are logged."""
    try:
        return await handler(request)
    except CallCenterError as error:
        return await _answer(request, status_of(error), error.code, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await _answer(request, error.status, f"http_{error.status}", None, allow=_allow(error))
    except Exception:  # noqa: BLE001 - the outermost edge: people get a page, we get the traceback
        _log.exception("request failed", method=request.method, path=request.path)
        return await _answer(request, 500, "fault", None)


async def _answer(
    request: web.Request,
    status: int,
    code: str,
    error: CallCenterError | None,
    allow: Mapping[str, str] = _NO_HEADERS,
) -> web.StreamResponse:
    headers: dict[str, str] = dict(allow)
    if status == 503:
        headers["Retry-After"] = _RETRY_AFTER
    if status == 401 and request.path.startswith("/api/"):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, (TooManyAttempts, InFlight)) and "retry_after" in error.details:
        headers["Retry-After"] = str(error.details["retry_after"])
    title, advice = _SENTENCES.get(status, _SENTENCES[422 if status < 500 else 500])
    if wants_json(request):
        return _problem(status, code, title, error, headers)
    if status == 401:
        return sign_in_first(request)
    return await page(
        request,
        "error.html",
        {"status": status, "title": title, "advice": advice},
        status=status,
        headers=headers,
    )


def _allow(error: web.HTTPException) -> Mapping[str, str]:
    """RFC 9110, 15.5.6: who is told that a method is not taken is told which are."""
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else _NO_HEADERS


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (int, str, bool)) else str(value)


def _problem(
    status: int, code: str, title: str, error: CallCenterError | None, headers: Mapping[str, str]
) -> web.Response:
    body: dict[str, object] = {
        "type": f"urn:callcenter:{code}",
        "title": title,
        "status": status,
        "code": code,
    }
    if isinstance(error, InvalidInput):
        body["problems"] = error.problems
    if isinstance(error, (Conflict, Forbidden)):
        body["detail"] = str(error)
        body["now"] = {name: _plain(value) for name, value in error.details.items()}
    return web.Response(
        text=json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/problem+json",
        headers=headers,
    )
