"""Every table in one place: importing this module fills the metadata."""

from callcenter.store import (
    tables_administration,
    tables_api,
    tables_callbacks,
    tables_calls,
    tables_clients,
    tables_desk,
    tables_live,
    tables_outbox,
    tables_people,
    tables_questions,
    tables_reports,
    tables_sites,
    tables_statistics,
    tables_tickets,
)
from callcenter.store.schema import metadata

__all__ = [
    "metadata",
    "tables_administration",
    "tables_api",
    "tables_callbacks",
    "tables_calls",
    "tables_clients",
    "tables_desk",
    "tables_live",
    "tables_outbox",
    "tables_people",
    "tables_questions",
    "tables_reports",
    "tables_sites",
    "tables_statistics",
    "tables_tickets",
]
