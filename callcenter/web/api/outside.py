"""What comes in through public forms and what leaves the house: sites, webhooks, the outbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.notices import OutboxKind, OutboxState, Webhook
from callcenter.domain.people import Action
from callcenter.domain.sites import Site, SiteKind
from callcenter.domain.story import actor_of
from callcenter.services.sites import LARGEST_LOGO
from callcenter.services.webhooks import EVENTS
from callcenter.web.api.fields import Asked, Id, Line, Name, OptionalWords, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.pictures import redrawn

Address = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[\x21-\x7e]*$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f]*$")]
Event = Annotated[str, Field(json_schema_extra={"enum": ["*", *sorted(EVENTS)]}, max_length=40)]
Sorted = Annotated[list[str], BeforeValidator(sorted)]


class SiteBody(Asked):
    """A public form; `products` are codes, `allowed_origins` may embed it."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    kind: SiteKind = SiteKind.CARE
    name: Name
    intro: OptionalWords = ""
    accent: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")] = "#0b5cad"
    products: list[Code] = Field(default=[], max_length=200)
    allowed_origins: list[Address] = Field(default=[], max_length=50)
    address: Line = ""
    active: bool = True


class WebhookBody(Asked):
    """Where to tell of what; `allow_private`: also an address inside the house."""

    url: Address
    events: Annotated[list[Event], Field(min_length=1, max_length=20)]
    allow_private: bool = False
    active: bool = True


class OutboxQuery(Asked):
    """Which rows, and where to go on."""

    state: OutboxState | None = None
    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class SiteTold(Told):
    """A public form."""

    id: int
    slug: str
    kind: SiteKind
    name: str
    intro: str
    accent: str
    products: list[str]
    allowed_origins: list[str]
    address: str
    active: bool


class WebhookTold(Told):
    """A webhook; its secret was shown when it was made."""

    id: int
    url: str
    events: Sorted
    allow_private: bool
    active: bool


class NewWebhook(WebhookTold):
    """A webhook just made; `secret` signs what it gets and is told only now."""

    secret: str


class RotatedSecret(Told):
    """The secret that signs from the next delivery on; it is told only now."""

    secret: str


class QueuedTrial(Told):
    """The outbox row of the trial."""

    outbox_id: int


class OutboxItem(Told):
    """A letter or a webhook's message on its way; what it says is not repeated here."""

    id: int
    kind: OutboxKind
    name: str
    to: str
    ticket_id: int | None
    state: OutboxState
    attempts: int
    last_error: str
    created_at: datetime
    next_try_at: datetime
    give_up_at: datetime
    settled_at: datetime | None


class OutboxPage(Told):
    """Newest first; go on with `before` set to `next`. `overdue_since`: when the oldest due row should have gone."""

    counts: dict[OutboxState, int]
    items: list[OutboxItem]
    next: int | None = Field(validation_alias="next_before")
    overdue_since: datetime | None


async def list_sites(call: ApiCall) -> object:
    """Every public form."""
    return await call.public.sites.all()


async def add_site(call: ApiCall, body: SiteBody) -> object:
    """A new public form."""
    return await call.public.sites.save(_site(0, body), by=call.person)


async def change_site(call: ApiCall, body: SiteBody) -> object:
    """Change a public form; its logo stays."""
    return await call.public.sites.save(_site(call.id("site_id"), body), by=call.person)


def _site(site_id: int, body: SiteBody) -> Site:
    given = body.model_dump(exclude={"products", "allowed_origins"})
    return Site(
        id=site_id, **given, products=tuple(body.products), allowed_origins=tuple(body.allowed_origins)
    )


async def list_webhooks(call: ApiCall) -> object:
    """Every webhook."""
    hooks: Sequence[Webhook] = await call.public.webhooks.all()
    return hooks


async def add_webhook(call: ApiCall, body: WebhookBody) -> object:
    """A new webhook with a fresh secret, which is told only now."""
    return await call.public.webhooks.add(
        body.url, frozenset(body.events), by=call.person, allow_private=body.allow_private
    )


async def change_webhook(call: ApiCall, body: WebhookBody) -> object:
    """Change a webhook; its secret stays."""
    hook_id = call.id("webhook_id")
    if all(each.id != hook_id for each in await call.public.webhooks.all()):
        raise NotFound(f"no webhook {hook_id}", webhook_id=hook_id)
    given = body.model_dump(exclude={"events"})
    hook = Webhook(id=hook_id, secret="", events=frozenset(body.events), **given)
    await call.public.webhooks.save(hook, by=call.person)
    return hook


async def rotate_webhook(call: ApiCall) -> object:
    """A fresh secret in place of the present one, from the next delivery on; it is told only now."""
    return await call.public.webhooks.rotate(call.id("webhook_id"), by=call.person)


async def try_webhook(call: ApiCall) -> object:
    """Send a `ping` to this webhook, whatever events it asks for."""
    return {"outbox_id": await call.public.webhooks.try_out(call.id("webhook_id"), by=call.person)}


async def list_deliveries(call: ApiCall) -> object:
    """What was sent to the webhook's present address, newest first."""
    webhooks = call.public.webhooks
    return await webhooks.deliveries(await webhooks.by_id(call.id("webhook_id")))


async def set_logo(call: ApiCall, raw: bytes) -> None:
    """Show this picture on the form; it is drawn anew, so nothing hidden in the file is served."""
    if not raw:
        raise InvalidInput({"logo": "required"})
    await call.public.sites.set_logo(call.id("site_id"), await redrawn(raw), by=call.person)


async def drop_logo(call: ApiCall) -> None:
    """Take the picture away."""
    await call.public.sites.set_logo(call.id("site_id"), None, by=call.person)


async def list_outbox(call: ApiCall, query: OutboxQuery) -> object:
    """What is to leave the house, was sent, or was refused."""
    return await call.public.outbox.look(state=query.state, before=query.before, limit=query.limit)


async def retry_outbox(call: ApiCall) -> None:
    """Try a refused or waiting row again now."""
    await call.public.outbox.retry(call.id("item_id"), actor=actor_of(call.person.id))


_SITES, _HOOKS, _SEE = Action.EDIT_SITES, Action.EDIT_WEBHOOKS, Action.SEE_SYSTEM
_LOGO, _HOOK = "/sites/{site_id}/logo", "/webhooks/{webhook_id}"
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
OPERATIONS = (
    operation("GET", "/sites", _SITES, list_sites, answer=list[SiteTold]),
    operation("POST", "/sites", _SITES, add_site, answer=SiteTold, status=201),
    operation("PUT", "/sites/{site_id}", _SITES, change_site, answer=SiteTold),
    operation("PUT", _LOGO, _SITES, set_logo, takes=PICTURES, largest=LARGEST_LOGO),
    operation("DELETE", _LOGO, _SITES, drop_logo),
    operation("GET", "/webhooks", _HOOKS, list_webhooks, answer=list[WebhookTold]),
    operation("POST", "/webhooks", _HOOKS, add_webhook, answer=NewWebhook, status=201, secret=True),
    operation("PUT", "/webhooks/{webhook_id}", _HOOKS, change_webhook, answer=WebhookTold),
    operation("POST", f"{_HOOK}/rotate", _HOOKS, rotate_webhook, answer=RotatedSecret, secret=True),
    operation("POST", f"{_HOOK}/try", _HOOKS, try_webhook, answer=QueuedTrial),
    operation("GET", f"{_HOOK}/deliveries", _HOOKS, list_deliveries, answer=list[OutboxItem]),
    operation("GET", "/outbox", _SEE, list_outbox, answer=OutboxPage),
    operation("POST", "/outbox/{item_id}/retry", Action.TEND_OUTBOX, retry_outbox),
)
