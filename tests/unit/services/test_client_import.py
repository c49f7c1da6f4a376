"""CSV import: files as people really save them, and files as nobody should."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.clients import Client, Contract
from callcenter.domain.errors import InvalidInput
from callcenter.services import client_table
from callcenter.services.client_import import ClientImport, Effect, Kind
from callcenter.services.client_lines import COLUMNS, REQUIRED, valid_inn
from callcenter.services.client_table import read_table
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase

ADMIN = make.person("admin", id=1)
ORGANIZATIONS = "ИНН;Название\n7707083893;ООО «Ёлка»\n7728168971;АО «Ромашка»\n"
INN = "7707083893"


@pytest.fixture
def store() -> FakeDatabase:
    return FakeDatabase()


@pytest.fixture
def importing(store: FakeDatabase) -> ClientImport:
    return ClientImport(store.uow, FakeClock())


async def prepared(importing: ClientImport) -> None:
    await importing.run(Kind.ORGANIZATIONS, ORGANIZATIONS.encode(), by=ADMIN)
    await importing.run(Kind.PRODUCTS, "Код;Название;Разработчик\nbuh;Бухгалтерия;Фирма\n".encode(), by=ADMIN)


@pytest.mark.parametrize(
    "content",
    [
        ORGANIZATIONS.encode(),
        ORGANIZATIONS.encode("utf-8-sig"),
        ORGANIZATIONS.encode("cp1251"),
        ORGANIZATIONS.replace(";", ",").encode(),
        ORGANIZATIONS.replace(";", "\t").encode(),
        ORGANIZATIONS.replace("\n", "\r\n").encode("cp1251"),
        ORGANIZATIONS.replace("ИНН;Название", "INN;Name").encode(),
        ORGANIZATIONS.replace("ИНН;Название", " инн ;НАЗВАНИЕ").encode(),
        ("\n\n" + ORGANIZATIONS + ";\n;;\n").encode(),
    ],
    ids=["utf-8", "bom", "cp1251", "commas", "tabs", "excel", "english", "any case", "empty lines"],
)
async def test_a_file_is_read_however_it_was_saved(
    store: FakeDatabase, importing: ClientImport, content: bytes
) -> None:
    done = await importing.run(Kind.ORGANIZATIONS, content, by=ADMIN)
    assert (done.created, done.updated, done.unchanged) == (2, 0, 0)
    assert [(each.inn, each.name) for each in store.memory.organizations.values()] == [
        ("7707083893", "ООО «Ёлка»"),
        ("7728168971", "АО «Ромашка»"),
    ]


async def test_a_preview_says_what_would_happen_and_changes_nothing(
    store: FakeDatabase, importing: ClientImport
) -> None:
    await prepared(importing)
    commits = store.commits
    content = "ИНН;Название\n7707083893;ООО «Дуб»\n7728168971;АО «Ромашка»\n500100732259;ИП Петров\n".encode()
    plan = await importing.preview(Kind.ORGANIZATIONS, content)
    assert (plan.created, plan.updated, plan.unchanged, plan.bad) == (1, 1, 1, [])
    assert [(each.line, each.effect, each.label) for each in plan.shown] == [
        (2, Effect.UPDATE, "ООО «Дуб»"),
        (4, Effect.CREATE, "ИП Петров"),
    ]
    assert plan.possible
    assert store.commits == commits
    assert len(store.memory.organizations) == 2


async def test_a_client_comes_with_his_phones_address_and_company(
    store: FakeDatabase, importing: ClientImport
) -> None:
    await prepared(importing)
    content = (
        "ФИО;Телефоны;Почта;ИНН организации\n"
        f"Иван  Петров;8 (916) 123-45-67, +7 495 111-22-33 / 89161234567;Ivan@Firm.test;{INN}\n"
    )
    await importing.run(Kind.CLIENTS, content.encode(), by=ADMIN)
    (client,) = store.memory.clients.values()
    assert client == Client(
        id=client.id,
        name="Иван Петров",
        organization_id=1,
        phones=("+79161234567", "+74951112233"),
        email="ivan@firm.test",
    )


async def test_a_known_client_is_updated_and_an_empty_cell_keeps_what_is_stored(
    store: FakeDatabase, importing: ClientImport
) -> None:
    await prepared(importing)
    await importing.run(
        Kind.CLIENTS, f"ФИО;Телефоны;Почта;ИНН\nПетров;89161234567;p@firm.test;{INN}\n".encode(), by=ADMIN
    )
    by_email = await importing.run(
        Kind.CLIENTS, "ФИО;Телефоны;Почта\nПетров И. С.;;P@firm.test\n".encode(), by=ADMIN
    )
    by_phone = await importing.run(
        Kind.CLIENTS, "ФИО;Телефоны\nПЕТРОВ И. С.;+79161234567\n".encode(), by=ADMIN
    )
    (client,) = store.memory.clients.values()
    assert (by_email.updated, by_phone.updated) == (1, 1)
    assert (client.name, client.phones, client.email, client.organization_id) == (
        "ПЕТРОВ И. С.",
        ("+79161234567",),
        "p@firm.test",
        1,
    )


async def test_the_same_phone_with_another_name_is_another_client(
    store: FakeDatabase, importing: ClientImport
) -> None:
    content = "ФИО;Телефоны\nПетров;89161234567\nСидоров;89161234567\n".encode()
    done = await importing.run(Kind.CLIENTS, content, by=ADMIN)
    assert done.created == 2
    again = await importing.run(Kind.CLIENTS, content, by=ADMIN)
    assert (again.created, again.unchanged) == (0, 2)


async def test_a_contract_binds_a_company_to_a_product(store: FakeDatabase, importing: ClientImport) -> None:
    await prepared(importing)
    header = "ИНН организации;Код продукта;Номер;Начало;Окончание;Поддержка разработчика\n"
    await importing.run(
        Kind.CONTRACTS, f"{header}{INN};buh;Д-1;01.01.2026;2026-12-31;да\n".encode(), by=ADMIN
    )
    await importing.run(Kind.CONTRACTS, f"{header}{INN};buh;Д-1;01.01.2026;;нет\n".encode(), by=ADMIN)
    (contract,) = store.memory.contracts.values()
    assert contract == Contract(
        id=contract.id,
        organization_id=1,
        product_id=1,
        number="Д-1",
        starts_on=date(2026, 1, 1),
        ends_on=None,
        vendor_support=False,
    )


BAD_LINES = [
    (Kind.ORGANIZATIONS, "inn;name", "123;А", "inn", "bad_inn"),
    (Kind.ORGANIZATIONS, "inn;name", "7707083894;А", "inn", "bad_inn"),
    (Kind.ORGANIZATIONS, "inn;name", ";А", "inn", "missing"),
    (Kind.ORGANIZATIONS, "inn;name", f"{INN};", "name", "missing"),
    (Kind.ORGANIZATIONS, "inn;name", f"{INN};{'А' * 301}", "name", "cell_too_long"),
    (Kind.ORGANIZATIONS, "inn;name", f"{INN}", "", "too_few_cells"),
    (Kind.ORGANIZATIONS, "inn;name", f"{INN};А;лишнее", "", "too_many_cells"),
    (Kind.ORGANIZATIONS, "inn;name", f"{INN};{'А' * 2001}", "", "cell_too_long"),
    (Kind.CLIENTS, "name;phones;email", "Петров;;", "phones", "phone_or_email_needed"),
    (Kind.CLIENTS, "name;phones", "Петров;12", "phones", "bad_phone"),
    (Kind.CLIENTS, "name;phones", "Петров;anonymous", "phones", "bad_phone"),
    (Kind.CLIENTS, "name;email", "Петров;не почта", "email", "bad_email"),
    (Kind.CLIENTS, "name;email", f"Петров;{'a' * 300}@{'b' * 30}.test", "email", "bad_email"),
    (
        Kind.CLIENTS,
        "name;email;inn",
        "Петров;p@a.test;7736050003",
        "organization_inn",
        "unknown_organization",
    ),
    (Kind.PRODUCTS, "code;name", f"{'c' * 65};А", "code", "cell_too_long"),
    (Kind.CONTRACTS, "", f"{INN};none;1;01.01.2026;;", "product_code", "unknown_product"),
    (Kind.CONTRACTS, "", f"{INN};buh;;01.01.2026;;", "number", "missing"),
    (Kind.CONTRACTS, "", f"{INN};buh;1;31.02.2026;;", "starts_on", "bad_date"),
    (Kind.CONTRACTS, "", f"{INN};buh;1;;;", "starts_on", "missing"),
    (Kind.CONTRACTS, "", f"{INN};buh;1;01.02.2026;01.01.2026;", "ends_on", "ends_before_it_starts"),
    (Kind.CONTRACTS, "", f"{INN};buh;1;01.02.2026;;возможно", "vendor_support", "bad_yes_no"),
]


@pytest.mark.parametrize(("kind", "header", "line", "column", "reason"), BAD_LINES)
async def test_every_bad_line_is_told_with_its_place_and_reason(
    importing: ClientImport, kind: Kind, header: str, line: str, column: str, reason: str
) -> None:
    await prepared(importing)
    header = header or "organization_inn;product_code;number;starts_on;ends_on;vendor_support"
    plan = await importing.preview(kind, f"{header}\n{line}\n".encode())
    assert [(each.line, each.column, each.reason) for each in plan.bad] == [(2, column, reason)]
    assert not plan.possible


async def test_a_key_that_comes_twice_in_a_file_is_told(importing: ClientImport) -> None:
    content = "inn;name\n7707083893;А\n7707083893;Б\n".encode()
    (bad,) = (await importing.preview(Kind.ORGANIZATIONS, content)).bad
    assert (bad.line, bad.reason) == (3, "repeated_in_file")


async def test_a_line_that_fits_two_clients_is_told(store: FakeDatabase, importing: ClientImport) -> None:
    async with store.uow() as uow:
        for _ in range(2):
            await uow.clients.add_client(make.client("Петров", email="p@firm.test"))
        await uow.commit()
    (bad,) = (await importing.preview(Kind.CLIENTS, "name;email\nПетров;p@firm.test\n".encode())).bad
    assert bad.reason == "several_clients_match"


async def test_nothing_is_imported_from_a_file_with_a_bad_line(
    store: FakeDatabase, importing: ClientImport
) -> None:
    content = "inn;name\n7707083893;А\nплохо;Б\n7728168971;В\n".encode()
    with pytest.raises(InvalidInput) as refused:
        await importing.run(Kind.ORGANIZATIONS, content, by=ADMIN)
    assert refused.value.problems == {"file": "bad_lines"}
    assert store.memory.organizations == {}
    assert store.memory.audit == []


BAD_FILES = [
    (b"", "empty"),
    (b"\n\n", "empty"),
    (b"inn;name\n", None),
    ("inn;name;цвет\n".encode(), "unknown_column: цвет"),
    ("inn;ИНН;name\n".encode(), "repeated_column: ИНН"),
    (b"inn\n7707083893\n", "missing_column: name"),
    (b"PK\x03\x04\0\0", "not_text"),
    (b"inn;name\n\x98;\xff", "not_text"),
    (b'inn;name\n7707083893;"A\n', "broken_quotes: 2"),
    (b"inn;name\n" + b"x" * client_table.LARGEST_FILE, "too_large"),
]


@pytest.mark.parametrize(("content", "reason"), BAD_FILES, ids=[str(each[1]) for each in BAD_FILES])
async def test_a_file_that_is_no_table_is_refused_with_its_reason(
    importing: ClientImport, content: bytes, reason: str | None
) -> None:
    if reason is None:
        with pytest.raises(InvalidInput, match="invalid_input") as refused:
            await importing.run(Kind.ORGANIZATIONS, content, by=ADMIN)
        assert refused.value.problems == {"file": "empty"}
        return
    with pytest.raises(InvalidInput) as refused:
        await importing.preview(Kind.ORGANIZATIONS, content)
    assert refused.value.problems == {"file": reason}


def test_a_file_of_too_many_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_table, "MOST_LINES", 2)
    with pytest.raises(InvalidInput) as refused:
        read_table(b"inn;name\n1;a\n2;b\n3;c\n", COLUMNS[Kind.ORGANIZATIONS], REQUIRED[Kind.ORGANIZATIONS])
    assert refused.value.problems == {"file": "too_many_lines"}


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "<script>alert(1)</script>"])
async def test_a_hostile_cell_is_stored_as_the_text_it_is(
    store: FakeDatabase, importing: ClientImport, name: str
) -> None:
    await importing.run(Kind.ORGANIZATIONS, f"inn;name\n{INN};{name}\n".encode(), by=ADMIN)
    assert [each.name for each in store.memory.organizations.values()] == [name]


async def test_line_numbers_are_those_of_the_editor_even_with_line_ends_in_cells(
    importing: ClientImport,
) -> None:
    content = f'inn;name\n{INN};"А\nБ"\n\nплохо;В\n'.encode()
    (bad,) = (await importing.preview(Kind.ORGANIZATIONS, content)).bad
    assert bad.line == 5


async def test_an_import_is_audited_with_the_file_it_was(
    store: FakeDatabase, importing: ClientImport
) -> None:
    await importing.run(Kind.ORGANIZATIONS, ORGANIZATIONS.encode(), by=ADMIN)
    (row,) = store.memory.audit
    assert (row["actor"], row["action"], row["reason"]) == ("person:1", "clients.imported", "organizations")
    assert (row["change"]["created"], len(row["change"]["sha256"])) == (2, 64)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_bytes_break_the_reader(content: bytes) -> None:
    for kind in Kind:
        try:
            read_table(content, COLUMNS[kind], REQUIRED[kind])
        except InvalidInput as refused:
            assert list(refused.problems) == ["file"]


@given(
    st.lists(st.text(alphabet="абвёАБВ «»;,\"'\n=+@x", min_size=1).filter(str.strip), min_size=1, max_size=5)
)
@settings(max_examples=100, deadline=None)
def test_what_a_spreadsheet_quotes_comes_back(names: list[str]) -> None:
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    content = "inn;name\n" + "".join(f"{INN};{cell}\n" for cell in quoted)
    table = read_table(content.encode(), COLUMNS[Kind.ORGANIZATIONS], REQUIRED[Kind.ORGANIZATIONS])
    assert [row.cells["name"] for row in table.rows] == [name.strip() for name in names]


@pytest.mark.parametrize("place", range(9))
@given(st.integers(0, 999_999_999))
def test_a_taxpayer_number_with_one_wrong_digit_is_refused(place: int, number: int) -> None:
    body = f"{number:09d}"
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    right = body + str(sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11 % 10)
    assert valid_inn(right)
    assert not valid_inn(right[:9] + str((int(right[9]) + 1 + place) % 10))


async def test_a_thousand_lines_are_imported_whole_and_the_first_fifty_shown(
    store: FakeDatabase, importing: ClientImport
) -> None:
    lines = [f"p{n};Продукт {n}" for n in range(1000)]
    done = await importing.run(Kind.PRODUCTS, ("code;name\n" + "\n".join(lines)).encode(), by=ADMIN)
    assert done.created == 1000
    assert len(done.shown) == 50
