"""Fill the gazetteer with the cities of 30,000 people and more.

Additive, and safe to run again after a half-done try: it only fills an empty table. The file's columns are those of the
table; ``migrations/data/README.md`` says where it comes from.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017_gazetteer"
down_revision = "0016_account_safety"

CITIES = Path(__file__).parents[1] / "data" / "cities.tsv.gz"
BATCH = 2_000

places = sa.table(
    "places",
    sa.column("id", sa.BigInteger),
    sa.column("name", sa.String),
    sa.column("folded_name", sa.String),
    sa.column("country_code", sa.String),
    sa.column("admin_name", sa.String),
    sa.column("latitude_e6", sa.Integer),
    sa.column("longitude_e6", sa.Integer),
    sa.column("west_e6", sa.Integer),
    sa.column("south_e6", sa.Integer),
    sa.column("east_e6", sa.Integer),
    sa.column("north_e6", sa.Integer),
    sa.column("population", sa.Integer),
)
TEXTS = {"name", "folded_name", "country_code", "admin_name"}


def upgrade() -> None:
    connection = op.get_bind()
    if connection.scalar(sa.select(sa.func.count()).select_from(places)):
        return
    rows = list(cities())
    for start in range(0, len(rows), BATCH):
        connection.execute(sa.insert(places), rows[start : start + BATCH])


def downgrade() -> None:
    op.execute(sa.delete(places))


def cities() -> Iterator[dict[str, Any]]:
    names = [column.name for column in places.columns]
    with gzip.open(CITIES, "rt", encoding="utf-8") as lines:
        for line in lines:
            values = zip(names, line.rstrip("\n").split("\t"), strict=True)
            yield {name: (value or None) if name in TEXTS else int(value) for name, value in values}
