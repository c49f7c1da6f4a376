"""Tokens of programs; only signed-in administrators make and revoke them."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from callcenter.domain.people import Action
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, Id, Instant, Told
from callcenter.web.api.operation import ApiCall, operation


class TokenBody(Asked):
    """Whom the token acts as, within which scopes, and until when (a year at most)."""

    person_id: Id
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
    scopes: Annotated[list[Action], Field(min_length=1, max_length=len(Action))]
    expires_at: Instant


class Token(Told):
    """A token; `prefix` is its first letters, the rest is kept nowhere."""

    id: int
    person_id: int
    name: str
    prefix: str
    scopes: Annotated[list[Action], BeforeValidator(sorted)]
    created_at: datetime
    created_by: int
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class ListedToken(Told):
    """A token with whom it acts as."""

    token: Token
    person: answers.Person


class NewToken(Told):
    """A token just made; `secret` is the whole of it and is told only now."""

    token: Token
    secret: str


async def list_tokens(call: ApiCall) -> object:
    """Every token, newest first, the revoked ones included."""
    return await call.services.api_tokens.all(call.person)


async def create_token(call: ApiCall, body: TokenBody) -> object:
    """A new token; it is told only now."""
    return await call.services.api_tokens.create(
        call.person,
        person_id=body.person_id,
        name=body.name,
        scopes=frozenset(body.scopes),
        expires_at=body.expires_at,
    )


async def revoke_token(call: ApiCall) -> None:
    """The token opens nothing from now on."""
    await call.services.api_tokens.revoke(call.person, call.id("token_id"))


_EDIT = Action.EDIT_TOKENS
OPERATIONS = (
    operation("GET", "/tokens", _EDIT, list_tokens, answer=list[ListedToken], in_person=True),
    operation(
        "POST", "/tokens", _EDIT, create_token, answer=NewToken, status=201, in_person=True, secret=True
    ),
    operation("DELETE", "/tokens/{token_id}", _EDIT, revoke_token, in_person=True),
)
