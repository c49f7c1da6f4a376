"""The real program for the desk's benches, in a process of its own: `python -m tests.bench.desk_server URL PORT`.

Everything is built as `callcenter serve` builds it; only the jobs that run by themselves (nightly figures, grouping,
letters, deadlines) stay off, so that each figure is the request's own. Everybody of the bench's world is signed in.
"""

import asyncio
import hashlib
import os
import sys
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from callcenter.bootstrap import Program, until_stopped
from callcenter.domain.people import Action, Person, Role, Session
from callcenter.telemetry import set_up_logs
from callcenter.web import app as web_app
from callcenter.web.settings import WebSettings
from callcenter.web.static_files import StaticFiles
from config.load import load
from tests.api_house import AnyStaticFile
from tests.bench.desk_world import PEOPLE

BUILT = Path(web_app.__file__).parent / "static" / "build" / "app.js"


class QuietProgram(Program):
    """Serves, and does nothing by itself."""

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        work.close()

    def _web_settings(self) -> WebSettings:
        return replace(super()._web_settings(), api_requests_per_minute=10**9)


def session_of(person: int) -> str:
    """The cookie of one of the world's people."""
    return f"session-of-{person}"


async def sign_in(program: Program) -> str:
    """Sessions for everybody, and a moderator's API token, which is returned."""
    now = program.clock.now()
    async with program.database.uow() as uow:
        for person in range(1, PEOPLE + 1):
            fingerprint = hashlib.sha256(session_of(person).encode()).hexdigest()
            if await uow.sessions.by_token(fingerprint) is None:
                await uow.sessions.add(
                    Session(
                        token_sha256=fingerprint,
                        person_id=person,
                        created_at=now,
                        expires_at=now + timedelta(days=7),
                        user_agent="bench",
                    )
                )
        await uow.commit()
    maker = Person(id=PEOPLE, login="", name="", roles=frozenset({Role.ADMIN}))
    made = await program.services.api_tokens.create(
        maker,
        person_id=MODERATOR,
        name="bench",
        scopes=frozenset({Action.SEE_TICKETS, Action.MODERATE_TICKETS, Action.WORK_ON_TICKETS}),
        expires_at=now + timedelta(days=7),
    )
    return made.secret


MODERATOR = 181


async def main(url: str, port: int) -> None:
    if not BUILT.exists():
        web_app.load_static_files = lambda: StaticFiles(AnyStaticFile())
    with tempfile.TemporaryDirectory() as folder:
        settings = load(
            None,
            {
                "CC_DATABASE__URL": url,
                "CC_WEB__PORT": str(port),
                "CC_WEB__TRUSTED_PROXIES": '["127.0.0.1"]',
                "CC_PUBLIC__KEY_FILE": f"{folder}/public.key",
                "CC_PUBLIC__ATTACHMENTS_DIR": f"{folder}/attachments",
                "CC_MAIL__FILES_DIR": f"{folder}/mail",
            },
        )
        set_up_logs(level="error", form="json")
        async with QuietProgram(settings) as program:
            secret = await sign_in(program)
            print(f"ready {os.getpid()} {secret}", flush=True)
            await until_stopped(program)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
