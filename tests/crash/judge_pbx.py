"""A small exchange in the test's own process: it outlives the dialers, and its list of INVITEs judges them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.simulation.model_pbx import Fate

PICK_UP = 0.002
RING = 0.004


def now() -> int:
    """Microseconds since 1970, as every process here counts them."""
    return time.time_ns() // 1000


class JudgePbx:
    """Serves a Unix socket, one JSON object a line. `fate_of` says what the client of a number does."""

    def __init__(self, fate_of: Callable[[str], Fate]) -> None:
        self.invites: list[tuple[str, str]] = []
        self.orders: list[str] = []
        self.records: dict[str, tuple[Fate | None, int]] = {}
        self.changed = asyncio.Condition()
        self.ring = RING
        """Seconds a client's telephone rings, unless it is hung up before."""
        self.hung_up: set[str] = set()
        self._fate_of = fate_of
        self._alive: set[str] = set()
        self._ringing: dict[str, asyncio.Event] = {}
        self._listeners: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, path: Path) -> None:
        self._server = await asyncio.start_unix_server(self._serve, path)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._listeners):
            writer.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def ring_no_longer(self) -> None:
        """What rings now comes to its end, and what comes rings as shortly as ever."""
        self.ring = RING
        for stops in self._ringing.values():
            stops.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                asked = json.loads(line)
                if asked["do"] == "listen":
                    self._listeners.add(writer)
                    continue
                writer.write(json.dumps(self._answer(asked)).encode() + b"\n")
        except (ConnectionError, ValueError):
            return  # the other side was killed in the middle of a line
        finally:
            self._listeners.discard(writer)
            writer.close()

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        attempt_id = asked["attempt_id"]
        if asked["do"] == "place":
            self.orders.append(attempt_id)
            self._alive.add(attempt_id)
            task = asyncio.create_task(self._call(asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return {"placed": True}
        if asked["do"] == "hang_up":
            ringing = self._ringing.get(attempt_id)
            if ringing is not None:
                self.hung_up.add(attempt_id)
                ringing.set()
        if asked["do"] == "examine":
            if attempt_id in self._alive:
                return {"finding": "alive"}
            fate, ended_at = self.records.get(attempt_id, (None, 0))
            if attempt_id not in self.records:
                return {"finding": "no_trace"}
            return {"finding": "over", "fate": fate, "ended_at": ended_at}
        return {}

    async def _call(self, order: dict[str, Any]) -> None:
        attempt_id, fate = order["attempt_id"], self._fate_of(order["number"])
        await asyncio.sleep(PICK_UP)
        if now() > order["expires_at"]:
            await self._end(attempt_id, None)
            return
        self.invites.append((attempt_id, order["number"]))
        stops = self._ringing[attempt_id] = asyncio.Event()
        with suppress(TimeoutError):
            await asyncio.wait_for(stops.wait(), self.ring)
        del self._ringing[attempt_id]
        await self._end(attempt_id, Fate.EXECUTOR_LEAVES if attempt_id in self.hung_up else fate)

    async def _end(self, attempt_id: str, fate: Fate | None) -> None:
        self._alive.discard(attempt_id)
        self.records[attempt_id] = (fate, now())
        line = json.dumps({"attempt_id": attempt_id, "fate": fate, "ended_at": now()}).encode() + b"\n"
        for writer in list(self._listeners):
            writer.write(line)
        async with self.changed:
            self.changed.notify_all()
