"""Lists, search and ticket pages over a million tickets: `python -m tests.bench.bench_desk [--tickets N]`.

A seeded generator fills a SQLite file once (kept in `var/bench/`); PostgreSQL gets its rows from there. Each figure is
the time of one call of the service behind a screen, in one process, transaction included. Histories (steps,
clocks, verdicts, messages, audit) are written for every twentieth ticket, and pages are read of those.
"""

import argparse
import asyncio
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from callcenter.domain.lifecycle import OPEN
from callcenter.domain.lists import Filter, Query, Sort
from callcenter.domain.people import Person, Role
from callcenter.domain.search import phone_words, words
from callcenter.domain.ticket import Kind
from callcenter.store import Database
from callcenter.store.upgrade import upgrade
from callcenter.web.views.worklist import work_rows
from tests.databases import PostgresqlCluster, opened, postgresql_binaries
from tests.desk_house import RULES, House

FOLDER = Path("var/bench")
START = datetime(2024, 11, 22, tzinfo=UTC)
SPAN = timedelta(days=730)
FAR = "9999-01-01T00:00:00.000000+00:00"
COMPANIES, CLIENTS, PEOPLE, PRODUCTS = 20_000, 200_000, 40, 20
HISTORY_EACH = 20
REAL_WORDS = (
    "не открывается отчёт печать ошибка зарплата обмен база обновление программа счёт накладная налог сотрудник "
    "документ настройка принтер ключ лицензия продление сервер пользователь пароль вход кнопка форма склад остаток "
    "кассовый чек банк выписка загрузка выгрузка архив копия проводка баланс декларация страховые взносы отпуск "
    "больничный номенклатура договор контрагент организация сертификат подпись почта таблица макрос экран медленно"
)
SYLLABLES = "ба ве ги до жу за ки ло му не по ра си ту фо ха це чи шо ща эл юр яр кор тан вер мил сев дол гор"
OPEN_SHARE = (
    ("draft", 200),
    ("new", 100),
    ("assigned", 800),
    ("in_progress", 1200),
    ("waiting", 500),
    ("at_vendor", 200),
)


def made_words(rng: random.Random, count: int) -> list[str]:
    """Words nobody has, as many as a language has in use."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choices(SYLLABLES.split(" "), k=rng.randint(2, 5)))] = None
    return list(found)


def instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


class World:
    """Everything the generator draws from, the same for the same seed."""

    def __init__(self, tickets: int) -> None:
        rng = self.rng = random.Random(8005550640)
        self.tickets = tickets
        self.vocabulary = REAL_WORDS.split(" ") + made_words(rng, 6000)
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.vocabulary))))
        surnames = made_words(rng, 8000)
        self.companies = [
            f"ООО «{rng.choice(surnames).title()} {number % 97}»" for number in range(COMPANIES)
        ]
        self.clients = [
            (
                f"{rng.choice(surnames).title()}ов Иван",
                rng.randrange(COMPANIES),
                f"+79{rng.randrange(10**9):09d}",
            )
            for _ in range(CLIENTS)
        ]
        self.first_open = tickets - sum(count for _, count in OPEN_SHARE)

    def rows(self) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
        """Each ticket as its columns and the words it is found by."""
        rng = self.rng
        waiting = [status for status, count in OPEN_SHARE for _ in range(count)]
        rng.shuffle(waiting)
        for number in range(self.tickets):
            identity = 1001 + number
            client = rng.randrange(CLIENTS)
            name, company, phone = self.clients[client]
            typed = rng.choices(self.vocabulary, cum_weights=self.weights, k=14)
            arrived = START + SPAN * number / self.tickets
            status = self._status(number, waiting)
            is_open = number >= self.first_open
            runs = status in {"new", "assigned", "in_progress"}
            row = {
                "id": identity,
                "version": 5,
                "status": status,
                "source": "call",
                "caller_raw": phone,
                "caller_e164": phone,
                "created_at": instant(arrived),
                "updated_at": instant(arrived + timedelta(minutes=rng.randrange(600))),
                "operator_id": 1 + rng.randrange(PEOPLE),
                "client_id": 1 + client,
                "cancel_reason": "unreachable" if status == "cancelled" else None,
                "subject": " ".join(typed[:5]),
                "organization_id": 1 + company,
                "contact_name": name,
                "contact_raw": phone,
                "contact_e164": phone,
                "product_id": 1 + rng.randrange(PRODUCTS),
                "topic_id": 1 + rng.randrange(9),
                "kind": "outage" if number % 5 == 0 else "reference",
                "priority": "normal",
                "text": " ".join(typed),
                "assignee_id": None if status in {"draft", "new"} else 1 + rng.randrange(PEOPLE),
                "arrived_at": instant(arrived),
                "registered_at": None if status == "draft" else instant(arrived),
                "said_text": "",
                "answer": "" if is_open else "Обновите программу и повторите",
                "ended_at": None if is_open else instant(arrived + timedelta(minutes=20)),
                "rating_text": "",
                "due_at": instant(START + SPAN + timedelta(seconds=rng.randrange(3600))) if runs else FAR,
            }
            found = words(*typed, name, self.companies[company])
            yield row, frozenset([*found, *phone_words(phone)])

    def _status(self, number: int, waiting: Sequence[str]) -> str:
        if number >= self.first_open:
            return waiting[number - self.first_open]
        return "cancelled" if number % 12 == 0 else "resolved" if number % 25 == 0 else "closed"


def batches(rows: Iterator[Any], size: int = 50_000) -> Iterator[list[Any]]:
    while batch := list(islice(rows, size)):
        yield batch


def fill_sqlite(path: Path, tickets: int) -> None:
    """Write the world into a migrated file: indexes first away, then anew."""
    world = World(tickets)
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000"):
        db.execute(f"PRAGMA {pragma}")
    indexes = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type='index' AND sql IS NOT NULL"
        " AND tbl_name IN ('ticket', 'search_posting')"
    ).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    db.execute("BEGIN")
    write_people(db, world)
    dictionary: dict[str, int] = {}
    postings: dict[int, list[int]] = {}
    for batch in batches(world.rows()):
        names = list(batch[0][0])
        marks = ", ".join("?" for _ in names)
        db.executemany(
            f"INSERT INTO ticket ({', '.join(names)}) VALUES ({marks})",
            [tuple(row.values()) for row, _ in batch],
        )
        for row, found in batch:
            for word in found:
                word_id = dictionary.setdefault(word, len(dictionary) + 1)
                postings.setdefault(word_id, []).append(row["id"])
    db.executemany(
        "INSERT INTO search_word (id, word) VALUES (?, ?)", ((no, w) for w, no in dictionary.items())
    )
    for word_id in sorted(postings):
        db.executemany(
            "INSERT INTO search_posting VALUES (?, ?)", ((word_id, each) for each in postings[word_id])
        )
    write_histories(db, world)
    db.execute("COMMIT")
    for _, sql in indexes:
        db.execute(sql)
    db.execute("ANALYZE")
    db.close()


def write_people(db: sqlite3.Connection, world: World) -> None:
    db.executemany(
        "INSERT INTO person (id, login, name, roles, locale, theme, active) VALUES (?, ?, ?, ?, 'ru', 'auto', 1)",
        [(1 + n, f"p{n}", f"Сотрудник {n}", ",executor,moderator,supervisor,") for n in range(PEOPLE)],
    )
    db.executemany(
        "INSERT INTO organization (id, name, search) VALUES (?, ?, ?)",
        [(1 + n, name, name.lower()) for n, name in enumerate(world.companies)],
    )
    db.executemany(
        "INSERT INTO client (id, name, organization_id, search) VALUES (?, ?, ?, ?)",
        [(1 + n, name, 1 + company, name.lower()) for n, (name, company, _) in enumerate(world.clients)],
    )
    db.executemany(
        "INSERT INTO client_phone (client_id, e164, position) VALUES (?, ?, 0)",
        [(1 + n, phone) for n, (_, _, phone) in enumerate(world.clients)],
    )
    db.executemany(
        "INSERT INTO product (id, code, name) VALUES (?, ?, ?)",
        [(1 + n, f"p{n}", f"Программа {n}") for n in range(PRODUCTS)],
    )


def write_histories(db: sqlite3.Connection, world: World) -> None:
    """What happened to every twentieth ticket."""
    steps, messages = [], []
    audit: list[tuple[object, ...]] = []
    for number in range(0, world.tickets, HISTORY_EACH):
        identity, at = 1001 + number, START + SPAN * number / world.tickets
        for no, (what, minute) in enumerate(
            [("arrived", 0), ("submitted", 2), ("placed", 2), ("assigned", 4), ("resolved", 20)]
        ):
            kind, priority = ("reference", "normal") if no == 0 else ("", "")
            steps.append((identity, no, instant(at + timedelta(minutes=minute)), what, kind, priority))
        said = "Пришлите снимок экрана и номер версии"
        messages += [(identity, instant(at), kind, said) for kind in ("to_client", "from_client", "answer")]
        for action in (
            "ticket.drafted",
            "ticket.registered",
            "ticket.assigned",
            "ticket.accepted",
            "ticket.resolved",
        ):
            audit.append((len(audit) + 1, instant(at), "person:1", identity, action, "", "{}", "0" * 64))
    db.executemany(
        "INSERT INTO ticket_step (ticket_id, no, at, what, kind, priority) VALUES (?, ?, ?, ?, ?, ?)", steps
    )
    db.executemany("INSERT INTO message (ticket_id, at, kind, text) VALUES (?, ?, ?, ?)", messages)
    db.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", audit)


COPIED = (
    "person", "organization", "client", "client_phone", "product", "ticket", "search_word", "search_posting",
    "ticket_step", "message", "audit",
)  # fmt: skip


async def fill_postgresql(url: str, path: Path) -> None:
    """The same rows, copied as text; constraints and indexes of the big tables are made afterwards."""
    source = sqlite3.connect(path)
    target = await asyncpg.connect(url)
    await target.execute("SET session_replication_role = replica")
    await target.execute("SET maintenance_work_mem = '512MB'")
    made = await target.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('ticket', 'search_posting')"
        " AND indexname NOT LIKE 'pk_%'"
    )
    for each in made:
        await target.execute(f"DROP INDEX {each['indexname']}")
    await target.execute("ALTER TABLE search_posting DROP CONSTRAINT pk_search_posting")
    for table in COPIED:
        names = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
        names = [name for name in names if not (table == "message" and name == "id")]
        rows = source.execute(f"SELECT {', '.join(names)} FROM {table}")
        await target.copy_to_table(table, source=copied(rows), columns=names)
    await target.execute(
        "ALTER TABLE search_posting ADD CONSTRAINT pk_search_posting PRIMARY KEY (word_id, ticket_id)"
    )
    for each in made:
        await target.execute(each["indexdef"])
    await target.execute("VACUUM ANALYZE")
    await target.execute("CHECKPOINT")
    await target.close()
    source.close()


async def copied(rows: Iterator[Any]) -> Any:
    """Rows in PostgreSQL's text form; nothing generated holds a tab, a newline or a backslash."""
    while batch := list(islice(rows, 20_000)):
        yield "".join(
            "\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in batch
        ).encode()
        await asyncio.sleep(0)


async def measured(title: str, database: Database, tickets: int, case: str) -> None:
    house = House(database.uow, RULES)
    rng = random.Random(1)
    world_words = World(0)
    by = Person(id=1, login="p0", name="", roles=frozenset({Role.MODERATOR, Role.EXECUTOR, Role.SUPERVISOR}))

    def some_text(count: int) -> str:
        return " ".join(rng.choices(world_words.vocabulary, cum_weights=world_words.weights, k=count))

    def old_page(sort: Sort, wanted: Filter) -> Callable[[], Awaitable[object]]:
        return lambda: house.lists.page(by, Query(filter=wanted, sort=sort))

    def some_day() -> Filter:
        day = START + timedelta(days=rng.randrange(SPAN.days))
        return Filter(since=day, until=day + timedelta(days=1))

    async def some_rows(page: Callable[[], Awaitable[Any]]) -> object:
        tickets = (await page()).tickets
        async with database.uow(write=False) as uow:
            return await work_rows(uow, tickets)

    cases: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("list moderation", lambda: house.lists.moderation(by)),
        (
            "list mine",
            lambda: house.lists.mine(Person(id=1 + rng.randrange(PEOPLE), login="", name="", roles=by.roles)),
        ),
        ("list drafts", lambda: house.lists.drafts(by)),
        ("list all, newest", old_page(Sort.NEWEST, Filter())),
        ("list all, last changed", old_page(Sort.UPDATED, Filter())),
        (
            "list of one company",
            lambda: house.lists.page(
                by, Query(filter=Filter(organization_id=1 + rng.randrange(COMPANIES)), sort=Sort.NEWEST)
            ),
        ),
        (
            "list of one product and kind",
            lambda: house.lists.page(
                by,
                Query(
                    filter=Filter(product_id=1 + rng.randrange(PRODUCTS), kind=Kind.OUTAGE), sort=Sort.NEWEST
                ),
            ),
        ),
        ("list of one day", lambda: house.lists.page(by, Query(filter=some_day(), sort=Sort.NEWEST))),
        ("list, counted", lambda: house.lists.count(by, Filter(statuses=OPEN), most=1000)),
        ("list, every ticket counted", lambda: house.lists.count(by, Filter(), most=1000)),
        ("list, rows of fifty", lambda: some_rows(old_page(Sort.NEWEST, some_day()))),
        (
            "search, one word of one executor",
            lambda: house.search.among(by, some_text(1), Filter(assignee_id=1 + rng.randrange(PEOPLE))),
        ),
        ("figures on the tabs", lambda: house.lists.counts(by)),
        ("search, one word", lambda: house.search.find(by, some_text(1))),
        ("search, two words", lambda: house.search.find(by, some_text(2))),
        ("search, three words", lambda: house.search.find(by, some_text(3))),
        ("search, three letters", lambda: house.search.find(by, some_text(1)[:3])),
        ("search, phone", lambda: house.search.find(by, rng.choice(world_words.clients)[2])),
        ("search, end of a phone", lambda: house.search.find(by, rng.choice(world_words.clients)[2][-5:])),
        ("search, number", lambda: house.search.find(by, str(1001 + rng.randrange(tickets)))),
        (
            "ticket page",
            lambda: house.reading.details(by, 1001 + HISTORY_EACH * rng.randrange(tickets // HISTORY_EACH)),
        ),
        ("similar answers", lambda: house.knowledge.answers(by, some_text(14))),
    ]
    print(f"\n{title}, {tickets} tickets: milliseconds of one call (200 calls each)")
    for name, call in cases:
        if case not in name:
            continue
        took = await timed(call)
        print(f"  {name:30} p50 {took[100]:7.2f}   p99 {took[198]:7.2f}   max {took[199]:7.2f}")


async def timed(call: Callable[[], Awaitable[object]]) -> list[float]:
    for _ in range(10):
        await call()
    took = []
    for _ in range(200):
        began = time.perf_counter()
        await call()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def generated(tickets: int) -> Path:
    """The file with the world, made now if it is not there."""
    path = FOLDER / f"desk-{tickets}.sqlite3"
    if not path.exists():
        began = time.perf_counter()
        FOLDER.mkdir(parents=True, exist_ok=True)
        growing = path.with_suffix(".growing")
        growing.unlink(missing_ok=True)
        asyncio.run(upgrade(f"sqlite:///{growing}"))
        fill_sqlite(growing, tickets)
        growing.rename(path)
        print(f"generated {path} in {time.perf_counter() - began:.0f} s")
    else:
        asyncio.run(upgrade(f"sqlite:///{path}"))  # made by an older program: its questions changed since
    return path


async def main(path: Path, tickets: int, only: str, case: str) -> None:
    if only != "postgresql":
        async with opened(f"sqlite:///{path}") as database:
            await measured("SQLite", database, tickets, case)
    if only == "sqlite" or postgresql_binaries() is None:
        return
    cluster = PostgresqlCluster()
    try:
        cluster.start()
        url = await cluster.new()
        began = time.perf_counter()
        await fill_postgresql(url, path)
        print(f"\ncopied to PostgreSQL in {time.perf_counter() - began:.0f} s")
        async with opened(url) as database:
            await measured("PostgreSQL", database, tickets, case)
    finally:
        cluster.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["both", "sqlite", "postgresql"], default="both")
    parser.add_argument("--case", default="", help="only the cases whose name holds this")
    options = parser.parse_args()
    asyncio.run(main(generated(options.tickets), options.tickets, options.only, options.case))
