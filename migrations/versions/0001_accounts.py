"""Accounts: users, roles, review figures, sessions and one-time tokens.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001_accounts"
down_revision = None

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_verified_at", INSTANT, nullable=True),
        sa.Column("password_hash", ascii_string(255), nullable=True),
        sa.Column("first_name", sa.String(80), nullable=False),
        sa.Column("last_name", sa.String(80), nullable=False),
        sa.Column("phone", ascii_string(20), nullable=True),
        sa.Column("bio", sa.Text(), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("locale", ascii_string(12), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("suspended_reason", sa.String(500), nullable=True),
        sa.Column("avatar_key", ascii_string(200), nullable=True),
        sa.Column("accepted_terms_version", sa.String(40), nullable=True),
        sa.Column("marketing_opt_in", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_users_currency_length")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower_case")),
        sa.CheckConstraint("status IN ('active', 'suspended', 'closed')", name=op.f("ck_users_status")),
        **TABLE,
    )
    op.create_index("ix_users_status_id", "users", ["status", "id"])
    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "role", name="pk_user_roles"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_roles_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("role IN ('guest', 'host', 'support', 'finance', 'admin')", name=op.f("ck_user_roles_role")),
        **TABLE,
    )
    op.create_index("ix_user_roles_role_user_id", "user_roles", ["role", "user_id"])
    op.create_table(
        "user_figures",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guest_rating_sum", sa.Integer(), nullable=False),
        sa.Column("guest_review_count", sa.Integer(), nullable=False),
        sa.Column("host_rating_sum", sa.Integer(), nullable=False),
        sa.Column("host_review_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_figures"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_figures_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("guest_rating_sum >= 0", name=op.f("ck_user_figures_guest_rating_sum_not_negative")),
        sa.CheckConstraint("guest_review_count >= 0", name=op.f("ck_user_figures_guest_review_count_not_negative")),
        sa.CheckConstraint("host_rating_sum >= 0", name=op.f("ck_user_figures_host_rating_sum_not_negative")),
        sa.CheckConstraint("host_review_count >= 0", name=op.f("ck_user_figures_host_review_count_not_negative")),
        **TABLE,
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("refresh_hash", ascii_string(64), nullable=False),
        sa.Column("previous_refresh_hash", ascii_string(64), nullable=True),
        sa.Column("rotated_at", INSTANT, nullable=True),
        sa.Column("user_agent", sa.String(300), nullable=False),
        sa.Column("ip", ascii_string(45), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("kind IN ('api', 'admin')", name=op.f("ck_sessions_kind")),
        **TABLE,
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_user_id_revoked_at_id", "sessions", ["user_id", "revoked_at", "id"])
    op.create_table(
        "one_time_tokens",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("token_hash", ascii_string(64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_one_time_tokens_token_hash"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_one_time_tokens_user_id", ondelete="CASCADE"),
        sa.CheckConstraint(
            "purpose IN ('verify_email', 'reset_password', 'change_email', 'oauth_code', 'stream_ticket')",
            name=op.f("ck_one_time_tokens_purpose"),
        ),
        **TABLE,
    )
    op.create_index("ix_one_time_tokens_expires_at", "one_time_tokens", ["expires_at"])
    op.create_index("ix_one_time_tokens_user_id_purpose", "one_time_tokens", ["user_id", "purpose"])


def downgrade() -> None:
    op.drop_table("one_time_tokens")
    op.drop_table("sessions")
    op.drop_table("user_figures")
    op.drop_table("user_roles")
    op.drop_table("users")
