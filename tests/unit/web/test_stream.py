"""The live stream: who hears what, replay, its end."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from callcenter.domain.live import FLOOR, LiveKind, LiveMessage, to_person, to_role
from callcenter.domain.people import Role
from callcenter.web.frames import encode
from callcenter.web.settings import WebSettings
from tests import make
from tests.unit.web.conftest import Office, OpenOffice

PATIENCE = 5.0


@dataclass(frozen=True)
class Event:
    kind: str
    id: int | None
    body: dict[str, Any]


class Reader:
    """Reads server-sent events as a browser does."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def block(self) -> dict[str, str]:
        """The fields up to the next empty line; a comment is the field ''."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while line := (await self.answer.content.readline()).decode().rstrip("\r\n"):
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        return fields

    async def event(self) -> Event:
        """The next event that is not a comment or a setting."""
        while True:
            fields = await self.block()
            if "event" in fields:
                number = int(fields["id"]) if "id" in fields else None
                return Event(fields["event"], number, json.loads(fields["data"]))

    async def ended(self) -> bool:
        async with asyncio.timeout(PATIENCE):
            await self.answer.content.read()
        return True


@asynccontextmanager
async def listening(
    office: Office, login: str, *, after: int | None = None, last_event_id: int | None = None
) -> AsyncIterator[Reader]:
    headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
    path = "/live" if after is None else f"/live?after={after}"
    before = office.feed.figures().subscribers
    async with office.client.get(path, cookies=office.as_(login), headers=headers) as answer:
        assert answer.status == 200
        reader = Reader(answer)
        assert "retry" in await reader.block()
        assert office.feed.figures().subscribers == before + 1
        yield reader


async def say(office: Office, audience: str, kind: LiveKind = LiveKind.POP_SHOW, **payload: object) -> None:
    async with office.database.uow() as uow:
        await uow.live.add(audience, kind, payload, at=make.START)
        await uow.commit()


async def test_a_person_hears_his_phone_his_roles_and_the_floor_and_nothing_else(office: Office) -> None:
    me = await office.hire(Role.OPERATOR)
    other = await office.hire(Role.OPERATOR, login="petrov")
    async with listening(office, "ivanova") as reader:
        await say(office, to_person(other.id), n=1)
        await say(office, to_role("moderator"), n=2)
        await say(office, to_person(me.id), n=3)
        await say(office, to_role("operator"), n=4)
        await say(office, FLOOR, LiveKind.LINE_CHANGED, n=5)
        assert [(await reader.event()).body["n"] for _ in range(3)] == [3, 4, 5]


async def test_who_may_not_see_the_line_does_not_hear_the_floor(office: Office) -> None:
    admin = await office.hire(Role.ADMIN, login="admin")
    async with listening(office, "admin") as reader:
        await say(office, FLOOR, n=1)
        await say(office, to_person(admin.id), n=2)
        assert (await reader.event()).body["n"] == 2


async def test_what_was_missed_is_replayed_in_order_and_once(office: Office) -> None:
    me = await office.hire(Role.OPERATOR)
    for n in range(1, 6):
        await say(office, to_person(me.id), n=n)
    async with listening(office, "ivanova", after=1, last_event_id=3) as reader:
        await say(office, to_person(me.id), n=6)
        events = [await reader.event() for _ in range(3)]
        assert [(event.id, event.body["n"]) for event in events] == [(4, 4), (5, 5), (6, 6)]


@pytest.mark.parametrize("position", ["", "-1", "abc", "9" * 40, "١"])
async def test_a_malformed_position_replays_nothing_and_breaks_nothing(position: str, office: Office) -> None:
    me = await office.hire(Role.OPERATOR)
    await say(office, to_person(me.id), n=1)
    async with office.client.get(
        "/live", params={"after": position}, cookies=office.as_("ivanova")
    ) as answer:
        reader = Reader(answer)
        assert "retry" in await reader.block()
        await say(office, to_person(me.id), n=2)
        assert (await reader.event()).body["n"] == 2


async def test_too_much_to_replay_tells_the_page_to_read_its_state_again(open_office: OpenOffice) -> None:
    office = await open_office(WebSettings(base_url="http://localhost:8080", replay_limit=5))
    me = await office.hire(Role.OPERATOR)
    for n in range(1, 11):
        await say(office, to_person(me.id), n=n)
    async with listening(office, "ivanova", after=1) as reader:
        reset = await reader.event()
        assert (reset.kind, reset.id) == ("stream.reset", 10)
        await say(office, to_person(me.id), n=11)
        assert (await reader.event()).body["n"] == 11


async def test_a_revoked_session_ends_its_stream_and_no_other(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    other = await office.hire(Role.OPERATOR, login="petrov")
    async with listening(office, "ivanova") as mine, listening(office, "petrov") as others:
        await office.services.sign_in.end_all(1)
        assert (await mine.event()).kind == "session.ended"
        assert await mine.ended()
        await say(office, to_person(other.id), n=1)
        assert (await others.event()).body["n"] == 1


async def test_another_session_of_the_same_person_goes_on(office: Office) -> None:
    me = await office.hire(Role.OPERATOR)
    token = await office.services.people.one_time_link("ivanova")
    second = await office.services.sign_in.with_link(token, user_agent="Firefox")
    async with listening(office, "ivanova") as reader:
        await office.services.sign_in.end(me.id, second.session.token_sha256)
        await say(office, to_person(me.id), n=1)
        assert (await reader.event()).body["n"] == 1


async def test_a_stream_does_not_outlive_its_session(open_office: OpenOffice) -> None:
    office = await open_office(WebSettings(base_url="http://localhost:8080"))
    await office.hire(Role.OPERATOR)
    office.clock.advance(timedelta(hours=12) - timedelta(microseconds=1))
    async with listening(office, "ivanova") as reader:
        assert (await reader.event()).kind == "session.ended"


async def test_a_client_that_does_not_keep_up_is_dropped_and_may_replay(office: Office) -> None:
    me = await office.hire(Role.OPERATOR)
    async with listening(office, "ivanova") as reader:
        async with office.database.uow() as uow:
            for n in range(300):
                await uow.live.add(to_person(me.id), LiveKind.POP_SHOW, {"n": n}, at=make.START)
            await uow.commit()
        last = [await reader.event() for _ in range(256)][-1]
        assert await reader.ended()
    async with listening(office, "ivanova", last_event_id=last.id) as again:
        assert (await again.event()).id == 257


async def test_a_quiet_stream_is_kept_open_by_comments(open_office: OpenOffice) -> None:
    office = await open_office(WebSettings(base_url="http://localhost:8080", stream_ping=0.01))
    await office.hire(Role.OPERATOR)
    async with listening(office, "ivanova") as reader:
        assert await reader.block() == {"": "ping"}


async def test_proxies_are_told_to_pass_the_stream_at_once_and_keep_nothing(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    async with listening(office, "ivanova") as reader:
        assert reader.answer.headers["X-Accel-Buffering"] == "no"
        assert reader.answer.headers["Cache-Control"] == "no-store"
        assert reader.answer.content_type == "text/event-stream"


async def test_another_site_cannot_listen(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    answer = await office.client.get(
        "/live", cookies=office.as_("ivanova"), headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status == 403


def test_hostile_text_cannot_break_out_of_its_event() -> None:
    hostile = {"caller_name": "a\n\nevent: session.ended\r\ndata: {}\u2028"}
    message = LiveMessage(id=1, audience=FLOOR, kind=LiveKind.POP_SHOW, payload=hostile, at=make.START)
    frame = encode(message).decode()
    assert frame.count("\n") == 4
    assert frame.count("\nevent:") == 1


async def test_what_is_committed_together_reaches_a_waiting_stream_in_order(office: Office) -> None:
    me = await office.hire(Role.OPERATOR)
    async with listening(office, "ivanova") as reader:
        for commit in range(3):
            async with office.database.uow() as uow:
                await uow.live.add(to_person(me.id), LiveKind.POP_SHOW, {"n": commit}, at=make.START)
                await uow.live.add(FLOOR, LiveKind.LINE_CHANGED, {"call_ids": [commit]}, at=make.START)
                await uow.commit()
            heard = [await reader.event(), await reader.event()]
            assert [event.kind for event in heard] == ["pop.show", "line.changed"]
            assert heard[0].body["n"] == commit


async def test_a_proxy_that_speaks_http_1_0_gets_the_events_without_chunks(office: Office) -> None:
    me = await office.hire(Role.OPERATOR)
    cookie = "; ".join(f"{name}={value}" for name, value in office.as_("ivanova").items())
    reader, writer = await asyncio.open_connection(office.client.host, office.client.port)
    writer.write(f"GET /live HTTP/1.0\r\nCookie: {cookie}\r\n\r\n".encode())
    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"retry: 1000\n\n")
        assert b" 200 " in head
        assert b"chunked" not in head
        for number in (1, 2):
            await say(office, to_person(me.id), n=number)
            block = await reader.readuntil(b"\n\n")
            assert block.startswith(b"id: ")
            assert f'"n":{number}'.encode() in block
    writer.close()
    await writer.wait_closed()


async def test_nobody_holds_more_streams_than_one_person_needs(open_office: OpenOffice) -> None:
    office = await open_office(WebSettings(base_url="http://localhost:8080", streams_of_one=2))
    await office.hire(Role.OPERATOR)
    await office.hire(Role.OPERATOR, login="petrov")
    async with listening(office, "ivanova"), listening(office, "petrov"):
        async with listening(office, "ivanova"):
            refused = await office.client.get("/live", cookies=office.as_("ivanova"))
            assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
        async with asyncio.timeout(PATIENCE):
            while office.feed.figures().subscribers > 2:  # noqa: ASYNC110 - the closing is noticed by turns of the loop
                await asyncio.sleep(0)
        async with listening(office, "ivanova"):
            pass
