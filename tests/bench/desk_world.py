"""A help desk of any size for the benches: two years of tickets, clients, companies, people and what they did.

A seeded generator fills a SQLite file once (kept in `var/bench/`); PostgreSQL gets its rows from there. Histories
(steps, messages, calls, audit) are written for every twentieth ticket.
"""

import asyncio
import os
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from callcenter.domain.search import normalised, phone_words, words
from callcenter.store.upgrade import upgrade

FOLDER = Path("var/bench")
TICKETS = int(os.environ.get("BENCH_TICKETS", "20000"))
"""How many a bench makes that was not told."""
START = datetime(2024, 11, 22, tzinfo=UTC)
SPAN = timedelta(days=730)
FAR = "9999-01-01T00:00:00.000000+00:00"
COMPANIES, CLIENTS, PRODUCTS, SITES = 20_000, 200_000, 20, 3
EXECUTORS, OPERATORS, MODERATORS = range(1, 121), range(121, 181), range(181, 221)
PEOPLE = 240
"""The last twenty are supervisors."""
HISTORY_EACH = 20
REAL_WORDS = (
    "не открывается отчёт печать ошибка зарплата обмен база обновление программа счёт накладная налог сотрудник "
    "документ настройка принтер ключ лицензия продление сервер пользователь пароль вход кнопка форма склад остаток "
    "кассовый чек банк выписка загрузка выгрузка архив копия проводка баланс декларация страховые взносы отпуск "
    "больничный номенклатура договор контрагент организация сертификат подпись почта таблица макрос экран медленно"
)
SYLLABLES = "ба ве ги до жу за ки ло му не по ра си ту фо ха це чи шо ща эл юр яр кор тан вер мил сев дол гор"
GIVEN = (
    "Анна Мария Елена Ольга Наталья Ирина Светлана Татьяна Юлия Екатерина Галина Людмила Вера Алла Дарья Нина "
    "Полина Лариса Зоя Раиса"
)
SURNAMES = (
    "Иванова Смирнова Кузнецова Попова Васильева Петрова Соколова Михайлова Новикова Фёдорова Морозова Волкова "
    "Алексеева Лебедева Семёнова Егорова Павлова Козлова Степанова Николаева"
)
TRADES = "Ромашка Вектор Аптека Строймонтаж Логистика Молоко Агро Техносервис Мебель Торговый дом"
OPEN_SHARE = (
    ("draft", 200),
    ("new", 100),
    ("assigned", 800),
    ("in_progress", 1200),
    ("waiting", 500),
    ("at_vendor", 200),
)
RESOLVED = 3000
"""The newest of those that ended wait for the client's word."""
REASONS = ("unreachable", "by_client", "duplicate", "spam", "not_a_request")


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
        stems = made_words(rng, 8000)
        surnames = SURNAMES.split(" ") * 20 + [f"{stem.title()}ова" for stem in stems]
        trades = TRADES.split(" ") * 30 + [stem.title() for stem in stems]
        self.companies = [
            f"{rng.choice(('ООО', 'АО', 'ИП'))} «{rng.choice(trades)} {number % 97}»"
            for number in range(COMPANIES)
        ]
        self.inns = [f"77{number:08d}" for number in rng.sample(range(10**8), COMPANIES)]
        self.clients = [
            (
                f"{rng.choice(surnames)} {rng.choice(GIVEN.split(' '))}",
                rng.randrange(COMPANIES),
                f"+79{rng.randrange(10**9):09d}",
            )
            for _ in range(CLIENTS)
        ]
        self.first_open = tickets - sum(count for _, count in OPEN_SHARE)

    def rows(self) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
        """Each ticket as its columns and the words it is found by."""
        waiting = [status for status, count in OPEN_SHARE for _ in range(count)]
        self.rng.shuffle(waiting)
        for number in range(self.tickets):
            status = self._status(number, waiting)
            row, company = self._row(number, status)
            found = words(row["text"], row["contact_name"], row["contact_email"], self.companies[company])
            every = [*found, self.inns[company], *phone_words(row["contact_e164"])]
            yield row, frozenset(every)

    def _row(self, number: int, status: str) -> tuple[dict[str, Any], int]:
        rng = self.rng
        client = rng.randrange(CLIENTS)
        name, company, phone = self.clients[client]
        typed = rng.choices(self.vocabulary, cum_weights=self.weights, k=14)
        arrived = START + SPAN * number / self.tickets
        ended = number < self.first_open
        runs = status in {"new", "assigned", "in_progress"}
        source = rng.choices(("call", "form", "operator"), cum_weights=(55, 90, 100))[0]
        reason = rng.choices(REASONS, cum_weights=(60, 75, 88, 95, 100))[0] if status == "cancelled" else None
        missed = source == "call" and (reason == "unreachable" or (status == "draft" and number % 3 == 0))
        called = phone if source == "call" else None
        return {
            "id": 1001 + number,
            "version": 5,
            "status": status,
            "source": source,
            "hotline_id": 1 if source == "call" else None,
            "caller_raw": called,
            "caller_e164": called,
            "created_at": instant(arrived),
            "updated_at": instant(arrived + timedelta(minutes=rng.randrange(600))),
            "missed": rng.choice(("abandoned", "outside_hours", "queue_timeout")) if missed else None,
            "operator_id": None if source == "form" else rng.choice(OPERATORS),
            "client_id": 1 + client,
            "cancel_reason": reason,
            "subject": " ".join(typed[:5]),
            "organization_id": 1 + company,
            "contact_name": name,
            "contact_raw": phone,
            "contact_e164": phone,
            "contact_email": f"client{client}@example.ru" if source == "form" else None,
            "product_id": 1 + min(rng.randrange(PRODUCTS), rng.randrange(PRODUCTS)),
            "topic_id": 1 + rng.randrange(9),
            "kind": rng.choices(("reference", "outage", "vendor"), cum_weights=(75, 95, 100))[0],
            "priority": rng.choices(("normal", "high", "low"), cum_weights=(88, 94, 100))[0],
            "text": " ".join(typed),
            "site_id": rng.randint(1, SITES) if source == "form" else None,
            "assignee_id": None if status in {"draft", "new"} else rng.choice(EXECUTORS),
            "arrived_at": instant(arrived),
            "registered_at": None if status == "draft" else instant(arrived),
            "said_text": "",
            "answer": "Обновите программу и повторите" if ended else "",
            "ended_at": instant(arrived + timedelta(minutes=20)) if ended else None,
            "rating": rng.choice((None, None, None, 3, 4, 5)) if ended else None,
            "rating_text": "",
            "due_at": instant(START + SPAN + timedelta(seconds=rng.randrange(3600))) if runs else FAR,
        }, company

    def _status(self, number: int, waiting: Sequence[str]) -> str:
        if number >= self.first_open:
            return waiting[number - self.first_open]
        if number % 12 == 0:
            return "cancelled"
        return "resolved" if number >= self.first_open - RESOLVED else "closed"


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
    write_calls(db)
    db.execute("COMMIT")
    for _, sql in indexes:
        db.execute(sql)
    db.execute("ANALYZE")
    db.close()


def roles_of(person: int) -> str:
    for people, role in ((EXECUTORS, "executor"), (OPERATORS, "operator"), (MODERATORS, "moderator")):
        if person in people:
            return f",{role},"
    return ",supervisor,"


def write_people(db: sqlite3.Connection, world: World) -> None:
    db.executemany(
        "INSERT INTO person (id, login, name, roles, locale, theme, active) VALUES (?, ?, ?, ?, 'ru', 'auto', 1)",
        [(n, f"p{n}", f"Сотрудник {n}", roles_of(n)) for n in range(1, PEOPLE + 1)],
    )
    db.executemany(
        "INSERT INTO organization (id, name, inn, search) VALUES (?, ?, ?, ?)",
        [
            (1 + n, name, inn, normalised(name, inn))
            for n, (name, inn) in enumerate(zip(world.companies, world.inns, strict=True))
        ],
    )
    db.executemany(
        "INSERT INTO client (id, name, organization_id, search) VALUES (?, ?, ?, ?)",
        [(1 + n, name, 1 + company, normalised(name)) for n, (name, company, _) in enumerate(world.clients)],
    )
    db.executemany(
        "INSERT INTO client_phone (client_id, e164, position) VALUES (?, ?, 0)",
        [(1 + n, phone) for n, (_, _, phone) in enumerate(world.clients)],
    )
    db.executemany(
        "INSERT INTO product (id, code, name, support_included) VALUES (?, ?, ?, 0)",
        [(1 + n, f"p{n}", f"Программа {n}") for n in range(PRODUCTS)],
    )
    db.execute("INSERT INTO hotline (id, name) VALUES (1, 'Горячая линия')")
    db.executemany(
        "INSERT INTO site (id, slug, kind, name, intro, accent, logo_file, logo_type, products, allowed_origins,"
        " address, active) VALUES (?, ?, ?, ?, '', '#0b5cad', '', '', '', '', '', 1)",
        [
            (n, "hotline" if n == 1 else f"care{n}", "hotline" if n == 1 else "care", f"Форма {n}")
            for n in range(1, SITES + 1)
        ],
    )


STEPS = (("arrived", 0), ("submitted", 2), ("placed", 2), ("assigned", 4), ("resolved", 20))
"""What happened, and how many minutes after the arrival."""


def steps_of(identity: int, at: datetime) -> list[tuple[object, ...]]:
    first = ("reference", "normal")
    return [
        (identity, no, instant(at + timedelta(minutes=minute)), what, *(first if no == 0 else ("", "")))
        for no, (what, minute) in enumerate(STEPS)
    ]


def write_histories(db: sqlite3.Connection, world: World) -> None:
    """What happened to every twentieth ticket, and the clocks' steps of everyone that is open."""
    steps, messages = [], []
    for identity, status, created_at in db.execute(
        f"SELECT id, status, created_at FROM ticket WHERE id >= {1001 + world.first_open}"
    ):
        taken = {"draft": 1, "new": 3}.get(status, 4)
        if (identity - 1001) % HISTORY_EACH:
            steps += steps_of(identity, datetime.fromisoformat(created_at))[:taken]
    audit: list[tuple[object, ...]] = []
    for number in range(0, world.tickets, HISTORY_EACH):
        identity, at = 1001 + number, START + SPAN * number / world.tickets
        steps += steps_of(identity, at)[: 5 if number < world.first_open else 3]
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


def write_calls(db: sqlite3.Connection) -> None:
    """The call behind every twentieth ticket that came by one."""
    db.execute(
        "INSERT INTO call (pbx, linkedid, hotline_id, ticket_id, did_raw, did_e164, caller_raw, caller_e164,"
        " caller_name, found_by, entered_at, phone_queue, queued_at, answered_at, answered_by, ended_at, outcome)"
        " SELECT 'main', id, 1, id, '88005550640', '+78005550640', caller_raw, caller_e164, '', 'live',"
        " created_at, 'hotline', created_at, CASE WHEN missed IS NULL THEN created_at END,"
        " CASE WHEN missed IS NULL THEN operator_id END, updated_at, coalesce(missed, 'answered')"
        f" FROM ticket WHERE source = 'call' AND id % {HISTORY_EACH} = {1001 % HISTORY_EACH}"
    )


COPIED = (
    "person", "organization", "client", "client_phone", "product", "hotline", "site", "ticket", "call",
    "search_word", "search_posting", "ticket_step", "message", "audit",
)  # fmt: skip
OWN_NUMBERS = frozenset({"message", "call"})
"""Their rows are numbered by the database itself, so that it goes on after them."""


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
        names = [name for name in names if not (table in OWN_NUMBERS and name == "id")]
        rows = source.execute(f"SELECT {', '.join(names)} FROM {table}")
        await target.copy_to_table(table, source=copied(rows), columns=names)
        await number_on(target, table)
    await target.execute(
        "ALTER TABLE search_posting ADD CONSTRAINT pk_search_posting PRIMARY KEY (word_id, ticket_id)"
    )
    for each in made:
        await target.execute(each["indexdef"])
    await target.execute("VACUUM ANALYZE")
    await target.execute("CHECKPOINT")
    await target.close()
    source.close()


async def number_on(target: Any, table: str) -> None:
    """The database goes on numbering after the copied rows."""
    sequence = await target.fetchval(
        "SELECT pg_get_serial_sequence($1, 'id') WHERE EXISTS (SELECT 1 FROM information_schema.columns"
        " WHERE table_name = $1 AND column_name = 'id')",
        table,
    )
    if sequence is not None:
        await target.execute(f"SELECT setval('{sequence}', (SELECT max(id) FROM {table}))")


async def copied(rows: Iterator[Any]) -> AsyncIterator[bytes]:
    """Rows in PostgreSQL's text form; nothing generated holds a tab, a newline or a backslash."""
    while batch := list(islice(rows, 20_000)):
        yield "".join(
            "\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in batch
        ).encode()
        await asyncio.sleep(0)


def generated(tickets: int, folder: Path = FOLDER) -> Path:
    """The file with the world, made now if it is not there."""
    path = folder / f"world-{tickets}.sqlite3"
    if not path.exists():
        began = time.perf_counter()
        folder.mkdir(parents=True, exist_ok=True)
        growing = path.with_suffix(".growing")
        growing.unlink(missing_ok=True)
        asyncio.run(upgrade(f"sqlite:///{growing}"))
        fill_sqlite(growing, tickets)
        growing.rename(path)
        print(f"generated {path} in {time.perf_counter() - began:.0f} s")
    else:
        asyncio.run(upgrade(f"sqlite:///{path}"))  # made by an older program: its questions changed since
    return path
