"""Ports `People` and `Sessions`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.people import PhoneState, Presence, Role
from callcenter.ports.unit_of_work import OpenUnitOfWork
from tests import make


async def test_a_person_comes_back_as_he_was_stored(open_uow: OpenUnitOfWork) -> None:
    ivanova = make.person(roles=[Role.OPERATOR, Role.ADMIN])
    async with open_uow() as uow:
        stored = await uow.people.add(ivanova, password_hash="h")
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert stored == replace(ivanova, id=stored.id)
        assert await uow.people.by_id(stored.id) == stored
        assert await uow.people.by_login("ivanova") == stored
        assert await uow.people.by_endpoint(make.PBX, "PJSIP/101") == stored
        assert await uow.people.all() == [stored]
        assert await uow.people.password_hash(stored.id) == "h"


async def test_nobody_is_found_by_an_unknown_login_phone_or_id(open_uow: OpenUnitOfWork) -> None:
    async with open_uow(write=False) as uow:
        assert await uow.people.by_id(77) is None
        assert await uow.people.by_login("nobody") is None
        assert await uow.people.by_endpoint(make.PBX, "PJSIP/999") is None
        assert await uow.people.password_hash(77) is None


async def test_two_people_cannot_share_a_login(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.people.add(make.person(), password_hash=None)
        with pytest.raises(Conflict):
            await uow.people.add(make.person(endpoint="PJSIP/102"), password_hash=None)


async def test_two_people_cannot_share_a_phone_of_one_pbx(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.people.add(make.person(), password_hash=None)
        await uow.people.add(make.person("other", pbx="pbx2"), password_hash=None)
        with pytest.raises(Conflict):
            await uow.people.add(make.person("petrov"), password_hash=None)


async def test_many_people_may_have_no_phone(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.people.add(make.person("a", endpoint=None), password_hash=None)
        await uow.people.add(make.person("b", endpoint=None), password_hash=None)
        assert len(await uow.people.all()) == 2


async def test_a_person_can_be_changed_and_the_roles_counted(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await uow.people.add(make.person(), password_hash=None)
        assert await uow.people.count_with_role(Role.ADMIN) == 0
        await uow.people.save(
            replace(stored, roles=frozenset({Role.ADMIN}), theme="dark", endpoint=None, pbx=None)
        )
        await uow.people.set_password_hash(stored.id, "new")
        assert await uow.people.count_with_role(Role.ADMIN) == 1
        changed = await uow.people.by_id(stored.id)
        assert changed is not None
        assert (changed.theme, changed.endpoint) == ("dark", None)
        assert await uow.people.password_hash(stored.id) == "new"


async def test_the_dismissed_do_not_count_as_administrators(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.people.add(make.person(roles=[Role.ADMIN], active=False), password_hash=None)
        assert await uow.people.count_with_role(Role.ADMIN) == 0


async def test_changing_somebody_who_is_not_there_is_an_error(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        with pytest.raises(NotFound):
            await uow.people.save(make.person(id=5))
        with pytest.raises(NotFound):
            await uow.people.set_password_hash(5, "h")


async def test_presence_is_the_last_report(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await uow.people.add(make.person(), password_hash=None)
        await uow.people.set_presence(
            stored.id, phone=PhoneState.IDLE, in_queue=True, paused=False, at=make.at(0)
        )
        await uow.people.set_presence(
            stored.id, phone=PhoneState.BUSY, in_queue=True, paused=True, at=make.at(1)
        )
        assert await uow.people.presence() == [
            Presence(person_id=stored.id, phone=PhoneState.BUSY, in_queue=True, paused=True, since=make.at(1))
        ]


async def test_a_session_lasts_until_it_is_revoked(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await uow.people.add(make.person(), password_hash=None)
        first, second = (make.session(token * 64, person_id=stored.id) for token in "ab")
        await uow.sessions.add(first)
        await uow.sessions.add(replace(second, created_at=make.at(1)))
        assert await uow.sessions.by_token("a" * 64) == first
        assert [each.token_sha256[0] for each in await uow.sessions.of_person(stored.id)] == ["a", "b"]
        await uow.sessions.revoke("a" * 64)
        assert await uow.sessions.by_token("a" * 64) is None
        await uow.sessions.revoke_all(stored.id)
        assert await uow.sessions.of_person(stored.id) == []


async def test_a_one_time_link_works_once_and_not_after_its_time(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await uow.people.add(make.person(), password_hash=None)
        await uow.sessions.add_one_time("x" * 64, stored.id, make.at(60))
        await uow.sessions.add_one_time("y" * 64, stored.id, make.at(60))
        assert await uow.sessions.use_one_time("x" * 64, make.at(59)) == stored.id
        assert await uow.sessions.use_one_time("x" * 64, make.at(59)) is None
        assert await uow.sessions.use_one_time("y" * 64, make.at(60)) is None
        assert await uow.sessions.use_one_time("z" * 64, make.at(1)) is None


async def test_refused_sign_ins_are_counted_within_a_window(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        for second in (0, 10, 20):
            await uow.sessions.add_failure("k" * 64, make.at(second))
        assert await uow.sessions.failures("k" * 64, make.at(0)) == (2, make.at(10))
        assert await uow.sessions.failures("other" * 4, make.at(0)) == (0, None)
        await uow.sessions.forget_failures(make.at(15))
        assert await uow.sessions.failures("k" * 64, make.at(0) - timedelta(1)) == (1, make.at(20))
        await uow.sessions.add_failure("k" * 64, make.at(30))
        await uow.sessions.forgive("k" * 64, only_at=make.at(30))
        assert await uow.sessions.failures("k" * 64, make.at(0)) == (1, make.at(20))
        await uow.sessions.forgive("k" * 64)
        assert await uow.sessions.failures("k" * 64, make.at(0) - timedelta(1)) == (0, None)
