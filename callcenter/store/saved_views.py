"""People's named lists (port `SavedViews`)."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, delete, or_, select

from callcenter.domain.lists import SavedView
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_desk import saved_view

_OF_PERSON = Statement(
    select(*saved_view.c)
    .where(or_(saved_view.c.person_id == bindparam("person_id"), saved_view.c.shared))
    .order_by(saved_view.c.shared, saved_view.c.position, saved_view.c.id)
)
_ADD = insert_into(saved_view, returning_id=True, skip=("id",))
_DROP = Statement(
    delete(saved_view).where(
        saved_view.c.id == bindparam("id"), saved_view.c.person_id == bindparam("person_id")
    )
)


class SavedViews:
    """Port `SavedViews` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def of_person(self, person_id: int) -> Sequence[SavedView]:
        return [
            SavedView(id=identity, person_id=owner, name=name, query=query, shared=shared, position=position)
            for identity, owner, name, query, shared, position in await self._db.rows(
                _OF_PERSON, {"person_id": person_id}
            )
        ]

    async def add(self, view: SavedView) -> SavedView:
        row = await self._db.row(
            _ADD,
            {
                "person_id": view.person_id,
                "name": view.name,
                "query": view.query,
                "shared": view.shared,
                "position": view.position,
            },
        )
        assert row is not None
        return replace(view, id=row[0])

    async def drop(self, view_id: int, person_id: int) -> bool:
        return await self._db.run(_DROP, {"id": view_id, "person_id": person_id}) == 1
