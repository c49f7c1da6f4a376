"""Port `Carrier` on webhooks: signed, to real receivers, never into our own network by accident."""

import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from callcenter.domain.errors import InvalidInput
from callcenter.domain.lifecycle import Status
from callcenter.domain.notices import KEEP_TRYING, DeliveryResult, OutboxItem, OutboxKind, Webhook
from callcenter.domain.people import Role
from callcenter.mail.webhooks import WebhookCarrier, is_public
from callcenter.services.webhooks import WebhookAdmin, announce, ticket_event
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.tokens import FakeTokens

ADMIN = make.person("admin", "А. Админов", roles=(Role.ADMIN,), endpoint=None, id=1)


@dataclass(kw_only=True)
class Receiver:
    """Another program: what it got, and what it answers."""

    status: int = 200
    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        headers = {"Location": "http://127.0.0.1:1/"} if 300 <= self.status < 400 else {}
        return web.Response(status=self.status, headers=headers)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    taking = Receiver()
    app = web.Application()
    app.router.add_post("/hook", taking.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    taking.port = listener.getsockname()[1]
    yield taking
    await runner.cleanup()


class Names(AbstractResolver):
    """Answers for every name with these addresses, and counts how often it was asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in self.addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


class Office:
    """A store with one webhook, and a carrier."""

    def __init__(self, names: AbstractResolver | None = None) -> None:
        self.store = FakeDatabase()
        self.clock = FakeClock(make.START)
        self.carrier = WebhookCarrier(self.store.uow, self.clock, resolver=names)

    async def hooked(self, url: str, *, allow_private: bool = True) -> OutboxItem:
        async with self.store.uow() as uow:
            hook = await uow.webhooks.add(
                Webhook(id=0, url=url, secret="s3cret", events=frozenset({"*"}), allow_private=allow_private)
            )
            await uow.commit()
        return OutboxItem(
            id=5,
            kind=OutboxKind.WEBHOOK,
            name="ticket.registered",
            dedupe_key="k",
            to=url,
            payload={"webhook_id": hook.id, "at": make.START.isoformat(), "body": {"ticket_id": 1042}},
            created_at=make.START,
            next_try_at=make.START,
            give_up_at=make.START + KEEP_TRYING,
        )


async def test_an_event_arrives_signed(receiver: Receiver) -> None:
    office = Office()
    item = await office.hooked(f"http://127.0.0.1:{receiver.port}/hook")
    assert (await office.carrier.carry(item)).result is DeliveryResult.DELIVERED
    ((headers, body),) = receiver.got
    assert json.loads(body) == {
        "id": 5,
        "event": "ticket.registered",
        "at": make.START.isoformat(),
        "body": {"ticket_id": 1042},
    }
    stamp, signature = headers["X-Callcenter-Signature"].split(",")
    seconds = int(make.START.timestamp())
    assert stamp == f"t={seconds}"
    expected = hmac.new(b"s3cret", f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature == f"v1={expected}"
    assert headers["X-Callcenter-Delivery"] == "5"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (204, DeliveryResult.DELIVERED),
        (302, DeliveryResult.REFUSED),
        (404, DeliveryResult.REFUSED),
        (410, DeliveryResult.REFUSED),
        (429, DeliveryResult.POSTPONED),
        (503, DeliveryResult.POSTPONED),
    ],
)
async def test_what_the_receiver_answers_decides(
    receiver: Receiver, status: int, expected: DeliveryResult
) -> None:
    receiver.status = status
    office = Office()
    item = await office.hooked(f"http://127.0.0.1:{receiver.port}/hook")
    assert (await office.carrier.carry(item)).result is expected
    assert len(receiver.got) == 1


async def test_a_receiver_that_is_down_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    office = Office()
    item = await office.hooked(f"http://127.0.0.1:{port}/hook")
    assert (await office.carrier.carry(item)).result is DeliveryResult.POSTPONED


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.1.2.3", "169.254.169.254", "[::ffff:127.0.0.1]"])
async def test_a_private_address_is_not_called_unless_allowed(receiver: Receiver, host: str) -> None:
    office = Office()
    item = await office.hooked(f"http://{host}:{receiver.port}/hook", allow_private=False)
    delivery = await office.carrier.carry(item)
    assert delivery.result is DeliveryResult.REFUSED
    assert "private" in delivery.detail
    assert receiver.got == []


async def test_a_name_that_leads_into_a_private_network_is_refused_and_asked_once(receiver: Receiver) -> None:
    names = Names("127.0.0.1")
    office = Office(names)
    item = await office.hooked(f"http://hooks.example.org:{receiver.port}/hook", allow_private=False)
    delivery = await office.carrier.carry(item)
    assert (delivery.result, names.asked) == (DeliveryResult.REFUSED, 1)
    assert receiver.got == []


async def test_an_allowed_private_name_is_called_at_the_address_that_was_resolved(receiver: Receiver) -> None:
    names = Names("127.0.0.1")
    office = Office(names)
    item = await office.hooked(f"http://hooks.example.org:{receiver.port}/hook")
    assert (await office.carrier.carry(item)).result is DeliveryResult.DELIVERED
    assert names.asked == 1


async def test_a_removed_or_switched_off_webhook_gets_nothing(receiver: Receiver) -> None:
    office = Office()
    item = await office.hooked(f"http://127.0.0.1:{receiver.port}/hook")
    async with office.store.uow() as uow:
        (hook,) = await uow.webhooks.all()
        await uow.webhooks.save(replace(hook, active=False))
        await uow.commit()
    assert (await office.carrier.carry(item)).result is DeliveryResult.REFUSED
    gone = replace(item, payload={**item.payload, "webhook_id": 77})
    assert (await office.carrier.carry(gone)).result is DeliveryResult.REFUSED
    assert receiver.got == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("2002:7f00:1::", False),
        ("0.0.0.0", False),
    ],
)
def test_public_is_what_the_open_internet_routes(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_an_event_is_queued_once_for_each_webhook_that_wants_it() -> None:
    office = Office()
    await office.hooked("https://a.example/x")
    async with office.store.uow() as uow:
        other = Webhook(id=0, url="https://b.example/x", secret="s", events=frozenset({"ticket.closed"}))
        await uow.webhooks.add(other)
        for expected in (1, 0):
            added = await announce(
                uow,
                "ticket.registered",
                key="1042",
                payload={"ticket_id": 1042},
                ticket_id=None,
                clock=office.clock,
            )
            assert added == expected
        await uow.commit()
    assert [each.to for each in office.store.memory.outbox.values()] == ["https://a.example/x"]


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        (Status.DRAFT, Status.NEW, "ticket.registered"),
        (Status.RESOLVED, Status.NEW, "ticket.reopened"),
        (Status.NEW, Status.ASSIGNED, "ticket.assigned"),
        (Status.IN_PROGRESS, Status.RESOLVED, "ticket.resolved"),
        (Status.RESOLVED, Status.CLOSED, "ticket.closed"),
        (Status.NEW, Status.CANCELLED, "ticket.cancelled"),
        (Status.ASSIGNED, Status.IN_PROGRESS, None),
        (Status.NEW, Status.NEW, None),
    ],
)
def test_a_change_of_a_ticket_has_its_event(before: Status, after: Status, event: str | None) -> None:
    assert ticket_event(make.ticket(status=before), make.ticket(status=after)) == event


async def test_a_webhook_is_added_with_a_fresh_secret_and_keeps_it() -> None:
    office = Office()
    admin = WebhookAdmin(office.store.uow, FakeTokens(), FakeClock(make.START))
    hook = await admin.add("https://a.example/x", frozenset({"ticket.closed"}), by=ADMIN)
    await admin.save(replace(hook, secret="", active=False), by=ADMIN)
    assert await admin.all() == [replace(hook, active=False)]
    assert hook.secret == "token-1"
    assert "token-1" not in repr(hook)


@pytest.mark.parametrize(
    ("url", "events", "problem"),
    [
        ("ftp://a.example/x", {"*"}, "url"),
        ("https://user:pass@a.example/", {"*"}, "url"),
        ("https://[bad", {"*"}, "url"),
        ("https://a.example:99999/", {"*"}, "url"),
        ("https://пример.рф/", {"*"}, "url"),
        ("https://a.example/", set(), "events"),
        ("https://a.example/", {"ticket.eaten"}, "events"),
    ],
)
async def test_a_webhook_that_cannot_work_is_refused(url: str, events: set[str], problem: str) -> None:
    admin = WebhookAdmin(FakeDatabase().uow, FakeTokens(), FakeClock(make.START))
    with pytest.raises(InvalidInput) as caught:
        await admin.add(url, frozenset(events), by=ADMIN)
    assert set(caught.value.problems) == {problem}


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "::7f00:1",
        "::1",
        "::",
        "2002:a00:1::",
        "fe80::1%eth0",
        "100.64.0.1",
    ],
)
def test_a_private_address_inside_another_stays_private(address: str) -> None:
    assert not is_public(address)


def test_a_public_address_behind_a_gateway_stays_public() -> None:
    assert is_public("64:ff9b::5db8:d822") and is_public("2606:4700::1111")


async def test_no_proxy_of_the_environment_leads_around_the_check(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{receiver.port}")
    names = Names("10.0.0.1")
    office = Office(names)
    told = await office.carrier.carry(await office.hooked("http://hook.example/hook", allow_private=False))
    assert (told.result, names.asked, receiver.got) == (DeliveryResult.REFUSED, 1, [])
