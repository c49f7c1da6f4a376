"""Importing organisations, clients, products and contracts from a CSV file: first looked at, then all or nothing.

One kind of thing per file. A line whose key is known updates, another creates; an empty cell keeps what is stored.

- organizations: `inn` (ИНН), `name` (Название). Key: inn.
- clients: `name` (ФИО), `phones` (Телефоны), `email` (Почта), `organization_inn` (ИНН организации).
  Key: e-mail, else a phone together with the name.
- products: `code` (Код), `name` (Название), `vendor` (Разработчик). Key: code.
- contracts: `organization_inn`, `product_code` (Код продукта), `number` (Номер), `starts_on` (Начало),
  `ends_on` (Окончание), `vendor_support` (Поддержка разработчика: да/нет). Key: company, product, number.

Several phones in a cell are parted by commas, semicolons or slashes. Dates are 23.11.2026 or 2026-11-23.
Limits and encodings: `client_table.py`. On SQLite storing holds the one writer, about 0.1 ms a changed line, so that
a large file belongs outside hours; comparing it with what is stored does not.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Person
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.client_lines import COLUMNS, REQUIRED, BadCell, Change, Kind, Planner, store
from callcenter.services.client_table import BadLine, Table, read_table

__all__ = ["BadLine", "ClientImport", "Effect", "ImportPlan", "Kind", "PlannedLine"]

_YIELD_EVERY = 100
_SHOWN = 50


class Effect(StrEnum):
    """What a line does."""

    CREATE = "create"
    UPDATE = "update"
    SAME = "same"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedLine:
    """One line as the preview shows it."""

    line: int
    effect: Effect
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPlan:
    """What an import does, or did: counts, every bad line in order, and the first lines that change something."""

    kind: Kind
    created: int
    updated: int
    unchanged: int
    bad: Sequence[BadLine]
    shown: Sequence[PlannedLine]

    @property
    def possible(self) -> bool:
        """Whether it may be run: no bad line, and at least one good one."""
        return not self.bad and self.created + self.updated + self.unchanged > 0


class ClientImport:
    """Looks at files and imports them."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock) -> None:
        self._open_uow = open_uow
        self._clock = clock

    async def preview(self, kind: Kind, content: bytes) -> ImportPlan:
        """What importing this file would do; changes nothing.

        Raises:
            InvalidInput: the file cannot be read at all (`client_table.read_table`).
        """
        plan, _ = await self._planned(kind, content)
        return plan

    async def run(self, kind: Kind, content: bytes, *, by: Person) -> ImportPlan:
        """Import the file whole.

        Raises:
            InvalidInput: it cannot be read, or `file: bad_lines`, then nothing of it was imported.
            Conflict: somebody changed the same things meanwhile; nothing was imported, try again.
        """
        done, changes = await self._planned(kind, content)
        if not done.possible:
            raise InvalidInput({"file": "bad_lines" if done.bad else "empty"})
        async with self._open_uow() as uow:
            for place, change in enumerate(changes):
                await _let_others(place)
                await store(uow, change)
            await uow.audit.record(
                at=self._clock.now(),
                actor=f"person:{by.id}",
                ticket_id=None,
                action="clients.imported",
                reason=str(kind),
                change={
                    "created": done.created,
                    "updated": done.updated,
                    "sha256": hashlib.sha256(content).hexdigest(),
                },
            )
            await uow.commit()
        return done

    async def _planned(self, kind: Kind, content: bytes) -> tuple[ImportPlan, Sequence[Change]]:
        table = await _table(kind, content)
        async with self._open_uow(write=False) as uow:
            return await _compared(uow, kind, table)


async def _table(kind: Kind, content: bytes) -> Table:
    """Ten megabytes take a while to split into cells: not on the event loop."""
    return await asyncio.to_thread(read_table, content, COLUMNS[kind], REQUIRED[kind])


async def _let_others(place: int) -> None:
    """Calls go on while an import runs."""
    if place % _YIELD_EVERY == 0:
        await asyncio.sleep(0)


async def _compared(uow: UnitOfWork, kind: Kind, table: Table) -> tuple[ImportPlan, Sequence[Change]]:
    planner = Planner(uow, kind)
    bad = list(table.bad)
    unchanged = 0
    changes: list[tuple[PlannedLine, Change]] = []
    for place, row in enumerate(table.rows):
        await _let_others(place)
        try:
            change = await planner.plan(row)
        except BadCell as cell:
            bad.append(BadLine(line=row.line, column=cell.column, reason=cell.reason, value=cell.value))
            continue
        effect = _effect(change)
        if effect is Effect.SAME:
            unchanged += 1
        else:
            changes.append((PlannedLine(line=row.line, effect=effect, label=change.label), change))
    effects = Counter(line.effect for line, _ in changes)
    plan = ImportPlan(
        kind=kind,
        created=effects[Effect.CREATE],
        updated=effects[Effect.UPDATE],
        unchanged=unchanged,
        bad=sorted(bad, key=lambda each: each.line),
        shown=[line for line, _ in changes[:_SHOWN]],
    )
    return plan, [change for _, change in changes]


def _effect(change: Change) -> Effect:
    if change.before is None:
        return Effect.CREATE
    return Effect.SAME if change.before == change.after else Effect.UPDATE
