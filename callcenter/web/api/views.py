"""People's saved lists."""

from typing import Annotated

from pydantic import StringConstraints

from callcenter.domain.lists import SavedView
from callcenter.domain.people import Action
from callcenter.web.api.fields import Asked, Told
from callcenter.web.api.operation import ApiCall, operation


class ViewBody(Asked):
    """A list's name and its filters as they stand in an address."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
    query: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[\x21-\x7e]*$")]
    shared: bool = False


class View(Told):
    """A saved list; `person_id` made it."""

    id: int
    person_id: int
    name: str
    query: str
    shared: bool


async def list_views(call: ApiCall) -> object:
    """One's own saved lists and the shared ones."""
    return await call.desk.lists.views(call.person)


async def save_view(call: ApiCall, body: ViewBody) -> object:
    """Keep a list under a name."""
    view = SavedView(id=0, person_id=call.person.id, name=body.name, query=body.query, shared=body.shared)
    return await call.desk.lists.save_view(call.person, view)


async def drop_view(call: ApiCall) -> None:
    """Forget one's own saved list."""
    await call.desk.lists.drop_view(call.person, call.id("view_id"))


_SEE = Action.SEE_TICKETS
OPERATIONS = (
    operation("GET", "/views", _SEE, list_views, answer=list[View]),
    operation("POST", "/views", _SEE, save_view, answer=View, status=201),
    operation("DELETE", "/views/{view_id}", _SEE, drop_view),
)
