"""The forms as an API of the same power, for sites that draw their own. Regulation: 2.2."""

import json
import re
from typing import Any

from aiohttp import web

from callcenter.domain.attachments import LARGEST_ATTACHMENT, MOST_ATTACHMENTS
from callcenter.domain.errors import InvalidInput
from callcenter.domain.forms import LIMITS, OFFERED_KINDS, consent_version
from callcenter.services.forms import SentForm
from callcenter.services.sites import active_site
from callcenter.web.bodies import LARGEST_BODY, body_of, posted
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS
from callcenter.web.network import network_address
from callcenter.web.public.answers import ALLOWED_ORIGIN, locale_of, room
from callcenter.web.public.reading import text, typed, uploads

_KEY = re.compile(r"[\x21-\x7e]{8,200}", re.ASCII)


async def describe(request: web.Request) -> web.Response:
    """What to draw and what to send: products, limits, the consent's text, and a token that is good for a day."""
    await _know_origin(request)
    opened = await room(request).forms.open(request.match_info["slug"])
    consent = room(request).consent[locale_of(request)]
    return _json(
        {
            "site": {"slug": opened.site.slug, "name": opened.site.name, "intro": opened.site.intro},
            "products": [{"code": each.code, "name": each.name} for each in opened.products],
            "kinds": [str(each) for each in OFFERED_KINDS],
            "limits": dict(LIMITS),
            "attachments": {"most": MOST_ATTACHMENTS, "largest_bytes": LARGEST_ATTACHMENT},
            "consent": {"text": consent, "version": consent_version(consent)},
            "token": opened.token,
        }
    )


async def send(request: web.Request) -> web.Response:
    """Take a form as JSON or multipart; `Idempotency-Key` makes a repetition the same ticket.

    201 for a new ticket, 200 for a repetition; errors are `application/problem+json` with `problems` by field.
    """
    submitted_at = request.app[CLOCK].now()
    await _know_origin(request)
    public, locale = room(request), locale_of(request)
    is_json = request.content_type == "application/json"
    body = await _json_body(request) if is_json else await posted(request, most=LARGEST_BODY)
    consent = public.consent[locale]
    agreed = body.get("consent") in (True, "yes", consent_version(consent))
    receipt = await public.forms.send(
        request.match_info["slug"],
        SentForm(
            fields=typed(body),
            token=text(body, "token"),
            kept_phone=text(body, "kept_phone"),
            network_address=network_address(request),
            submitted_at=submitted_at,
            consent_text=consent if agreed else None,
            uploads=uploads(body),
            key=_idempotency_key(request),
            locale=locale,
        ),
    )
    answer = {
        "number": receipt.number,
        "status_url": f"{request.app[SETTINGS].base_url}/s/{receipt.status_token}",
        "answer_by": receipt.answer_by.isoformat(),
        "repeated": receipt.repeated,
    }
    return _json(answer, status=200 if receipt.repeated else 201)


async def preflight(request: web.Request) -> web.Response:
    """Browsers ask before they post JSON from another origin."""
    await _know_origin(request)
    headers = {}
    if ALLOWED_ORIGIN in request:
        headers = {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
            "Access-Control-Max-Age": "600",
        }
    return web.Response(status=204, headers=headers)


async def _know_origin(request: web.Request) -> None:
    async with request.app[SERVICES].open_uow(write=False) as uow:
        site = await active_site(uow, request.match_info["slug"])
    origin = request.headers.get("Origin")
    if origin is not None and origin in site.allowed_origins:
        request[ALLOWED_ORIGIN] = origin


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidInput({"Idempotency-Key": "8 to 200 visible ASCII characters"})
    return key


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads((await body_of(request)).decode())
    except (ValueError, RecursionError) as error:
        raise InvalidInput({"body": "json"}) from error
    if not isinstance(body, dict):
        raise InvalidInput({"body": "object"})
    return body


def _json(body: dict[str, object], *, status: int = 200) -> web.Response:
    return web.Response(
        text=json.dumps(body, ensure_ascii=False), status=status, content_type="application/json"
    )
