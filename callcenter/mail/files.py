"""Without a mail server, letters are files that a person can open; the screens say so."""

import asyncio
from pathlib import Path

from callcenter.domain.notices import Delivery, DeliveryResult, OutboxItem
from callcenter.mail.enclosures import Enclosures
from callcenter.mail.letters import Letters, UnusableAddress
from callcenter.mail.own_words import OwnWords


class FileCarrier:
    """Port `Carrier` on a folder: `outbox-<id>.eml`, whole or not at all; a repetition writes the same file."""

    def __init__(
        self, folder: Path, letters: Letters, enclosures: Enclosures, *, words: OwnWords | None = None
    ) -> None:
        self._folder = folder
        self._letters = letters
        self._enclosures = enclosures
        self._words = words

    async def carry(self, item: OutboxItem) -> Delivery:
        try:
            own = None if self._words is None else await self._words.of(item)
            letter = self._letters.write(item, await self._enclosures.of(item), own=own)
        except UnusableAddress as error:
            return Delivery(result=DeliveryResult.REFUSED, detail=str(error))
        path = self._folder / f"outbox-{item.id}.eml"
        try:
            await asyncio.to_thread(_write, path, bytes(letter))
        except OSError as error:
            return Delivery(result=DeliveryResult.POSTPONED, detail=f"{path.name}: {error.strerror}")
        return Delivery(result=DeliveryResult.DELIVERED, detail=f"written to {path.name}")


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(body)
    fresh.replace(path)
