"""Advertised numbers follow the settings at each start, and calls of former ones stay."""

from callcenter.domain.calls import Hotline
from callcenter.ports.unit_of_work import OpenUnitOfWork

MAIN = "+78005550640"
CITY = "+74951112233"


def hotline(name: str, *dids: str) -> Hotline:
    return Hotline(id=0, name=name, dids=frozenset(dids))


async def advertise(open_uow: OpenUnitOfWork, *hotlines: Hotline) -> dict[str, Hotline]:
    async with open_uow() as uow:
        await uow.calls.advertise(hotlines)
        await uow.commit()
    async with open_uow(write=False) as uow:
        return {each.name: each for each in await uow.calls.hotlines()}


async def test_the_settings_hotlines_are_found_by_each_of_their_numbers(open_uow: OpenUnitOfWork) -> None:
    await advertise(open_uow, hotline("Горячая линия", MAIN, CITY))
    async with open_uow(write=False) as uow:
        for did in (MAIN, CITY):
            found = await uow.calls.hotline_by_did(did)
            assert found is not None
            assert (found.name, found.dids) == ("Горячая линия", {MAIN, CITY})


async def test_a_second_start_changes_nothing(open_uow: OpenUnitOfWork) -> None:
    first = await advertise(open_uow, hotline("Горячая линия", MAIN))
    assert await advertise(open_uow, hotline("Горячая линия", MAIN)) == first


async def test_a_number_may_move_to_another_hotline_and_a_former_hotline_keeps_its_name(
    open_uow: OpenUnitOfWork,
) -> None:
    first = await advertise(open_uow, hotline("Горячая линия", MAIN, CITY))
    after = await advertise(open_uow, hotline("Горячая линия", MAIN), hotline("Служба заботы", CITY))
    assert after["Горячая линия"].id == first["Горячая линия"].id
    assert (after["Горячая линия"].dids, after["Служба заботы"].dids) == ({MAIN}, {CITY})
    last = await advertise(open_uow, hotline("Служба заботы", CITY))
    assert last["Горячая линия"].dids == frozenset()
