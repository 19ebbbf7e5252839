"""GET /listings/{id}/quote: prices that add up, and the refusals of the calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import ListingStatus, NightKind
from airbnb.models.calendar import BookedNight, CalendarOverride, Season
from airbnb.unit_of_work import in_transaction

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def quote(client, freeze):
    freeze(NOW)

    def ask(listing, check_in="2027-04-05", check_out="2027-04-09", via=client, **query):
        prefix = "/api/v1" if via is client else ""
        parameters = {"check_in": check_in, "check_out": check_out, **query}
        return via.get(f"{prefix}/listings/{listing.id}/quote", query_string=parameters)

    return ask


def take(listing, *nights):
    rows = [BookedNight(listing_id=listing.id, night=date.fromisoformat(n), kind=NightKind.BLOCK) for n in nights]
    in_transaction(lambda session: session.add_all(rows))


def test_lines_sum_to_the_total(quote, make_listing, host):
    listing = make_listing(host=host.user, cleaning_fee_minor=4_000, weekly_discount_percent=10)

    answer = quote(listing, check_out="2027-04-12", adults=2)

    assert answer.status_code == 200, answer.json
    lines = {line["kind"]: line["amount"]["amount"] for line in answer.json["lines"]}
    assert lines == {"nights": "700.00", "discount": "-70.00", "cleaning": "40.00", "guest_service_fee": "93.80"}
    assert answer.json["total"] == {"amount": "763.80", "currency": "EUR"}
    assert answer.json["nights"][0]["night"] == "2027-04-05"
    assert answer.json["discount"]["kind"] == "weekly"
    assert answer.json["cancellation"]["policy"] == "moderate"
    assert answer.json["cancellation"]["schedule"][0] == {
        "until": "2027-03-31T14:00:00.000000Z",
        "until_local": "2027-03-31T15:00:00+01:00",
        "refund": {"amount": "763.80", "currency": "EUR"},
    }
    assert "host_payout" not in answer.json
    assert "exchange_rate" not in answer.json


def test_overrides_and_seasons_are_priced(quote, make_listing, host):
    listing = make_listing(host=host.user)

    def work(session):
        session.add(CalendarOverride(listing_id=listing.id, night=date(2027, 4, 6), price_minor=20_000))
        session.add(
            Season(
                listing_id=listing.id,
                name="Easter",
                starts_on=date(2027, 4, 7),
                ends_on=date(2027, 4, 9),
                nightly_price_minor=15_000,
            )
        )

    in_transaction(work)

    answer = quote(listing)

    assert [night["price"]["amount"] for night in answer.json["nights"]] == ["100.00", "200.00", "150.00", "150.00"]
    assert answer.json["lines"][0]["unit"] is None


def test_the_owner_and_staff_see_the_payout(quote, make_listing, host, make_client):
    listing = make_listing(host=host.user)

    assert quote(listing, via=host).json["host_payout"]["amount"] == "388.00"
    assert quote(listing, via=make_client(Role.SUPPORT)).json["host_payout"]["amount"] == "388.00"


def test_taken_nights_are_refused_with_alternatives(quote, make_listing, host):
    listing = make_listing(host=host.user)
    take(listing, "2027-04-07", "2027-04-08")

    answer = quote(listing)

    assert (answer.status_code, answer.json["code"]) == (409, "dates_unavailable")
    assert answer.json["first_taken_night"] == "2027-04-07"
    assert answer.json["alternatives"] == [
        {"check_in": "2027-04-03", "check_out": "2027-04-07"},
        {"check_in": "2027-04-02", "check_out": "2027-04-06"},
        {"check_in": "2027-04-09", "check_out": "2027-04-13"},
    ]


@pytest.mark.parametrize(
    "columns, query, status, code",
    [
        ({"min_nights": 5}, {}, 422, "min_nights"),
        ({"max_nights": 3}, {}, 422, "max_nights"),
        ({"check_in_weekdays": 0b0000010}, {}, 422, "check_in_weekday"),
        ({"check_out_weekdays": 0b0000001}, {}, 422, "check_out_weekday"),
        ({}, {"adults": 5}, 422, "too_many_guests"),
        ({}, {"guests": 5}, 422, "too_many_guests"),
        ({}, {"pets": 1}, 422, "pets_not_allowed"),
        ({"advance_notice_days": 30}, {"check_in": "2027-03-20"}, 422, "advance_notice"),
        ({"booking_window_days": 30}, {}, 422, "outside_booking_window"),
        ({"status": ListingStatus.PAUSED}, {}, 409, "listing_unavailable"),
        ({"status": ListingStatus.DRAFT}, {}, 404, "not_found"),
        ({}, {"rate_plan": "non_refundable"}, 422, "validation_failed"),
        ({}, {"coupon": "SPRING"}, 422, "coupon_unknown"),
        ({}, {"coupon": "\u00dc"}, 422, "coupon_unknown"),
        ({}, {"currency": "JPY"}, 422, "exchange_rate_unavailable"),
        ({}, {"currency": "ABC"}, 422, "validation_failed"),
        ({}, {"check_in": "2027-02-28"}, 422, "validation_failed"),
        ({}, {"check_out": "2027-04-05"}, 422, "validation_failed"),
        ({}, {"check_in": "9999-12-30", "check_out": "9999-12-31"}, 422, "validation_failed"),
        ({}, {"guests": 2, "adults": 2}, 422, "validation_failed"),
        ({}, {"colour": "red"}, 422, "validation_failed"),
        ({}, {"adults": 0}, 422, "validation_failed"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_code(quote, make_listing, host, columns, query, status, code):
    listing = make_listing(host=host.user, **columns)

    answer = quote(listing, **query)

    assert (answer.status_code, answer.json["code"]) == (status, code), answer.json


def test_an_unknown_listing_is_not_found(client):
    url = "/api/v1/listings/{}/quote?check_in=2027-04-05&check_out=2027-04-09"

    assert client.get(url.format(7)).status_code == 404
    assert client.get(url.format(10**30)).status_code == 404


def test_preparation_nights_must_be_free_too(quote, make_listing, host):
    listing = make_listing(host=host.user, preparation_days=2)
    take(listing, "2027-04-10")

    assert quote(listing).json["first_taken_night"] == "2027-04-10"


def test_a_quote_needs_few_statements(quote, make_listing, host, count_statements):
    listing = make_listing(host=host.user)
    count_statements.clear()

    assert quote(listing).status_code == 200
    assert len(count_statements) <= 6


def test_the_token_lives_for_half_an_hour(quote, make_listing, host):
    listing = make_listing(host=host.user)

    answer = quote(listing)

    assert answer.json["expires_at"] == (clock.now() + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert len(answer.json["quote_token"]) < 1_500
