"""Search's projection: one writer, masks that follow every night, an audit that notices."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from airbnb.domain.search_masks import are_free
from airbnb.domain.statuses import ListingStatus, NightKind
from airbnb.models.audit_runs import AuditRun
from airbnb.models.calendar import BookedNight, CalendarOverride, Season
from airbnb.models.listings import Listing, ListingFigures
from airbnb.models.platform import ExchangeRate
from airbnb.models.search import ListingCard, SearchDocument, SearchSpan, SearchWord
from airbnb.services.search_projection import mark_nights, night_window, refresh_listing, refresh_listings
from airbnb.services.search_upkeep import audit_listings, find_search_faults
from airbnb.tasks.search import audit, move_window, refresh_aged
from airbnb.unit_of_work import in_transaction, reading

NOW = datetime(2026, 5, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_the_middle_of_may(freeze: Any) -> None:
    freeze(NOW)


def document(listing: Listing) -> SearchDocument:
    with reading() as session:
        return session.query(SearchDocument).filter(SearchDocument.id == listing.id).one()


def masks(listing: Listing) -> list[int]:
    row = document(listing)
    return [getattr(row, f"m{slot:02d}") for slot in range(25)]


def write(*rows: Any) -> None:
    in_transaction(lambda session: session.add_all(rows))


def differences(*listings: Listing) -> list[str]:
    with reading() as session:
        return audit_listings(session, [listing.id for listing in listings], now=NOW)


def test_marked_nights_are_taken_until_they_are_freed(host, make_listing):
    listing = make_listing(host=host.user)
    nights = [date(2026, 5, 30), date(2026, 5, 31), date(2026, 6, 1)]

    in_transaction(lambda session: mark_nights(session, listing.id, nights, True))
    in_transaction(lambda session: mark_nights(session, listing.id, nights[1:2], True))
    assert [are_free(masks(listing), [night]) for night in nights] == [False, False, False]
    in_transaction(lambda session: mark_nights(session, listing.id, nights[:2], False))

    assert [are_free(masks(listing), [night]) for night in nights] == [True, True, False]
    assert document(listing).calendar_version == 4


def test_nights_outside_the_window_are_left_alone(host, make_listing):
    listing = make_listing(host=host.user)
    first, until = night_window(NOW)

    assert (first, until) == (date(2026, 5, 1), date(2028, 6, 1))
    in_transaction(lambda session: mark_nights(session, listing.id, [date(2026, 4, 30), until], True))
    in_transaction(lambda session: mark_nights(session, listing.id, [], True))

    assert masks(listing) == [0] * 25


def test_a_refresh_reads_every_source(host, make_listing):
    listing = make_listing(host=host.user, weekend_price_minor=14_000, pets_allowed=True, min_nights_by_weekday={})
    write(
        BookedNight(listing_id=listing.id, night=date(2026, 7, 4), kind=NightKind.BLOCK),
        CalendarOverride(listing_id=listing.id, night=date(2026, 8, 1), price_minor=50_000, min_nights=4),
        Season(
            listing_id=listing.id, name="S", starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 9),
            nightly_price_minor=7_000,
        ),
        ListingFigures(listing_id=listing.id, rating_sum=14, review_count=3),
    )  # fmt: skip
    before = document(listing)
    assert differences(listing) != []

    in_transaction(lambda session: refresh_listing(session, listing.id))

    after = document(listing)
    assert differences(listing) == []
    assert not are_free(masks(listing), [date(2026, 7, 4)])
    assert (after.price_weekday, after.price_weekend) == (10_000, 14_000)
    assert (after.price_low, after.price_high) == (7_000, 50_000)
    assert (after.rating, after.review_count) == (467, 3)
    assert after.flags == 1 | 2 | 4
    assert after.rank > before.rank
    assert before.card_version != after.card_version


def test_prices_are_projected_in_the_settlement_currency(host, make_listing):
    write(ExchangeRate(base="EUR", quote="JPY", on=date(2026, 5, 14), source="ecb", rate="160"))
    write(ExchangeRate(base="EUR", quote="JPY", on=date(2026, 5, 15), source="ecb", rate="150"))
    write(ExchangeRate(base="EUR", quote="JPY", on=date(2026, 5, 15), source="staff", rate="125"))

    yen = make_listing(host=host.user, currency="JPY", nightly_price_minor=12_500)
    krona = make_listing(host=host.user, currency="SEK", nightly_price_minor=80_000)

    assert (document(yen).price_weekday, document(yen).rate_micros) == (10_000, 800_000)
    assert document(krona).rate_micros == 0


def test_an_unpublished_listing_leaves_the_projection(host, make_listing, count_rows):
    kept, gone = make_listing(host=host.user), make_listing(host=host.user)

    def work(session: Any) -> None:
        session.execute(update(Listing).where(Listing.id == gone.id).values({"status": ListingStatus.PAUSED}))
        refresh_listings(session, [kept.id, gone.id])

    in_transaction(work)

    assert [count_rows(model) for model in (SearchDocument, ListingCard)] == [1, 1]
    assert count_rows(SearchWord, SearchWord.listing_id == gone.id) == 0


def test_a_hundred_listings_are_refreshed_in_a_constant_number_of_statements(host, make_listing, count_statements):
    listings = [make_listing(host=host.user) for _ in range(25)]

    count_statements.clear()
    in_transaction(lambda session: refresh_listings(session, [listing.id for listing in listings]))

    # On SQLite the BEGIN IMMEDIATE is one more.
    assert len([one for one in count_statements if not one.startswith("BEGIN")]) == 16


def test_the_audit_names_what_differs_and_the_rebuild_puts_it_right(app: Flask, host, make_listing):
    one, two, three = (make_listing(host=host.user) for _ in range(3))
    runner = app.test_cli_runner()
    assert runner.invoke(args=["search", "audit"]).exit_code == 0

    def spoil(session: Any) -> None:
        session.execute(update(SearchDocument).where(SearchDocument.id == one.id).values(max_guests=9, m03=5))
        session.execute(update(ListingCard).where(ListingCard.id == one.id).values(json=b"{}"))
        session.execute(delete(SearchWord).where(SearchWord.listing_id == two.id))
        session.execute(delete(SearchDocument).where(SearchDocument.id == two.id))
        session.execute(update(Listing).where(Listing.id == three.id).values({"status": ListingStatus.PAUSED}))

    in_transaction(spoil)
    audited = runner.invoke(args=["search", "audit"])
    rebuilt = runner.invoke(args=["search", "rebuild"])

    assert audited.exit_code == 1
    for line in (
        f"{one.id}: max_guests is 9, should be 4",
        f"{one.id}: m03 is 5, should be 0",
        f"{one.id}: the card is stale",
        f"{two.id}: not projected",
        f"{three.id}: projected but not published",
    ):
        assert line in audited.output
    assert rebuilt.exit_code == 0
    assert "Went through 3 listings." in rebuilt.output
    assert runner.invoke(args=["search", "audit"]).exit_code == 0


def test_a_month_that_passed_makes_room_for_the_one_that_came_into_reach(host, make_listing, freeze):
    listing = make_listing(host=host.user)
    far = date(2028, 6, 3)
    write(
        BookedNight(listing_id=listing.id, night=date(2026, 5, 20), kind=NightKind.BLOCK),
        BookedNight(listing_id=listing.id, night=far, kind=NightKind.BLOCK),
    )
    in_transaction(lambda session: refresh_listing(session, listing.id))
    assert not are_free(masks(listing), [date(2026, 5, 20)])

    assert move_window.run() == 0
    freeze(datetime(2026, 6, 1, 13, 0, tzinfo=UTC))
    assert move_window.run() == 1
    assert move_window.run() == 0

    assert [are_free(masks(listing), [date(2028, 6, day)]) for day in (3, 20)] == [False, True]


def test_a_title_without_a_word_is_projected_without_words(host, make_listing, count_rows):
    listing = make_listing(host=host.user, title="☀ ☀ ☀", city="—")

    assert document(listing).id == listing.id
    assert count_rows(SearchWord) == 0
    assert differences(listing) == []


def test_the_audit_names_stale_words(host, make_listing):
    listing = make_listing(host=host.user, title="Loft by the sea")

    in_transaction(lambda session: session.execute(delete(SearchWord).where(SearchWord.word == "sea")))

    assert differences(listing) == [f"{listing.id}: the words are stale"]


def test_what_days_and_rates_change_is_projected_anew_once_a_day(host, make_listing, freeze):
    write(ExchangeRate(base="EUR", quote="JPY", on=date(2026, 5, 14), source="ecb", rate="160"))
    new = make_listing(host=host.user)
    yen = make_listing(
        host=host.user, currency="JPY", nightly_price_minor=16_000, published_at=NOW - timedelta(days=99)
    )
    write(
        Season(
            listing_id=new.id, name="S", starts_on=date(2028, 5, 30), ends_on=date(2028, 6, 9),
            nightly_price_minor=7_000,
        )
    )  # fmt: skip
    in_transaction(lambda session: refresh_listing(session, new.id))
    assert (document(yen).price_weekday, refresh_aged.run()) == (10_000, 0)

    freeze(datetime(2026, 6, 2, 12, 0, tzinfo=UTC))
    write(ExchangeRate(base="EUR", quote="JPY", on=date(2026, 6, 2), source="ecb", rate="200"))

    before = document(new)
    assert (refresh_aged.run(), refresh_aged.run()) == (2, 0)
    assert document(yen).price_weekday == 8_000
    assert before.rank - document(new).rank == 10 * 18
    with reading() as session:
        assert session.query(SearchSpan).filter(SearchSpan.listing_id == new.id).count() == 2


def test_the_nightly_audit_keeps_what_it_found(host, make_listing, count_rows):
    listing = make_listing(host=host.user)
    assert audit.run() == 0
    in_transaction(lambda session: session.execute(update(SearchDocument).values(beds=9)))

    with reading() as session:
        assert find_search_faults(session, now=NOW) == [f"{listing.id}: beds is 9, should be 3"]
    assert count_rows(AuditRun, AuditRun.name == "search") == 1
