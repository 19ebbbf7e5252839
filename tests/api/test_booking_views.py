"""What a booking's page shows besides the booking: the way in, reviews, and what canceling would give back."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.kinds import Role
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import PayoutItem
from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.unit_of_work import reading
from airbnb.workflows import timers

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)  # 11:00 in Lisbon
GUIDE = "The key hangs behind the third pot of basil."


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []
        assert find_night_faults(session) == []


def book(client, listing, **overrides):
    body = {
        "listing_id": str(listing.id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 2},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
        **overrides,
    }
    answer = client.post("/bookings", json=body, key="book")
    assert answer.status_code == 201, answer.json
    return answer.json


def test_the_way_in_is_told_once_the_stay_is_agreed(guest, host, make_client, make_listing):
    listing = make_listing(host=host.user, instant_book=False, arrival_guide=GUIDE)
    request = book(guest, listing)
    url = f"/bookings/{request['id']}"

    asked = {who: client.get(url).json for who, client in (("guest", guest), ("host", host))}
    host.post(f"{url}/accept", key="accept")
    agreed = guest.get(url).json
    guest.post(f"{url}/cancel", json={}, key="cancel")
    canceled = guest.get(url).json

    assert "arrival_guide" not in asked["guest"]
    assert "address" not in asked["guest"]["listing"]
    assert asked["host"]["arrival_guide"] == agreed["arrival_guide"] == GUIDE
    assert agreed["listing"]["address"]["line1"] == listing.address_line1
    assert "arrival_guide" not in canceled
    assert make_client(Role.SUPPORT).get(url).json["arrival_guide"] == GUIDE


def test_reviews_are_shown_on_the_page_once_both_are_out(guest, host, make_listing, freeze):
    booking = book(guest, make_listing(host=host.user))
    timers.complete_finished(CHECK_OUT_AT)
    freeze(CHECK_OUT_AT + timedelta(hours=1))
    url = f"/bookings/{booking['id']}"

    own = guest.post(f"{url}/review", json={"rating": 5, "comment": "Lovely."}).json["id"]
    hidden = {who: client.get(url).json["review"] for who, client in (("guest", guest), ("host", host))}
    theirs = host.post(f"{url}/review", json={"rating": 4, "comment": "Quiet."}).json["id"]
    shown = guest.get(url).json

    until = "2027-04-23T10:00:00.000000Z"
    assert hidden["guest"] == {"can_write_until": until, "mine": own, "theirs": None}
    assert hidden["host"] == {"can_write_until": until, "mine": None, "theirs": None}
    assert (shown["review"]["mine"], shown["review"]["theirs"]) == (own, theirs)
    assert shown["actions"] == []


def test_before_the_stay_is_agreed_there_is_nothing_to_give_back(guest, host, make_listing, count_rows):
    listing = make_listing(host=host.user, instant_book=False, cancellation_policy=CancellationPolicy.STRICT)
    request = book(guest, listing)

    preview = guest.get(f"/bookings/{request['id']}/cancellation").json
    answer = guest.post(f"/bookings/{request['id']}/cancel", json={"expected_refund": preview["refund"]}, key="cancel")

    assert preview["refund"] == {"amount": "0.00", "currency": "EUR"}
    assert (preview["lines"], preview["policy"]) == ([], "strict")
    assert (answer.json["status"], answer.json["payment"]["status"]) == ("canceled", "canceled")
    assert count_rows(Refund) == count_rows(LedgerTransaction) == 0


def test_an_unknown_listing_cannot_be_booked(guest, host, count_rows):
    body = {
        "listing_id": "1",
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 2},
        "payment_method": "sandbox",
    }

    answer = guest.post("/bookings", json=body, key="book")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_request_that_costs_nothing_waits_for_the_host_alone(guest, host, make_listing, count_rows):
    listing = make_listing(host=host.user, instant_book=False, nightly_price_minor=0)

    request = book(guest, listing)
    accepted = host.post(f"/bookings/{request['id']}/accept", key="accept").json

    assert (request["status"], request["pending_on"], request["payment"]) == ("pending", "host", None)
    assert request["respond_by"] == "2027-03-21T12:00:00.000000Z"
    assert (accepted["status"], accepted["status_history"][-1]["by"]) == ("confirmed", "host")
    assert count_rows(Payment) == 0


def test_a_host_who_cancels_a_free_stay_owes_no_penalty(guest, host, make_listing, count_rows):
    booking = book(guest, make_listing(host=host.user, nightly_price_minor=0))

    answer = host.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")

    assert (answer.json["status"], answer.json["refunded"]["amount"]) == ("canceled", "0.00")
    assert count_rows(PayoutItem) == count_rows(Refund) == 0


class TestMoneyThatComesLate:
    """A card that answers only after the hold is over: tok_timeout, then the sweep."""

    LATE = NOW + timedelta(hours=1)

    @pytest.fixture
    def lapse(self, guest, freeze):
        def run(listing):
            booking = book(guest, listing, payment_token="tok_timeout")
            freeze(self.LATE)
            assert timers.expire_lapsed(self.LATE) == 1
            return booking

        return run

    def test_it_brings_a_request_back_to_its_host(self, guest, host, make_listing, lapse):
        request = lapse(make_listing(host=host.user, instant_book=False))

        timers.resolve_unsettled(self.LATE)
        back = host.get(f"/bookings/{request['id']}").json
        accepted = host.post(f"/bookings/{request['id']}/accept", key="accept").json

        assert (back["status"], back["pending_on"]) == ("pending", "host")
        assert back["actions"] == ["accept", "decline"]
        assert back["respond_by"] == "2027-03-21T13:00:00.000000Z"
        assert (accepted["status"], accepted["payment"]["status"]) == ("confirmed", "captured")

    def test_it_goes_back_when_the_listing_has_closed(self, guest, host, make_listing, lapse):
        listing = make_listing(host=host.user)
        booking = lapse(listing)
        assert host.post(f"/listings/{listing.id}/unpublish").json["status"] == "paused"

        timers.resolve_unsettled(self.LATE)

        body = guest.get(f"/bookings/{booking['id']}").json
        assert (body["status"], body["payment"]["status"]) == ("expired", "canceled")
        assert body["paid"]["amount"] == "0.00"
