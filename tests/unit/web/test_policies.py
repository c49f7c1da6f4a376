"""Every address has a policy, and the policy is asked."""

import re
from dataclasses import replace

import pytest
from aiohttp import web

from callcenter.domain.people import Action, Role, may
from callcenter.web.keys import POLICIES
from callcenter.web.route import Route
from callcenter.web.routes import ROUTES
from tests import make
from tests.unit.web.conftest import OWN_ORIGIN, Office

MEANT_TO_BE_PUBLIC = {
    "/health/live",
    "/health/ready",
    "/metrics",
    "/static/{path:.+}",
    "/sign-in",
    "/sign-in/once/{token}",
    "/openapi.json",
    "/api/docs",
}
GUARDED = [route for route in ROUTES if isinstance(route.policy, Action)]


def address(route: Route) -> str:
    return re.sub(r"\{(?:[^{}]|\{[^{}]*\})+\}", "1", route.path)


async def test_the_application_serves_nothing_beside_its_table(office: Office) -> None:
    app = office.client.app
    served = {route for route in app.router.routes() if route.method != "HEAD"}
    assert served == {route for route in app[POLICIES] if route.method != "HEAD"}


def test_only_these_addresses_are_open_to_everybody() -> None:
    opened = [route for route in ROUTES if not isinstance(route.policy, Action)]
    beside_public_room = {
        route.path for route in opened if not route.handler.__module__.startswith("callcenter.web.public.")
    }
    assert beside_public_room == MEANT_TO_BE_PUBLIC


async def test_nobody_is_let_in_without_a_session(office: Office) -> None:
    let_in = {}
    for route in GUARDED:
        answer = await office.client.request(
            route.method,
            address(route),
            headers={**OWN_ORIGIN, "Accept": "application/json"},
            allow_redirects=False,
        )
        if answer.status != 401:
            let_in[f"{route.method} {route.path}"] = answer.status
    assert let_in == {}


@pytest.mark.parametrize("role", Role)
async def test_a_person_is_refused_exactly_what_his_role_does_not_include(role: Role, office: Office) -> None:
    wrong = {}
    for number, route in enumerate(GUARDED):
        if route.path == "/live":
            continue  # a stream does not end by itself; test_stream.py
        login = f"someone{number}"  # each asks as another: signing out ends a session
        await office.hire(role, login=login)
        answer = await office.client.request(
            route.method, address(route), headers=OWN_ORIGIN, cookies=office.as_(login), allow_redirects=False
        )
        allowed = may(make.person(roles=[role]), Action(route.policy))
        if (answer.status == 403) is allowed or answer.status >= 500:
            wrong[f"{route.method} {route.path}"] = answer.status
    assert wrong == {}


async def test_a_route_cannot_be_written_without_a_policy() -> None:
    async def forgotten(request: web.Request) -> web.Response:
        return web.Response(text="open")

    with pytest.raises(TypeError):
        Route(method="GET", path="/forgotten", handler=forgotten)  # type: ignore[call-arg]


async def test_the_dismissed_lose_their_session(office: Office) -> None:
    person = await office.hire(Role.OPERATOR)
    async with office.database.uow() as uow:
        await uow.people.save(replace(person, active=False))
        await uow.commit()
    answer = await office.client.get("/calls", cookies=office.as_("ivanova"), allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"] == "/sign-in?next=/calls"


async def test_a_session_ends_at_its_hour(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    office.clock.advance(make.session(person_id=1).expires_at - make.START)
    answer = await office.client.get("/calls", cookies=office.as_("ivanova"), allow_redirects=False)
    assert answer.status == 303
