"""What a booking's listing took off long stays when it was booked.

Additive: code that does not know the columns leaves them empty, and a change is then priced by the listing's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041_length_percents"
down_revision = "0040_stream_events"

COLUMNS = ("weekly_discount_percent", "monthly_discount_percent")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("bookings", sa.Column(column, sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_column("bookings", column)
