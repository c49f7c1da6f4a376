"""Headers of every answer, foreign origins, cookies."""

import pytest

from callcenter.domain.people import Role
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.settings import WebSettings
from tests.unit.web.conftest import CHEAP, OWN_ORIGIN, Office, OpenOffice


@pytest.mark.parametrize("path", ["/sign-in", "/health/live", "/nowhere", "/static/build/app.js"])
async def test_every_answer_forbids_foreign_content_and_inline_script(path: str, office: Office) -> None:
    answer = await office.client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_pages_hold_no_inline_script_or_style(office: Office) -> None:
    await office.hire(Role.OPERATOR, Role.ADMIN, Role.SUPERVISOR)
    for path in ("/", "/drafts", "/calls", "/clients", "/people", "/system", "/settings", "/sign-in"):
        text = await (await office.client.get(path, cookies=office.as_("ivanova"))).text()
        assert " style=" not in text
        assert " onclick" not in text
        assert all('type="application/json"' in part or " src=" in part for part in text.split("<script")[1:])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_change_asked_from_elsewhere_is_refused(headers: dict[str, str], office: Office) -> None:
    await office.hire(Role.OPERATOR)
    answer = await office.client.post("/sign-out", headers=headers, cookies=office.as_("ivanova"))
    assert answer.status == 403
    async with office.database.uow(write=False) as uow:
        assert len(await uow.sessions.of_person(1)) == 1


@pytest.mark.parametrize("headers", [OWN_ORIGIN, {"Origin": "http://localhost:8080"}])
async def test_a_change_asked_from_our_own_pages_is_done(headers: dict[str, str], office: Office) -> None:
    await office.hire(Role.OPERATOR)
    answer = await office.client.post(
        "/sign-out", headers=headers, cookies=office.as_("ivanova"), allow_redirects=False
    )
    assert answer.status == 303


async def test_over_tls_the_cookie_is_bound_to_the_host(open_office: OpenOffice) -> None:
    office = await open_office(WebSettings(base_url="https://hotline.example"))
    await office.hire(Role.OPERATOR)
    token = await office.services.people.one_time_link("ivanova")
    answer = await office.client.post(
        f"/sign-in/once/{token}", headers={"Origin": "https://hotline.example"}, allow_redirects=False
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"]


async def test_the_token_of_a_cookie_is_stored_nowhere(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    link = await office.services.people.one_time_link("ivanova")
    answer = await office.client.post(f"/sign-in/once/{link}", headers=OWN_ORIGIN, allow_redirects=False)
    token = answer.cookies["session"].value
    memory = repr(office.database.memory)
    assert token not in memory
    assert link not in memory


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1"]
)
async def test_signing_in_never_leads_to_another_site(path: str, office: Office) -> None:
    await office.hire(Role.OPERATOR)
    hashed = await Argon2Passwords(CHEAP).hash("a long password")
    async with office.database.uow() as uow:
        await uow.people.set_password_hash(1, hashed)
        await uow.commit()
    answer = await office.client.post(
        "/sign-in",
        data={"login": "ivanova", "password": "a long password", "next": path},
        headers=OWN_ORIGIN,
        allow_redirects=False,
    )
    assert answer.headers["Location"] == "/"


async def test_the_sixth_wrong_password_must_wait(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    wrong = {"login": "ivanova", "password": "wrong"}
    statuses = [
        (await office.client.post("/sign-in", data=wrong, headers=OWN_ORIGIN)).status for _ in range(6)
    ]
    assert statuses == [401, 401, 401, 401, 401, 429]


async def test_behind_our_proxy_wrong_passwords_count_for_the_one_who_sent_them(
    open_office: OpenOffice,
) -> None:
    office = await open_office(WebSettings(base_url="http://localhost:8080", trusted_proxies=("127.0.0.1",)))
    await office.hire(Role.OPERATOR)

    async def wrong(login: str, sender: str) -> int:
        answer = await office.client.post(
            "/sign-in",
            data={"login": login, "password": "wrong"},
            headers={**OWN_ORIGIN, "X-Forwarded-For": sender},
        )
        return answer.status

    logins = [f"guess{number}" for number in range(40)]
    statuses = [await wrong(login, "198.51.100.7") for login in logins]
    assert 429 in statuses
    assert await wrong("ivanova", "203.0.113.5") == 401


async def test_naming_a_token_lifts_the_check_of_origin_nowhere_but_in_the_api(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    for sent in ({"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
        answer = await office.client.post(
            "/settings/look",
            data={"locale": "en", "theme": "dark"},
            cookies=office.as_("ivanova"),
            headers={**sent, "Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status == 403
    async with office.database.uow(write=False) as uow:
        person = await uow.people.by_login("ivanova")
    assert person is not None and person.locale == "ru"
