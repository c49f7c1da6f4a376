"""Words of tickets in two ordinary tables, searched alike on both databases (port `SearchIndex`).

Decision: a dictionary of stems and postings (word, ticket) instead of FTS5 and tsvector. A B-tree gives a word's
newest tickets in order without reading the others, however common the word is; GIN has to read and sort all of
them. One normalisation, one SQL, one behaviour on both databases; the cost is bounded by `LOOKED_AT`.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Integer, String, bindparam, delete, text

from callcenter.store.statement import Connection, Statement
from callcenter.store.tables_desk import search_posting
from callcenter.store.types import IntegersJson, StringsJson

FORMS = 24
"""How many dictionary words one typed prefix may stand for, the shortest first."""
LOOKED_AT = 4000
"""Of the rarest word, so many of the newest tickets are compared with the others."""
RARE = 2000
LONGEST = 64


def _listing(sqlite: str, postgresql: str, **lists: str) -> Statement:
    """The same statement with its lists as JSON on SQLite and as arrays on PostgreSQL."""
    on_sqlite: dict[str, Any] = {"int": IntegersJson(), "str": StringsJson()}
    on_postgresql: dict[str, Any] = {"int": ARRAY(Integer), "str": ARRAY(String)}
    return Statement(
        text(sqlite).bindparams(*(bindparam(name, type_=on_sqlite[kind]) for name, kind in lists.items())),
        postgresql=text(postgresql).bindparams(
            *(bindparam(name, type_=on_postgresql[kind]) for name, kind in lists.items())
        ),
    )


_LEARN = _listing(
    "INSERT INTO search_word (word) SELECT value FROM json_each(:words) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO search_word (word) SELECT unnest(:words) ON CONFLICT DO NOTHING",
    words="str",
)
_POST = _listing(
    "INSERT INTO search_posting (word_id, ticket_id) SELECT id, :ticket_id FROM search_word"
    " WHERE word IN (SELECT value FROM json_each(:words))",
    "INSERT INTO search_posting (word_id, ticket_id) SELECT id, CAST(:ticket_id AS integer) FROM search_word"
    " WHERE word = ANY(:words)",
    words="str",
)
_FORGET = Statement(delete(search_posting).where(search_posting.c.ticket_id == bindparam("ticket_id")))
_PREFIX = Statement(
    text(
        "SELECT id FROM search_word WHERE word >= :low AND word < :high ORDER BY length(word), word LIMIT :limit"
    )
)
_EXACT = _listing(
    "SELECT id FROM search_word WHERE word IN (SELECT value FROM json_each(:words))",
    "SELECT id FROM search_word WHERE word = ANY(:words)",
    words="str",
)
_COUNT = Statement(
    text("SELECT count(*) FROM (SELECT 1 FROM search_posting WHERE word_id = :word_id LIMIT :limit) AS few")
)
_NEWEST = Statement(
    text(
        "SELECT ticket_id FROM search_posting WHERE word_id = :word_id AND ticket_id < :before"
        " ORDER BY ticket_id DESC LIMIT :limit"
    )
)
_HOLDING = _listing(
    "SELECT DISTINCT ticket_id FROM search_posting WHERE word_id IN (SELECT value FROM json_each(:words))"
    " AND ticket_id IN (SELECT value FROM json_each(:tickets))",
    "SELECT DISTINCT ticket_id FROM search_posting WHERE word_id = ANY(:words) AND ticket_id = ANY(:tickets)",
    words="int",
    tickets="int",
)
_NO_LIMIT = 2**31 - 1
_AFTER_ALL = "\U0010ffff"


class SearchIndex:
    """Port `SearchIndex` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def put(self, ticket_id: int, words: Collection[str]) -> None:
        # in one order everywhere, so that two writers of new words wait for each other and never in a circle
        kept = sorted({word[:LONGEST] for word in words})
        await self._db.run(_FORGET, {"ticket_id": ticket_id})
        if kept:
            await self._db.run(_LEARN, {"words": kept})
            await self._db.run(_POST, {"words": kept, "ticket_id": ticket_id})

    async def find(self, alternatives: Sequence[str], *, before: int | None, limit: int) -> Sequence[int]:
        sought = [await self._forms(prefix) for prefix in alternatives]
        if not sought or not all(sought):
            return []
        until = _NO_LIMIT if before is None else before
        if len(sought) == 1:
            return sorted(await self._newest(sought[0], until, limit), reverse=True)[:limit]
        sizes = [await self._size(forms) for forms in sought]
        order = sorted(range(len(sought)), key=sizes.__getitem__)
        found = await self._newest(sought[order[0]], until, LOOKED_AT)
        for place in order[1:]:
            if not found:
                return []
            rows = await self._db.rows(_HOLDING, {"words": sought[place], "tickets": sorted(found)})
            found = {row[0] for row in rows}
        return sorted(found, reverse=True)[:limit]

    async def sharing(self, words: Collection[str], *, limit: int) -> Mapping[int, int]:
        rows = await self._db.rows(_EXACT, {"words": sorted({word[:LONGEST] for word in words})})
        sizes = sorted([(await self._size([row[0]]), row[0]) for row in rows])
        counted: Counter[int] = Counter()
        for size, word_id in sizes[:12]:
            newest = LOOKED_AT if size < RARE else limit
            counted.update(await self._newest([word_id], _NO_LIMIT, newest))
        best = sorted(counted.items(), key=lambda pair: (-pair[1], -pair[0]))
        return dict(best[:limit])

    async def _forms(self, prefix: str) -> list[int]:
        low = prefix[:LONGEST]
        rows = await self._db.rows(_PREFIX, {"low": low, "high": low + _AFTER_ALL, "limit": FORMS})
        return [row[0] for row in rows]

    async def _size(self, word_ids: Sequence[int]) -> int:
        """How many tickets hold one of these, counted up to `RARE` each."""
        total = 0
        for each in word_ids:
            row = await self._db.row(_COUNT, {"word_id": each, "limit": RARE})
            total += 0 if row is None else int(row[0])
        return total

    async def _newest(self, word_ids: Sequence[int], before: int, limit: int) -> set[int]:
        found: set[int] = set()
        for each in word_ids:
            rows = await self._db.rows(_NEWEST, {"word_id": each, "before": before, "limit": limit})
            found.update(row[0] for row in rows)
        return found
