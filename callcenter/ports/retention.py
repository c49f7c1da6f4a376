"""What the retention of personal data needs of a store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Retention(Protocol):
    """Emptying what has been kept long enough, oldest first, at most `limit` rows of a kind at once."""

    async def shed_files(self, *, ended_before: datetime, limit: int) -> Sequence[str]:
        """Drop the attachments of tickets that ended earlier; the names of their stored bodies."""
        ...

    async def empty_letters(self, *, settled_before: datetime, limit: int) -> int:
        """Empty address and content of letters that were delivered or refused earlier; the rows stay."""
        ...

    async def forget_strangers(self, *, ended_before: datetime, limit: int) -> tuple[int, Sequence[str]]:
        """Empty what tickets without a client say of people; how many, and the names of stored bodies."""
        ...

    async def empty_senders(self, *, sent_before: datetime, limit: int) -> int:
        """Empty the network keys of public forms that were sent earlier."""
        ...

    async def shed_sign_ins(self, *, ended_before: datetime) -> int:
        """Drop sessions and one-time links that ended earlier."""
        ...
