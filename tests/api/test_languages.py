"""Labels in the language of the request, and what caches and conditional requests make of them."""

from datetime import UTC, datetime

import pytest

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
GERMAN = {"Accept-Language": "de-AT"}
STAY = {"check_in": "2027-04-05", "check_out": "2027-04-13"}


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def listing(make_listing, host):
    return make_listing(host=host.user, cleaning_fee_minor=4_000, weekly_discount_percent=10, amenities=("wifi", "gym"))


def labels(body):
    return [line["label"] for line in body["lines"]]


def test_a_price_is_labelled_in_the_language_asked_for_all_along(guest, listing):
    german = ["Nächte", "Wochenrabatt", "Reinigungsgebühr", "Servicegebühr"]
    query = f"check_in={STAY['check_in']}&check_out={STAY['check_out']}&adults=2"
    order = {"listing_id": str(listing.id), **STAY, "guests": {"adults": 2}}

    quote = guest.get(f"/listings/{listing.id}/quote?{query}", headers=GERMAN).json
    booked = guest.post(
        "/bookings",
        json={**order, "payment_method": "sandbox", "payment_token": "tok_ok"},
        key="book",
        headers=GERMAN,
    ).json
    path = f"/bookings/{booked['id']}"
    shown, canceling, receipt = (
        guest.get(f"{path}{part}", headers=GERMAN).json for part in ("", "/cancellation", "/receipt")
    )

    assert [labels(body) for body in (quote, booked, shown, receipt["documents"][0])] == [german] * 4
    assert set(labels(canceling)) == set(german) - {"Wochenrabatt"}  # what comes back is of the discounted nights
    assert labels(guest.get(path).json) == ["Nights", "Weekly discount", "Cleaning fee", "Service fee"]


def test_each_language_of_a_booking_has_a_tag_of_its_own(guest, listing):
    order = {"listing_id": str(listing.id), **STAY, "guests": {"adults": 2}}
    booked = guest.post("/bookings", json={**order, "payment_method": "sandbox", "payment_token": "tok_ok"}, key="b")
    path = f"/bookings/{booked.json['id']}"
    english, german = guest.get(path), guest.get(path, headers=GERMAN)

    crossed = guest.get(path, headers={**GERMAN, "If-None-Match": english.headers["ETag"]})
    same = guest.get(path, headers={**GERMAN, "If-None-Match": german.headers["ETag"]})

    assert english.headers["ETag"] != german.headers["ETag"]
    assert (crossed.status_code, same.status_code) == (200, 304)
    assert "Accept-Language" in german.headers["Vary"]


def test_amenities_and_kinds_of_places_have_labels_in_it(guest, listing):
    shown = guest.get(f"/listings/{listing.id}", headers=GERMAN)
    amenities = guest.get("/amenities", headers=GERMAN)
    kinds = guest.get("/property-types", headers=GERMAN)

    assert [one["label"] for group in shown.json["amenities"] for one in group["amenities"]] == ["WLAN", "Fitnessraum"]
    assert {"slug": "crib", "group": "family", "icon": "crib", "label": "Babybett"} in amenities.json["data"]
    assert {"slug": "apartment", "label": "Wohnung"} in kinds.json["data"]
    assert {"slug": "entire_place", "label": "Gesamte Unterkunft"} in kinds.json["room_types"]
    assert all("Accept-Language" in answer.headers["Vary"] for answer in (shown, amenities, kinds))


def test_a_change_may_name_the_tag_of_any_language(host, listing):
    path = f"/listings/{listing.id}"
    tags = [host.get(path).headers["ETag"], host.get(path, headers=GERMAN).headers["ETag"]]

    changed = [
        host.patch(path, json={"title": "A quiet room"}, headers={"If-Match": tags[1]}),
        host.patch(path, json={"title": "A room with a view"}, headers={"If-Match": tags[0]}),
        host.patch(path, json={"title": "A room with a view"}, headers={"If-Match": "*"}),
    ]

    assert tags[0] != tags[1]
    assert [answer.status_code for answer in changed] == [200, 412, 200]


def test_an_answer_without_texts_does_not_depend_on_the_language(guest):
    assert "Accept-Language" not in guest.get("/wishlists").headers["Vary"]


def test_the_languages_are_offered(client):
    assert client.get("/api/v1/config").json["locales"] == ["de", "en"]
