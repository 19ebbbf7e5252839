"""A page behind a key begins at its place of the index, on SQLite too, which reads an OR from the index's beginning."""

from typing import Any

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.dialects import sqlite

from airbnb.admin import lists
from airbnb.models.ledger import LedgerEntry
from airbnb.queries import paging
from airbnb.queries.paging import SortKey
from airbnb.unit_of_work import reading
from tests.settings import TEST_DATABASE_URL

pytestmark = pytest.mark.skipif(bool(TEST_DATABASE_URL), reason="MariaDB makes ranges of an OR by itself")


def plan_of(statement: Select[Any]) -> str:
    """Return how SQLite would find the rows of a statement."""
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    with reading() as session:
        explained = session.execute(text(f"EXPLAIN QUERY PLAN {compiled}"), compiled.params)
        return " ".join(row.detail for row in explained)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("whose", ["dashboard", "api"])
def test_a_page_begins_at_its_key(app, whose, descending):
    columns, key = (LedgerEntry.transaction_id, LedgerEntry.position), (7, 1)
    if whose == "api":
        behind = paging.after_key([SortKey(column, descending) for column in columns], key)
    else:
        behind = lists._beyond(columns, key, descending=descending)
    order = [column.desc() if descending else column.asc() for column in columns]

    plan = plan_of(select(LedgerEntry).where(behind).order_by(*order))

    assert plan.endswith("(transaction_id<?)" if descending else "(transaction_id>?)"), plan
