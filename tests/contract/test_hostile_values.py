"""Every address asked with values that nothing can be: an answer of ours each time, never a fault of the program."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import callcenter.web
from callcenter.domain.people import GRANTS, Action, Role
from callcenter.store import Database
from callcenter.web.route import Route
from callcenter.web.routes import ROUTES
from tests.api_house import ApiHouse, opened_api

IMPOSSIBLE = ("9" * 300, "²", "9999-12-31", "\x00\u202e<script>'--" + "x" * 5000)
ON_BOTH = "99999999999"
"""Where the databases differ: SQLite has room for it, PostgreSQL has not."""
NOT_ASKED = frozenset({"/live", "/sign-out", "/session", "/settings/sessions/revoke", "/settings/password"})
"""A stream, and what would end the session of the one who asks."""
_READS = re.compile(
    r"""(?:query\.get|query|form|fields|sent|typed|asked|_field|getall|get)[\[(](?:\w+, )?"(\w+)\""""
)


def names() -> Iterator[str]:
    """Every name by which a handler reads an address or a form."""
    for path in (Path(callcenter.web.__file__).parent).rglob("*.py"):
        if "node_modules" not in path.parts:
            yield from _READS.findall(path.read_text())


NAMES = sorted({*names(), "after", "before", "day", "first", "last", "month", "week", "kind", "limit", "q"})
LOGINS = {
    Role.MODERATOR: "moderator",
    Role.SUPERVISOR: "supervisor",
    Role.ADMIN: "admin",
    Role.OPERATOR: "operator",
}


@pytest.fixture
async def api(real: Database) -> AsyncIterator[ApiHouse]:
    async with opened_api(real.uow, counting=True) as house:
        yield house


def asker(route: Route) -> str:
    """The login of somebody who may."""
    if not isinstance(route.policy, Action):
        return "moderator"
    return next((login for role, login in LOGINS.items() if route.policy in GRANTS[role]), "executor")


async def status_of(api: ApiHouse, route: Route, path: str, value: str | None) -> int:
    more: dict[str, Any] = {}
    if value is not None and route.method == "GET":
        api_names = ("after", "day", "month", "first") if path.startswith("/api/") else NAMES
        more["params"] = dict.fromkeys(api_names, value[:300])
    elif value is not None and path.startswith("/api/"):
        more["data"] = json.dumps(dict.fromkeys(("text", "day", "reason"), value))
        more["headers"] = {"Content-Type": "application/json", "If-Match": '"1"'}
    elif value is not None:
        more["data"] = dict.fromkeys(NAMES, value)
    headers = {**api.session(asker(route)), **more.pop("headers", {})}
    answer = await api.client.request(route.method, path, headers=headers, allow_redirects=False, **more)
    await answer.release()
    return answer.status


def test_the_names_were_found() -> None:
    assert {"product", "until", "login", "reason"} <= set(NAMES)


@pytest.mark.parametrize(
    ("real", "value"),
    [("postgresql", ON_BOTH), *(("sqlite", each) for each in IMPOSSIBLE)],
    indirect=["real"],
    ids=lambda each: each[:12].encode().hex(),
)
async def test_no_value_of_an_address_or_a_form_is_a_fault(api: ApiHouse, value: str) -> None:
    wrong = []
    for route in ROUTES:
        if route.path in NOT_ASKED:
            continue
        path = re.sub(r"\{[^}]+\}", "1", route.path)
        if await status_of(api, route, path, value) >= 500:
            wrong.append((route.method, path))
    assert wrong == []


@pytest.mark.parametrize("real", ["postgresql"], indirect=True)
async def test_no_part_of_a_path_is_a_fault(api: ApiHouse) -> None:
    wrong = []
    for route in ROUTES:
        if "{" in route.path and route.method == "GET":
            for value in (ON_BOTH, "9999-12", "0001-01", "..%2f%00"):
                path = re.sub(r"\{[^}]+\}", value, route.path)
                if await status_of(api, route, path, None) >= 500:
                    wrong.append(path)
    assert wrong == []
