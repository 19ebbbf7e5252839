"""Where integrators want to be told, and every message to them.

Additive.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0046_webhook_endpoints"
down_revision = "0045_staff_cancellations"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("sees_all", sa.Boolean(), nullable=False),
        sa.Column("secret_encrypted", ascii_string(500), nullable=False),
        sa.Column("previous_secret_encrypted", ascii_string(500), nullable=True),
        sa.Column("previous_until", INSTANT, nullable=True),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("disabled_reason", sa.String(24), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_webhook_endpoints_owner_id", ondelete="CASCADE"),
        sa.CheckConstraint(
            "disabled_reason IN ('owner', 'failing', 'gone')", name=op.f("ck_webhook_endpoints_disabled_reason")
        ),
        **TABLE,
    )
    op.create_index("ix_webhook_endpoints_owner_id_id", "webhook_endpoints", ["owner_id", "id"])
    op.create_index("ix_webhook_endpoints_sees_all", "webhook_endpoints", ["sees_all"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("event_type", ascii_string(40), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("owner", ascii_string(64), nullable=True),
        sa.Column("held_at", INSTANT, nullable=True),
        sa.Column("last_status", sa.SmallInteger(), nullable=True),
        sa.Column("tries", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("endpoint_id", "event_id", name="uq_webhook_deliveries_endpoint_id_event_id"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name="fk_webhook_deliveries_endpoint_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_webhook_deliveries_attempts_not_negative")),
        sa.CheckConstraint(
            "state IN ('pending', 'held', 'delivered', 'failed')", name=op.f("ck_webhook_deliveries_state")
        ),
        **TABLE,
    )
    op.create_index("ix_webhook_deliveries_endpoint_id_id", "webhook_deliveries", ["endpoint_id", "id"])
    op.create_index("ix_webhook_deliveries_state_due_at_id", "webhook_deliveries", ["state", "due_at", "id"])
    op.create_index(
        "ix_webhook_deliveries_endpoint_id_booking_id_event_id",
        "webhook_deliveries",
        ["endpoint_id", "booking_id", "event_id"],
    )
    op.create_index("ix_webhook_deliveries_created_at", "webhook_deliveries", ["created_at"])


def downgrade() -> None:
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
