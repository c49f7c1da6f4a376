"""The tree of topics as administrators keep it. Regulation: 2.5."""

from collections.abc import Mapping

from aiohttp import web

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.ticket import Kind
from callcenter.domain.topics import Topic
from callcenter.web.bodies import posted
from callcenter.web.forms import is_row_number, number_in_path, text_field
from callcenter.web.pages.setup import room, said_problems
from callcenter.web.responses import page, see_other, visitor

_LONG = 400
_EMPTY = Topic(id=0, name="", kind=Kind.REFERENCE)


async def topics(request: web.Request) -> web.Response:
    """The tree with a form for a new topic."""
    return await _page(request, _EMPTY, {})


async def add(request: web.Request) -> web.Response:
    """A new topic."""
    return await _apply(request, _EMPTY)


async def edit(request: web.Request) -> web.Response:
    """One topic in the form."""
    return await _page(request, await _topic(request), {})


async def save(request: web.Request) -> web.Response:
    """A renamed, moved, retired or restored topic."""
    return await _apply(request, await _topic(request))


async def _topic(request: web.Request) -> Topic:
    topic_id = number_in_path(request, "topic_id")
    for _, each in await room(request).topics.rows(retired=True):
        if each.id == topic_id:
            return each
    raise NotFound("topic", topic_id=topic_id)


async def _apply(request: web.Request, present: Topic) -> web.Response:
    fields = await posted(request)
    kind, parent = fields.get("kind", ""), fields.get("parent", "")
    position = text_field(fields, "position", most=_LONG)
    typed = Topic(
        id=present.id,
        name=text_field(fields, "name", most=_LONG),
        kind=Kind(str(kind)) if kind in set(Kind) else present.kind,
        parent_id=int(parent) if isinstance(parent, str) and is_row_number(parent) else None,
        position=int(position) if is_row_number(position) and len(position) < 5 else present.position,
        active=present.id == 0 or fields.get("active") == "yes",
    )
    try:
        if present.id == 0:
            await room(request).topics.add(visitor(request).person, typed)
        else:
            await room(request).topics.change(visitor(request).person, typed)
    except InvalidInput as error:
        return await _page(request, typed, error.problems)
    return see_other("/topics")


async def _page(request: web.Request, edited: Topic, problems: Mapping[str, str]) -> web.Response:
    rows = await room(request).topics.rows(retired=True)
    below = {each.id for _, each in rows if each.parent_id == edited.id and each.active}
    context = {
        "rows": rows,
        "edited": edited,
        "parents": [(depth, each) for depth, each in rows if each.active and each.id != edited.id],
        "kinds": list(Kind),
        "below": len(below),
        "problems": said_problems(request, problems),
    }
    return await page(request, "admin_topics.html", context, status=422 if problems else 200)
