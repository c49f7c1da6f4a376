"""One address of the program; every room lists its own, `routes.py` puts them together."""

from dataclasses import dataclass

from aiohttp.typedefs import Handler

from callcenter.web.policy import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One address: method, path, who may, and what answers."""

    method: str
    path: str
    policy: Policy
    handler: Handler


def get(path: str, policy: Policy, handler: Handler) -> Route:
    """A page or a part of one."""
    return Route(method="GET", path=path, policy=policy, handler=handler)


def post(path: str, policy: Policy, handler: Handler) -> Route:
    """A deed; refused from foreign origins unless the policy says otherwise."""
    return Route(method="POST", path=path, policy=policy, handler=handler)
