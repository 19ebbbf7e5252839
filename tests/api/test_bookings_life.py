"""What becomes of a booking: cancelled, requested, expired, completed; the money explained after each."""

from datetime import UTC, date, datetime, timedelta

import pytest

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.kinds import Role
from airbnb.models.calendar import BookedNight
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import PayoutItem
from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.unit_of_work import reading
from airbnb.workflows import timers

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)  # 15:00 in Lisbon


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []
        assert find_night_faults(session) == []


@pytest.fixture
def place(make_listing, host):
    def make(**columns):
        return make_listing(host=host.user, cleaning_fee_minor=4_000, **columns)

    return make


def book(client, listing, key="book", **overrides):
    body = {
        "listing_id": str(listing.id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 2},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
        **overrides,
    }
    answer = client.post("/bookings", json=body, key=key)
    assert answer.status_code == 201, answer.json
    return answer.json


def items(**filters):
    with reading() as session:
        return session.query(PayoutItem).filter_by(**filters).all()


class TestCancelling:
    @pytest.mark.parametrize(
        "policy, canceled_at, refund",
        [
            ("flexible", CHECK_IN_AT - timedelta(days=1), "501.60"),
            ("flexible", CHECK_IN_AT - timedelta(hours=23), "330.00"),
            ("moderate", CHECK_IN_AT - timedelta(days=5), "501.60"),
            ("moderate", CHECK_IN_AT - timedelta(days=2), "165.00"),
            ("strict", CHECK_IN_AT - timedelta(days=7), "220.00"),
            ("strict", CHECK_IN_AT - timedelta(days=6), "0.00"),
            ("strict", NOW + timedelta(hours=24), "501.60"),
        ],
    )
    def test_the_policy_decides_what_comes_back(self, guest, place, freeze, count_rows, policy, canceled_at, refund):
        booking = book(guest, place(cancellation_policy=CancellationPolicy(policy)))
        freeze(canceled_at)

        preview = guest.get(f"/bookings/{booking['id']}/cancellation")
        answer = guest.post(
            f"/bookings/{booking['id']}/cancel",
            json={"expected_refund": preview.json["refund"], "reason": "Plans changed"},
            key="cancel",
        )

        assert preview.json["refund"]["amount"] == refund
        assert (answer.status_code, answer.json["status"]) == (200, "canceled"), answer.json
        assert answer.json["refunded"]["amount"] == refund
        assert answer.json["actions"] == []
        assert count_rows(BookedNight) == 0
        assert count_rows(Refund) == (0 if refund == "0.00" else 1)
        whole = refund == "501.60"
        assert answer.json["payment"]["status"] == (
            "captured" if refund == "0.00" else "refunded" if whole else "partially_refunded"
        )
        assert [item.source for item in items()] == ([] if whole else ["cancellation"])

    def test_the_refund_must_be_the_expected_one(self, guest, place, freeze):
        booking = book(guest, place())
        expected = guest.get(f"/bookings/{booking['id']}/cancellation").json["refund"]
        freeze(CHECK_IN_AT - timedelta(days=2))

        answer = guest.post(f"/bookings/{booking['id']}/cancel", json={"expected_refund": expected}, key="cancel")

        assert (answer.status_code, answer.json["code"]) == (409, "refund_changed")
        assert answer.json["refund"] == {"amount": "165.00", "currency": "EUR"}

    def test_a_host_pays_a_penalty_and_keeps_the_nights_closed(self, guest, host, place, freeze, count_rows):
        booking = book(guest, place())
        freeze(CHECK_IN_AT - timedelta(days=10))

        answer = host.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")

        assert answer.json["refunded"]["amount"] == "501.60"
        assert count_rows(BookedNight, BookedNight.kind == "block") == 4
        assert [(item.kind.value, item.amount_minor) for item in items()] == [("debit", -11_000)]

    @pytest.mark.usefixtures("trusted_staff")
    def test_staff_cancel_with_everything_back(self, guest, make_client, place, freeze):
        booking = book(guest, place(cancellation_policy=CancellationPolicy.STRICT))
        freeze(CHECK_IN_AT - timedelta(days=1))

        answer = make_client(Role.SUPPORT).post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")

        assert answer.json["refunded"]["amount"] == "501.60"

    def test_nights_stayed_stay_taken(self, guest, place, freeze, count_rows):
        booking = book(guest, place(cancellation_policy=CancellationPolicy.FLEXIBLE))
        freeze(CHECK_IN_AT + timedelta(hours=20))

        answer = guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")

        assert answer.json["refunded"]["amount"] == "220.00"
        assert count_rows(BookedNight) == 1

    def test_twice_is_refused_and_repeated_is_replayed(self, guest, place):
        booking = book(guest, place())
        url = f"/bookings/{booking['id']}/cancel"

        first, replay, second = (guest.post(url, json={}, key=key) for key in ("one", "one", "two"))

        assert (first.status_code, replay.status_code, replay.json) == (200, 200, first.json)
        assert (second.status_code, second.json["code"]) == (409, "invalid_transition")

    def test_an_unpaid_hold_is_given_up(self, guest, place, count_rows):
        booking = book(guest, place(), payment_token="tok_requires_action")

        answer = guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")

        assert (answer.json["status"], answer.json["payment"]["status"]) == ("canceled", "canceled")
        assert count_rows(BookedNight) == 0


class TestRequests:
    @pytest.fixture
    def request_(self, guest, place):
        return book(guest, place(instant_book=False))

    def test_they_wait_for_the_host_with_the_money_authorised(self, host, request_):
        assert (request_["status"], request_["pending_on"]) == ("pending", "host")
        assert request_["payment"]["status"] == "authorized"
        assert request_["respond_by"] == "2027-03-21T12:00:00.000000Z"
        assert request_["paid"]["amount"] == "0.00"
        assert host.get(f"/bookings/{request_['id']}").json["actions"] == ["accept", "decline"]

    def test_accepting_captures_and_confirms(self, host, request_):
        answer = host.post(f"/bookings/{request_['id']}/accept", key="accept")

        assert (answer.status_code, answer.json["status"]) == (200, "confirmed"), answer.json
        assert answer.json["payment"]["status"] == "captured"
        assert answer.json["status_history"][-1]["by"] == "host"

    def test_declining_frees_nights_and_money(self, host, request_, count_rows):
        answer = host.post(f"/bookings/{request_['id']}/decline", json={"reason": "Away"}, key="decline")

        assert (answer.json["status"], answer.json["payment"]["status"]) == ("declined", "canceled")
        assert count_rows(BookedNight) == 0

    def test_only_the_host_answers(self, guest, make_client, request_):
        assert guest.post(f"/bookings/{request_['id']}/accept", key="accept").status_code == 403
        assert make_client(Role.HOST).post(f"/bookings/{request_['id']}/accept", key="accept").status_code == 404

    def test_they_lapse_after_a_day(self, guest, request_, freeze, count_rows):
        freeze(NOW + timedelta(hours=24))
        assert timers.expire_lapsed(NOW + timedelta(hours=24)) == 0
        freeze(NOW + timedelta(hours=24, seconds=1))

        assert timers.expire_lapsed(NOW + timedelta(hours=24, seconds=1)) == 1
        body = guest.get(f"/bookings/{request_['id']}").json
        assert (body["status"], body["payment"]["status"]) == ("expired", "canceled")
        assert count_rows(BookedNight) == 0
        assert timers.expire_lapsed(NOW + timedelta(hours=25)) == 0

    def test_a_failed_capture_asks_the_guest_again(self, guest, host, place):
        booking = book(guest, place(instant_book=False), payment_token="tok_capture_fails")

        answer = host.post(f"/bookings/{booking['id']}/accept", key="accept")

        assert (answer.json["status"], answer.json["pending_on"]) == ("pending", "payment")
        assert answer.json["hold_expires_at"] == "2027-03-21T12:00:00.000000Z"
        assert guest.get(f"/bookings/{booking['id']}").json["actions"] == ["pay", "cancel"]


class TestTime:
    def test_an_unpaid_hold_expires(self, guest, place, freeze, count_rows):
        booking = book(guest, place(), payment_token="tok_declined")
        assert timers.expire_lapsed(NOW + timedelta(minutes=15)) == 0

        assert timers.expire_lapsed(NOW + timedelta(minutes=15, seconds=1)) == 1

        assert guest.get(f"/bookings/{booking['code']}").json["status"] == "expired"
        assert count_rows(BookedNight) == 0

    def test_a_stay_completes_at_check_out_in_the_listings_zone(self, guest, place, freeze):
        booking = book(guest, place())
        check_out = datetime(2027, 4, 9, 10, tzinfo=UTC)  # 11:00 in Lisbon

        assert timers.complete_finished(check_out - timedelta(seconds=1)) == 0
        assert timers.complete_finished(check_out) == 1
        assert timers.complete_finished(check_out) == 0

        freeze(check_out)
        body = guest.get(f"/bookings/{booking['id']}").json
        assert (body["status"], body["phase"], body["actions"]) == ("completed", "past", ["review"])
        (item,) = items()
        assert (item.amount_minor, item.due_at) == (42_680, check_out + timedelta(hours=24))

    def test_a_lost_answer_is_found_by_asking_the_provider(self, guest, place, freeze):
        booking = book(guest, place(), payment_token="tok_timeout")
        assert (booking["status"], booking["payment"]["status"]) == ("pending", "processing")
        assert "pay" not in booking["actions"]
        assert timers.resolve_unsettled(NOW) == 0
        freeze(NOW + timedelta(minutes=1))

        assert timers.resolve_unsettled(NOW + timedelta(minutes=1)) == 1

        assert guest.get(f"/bookings/{booking['id']}").json["status"] == "confirmed"

    def test_money_that_arrives_late_makes_an_expired_booking_good(self, guest, place, freeze):
        booking = book(guest, place(), payment_token="tok_timeout")
        freeze(NOW + timedelta(hours=1))
        assert timers.expire_lapsed(NOW + timedelta(hours=1)) == 1

        timers.resolve_unsettled(NOW + timedelta(hours=1))

        body = guest.get(f"/bookings/{booking['id']}").json
        assert (body["status"], body["payment"]["status"]) == ("confirmed", "captured")

    def test_money_that_arrives_too_late_goes_back(self, guest, make_client, place, freeze, count_rows):
        listing = place()
        late = book(guest, listing, payment_token="tok_timeout")
        freeze(NOW + timedelta(hours=1))
        timers.expire_lapsed(NOW + timedelta(hours=1))
        book(make_client(), listing)

        timers.resolve_unsettled(NOW + timedelta(hours=1))

        body = guest.get(f"/bookings/{late['id']}").json
        assert (body["status"], body["payment"]["status"]) == ("expired", "canceled")
        assert count_rows(BookedNight) == 4

    def test_money_for_a_canceled_booking_goes_back(self, guest, place, freeze):
        booking = book(guest, place(), payment_token="tok_timeout")
        guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")
        freeze(NOW + timedelta(minutes=2))

        timers.resolve_unsettled(NOW + timedelta(minutes=2))

        body = guest.get(f"/bookings/{booking['id']}").json
        assert (body["status"], body["payment"]["status"]) == ("canceled", "canceled")


@pytest.mark.usefixtures("own_sandbox")
class TestRehearsal:
    def test_money_taken_for_a_canceled_booking_is_refunded_in_full(self, guest, place, own_sandbox, freeze):
        booking = book(guest, place(), payment_token="tok_timeout")
        guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")
        there = own_sandbox.find_payment(booking["payment"]["id"], since=NOW)
        own_sandbox.capture(there.provider_ref, there.amount_minor, "taken by the provider itself", currency="EUR")
        freeze(NOW + timedelta(minutes=2))

        timers.resolve_unsettled(NOW + timedelta(minutes=2))

        body = guest.get(f"/bookings/{booking['id']}").json
        assert (body["status"], body["payment"]["status"]) == ("canceled", "refunded")
        assert body["paid"] == body["refunded"] == body["total"]

    def test_the_payer_says_yes_by_webhook(self, guest, place, run_outbox):
        booking = book(guest, place(), payment_token="tok_requires_action")

        event = {"type": "payment.authorized", "duplicate": True}
        answer = guest.post(f"/sandbox/payments/{booking['payment']['id']}/events", json=event)
        run_outbox()

        assert answer.status_code == 200, answer.json
        assert guest.get(f"/bookings/{booking['id']}").json["status"] == "confirmed"

    def test_the_payer_says_no_on_the_page(self, guest, client, place, run_outbox):
        booking = book(guest, place(), payment_token="tok_requires_action", return_url="http://frontend.test/done")
        page = booking["payment"]["approval_url"].removeprefix("http://localhost")
        assert client.get(page).status_code == 200

        answer = client.post(f"{page}/no")
        run_outbox()

        assert (answer.status_code, answer.headers["Location"]) == (303, "http://frontend.test/done")
        assert guest.get(f"/bookings/{booking['id']}").json["payment"]["status"] == "failed"
        assert client.get("/sandbox/approve/nothing").status_code == 404
        assert client.post("/sandbox/approve/nothing/yes").status_code == 404

    def test_a_webhook_that_never_comes_is_made_up_for_before_the_hold_ends(self, guest, place, own_sandbox, freeze):
        booking = book(guest, place(), payment_token="tok_requires_action")
        own_sandbox.complete_action(booking["payment"]["approval_url"].rpartition("/")[2], ok=True)
        late = NOW + timedelta(minutes=16)
        freeze(late)

        assert timers.expire_lapsed(late) == 0

        assert guest.get(f"/bookings/{booking['id']}").json["status"] == "confirmed"

    def test_coming_back_asks_the_provider(self, guest, client, place, host):
        booking = book(guest, place(), payment_token="tok_requires_action")
        page = booking["payment"]["approval_url"].removeprefix("http://localhost")
        client.post(f"{page}/yes")
        url = f"/payments/{booking['payment']['id']}/sync"

        assert host.post(url).status_code == 404
        assert [guest.post(url).json["status"] for _ in range(2)] == ["captured", "captured"]
        assert guest.get(f"/bookings/{booking['id']}").json["status"] == "confirmed"

    def test_a_bookings_timers_can_be_run_ahead(self, guest, make_client, place):
        unpaid = book(guest, place(), payment_token="tok_declined")
        paid = book(guest, place(), "two")

        def advance(booking, to, via=guest):
            return via.post(f"/sandbox/bookings/{booking['id']}/advance", json={"to": to})

        assert advance(unpaid, "expiry").json["status"] == "expired"
        assert advance(paid, "check_in").json["status"] == "confirmed"
        assert advance(paid, "check_out").json["status"] == "completed"
        assert advance(paid, "expiry", via=make_client()).status_code == 404


def test_payments_are_shown_to_their_payer(guest, host, make_client, place, freeze):
    booking = book(guest, place(cancellation_policy=CancellationPolicy.MODERATE))
    freeze(CHECK_IN_AT - timedelta(days=2))
    guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")
    url = f"/payments/{booking['payment']['id']}"

    body = guest.get(url).json
    assert (body["status"], body["captured"]["amount"]) == ("partially_refunded", "501.60")
    assert [(refund["status"], refund["amount"]["amount"]) for refund in body["refunds"]] == [("succeeded", "165.00")]
    assert guest.get("/payments").json["data"] == [body]
    assert host.get(url).status_code == 404
    assert make_client(Role.FINANCE).get(url).status_code == 200
    assert date.fromisoformat(body["created_at"][:10]) == NOW.date()


def test_every_attempt_is_kept(guest, place, count_rows):
    booking = book(guest, place(), payment_token="tok_declined")
    pay = {"payment_method": "sandbox", "payment_token": "tok_requires_action"}
    guest.post(f"/bookings/{booking['id']}/pay", json=pay, key="two")
    guest.post(f"/bookings/{booking['id']}/pay", json={**pay, "payment_token": "tok_ok"}, key="three")

    with reading() as session:
        statuses = [row.status.value for row in session.query(Payment).order_by(Payment.attempt)]
    assert statuses == ["failed", "canceled", "captured"]
