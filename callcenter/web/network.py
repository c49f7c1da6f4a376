"""Where a request came from, also behind a reverse proxy."""

from aiohttp import web

from callcenter.web.keys import SETTINGS


def network_address(request: web.Request) -> str:
    """Who sent it: the connection's other end, or the last address that our own proxies did not add."""
    address, proxies = request.remote or "", request.app[SETTINGS].trusted_proxies
    told = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    while address in proxies and told and (before := told.pop().strip()):
        address = before
    return address
