"""Real databases for tests: SQLite files and a throwaway PostgreSQL cluster, both copied from a migrated template."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

from callcenter.domain.topics import FIRST_TOPICS
from callcenter.store import Database
from callcenter.store.tables import metadata
from callcenter.store.unit_of_work import Publish
from callcenter.store.upgrade import upgrade

POSTGRESQL = Path("/usr/lib/postgresql")
_PORTS = range(15400, 15425)


def postgresql_binaries() -> Path | None:
    """The newest installed server, None where there is none."""
    versions = sorted(POSTGRESQL.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


class PostgresqlCluster:
    """A cluster of its own in a temporary folder, reached through its socket; fsync is off, nothing must last."""

    def __init__(self) -> None:
        binaries = postgresql_binaries()
        assert binaries is not None
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
        self._folder.chmod(0o755)
        self._server: subprocess.Popen[bytes] | None = None
        self.port = _PORTS[os.getpid() % len(_PORTS)]
        self._templated = False
        self._clean: list[str] = []

    def start(self) -> None:
        cluster, socket = self._folder / "cluster", self._folder / "socket"
        socket.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
            shutil.chown(socket, "postgres")
        self._run("initdb", "-D", str(cluster), "-U", "hotline", "-A", "trust", "-E", "UTF8", "--no-sync")
        self._server = subprocess.Popen(
            self._as_server_user("postgres", "-D", str(cluster), *self._options(socket)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._run("pg_isready", "-h", str(socket), "-p", str(self.port), "-t", "30", until_ready=True)

    def _options(self, socket: Path) -> Sequence[str]:
        settings = {
            "listen_addresses": "",
            "port": str(self.port),
            "unix_socket_directories": str(socket),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "60",
            "shared_buffers": "16MB",
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _as_server_user(self, program: str, *arguments: str) -> list[str]:
        words = [str(self._binaries / program), *arguments]
        return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else words

    def _run(self, program: str, *arguments: str, until_ready: bool = False) -> None:
        for _ in range(100):
            done = subprocess.run(
                self._as_server_user(program, *arguments), capture_output=True, cwd=self._folder, check=False
            )
            if done.returncode == 0:
                return
            if not until_ready:
                raise RuntimeError(f"{program}: {done.stderr.decode()}")
            assert self._server is not None
            try:
                self._server.wait(0.1)
                raise RuntimeError("PostgreSQL ended at its start")
            except subprocess.TimeoutExpired:
                continue
        raise RuntimeError("PostgreSQL did not start in time")

    def url(self, name: str) -> str:
        return f"postgresql://hotline@/{name}?host={self._folder / 'socket'}&port={self.port}"

    async def new(self) -> str:
        """The url of a migrated database without a row; give it back with `clear`, or `drop` a spoilt one."""
        if self._clean:
            return self._clean.pop()
        if not self._templated:
            await self._execute("CREATE DATABASE template_hotline")
            await upgrade(self.url("template_hotline"))
            self._templated = True
        name = f"t_{uuid.uuid4().hex}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE template_hotline")
        return self.url(name)

    async def empty(self) -> str:
        """The url of a database without any schema."""
        name = f"t_{uuid.uuid4().hex}"
        await self._execute(f"CREATE DATABASE {name}")
        return self.url(name)

    async def _execute(self, sql: str) -> None:
        connection = await asyncpg.connect(
            user="hotline", database="postgres", host=str(self._folder / "socket"), port=self.port
        )
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def clear(self, url: str) -> None:
        """As a new installation for the next test: ten times faster than a new database."""
        tables = ", ".join(f'"{name}"' for name in metadata.tables)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("SET session_replication_role = replica")  # past the audit's triggers
            await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
            await connection.executemany(
                "INSERT INTO topic (name, kind, parent_id, position, active) VALUES ($1, $2, $3, $4, $5)",
                [(each.name, each.kind, each.parent_id, each.position, each.active) for each in FIRST_TOPICS],
            )
        finally:
            await connection.close()
        self._clean.append(url)

    async def drop(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def kill(self) -> None:
        """As a power cut would."""
        assert self._server is not None
        postmaster = int((self._folder / "cluster" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, 3)
        self._server.wait(30)

    def stop(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self.kill()
        shutil.rmtree(self._folder)


class SqliteTemplate:
    """A migrated file, copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"

    async def new(self) -> str:
        if not self._template.exists():
            await upgrade(f"sqlite:///{self._template}")
        path = self._folder / f"{uuid.uuid4().hex}.db"
        await asyncio.to_thread(shutil.copyfile, self._template, path)
        return f"sqlite:///{path}"


@asynccontextmanager
async def opened(url: str, publish: Publish | None = None) -> AsyncIterator[Database]:
    """An open database that is closed in the end."""
    database = Database(url) if publish is None else Database(url, publish=publish)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
