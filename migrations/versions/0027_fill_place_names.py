"""Fill in the other names of cities that the gazetteer has.

Additive, and safe to run again after a half-done try: a name that is there stays. ``migrations/data/README.md`` says
where the file comes from.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0027_fill_place_names"
down_revision = "0026_place_names"

NAMES = Path(__file__).parents[1] / "data" / "city_names.tsv.gz"
BATCH = 5_000

places = sa.table("places", sa.column("id", sa.BigInteger), sa.column("population", sa.Integer))
place_names = sa.table(
    "place_names",
    sa.column("folded_name", sa.String),
    sa.column("place_id", sa.BigInteger),
    sa.column("population", sa.Integer),
)


def upgrade() -> None:
    connection = op.get_bind()
    populations = {row.id: row.population for row in connection.execute(sa.select(places))}
    present = sa.select(place_names.c.folded_name, place_names.c.place_id)
    there = {(row.folded_name, row.place_id) for row in connection.execute(present)}
    rows = [row for row in names(populations) if (row["folded_name"], row["place_id"]) not in there]
    for start in range(0, len(rows), BATCH):
        connection.execute(sa.insert(place_names), rows[start : start + BATCH])


def downgrade() -> None:
    op.execute(sa.delete(place_names))


def names(populations: dict[int, int]) -> Iterator[dict[str, Any]]:
    with gzip.open(NAMES, "rt", encoding="utf-8") as lines:
        for line in lines:
            place_id, *found = line.rstrip("\n").split("\t")
            for name in found if int(place_id) in populations else ():
                yield {"folded_name": name, "place_id": int(place_id), "population": populations[int(place_id)]}
