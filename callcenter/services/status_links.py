"""The unguessable addresses that clients get by mail: status pages and unsubscribing. Regulation: 2.2.

An address is a signature of the installation's key over the ticket and a stored nonce: the store keeps only a hash,
so who reads the database cannot open anybody's page, and yet every later letter can name the same address.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.forms import StatusLink
from callcenter.domain.signing import Signer, sha256
from callcenter.ports.outside import Forms
from callcenter.ports.people import NewToken


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicLinks:
    """Makes addresses below `base_url` (without a slash at its end)."""

    signer: Signer
    base_url: str
    new_token: NewToken | Callable[[], str]

    def status_token(self, ticket_id: int, nonce: str) -> str:
        """The last part of a status page's address."""
        return self.signer.sign("status", f"{ticket_id}:{nonce}")

    def status_url(self, ticket_id: int, nonce: str) -> str:
        """A status page's whole address."""
        return f"{self.base_url}/s/{self.status_token(ticket_id, nonce)}"

    def sign_in_token(self, nonce: str) -> str:
        """The token of a one-time sign-in link that is mailed: the outbox keeps only the nonce."""
        return self.signer.sign("sign-in", nonce)

    def sign_in_url(self, nonce: str) -> str:
        """A mailed sign-in link's whole address."""
        return f"{self.base_url}/sign-in/once/{self.sign_in_token(nonce)}"

    def address_key(self, address: str) -> str:
        """What is stored and shown of a mail or network address: tells equal ones, reveals none."""
        return self.signer.sign("address", address.strip().casefold())

    def unsubscribe_url(self, address: str) -> str:
        """Where the owner of a mail address switches optional letters off."""
        return f"{self.base_url}/unsubscribe/{self.address_key(address)}"

    async def ensure(self, forms: Forms, ticket_id: int, now: datetime) -> StatusLink:
        """The ticket's status link, made when it has none yet (a ticket that began as a call)."""
        known = await forms.link_of(ticket_id)
        if known is not None:
            return known
        nonce = self.new_token()[:64]
        token = self.status_token(ticket_id, nonce)
        link = StatusLink(ticket_id=ticket_id, nonce=nonce, token_sha256=sha256(token), created_at=now)
        await forms.set_link(link)
        return link
