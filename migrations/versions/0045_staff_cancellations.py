"""Cancellations by staff among the acts that a second person may have to approve.

Additive: one more word is allowed. Going back fails while such an act is stored, since it could not be read.
"""

from alembic import op

revision = "0045_staff_cancellations"
down_revision = "0044_daily_figures"

BEFORE = "kind IN ('refund', 'reroute_refund', 'release_hold', 'pay_by_hand')"
AFTER = "kind IN ('refund', 'reroute_refund', 'release_hold', 'pay_by_hand', 'cancel_booking')"


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    with op.batch_alter_table("approvals") as table:
        table.drop_constraint(op.f("ck_approvals_kind"), type_="check")
        table.create_check_constraint(op.f("ck_approvals_kind"), kinds)
