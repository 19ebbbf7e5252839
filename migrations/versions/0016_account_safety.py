"""Second factors, counted tries, agreements, exports and closed accounts.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0016_account_safety"
down_revision = "0015_user_identities"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
SQLITE_TRIGGER = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} BEGIN
SELECT RAISE(ABORT, '{table} is append-only'); END"""
MYSQL_TRIGGER = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{table} is append-only'"""


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def make_append_only(table: str) -> None:
    trigger = SQLITE_TRIGGER if op.get_bind().dialect.name == "sqlite" else MYSQL_TRIGGER
    for verb in ("update", "delete"):
        op.execute(trigger.format(table=table, verb=verb, VERB=verb.upper()))


def upgrade() -> None:
    _create_second_factors()
    op.create_table(
        "try_counts",
        sa.Column("key", ascii_string(160), nullable=False),
        sa.Column("window_started_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_try_counts"),
        **TABLE,
    )
    op.create_index("ix_try_counts_window_started_at", "try_counts", ["window_started_at"])
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("version", sa.String(40), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_consents_user_id", ondelete="RESTRICT"),
        sa.CheckConstraint("kind IN ('terms', 'marketing')", name=op.f("ck_consents_kind")),
        **TABLE,
    )
    op.create_index("ix_consents_user_id_id", "consents", ["user_id", "id"])
    make_append_only("consents")
    _create_exports_and_closures()


def _create_second_factors() -> None:
    op.create_table(
        "totp_factors",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("secret_encrypted", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_totp_factors"),
        sa.UniqueConstraint("user_id", name="uq_totp_factors_user_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_totp_factors_user_id", ondelete="CASCADE"),
        **TABLE,
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", ascii_string(64), nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sa.UniqueConstraint("user_id", "code_hash", name="uq_recovery_codes_user_id_code_hash"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_recovery_codes_user_id", ondelete="CASCADE"),
        **TABLE,
    )


def _create_exports_and_closures() -> None:
    op.create_table(
        "data_exports",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("file_key", ascii_string(200), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_data_exports"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_data_exports_user_id", ondelete="CASCADE"),
        **TABLE,
    )
    op.create_index("ix_data_exports_expires_at", "data_exports", ["expires_at"])
    op.create_index("ix_data_exports_user_id_id", "data_exports", ["user_id", "id"])
    op.create_table(
        "account_closures",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=False),
        sa.Column("erase_after", INSTANT, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_account_closures"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_account_closures_user_id", ondelete="CASCADE"),
        **TABLE,
    )
    op.create_index("ix_account_closures_erased_at_erase_after", "account_closures", ["erased_at", "erase_after"])


def downgrade() -> None:
    for table in ("account_closures", "data_exports", "consents", "try_counts", "recovery_codes", "totp_factors"):
        op.drop_table(table)
