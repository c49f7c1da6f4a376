"""A small hotline at a quarter past twelve: people, clients, and a line with callers on it."""

from callcenter.domain.people import Role
from tests import make
from tests.browser.house import House

OPERATORS = (
    ("ivanova", "Иванова Анна", "PJSIP/101"),
    ("petrov", "Петров Олег", "PJSIP/102"),
    ("sidorova", "Сидорова Мария", "PJSIP/103"),
)


async def people_and_clients(house: House) -> None:
    """Three operators, an administrator, a supervisor, two companies."""
    async with house.database.uow() as uow:
        await uow.calls.add_hotline(make.hotline())
        romashka = await uow.clients.add_organization(make.organization())
        vector = await uow.clients.add_organization(make.organization("АО «Вектор»", "7728168971"))
        await uow.clients.add_client(
            make.client("Петров Иван Сергеевич", organization_id=romashka.id, email="petrov@romashka.example")
        )
        await uow.clients.add_client(
            make.client("Кузнецова Елена", organization_id=vector.id, phones=("+74951234567", "+79031112233"))
        )
        product = await uow.clients.add_product(make.product())
        await uow.clients.add_contract(make.contract(romashka.id, product.id, "Б-17"))
        await uow.commit()
    for login, name, endpoint in OPERATORS:
        await house.hire(make.person(login, name, endpoint=endpoint))
    await house.hire(make.person("admin", "Администратор", roles=[Role.ADMIN], endpoint=None))
    await house.hire(make.person("supervisor", "Соколов Андрей", roles=[Role.SUPERVISOR], endpoint=None))
    await house.tell(*(make.reported(endpoint, 0) for _, _, endpoint in OPERATORS))
    await house.link()


async def earlier_calls(house: House) -> None:
    """An hour of work: answered, abandoned and hidden calls, a repeated caller."""
    await house.tell(
        make.entered("a1", 10), make.queued("a1", 11), make.ringing("a1", 12), make.answered("a1", 20),
        make.ended("a1", 260),
        make.entered("a2", 300, caller="84951234567"), make.queued("a2", 301),
        make.ringing("a2", 302, "PJSIP/102"), make.answered("a2", 306, "PJSIP/102"), make.ended("a2", 700),
        make.entered("a3", 720, caller="anonymous"), make.queued("a3", 721),
        make.ended("a3", 790, outcome=make.CallOutcome.ABANDONED),
        make.entered("a4", 800, caller="+78121112233"), make.queued("a4", 801),
        make.ended("a4", 980, outcome=make.CallOutcome.QUEUE_TIMEOUT),
        make.entered("a5", 1000, caller="89031112233"), make.queued("a5", 1001), make.ringing("a5", 1002),
        make.answered("a5", 1006), make.ended("a5", 1100),
    )  # fmt: skip


async def busy_line(house: House) -> None:
    """One talks, one rings at Ivanova and Sidorova, one waits."""
    await house.tell(
        make.entered("t1", 1200, caller="84951234567"), make.queued("t1", 1201),
        make.ringing("t1", 1202, "PJSIP/102"), make.answered("t1", 1210, "PJSIP/102"),
        make.reported("PJSIP/102", 1210, state="busy"),
        make.entered("w1", 1290, caller="+78127654321"), make.queued("w1", 1291),
        make.entered("r1", 1300), make.queued("r1", 1301), make.ringing("r1", 1302, "PJSIP/101"),
        make.ringing("r1", 1302, "PJSIP/103"), make.reported("PJSIP/101", 1302, state="ringing"),
        make.reported("PJSIP/103", 1302, state="ringing"),
    )  # fmt: skip
    await house.link()
