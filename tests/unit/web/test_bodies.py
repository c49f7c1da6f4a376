"""Bodies of requests nobody has signed for: whatever they hold, the answer is one of ours and comes at once."""

import asyncio
import hashlib
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.domain.people import Role
from callcenter.web import bodies
from tests.unit.web.conftest import OWN_ORIGIN, Office

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=B"
WEB = Path(bodies.__file__).parent


def part(disposition: str = 'form-data; name="login"', *headers: str, body: bytes = b"x") -> bytes:
    lines = (f"Content-Disposition: {disposition}", *headers)
    return b"--B\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + body + b"\r\n--B--\r\n"


async def status_of(office: Office, body: bytes | AsyncIterator[bytes], kind: str) -> int:
    sent = io.BytesIO(body) if isinstance(body, bytes) else body
    answer = await office.client.post("/sign-in", data=sent, headers={**OWN_ORIGIN, "Content-Type": kind})
    return answer.status


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "utf-7", "utf-16", "unicode_escape", "zip", "rot13", "nobody-knows"]
)
async def test_no_charset_but_utf_8_is_ever_decoded(office: Office, charset: str) -> None:
    assert await status_of(office, b"login=a&password=b", f"{FORM}; charset={charset}") == 415
    assert await status_of(office, part(), f"{PARTS}; charset={charset}") == 415


async def test_a_part_that_names_a_slow_charset_is_read_as_utf_8(office: Office) -> None:
    # as punycode these 60 kB would be decoded for seconds, and twice as many for a minute
    slow = b"ab-" * 10_000 + b"kva" * 10_000
    named = part('form-data; name="login"', "Content-Type: text/plain; charset=punycode", body=slow)
    assert await status_of(office, named, PARTS) == 422
    told = part('form-data; name="_charset_"', body=b"punycode").removesuffix(b"--B--\r\n")
    assert await status_of(office, told + part(body=slow), PARTS) == 422


@pytest.mark.parametrize(
    "body",
    [
        part("form-data"),
        part('form-data; name="login"', "Content-Type: multipart/mixed; boundary=C"),
        part('form-data; name="login"', "Content-Transfer-Encoding: base64"),
        part('form-data; name="login"', "Content-Transfer-Encoding: nobody-knows"),
        part('form-data; name="login"', "Content-Encoding: gzip"),
        b"--B\r\ngarbage",
        b"no boundary at all",
        b"",
    ],
)
async def test_what_is_no_readable_form_is_refused_without_a_fault(office: Office, body: bytes) -> None:
    assert await status_of(office, body, PARTS) == 422


async def test_a_form_without_a_boundary_is_refused_without_a_fault(office: Office) -> None:
    assert await status_of(office, part(), "multipart/form-data") == 422


async def test_bytes_that_are_no_utf_8_are_only_a_wrong_login(office: Office) -> None:
    assert await status_of(office, b"login=\xff\xfe&password=%ff", FORM) == 401
    assert await status_of(office, part(body=b"\xff\xfe"), PARTS) == 401


async def test_a_form_without_files_is_bounded_long_before_one_with_files(office: Office) -> None:
    assert await status_of(office, b"login=" + b"x" * 2**20, FORM) == 413
    assert await status_of(office, part(body=b"x" * 2**20), PARTS) == 413
    assert await status_of(office, b"a=&" * (bodies.MOST_FIELDS + 1), FORM) == 422
    many = b"".join(part().removesuffix(b"--B--\r\n") for _ in range(bodies.MOST_FIELDS + 1)) + b"--B--\r\n"
    assert await status_of(office, many, PARTS) == 413


async def test_a_body_that_does_not_say_its_length_is_bounded_too(office: Office) -> None:
    async def pieces(start: bytes) -> AsyncIterator[bytes]:
        yield start
        for _ in range(17):
            yield b"x" * 2**16

    assert await status_of(office, pieces(b"login="), FORM) == 413
    assert await status_of(office, pieces(part().removesuffix(b"x\r\n--B--\r\n")), PARTS) == 413


@pytest.mark.parametrize("kind", [FORM, PARTS])
async def test_a_body_that_never_ends_is_not_waited_for(
    office: Office, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)
    reader, writer = await asyncio.open_connection(office.client.host, office.client.port)
    head = f"POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: {kind}\r\n"
    writer.write(head.encode() + b"Content-Length: 5000\r\n\r\n--B\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_body_that_is_not_compressed_as_it_says_is_no_fault(office: Office, encoding: str) -> None:
    reader, writer = await asyncio.open_connection(office.client.host, office.client.port)
    head = f"POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: {FORM}\r\n"
    writer.write(f"{head}Content-Encoding: {encoding}\r\nContent-Length: 7\r\n\r\nlogin=x".encode())
    assert (await reader.readline()).split()[1] in {b"400", b"422"}
    writer.close()


async def test_a_file_arrives_whole(office: Office) -> None:
    await office.hire(Role.ADMIN)
    rows = "Код; Название; Разработчик\n" + "".join(
        f"p{number};Программа {number};\n" for number in range(20_000)
    )
    body = b"".join(
        (
            part('form-data; name="kind"', body=b"products").removesuffix(b"--B--\r\n"),
            part('form-data; name="file"; filename="p.csv"', "Content-Type: text/csv", body=rows.encode()),
        )
    )
    answer = await office.client.post(
        "/clients/import",
        data=io.BytesIO(body),
        headers={**OWN_ORIGIN, "Content-Type": PARTS},
        cookies=office.as_("ivanova"),
    )
    assert hashlib.sha256(rows.encode()).hexdigest() in await answer.text()


def test_no_handler_reads_a_body_by_itself() -> None:
    by_itself = re.compile(r"request\.(post|multipart|json|text|read)\(\)|request\.content\b")
    found = {
        str(path.relative_to(WEB))
        for path in WEB.rglob("*.py")
        if by_itself.search(path.read_text()) and "node_modules" not in path.parts
    }
    assert found <= {"bodies.py", "api/binding.py"}
