"""``flask prepare`` may run before every start, and leaves search in the form that the code reads."""

import zlib
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from airbnb.extensions import db
from airbnb.models.calendar import CalendarOverride
from airbnb.models.search import ListingCard, SearchForm, SearchSpan
from airbnb.services.search_projection import FORM, TABLES, refresh_listing
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import search_rebuild
from tests.architecture.guards import ROOT

#: A checksum of the projection's columns and of the card's fields, and the form that has them.
KNOWN = (1046718983, 2)


def test_preparing_an_installation_that_is_up_to_date_changes_nothing(app: Flask):
    first, second = (app.test_cli_runner().invoke(args=["prepare"]) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert "Listings" in first.output
    assert "Listings" not in second.output
    with db.engine.connect() as connection:
        versions = list(connection.scalars(text("SELECT version_num FROM alembic_version")))
    assert versions == [(ROOT / "migrations" / "HEAD").read_text().strip()]


def older_release(session: Session) -> None:
    """Leave what a release that knew no spans left, with or without a note of its form."""
    session.execute(delete(SearchSpan))
    session.execute(update(SearchForm).values(form=FORM - 1))


@pytest.mark.parametrize("has_noted_its_form", [True, False])
def test_preparing_after_an_upgrade_writes_what_search_reads_anew(
    app: Flask, host: Any, make_listing: Any, count_rows: Any, has_noted_its_form: bool, freeze: Any
):
    freeze(datetime(2026, 5, 1, 12, 0, tzinfo=UTC))
    runner, listing = app.test_cli_runner(), make_listing(host=host.user)

    def dear_night(session: Session) -> None:
        session.add(CalendarOverride(listing_id=listing.id, night=date(2026, 6, 2), price_minor=1))
        refresh_listing(session, listing.id)

    in_transaction(dear_night)
    if has_noted_its_form:
        runner.invoke(args=["prepare"])
    in_transaction(older_release)
    assert runner.invoke(args=["search", "audit"]).exit_code == 1

    assert runner.invoke(args=["prepare"]).exit_code == 0

    assert count_rows(SearchSpan) == 1
    assert count_rows(SearchForm, SearchForm.form == FORM) == 1
    assert runner.invoke(args=["search", "audit"]).exit_code == 0
    assert not search_rebuild.is_search_outdated()


def test_a_rebuild_that_was_killed_is_begun_anew(app: Flask, host: Any, make_listing: Any, monkeypatch: Any):
    for _ in range(3):
        make_listing(host=host.user)
    monkeypatch.setattr(search_rebuild, "BATCH", 1)

    def killed(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_rebuild.rebuild_search(killed)
    assert search_rebuild.is_search_outdated()
    batches: list[int] = []
    assert search_rebuild.rebuild_search(batches.append) == 3
    assert batches == [1, 1, 1]
    assert not search_rebuild.is_search_outdated()


def test_asking_whether_search_is_outdated_takes_one_statement(app: Flask, count_statements: list[str]):
    assert search_rebuild.is_search_outdated()
    assert len(count_statements) == 1


def test_the_form_was_counted_up_when_the_columns_changed(host: Any, make_listing: Any):
    make_listing(host=host.user)
    columns = [(table.name, column.name) for table, _ in TABLES for column in table.columns]
    with reading() as session:
        card = orjson.loads(session.scalars(select(ListingCard.json)).one())
    checksum = zlib.crc32(repr((columns, sorted(card))).encode())

    assert (checksum, FORM) == KNOWN, "count FORM up, so that an upgrade rebuilds the projection, and note it here"
