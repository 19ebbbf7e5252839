"""The gazetteer.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0013_places"
down_revision = "0012_platform"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("folded_name", sa.String(120), nullable=False),
        sa.Column("country_code", ascii_string(2), nullable=False),
        sa.Column("admin_name", sa.String(120), nullable=True),
        sa.Column("latitude_e6", sa.Integer(), nullable=False),
        sa.Column("longitude_e6", sa.Integer(), nullable=False),
        sa.Column("west_e6", sa.Integer(), nullable=False),
        sa.Column("south_e6", sa.Integer(), nullable=False),
        sa.Column("east_e6", sa.Integer(), nullable=False),
        sa.Column("north_e6", sa.Integer(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
        sa.CheckConstraint("south_e6 <= north_e6", name=op.f("ck_places_box")),
        sa.CheckConstraint("length(country_code) = 2", name=op.f("ck_places_country_code_length")),
        sa.CheckConstraint("east_e6 BETWEEN -180000000 AND 180000000", name=op.f("ck_places_east_e6_range")),
        sa.CheckConstraint("latitude_e6 BETWEEN -90000000 AND 90000000", name=op.f("ck_places_latitude_e6_range")),
        sa.CheckConstraint("longitude_e6 BETWEEN -180000000 AND 180000000", name=op.f("ck_places_longitude_e6_range")),
        sa.CheckConstraint("north_e6 BETWEEN -90000000 AND 90000000", name=op.f("ck_places_north_e6_range")),
        sa.CheckConstraint("population >= 0", name=op.f("ck_places_population_not_negative")),
        sa.CheckConstraint("south_e6 BETWEEN -90000000 AND 90000000", name=op.f("ck_places_south_e6_range")),
        sa.CheckConstraint("west_e6 BETWEEN -180000000 AND 180000000", name=op.f("ck_places_west_e6_range")),
        **TABLE,
    )
    op.create_index("ix_places_folded_name_population", "places", ["folded_name", "population"])


def downgrade() -> None:
    op.drop_table("places")
