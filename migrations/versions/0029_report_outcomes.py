"""What staff found when they handled a report, and their note.

Additive; no report was handled before, because nothing could.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029_report_outcomes"
down_revision = "0028_booking_changes"

OUTCOMES = "outcome IN ('acted_on', 'warned', 'nothing_found', 'duplicate')"
PAIR = "(handled_at IS NULL) = (outcome IS NULL)"


def upgrade() -> None:
    with op.batch_alter_table("reports") as table:
        table.add_column(sa.Column("outcome", sa.String(24), nullable=True))
        table.add_column(sa.Column("note", sa.String(500), nullable=True))
        table.create_check_constraint(op.f("ck_reports_outcome"), OUTCOMES)
        table.create_check_constraint(op.f("ck_reports_handled_pair"), PAIR)


def downgrade() -> None:
    with op.batch_alter_table("reports") as table:
        table.drop_constraint(op.f("ck_reports_handled_pair"), type_="check")
        table.drop_constraint(op.f("ck_reports_outcome"), type_="check")
        table.drop_column("note")
        table.drop_column("outcome")
