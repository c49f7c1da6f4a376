"""Who asks the API: a program by its token, or a signed-in person's browser by its session."""

from aiohttp import web

from callcenter.domain.api_tokens import ApiToken
from callcenter.domain.errors import NotSignedIn
from callcenter.domain.people import Session
from callcenter.web.api.limits import WRONG_TOKENS
from callcenter.web.keys import CLOCK, SERVICES, Visitor
from callcenter.web.network import network_address

BEARER: web.RequestKey[ApiToken] = web.RequestKey("bearer", ApiToken)
_ROOT = "/api/v1/"


def by_token(request: web.Request) -> bool:
    """Whether this is an API request that names a token.

    No page of another site can make a browser send one, so such a request needs no check of its origin.
    """
    return request.path.startswith(_ROOT) and "Authorization" in request.headers


async def bearer_of(request: web.Request) -> Visitor:
    """The person the token acts as, narrowed to its scopes. RFC 6750.

    Raises:
        NotSignedIn: the token is unknown, revoked, expired, or its person was dismissed.
        TooManyAttempts: too many wrong tokens came from this address.
    """
    kind, _, secret = request.headers["Authorization"].partition(" ")
    found = None
    if kind.lower() == "bearer":
        found = await request.app[SERVICES].api_tokens.bearer(secret.strip())
    if found is None:
        request.app[WRONG_TOKENS].take(network_address(request), request.app[CLOCK].now())
        raise NotSignedIn("the token is not good")
    token = found.token
    request[BEARER] = token
    session = Session(
        token_sha256=token.token_sha256,
        person_id=token.person_id,
        created_at=token.created_at,
        expires_at=token.expires_at,
        user_agent=token.name,
    )
    return Visitor(person=found.person, session=session)
