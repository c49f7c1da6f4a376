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

FORMS, FORMS_ALONE = 8, 24
"""How many dictionary words one typed prefix may stand for, the shortest first: among other words, and alone."""
SHORTEST_PREFIX = 3
"""A shorter word stands for itself only: half the dictionary begins with it."""
LOOKED_AT = (200, 1200)
"""Of the rarest word, so many of the newest tickets are compared with the others; more only when few were found."""
COMMON = 300
"""A word is counted up to this to tell which is the rarest."""
TELLING, NEWEST_OF_EACH = 8, 300
"""Similar tickets are looked for by so many of the rarest words, among so many of the newest tickets of each."""
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
        slow=sqlite.startswith("SELECT"),
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
_SIZES = _listing(
    "SELECT value, (SELECT count(*) FROM (SELECT 1 FROM search_posting"
    " WHERE word_id = json_each.value LIMIT :most)) FROM json_each(:words)",
    "SELECT w, (SELECT count(*) FROM (SELECT 1 FROM search_posting WHERE word_id = w LIMIT :most) AS few)"
    " FROM unnest(:words) AS w",
    words="int",
)
_NEWEST = _listing(
    "SELECT DISTINCT p.ticket_id FROM json_each(:words) AS w CROSS JOIN search_posting AS p"
    " WHERE p.word_id = w.value AND p.ticket_id < :before AND p.ticket_id >= ifnull("
    "(SELECT ticket_id FROM search_posting WHERE word_id = w.value AND ticket_id < :before"
    " ORDER BY ticket_id DESC LIMIT 1 OFFSET :last), 0) ORDER BY p.ticket_id DESC LIMIT :most",
    "SELECT DISTINCT p.ticket_id FROM unnest(:words) AS w CROSS JOIN LATERAL"
    " (SELECT ticket_id FROM search_posting WHERE word_id = w AND ticket_id < :before"
    " ORDER BY ticket_id DESC LIMIT :most) AS p ORDER BY p.ticket_id DESC LIMIT :most",
    words="int",
)
_HOLDING = _listing(
    "SELECT DISTINCT ticket_id FROM search_posting WHERE word_id IN (SELECT value FROM json_each(:words))"
    " AND ticket_id IN (SELECT value FROM json_each(:tickets))",
    "SELECT t FROM unnest(:tickets) AS t CROSS JOIN LATERAL (SELECT 1 FROM search_posting"
    " WHERE word_id = ANY(:words) AND ticket_id = t LIMIT 1) AS held",
    words="int",
    tickets="int",
)
_NO_LIMIT = 2**31 - 1
_AFTER_ALL, _AT_ONCE = "\U0010ffff", "\x01"


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
        most = FORMS if len(alternatives) > 1 else FORMS_ALONE
        sought = [await self._forms(prefix, most) for prefix in alternatives]
        if not sought or not all(sought):
            return []
        until = _NO_LIMIT if before is None else before
        if len(sought) == 1:
            return await self._newest(sought[0], until, limit)
        sizes = await self._sizes({each for forms in sought for each in forms})
        sought.sort(key=lambda forms: sum(sizes[each] for each in forms))
        found: list[int] = []
        for many in LOOKED_AT:
            candidates = await self._newest(sought[0], until, many)
            found += await self._holding(candidates, sought[1:])
            if len(found) >= limit or len(candidates) < many:
                break
            until = candidates[-1]
        return found[:limit]

    async def sharing(self, words: Collection[str], *, limit: int) -> Mapping[int, int]:
        rows = await self._db.rows(_EXACT, {"words": sorted({word[:LONGEST] for word in words})})
        sizes = await self._sizes({row[0] for row in rows})
        rarest = sorted(sizes, key=lambda word_id: (sizes[word_id], word_id))[:TELLING]
        counted: Counter[int] = Counter()
        for word_id in rarest:
            counted.update(await self._newest([word_id], _NO_LIMIT, NEWEST_OF_EACH))
        best = sorted(counted.items(), key=lambda pair: (-pair[1], -pair[0]))
        return dict(best[:limit])

    async def _forms(self, prefix: str, most: int) -> list[int]:
        low = prefix[:LONGEST]
        high = low + (_AFTER_ALL if len(low) >= SHORTEST_PREFIX else _AT_ONCE)
        rows = await self._db.rows(_PREFIX, {"low": low, "high": high, "limit": most})
        return [row[0] for row in rows]

    async def _sizes(self, word_ids: Collection[int]) -> dict[int, int]:
        """How many tickets hold each of these, counted up to `COMMON`."""
        if not word_ids:
            return {}
        rows = await self._db.rows(_SIZES, {"words": sorted(word_ids), "most": COMMON})
        return {row[0]: row[1] for row in rows}

    async def _newest(self, word_ids: Sequence[int], before: int, most: int) -> list[int]:
        """Tickets that hold one of these words, newest first."""
        values = {"words": list(word_ids), "before": before, "most": most, "last": most - 1}
        return [row[0] for row in await self._db.rows(_NEWEST, values)]

    async def _holding(self, tickets: Sequence[int], others: Sequence[list[int]]) -> list[int]:
        """Those of the tickets that hold a form of every other word, in their order."""
        left = set(tickets)
        for forms in others:
            if not left:
                break
            rows = await self._db.rows(_HOLDING, {"words": forms, "tickets": sorted(left)})
            left = {row[0] for row in rows}
        return [each for each in tickets if each in left]
