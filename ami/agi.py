"""FastAGI: Asterisk asks a question in the middle of a call, we set variables on its channel.

panoramisk's own `Application.handler` spins for ever on a connection that closes early and reads without a limit,
so only its command protocol (`Request`) is used; reading the request is ours.
Source: Asterisk `res_agi.c`; default port 4573.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from panoramisk.fast_agi import Request

REQUEST_LIMIT = 16 * 1024
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,62}", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9_.:+-]{0,200}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class AgiQuestion:
    """What Asterisk tells of the channel that asks; all of it is untrusted input."""

    script: str
    channel: str
    uniqueid: str
    caller: str
    arguments: tuple[str, ...]


Answer = Callable[[AgiQuestion], Awaitable[Mapping[str, str]]]


class AgiServer:
    """Answers FastAGI questions with channel variables.

    `answer` gives the variables; names and values are checked (no quotes, no control characters). A question that
    is malformed, too long or too slow is counted in `refused`, its connection closed: the dialplan goes on with
    `AGISTATUS=FAILURE` or an unset variable, and the call never waits for us longer than `patience` seconds.
    """

    def __init__(self, answer: Answer, *, patience: float = 2.0) -> None:
        self._answer = answer
        self._patience = patience
        self._server: asyncio.Server | None = None
        self.answered = 0
        self.refused = 0
        self.last_error: str | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port (useful with 0). Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=REQUEST_LIMIT)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening; calls in progress go on in Asterisk."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(self._converse(reader, writer), self._patience)
            self.answered += 1
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            TimeoutError,
            ValueError,
            OSError,
        ) as error:
            self.refused += 1
            self.last_error = f"{type(error).__name__}: {error}"
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = parse_question(await reader.readuntil(b"\n\n"))
        variables = await self._answer(question)
        request = Request(None, {}, reader, writer)
        for name, value in variables.items():
            if not _VARIABLE.fullmatch(name) or not _VALUE.fullmatch(value):
                raise ValueError(f"not a safe channel variable: {name!r}={value!r}")
            await request.send_command(f'SET VARIABLE {name} "{value}"')


def parse_question(raw: bytes) -> AgiQuestion:
    r"""Read the `agi_…` lines Asterisk sends first.

    >>> parse_question(b"agi_network_script: hotline\nagi_arg_1: 88005550640\nagi_callerid: unknown\n\n").arguments
    ('88005550640',)

    Raises:
        ValueError: it is not an AGI request.
    """
    pairs = (line.partition(": ") for line in raw.decode("utf-8", "replace").splitlines())
    headers = {name: value for name, separator, value in pairs if separator}
    if "agi_network_script" not in headers:
        raise ValueError("not an AGI request: agi_network_script is missing")
    arguments = sorted(
        (int(name.removeprefix("agi_arg_")), value)
        for name, value in headers.items()
        if re.fullmatch(r"agi_arg_\d{1,3}", name, re.ASCII)
    )
    return AgiQuestion(
        script=headers["agi_network_script"],
        channel=headers.get("agi_channel", ""),
        uniqueid=headers.get("agi_uniqueid", ""),
        caller=headers.get("agi_callerid", ""),
        arguments=tuple(value for _, value in arguments),
    )
