"""FastAGI: a good question is answered, a bad one is refused and the server goes on."""

import asyncio
import doctest
from collections.abc import AsyncIterator, Mapping

import pytest

from ami import agi

QUESTION = (
    b"agi_network: yes\nagi_network_script: hotline\nagi_channel: PJSIP/trunk-1\nagi_arg_1: 88005550640\n\n"
)


class Door:
    """Answers open, remembers what was asked; `answer` may be changed by a test."""

    def __init__(self) -> None:
        self.asked: list[agi.AgiQuestion] = []
        self.answer: Mapping[str, str] = {"HOTLINE_STATE": "open"}
        self.blocked = asyncio.Event()
        self.blocked.set()

    async def __call__(self, question: agi.AgiQuestion) -> Mapping[str, str]:
        self.asked.append(question)
        await self.blocked.wait()
        return self.answer


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def server(door: Door) -> AsyncIterator[tuple[agi.AgiServer, int]]:
    server = agi.AgiServer(door, patience=0.3)
    port = await server.start("127.0.0.1", 0)
    yield server, port
    await server.stop()


async def ask(port: int, request: bytes, *, replies: int = 1) -> list[bytes]:
    """Play Asterisk: send the request, acknowledge `replies` commands, return all that the server sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    if replies == 0:
        writer.write_eof()
    said = []
    while line := await reader.readline():
        said.append(line)
        writer.write(b"200 result=1\n")
    writer.close()
    return said


async def test_asterisk_learns_that_the_hotline_is_open(
    server: tuple[agi.AgiServer, int], door: Door
) -> None:
    assert await ask(server[1], QUESTION) == [b'SET VARIABLE HOTLINE_STATE "open"\n']
    assert door.asked[0].arguments == ("88005550640",)
    assert (server[0].answered, server[0].refused) == (1, 0)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"", id="closed at once"),
        pytest.param(b"agi_network_script: hotline\n", id="truncated"),
        pytest.param(b"GET / HTTP/1.0\n\n", id="not AGI"),
        pytest.param(b"x" * (agi.REQUEST_LIMIT * 2), id="too long"),
    ],
)
async def test_a_bad_question_is_refused_and_the_next_is_answered(
    server: tuple[agi.AgiServer, int], bad: bytes
) -> None:
    assert await ask(server[1], bad, replies=0) == []
    assert len(await ask(server[1], QUESTION)) == 1
    assert (server[0].answered, server[0].refused) == (1, 1)


async def test_a_caller_never_waits_longer_than_our_patience(
    server: tuple[agi.AgiServer, int], door: Door
) -> None:
    door.blocked.clear()
    assert await ask(server[1], QUESTION) == []
    assert server[0].refused == 1


@pytest.mark.parametrize("answer", [{"HOTLINE_STATE": 'open"\nEXEC System'}, {"hotline state": "open"}])
async def test_only_safe_variables_are_ever_set(
    server: tuple[agi.AgiServer, int], door: Door, answer: dict[str, str]
) -> None:
    door.answer = answer
    assert await ask(server[1], QUESTION) == []
    assert "not a safe channel variable" in str(server[0].last_error)


async def test_a_taken_port_is_an_error(server: tuple[agi.AgiServer, int], door: Door) -> None:
    with pytest.raises(OSError, match=r"address already in use|attempting to bind"):
        await agi.AgiServer(door).start("127.0.0.1", server[1])


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(agi).failed == 0
