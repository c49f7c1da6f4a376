"""Importing clients from CSV: the file is looked at first, then imported whole or not at all."""

import hashlib
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from callcenter.domain.errors import InvalidInput
from callcenter.services.client_import import ImportPlan, Kind
from callcenter.web.bodies import LARGEST_BODY, posted
from callcenter.web.forms import text_field
from callcenter.web.import_wording import EFFECTS, HEADERS, KINDS, say_reason
from callcenter.web.keys import SERVICES
from callcenter.web.responses import page, visitor, words_of

_SHOWN_BAD = 200


async def form(request: web.Request) -> web.Response:
    """Choose what the file holds, and the file."""
    return await _answer(request, Kind.CLIENTS)


async def preview(request: web.Request) -> web.Response:
    """What the file would change, with every bad line; nothing is stored."""
    fields = await posted(request, most=LARGEST_BODY)
    kind = _kind(fields)
    try:
        content = _content(fields)
        plan = await request.app[SERVICES].client_import.preview(kind, content)
    except InvalidInput as error:
        return await _answer(request, kind, problem=error.problems["file"])
    return await _answer(request, kind, plan=plan, looked_at=hashlib.sha256(content).hexdigest())


async def accept(request: web.Request) -> web.Response:
    """Import the very file that was looked at."""
    fields = await posted(request, most=LARGEST_BODY)
    kind = _kind(fields)
    try:
        content = _content(fields)
        if hashlib.sha256(content).hexdigest() != text_field(fields, "looked_at", most=64):
            raise InvalidInput({"file": "changed"})
        plan = await request.app[SERVICES].client_import.run(kind, content, by=visitor(request).person)
    except InvalidInput as error:
        return await _answer(request, kind, problem=error.problems["file"])
    return await _answer(request, kind, plan=plan, done=True)


def _kind(fields: Mapping[str, Any]) -> Kind:
    text = text_field(fields, "kind")
    if text not in set(Kind):
        raise InvalidInput({"kind": "unknown"})
    return Kind(text)


def _content(fields: Mapping[str, Any]) -> bytes:
    sent = fields.get("file")
    if not isinstance(sent, web.FileField):
        raise InvalidInput({"file": "no_file"})
    content: bytes = sent.file.read()
    return content


async def _answer(
    request: web.Request,
    kind: Kind,
    *,
    plan: ImportPlan | None = None,
    problem: str = "",
    looked_at: str = "",
    done: bool = False,
) -> web.Response:
    words = words_of(request)
    context = {
        "kind": kind,
        "kinds": KINDS,
        "headers": HEADERS,
        "effects": EFFECTS,
        "plan": plan,
        "bad": [(line, say_reason(line.reason, words)) for line in plan.bad[:_SHOWN_BAD]] if plan else [],
        "problem": say_reason(problem, words) if problem else "",
        "looked_at": looked_at,
        "done": done,
    }
    return await page(request, "import.html", context, status=422 if problem else 200)
