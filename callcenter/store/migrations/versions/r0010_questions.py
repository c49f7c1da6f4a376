"""The most frequent questions: what they are, what people said of them, what each month found."""

import sqlalchemy as sa
from alembic import op

from callcenter.store.types import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("required", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["question.id"], name=op.f("fk_question_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "question_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("grouped", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("frozen_at", UtcDateTime(), nullable=True),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_run")),
    )
    op.create_index(op.f("ix_question_run_month"), "question_run", ["month"], unique=False)
    op.create_index(
        "uq_question_run_shown",
        "question_run",
        ["month"],
        unique=True,
        sqlite_where=sa.text("state = 'shown'"),
        postgresql_where=sa.text("state = 'shown'"),
    )
    op.create_table(
        "question_asked",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("trend", sa.String(length=16), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("examples", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_asked_question_id")),
        sa.ForeignKeyConstraint(["run_id"], ["question_run.id"], name=op.f("fk_question_asked_run_id")),
        sa.PrimaryKeyConstraint("run_id", "question_id", name=op.f("pk_question_asked")),
    )
    op.create_table(
        "question_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_question_rule_by")),
        sa.ForeignKeyConstraint(["into_id"], ["question.id"], name=op.f("fk_question_rule_into_id")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_rule_question_id")),
        sa.ForeignKeyConstraint(["revoked_by"], ["person.id"], name=op.f("fk_question_rule_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_rule")),
    )
    op.create_table(
        "question_ticket",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("found_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["question_run.id"], name=op.f("fk_question_ticket_run_id")),
        sa.PrimaryKeyConstraint("run_id", "ticket_id", name=op.f("pk_question_ticket")),
    )
    op.create_index("ix_question_ticket_at", "question_ticket", ["run_id", "at"], unique=False)
    op.create_index(
        "ix_question_ticket_question", "question_ticket", ["run_id", "question_id", "points"], unique=False
    )
    op.create_index("ix_question_ticket_ticket", "question_ticket", ["ticket_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what people said of questions would be lost: restore a backup instead")
