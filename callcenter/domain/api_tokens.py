"""Tokens by which programs ask the API: whose rights they carry, how much of them, and how long."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.domain.people import Action

PREFIX = "hct_"
"""Every token begins so, for scanners of leaked secrets."""
SHOWN_PREFIX = 10
LONGEST_LIFE = timedelta(days=366)
LONGEST_NAME = 100
NEVER_LENT = frozenset({Action.EDIT_TOKENS})
"""What no token may do: a token that makes tokens would outlive its own revocation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiToken:
    """A program's key. It acts as its person, within `scopes`; only its SHA-256 and its first letters are stored."""

    id: int
    person_id: int
    name: str
    prefix: str
    token_sha256: str = field(repr=False)
    scopes: frozenset[Action]
    created_at: datetime
    created_by: int
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def good(self, now: datetime) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and now < self.expires_at


def problems_of(token: ApiToken) -> dict[str, str]:
    """What is wrong with a new token, by field: no name, no scopes, or a life longer than a year."""
    problems = {}
    if not token.name:
        problems["name"] = "required"
    elif len(token.name) > LONGEST_NAME:
        problems["name"] = "too_long"
    if not token.scopes:
        problems["scopes"] = "required"
    elif token.scopes & NEVER_LENT:
        problems["scopes"] = "choice"
    if not token.created_at < token.expires_at <= token.created_at + LONGEST_LIFE:
        problems["expires_at"] = "out_of_range"
    return problems
