"""Errors as people and programs get them."""

import pytest

from callcenter.domain import errors
from callcenter.domain.errors import CallCenterError
from callcenter.domain.people import Role
from callcenter.web.errors import status_of
from tests.unit.web.conftest import OWN_ORIGIN, Office

EXPECTED = {
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TransitionRefused: 409,
    errors.Stale: 412,
    errors.InFlight: 409,
    errors.AnswerLost: 409,
    errors.KeyReused: 422,
    errors.VersionRequired: 428,
    errors.NotSignedIn: 401,
    errors.Forbidden: 403,
    errors.TooManyAttempts: 429,
    errors.Unavailable: 503,
    errors.Misconfigured: 500,
}


def every_error() -> list[type[CallCenterError]]:
    return [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, CallCenterError) and each is not CallCenterError
    ]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_has_a_status_of_its_own(kind: type[CallCenterError]) -> None:
    error = kind({}) if issubclass(kind, errors.InvalidInput) else kind("message")
    assert status_of(error) == EXPECTED.get(kind, status_of(error))
    assert 400 <= status_of(error) < 600


async def test_a_missing_page_says_so_in_russian_inside_the_shell(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    answer = await office.client.get("/tickets/999999999999999", cookies=office.as_("ivanova"))
    text = await answer.text()
    assert answer.status == 404
    assert "<h1>Не найдено</h1>" in text
    assert 'class="tabs"' in text


async def test_a_program_gets_a_problem_document(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    answer = await office.client.get(
        "/tickets/5", cookies=office.as_("ivanova"), headers={"Accept": "application/json"}
    )
    assert answer.content_type == "application/problem+json"
    assert (await answer.json())["code"] == "not_found"


async def test_a_database_that_is_away_is_said_with_when_to_try_again(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    office.database.unavailable = True
    answer = await office.client.get("/calls", cookies=office.as_("ivanova"))
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert "База данных недоступна" in await answer.text()


async def test_control_characters_in_a_form_are_refused(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    answer = await office.client.post(
        "/clients", data={"q": "a\x00b"}, headers=OWN_ORIGIN, cookies=office.as_("ivanova")
    )
    assert answer.status == 422


async def test_htmx_is_told_to_leave_the_shell_when_the_session_is_over(office: Office) -> None:
    answer = await office.client.get("/calls", headers={"HX-Request": "true"})
    assert answer.status == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/calls"
