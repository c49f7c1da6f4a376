"""An audit whose end was cut off behind the triggers fits its chain; the earlier verification tells."""

import pytest

from callcenter.domain.people import Role
from callcenter.services.audit_reading import AuditReading
from callcenter.store.database import sqlite_path
from tests import make
from tests.contract.test_store_databases import TAMPERINGS, execute, recorded
from tests.databases import opened
from tests.fakes.clock import FakeClock


@pytest.mark.regulation("2.10")
async def test_an_audit_whose_end_was_cut_off_is_noticed(url: str) -> None:
    async with opened(url) as database:
        async with database.uow() as uow:
            by = await uow.people.add(make.person("s", "С.", roles=[Role.SUPERVISOR]), password_hash=None)
            await uow.commit()
        await recorded(database, "a", "b", "c", "d")
        reading = AuditReading(database.uow, FakeClock(make.START))
        assert (await reading.verify(by)).broken_at is None
        await execute(url, TAMPERINGS["postgresql" if sqlite_path(url) is None else "sqlite"])
        if sqlite_path(url) is not None:
            await execute(url, "DROP TRIGGER audit_refuses_delete")
        await execute(url, "DELETE FROM audit WHERE id > 2")
        assert (await reading.verify(by)).broken_at == 3
