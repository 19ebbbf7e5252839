"""POST /bookings and what a booking shows: instant bookings, requests, and who sees what."""

from datetime import UTC, date, datetime, timedelta

import pymysql
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from airbnb.domain.kinds import Role
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight
from airbnb.models.payments import Payment
from airbnb.models.platform import IdempotencyKey, OutboxEvent
from airbnb.queries.ledger import find_faults
from airbnb.unit_of_work import reading

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def listing(make_listing, host):
    return make_listing(host=host.user, cleaning_fee_minor=4_000)


def order(listing, **overrides):
    return {
        "listing_id": str(listing.id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 2},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
        **overrides,
    }


def book(client, listing, key="key-1", **overrides):
    return client.post("/bookings", json=order(listing, **overrides), key=key)


def stored(booking_id):
    with reading() as session:
        return session.get_one(Booking, int(booking_id))


def audit():
    with reading() as session:
        return find_faults(session)


def test_an_instant_booking_is_confirmed_at_once(guest, listing, count_rows, run_outbox):
    answer = book(guest, listing)

    assert answer.status_code == 201, answer.json
    body = answer.json
    assert answer.headers["Location"] == f"/api/v1/bookings/{body['id']}"
    assert (body["status"], body["pending_on"], body["phase"]) == ("confirmed", None, "upcoming")
    assert body["total"] == {"amount": "501.60", "currency": "EUR"}
    assert body["paid"] == body["total"]
    assert sum(float(line["amount"]["amount"]) for line in body["lines"]) == 501.60
    assert body["payment"]["status"] == "captured"
    assert body["actions"] == ["cancel", "request_change"]
    assert body["check_in_at"] == "2027-04-05T14:00:00.000000Z"
    assert body["listing"]["address"]["line1"].startswith("Rua do Sol")
    assert "host_payout" not in body
    assert [change["to"] for change in body["status_history"]] == ["pending", "confirmed"]
    assert body["cancellation"]["schedule"][0]["until"] == "2027-03-31T14:00:00.000000Z"
    assert count_rows(BookedNight) == 4
    assert audit() == []


def test_it_writes_one_booking_with_its_outbox(guest, listing, count_rows):
    book(guest, listing)

    with reading() as session:
        topics = sorted(event.topic for event in session.query(OutboxEvent))
    assert topics == ["booking.confirmed", "payment.received"]


def test_the_same_key_answers_the_same_booking(guest, listing, count_rows):
    first, again = book(guest, listing), book(guest, listing)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == first.json
    assert count_rows(Booking) == 1


@pytest.fixture
def lose_answer():
    """Let the next commit that makes a booking succeed without anybody hearing of it."""
    left = [1]

    def lose(session: Session) -> None:
        if left[0] and any(isinstance(row, Booking) for row in session):
            left[0] -= 1
            raise OperationalError("COMMIT", {}, pymysql.err.OperationalError(2013, "injected"))

    event.listen(Session, "after_commit", lose)
    yield
    event.remove(Session, "after_commit", lose)


def test_a_booking_whose_commit_was_not_answered_is_not_refused_for_its_own_nights(
    guest, listing, lose_answer, count_rows
):
    unknown = book(guest, listing)
    told = book(guest, listing)

    assert (unknown.status_code, unknown.json["code"]) == (503, "busy")
    assert int(unknown.headers["Retry-After"]) > 0
    assert (told.status_code, told.json["status"]) == (201, "confirmed")
    assert (count_rows(Booking), count_rows(BookedNight)) == (1, 4)


def test_a_key_is_required(guest, listing, count_rows):
    answer = guest.post("/bookings", json=order(listing))

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_required")
    assert count_rows(Booking) == 0


def test_booked_nights_are_refused_to_others(guest, make_client, listing, count_rows):
    book(guest, listing)

    answer = book(make_client(), listing, check_in="2027-04-08", check_out="2027-04-11")

    assert (answer.status_code, answer.json["code"]) == (409, "dates_unavailable")
    assert answer.json["first_taken_night"] == "2027-04-08"
    assert answer.json["alternatives"][0] == {"check_in": "2027-04-09", "check_out": "2027-04-12"}
    assert count_rows(Booking) == 1
    assert count_rows(IdempotencyKey) == 1


def test_same_day_turn_over_is_allowed_unless_preparation_is_asked(guest, make_client, make_listing, host, listing):
    slow = make_listing(host=host.user, preparation_days=1)
    for place in (listing, slow):
        assert book(make_client(), place).status_code == 201
    follows = {"check_in": "2027-04-09", "check_out": "2027-04-11"}

    assert book(guest, listing, **follows).status_code == 201
    assert book(guest, slow, "key-2", **follows).json["first_taken_night"] == "2027-04-09"


@pytest.mark.parametrize("token, code", [("tok_declined", "card_declined"), ("tok_unheard_of", "unknown_token")])
def test_a_declined_card_leaves_an_unpaid_hold_that_can_be_paid(guest, listing, token, code, count_rows):
    answer = book(guest, listing, payment_token=token)

    body = answer.json
    assert answer.status_code == 201
    assert (body["status"], body["pending_on"]) == ("pending", "payment")
    assert (body["payment"]["status"], body["payment"]["failure_code"]) == ("failed", code)
    assert body["hold_expires_at"] == "2027-03-01T12:15:00.000000Z"
    assert body["actions"] == ["pay", "cancel"]
    assert "address" not in body["listing"]

    paid = guest.post(
        f"/bookings/{body['code']}/pay", json={"payment_method": "sandbox", "payment_token": "tok_ok"}, key="key-2"
    )

    assert (paid.status_code, paid.json["status"]) == (200, "confirmed"), paid.json
    assert count_rows(Payment) == 2
    assert audit() == []


def test_the_sixth_attempt_is_refused(guest, listing):
    booking = book(guest, listing, payment_token="tok_declined").json
    declined = {"payment_method": "sandbox", "payment_token": "tok_declined"}
    for attempt in range(2, 6):
        assert guest.post(f"/bookings/{booking['id']}/pay", json=declined, key=f"pay-{attempt}").status_code == 200

    answer = guest.post(f"/bookings/{booking['id']}/pay", json=declined, key="pay-6")

    assert (answer.status_code, answer.json["code"]) == (409, "too_many_attempts")


def test_a_card_that_needs_the_payer_shows_where_to_agree(guest, host, listing):
    urls = {"return_url": "http://frontend.test/done", "cancel_url": "http://frontend.test/back"}

    body = book(guest, listing, payment_token="tok_requires_action", **urls).json

    assert body["payment"]["status"] == "requires_action"
    assert body["payment"]["approval_url"].startswith("http")
    assert "approval_url" not in host.get(f"/bookings/{body['id']}").json["payment"]


@pytest.mark.parametrize(
    "url",
    ["http://evil.test/x", "http://frontend.test.evil.test/", "http://frontend.test@evil.test/", "javascript:alert(1)"],
)
def test_return_urls_must_be_the_frontends(guest, listing, url, count_rows):
    answer = book(guest, listing, return_url=url)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["return_url"])
    assert count_rows(Booking) == 0


def test_the_expected_total_is_checked(guest, listing, count_rows):
    expected = {"amount": "400.00", "currency": "EUR"}

    answer = book(guest, listing, expected_total=expected)

    assert (answer.status_code, answer.json["code"]) == (409, "price_changed")
    assert answer.json["quote"]["total"] == {"amount": "501.60", "currency": "EUR"}
    assert count_rows(Booking) == count_rows(BookedNight) == 0
    assert book(guest, listing, expected_total=answer.json["quote"]["total"]).status_code == 201


class TestQuoteTokens:
    @pytest.fixture
    def token(self, guest, listing):
        dates = {"check_in": "2027-04-05", "check_out": "2027-04-09", "adults": 2}
        return guest.get(f"/listings/{listing.id}/quote", query_string=dates).json["quote_token"]

    def raise_price(self, host, listing):
        price = {"nightly_price": {"amount": "150.00", "currency": "EUR"}}
        assert host.patch(f"/listings/{listing.id}", json=price).status_code == 200

    def test_a_live_one_freezes_the_price(self, guest, host, listing, token, freeze):
        self.raise_price(host, listing)
        freeze(NOW + timedelta(minutes=30))

        answer = book(guest, listing, quote_token=token)

        assert (answer.status_code, answer.json["total"]["amount"]) == (201, "501.60")

    def test_a_live_one_freezes_what_long_stays_get_off(self, guest, host, listing):
        """Changes of the booking count with these percentages, as with its fees."""
        percents = {"weekly_discount_percent": 10, "monthly_discount_percent": 30}
        assert host.patch(f"/listings/{listing.id}", json=percents).status_code == 200
        dates = {"check_in": "2027-04-05", "check_out": "2027-04-09", "adults": 2}
        token = guest.get(f"/listings/{listing.id}/quote", query_string=dates).json["quote_token"]
        later = {"weekly_discount_percent": 5, "monthly_discount_percent": 20}
        assert host.patch(f"/listings/{listing.id}", json=later).status_code == 200

        answer = book(guest, listing, quote_token=token)

        assert answer.status_code == 201, answer.json
        booking = stored(answer.json["id"])
        assert (booking.weekly_discount_percent, booking.monthly_discount_percent) == (10, 30)

    def test_without_one_the_listing_of_today_counts(self, guest, host, listing):
        percents = {"weekly_discount_percent": 5, "monthly_discount_percent": 20}
        assert host.patch(f"/listings/{listing.id}", json=percents).status_code == 200

        booking = stored(book(guest, listing).json["id"])

        assert (booking.weekly_discount_percent, booking.monthly_discount_percent) == (5, 20)

    def test_one_that_ran_out_is_checked_like_an_expected_total(self, guest, host, listing, token, freeze):
        self.raise_price(host, listing)
        freeze(NOW + timedelta(minutes=31))

        answer = book(guest, listing, quote_token=token)

        assert (answer.status_code, answer.json["code"]) == (409, "price_changed")

    def test_one_for_another_stay_or_altered_is_refused(self, guest, listing, token):
        for overrides in ({"check_out": "2027-04-10"}, {"guests": {"adults": 1}}):
            answer = book(guest, listing, quote_token=token, **overrides)
            assert (answer.status_code, list(answer.json["errors"])) == (422, ["quote_token"])
        assert book(guest, listing, quote_token=token[:-1] + "?").status_code == 422


def test_an_unverified_address_cannot_book(make_client, listing, count_rows):
    answer = book(make_client(verified=False), listing)

    assert (answer.status_code, answer.json["code"]) == (403, "email_not_verified")
    assert count_rows(Booking) == 0


@pytest.mark.parametrize(
    "overrides, field",
    [
        ({"check_in": "2027-02-28", "check_out": "2027-03-02"}, "check_in"),
        ({"check_out": "2027-04-05"}, "check_out"),
        ({"guests": {"adults": 0}}, "guests.adults"),
        ({"guests": {"adults": True}}, "guests.adults"),
        ({"payment_method": "stripe"}, "payment_method"),
        ({"payment_method": "cash"}, "payment_method"),
        ({"expected_total": {"amount": "1.005", "currency": "EUR"}}, "expected_total.amount"),
        ({"currency": "XXX"}, "currency"),
        ({"coupon_code": "x" * 41}, "coupon_code"),
        ({"listing_id": 5}, "listing_id"),
        ({"owner_id": "5"}, "owner_id"),
    ],
)
def test_what_makes_no_booking_is_named(guest, listing, overrides, field, count_rows):
    answer = book(guest, listing, **overrides)

    assert answer.status_code == 422, answer.json
    assert field in answer.json["errors"], answer.json
    assert count_rows(Booking) == count_rows(BookedNight) == count_rows(IdempotencyKey) == 0


def test_nobody_but_parties_and_staff_sees_a_booking(guest, host, make_client, listing):
    booking = book(guest, listing).json

    for key in (booking["id"], booking["code"]):
        assert guest.get(f"/bookings/{key}").status_code == 200
        assert host.get(f"/bookings/{key}").json["host_payout"]["amount"] == "426.80"
        assert make_client(Role.SUPPORT).get(f"/bookings/{key}").status_code == 200
        assert make_client(Role.HOST).get(f"/bookings/{key}").status_code == 404
    for key in ("7", "HMXK4T2Q9P", "nothing", str(10**30)):
        assert guest.get(f"/bookings/{key}").status_code == 404


def test_lists_need_a_constant_number_of_statements(guest, host, listing, make_client, count_statements):
    def book_month(month):
        stay = {"check_in": f"2027-{month:02}-05", "check_out": f"2027-{month:02}-09"}
        assert book(guest, listing, f"key-{month}", **stay).status_code == 201

    def statements():
        count_statements.clear()
        answer = guest.get("/bookings")
        assert answer.status_code == 200
        return len(answer.json["data"]), len(count_statements)

    book_month(4)
    one, few = statements()
    for month in (5, 6, 7):
        book_month(month)

    assert (one, statements()) == (1, (4, few))
    assert few <= 10


def test_lists_are_filtered_and_paged(guest, host, listing):
    months = (4, 5, 6)
    for month in months:
        book(guest, listing, f"k{month}", check_in=f"2027-{month:02}-05", check_out=f"2027-{month:02}-07")

    first = guest.get("/bookings", query_string={"limit": 2})
    rest = guest.get("/bookings", query_string={"limit": 2, "cursor": first.json["page"]["next_cursor"]})

    shown = [booking["check_in"] for page in (first, rest) for booking in page.json["data"]]
    assert shown == ["2027-06-05", "2027-05-05", "2027-04-05"]
    assert host.get("/bookings").json["data"] == []
    assert len(host.get("/bookings?as=host&status=confirmed,completed").json["data"]) == 3
    assert len(guest.get("/bookings?phase=past").json["data"]) == 0
    assert len(guest.get("/bookings?phase=upcoming&from=2027-05-01&to=2027-06-05").json["data"]) == 1
    assert guest.get("/bookings?status=lost").status_code == 422


def test_a_message_opens_a_conversation(guest, listing):
    body = book(guest, listing, message="We arrive late, is that fine?").json

    assert body["conversation_id"] is not None


def test_a_stay_that_costs_nothing_needs_no_payment(guest, make_listing, host, count_rows):
    free = make_listing(host=host.user, nightly_price_minor=0)

    body = book(guest, free).json

    assert (body["status"], body["payment"], body["total"]["amount"]) == ("confirmed", None, "0.00")
    assert count_rows(Payment) == 0
    assert audit() == []


def test_nights_are_taken_in_the_listings_calendar(guest, listing):
    book(guest, listing)

    with reading() as session:
        nights = session.query(BookedNight).order_by(BookedNight.night).all()
    assert [row.night for row in nights] == [date(2027, 4, 5) + timedelta(days=index) for index in range(4)]


def test_an_unchanged_booking_is_not_sent_again_until_something_on_it_changes(guest, host, listing):
    path = f"/bookings/{book(guest, listing).json['id']}"
    etag = guest.get(path).headers["ETag"]
    assert guest.get(path, headers={"If-None-Match": etag}).status_code == 304

    host.patch(f"/listings/{listing.id}", json={"arrival_guide": "The key is under the stone."})

    again = guest.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.json["arrival_guide"]) == (200, "The key is under the stone.")
