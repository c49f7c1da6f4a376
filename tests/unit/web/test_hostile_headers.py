"""Whatever stands in a header or an address, the answer is one of ours: nobody outside makes the program fail."""

import asyncio
import json
from urllib.parse import quote

import pytest
from aiohttp.test_utils import make_mocked_request
from argon2 import PasswordHasher

from callcenter.domain.people import Role
from callcenter.web.pages.audit import read_filter
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.public.reading import text, typed
from tests.unit.web.conftest import CHEAP, Office

OURS = b"Host: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


async def status_of(office: Office, line: bytes, headers: bytes = b"", body: bytes = b"") -> int:
    """The status of a request written byte by byte; no client would send it."""
    reader, writer = await asyncio.open_connection(office.client.host, office.client.port)
    length = b"Content-Length: %d\r\nConnection: close\r\n" % len(body)
    writer.write(line + b" HTTP/1.1\r\n" + OURS + headers + length + b"\r\n" + body)
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def with_password(office: Office, login: str) -> None:
    person = await office.hire(Role.OPERATOR, login=login)
    hashed = await Argon2Passwords(CHEAP).hash("correct horse battery")
    async with office.database.uow() as uow:
        await uow.people.set_password_hash(person.id, hashed)
        await uow.commit()


async def test_a_cookie_that_is_no_text_is_nobodys_session(office: Office) -> None:
    assert await status_of(office, b"GET /", b"Cookie: session=\xff\xfe\r\n") == 303


async def test_a_browser_whose_name_is_no_text_signs_in(office: Office) -> None:
    await with_password(office, "petrova")
    headers, body = b"User-Agent: \xff\xfe\r\n" + FORM, b"login=petrova&password=correct horse battery"
    assert await status_of(office, b"POST /sign-in", headers, body) == 303
    async with office.database.uow(write=False) as uow:
        person = await uow.people.by_login("petrova")
        assert person is not None
        names = {each.user_agent for each in await uow.sessions.of_person(person.id)}
    assert "??" in names and all(name.encode() is not None for name in names)


@pytest.mark.parametrize(
    "header",
    [
        b"HX-Current-URL: http://[::1",
        b"Referer: http://127.0.0.1/\xff",
        b"Referer: http://[",
        b"Origin: \xff",
    ],
)
async def test_a_page_before_that_is_none_leads_to_the_start(office: Office, header: bytes) -> None:
    assert await status_of(office, b"POST /settings/look", header + b"\r\n") == 303


async def test_a_next_page_that_is_no_address_leads_to_the_start(office: Office) -> None:
    await with_password(office, "petrova")
    body = b"login=petrova&password=correct horse battery&next=//["
    assert await status_of(office, b"POST /sign-in", FORM, body) == 303


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "31.12.9999", "\u0661", "0", "-1"])
async def test_impossible_days_are_left_out_of_the_audits_filter(office: Office, day: str) -> None:
    asked = make_mocked_request("GET", f"/audit?since={quote(day)}&until={quote(day)}", app=office.client.app)
    found = read_filter(asked)
    assert found.since is None and found.until is None


class CountingHasher(PasswordHasher):
    """Counts what was compared."""

    compared = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - the library's name
        self.compared += 1
        return super().verify(hash, password)


async def test_an_unknown_login_costs_as_much_as_a_wrong_password() -> None:
    hasher = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Argon2Passwords(hasher)
    stored = await passwords.hash("correct horse battery")
    for hashed in (stored, None, None):
        assert not await passwords.verify(hashed, "wrong")
    assert hasher.compared == 3


def test_half_a_character_is_not_stored_of_a_form() -> None:
    form = json.loads('{"text": "x \\ud800 y", "token": "\\udfff"}')
    assert typed(form)["text"] == "x ? y"
    assert text(form, "token") == "?"
