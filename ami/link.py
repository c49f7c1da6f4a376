"""A supervised link: connects, logs in, watches, and comes back after a break; one task, one state at a time.

DOWN → CONNECTING → LOGIN → (what the owner does next) → LIVE. A link silent for `dead_after` seconds is dropped
although the socket looks alive. Breaks are followed by a growing pause with jitter, a refused login by a minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ssl import SSLCertVerificationError, SSLContext, SSLError

from ami.actions import login
from ami.errors import AmiError, LoginRefused
from ami.session import Session
from ami.signals import LinkState

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkSettings:
    """How to reach Asterisk, and how patient to be (seconds)."""

    host: str
    port: int = 5038
    username: str
    secret: str = field(repr=False)
    ssl: SSLContext | None = None
    connect_within: float = 5.0
    login_within: float = 5.0
    ping_every: float = 2.0
    dead_after: float = 6.0
    retry_first: float = 0.5
    retry_longest: float = 15.0
    retry_refused: float = 60.0
    action_within: float = 5.0
    largest_message: int = 64 * 1024


class Link:
    """Keeps one connection up. `prepare` runs after each login and returns when the link is fit for use."""

    def __init__(
        self,
        settings: LinkSettings,
        *,
        events: bool,
        make_session: Callable[[], Session],
        prepare: Callable[[Session], Awaitable[None]],
        on_state: Callable[[LinkState, str], None],
    ) -> None:
        self._settings = settings
        self._events = events
        self._make_session = make_session
        self._prepare = prepare
        self._on_state = on_state
        self.session: Session | None = None
        self.state = LinkState.DOWN
        self.breaks = 0

    def enter(self, state: LinkState, reason: str = "") -> None:
        """Go to another state and tell."""
        self.state = state
        self._on_state(state, reason)

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        pause = self._settings.retry_first
        while True:
            try:
                await self._one_connection()
                reason = "Asterisk closed the connection or fell silent"
            except LoginRefused as error:
                reason, pause = str(error), self._settings.retry_refused
            except TimeoutError:
                reason = f"no connection to {self._address} in time"
            except OSError as error:
                reason = f"no connection to {self._address}: {_sentence(error)}"
            except AmiError as error:
                reason = str(error)
            except Exception as error:  # noqa: BLE001 - a bug of ours is one more break, not the end of telephony
                _log.exception("the link to %s failed", self._address)
                reason = f"unexpected failure: {type(error).__name__}"
            if self.state is LinkState.LIVE:
                pause = self._settings.retry_first
            self.breaks += 1
            self.session = None
            self.enter(LinkState.DOWN, reason)
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))
            pause = min(pause * 2, self._settings.retry_longest)

    @property
    def _address(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    async def _one_connection(self) -> None:
        """From connect to the end of the connection. Returns when an established link is lost."""
        self.enter(LinkState.CONNECTING)
        session = self._make_session()
        watch: asyncio.Task[None] | None = None
        try:
            await session.connect(
                self._settings.host,
                self._settings.port,
                ssl=self._settings.ssl,
                patience=self._settings.connect_within,
            )
            watch = asyncio.create_task(self._watch(session))
            self.enter(LinkState.LOGIN)
            await self._log_in(session)
            self.session = session
            await self._prepare(session)
            self.enter(LinkState.LIVE)
            await session.lost.wait()
        finally:
            self.session = None
            if watch is not None:
                watch.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watch
            await session.close()

    async def _log_in(self, session: Session) -> None:
        action = login(self._settings.username, self._settings.secret, events=self._events)
        answer = await session.send(action, self._settings.login_within)
        if not answer.success:
            raise LoginRefused(f"Asterisk refused the login of {self._settings.username!r}: {answer.message}")

    async def _watch(self, session: Session) -> None:
        """Ping, and drop a connection that has been silent for too long (a half-open one tells nothing itself)."""
        loop = asyncio.get_running_loop()
        while not session.lost.is_set():
            await asyncio.sleep(self._settings.ping_every)
            if loop.time() - session.heard_at >= self._settings.dead_after:
                session.abort()
                return
            if self.state is not LinkState.LOGIN:
                session.ping()


def _sentence(error: OSError) -> str:
    """What went wrong, in the system's words (asyncio wraps them in its own); TLS numbers its errors otherwise."""
    if isinstance(error, SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, SSLError):
        return f"TLS: {error.reason or error.strerror}"
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__
