"""A real mail server that can refuse, stall and vanish on purpose."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(kw_only=True)
class MailServer:
    """Its mood: `recipient` and `data` are answers to give; `stall` keeps silent; `drop` hangs up after the dot."""

    recipient: str = "250 OK"
    data: str = "250 OK taken"
    stall: bool = False
    drop: bool = False
    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    conversations: int = 0

    async def handle_EHLO(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.conversations += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.stall:
            await asyncio.Event().wait()
        if self.data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            letter = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.taken.append(letter)
        if self.drop:
            transport: Any = server.transport
            transport.abort()
        return self.data


@asynccontextmanager
async def mail_server(mood: MailServer) -> AsyncIterator[MailServer]:
    """Serves on this loop: the library's own controller wants a fixed port and a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    tasks: list[SMTP] = []

    def session() -> SMTP:
        smtp = SMTP(mood, enable_SMTPUTF8=False, hostname="mail.test", loop=loop)
        tasks.append(smtp)
        return smtp

    server = await loop.create_server(session, sock=listener)
    mood.port = listener.getsockname()[1]
    try:
        yield mood
    finally:
        server.close()
        for each in tasks:
            transport: Any = each.transport
            if transport is not None:
                transport.abort()
            handler: Any = getattr(each, "_handler_coroutine", None)
            if handler is not None:
                handler.cancel()
                await asyncio.wait([handler])
