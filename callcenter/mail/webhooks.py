"""Tells other programs of events: signed, to an address resolved once, never into our own network by accident."""

import hashlib
import hmac
import ipaddress
import json
import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from callcenter.domain.notices import Delivery, DeliveryResult, OutboxItem
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork

TIMEOUT_SECONDS = 10.0
_EMBEDDING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
_TRY_AGAIN = frozenset({408, 425, 429})


class PrivateAddress(OSError):
    """The webhook's name leads into a private network, which is not allowed for it."""


def is_public(address: str) -> bool:
    """Whether an IP address is of the open internet; one inside another (RFC 4291, 3056, 6052) is judged as itself.

    >>> is_public("93.184.216.34"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1"), is_public("169.254.169.254")
    (True, False, False, False)
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed.sixtofour or _embedded(parsed) or parsed
    return parsed.is_global and not parsed.is_multicast


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a gateway (`64:ff9b::`) or a very old stack (`::`) would connect to instead."""
    if any(address in network for network in _EMBEDDING) and int(address) > 1:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


class PublicResolver(AbstractResolver):
    """Resolves a name once per connection and drops private answers: what was checked is what is connected to."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise PrivateAddress(f"{host} leads into a private network")
        return public

    async def close(self) -> None:
        await self._inner.close()


def signature(secret: str, at: int, body: bytes) -> str:
    """The header's value: `t=<seconds>,v1=<HMAC-SHA256 over "t.body">`; receivers refuse an old `t` (replay)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class WebhookCarrier:
    """Port `Carrier` on HTTP POST; redirects are not followed."""

    def __init__(
        self, open_uow: OpenUnitOfWork, clock: Clock, *, resolver: AbstractResolver | None = None
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._resolver = resolver

    async def carry(self, item: OutboxItem) -> Delivery:
        async with self._open_uow(write=False) as uow:
            hook = await uow.webhooks.by_id(int(str(item.payload["webhook_id"])))
        if hook is None or not hook.active:
            return Delivery(result=DeliveryResult.REFUSED, detail="the webhook was removed or switched off")
        body = json.dumps(
            {"id": item.id, "event": item.name, "at": item.payload["at"], "body": item.payload["body"]},
            ensure_ascii=False,
        ).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Callcenter-Event": item.name,
            "X-Callcenter-Delivery": str(item.id),
            "X-Callcenter-Signature": signature(hook.secret, int(self._clock.now().timestamp()), body),
        }
        try:
            return await self._post(hook.url, body, headers, allow_private=hook.allow_private)
        except PrivateAddress as error:
            return Delivery(result=DeliveryResult.REFUSED, detail=str(error))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            cause = error.__cause__
            if isinstance(cause, PrivateAddress):
                return Delivery(result=DeliveryResult.REFUSED, detail=str(cause))
            return Delivery(result=DeliveryResult.POSTPONED, detail=f"{type(error).__name__}: {error}")

    async def _post(self, url: str, body: bytes, headers: dict[str, str], *, allow_private: bool) -> Delivery:
        if not allow_private:
            _refuse_private_literal(url)
        resolver: Any = self._resolver or aiohttp.DefaultResolver()
        connector = aiohttp.TCPConnector(
            resolver=resolver if allow_private else PublicResolver(resolver), use_dns_cache=False, limit=1
        )
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return _judged(answer.status)


def _refuse_private_literal(url: str) -> None:
    """A host that is an address is not resolved, so it is checked here."""
    host = URL(url).host or ""
    try:
        public = is_public(host)
    except ValueError:
        return
    if not public:
        raise PrivateAddress(f"{host} is a private address")


def _judged(status: int) -> Delivery:
    if 200 <= status < 300:
        return Delivery(result=DeliveryResult.DELIVERED, detail=f"HTTP {status}")
    if status >= 500 or status in _TRY_AGAIN:
        return Delivery(result=DeliveryResult.POSTPONED, detail=f"HTTP {status}")
    why = "redirects are not followed" if 300 <= status < 400 else "the receiver refuses it"
    return Delivery(result=DeliveryResult.REFUSED, detail=f"HTTP {status}: {why}")
