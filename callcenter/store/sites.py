"""Public forms with their brands (port `Sites`)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select, update

from callcenter.domain.errors import NotFound
from callcenter.domain.sites import Site, SiteKind
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_sites import site

_NAMES = tuple(column.name for column in site.c)
_ALL = Statement(select(*site.c).order_by(site.c.id))
_BY_SLUG = Statement(select(*site.c).where(site.c.slug == bindparam("slug")))
_BY_ID = Statement(select(*site.c).where(site.c.id == bindparam("id")))
_ADD = insert_into(site, returning_id=True, skip=("id",))
_SAVE = Statement(
    update(site).where(site.c.id == bindparam("key")),
    columns=[name for name in _NAMES if name != "id"],
)


def _site(row: Sequence[Any]) -> Site:
    values = dict(zip(_NAMES, row, strict=True))
    return Site(
        **{
            **values,
            "kind": SiteKind(values["kind"]),
            "products": tuple(values["products"].split()),
            "allowed_origins": tuple(values["allowed_origins"].split()),
            "active": bool(values["active"]),
        }
    )


def _columns(value: Site) -> dict[str, Any]:
    values = {name: getattr(value, name) for name in _NAMES if name != "id"}
    values["products"] = "\n".join(value.products)
    values["allowed_origins"] = "\n".join(value.allowed_origins)
    return values


class Sites:
    """Port `Sites` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def all(self) -> Sequence[Site]:
        return [_site(row) for row in await self._db.rows(_ALL)]

    async def by_slug(self, slug: str) -> Site | None:
        row = await self._db.row(_BY_SLUG, {"slug": slug})
        return None if row is None else _site(row)

    async def by_id(self, site_id: int) -> Site | None:
        row = await self._db.row(_BY_ID, {"id": site_id})
        return None if row is None else _site(row)

    async def add(self, value: Site) -> Site:
        row = await self._db.row(_ADD, _columns(value))
        assert row is not None
        return replace(value, id=row[0])

    async def save(self, value: Site) -> None:
        if not await self._db.run(_SAVE, {**_columns(value), "key": value.id}):
            raise NotFound(f"no site {value.id}", site_id=value.id)
