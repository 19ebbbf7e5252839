"""What leaves for a host in another currency than it was earned in, and the rate that it is changed at.

Additive: the release before leaves the columns empty, which says that nothing is changed. Going back fails while a
payout was changed, since what left could not be told any more.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0048_payout_exchange"
down_revision = "0047_message_attachments"

CHECKS = {
    "ck_payouts_sent_minor_positive": "sent_minor > 0",
    "ck_payouts_sent_pair": "(sent_minor IS NULL) = (sent_currency IS NULL)",
    "ck_payouts_sent_rate_pair": "(sent_minor IS NULL) = (exchange_rate IS NULL)",
    "ck_payouts_exchange_rate_pair": "(exchange_rate IS NULL) = (exchange_rate_on IS NULL)",
    "ck_payouts_sent_currency_length": "length(sent_currency) = 3",
}


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


COLUMNS = {
    "sent_currency": ascii_string(3),
    "sent_minor": sa.BigInteger(),
    "exchange_rate": ascii_string(24),
    "exchange_rate_on": sa.Date(),
}


def upgrade() -> None:
    with op.batch_alter_table("payouts") as table:
        for name, kind in COLUMNS.items():
            table.add_column(sa.Column(name, kind, nullable=True))
        for name, check in CHECKS.items():
            table.create_check_constraint(op.f(name), check)


def downgrade() -> None:
    changed = op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM payouts WHERE sent_minor IS NOT NULL"))
    if changed:
        raise RuntimeError(f"{changed} payouts left in another currency: the release before can't tell what left")
    with op.batch_alter_table("payouts") as table:
        for name in CHECKS:
            table.drop_constraint(op.f(name), type_="check")
        for name in COLUMNS:
            table.drop_column(name)
