"""Every way in and out."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.errors import Conflict, InvalidInput, NotFound, NotSignedIn, TooManyAttempts
from callcenter.domain.live import LiveKind
from callcenter.domain.people import Person, Role
from callcenter.services.people import PeopleRegister, PersonDetails
from callcenter.services.sign_in import (
    LIMIT_OF_ADDRESS,
    LIMIT_OF_LOGIN,
    LIMIT_WINDOW,
    LINK_LENGTH,
    SESSION_LENGTH,
    SignedIn,
    SignIn,
    fingerprint,
)
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.passwords import FakePasswords
from tests.fakes.tokens import FakeTokens

PASSWORD = "correct horse"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def passwords() -> FakePasswords:
    return FakePasswords()


@pytest.fixture
async def store() -> FakeDatabase:
    """Ivanova, with a password."""
    store = FakeDatabase()
    async with store.uow() as uow:
        await uow.people.add(make.person(), password_hash=f"hash of {PASSWORD}")
        await uow.commit()
    return store


@pytest.fixture
def sign_in(store: FakeDatabase, clock: FakeClock, passwords: FakePasswords) -> SignIn:
    return SignIn(store.uow, clock, passwords, FakeTokens())


@pytest.fixture
def register(store: FakeDatabase, clock: FakeClock) -> PeopleRegister:
    return PeopleRegister(store.uow, clock, FakeTokens())


async def enter(
    sign_in: SignIn, password: str = PASSWORD, *, login: str = "ivanova", address: str = "10.0.0.1"
) -> SignedIn:
    return await sign_in.with_password(login, password, address=address, user_agent="Firefox")


async def test_the_right_password_opens_a_session_of_which_only_the_fingerprint_is_stored(
    store: FakeDatabase, sign_in: SignIn, clock: FakeClock
) -> None:
    signed_in = await enter(sign_in)
    (session,) = store.memory.sessions.values()
    assert session == signed_in.session
    assert session.token_sha256 == fingerprint(signed_in.token)
    assert session.expires_at == clock.now() + SESSION_LENGTH
    assert signed_in.token not in repr(store.memory)


@pytest.mark.parametrize("login", ["Ivanova", " IVANOVA "])
async def test_a_login_is_the_same_in_any_case(sign_in: SignIn, login: str) -> None:
    assert (await enter(sign_in, login=login)).person.login == "ivanova"


@pytest.mark.parametrize(("login", "password"), [("ivanova", "wrong"), ("nobody", PASSWORD), ("", "")])
async def test_a_wrong_login_and_a_wrong_password_get_one_answer_at_one_price(
    store: FakeDatabase, sign_in: SignIn, passwords: FakePasswords, login: str, password: str
) -> None:
    with pytest.raises(NotSignedIn, match="wrong login or password"):
        await enter(sign_in, password, login=login)
    assert passwords.verified == 1
    assert store.memory.sessions == {}


async def test_the_dismissed_do_not_get_in(store: FakeDatabase, sign_in: SignIn) -> None:
    link = await link_for(store, sign_in)
    await change(store, active=False)
    with pytest.raises(NotSignedIn):
        await enter(sign_in)
    with pytest.raises(NotFound):
        await sign_in.with_link(link, user_agent="Firefox")


async def change(store: FakeDatabase, *, active: bool) -> None:
    async with store.uow() as uow:
        (person,) = await uow.people.all()
        await uow.people.save(replace(person, active=active))
        await uow.commit()


async def link_for(store: FakeDatabase, sign_in: SignIn) -> str:
    register = PeopleRegister(store.uow, FakeClock(), FakeTokens())
    return await register.one_time_link("ivanova")


async def test_after_too_many_wrong_passwords_even_the_right_one_waits(
    sign_in: SignIn, clock: FakeClock
) -> None:
    for _ in range(LIMIT_OF_LOGIN):
        with pytest.raises(NotSignedIn):
            await enter(sign_in, "wrong")
        clock.advance(timedelta(seconds=1))
    with pytest.raises(TooManyAttempts) as refused:
        await enter(sign_in)
    wait = refused.value.details["retry_after"]
    assert wait == LIMIT_WINDOW.total_seconds() - LIMIT_OF_LOGIN + 1
    await enter(sign_in, address="10.0.0.2")
    clock.advance(timedelta(seconds=float(str(wait))))
    await enter(sign_in)


async def test_many_guesses_at_once_do_not_slip_under_the_limit(
    sign_in: SignIn, passwords: FakePasswords
) -> None:
    results = await asyncio.gather(
        *(enter(sign_in, f"guess {n}") for n in range(100)), return_exceptions=True
    )
    assert {type(each) for each in results} == {NotSignedIn, TooManyAttempts}
    assert passwords.verified == LIMIT_OF_LOGIN


async def test_one_address_cannot_try_everybody(sign_in: SignIn, passwords: FakePasswords) -> None:
    for n in range(LIMIT_OF_ADDRESS):
        with pytest.raises(NotSignedIn):
            await enter(sign_in, login=f"login{n}")
    with pytest.raises(TooManyAttempts):
        await enter(sign_in, login="login-last")
    assert passwords.verified == LIMIT_OF_ADDRESS


async def test_a_whole_office_signs_in_from_one_address(sign_in: SignIn) -> None:
    for _ in range(LIMIT_OF_ADDRESS + 10):
        await enter(sign_in)


async def test_the_right_password_forgets_the_wrong_ones(sign_in: SignIn) -> None:
    for _ in range(3):
        for _ in range(LIMIT_OF_LOGIN - 1):
            with pytest.raises(NotSignedIn):
                await enter(sign_in, "wrong")
        await enter(sign_in)


async def test_a_one_time_link_lets_in_once(store: FakeDatabase, sign_in: SignIn) -> None:
    link = await link_for(store, sign_in)
    signed_in = await sign_in.with_link(link, user_agent="Firefox")
    assert signed_in.person.login == "ivanova"
    with pytest.raises(NotFound):
        await sign_in.with_link(link, user_agent="Firefox")


async def test_a_one_time_link_grows_old(store: FakeDatabase, sign_in: SignIn, clock: FakeClock) -> None:
    link = await link_for(store, sign_in)
    clock.advance(LINK_LENGTH)
    with pytest.raises(NotFound):
        await sign_in.with_link(link, user_agent="Firefox")


async def test_a_session_that_is_ended_is_gone_and_its_streams_are_told(
    store: FakeDatabase, sign_in: SignIn
) -> None:
    first, second = await enter(sign_in), await enter(sign_in)
    await sign_in.end(first.person.id, first.session.token_sha256)
    assert set(store.memory.sessions) == {second.session.token_sha256}
    assert [(each.kind, each.audience) for each in store.published] == [
        (LiveKind.SESSION_ENDED, f"person:{first.person.id}")
    ]
    with pytest.raises(NotFound):
        await sign_in.end(first.person.id, first.session.token_sha256)
    with pytest.raises(NotFound):
        await sign_in.end(first.person.id + 1, second.session.token_sha256)
    await sign_in.end_all(first.person.id)
    assert store.memory.sessions == {}


async def test_a_new_password_ends_the_other_sessions_and_not_this_one(
    store: FakeDatabase, sign_in: SignIn
) -> None:
    here, there = await enter(sign_in), await enter(sign_in)
    await sign_in.change_password(here.session, old=PASSWORD, new="battery staple")
    assert set(store.memory.sessions) == {here.session.token_sha256}
    assert there.session.token_sha256 not in store.memory.sessions
    await enter(sign_in, "battery staple")
    with pytest.raises(NotSignedIn):
        await enter(sign_in)


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [(PASSWORD, "short", {"new": "too_short"}), ("wrong", "battery staple", {"old": "wrong_password"})],
)
async def test_a_short_new_password_or_a_wrong_old_one_changes_nothing(
    store: FakeDatabase, sign_in: SignIn, old: str, new: str, problems: dict[str, str]
) -> None:
    here = await enter(sign_in)
    with pytest.raises(InvalidInput) as refused:
        await sign_in.change_password(here.session, old=old, new=new)
    assert refused.value.problems == problems
    await enter(sign_in)


async def test_who_came_by_a_link_chooses_his_first_password(store: FakeDatabase, sign_in: SignIn) -> None:
    async with store.uow() as uow:
        await uow.people.add(make.person("new", endpoint=None), password_hash=None)
        await uow.commit()
    link = await PeopleRegister(store.uow, FakeClock(), FakeTokens()).one_time_link("new")
    here = await sign_in.with_link(link, user_agent="Firefox")
    await sign_in.change_password(here.session, old="", new="battery staple")
    assert (await enter(sign_in, "battery staple", login="new")).person == here.person


async def test_there_is_no_default_password_and_one_first_administrator(sign_in: SignIn) -> None:
    link = await sign_in.create_first_administrator(login="boss", name="Начальник")
    with pytest.raises(Conflict):
        await sign_in.create_first_administrator(login="second", name="Второй")
    with pytest.raises(NotSignedIn):
        await enter(sign_in, "", login="boss")
    assert (await sign_in.with_link(link, user_agent="Firefox")).person.roles == {Role.ADMIN}


ADMIN = replace(make.person("boss", roles=[Role.ADMIN], endpoint=None), id=99)


async def with_boss(store: FakeDatabase) -> Person:
    async with store.uow() as uow:
        boss = await uow.people.add(ADMIN, password_hash=None)
        await uow.commit()
    return boss


def details(**changed: object) -> PersonDetails:
    values: dict[str, object] = {"login": "petrov", "name": "П. Петров", "roles": frozenset({Role.OPERATOR})}
    return PersonDetails(**{**values, **changed})  # type: ignore[arg-type]


async def test_an_employee_is_added_with_his_phone_and_the_audit_says_by_whom(
    store: FakeDatabase, register: PeopleRegister
) -> None:
    boss = await with_boss(store)
    added = await register.add(details(pbx="pbx1", endpoint="PJSIP/102"), by=boss)
    assert store.memory.people[added.id] == added
    assert (added.pbx, added.endpoint) == ("pbx1", "PJSIP/102")
    assert store.memory.password_hashes[added.id] is None
    (row,) = store.memory.audit
    assert (row["actor"], row["action"]) == (f"person:{boss.id}", "person.added")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"login": "Имя"}, "login"),
        ({"login": ""}, "login"),
        ({"name": ""}, "name"),
        ({"roles": frozenset()}, "roles"),
        ({"pbx": "pbx1", "endpoint": "101; rm -rf"}, "endpoint"),
        ({"endpoint": "PJSIP/101"}, "pbx"),
    ],
)
async def test_a_malformed_person_is_refused_by_field(
    store: FakeDatabase, register: PeopleRegister, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await register.add(details(**changed), by=await with_boss(store))
    assert list(refused.value.problems) == [field]


async def test_a_taken_login_or_phone_is_a_conflict(store: FakeDatabase, register: PeopleRegister) -> None:
    boss = await with_boss(store)
    with pytest.raises(Conflict):
        await register.add(details(login="ivanova"), by=boss)
    with pytest.raises(Conflict):
        await register.add(details(pbx=make.PBX, endpoint="PJSIP/101"), by=boss)
    assert len(store.memory.people) == 2


@pytest.mark.parametrize("changed", [{"active": False}, {"roles": frozenset({Role.MODERATOR})}])
async def test_a_dismissal_or_other_roles_hold_at_once(
    store: FakeDatabase, register: PeopleRegister, sign_in: SignIn, changed: dict[str, object]
) -> None:
    boss = await with_boss(store)
    here = await enter(sign_in)
    await register.save(here.person.id, details(login="ivanova", **changed), by=boss)
    assert store.memory.sessions == {}
    assert [each.kind for each in store.published] == [LiveKind.SESSION_ENDED]


async def test_the_last_administrator_stays_one(store: FakeDatabase, register: PeopleRegister) -> None:
    boss = await with_boss(store)
    for changed in ({"active": False}, {"roles": frozenset({Role.OPERATOR})}):
        with pytest.raises(InvalidInput) as refused:
            await register.save(
                boss.id, details(**{"login": "boss", "roles": frozenset({Role.ADMIN}), **changed}), by=boss
            )
        assert refused.value.problems == {"roles": "last_administrator"}
    assert store.memory.people[boss.id] == boss


async def test_nobody_that_is_not_there_is_changed_or_let_in(
    store: FakeDatabase, register: PeopleRegister
) -> None:
    boss = await with_boss(store)
    with pytest.raises(NotFound):
        await register.save(77, details(), by=boss)
    with pytest.raises(NotFound):
        await register.one_time_link("nobody")
    with pytest.raises(NotFound):
        await register.choose_look(77, locale="ru", theme="dark")


async def test_a_person_chooses_his_language_and_colours(
    store: FakeDatabase, register: PeopleRegister
) -> None:
    boss = await with_boss(store)
    await register.choose_look(boss.id, locale="en", theme="dark")
    assert (store.memory.people[boss.id].locale, store.memory.people[boss.id].theme) == ("en", "dark")
    for locale, theme in (("de", "dark"), ("ru", "pink")):
        with pytest.raises(InvalidInput):
            await register.choose_look(boss.id, locale=locale, theme=theme)
