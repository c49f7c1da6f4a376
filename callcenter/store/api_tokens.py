"""Tokens of programs and answers kept for repeated requests (ports `ApiTokens`, `ApiAnswers`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from callcenter.domain.api_tokens import ApiToken
from callcenter.domain.people import Action
from callcenter.ports.api import KeptAnswer
from callcenter.store.statement import Connection, Statement, insert_into, insert_or_ignore
from callcenter.store.tables_api import api_answer, api_token

_KNOWN = frozenset(Action)
_ALL = Statement(select(*api_token.c).order_by(api_token.c.id.desc()))
_BY_HASH = Statement(select(*api_token.c).where(api_token.c.token_sha256 == bindparam("hash")))
_ADD = insert_into(api_token, returning_id=True, skip=("id",))
_REVOKE = Statement(
    update(api_token).where(api_token.c.id == bindparam("key"), api_token.c.revoked_at.is_(None)),
    columns=("revoked_at",),
)
_USED = Statement(update(api_token).where(api_token.c.id == bindparam("key")), columns=("last_used_at",))

_MINE = (api_answer.c.key_sha256 == bindparam("key"), api_answer.c.started_at == bindparam("began"))
_ANSWER = Statement(select(*api_answer.c).where(api_answer.c.key_sha256 == bindparam("key")))
_BEGIN = insert_or_ignore(api_answer)
_MARK = Statement(update(api_answer).where(*_MINE), columns=("done",))
_FINISH = Statement(update(api_answer).where(*_MINE), columns=("done", "status", "body", "etag"))
_FORGET = Statement(delete(api_answer).where(*_MINE, api_answer.c.done.is_(False)))
_FORGET_OLDER = Statement(delete(api_answer).where(api_answer.c.started_at < bindparam("than")))


def _token(row: Sequence[Any]) -> ApiToken:
    names = [column.name for column in api_token.c]
    values = dict(zip(names, row, strict=True))
    # an action that a later version no longer knows opens nothing
    scopes = frozenset(Action(each) for each in values.pop("scopes").split() if each in _KNOWN)
    return ApiToken(**values, scopes=scopes)


class ApiTokens:
    """Port `ApiTokens` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, token: ApiToken) -> ApiToken:
        names = [column.name for column in api_token.c if column.name not in {"id", "scopes"}]
        columns = {name: getattr(token, name) for name in names}
        row = await self._db.row(_ADD, {**columns, "scopes": " ".join(sorted(token.scopes))})
        assert row is not None
        return replace(token, id=row[0])

    async def by_hash(self, token_sha256: str) -> ApiToken | None:
        row = await self._db.row(_BY_HASH, {"hash": token_sha256})
        return None if row is None else _token(row)

    async def all(self) -> Sequence[ApiToken]:
        return [_token(row) for row in await self._db.rows(_ALL)]

    async def revoke(self, token_id: int, *, at: datetime) -> bool:
        return bool(await self._db.run(_REVOKE, {"key": token_id, "revoked_at": at}))

    async def used(self, token_id: int, *, at: datetime) -> None:
        await self._db.run(_USED, {"key": token_id, "last_used_at": at})


class ApiAnswers:
    """Port `ApiAnswers` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def by_key(self, key_sha256: str) -> KeptAnswer | None:
        row = await self._db.row(_ANSWER, {"key": key_sha256})
        if row is None:
            return None
        key, fingerprint, started_at, done, status, body, etag = row
        return KeptAnswer(
            key_sha256=key,
            fingerprint=fingerprint,
            started_at=started_at,
            done=bool(done),
            status=status,
            body=body,
            etag=etag,
        )

    async def begin(self, kept: KeptAnswer) -> bool:
        columns = {column.name: getattr(kept, column.name) for column in api_answer.c}
        return bool(await self._db.run(_BEGIN, columns))

    async def mark_done(self, key_sha256: str, started_at: datetime) -> bool:
        return bool(await self._db.run(_MARK, {"key": key_sha256, "began": started_at, "done": True}))

    async def finish(self, kept: KeptAnswer) -> None:
        await self._db.run(
            _FINISH,
            {
                "key": kept.key_sha256,
                "began": kept.started_at,
                "done": True,
                "status": kept.status,
                "body": kept.body,
                "etag": kept.etag,
            },
        )

    async def forget(self, key_sha256: str, started_at: datetime) -> None:
        await self._db.run(_FORGET, {"key": key_sha256, "began": started_at})

    async def forget_older(self, than: datetime) -> None:
        await self._db.run(_FORGET_OLDER, {"than": than})
