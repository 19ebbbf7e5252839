"""Payments, refunds, intended calls to providers, and the events that providers send.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007_payments"
down_revision = "0006_payouts"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("provider_ref", ascii_string(128), nullable=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("failure_code", ascii_string(64), nullable=True),
        sa.Column("approval_url", sa.Text(), nullable=True),
        sa.Column("client_secret", ascii_string(255), nullable=True),
        sa.Column("return_url", sa.Text(), nullable=True),
        sa.Column("cancel_url", sa.Text(), nullable=True),
        sa.Column("capture_before", INSTANT, nullable=True),
        sa.Column("authorized_at", INSTANT, nullable=True),
        sa.Column("captured_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("booking_id", "attempt", name="uq_payments_booking_id_attempt"),
        sa.UniqueConstraint("provider", "provider_ref", name="uq_payments_provider_provider_ref"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_payments_booking_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["payer_id"], ["users.id"], name="fk_payments_payer_id", ondelete="RESTRICT"),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_amount_minor_positive")),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_payments_attempt_positive")),
        sa.CheckConstraint("captured_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payments_captured_minor_range")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_payments_currency_length")),
        sa.CheckConstraint("provider IN ('stripe', 'paypal', 'sandbox')", name=op.f("ck_payments_provider")),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND captured_minor", name=op.f("ck_payments_refunded_minor_range")
        ),
        sa.CheckConstraint(
            "status IN ('requires_payment_method', 'requires_action', 'processing', 'authorized', "
            "'captured', 'failed', 'canceled', 'partially_refunded', 'refunded')",
            name=op.f("ck_payments_status"),
        ),
        **TABLE,
    )
    op.create_index("ix_payments_payer_id_id", "payments", ["payer_id", "id"])
    op.create_index("ix_payments_status_capture_before", "payments", ["status", "capture_before"])
    op.create_table(
        "refunds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("provider_ref", ascii_string(128), nullable=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", ascii_string(64), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("failure_code", ascii_string(64), nullable=True),
        sa.Column("succeeded_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.UniqueConstraint("provider", "provider_ref", name="uq_refunds_provider_provider_ref"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_refunds_booking_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_refunds_payment_id", ondelete="RESTRICT"),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_amount_minor_positive")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_refunds_currency_length")),
        sa.CheckConstraint("provider IN ('stripe', 'paypal', 'sandbox')", name=op.f("ck_refunds_provider")),
        sa.CheckConstraint("status IN ('pending', 'succeeded', 'failed', 'rerouted')", name=op.f("ck_refunds_status")),
        **TABLE,
    )
    op.create_index("ix_refunds_booking_id", "refunds", ["booking_id"])
    op.create_index("ix_refunds_payment_id", "refunds", ["payment_id"])
    op.create_index("ix_refunds_status_id", "refunds", ["status", "id"])
    op.create_table(
        "payment_intents",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operation", sa.String(24), nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("payout_id", sa.BigInteger(), nullable=True),
        sa.Column("idempotency_key", ascii_string(64), nullable=False),
        sa.Column("key_valid_until", INSTANT, nullable=True),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("provider_ref", ascii_string(128), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_check_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.String(500), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payment_intents"),
        sa.UniqueConstraint("idempotency_key", name="uq_payment_intents_idempotency_key"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_payment_intents_payment_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name="fk_payment_intents_payout_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name="fk_payment_intents_refund_id", ondelete="RESTRICT"
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_intents_amount_minor_positive")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_payment_intents_attempts_not_negative")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_payment_intents_currency_length")),
        sa.CheckConstraint(
            "(payment_id IS NOT NULL) + (refund_id IS NOT NULL) + (payout_id IS NOT NULL) = 1",
            name=op.f("ck_payment_intents_one_subject"),
        ),
        sa.CheckConstraint(
            "operation IN ('authorize', 'capture', 'void', 'refund', 'payout')",
            name=op.f("ck_payment_intents_operation"),
        ),
        sa.CheckConstraint("provider IN ('stripe', 'paypal', 'sandbox')", name=op.f("ck_payment_intents_provider")),
        sa.CheckConstraint(
            "state IN ('pending', 'succeeded', 'failed', 'unknown')", name=op.f("ck_payment_intents_state")
        ),
        **TABLE,
    )
    op.create_index("ix_payment_intents_payment_id", "payment_intents", ["payment_id"])
    op.create_index("ix_payment_intents_payout_id", "payment_intents", ["payout_id"])
    op.create_index("ix_payment_intents_refund_id", "payment_intents", ["refund_id"])
    op.create_index("ix_payment_intents_state_next_check_at", "payment_intents", ["state", "next_check_at"])
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("event_id", ascii_string(128), nullable=False),
        sa.Column("type", ascii_string(80), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", ascii_string(64), nullable=True),
        sa.Column("held_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("last_error", sa.String(500), nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("handled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_events"),
        sa.UniqueConstraint("provider", "event_id", name="uq_webhook_events_provider_event_id"),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_webhook_events_attempts_not_negative")),
        sa.CheckConstraint("provider IN ('stripe', 'paypal', 'sandbox')", name=op.f("ck_webhook_events_provider")),
        sa.CheckConstraint("state IN ('new', 'held', 'done', 'dead')", name=op.f("ck_webhook_events_state")),
        **TABLE,
    )
    op.create_index("ix_webhook_events_state_due_at", "webhook_events", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("webhook_events")
    op.drop_table("payment_intents")
    op.drop_table("refunds")
    op.drop_table("payments")
