"""Which refund it is that arrived a second time, beside the way that it was sent by instead.

Additive: the release before leaves the column empty. What it noted as doubled is found by the instant of its posting.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049_doubled_refunds"
down_revision = "0048_payout_exchange"

refunds = sa.table(
    "refunds",
    sa.column("booking_id", sa.BigInteger()),
    sa.column("reason", sa.String()),
    sa.column("succeeded_at", sa.DateTime()),
    sa.column("doubles_id", sa.BigInteger()),
)
events = sa.table(
    "ledger_transactions",
    sa.column("kind", sa.String()),
    sa.column("source", sa.String()),
    sa.column("booking_id", sa.BigInteger()),
    sa.column("occurred_at", sa.DateTime()),
)


def upgrade() -> None:
    op.add_column("refunds", sa.Column("doubles_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_refunds_doubles_id", "refunds", ["doubles_id"], unique=True)
    posted = (
        sa.select(sa.func.max(sa.cast(sa.func.substr(events.c.source, len("refund:") + 1), sa.BigInteger())))
        .where(
            events.c.kind == "refund_doubled",
            events.c.booking_id == refunds.c.booking_id,
            events.c.occurred_at == refunds.c.succeeded_at,
        )
        .scalar_subquery()
    )
    op.execute(sa.update(refunds).where(refunds.c.reason == "doubled").values(doubles_id=posted))


def downgrade() -> None:
    op.drop_index("ix_refunds_doubles_id", "refunds")
    op.drop_column("refunds", "doubles_id")
