"""Programs that are told of our events: their addresses, secrets, trial and last deliveries."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from callcenter.domain.errors import Conflict, InvalidInput
from callcenter.domain.notices import Webhook
from callcenter.services.webhooks import EVENTS
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path, text_field
from callcenter.web.pages.outbox import EVENT_WORDS, say_event, say_state
from callcenter.web.pages.setup import said_problems
from callcenter.web.public.answers import room
from callcenter.web.responses import page, see_other, visitor, words_of

_LONG = 2000
_EMPTY = Webhook(id=0, url="", secret="", events=frozenset({"*"}))


async def webhooks(request: web.Request) -> web.Response:
    """Every endpoint."""
    return await page(request, "admin_webhooks.html", {"rows": await room(request).webhooks.all()})


async def new(request: web.Request) -> web.Response:
    """An empty form."""
    room(request)
    return await _page(request, _EMPTY, {})


async def add(request: web.Request) -> web.Response:
    """A new endpoint; the answer shows its secret, once."""
    typed = await _typed(request, _EMPTY)
    try:
        added = await room(request).webhooks.add(
            typed.url, typed.events, allow_private=typed.allow_private, by=visitor(request).person
        )
    except InvalidInput as error:
        return await _page(request, typed, error.problems)
    except Conflict:
        return await _page(request, typed, {"url": "taken"})
    return await _page(request, added, {}, secret=added.secret)


async def edit(request: web.Request) -> web.Response:
    """One endpoint with its last deliveries."""
    return await _page(request, await _hook(request), {})


async def save(request: web.Request) -> web.Response:
    """A changed endpoint; its secret stays."""
    present = await _hook(request)
    typed = await _typed(request, present)
    try:
        await room(request).webhooks.save(replace(typed, secret=""), by=visitor(request).person)
    except InvalidInput as error:
        return await _page(request, typed, error.problems)
    except Conflict:
        return await _page(request, typed, {"url": "taken"})
    return see_other("/webhooks")


async def rotate(request: web.Request) -> web.Response:
    """A fresh secret, shown once."""
    hook = await _hook(request)
    fresh = await room(request).webhooks.rotate(hook.id, by=visitor(request).person)
    return await _page(request, fresh, {}, secret=fresh.secret)


async def try_out(request: web.Request) -> web.Response:
    """Send a trial delivery."""
    hook = await _hook(request)
    await room(request).webhooks.try_out(hook.id, by=visitor(request).person)
    return see_other(f"/webhooks/{hook.id}#deliveries")


async def _hook(request: web.Request) -> Webhook:
    return await room(request).webhooks.by_id(number_in_path(request, "webhook_id"))


async def _typed(request: web.Request, present: Webhook) -> Webhook:
    fields = await posted(request)
    every = fields.get("every") == "yes"
    chosen = {str(each) for each in fields.getall("event", [])}
    return replace(
        present,
        url=text_field(fields, "url", most=_LONG),
        events=frozenset({"*"}) if every else frozenset(chosen & EVENTS),
        allow_private=fields.get("allow_private") == "yes",
        active=present.id == 0 or fields.get("active") == "yes",
    )


async def _page(
    request: web.Request, hook: Webhook, problems: Mapping[str, str], *, secret: str = ""
) -> web.Response:
    words = words_of(request)
    deliveries = await room(request).webhooks.deliveries(hook) if hook.id else []
    context = {
        "hook": hook,
        "events": [(name, words(EVENT_WORDS[name])) for name in sorted(EVENTS)],
        "deliveries": deliveries,
        "say_state": lambda state: say_state(state, words),
        "say_event": lambda name: say_event(name, words),
        "problems": said_problems(request, problems),
        "secret": secret,
    }
    return await page(request, "admin_webhook.html", context, status=422 if problems else 200)
