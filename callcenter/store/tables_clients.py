"""Tables of clients, organisations, products and contracts."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from callcenter.store.schema import metadata

organization = Table(
    "organization",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(300), nullable=False),
    Column("inn", String(12), unique=True),
    Column("search", Text, nullable=False),
)

client = Table(
    "client",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(300), nullable=False, index=True),
    Column("organization_id", ForeignKey("organization.id"), index=True),
    Column("email", String(320), index=True),
    # normalised in Python: SQLite folds the case of ASCII letters only
    Column("search", Text, nullable=False),
)

client_phone = Table(
    "client_phone",
    metadata,
    Column("client_id", ForeignKey("client.id"), primary_key=True, autoincrement=False),
    Column("e164", String(16), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
)

product = Table(
    "product",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(64), nullable=False, unique=True),
    Column("name", String(300), nullable=False),
    Column("vendor", String(300)),
    Column("vendor_email", String(320)),
    Column("support_included", Boolean, nullable=False),
)

contract = Table(
    "contract",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization_id", ForeignKey("organization.id"), nullable=False),
    Column("product_id", ForeignKey("product.id"), nullable=False),
    Column("number", String(100), nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("vendor_support", Boolean, nullable=False),
    UniqueConstraint("organization_id", "product_id", "number"),
)
