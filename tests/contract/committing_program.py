"""A program for `test_store_faults`: commits calls until it is killed, and says after each commit which."""

import asyncio
import sys

from callcenter.domain.calls import CallOutcome
from callcenter.services.hotline import Hotline
from callcenter.store import Database
from tests import make
from tests.fakes.clock import FakeClock


async def main(url: str) -> None:
    database = Database(url)
    await database.open()
    hotline = Hotline(database.uow, FakeClock())
    number = 0
    while True:
        number += 1
        await hotline.apply(
            [
                make.entered(str(number), number, caller=f"+7916{number:07d}"),
                make.ended(str(number), number + 5, CallOutcome.ABANDONED),
            ]
        )
        print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
