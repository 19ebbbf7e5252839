"""A listing's calendar over HTTP: what everybody sees, what its owner sees and sets."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from airbnb.domain.kinds import Role
from airbnb.domain.statuses import BookingStatus, ListingStatus, NightKind
from airbnb.models.calendar import BookedNight, CalendarOverride, Season
from airbnb.models.listings import Listing
from airbnb.models.platform import ExchangeRate
from airbnb.models.search import SearchDocument
from airbnb.services.search_projection import refresh_listing
from airbnb.unit_of_work import in_transaction, reading
from tests.models.rows import booking as booking_row

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
EUR = "EUR"


@pytest.fixture(autouse=True)
def on_the_first_of_may(freeze: Callable[..., None]) -> None:
    freeze(NOW)


@pytest.fixture
def add(app: Any) -> Callable[..., None]:
    """Write rows straight into the database."""
    return lambda *rows: in_transaction(lambda session: session.add_all(rows))


def url(listing: Listing, **span: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in span.items())
    return f"/listings/{listing.id}/calendar" + (f"?{query}" if query else "")


def by_night(answer: Any) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.json
    return {night["night"]: night for night in answer.json["data"]}


def put(client: Any, listing: Listing, *ranges: dict[str, Any], **rest: Any) -> Any:
    return client.put(url(listing), json={"ranges": list(ranges), **rest})


def documents(listing: Listing) -> SearchDocument | None:
    with reading() as session:
        return session.query(SearchDocument).filter(SearchDocument.id == listing.id).one_or_none()


def test_ninety_nights_from_today_at_the_listing(host, client, make_listing, freeze):
    listing = make_listing(host=host.user, time_zone="Pacific/Auckland")
    freeze(datetime(2026, 5, 1, 20, 0, tzinfo=UTC))

    nights = client.get(f"/api/v1{url(listing)}").json["data"]

    assert (nights[0]["night"], len(nights)) == ("2026-05-02", 90)


def test_a_night_says_price_and_rules(host, client, make_listing, add):
    listing = make_listing(
        host=host.user, weekend_price_minor=13_000, min_nights=2, max_nights=30, check_in_weekdays=0b0011111,
        advance_notice_days=2, booking_window_days=60,
    )  # fmt: skip
    season = {"listing_id": listing.id, "name": "June", "starts_on": date(2026, 6, 1), "ends_on": date(2026, 6, 10)}
    add(
        Season(**season, nightly_price_minor=20_000, min_nights=5),
        CalendarOverride(listing_id=listing.id, night=date(2026, 6, 2), price_minor=25_000, min_nights=1, note="own"),
        BookedNight(listing_id=listing.id, night=date(2026, 5, 20), kind=NightKind.BLOCK),
    )

    nights = by_night(client.get(f"/api/v1{url(listing, **{'from': '2026-05-01', 'to': '2026-07-10'})}"))

    price = {name: night["price"]["amount"] for name, night in nights.items()}
    assert [price[f"2026-{day}"] for day in ("05-14", "05-15", "06-01", "06-02", "06-05")] == [
        "100.00", "130.00", "200.00", "250.00", "200.00",
    ]  # fmt: skip
    assert [nights[f"2026-{day}"]["min_nights"] for day in ("05-14", "06-01", "06-02")] == [2, 5, 1]
    assert [nights[f"2026-{day}"]["available"] for day in ("05-02", "05-03", "05-20", "06-29", "06-30")] == [
        False, True, False, True, False,
    ]  # fmt: skip
    assert nights["2026-05-09"]["check_in_allowed"] is False
    assert nights["2026-05-11"]["check_in_allowed"] is True
    assert nights["2026-05-20"]["check_in_allowed"] is False
    assert nights["2026-05-20"]["check_out_allowed"] is True
    assert nights["2026-05-20"].keys() == {
        "night", "available", "price", "min_nights", "max_nights", "check_in_allowed", "check_out_allowed",
    }  # fmt: skip


@pytest.mark.parametrize(
    "span, field",
    [
        ({"from": "2026-06-01", "to": "2026-06-01"}, "to"),
        ({"from": "2026-06-01", "to": "2027-07-07"}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"from": "9999-12-31"}, "from"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_an_impossible_span_is_refused(host, client, make_listing, span, field):
    answer = client.get(f"/api/v1{url(make_listing(host=host.user), **span)}")

    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_four_hundred_nights_take_three_statements(host, guest, make_listing, add, count_statements):
    listing = make_listing(host=host.user)
    add(
        *(CalendarOverride(listing_id=listing.id, night=date(2026, 6, day), price_minor=1) for day in range(1, 30)),
        *(
            Season(
                listing_id=listing.id, name="S", starts_on=date(2026, month, 1), ends_on=date(2026, month, 9),
                nightly_price_minor=1,
            )
            for month in range(5, 12)
        ),
    )  # fmt: skip

    count_statements.clear()
    answer = guest.get(url(listing, **{"from": "2026-05-01", "to": "2027-06-05"}))

    assert len(answer.json["data"]) == 400
    assert len(count_statements) <= 3


def test_the_owner_learns_why_a_night_is_taken(host, guest, make_listing, add):
    listing = make_listing(host=host.user)
    booking = booking_row(listing, guest.user, status=BookingStatus.CONFIRMED, pending_on=None)
    add(booking)
    add(
        BookedNight(listing_id=listing.id, night=date(2026, 6, 1), kind=NightKind.BOOKING, booking_id=booking.id),
        BookedNight(listing_id=listing.id, night=date(2026, 6, 4), kind=NightKind.BLOCK, note="Painting"),
    )
    span = {"from": "2026-06-01", "to": "2026-06-06"}

    mine, theirs = by_night(host.get(url(listing, **span))), by_night(guest.get(url(listing, **span)))

    booked, blocked, free = (mine[f"2026-06-0{day}"] for day in (1, 4, 5))
    assert (booked["reason"], booked["booking_id"]) == ("booking", str(booking.id))
    assert (blocked["reason"], blocked["note"], blocked["booking_id"]) == ("block", "Painting", None)
    assert (free["reason"], free["available"]) == (None, True)
    assert "reason" not in theirs["2026-06-01"]
    assert str(booking.id) not in str(theirs)


def test_a_draft_has_a_calendar_for_its_owner_alone(host, guest, make_client, make_listing):
    listing = make_listing(host=host.user, status=ListingStatus.DRAFT, nightly_price_minor=None)

    assert host.get(url(listing)).json["data"][0]["price"] is None
    assert make_client(Role.SUPPORT).get(url(listing)).status_code == 200
    assert guest.get(url(listing)).status_code == 404


def test_ranges_set_prices_rules_notes_and_blocks_on_weekdays(host, make_listing, client):
    listing = make_listing(host=host.user)

    answer = put(
        host,
        listing,
        {"from": "2026-06-01", "to": "2026-06-15", "price": {"amount": "180.00", "currency": EUR}, "min_nights": 3},
        {"from": "2026-06-01", "to": "2026-06-15", "weekdays": [5, 6], "available": False, "note": "Family"},
        {"from": "2026-06-08", "to": "2026-06-09", "min_nights": None},
    )

    nights = by_night(answer)
    assert list(nights) == [f"2026-06-{day:02d}" for day in range(1, 15)]
    assert nights["2026-06-01"]["price"]["amount"] == "180.00"
    assert (nights["2026-06-01"]["min_nights"], nights["2026-06-08"]["min_nights"]) == (3, 1)
    blocked = [day for day, night in nights.items() if night["reason"] == "block"]
    assert blocked == ["2026-06-06", "2026-06-07", "2026-06-13", "2026-06-14"]
    assert nights["2026-06-06"]["note"] == "Family"
    stay = "check_in={}&check_out={}"
    assert client.get("/api/v1/listings?" + stay.format("2026-06-05", "2026-06-08")).json["data"] == []
    found = client.get("/api/v1/listings?" + stay.format("2026-06-02", "2026-06-05")).json["data"]
    assert [hit["total_price"]["amount"] for hit in found] == ["615.60"]


def test_null_removes_overrides_and_true_removes_only_blocks(host, guest, make_listing, add, count_rows):
    listing = make_listing(host=host.user)
    span = {"from": "2026-06-01", "to": "2026-06-04"}
    put(host, listing, {**span, "price": {"amount": "1.00", "currency": EUR}, "note": "x", "available": False})
    booking = booking_row(listing, guest.user)
    add(
        booking,
        BookedNight(listing_id=listing.id, night=date(2026, 6, 8), kind=NightKind.BOOKING, booking_id=booking.id),
    )

    nights = by_night(
        put(host, listing, {**span, "price": None, "note": None}, {**span, "to": "2026-06-10", "available": True})
    )

    assert count_rows(CalendarOverride) == 0
    assert nights["2026-06-01"]["price"]["amount"] == "100.00"
    assert [night for night, entry in nights.items() if entry["reason"]] == ["2026-06-08"]
    assert count_rows(BookedNight) == 1


def test_blocking_a_booked_night_changes_nothing_at_all(host, guest, make_listing, add, count_rows):
    listing = make_listing(host=host.user)
    booking = booking_row(listing, guest.user)
    nights = [date(2026, 6, 2), date(2026, 6, 3)]
    rows = [BookedNight(listing_id=listing.id, night=n, kind=NightKind.BOOKING, booking_id=booking.id) for n in nights]
    add(booking, *rows)

    answer = put(
        host,
        listing,
        {"from": "2026-06-10", "to": "2026-06-12", "price": {"amount": "9.00", "currency": EUR}},
        {"from": "2026-06-01", "to": "2026-06-05", "available": False},
    )

    assert (answer.status_code, answer.json["code"]) == (409, "night_booked")
    assert answer.json["nights"] == ["2026-06-02", "2026-06-03"]
    assert count_rows(CalendarOverride) == 0
    assert count_rows(BookedNight) == 2


def test_a_block_takes_over_preparation_and_gives_it_back(host, guest, make_listing, add, count_rows):
    listing = make_listing(host=host.user, preparation_days=2)
    booking = booking_row(listing, guest.user, status=BookingStatus.CONFIRMED, pending_on=None)
    kept = [booking.check_out, booking.check_out + timedelta(days=1)]
    rows = [
        BookedNight(listing_id=listing.id, night=night, kind=NightKind.PREPARATION, booking_id=booking.id)
        for night in kept
    ]
    add(booking, *rows)
    in_transaction(lambda session: refresh_listing(session, listing.id))
    span = {"from": "2026-06-03", "to": "2026-06-08"}

    closed = by_night(put(host, listing, {**span, "available": False}))
    opened = by_night(put(host, listing, {**span, "available": True}))

    assert {night["reason"] for night in closed.values()} == {"block"}
    assert {night: entry["reason"] for night, entry in opened.items() if entry["reason"]} == {
        night.isoformat(): "preparation" for night in kept
    }
    assert count_rows(BookedNight, BookedNight.booking_id == booking.id) == 2
    document = documents(listing)
    assert document is not None
    assert sum(getattr(document, f"m{slot:02d}").bit_count() for slot in range(25)) == 2


def test_a_dry_run_shows_what_would_be_and_writes_nothing(host, make_listing, count_rows):
    listing = make_listing(host=host.user)

    answer = put(
        host,
        listing,
        {"from": "2026-06-01", "to": "2026-06-03", "available": False, "price": {"amount": "9.00", "currency": EUR}},
        dry_run=True,
    )

    assert {night["reason"] for night in by_night(answer).values()} == {"block"}
    assert {night["price"]["amount"] for night in answer.json["data"]} == {"9.00"}
    assert count_rows(BookedNight) == count_rows(CalendarOverride) == 0


@pytest.mark.parametrize(
    "change, field",
    [
        ({"from": "2026-04-30"}, "ranges.0.from"),
        ({"to": "2026-06-01"}, "ranges.0.to"),
        ({"from": "2028-05-01", "to": "2028-05-03"}, "ranges.0.to"),
        ({"to": "2027-12-01"}, "ranges"),
        ({"price": {"amount": "100", "currency": "JPY"}}, "ranges.0.price.currency"),
        ({"price": {"amount": "1.005", "currency": EUR}}, "ranges.0.price.amount"),
        ({"min_nights": 0}, "ranges.0.min_nights"),
        ({"available": None}, "ranges.0.available"),
        ({"weekdays": [8]}, "ranges.0.weekdays.0"),
        ({"note": "x" * 501}, "ranges.0.note"),
        ({"season": 1}, "ranges.0.season"),
    ],
)
def test_an_impossible_range_names_the_field(host, make_listing, count_rows, change, field):
    listing = make_listing(host=host.user)

    answer = put(host, listing, {"from": "2026-06-01", "to": "2026-06-03", "available": False, **change})

    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert list(answer.json["errors"]) == [field]
    assert count_rows(BookedNight) == 0


def test_a_range_that_sets_nothing_and_no_range_are_refused(host, make_listing):
    listing = make_listing(host=host.user)

    assert put(host, listing, {"from": "2026-06-01", "to": "2026-06-03"}).status_code == 422
    assert put(host, listing).status_code == 422


def test_only_the_owner_sets_a_calendar(host, guest, make_client, make_listing):
    change = {"from": "2026-06-01", "to": "2026-06-03", "available": False}
    public, draft = make_listing(host=host.user), make_listing(host=host.user, status=ListingStatus.DRAFT)
    other = make_client(Role.HOST)

    assert guest.put(url(public), json={"ranges": [change]}).status_code == 403
    assert put(other, public, change).status_code == 403
    assert put(other, draft, change).status_code == 404


def test_prices_are_shown_in_another_currency_where_a_rate_is_known(host, client, make_listing, add):
    listing = make_listing(host=host.user)
    add(ExchangeRate(base="EUR", quote="USD", on=date(2026, 5, 1), source="ecb", rate="1.25"))

    shown = [client.get(f"/api/v1{url(listing, currency=code)}").json for code in ("USD", "JPY", "EUR")]
    page = client.get(f"/api/v1/listings/{listing.id}?currency=USD").json

    assert [answer["meta"]["converted"] for answer in shown] == [True, False, False]
    assert shown[0]["data"][0]["price"] == {"amount": "125.00", "currency": "USD"}
    assert shown[1]["data"][0]["price"] == {"amount": "100.00", "currency": "EUR"}
    assert (page["nightly_price"], page["converted"]) == ({"amount": "125.00", "currency": "USD"}, True)


def test_an_unpublished_listings_calendar_is_set_without_search(host, make_listing, count_rows):
    listing = make_listing(host=host.user, status=ListingStatus.DRAFT)

    change = {"from": "2026-06-01", "to": "2026-06-03", "available": False}
    nights = by_night(put(host, listing, {**change, "price": {"amount": "9.00", "currency": EUR}, "note": "x"}))
    put(host, listing, {"from": "2026-06-01", "to": "2026-06-02", "note": "y"})
    opened = by_night(put(host, listing, {**change, "available": True}))

    assert {night["reason"] for night in nights.values()} == {"block"}
    assert {night["reason"] for night in opened.values()} == {None}
    assert [night["note"] for night in opened.values()] == ["y", "x"]
    assert count_rows(SearchDocument) == count_rows(BookedNight) == 0


def test_a_part_of_the_opened_nights_is_kept_for_preparation(host, guest, make_listing, add, count_rows):
    listing = make_listing(host=host.user, preparation_days=3)
    booking = booking_row(listing, guest.user, status=BookingStatus.CONFIRMED, pending_on=None)
    nights = [booking.check_out + timedelta(days=day) for day in range(4)]
    add(booking, *(BookedNight(listing_id=listing.id, night=night, kind=NightKind.BLOCK) for night in nights))

    opened = by_night(put(host, listing, {"from": "2026-06-06", "to": "2026-06-08", "available": True}))
    every = by_night(host.get(url(listing, **{"from": "2026-06-04", "to": "2026-06-09"})))

    assert [night["reason"] for night in opened.values()] == ["preparation", None]
    assert [night["reason"] for night in every.values()] == ["block", "block", "preparation", None, None]
    assert every["2026-06-06"]["booking_id"] == str(booking.id)
    assert count_rows(BookedNight, BookedNight.kind == NightKind.BLOCK) == 2


def test_clearing_what_no_night_has_writes_nothing(host, make_listing, count_rows):
    listing = make_listing(host=host.user)

    nights = by_night(put(host, listing, {"from": "2026-06-01", "to": "2026-06-03", "price": None, "min_nights": None}))

    assert {night["price"]["amount"] for night in nights.values()} == {"100.00"}
    assert count_rows(CalendarOverride) == 0


def test_the_calendar_of_an_archived_listing_stays_as_it_is(host, make_listing, count_rows):
    listing = make_listing(host=host.user, status=ListingStatus.ARCHIVED)

    answer = put(host, listing, {"from": "2026-06-01", "to": "2026-06-03", "available": False})

    assert (answer.status_code, answer.json["code"]) == (409, "invalid_transition")
    assert count_rows(BookedNight) == 0
