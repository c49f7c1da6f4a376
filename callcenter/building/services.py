"""The services that screens and commands use, each with the rooms that are built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from callcenter.building.help_desk import HelpDesk
from callcenter.clock import SystemClock
from callcenter.ports.statistics import StatisticsRoom
from callcenter.store import Database
from callcenter.web.callback_room import CallbackRoom
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.question_room import QuestionRoom
from callcenter.web.reports_room import ReportsRoom
from callcenter.web.services import Services
from config.settings import Settings


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The services on the database alone, for command-line work."""
    database = Database(settings.database.url.get_secret_value())
    await database.open()
    try:
        yield _on_database(database, settings)
    finally:
        await database.close()


def build_services(
    database: Database,
    settings: Settings,
    help_desk: HelpDesk,
    *,
    callbacks: CallbackRoom,
    statistics: StatisticsRoom,
    questions: QuestionRoom,
    reports: ReportsRoom,
) -> Services:
    """Every service of the running program."""
    return replace(
        _on_database(database, settings, help_desk),
        public=help_desk.public,
        administration=help_desk.administration,
        callbacks=callbacks,
        statistics=statistics,
        questions=questions,
        reports=reports,
    )


def _on_database(database: Database, settings: Settings, help_desk: HelpDesk | None = None) -> Services:
    return Services.on(
        database.uow,
        SystemClock(),
        Argon2Passwords(),
        session_length=timedelta(hours=settings.web.session_hours),
        desk=None if help_desk is None else help_desk.desk,
    )
