"""Tables of reports: those made of figures that will not change any more, and who gets them by mail."""

from sqlalchemy import Column, Date, Index, String, Table, Text

from callcenter.store.schema import metadata
from callcenter.store.types import JsonText, UtcDateTime

report_document = Table(
    "report_document",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("locale", String(8), primary_key=True),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("body", JsonText, nullable=False),
    Index("ix_report_document_last", "last"),
)

report_mailing = Table(
    "report_mailing",
    metadata,
    Column("kind", String(8), primary_key=True),
    # addresses separated by spaces
    Column("addresses", Text, nullable=False),
    # local time, HH:MM
    Column("at", String(5), nullable=False),
)
