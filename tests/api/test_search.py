"""Search over HTTP: what matches, in which order, page by page."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from airbnb.domain.geo.coordinates import from_e6
from airbnb.domain.geo.distance import haversine_m
from airbnb.domain.kinds import PropertyType, Role, RoomType
from airbnb.domain.statuses import ListingStatus, NightKind
from airbnb.models.calendar import BookedNight, CalendarOverride, Season
from airbnb.models.listings import Listing
from airbnb.models.platform import ExchangeRate
from airbnb.schemas.search import ListingCardSchema
from airbnb.services.search_projection import refresh_listing
from airbnb.shared_store import SharedStore
from airbnb.unit_of_work import in_transaction

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def search(client: Any) -> Callable[..., Any]:
    """Search as an anonymous caller."""
    return lambda **query: client.get(f"/api/v1/listings?{urlencode(query)}")


@pytest.fixture
def found(search: Callable[..., Any]) -> Callable[..., list[int]]:
    """Return the ids of every hit, all pages followed."""

    def follow(**query: Any) -> list[int]:
        ids: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            answer = search(**query, **cursor)
            assert answer.status_code == 200, answer.json
            ids += [int(hit["id"]) for hit in answer.json["data"]]
            if answer.json["page"]["next_cursor"] is None:
                assert answer.json["page"]["total"] == len(ids)
                return ids
            cursor = {"cursor": answer.json["page"]["next_cursor"]}

    return follow


def add(*rows: Any, refresh: Listing | None = None) -> None:
    def work(session: Any) -> None:
        session.add_all(rows)
        session.flush()
        if refresh is not None:
            refresh_listing(session, refresh.id)

    in_transaction(work)


def test_a_hit_is_the_card_that_its_schema_documents(host, make_listing, search):
    listing = make_listing(host=host.user, photos=7, bathroom_halves=3)

    answer = search()

    assert answer.status_code == 200
    [card] = answer.json["data"]
    assert ListingCardSchema().validate(card) == {}
    assert (card["id"], card["bathrooms"], len(card["photos"])) == (str(listing.id), 1.5, 5)
    assert card["nightly_price"] == {"amount": "100.00", "currency": "EUR"}
    assert card["latitude"] == from_e6(listing.public_latitude_e6)
    assert answer.json["page"] == {"limit": 20, "next_cursor": None, "total": 1, "total_is_capped": False}
    assert answer.json["meta"] == {"currency": "EUR"}


def test_only_published_listings_are_found(host, make_listing, found):
    shown = make_listing(host=host.user)
    for status in ListingStatus:
        if status is not ListingStatus.PUBLISHED:
            make_listing(host=host.user, status=status)

    assert found() == [shown.id]


@pytest.mark.parametrize(
    "query, field",
    [
        ({"check_in": "2026-06-05", "check_out": "2026-06-05"}, "check_out"),
        ({"check_in": "2026-06-05", "check_out": "2026-06-01"}, "check_out"),
        ({"check_in": "2026-04-29", "check_out": "2026-06-01"}, "check_in"),
        ({"check_in": "2026-06-05", "check_out": "2030-06-01"}, "check_out"),
        ({"check_in": "2026-06-05"}, "check_out"),
        ({"check_in": "soon", "check_out": "2026-06-01"}, "check_in"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "1,60,2,50"}, "bbox"),
        ({"bbox": "-190,10,2,50"}, "bbox"),
        ({"bbox": "nan,10,2,50"}, "bbox"),
        ({"amenities": "wifi,teleporter"}, "amenities"),
        ({"property_type": "castle"}, "property_type"),
        ({"price_min": "90", "price_max": "80"}, "price_min"),
        ({"price_min": "-1"}, "price_min"),
        ({"price_min": "1.005"}, "price_min"),
        ({"price_min": "nan"}, "price_min"),
        ({"price_max": "٣"}, "price_max"),
        ({"price_max": "80", "currency": "USD"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"lat": "10"}, "lng"),
        ({"lat": "nan", "lng": "1"}, "lat"),
        ({"lat": "91", "lng": "1"}, "lat"),
        ({"radius_km": "5"}, "radius_km"),
        ({"lat": "1", "lng": "1", "radius_km": "301"}, "radius_km"),
        ({"sort": "distance"}, "sort"),
        ({"sort": "luck"}, "sort"),
        ({"guests": "0"}, "guests"),
        ({"guests": "2.5"}, "guests"),
        ({"guests": "2", "adults": "1"}, "guests"),
        ({"rating_min": "6"}, "rating_min"),
        ({"place_id": "1"}, "place_id"),
        ({"limit": "101"}, "limit"),
        ({"flex": "1"}, "flex"),
        ({"price_basis": "total"}, "price_basis"),
        ({"price_basis": "weekly"}, "price_basis"),
        ({"month": "2026-06"}, "nights"),
        ({"nights": "3"}, "month"),
        ({"month": "2026-13", "nights": "3"}, "month"),
        ({"month": "202606", "nights": "3"}, "month"),
        ({"month": "2026-04", "nights": "3"}, "month"),
        ({"month": "2029-01", "nights": "3"}, "month"),
        ({"month": "2026-06", "nights": "91"}, "nights"),
        ({"month": "2026-06", "nights": "0"}, "nights"),
        ({"month": "2026-06", "nights": "3", "check_in": "2026-06-01", "check_out": "2026-06-04"}, "month"),
        ({"flex_days": "2"}, "flex_days"),
        ({"flex_days": "8", "check_in": "2026-06-01", "check_out": "2026-06-04"}, "flex_days"),
        ({"adults": "40", "children": "40"}, "children"),
    ],
)
def test_an_impossible_search_names_the_parameter(search, freeze, query, field):
    freeze(NOW)

    answer = search(**query)

    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert list(answer.json["errors"]) == [field]


def test_a_cursor_belongs_to_its_filters_and_sort(host, make_listing, search):
    for _ in range(3):
        make_listing(host=host.user)
    cursor = search(limit=1).json["page"]["next_cursor"]

    for query in ({"guests": 2}, {"sort": "price"}, {"limit": 1, "q": "sunny"}):
        answer = search(**query, cursor=cursor)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_cursor")
    assert search(limit=2, cursor=cursor).status_code == 200


def test_words_find_titles_and_cities_without_accents(host, make_listing, found):
    loft = make_listing(host=host.user, title="Loft São Bento", city="Porto")
    villa = make_listing(host=host.user, title="Villa", city="Sintra")

    assert found(q="sao loft") == [loft.id]
    assert found(q="SINTRA") == [villa.id]
    assert found(q="sint") == [villa.id]
    assert found(q="castle") == []


def test_a_city_named_in_words_is_searched_by_its_box(host, make_listing, found, search, client):
    inside = make_listing(host=host.user, title="Loft", city="Elsewhere")
    make_listing(host=host.user, title="Lisbon look-alike", latitude_e6=10_000_000, longitude_e6=10_000_000)
    place = client.get("/api/v1/places?q=Lisb").json["data"][0]

    assert found(q="lisbon") == found(q="Lisbon, Portugal") == found(place_id=place["place_id"]) == [inside.id]
    meta = search(q="LISBON").json["meta"]["place"]
    assert meta == {"label": "Lisbon, Portugal", "bbox": place["bbox"]}


def test_a_map_that_was_moved_wins_over_the_city_in_words(host, make_listing, found):
    make_listing(host=host.user)
    elsewhere = make_listing(host=host.user, latitude_e6=10_000_000, longitude_e6=10_000_000)

    assert found(q="lisbon", bbox="9,9,11,11") == [elsewhere.id]


def test_prices_are_compared_in_the_currency_asked_for(host, make_listing, found, search):
    euros = make_listing(host=host.user, nightly_price_minor=10_000)
    add(ExchangeRate(base="EUR", quote="USD", on=date(2026, 5, 1), source="ecb", rate="1.25"))
    dollars = make_listing(host=host.user, currency="USD", nightly_price_minor=10_000)
    yen = make_listing(host=host.user, currency="JPY", nightly_price_minor=10_000)

    assert found(price_max=90) == [dollars.id]
    assert found(price_min=110, currency="USD") == [euros.id]
    assert yen.id in found()
    shown = {hit["id"]: hit for hit in search(currency="USD").json["data"]}
    assert shown[str(euros.id)]["nightly_price"] == {"amount": "125.00", "currency": "USD"}
    assert shown[str(euros.id)]["converted"] is True
    assert "converted" not in shown[str(dollars.id)]
    assert shown[str(yen.id)]["nightly_price"]["currency"] == "JPY"


def test_a_hit_with_dates_carries_the_quotes_total(host, make_listing, search, client, freeze):
    freeze(NOW)
    listing = make_listing(host=host.user, cleaning_fee_minor=3_000, weekly_discount_percent=10)
    stay = {"check_in": "2026-06-01", "check_out": "2026-06-09"}

    [hit] = search(**stay, guests=2, lat=38.7, lng=-9.1).json["data"]
    quote = client.get(f"/api/v1/listings/{listing.id}/quote?{urlencode({**stay, 'guests': 2})}").json

    assert hit["total_price"] == quote["total"]
    assert (hit["taxes"], hit["nights"]) == ({"amount": "0.00", "currency": "EUR"}, 8)
    assert hit["distance_m"] == round(haversine_m(38.7, -9.1, hit["latitude"], hit["longitude"]))


def test_a_search_takes_few_statements_however_many_hits(
    app, host, make_listing, client, count_statements, freeze, monkeypatch
):
    freeze(NOW)
    monkeypatch.setitem(app.extensions, "airbnb_shared_store", SharedStore(None))
    for number in range(12):
        listing = make_listing(host=host.user)
        add(CalendarOverride(listing_id=listing.id, night=date(2026, 6, 2 + number), price_minor=100), refresh=listing)
    area = "/api/v1/listings?bbox=-10,38,-9,39"

    # The hits and their cards; with dates also listings, calendars and taxes, wherever each hit's dates are.
    for dates, statements in (
        ("", 2),
        ("&check_in=2026-06-01&check_out=2026-06-05&sort=price", 5),
        ("&check_in=2026-06-01&check_out=2026-06-05&flex_days=7", 5),
        ("&month=2026-06&nights=2", 5),
    ):
        count_statements.clear()
        assert len(client.get(area + dates).json["data"]) == 12
        assert len(count_statements) == statements, dates


def test_with_redis_answers_or_cards_cost_one_trip_and_no_statement(
    host, make_listing, client, count_statements, count_trips, app_on_redis, freeze
):
    freeze(NOW)
    for _ in range(12):
        make_listing(host=host.user)
    stay = "&check_in=2026-06-01&check_out=2026-06-05"
    # Without dates the whole answer is kept, with dates the cards.
    for dates, statements, trips in (("", 0, 1), (stay, 4, 2)):
        cold = client.get(f"/api/v1/listings?bbox=-10,38,-9,39{dates}").json
        count_statements.clear()
        count_trips()

        assert client.get(f"/api/v1/listings?bbox=-10,38,-9,39{dates}").json == cold
        # The trip that counts the request against its limit brings the answer, where one is kept; the other the cards.
        assert (len(count_statements), count_trips()) == (statements, trips)


def test_signed_in_a_search_costs_three_trips(host, make_listing, client, count_trips, app_on_redis):
    make_listing(host=host.user)
    for _ in range(2):
        count_trips()
        assert host.get("/listings?bbox=-10,38,-9,39").status_code == 200

    # Counting the request, who calls, the cards.
    assert count_trips() <= 3


def test_a_card_that_changed_is_not_taken_from_redis(host, make_listing, search, app_on_redis):
    listing = make_listing(host=host.user, title="Before")
    assert search().json["data"][0]["title"] == "Before"

    for title in ("After", "Before", "After"):
        host.patch(f"/listings/{listing.id}", json={"title": title})
        assert search().json["data"][0]["title"] == title
    app_on_redis.kill()
    assert search().json["data"][0]["title"] == "After"


def test_with_dates_prices_are_those_of_the_stay(host, make_listing, found, freeze):
    freeze(NOW)
    plain = make_listing(host=host.user, nightly_price_minor=10_000)
    cleaned = make_listing(host=host.user, nightly_price_minor=9_900, cleaning_fee_minor=5_000)
    weekly = make_listing(host=host.user, nightly_price_minor=10_100, weekly_discount_percent=20)
    monthly = make_listing(host=host.user, nightly_price_minor=10_200, monthly_discount_percent=30)
    weekend = make_listing(host=host.user, nightly_price_minor=9_000, weekend_price_minor=20_000)
    week = {"check_in": "2026-06-01", "check_out": "2026-06-08", "sort": "price"}

    assert found(sort="price") == [weekend.id, cleaned.id, plain.id, weekly.id, monthly.id]
    assert found(**week) == [weekly.id, plain.id, monthly.id, cleaned.id, weekend.id]
    assert found(**{**week, "check_out": "2026-07-06", "sort": "-price"})[-1] == monthly.id
    assert found(**{**week, "check_out": "2026-06-03", "price_max": 95}) == [weekend.id]
    assert weekend.id not in found(**week, price_max=100)


def test_overrides_and_seasons_count_in_filters_and_order(host, make_listing, found, search, freeze):
    freeze(NOW)
    dear = make_listing(host=host.user, nightly_price_minor=10_000)
    cheap = make_listing(host=host.user, nightly_price_minor=30_000)
    stay = {"check_in": "2026-06-01", "check_out": "2026-06-03"}
    add(
        CalendarOverride(listing_id=dear.id, night=date(2026, 6, 2), price_minor=50_000),
        Season(
            listing_id=cheap.id, name="S", starts_on=date(2026, 5, 20), ends_on=date(2026, 6, 20),
            nightly_price_minor=9_000,
        ),
    )  # fmt: skip
    add(refresh=dear)
    add(refresh=cheap)

    assert found(sort="price") == [dear.id, cheap.id]
    assert found(sort="price", **stay) == [cheap.id, dear.id]
    assert found(price_max=180, price_basis="total", **stay) == found(price_max=90, **stay) == [cheap.id]
    assert found(price_min=600, price_basis="total", **stay) == found(price_min=300, **stay) == [dear.id]
    assert search(sort="price", **stay).json["data"][0]["total_price"]["amount"] == "205.20"


def test_of_flexible_dates_the_cheapest_that_can_be_booked_is_meant(host, make_listing, search, client, freeze):
    freeze(NOW)
    listing = make_listing(host=host.user, nightly_price_minor=10_000)
    add(
        CalendarOverride(listing_id=listing.id, night=date(2026, 6, 8), price_minor=6_000),
        CalendarOverride(listing_id=listing.id, night=date(2026, 6, 20), price_minor=1_000),
        BookedNight(listing_id=listing.id, night=date(2026, 6, 21), kind=NightKind.BLOCK),
        BookedNight(listing_id=listing.id, night=date(2026, 6, 19), kind=NightKind.BLOCK),
        refresh=listing,
    )

    [hit] = search(month="2026-06", nights=2).json["data"]
    [near] = search(check_in="2026-06-10", check_out="2026-06-12", flex_days=1).json["data"]
    [nearer] = search(check_in="2026-06-10", check_out="2026-06-12", flex_days=2).json["data"]
    stay = {"check_in": hit["check_in"], "check_out": hit["check_out"]}
    quote = client.get(f"/api/v1/listings/{listing.id}/quote?{urlencode({**stay, 'guests': 1})}").json

    assert stay == {"check_in": "2026-06-07", "check_out": "2026-06-09"}
    assert (hit["total_price"], hit["nights"]) == (quote["total"], 2)
    assert (near["check_in"], nearer["check_in"]) == ("2026-06-10", "2026-06-08")
    assert search(month="2026-05", nights=90, price_max=1).json["data"] == []
    other = make_listing(host=host.user, nightly_price_minor=20_000)
    cursor = search(month="2026-06", nights=2, sort="price", limit=1).json["page"]["next_cursor"]
    [last] = search(month="2026-06", nights=2, sort="price", limit=1, cursor=cursor).json["data"]
    assert last["id"] == str(other.id)


def test_kinds_rooms_and_hosts_are_filtered(host, make_client, make_listing, found):
    other = make_client(Role.HOST)
    boat = make_listing(
        host=other.user, property_type=PropertyType.BOAT, room_type=RoomType.SHARED_ROOM, bedrooms=5, beds=9,
        bathroom_halves=5,
    )  # fmt: skip
    flat = make_listing(host=host.user)

    assert found(property_type="boat,villa") == found(room_type="shared_room") == [boat.id]
    assert found(bedrooms_min=5) == found(beds_min=9) == found(bathrooms_min=2.5) == [boat.id]
    assert found(bathrooms_min=2.6) == []
    assert found(host_id=host.user.id) == [flat.id]
    assert found(host_id=0) == []


def test_the_total_is_capped_at_a_thousand(host, make_listing, search, monkeypatch):
    for _ in range(3):
        make_listing(host=host.user)
    monkeypatch.setattr("airbnb.services.search.COUNT_CAP", 2)

    page = search(limit=1).json["page"]

    assert (page["total"], page["total_is_capped"]) == (2, True)


def test_a_page_behind_the_last_hit_is_empty_and_still_counts(host, make_listing, search):
    first = make_listing(host=host.user)
    make_listing(host=host.user)
    cursor = search(limit=1, sort="newest").json["page"]["next_cursor"]

    def unpublish(session: Any) -> None:
        session.execute(update(Listing).where(Listing.id == first.id).values({"status": ListingStatus.PAUSED}))
        refresh_listing(session, first.id)

    in_transaction(unpublish)
    page = search(limit=1, sort="newest", cursor=cursor).json

    assert page["data"] == []
    assert page["page"] == {"limit": 1, "next_cursor": None, "total": 1, "total_is_capped": False}
