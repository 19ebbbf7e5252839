"""Lists of listings that people keep for later.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0019_wishlists"
down_revision = "0018_feeds_promotions_reports"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "wishlists",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wishlists"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_wishlists_user_id", ondelete="CASCADE"),
        **TABLE,
    )
    op.create_index("ix_wishlists_user_id_id", "wishlists", ["user_id", "id"])
    op.create_table(
        "wishlist_items",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wishlist_id", sa.BigInteger(), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wishlist_items"),
        sa.UniqueConstraint("wishlist_id", "listing_id", name="uq_wishlist_items_wishlist_id_listing_id"),
        sa.ForeignKeyConstraint(
            ["wishlist_id"], ["wishlists.id"], name="fk_wishlist_items_wishlist_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_wishlist_items_listing_id", ondelete="CASCADE"
        ),
        **TABLE,
    )
    op.create_index("ix_wishlist_items_wishlist_id_id", "wishlist_items", ["wishlist_id", "id"])
    op.create_index("ix_wishlist_items_listing_id", "wishlist_items", ["listing_id"])


def downgrade() -> None:
    op.drop_table("wishlist_items")
    op.drop_table("wishlists")
