"""Bodies of attachments on disk under random names (port `AttachmentFiles`)."""

import asyncio
import os
import re
import secrets
from pathlib import Path

from callcenter.domain.errors import NotFound, Unavailable

_NAME = re.compile(r"[0-9a-f]{40}", re.ASCII)


class AttachmentFiles:
    """Port `AttachmentFiles` on a folder; nothing a client typed becomes part of a path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def store(self, body: bytes) -> str:
        name = secrets.token_hex(20)
        try:
            await asyncio.to_thread(self._write, name, body)
        except OSError as error:
            raise Unavailable(f"the attachment cannot be stored: {error.strerror}") from error
        return name

    async def read(self, name: str) -> bytes:
        if not _NAME.fullmatch(name):
            raise NotFound("no such attachment")
        try:
            return await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError as error:
            raise NotFound("the attachment's file is gone") from error
        except OSError as error:
            raise Unavailable(f"the attachment cannot be read: {error.strerror}") from error

    async def forget(self, name: str) -> None:
        if _NAME.fullmatch(name):
            await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _write(self, name: str, body: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
