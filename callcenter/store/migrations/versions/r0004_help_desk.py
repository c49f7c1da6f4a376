"""The help desk: what a registered ticket says, topics, messages, staffing, clocks, verdicts, search words."""

import sqlalchemy as sa
from alembic import op

from callcenter.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"

_OPEN = "status IN ('assigned', 'at_vendor', 'draft', 'in_progress', 'new', 'waiting')"
_ENDED = "ended_at IS NULL"
_NO_DEADLINE = "9999-01-01T00:00:00.000000+00:00"

_TOPICS = (
    (1, "Приобретение и продление программ", "reference", None, 1),
    (2, "Оформление документов", "reference", None, 2),
    (3, "Настройка рабочего места", "reference", None, 3),
    (4, "Работа с интерфейсом", "reference", None, 4),
    (5, "Программа не работает", "outage", None, 5),
    (6, "Вопросы разработчику", "vendor", None, 6),
    (7, "Ведение учёта", "vendor", 6, 1),
    (8, "Порядок и сроки отчётности", "vendor", 6, 2),
    (9, "Законодательство", "vendor", 6, 3),
)


def upgrade() -> None:
    _create_topics()
    _widen_tickets()
    _create_messages()
    _create_staffing()
    _create_clocks()
    _create_search()


def downgrade() -> None:
    raise NotImplementedError("tickets would lose their words: restore a backup instead")


def _create_topics() -> None:
    topic = op.create_table(
        "topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["topic.id"], name=op.f("fk_topic_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
    )
    names = ("id", "name", "kind", "parent_id", "position")
    op.bulk_insert(topic, [{**dict(zip(names, row, strict=True)), "active": True} for row in _TOPICS])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT setval('topic_id_seq', (SELECT max(id) FROM topic))")


def _widen_tickets() -> None:
    """Plain ALTER TABLE on both: rebuilding the table on SQLite would forget which numbers were given."""
    instant = "VARCHAR(32)" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    columns = {
        "organization_id": "INTEGER CONSTRAINT fk_ticket_organization_id REFERENCES organization (id)",
        "contact_name": "VARCHAR(200) NOT NULL DEFAULT ''",
        "contact_raw": "VARCHAR(80)",
        "contact_e164": "VARCHAR(16)",
        "contact_email": "VARCHAR(320)",
        "product_id": "INTEGER CONSTRAINT fk_ticket_product_id REFERENCES product (id)",
        "topic_id": "INTEGER CONSTRAINT fk_ticket_topic_id REFERENCES topic (id)",
        "kind": "VARCHAR(16)",
        "priority": "VARCHAR(16) NOT NULL DEFAULT 'normal'",
        "text": "TEXT NOT NULL DEFAULT ''",
        "site_id": "INTEGER",
        "assignee_id": "INTEGER CONSTRAINT fk_ticket_assignee_id REFERENCES person (id)",
        "arrived_at": instant,
        "registered_at": instant,
        "said_at": instant,
        "said_text": "TEXT NOT NULL DEFAULT ''",
        "answer": "TEXT NOT NULL DEFAULT ''",
        "ended_at": instant,
        "rating": "INTEGER",
        "rating_text": "TEXT NOT NULL DEFAULT ''",
        "merged_into": "INTEGER CONSTRAINT fk_ticket_merged_into REFERENCES ticket (id)",
        "due_at": f"{instant} NOT NULL DEFAULT '{_NO_DEADLINE}'",
    }
    for name, kind in columns.items():
        op.execute(f'ALTER TABLE ticket ADD COLUMN "{name}" {kind}')
    op.execute("ALTER TABLE product ADD COLUMN vendor_email VARCHAR(320)")
    op.execute("ALTER TABLE product ADD COLUMN support_included BOOLEAN NOT NULL DEFAULT false")
    for name, on in (
        ("ix_ticket_open_due", "due_at, id"),
        ("ix_ticket_open_assignee", "assignee_id, due_at, id"),
    ):
        op.execute(f"CREATE INDEX {name} ON ticket ({on}) WHERE {_OPEN}")
    for name, on in (
        ("ix_ticket_status_due", "status, due_at, id"),
        ("ix_ticket_status", "status, id"),
        ("ix_ticket_updated", "updated_at, id"),
        ("ix_ticket_client", "client_id, id"),
        ("ix_ticket_organization", "organization_id, id"),
        ("ix_ticket_assignee", "assignee_id, id"),
        ("ix_ticket_product", "product_id, id"),
        ("ix_ticket_topic", "topic_id, id"),
        ("ix_ticket_operator", "operator_id, id"),
        ("ix_ticket_arrived", "arrived_at"),
    ):
        op.execute(f"CREATE INDEX {name} ON ticket ({on})")
    op.execute("CREATE INDEX ix_ticket_site ON ticket (site_id, id) WHERE site_id IS NOT NULL")
    op.execute("CREATE INDEX ix_ticket_missed ON ticket (id) WHERE missed IS NOT NULL")
    op.create_index("ix_audit_actor", "audit", ["actor", "id"], unique=False)


def _create_messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("to_person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_message_author_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_message_ticket_id")),
        sa.ForeignKeyConstraint(["to_person_id"], ["person.id"], name=op.f("fk_message_to_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_ticket_id"), "message", ["ticket_id"], unique=False)
    op.create_table(
        "remote_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tool", sa.String(length=32), nullable=False),
        sa.Column("remote_id", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_remote_session_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_remote_session_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_session")),
    )
    op.create_index(op.f("ix_remote_session_ticket_id"), "remote_session", ["ticket_id"], unique=False)
    op.create_index(
        "uq_remote_session_open",
        "remote_session",
        ["ticket_id", "person_id"],
        unique=True,
        sqlite_where=sa.text(_ENDED),
        postgresql_where=sa.text(_ENDED),
    )
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("vendor", sa.String(length=300), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_handover_by")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_handover_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_ticket_id"), "handover", ["ticket_id"], unique=False)
    for name, on, unique in (("uq_handover_open", "ticket_id", True), ("ix_handover_due", "due_at", False)):
        op.create_index(
            name,
            "handover",
            [on],
            unique=unique,
            sqlite_where=sa.text(_ENDED),
            postgresql_where=sa.text(_ENDED),
        )


def _create_staffing() -> None:
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index(op.f("ix_shift_person_id"), "shift", ["person_id"], unique=False)
    op.create_table(
        "leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_leave_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
    )
    op.create_index(op.f("ix_leave_ends_on"), "leave", ["ends_on"], unique=False)
    op.create_table(
        "skill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_skill_person_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_skill_product_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_skill_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill")),
    )
    op.create_index(op.f("ix_skill_person_id"), "skill", ["person_id"], unique=False)
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_view_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_person_id"), "saved_view", ["person_id"], unique=False)


def _create_clocks() -> None:
    op.create_table(
        "ticket_step",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("pause", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_step_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "no", name=op.f("pk_ticket_step")),
    )
    op.create_table(
        "ticket_clock",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("clock", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("pause", sa.String(length=16), nullable=True),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("elapsed", sa.BigInteger(), nullable=False),
        sa.Column("used_at_reopening", sa.BigInteger(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("reopened_at", UtcDateTime(), nullable=True),
        sa.Column("wake_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_clock_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "clock", "number", name=op.f("pk_ticket_clock")),
    )
    op.create_index(
        "ix_ticket_clock_wake_at",
        "ticket_clock",
        ["wake_at"],
        unique=False,
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )
    op.create_table(
        "clock_notice",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_clock_notice_ticket_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_clock_notice")),
    )
    op.create_index(op.f("ix_clock_notice_ticket_id"), "clock_notice", ["ticket_id"], unique=False)
    op.create_table(
        "verdict",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("clock", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_verdict_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "clock", "number", name=op.f("pk_verdict")),
    )
    op.create_index(op.f("ix_verdict_ended_at"), "verdict", ["ended_at"], unique=False)


def _create_search() -> None:
    word = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
    op.create_table(
        "search_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", word, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_word")),
        sa.UniqueConstraint("word", name=op.f("uq_search_word_word")),
    )
    op.create_table(
        "search_posting",
        sa.Column("word_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word_id", "ticket_id", name=op.f("pk_search_posting")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_posting_ticket_id", "search_posting", ["ticket_id"], unique=False)
