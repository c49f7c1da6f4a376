"""The live parts of a screen: in one request, rendered once per change, and only what one may see."""

from callcenter.domain.people import Role
from callcenter.services.hotline import Hotline
from callcenter.web.keys import PARTS
from tests import make
from tests.unit.web.conftest import Office


async def call_in(office: Office, linkedid: str = "1", caller: str = make.CALLER) -> None:
    async with office.database.uow() as uow:
        if not await uow.calls.hotlines():
            await uow.calls.add_hotline(make.hotline())
            await uow.commit()
    await Hotline(office.database.uow, office.clock).apply([make.entered(linkedid, 0, caller=caller)])


async def parts(office: Office, login: str, want: str) -> str:
    answer = await office.client.get("/workspace/parts", params={"want": want}, cookies=office.as_(login))
    assert answer.status == 200
    return await answer.text()


async def test_one_request_brings_every_part_that_was_asked_for(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    await call_in(office)
    text = await parts(office, "ivanova", "top line own drafts")
    for part in ("top-line", "line-rows", "own-drafts", "count"):
        assert f'data-part="{part}"' in text


async def test_the_line_is_rendered_once_for_everybody_and_again_after_a_change(office: Office) -> None:
    await office.hire(Role.OPERATOR)
    await office.hire(Role.OPERATOR, login="petrov")
    await call_in(office)
    first = await parts(office, "ivanova", "line")
    kept = dict(office.client.app[PARTS])
    assert await parts(office, "petrov", "line") == first
    assert office.client.app[PARTS] == kept
    await call_in(office, "2", "84951234567")
    assert "+7 495 123-45-67" in await parts(office, "petrov", "line")


async def test_the_forbidden_parts_are_left_out(office: Office) -> None:
    await office.hire(Role.ADMIN, login="admin")
    await call_in(office)
    text = await parts(office, "admin", "line own drafts nonsense")
    assert text.strip() == ""


async def test_who_does_not_work_on_the_line_starts_where_he_works(office: Office) -> None:
    await office.hire(Role.ADMIN, login="admin")
    answer = await office.client.get("/", cookies=office.as_("admin"), allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/people")
