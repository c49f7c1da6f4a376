"""What a refused statement says in a log names nobody."""

import traceback

import pytest

from callcenter.domain.errors import Conflict
from callcenter.store import Database
from tests import make


async def test_the_traceback_of_a_refused_row_does_not_quote_the_row(real: Database) -> None:
    person = make.person("ivanova", "Секретова Мария")
    with pytest.raises(Conflict) as refused:
        async with real.uow() as uow:
            await uow.people.add(person, password_hash="argon2-of-hers")
            await uow.people.add(person, password_hash="argon2-of-hers")
            await uow.commit()
    said = "".join(traceback.format_exception(refused.value))
    assert "Секретова" not in said and "argon2-of-hers" not in said.replace(
        'password_hash="argon2-of-hers"', ""
    )
