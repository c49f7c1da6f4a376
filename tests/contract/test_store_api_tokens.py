"""Ports `ApiTokens` and `ApiAnswers`."""

from dataclasses import replace
from datetime import timedelta

from callcenter.domain.api_tokens import ApiToken
from callcenter.domain.people import Action
from callcenter.ports.api import KeptAnswer
from callcenter.ports.unit_of_work import OpenUnitOfWork
from tests import make

KEPT = KeptAnswer(key_sha256="k" * 64, fingerprint="f" * 64, started_at=make.at(0))


async def stored(open_uow: OpenUnitOfWork, letter: str = "a") -> ApiToken:
    async with open_uow() as uow:
        person = await uow.people.add(make.person(letter, endpoint=None), password_hash=None)
        token = await uow.api_tokens.add(
            ApiToken(
                id=0,
                person_id=person.id,
                name="Бухгалтерия",
                prefix="hct_abcdef",
                token_sha256=letter * 64,
                scopes=frozenset({Action.SEE_TICKETS, Action.WORK_ON_TICKETS}),
                created_at=make.at(0),
                created_by=person.id,
                expires_at=make.at(0) + timedelta(days=30),
            )
        )
        await uow.commit()
    return token


async def test_a_token_is_found_by_its_hash_as_it_was_stored(open_uow: OpenUnitOfWork) -> None:
    first, second = await stored(open_uow), await stored(open_uow, "b")
    async with open_uow(write=False) as uow:
        assert await uow.api_tokens.by_hash("a" * 64) == first
        assert await uow.api_tokens.by_hash("c" * 64) is None
        assert await uow.api_tokens.all() == [second, first]


async def test_a_token_is_revoked_once_and_remembers_its_last_use(open_uow: OpenUnitOfWork) -> None:
    token = await stored(open_uow)
    async with open_uow() as uow:
        await uow.api_tokens.used(token.id, at=make.at(5))
        assert await uow.api_tokens.revoke(token.id, at=make.at(9))
        assert not await uow.api_tokens.revoke(token.id, at=make.at(10))
        assert not await uow.api_tokens.revoke(77, at=make.at(10))
        assert await uow.api_tokens.all() == [replace(token, last_used_at=make.at(5), revoked_at=make.at(9))]


async def test_a_key_is_claimed_once(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        assert await uow.api_answers.begin(KEPT)
        assert not await uow.api_answers.begin(replace(KEPT, fingerprint="other"))
        assert await uow.api_answers.by_key(KEPT.key_sha256) == KEPT
        assert await uow.api_answers.by_key("x" * 64) is None


async def test_only_who_began_last_may_mark_and_finish(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.api_answers.begin(KEPT)
        assert not await uow.api_answers.mark_done(KEPT.key_sha256, make.at(1))
        await uow.api_answers.finish(replace(KEPT, started_at=make.at(1), status=200))
        assert await uow.api_answers.by_key(KEPT.key_sha256) == KEPT
        assert await uow.api_answers.mark_done(KEPT.key_sha256, KEPT.started_at)
        answered = replace(KEPT, done=True, status=201, body='{"имя": 1}', etag='"3"')
        await uow.api_answers.finish(answered)
        assert await uow.api_answers.by_key(KEPT.key_sha256) == answered


async def test_a_key_whose_request_changed_nothing_is_free_again(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.api_answers.begin(KEPT)
        await uow.api_answers.forget(KEPT.key_sha256, make.at(1))
        assert await uow.api_answers.by_key(KEPT.key_sha256) is not None
        await uow.api_answers.forget(KEPT.key_sha256, KEPT.started_at)
        assert await uow.api_answers.begin(KEPT)
        await uow.api_answers.mark_done(KEPT.key_sha256, KEPT.started_at)
        await uow.api_answers.forget(KEPT.key_sha256, KEPT.started_at)
        assert await uow.api_answers.by_key(KEPT.key_sha256) is not None


async def test_old_answers_are_dropped(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.api_answers.begin(KEPT)
        await uow.api_answers.begin(replace(KEPT, key_sha256="n" * 64, started_at=make.at(60)))
        await uow.api_answers.forget_older(make.at(60))
        assert await uow.api_answers.by_key(KEPT.key_sha256) is None
        assert await uow.api_answers.by_key("n" * 64) is not None
