"""Listings over HTTP: making, showing, changing, publishing and putting away."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import BookingStatus, ListingStatus, PhotoStatus
from airbnb.models.history import StatusChange
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.models.search import ListingCard, SearchDocument, SearchWord
from airbnb.unit_of_work import in_transaction
from tests.models.rows import booking as booking_row

DESCRIPTION = "Two bright rooms near the river, a quiet street and a bakery around the corner."


def body(**changes: Any) -> dict[str, Any]:
    values = {
        "title": "Loft by the canal",
        "property_type": "apartment",
        "room_type": "entire_place",
        "address": {"line1": "Canal Street 1", "city": "Dublin", "country_code": "IE", "postal_code": "D04"},
        "latitude": 53.338,
        "longitude": -6.246,
        "max_guests": 3,
        "nightly_price": {"amount": "120.00", "currency": "EUR"},
        **changes,
    }
    return {name: value for name, value in values.items() if value is not ...}


@pytest.fixture
def add_booking(app: Any) -> Callable[..., Any]:
    """Book a listing straight in the database."""

    def add(listing: Listing, guest: Any, **columns: Any) -> Any:
        def work(session: Any) -> Any:
            row = booking_row(listing, guest, **columns)
            session.add(row)
            return row

        return in_transaction(work)

    return add


def add_photo(listing_id: int) -> None:
    photo = {"listing_id": listing_id, "position": 0, "base_key": "photos/x", "width": 10, "height": 10}
    in_transaction(
        lambda session: session.add(ListingPhoto(**photo, status=PhotoStatus.PROCESSING, content_hash="0" * 64))
    )


def test_a_host_creates_a_draft_with_every_default(host):
    answer = host.post("/listings", json=body())

    assert answer.status_code == 201
    made = answer.json
    assert answer.headers["Location"] == f"/api/v1/listings/{made['id']}"
    defaults = {
        "status": "draft", "description": "", "bedrooms": 0, "beds": 0, "bathrooms": 0.0, "amenities": [],
        "weekend_price": None, "cleaning_fee": {"amount": "0.00", "currency": "EUR"}, "pets_allowed": False,
        "min_nights": 1, "max_nights": 365, "advance_notice_days": 0, "cut_off_hour": None, "preparation_days": 0,
        "booking_window_days": 365, "check_in_time": "15:00", "check_out_time": "11:00", "instant_book": False,
        "cancellation_policy": "moderate", "time_zone": "Europe/Dublin", "currency": "EUR", "location_exact": True,
        "latitude": 53.338, "longitude": -6.246, "early_bird_discount": None, "check_in_weekdays": None,
    }  # fmt: skip
    assert {name: made[name] for name in defaults} == defaults
    assert made["address"]["line1"] == "Canal Street 1"


def test_every_field_is_kept_and_shown_as_it_was_sent(host):
    sent = {
        "description": DESCRIPTION, "bedrooms": 1, "beds": 2, "bathrooms": 1.5,
        "weekend_price": {"amount": "150.00", "currency": "EUR"},
        "cleaning_fee": {"amount": "40.00", "currency": "EUR"},
        "extra_guest_fee": {"amount": "15.00", "currency": "EUR"}, "extra_guest_after": 2, "pets_allowed": True,
        "pet_fee": {"amount": "25.00", "currency": "EUR"}, "weekly_discount_percent": 10,
        "monthly_discount_percent": 20, "early_bird_discount": {"days": 60, "percent": 5},
        "last_minute_discount": {"days": 3, "percent": 7}, "new_listing_discount_percent": 20,
        "non_refundable_discount_percent": 10, "min_nights": 2, "min_nights_by_weekday": {"4": 3}, "max_nights": 60,
        "advance_notice_days": 1, "cut_off_hour": 18, "preparation_days": 1, "booking_window_days": 180,
        "check_in_weekdays": [0, 4], "check_out_weekdays": [6], "check_in_time": "16:30", "check_in_until": "22:00",
        "check_out_time": "10:00", "instant_book": True, "cancellation_policy": "strict", "house_rules": "No shoes.",
        "arrival_guide": "The key is under the pot.", "registration_number": "DUB-77",
    }  # fmt: skip

    answer = host.post("/listings", json=body(**sent, amenities=["wifi", "pool"]))

    assert answer.status_code == 201
    assert {name: answer.json[name] for name in sent} == sent
    shown = [entry["slug"] for group in answer.json["amenities"] for entry in group["amenities"]]
    assert shown == ["wifi", "pool"]


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"title": ...}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"latitude": 91}, "latitude"),
        ({"latitude": "53"}, "latitude"),
        ({"longitude": True}, "longitude"),
        ({"max_guests": 0}, "max_guests"),
        ({"max_guests": 2.5}, "max_guests"),
        ({"property_type": "castle"}, "property_type"),
        ({"nightly_price": {"amount": "120", "currency": "EUR"}}, "nightly_price.amount"),
        ({"nightly_price": {"amount": "120.00", "currency": "EUX"}}, "nightly_price.currency"),
        ({"nightly_price": {"amount": "0.00", "currency": "EUR"}}, "nightly_price.amount"),
        ({"nightly_price": {"amount": "9999999999999.00", "currency": "EUR"}}, "nightly_price.amount"),
        ({"weekend_price": {"amount": "150", "currency": "JPY"}}, "weekend_price.currency"),
        ({"bathrooms": 1.3}, "bathrooms"),
        ({"amenities": ["teleporter"]}, "amenities.0"),
        ({"check_in_time": "25:00"}, "check_in_time"),
        ({"check_in_weekdays": []}, "check_in_weekdays"),
        ({"check_in_weekdays": [7]}, "check_in_weekdays.0"),
        ({"min_nights": 10, "max_nights": 5}, "min_nights"),
        ({"min_nights_by_weekday": {"8": 2}}, "min_nights_by_weekday.8.key"),
        ({"extra_guest_after": 9}, "extra_guest_after"),
        ({"preparation_days": 8}, "preparation_days"),
        ({"booking_window_days": 721}, "booking_window_days"),
        ({"cancellation_policy": "long_term"}, "cancellation_policy"),
        ({"early_bird_discount": {"days": 3}}, "early_bird_discount.percent"),
        ({"address": {"line1": "x", "city": "y", "country_code": "XX"}}, "address.country_code"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_an_impossible_value_is_named_and_nothing_is_made(host, count_rows, changes, field):
    answer = host.post("/listings", json=body(**changes))

    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert list(answer.json["errors"]) == [field]
    assert count_rows(Listing) == 0


def test_only_hosts_create_listings(guest, client):
    assert guest.post("/listings", json=body()).status_code == 403
    assert client.post("/api/v1/listings", json=body()).status_code == 401


def test_the_same_key_makes_one_listing(host, count_rows):
    first = host.post("/listings", json=body(), key="once")
    second = host.post("/listings", json=body(), key="once")

    assert first.json["id"] == second.json["id"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert count_rows(Listing) == 1


def test_a_draft_is_seen_by_its_owner_and_staff_alone(host, guest, client, make_client, make_listing):
    listing = make_listing(host=host.user, status=ListingStatus.DRAFT)

    assert host.get(f"/listings/{listing.id}").status_code == 200
    assert make_client(Role.SUPPORT).get(f"/listings/{listing.id}").status_code == 200
    assert guest.get(f"/listings/{listing.id}").status_code == 404
    assert client.get(f"/api/v1/listings/{listing.id}").status_code == 404
    assert client.get(f"/api/v1/listings/{new_id()}").status_code == 404


def test_strangers_see_the_city_and_the_public_location_only(host, client, make_listing):
    listing = make_listing(host=host.user, arrival_guide="The key is under the pot.")

    shown = client.get(f"/api/v1/listings/{listing.id}").json

    assert shown["address"] == {"city": "Lisbon", "region": None, "country_code": "PT"}
    assert "arrival_guide" not in shown
    assert shown["location_exact"] is False
    assert (shown["latitude"], shown["longitude"]) == (
        listing.public_latitude_e6 / 1e6,
        listing.public_longitude_e6 / 1e6,
    )
    text = str(shown)
    assert "Rua do Sol" not in text
    assert "38.711," not in text


def test_a_guest_with_a_confirmed_booking_learns_the_door(host, guest, make_listing, add_booking):
    listing = make_listing(host=host.user, arrival_guide="The key is under the pot.")
    before = guest.get(f"/listings/{listing.id}")
    add_booking(listing, guest.user, status=BookingStatus.CONFIRMED, pending_on=None)

    after = guest.get(f"/listings/{listing.id}", headers={"If-None-Match": before.headers["ETag"]})

    assert "line1" not in before.json["address"]
    assert after.status_code == 200
    assert after.json["address"]["line1"] == listing.address_line1
    assert after.json["arrival_guide"] == "The key is under the pot."


def test_a_guest_whose_booking_waits_does_not_learn_the_door(host, guest, make_listing, add_booking):
    listing = make_listing(host=host.user)
    add_booking(listing, guest.user)

    assert "line1" not in guest.get(f"/listings/{listing.id}").json["address"]


@pytest.mark.parametrize("photos", [0, 1, 50])
def test_a_page_takes_four_statements_at_most_whatever_the_photos(host, guest, make_listing, count_statements, photos):
    listing = make_listing(host=host.user, photos=photos, amenities=("wifi", "pool", "gym"))

    count_statements.clear()
    page = guest.get(f"/listings/{listing.id}")

    assert len(page.json["photos"]) == photos
    assert len(count_statements) <= 4


def test_the_cover_is_the_first_photo_that_did_not_fail(host, make_listing):
    bare, shown = make_listing(host=host.user, photos=0), make_listing(host=host.user, photos=4)
    photos = {photo["position"]: photo["id"] for photo in host.get(f"/listings/{shown.id}").json["photos"]}
    first = ListingPhoto.id == int(photos[0])
    failed = {"status": PhotoStatus.FAILED}
    in_transaction(lambda session: session.query(ListingPhoto).filter(first).update(failed))

    covers = {one["id"]: one["cover_photo"] for one in host.get("/users/me/listings").json["data"]}

    assert covers[str(bare.id)] is None
    assert covers[str(shown.id)]["id"] == photos[1]


def test_an_unchanged_page_answers_304(host, client, make_listing):
    listing = make_listing(host=host.user)
    etag = client.get(f"/api/v1/listings/{listing.id}").headers["ETag"]

    again = client.get(f"/api/v1/listings/{listing.id}", headers={"If-None-Match": etag})

    assert again.status_code == 304


def test_a_patch_changes_what_it_names_and_null_restores_a_default(host, make_listing):
    listing = make_listing(host=host.user, weekend_price_minor=12_000, min_nights=3, cut_off_hour=18)

    answer = host.patch(
        f"/listings/{listing.id}",
        json={
            "title": "New name", "weekend_price": None, "min_nights": None, "cut_off_hour": None,
            "address": {"region": "Lisboa"}, "amenities": ["sauna"],
            "early_bird_discount": {"days": 30, "percent": 10},
        },
    )  # fmt: skip

    assert answer.status_code == 200
    changed = answer.json
    assert (changed["title"], changed["weekend_price"], changed["min_nights"]) == ("New name", None, 1)
    assert changed["cut_off_hour"] is None
    assert changed["early_bird_discount"] == {"days": 30, "percent": 10}
    assert changed["address"]["region"] == "Lisboa"
    assert changed["address"]["line1"] == listing.address_line1
    assert [entry["slug"] for group in changed["amenities"] for entry in group["amenities"]] == ["sauna"]
    assert changed["nightly_price"] == {"amount": "100.00", "currency": "EUR"}


def test_required_fields_cannot_be_cleared(host, make_listing):
    listing = make_listing(host=host.user)

    answer = host.patch(f"/listings/{listing.id}", json={"title": None, "nightly_price": None, "latitude": None})

    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"title", "nightly_price", "latitude"}


def test_a_change_from_a_stale_version_is_refused(host, make_listing):
    listing = make_listing(host=host.user)
    etag = host.get(f"/listings/{listing.id}").headers["ETag"]

    first = host.patch(f"/listings/{listing.id}", json={"amenities": ["pool"]}, headers={"If-Match": etag})
    second = host.patch(f"/listings/{listing.id}", json={"title": "Late"}, headers={"If-Match": etag})
    third = host.patch(f"/listings/{listing.id}", json={"title": "Now"}, headers={"If-Match": first.headers["ETag"]})

    assert (first.status_code, second.status_code, third.status_code) == (200, 412, 200)


def test_somebody_elses_listing_is_forbidden_when_public_and_missing_when_not(host, make_client, make_listing):
    other = make_client(Role.HOST)
    public = make_listing(host=host.user)
    draft = make_listing(host=host.user, status=ListingStatus.DRAFT)

    for path in ("", "/publish", "/unpublish", "/completeness"):
        send = {"": other.delete, "/completeness": other.get}.get(path, other.post)
        assert send(f"/listings/{public.id}{path}").status_code == 403
        assert send(f"/listings/{draft.id}{path}").status_code == 404
    assert other.patch(f"/listings/{public.id}", json={"title": "Mine"}).status_code == 403
    assert other.patch(f"/listings/{draft.id}", json={"title": "Mine"}).status_code == 404


def test_moving_the_pin_moves_time_zone_and_public_location(host, make_listing):
    listing = make_listing(host=host.user)

    moved = host.patch(f"/listings/{listing.id}", json={"latitude": 40.0, "longitude": -74.3}).json

    assert moved["time_zone"] == "America/New_York"
    assert (moved["latitude"], moved["longitude"]) == (40.0, -74.3)


def test_the_currency_is_fixed_after_the_first_publish(host, make_listing):
    published = make_listing(host=host.user)
    draft = make_listing(host=host.user, status=ListingStatus.DRAFT, cleaning_fee_minor=500)
    dollars = {"amount": "90.00", "currency": "USD"}

    assert host.patch(f"/listings/{published.id}", json={"nightly_price": dollars}).status_code == 422
    partly = host.patch(f"/listings/{draft.id}", json={"nightly_price": dollars})
    assert (partly.status_code, list(partly.json["errors"])) == (422, ["cleaning_fee"])
    wholly = host.patch(f"/listings/{draft.id}", json={"nightly_price": dollars, "cleaning_fee": dollars})
    assert (wholly.status_code, wholly.json["currency"]) == (200, "USD")


def test_publishing_names_what_is_missing(host):
    listing_id = host.post("/listings", json=body()).json["id"]

    refused = host.post(f"/listings/{listing_id}/publish")

    assert (refused.status_code, refused.json["code"]) == (422, "listing_incomplete")
    assert refused.json["missing"] == ["description", "photos"]
    assert host.get(f"/listings/{listing_id}/completeness").json == {
        "complete": False,
        "missing": ["description", "photos"],
    }


def test_a_complete_draft_is_published_and_found(host, client, count_rows):
    listing_id = host.post("/listings", json=body(description=DESCRIPTION)).json["id"]
    add_photo(int(listing_id))

    answer = host.post(f"/listings/{listing_id}/publish")

    assert (answer.status_code, answer.json["status"]) == (200, "published")
    assert answer.json["published_at"] is not None
    assert client.get(f"/api/v1/listings/{listing_id}").status_code == 200
    assert (count_rows(SearchDocument), count_rows(ListingCard)) == (1, 1)
    assert count_rows(SearchWord) == 5
    assert count_rows(StatusChange, StatusChange.subject_type == "listings") == 2
    assert host.post(f"/listings/{listing_id}/publish").json["code"] == "invalid_transition"


def test_unpublishing_takes_the_listing_out_of_search(host, client, make_listing, count_rows):
    listing = make_listing(host=host.user)

    answer = host.post(f"/listings/{listing.id}/unpublish")

    assert (answer.status_code, answer.json["status"]) == (200, "paused")
    assert client.get(f"/api/v1/listings/{listing.id}").status_code == 404
    assert count_rows(SearchDocument) == count_rows(ListingCard) == count_rows(SearchWord) == 0
    assert host.post(f"/listings/{listing.id}/publish").json["status"] == "published"


def test_a_listing_with_coming_guests_is_not_archived(host, guest, make_listing, add_booking, freeze):
    freeze(datetime(2026, 5, 1, tzinfo=UTC))
    listing = make_listing(host=host.user)
    booked = add_booking(listing, guest.user)

    refused = host.delete(f"/listings/{listing.id}")
    freeze(booked.check_out_at + timedelta(days=2))

    assert (refused.status_code, refused.json["code"]) == (409, "listing_has_bookings")
    assert host.delete(f"/listings/{listing.id}").status_code == 204
    assert host.get(f"/listings/{listing.id}").json["status"] == "archived"
    assert host.patch(f"/listings/{listing.id}", json={"title": "Back"}).status_code == 409


def test_the_hosts_list_pages_through_every_status_in_few_statements(host, make_client, make_listing, count_statements):
    made = [make_listing(host=host.user, status=status) for status in (ListingStatus.DRAFT, ListingStatus.PUBLISHED)]
    made += [make_listing(host=host.user) for _ in range(5)]
    make_listing(host=host.user, status=ListingStatus.ARCHIVED)
    make_listing(host=make_client(Role.HOST).user)

    count_statements.clear()
    first = host.get("/users/me/listings?limit=4").json
    assert len(count_statements) <= 3
    second = host.get(f"/users/me/listings?limit=4&cursor={first['page']['next_cursor']}").json

    ids = [entry["id"] for entry in first["data"] + second["data"]]
    assert ids == [str(listing.id) for listing in reversed(made)]
    assert second["page"]["next_cursor"] is None
    assert first["data"][0]["cover_photo"]["urls"]["small"].startswith("http")
