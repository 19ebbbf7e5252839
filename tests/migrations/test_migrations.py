"""The migrations make exactly what the models say, and can be taken back."""

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect, select, text
from sqlalchemy.exc import DatabaseError

import airbnb.models  # noqa: F401 - completes the metadata
from airbnb.domain.search_masks import AMENITY_SLUGS
from airbnb.extensions import Base
from airbnb.models.listings import Amenity
from tests.migrations.runner import FOLDER, downgrade, revisions, upgrade
from tests.migrations.schema import Schema, read_schema


def differences(left: Schema, right: Schema) -> list[tuple[str, list[str], list[str]]]:
    names = sorted(left.keys() | right.keys())
    pairs = [(name, left.get(name, []), right.get(name, [])) for name in names]
    return [(name, ours, theirs) for name, ours, theirs in pairs if ours != theirs]


def test_upgrade_downgrade_upgrade(empty: Engine):
    upgrade(empty)
    first = read_schema(empty)
    downgrade(empty)
    assert read_schema(empty) == {}

    upgrade(empty)
    assert differences(read_schema(empty), first) == []


def test_every_step_can_be_taken_back_on_its_own(empty: Engine):
    before: list[Schema] = []
    for revision in revisions():
        before.append(read_schema(empty))
        upgrade(empty, revision)
    for revision in [None, *revisions()][-2::-1]:
        downgrade(empty, revision or "base")
        assert differences(read_schema(empty), before.pop()) == []


def test_migrated_tables_are_the_models_tables(empty: Engine, another: Engine):
    upgrade(empty)
    Base.metadata.create_all(another)

    migrated, made = read_schema(empty), read_schema(another)

    assert len(made) > len(Base.metadata.tables), "no index or trigger was compared"
    assert differences(migrated, made) == []


def test_autogenerate_finds_nothing_to_do(empty: Engine):
    upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize(
    "damage",
    [
        "DROP INDEX {ix}",
        "ALTER TABLE bookings ADD COLUMN stray INTEGER",
        "DROP TRIGGER ledger_entries_no_update",
    ],
)
def test_the_comparison_sees_a_difference(empty: Engine, another: Engine, damage: str):
    upgrade(empty)
    upgrade(another)
    on = "" if another.dialect.name == "sqlite" else " ON bookings"
    with another.begin() as connection:
        connection.execute(text(damage.format(ix=f"ix_bookings_status_respond_by{on}")))

    assert len(differences(read_schema(empty), read_schema(another))) == 1


def test_the_comparison_sees_a_changed_check(empty: Engine, another: Engine):
    upgrade(another)
    check = next(
        constraint
        for constraint in Base.metadata.tables["reviews"].constraints
        if isinstance(constraint, CheckConstraint) and constraint.name == "ck_reviews_rating_range"
    )
    kept, check.sqltext = check.sqltext, text("rating BETWEEN 1 AND 6")
    try:
        Base.metadata.create_all(empty)
    finally:
        check.sqltext = kept

    assert [name for name, _, _ in differences(read_schema(empty), read_schema(another))] == ["reviews"]


def test_migrating_twice_changes_nothing(empty: Engine):
    upgrade(empty)
    first = read_schema(empty)
    upgrade(empty)

    assert read_schema(empty) == first


def test_revisions_are_file_names_in_one_numbered_line():
    files = sorted(path.stem for path in (FOLDER / "versions").glob("*.py"))

    assert revisions() == files
    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert all(len(name) <= 32 and re.fullmatch(r"\d{4}_[a-z0-9_]+", name) for name in files)
    assert (FOLDER / "HEAD").read_text().strip() == files[-1]


def test_migrations_import_nothing_of_the_product():
    for path in (FOLDER / "versions").glob("*.py"):
        assert not re.search(r"^\s*(from|import) airbnb", path.read_text(), re.MULTILINE), path.name


def test_the_catalogue_has_every_amenity_at_its_bit(empty: Engine):
    upgrade(empty)
    with empty.connect() as connection:
        rows = connection.execute(select(Amenity.id, Amenity.slug).order_by(Amenity.id)).all()

    assert [tuple(row) for row in rows] == list(enumerate(AMENITY_SLUGS))


def test_a_half_filled_catalogue_is_completed(empty: Engine):
    upgrade(empty, "0003_amenity_catalogue")
    with empty.begin() as connection:
        connection.execute(text("DELETE FROM amenities WHERE id > 10"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0002_listings'"))
    upgrade(empty, "0003_amenity_catalogue")

    with empty.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM amenities")) == len(AMENITY_SLUGS)


def test_case_35_a_migrated_ledger_is_append_only(empty: Engine):
    upgrade(empty)
    columns = "id, kind, source, occurred_at, created_at, memo"
    row = f"INSERT INTO ledger_transactions ({columns}) VALUES (1, 'a', 'b', :now, :now, '')"
    with empty.begin() as connection:
        connection.execute(text(row), {"now": "2026-05-01 12:00:00.000000"})

    for change in ("UPDATE ledger_transactions SET memo = 'x'", "DELETE FROM ledger_transactions"):
        with pytest.raises(DatabaseError, match="append-only"), empty.begin() as connection:
            connection.execute(text(change))


def test_migrated_documents_are_append_only(empty: Engine):
    upgrade(empty)
    with empty.connect() as connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if empty.dialect.name != "sqlite":
            triggers = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
        found = set(connection.scalars(text(triggers)))

    assert {"documents_no_update", "documents_no_delete"} <= found


def test_tables_are_innodb_with_text_compared_by_code_point(empty: Engine):
    upgrade(empty)
    for table in inspect(empty).get_table_names():
        if empty.dialect.name == "sqlite" or table == "alembic_version":
            continue
        options = inspect(empty).get_table_options(table)
        assert (options["mysql_engine"], options["mysql_collate"]) == ("InnoDB", "utf8mb4_bin"), table
