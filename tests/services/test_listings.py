"""Listings without HTTP: review by staff, imports, and what a status forbids."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from airbnb.config import ListingReview
from airbnb.domain.causes import by_host, by_staff, by_system
from airbnb.domain.errors import InvalidTransition, NotFound, ValidationFailed
from airbnb.domain.geo.distance import haversine_m
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.listing_drafts import ListingDraft
from airbnb.domain.listing_rules import ListingIncomplete
from airbnb.domain.statuses import ListingStatus
from airbnb.models.calendar import CalendarOverride
from airbnb.models.history import StatusChange
from airbnb.models.listings import Listing
from airbnb.models.search import SearchDocument
from airbnb.queries.listings import get_public_listing, get_visible_listing, lock_listing
from airbnb.services import listings, photos
from airbnb.services.calendar import set_calendar
from airbnb.unit_of_work import in_transaction, reading

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SECRET = "a-secret-of-locations"

Change = Callable[[Any, Listing], Any]


def draft(**changes: Any) -> ListingDraft:
    values: dict[str, Any] = {
        "title": "Loft", "property_type": PropertyType.APARTMENT, "room_type": RoomType.ENTIRE_PLACE,
        "city": "Dublin", "country_code": "IE", "latitude": 53.35, "longitude": -6.26, "max_guests": 2,
        "currency": "EUR", "nightly_price_minor": 10_000,
    }  # fmt: skip
    return ListingDraft(**{**values, **changes})


@pytest.fixture
def create(host: Any) -> Callable[..., Listing]:
    """Create a draft as an import does."""

    def make(**changes: Any) -> Listing:
        return in_transaction(
            lambda session: listings.create_listing(
                session, host_id=host.user.id, draft=draft(**changes), now=NOW, location_secret=SECRET
            )
        )

    return make


def change(listing: Listing, verb: Change) -> Listing:
    def work(session: Any) -> Listing:
        locked = lock_listing(session, listing.id)
        verb(session, locked)
        return locked

    return in_transaction(work)


def publish(listing: Listing, review: ListingReview = ListingReview.OFF) -> Listing:
    cause = by_host(listing.host_id, now=NOW)
    return change(
        listing, lambda session, row: listings.publish_listing(session, row, review=review, cause=cause, complete=False)
    )


def test_the_public_location_is_a_little_off_and_always_the_same(create):
    listing = create()
    exact = listing.latitude_e6 / 1e6, listing.longitude_e6 / 1e6
    public = listing.public_latitude_e6 / 1e6, listing.public_longitude_e6 / 1e6

    again = change(
        listing,
        lambda session, row: listings.update_listing(
            session, row, {"latitude": 53.35}, now=NOW, location_secret=SECRET
        ),
    )

    assert 150 <= haversine_m(*exact, *public) <= 500
    assert (again.public_latitude_e6, again.public_longitude_e6) == (
        listing.public_latitude_e6,
        listing.public_longitude_e6,
    )


def test_an_import_publishes_what_lacks_photos_but_never_what_lacks_a_price(create, count_rows):
    assert publish(create()).status is ListingStatus.PUBLISHED

    with pytest.raises(ListingIncomplete) as refusal:
        publish(create(nightly_price_minor=None))

    assert refusal.value.facts == {"missing": ["nightly_price"]}
    assert count_rows(SearchDocument) == 1


def test_staff_look_at_the_first_publish_or_at_every_one(create, count_rows):
    listing = create()
    staff = by_staff(listing.host_id, now=NOW, reason="Too dark")

    assert publish(listing, ListingReview.FIRST).status is ListingStatus.IN_REVIEW
    assert count_rows(SearchDocument) == 0
    returned = change(listing, lambda session, row: listings.ask_for_changes(session, row, cause=staff))
    assert returned.status is ListingStatus.CHANGES_REQUESTED
    assert publish(listing, ListingReview.FIRST).status is ListingStatus.IN_REVIEW
    approved = change(listing, lambda session, row: listings.approve_listing(session, row, cause=staff))
    assert (approved.status, approved.published_at) == (ListingStatus.PUBLISHED, NOW)
    assert count_rows(SearchDocument) == 1
    change(listing, lambda session, row: listings.unpublish_listing(session, row, cause=by_system(now=NOW)))
    assert publish(listing, ListingReview.FIRST).status is ListingStatus.PUBLISHED
    change(listing, lambda session, row: listings.unpublish_listing(session, row, cause=by_system(now=NOW)))
    assert publish(listing, ListingReview.ALL).status is ListingStatus.IN_REVIEW
    assert count_rows(StatusChange, StatusChange.reason == "Too dark") == 2


def test_what_is_not_in_review_is_not_approved(create):
    with pytest.raises(InvalidTransition):
        change(create(), lambda session, row: listings.approve_listing(session, row, cause=by_system(now=NOW)))


def test_an_archived_listing_is_not_touched_again(make_listing, host):
    listing = make_listing(host=host.user, status=ListingStatus.ARCHIVED)
    new = photos.NewPhoto(base_key="photos/x", width=1, height=1, content_hash="0" * 64)
    verbs: list[Change] = [
        lambda session, row: listings.update_listing(session, row, {}, now=NOW, location_secret=SECRET),
        lambda session, row: photos.add_photo(session, row, new, now=NOW),
        lambda session, row: set_calendar(session, row, [], now=NOW),
    ]

    for verb in verbs:
        with pytest.raises(InvalidTransition):
            change(listing, verb)


def test_a_priced_calendar_keeps_the_currency_of_a_draft(create):
    listing = create()
    night = CalendarOverride(listing_id=listing.id, night=date(2026, 6, 1), price_minor=1)
    in_transaction(lambda session: session.add(night))
    dollars = {"currency": "USD", "nightly_price_minor": 9_000}

    with pytest.raises(ValidationFailed) as refusal:
        change(
            listing,
            lambda session, row: listings.update_listing(session, row, dollars, now=NOW, location_secret=SECRET),
        )

    assert list(refusal.value.errors) == ["nightly_price"]


def test_each_query_shows_a_listing_to_those_who_may_see_it(create, host):
    listing = create()
    own = {"listing_id": listing.id, "viewer_id": host.user.id, "is_staff": False}

    with reading() as session:
        assert get_visible_listing(session, **own).id == listing.id
        assert get_visible_listing(session, **{**own, "viewer_id": None, "is_staff": True}).id == listing.id
        with pytest.raises(NotFound):
            get_visible_listing(session, **{**own, "viewer_id": None})
        with pytest.raises(NotFound):
            get_visible_listing(session, **{**own, "listing_id": 1})
        with pytest.raises(NotFound):
            get_public_listing(session, listing_id=listing.id)
        with pytest.raises(NotFound):
            lock_listing(session, 1)
    publish(listing)
    with reading() as session:
        assert get_public_listing(session, listing_id=listing.id).id == listing.id
