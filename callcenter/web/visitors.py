"""Who asks: the session behind the cookie, and the one policy question every request is asked.

The route table names the policy; a route that is not in it cannot be reached.
"""

from datetime import datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.domain.errors import Forbidden, NotSignedIn
from callcenter.domain.people import Action, Session
from callcenter.services.sign_in import fingerprint
from callcenter.web.api.bearer import bearer_of, by_token
from callcenter.web.keys import CLOCK, POLICIES, SERVICES, SETTINGS, VISITOR, Visitor
from callcenter.web.policy import Public


@web.middleware
async def ask_policy(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the request through if its route's policy allows this person.

    Raises:
        NotSignedIn: the route wants a person and there is none.
        Forbidden: his roles do not include the action.
    """
    if request.match_info.http_exception is not None:
        return await handler(request)
    policy = request.app[POLICIES][request.match_info.route]
    if isinstance(policy, Public):
        return await handler(request)
    found = await bearer_of(request) if by_token(request) else await visitor_of(request)
    if found is None:
        raise NotSignedIn
    request[VISITOR] = found
    if not found.may(Action(policy)):
        raise Forbidden(f"{policy} is not among the person's actions", action=str(policy))
    return await handler(request)


async def visitor_of(request: web.Request) -> Visitor | None:
    """The person behind the request's cookie, if his session and he himself are still valid."""
    token = request.cookies.get(request.app[SETTINGS].session_cookie)
    if not token or len(token) > 200 or not token.isascii():
        return None
    now = request.app[CLOCK].now()
    async with request.app[SERVICES].open_uow(write=False) as uow:
        session = await uow.sessions.by_token(fingerprint(token))
        if session is None or session.expires_at <= now:
            return None
        person = await uow.people.by_id(session.person_id)
    if person is None or not person.active:
        return None
    return Visitor(person=person, session=session)


async def is_over(app: web.Application, session: Session, now: datetime) -> bool:
    """Whether a session that was valid is so no longer: revoked, expired, or its person dismissed."""
    async with app[SERVICES].open_uow(write=False) as uow:
        stored = await uow.sessions.by_token(session.token_sha256)
        person = await uow.people.by_id(session.person_id)
    return stored is None or stored.expires_at <= now or person is None or not person.active


def set_session_cookie(request: web.Request, response: web.Response, token: str, session: Session) -> None:
    """Give the browser its token: unreadable to scripts, sent to this host only, gone when the session ends."""
    settings = request.app[SETTINGS]
    age = session.expires_at - request.app[CLOCK].now()
    response.set_cookie(
        settings.session_cookie,
        token,
        max_age=int(age.total_seconds()),
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="Lax",
    )


def drop_session_cookie(request: web.Request, response: web.Response) -> None:
    """Take the token back."""
    settings = request.app[SETTINGS]
    response.del_cookie(
        settings.session_cookie, path="/", secure=settings.secure, httponly=True, samesite="Lax"
    )
