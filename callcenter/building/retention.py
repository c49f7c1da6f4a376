"""The retention of personal data, built from the settings."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from callcenter.clock import SystemClock
from callcenter.domain.retention import RetentionTerms
from callcenter.ports.outside import AttachmentFiles
from callcenter.services.retention import Retention
from callcenter.store import Database
from config.settings import Settings


def build_retention(
    database: Database, settings: Settings, files: AttachmentFiles, *, node: str
) -> Retention:
    """The nightly job; a term of 0 days keeps for good."""
    days = settings.retention
    terms = RetentionTerms(
        files=_term(days.files_days),
        letters=_term(days.letters_days),
        strangers=_term(days.strangers_days),
        senders=_term(days.senders_days),
        sign_ins=_term(days.sign_ins_days),
    )
    zone = ZoneInfo(settings.calendar.zone)
    return Retention(database.uow, SystemClock(), files, terms, zone=zone, node=node)


def _term(days: int) -> timedelta | None:
    return timedelta(days=days) if days else None
