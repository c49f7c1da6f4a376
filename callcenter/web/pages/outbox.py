"""What leaves the house: waiting, sent, refused letters and webhooks, for those who keep it running."""

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from callcenter.domain.notices import Notice, OutboxItem, OutboxKind, OutboxState
from callcenter.domain.story import actor_of
from callcenter.web.forms import number_in_path
from callcenter.web.keys import SETTINGS
from callcenter.web.public.answers import room
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.translations import Words
from callcenter.web.wording import N_

OVERDUE_AFTER = timedelta(minutes=2)
"""A worker looks every two seconds; what is due for longer is stuck."""

_STATES: Mapping[OutboxState, str] = {
    OutboxState.WAITING: N_("waiting"),
    OutboxState.SENDING: N_("being sent"),
    OutboxState.SENT: N_("sent"),
    OutboxState.REFUSED: N_("refused"),
}
_NOTICES: Mapping[str, str] = {
    Notice.REGISTERED: N_("request registered"),
    Notice.ASSIGNED: N_("expert assigned"),
    Notice.ANSWERED: N_("answer"),
    Notice.REJECTED: N_("request rejected"),
    Notice.CANCELLED_UNREACHABLE: N_("cancelled, not reached"),
    Notice.VENDOR_DOSSIER: N_("dossier for the developer"),
    Notice.MESSAGE_FROM_EXECUTOR: N_("message of an expert"),
    Notice.WARNING: N_("deadline warning"),
    Notice.SIGN_IN: N_("one-time sign-in"),
    Notice.REPORT: N_("report"),
}

EVENT_WORDS: Mapping[str, str] = {
    "ticket.registered": N_("a ticket was registered"),
    "ticket.assigned": N_("a ticket was assigned"),
    "ticket.resolved": N_("a ticket was answered"),
    "ticket.closed": N_("a ticket was closed"),
    "ticket.cancelled": N_("a ticket was cancelled"),
    "ticket.reopened": N_("a ticket was reopened"),
    "ping": N_("a trial"),
}


def say_item(item: OutboxItem, words: Words) -> str:
    """What a row is, in words."""
    if item.kind is OutboxKind.WEBHOOK:
        return words("webhook: %(event)s", event=say_event(item.name, words))
    return say_notice(item.name, words)


def say_event(name: str, words: Words) -> str:
    """What a webhook tells of, in words; a trial delivery and what is unknown by its name."""
    return words(EVENT_WORDS[name]) if name in EVENT_WORDS else name


def say_notice(name: str, words: Words) -> str:
    """What a letter is, in words."""
    return words(_NOTICES[name]) if name in _NOTICES else name


def say_state(state: OutboxState, words: Words) -> str:
    """Where a row stands, in words."""
    return words(_STATES[state])


async def outbox(request: web.Request) -> web.Response:
    """A page of rows, newest first; `?state=` shows one state, `?before=` goes on."""
    wanted = request.query.get("state", "")
    before = request.query.get("before", "")
    state = OutboxState(wanted) if wanted in set(OutboxState) else None
    view = await room(request).outbox.look(
        state=state,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None,
    )
    words = words_of(request)
    context = {
        "view": view,
        "wanted": state,
        "states": [(each, words(said), view.counts.get(each, 0)) for each, said in _STATES.items()],
        "say_state": lambda state: words(_STATES[state]),
        "say_item": lambda item: say_item(item, words),
        "overdue_after": OVERDUE_AFTER,
        "mail_folder": request.app[SETTINGS].mail_folder,
    }
    return await page(request, "outbox.html", context)


async def retry(request: web.Request) -> web.Response:
    """Try a refused or waiting row again now."""
    item_id = number_in_path(request, "item_id")
    await room(request).outbox.retry(item_id, actor=actor_of(visitor(request).person.id))
    return see_other("/outbox")
