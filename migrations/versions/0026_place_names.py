"""Other names of the gazetteer's cities.

Additive.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026_place_names"
down_revision = "0025_search_spans"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    op.create_table(
        "place_names",
        sa.Column("folded_name", sa.String(120), nullable=False),
        sa.Column("place_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("folded_name", "place_id", name="pk_place_names"),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_place_names_place_id", ondelete="CASCADE"),
        # Rows stand in the order of the names, as InnoDB keeps them: a beginning is read in one go.
        sqlite_with_rowid=False,
        **TABLE,
    )
    op.create_index("ix_place_names_place_id", "place_names", ["place_id"])


def downgrade() -> None:
    op.drop_table("place_names")
