"""A stand-in for the program's FastAGI side: it answers, refuses to answer, or is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


class Program:
    """Listens on the AGI port; remembers what Asterisk asked."""

    def __init__(self, state: str | None) -> None:
        self._state = state
        self._silence = asyncio.Event()
        self.asked: list[dict[str, str]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one FastAGI connection, or keep silent when there is no state to tell."""
        try:
            question = (await reader.readuntil(b"\n\n")).decode()
            self.asked.append(dict(line.split(": ", 1) for line in question.splitlines() if ": " in line))
            if self._state is None:
                await self._silence.wait()
                return
            writer.write(f'SET VARIABLE HOTLINE_STATE "{self._state}"\n'.encode())
            await reader.readline()
        finally:
            writer.close()

    def release(self) -> None:
        """End the silence, so that the connection can close."""
        self._silence.set()


@asynccontextmanager
async def answering_program(facts: dict[str, Any], state: str | None) -> AsyncIterator[Program]:
    """The program, telling Asterisk `state`; None: it takes the question and never answers."""
    program = Program(state)
    agi = facts["agi"]
    server = await asyncio.start_server(program.serve, agi["host"], agi["port"])
    try:
        yield program
    finally:
        program.release()
        server.close()
        await server.wait_closed()
