"""Tables and statements can be said to MySQL 8; the suite's statements are checked where they are executed."""

import pytest
from sqlalchemy import func, insert, literal_column, select, text, update
from sqlalchemy.schema import CreateIndex, CreateTable

from airbnb import models
from airbnb.extensions import Base
from airbnb.models.platform import JobRun
from airbnb.unit_of_work import in_transaction, reading
from tests.mysql_dialect import NotForMySQL, write_for_mysql

TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.name)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_index_can_be_made_on_mysql(table):
    written = write_for_mysql(CreateTable(table))

    assert "ENGINE=InnoDB" in written
    assert all(write_for_mysql(CreateIndex(index)).startswith("CREATE") for index in table.indexes)
    assert models is not None


@pytest.mark.parametrize(
    "statement",
    [
        insert(JobRun).values(job="a", period="b", claimed_by="c").returning(JobRun.job),
        update(JobRun).values(rows=1).returning(JobRun.job),
        text("INSERT INTO job_runs (job) VALUES ('a') RETURNING job"),
        text("SELECT * FROM job_runs FOR SYSTEM_TIME ALL"),
        select(literal_column("NEXT VALUE FOR numbers")),
    ],
    ids=str,
)
def test_what_only_mariadb_understands_is_noticed(statement):
    with pytest.raises(NotForMySQL):
        write_for_mysql(statement)


def test_words_in_quotes_are_no_statements():
    assert "RETURNING" in write_for_mysql(text("SELECT 'RETURNING'"))


def test_locks_and_upkeep_that_mysql_has_pass():
    waiting = select(JobRun.job).with_for_update(skip_locked=True)

    assert write_for_mysql(waiting).endswith("FOR UPDATE SKIP LOCKED")
    assert "count(" in write_for_mysql(select(func.count()).select_from(JobRun))


def test_what_the_suite_executes_is_watched_on_both_engines(app):
    sneaked = text("DELETE FROM job_runs RETURNING job")

    with pytest.raises(NotForMySQL):
        in_transaction(lambda session: session.execute(sneaked))
    with pytest.raises(NotForMySQL), reading() as session:
        session.execute(text("SELECT job AS RETURNING FROM job_runs"))
