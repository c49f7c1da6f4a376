"""The services the screens ask, handed over as one value by the composition root."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from callcenter.ports import Clock, OpenUnitOfWork, Passwords


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """`open_uow` is for reading what a screen shows; every change goes through a service."""

    open_uow: OpenUnitOfWork

    @classmethod
    def on(
        cls, open_uow: OpenUnitOfWork, clock: Clock, passwords: Passwords, *, session_length: timedelta
    ) -> Self:
        """Every service over one store."""
        return cls(open_uow=open_uow)
