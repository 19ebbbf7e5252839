"""Outbox, idempotency keys, job claims, exchange rates, and the audit log, which stays append-only.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012_platform"
down_revision = "0011_messages"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} BEGIN
SELECT RAISE(ABORT, '{table} is append-only'); END"""
MYSQL = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{table} is append-only'"""


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def make_append_only(table: str) -> None:
    text = SQLITE if op.get_bind().dialect.name == "sqlite" else MYSQL
    for verb in ("update", "delete"):
        op.execute(text.format(table=table, verb=verb, VERB=verb.upper()))


def upgrade() -> None:
    op.create_table(
        "outbox_events",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", ascii_string(64), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", ascii_string(64), nullable=True),
        sa.Column("held_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("last_error", sa.String(500), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_events"),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_events_attempts_not_negative")),
        sa.CheckConstraint("state IN ('new', 'held', 'done', 'dead')", name=op.f("ck_outbox_events_state")),
        **TABLE,
    )
    op.create_index("ix_outbox_events_state_due_at_id", "outbox_events", ["state", "due_at", "id"])
    op.create_index("ix_outbox_events_state_held_at", "outbox_events", ["state", "held_at"])
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", ascii_string(255), nullable=False),
        sa.Column("fingerprint", ascii_string(64), nullable=False),
        sa.Column("route", ascii_string(120), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=False),
        sa.Column("resource_type", ascii_string(40), nullable=True),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("response_status", sa.SmallInteger(), nullable=True),
        sa.Column(
            "response_body", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb"), nullable=True
        ),
        sa.Column("response_headers", sa.JSON(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_idempotency_keys_user_id", ondelete="CASCADE"),
        sa.CheckConstraint(
            "(resource_type IS NULL) = (resource_id IS NULL)", name=op.f("ck_idempotency_keys_resource_pair")
        ),
        **TABLE,
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"])
    op.create_table(
        "job_runs",
        sa.Column("job", ascii_string(64), nullable=False),
        sa.Column("period", ascii_string(40), nullable=False),
        sa.Column("claimed_by", ascii_string(120), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("job", "period", name="pk_job_runs"),
        **TABLE,
    )
    op.create_index("ix_job_runs_started_at", "job_runs", ["started_at"])
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("action", ascii_string(64), nullable=False),
        sa.Column("subject_type", ascii_string(40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("ip", ascii_string(45), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name="fk_audit_log_actor_id", ondelete="RESTRICT"),
        **TABLE,
    )
    op.create_index("ix_audit_log_actor_id_id", "audit_log", ["actor_id", "id"])
    op.create_index("ix_audit_log_subject_type_subject_id_id", "audit_log", ["subject_type", "subject_id", "id"])
    make_append_only("audit_log")
    op.create_table(
        "exchange_rates",
        sa.Column("base", ascii_string(3), nullable=False),
        sa.Column("quote", ascii_string(3), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("source", ascii_string(24), nullable=False),
        sa.Column("rate", ascii_string(24), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("base", "quote", "on", "source", name="pk_exchange_rates"),
        sa.CheckConstraint("length(base) = 3", name=op.f("ck_exchange_rates_base_length")),
        sa.CheckConstraint("length(quote) = 3", name=op.f("ck_exchange_rates_quote_length")),
        sa.CheckConstraint("base <> quote", name=op.f("ck_exchange_rates_two_currencies")),
        **TABLE,
    )


def downgrade() -> None:
    op.drop_table("exchange_rates")
    op.drop_table("audit_log")
    op.drop_table("job_runs")
    op.drop_table("idempotency_keys")
    op.drop_table("outbox_events")
