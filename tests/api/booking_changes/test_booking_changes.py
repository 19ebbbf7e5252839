"""Other dates and guests for an agreed stay: asked, answered, paid, swapped; and untouched by whatever fails."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.kinds import Role
from airbnb.models.bookings import BookingLine
from airbnb.models.payments import Payment, Refund
from airbnb.unit_of_work import reading
from airbnb.workflows import timers
from tests.api.changing import CARD, CHECK_IN_AT, LONGER, MOVED, SHORTER, answer, ask, nights, shown, the_same


class TestPaidByTheGuest:
    def test_a_longer_stay_is_authorised_when_asked_and_swapped_when_accepted(self, guest, host, stay, count_rows):
        booking = stay()

        asked = ask(guest, booking, **CARD)

        assert asked.status_code == 201, asked.json
        assert asked.headers["Location"] == f"/api/v1/bookings/{booking['id']}/changes/{asked.json['id']}"
        change = asked.json
        assert (change["status"], change["waits_for"], change["asked_by"]) == ("pending", "host", "guest")
        # 500.00 and 40.00, 14 % on it: 615.60.
        assert (change["total"]["amount"], change["difference"]["amount"]) == ("615.60", "114.00")
        assert (change["payment"]["status"], change["payment"]["amount"]["amount"]) == ("authorized", "114.00")
        assert change["expires_at"] == "2027-03-21T12:00:00.000000Z"
        assert "host_payout" not in change
        before = shown(guest, booking)
        assert the_same(booking, before)
        assert before["change"]["id"] == change["id"]
        assert before["payment"]["status"] == "captured"
        assert before["actions"] == ["cancel", "withdraw_change"]
        assert shown(host, booking)["actions"] == ["cancel", "accept_change", "decline_change"]
        assert nights() == [(5, "b"), (6, "b"), (7, "b"), (8, "b")]

        accepted = answer(host, change, "accept")

        assert (accepted.status_code, accepted.json["status"]) == (200, "accepted"), accepted.json
        assert (accepted.json["host_payout"]["amount"], accepted.json["payment"]["status"]) == ("523.80", "captured")
        after = shown(guest, booking)
        assert (after["check_out"], after["total"]["amount"], after["paid"]["amount"]) == (
            "2027-04-10",
            "615.60",
            "615.60",
        )
        assert after["cancellation"]["schedule"][0]["refund"]["amount"] == "615.60"
        assert after["check_out_at"] == "2027-04-10T10:00:00.000000Z"
        assert [one["reason"] for one in after["status_history"]][-1] == "changed"
        assert "change" not in after
        assert "request_change" in after["actions"]
        assert nights() == [(5, "b"), (6, "b"), (7, "b"), (8, "b"), (9, "b")]
        assert shown(host, booking)["host_payout"]["amount"] == "523.80"
        with reading() as session:
            lines = session.query(BookingLine).filter_by(booking_id=int(booking["id"])).all()
        assert sum(line.amount_minor for line in lines) == 61_560

    def test_a_difference_without_a_card_is_paid_after_the_host_agreed(self, guest, host, stay):
        booking = stay()
        change = ask(guest, booking).json
        assert change["payment"] is None
        assert shown(guest, booking)["actions"] == ["pay", "cancel", "withdraw_change"]

        agreed = answer(host, change, "accept").json

        assert (agreed["status"], agreed["waits_for"]) == ("pending", "payment")
        assert the_same(booking, shown(guest, booking))
        assert shown(host, booking)["actions"] == ["cancel"]

        paid = guest.post(f"/bookings/{booking['id']}/pay", json=CARD, key="pay")

        assert (paid.status_code, paid.json["check_out"], paid.json["paid"]["amount"]) == (200, "2027-04-10", "615.60")
        assert "change" not in paid.json

    def test_a_difference_paid_before_the_answer_waits_for_the_host(self, guest, host, stay):
        booking = stay()
        change = ask(guest, booking, **{**CARD, "payment_token": "tok_declined"}).json
        assert (change["status"], change["payment"]["status"]) == ("pending", "failed")

        paid = guest.post(f"/bookings/{booking['id']}/pay", json=CARD, key="pay").json

        assert (paid["change"]["payment"]["status"], paid["check_out"]) == ("authorized", "2027-04-09")
        assert "pay" not in paid["actions"]
        assert answer(host, change, "accept").json["status"] == "accepted"

    def test_a_failed_capture_leaves_the_stay_and_lets_the_guest_pay_again(self, guest, host, stay):
        booking = stay()
        change = ask(guest, booking, **{**CARD, "payment_token": "tok_capture_fails"}).json

        agreed = answer(host, change, "accept")

        assert (agreed.status_code, agreed.json["status"], agreed.json["waits_for"]) == (200, "pending", "payment")
        assert agreed.json["payment"]["status"] == "failed"
        assert the_same(booking, shown(guest, booking))
        assert nights() == [(5, "b"), (6, "b"), (7, "b"), (8, "b")]

        guest.post(f"/bookings/{booking['id']}/pay", json=CARD, key="pay")

        assert shown(guest, booking)["check_out"] == "2027-04-10"

    def test_attempts_are_counted_per_change(self, guest, stay):
        booking = stay()
        bad = {**CARD, "payment_token": "tok_declined"}
        ask(guest, booking, **bad)
        url = f"/bookings/{booking['id']}/pay"
        for attempt in range(4):
            assert guest.post(url, json=bad, key=f"pay-{attempt}").status_code == 200

        refused = guest.post(url, json=CARD, key="pay-more")

        assert (refused.status_code, refused.json["code"]) == (409, "too_many_attempts")

    def test_a_confirmation_page_ends_in_the_swap(self, guest, host, stay, own_sandbox):
        booking = stay()
        change = ask(guest, booking, **{**CARD, "payment_token": "tok_requires_action"}).json
        assert change["payment"]["status"] == "requires_action"
        assert "approval_url" not in shown(host, booking)["change"]["payment"]
        answer(host, change, "accept")
        with reading() as session:
            (payment,) = session.query(Payment).filter_by(change_id=int(change["id"])).all()

        own_sandbox.complete_action(payment.provider_ref, ok=True)
        guest.post(f"/payments/{payment.id}/sync")

        assert shown(guest, booking)["check_out"] == "2027-04-10"


class TestAskedByTheHost:
    def test_what_costs_the_guest_more_needs_their_yes_and_their_payment(self, guest, host, stay):
        booking = stay()
        change = ask(host, booking).json
        assert (change["waits_for"], change["host_payout"]["amount"]) == ("guest", "523.80")
        assert shown(guest, booking)["actions"] == ["cancel", "accept_change", "decline_change"]

        agreed = answer(guest, change, "accept").json

        assert (agreed["status"], agreed["waits_for"]) == ("pending", "payment")
        assert the_same(booking, shown(guest, booking))
        assert shown(guest, booking)["actions"] == ["pay", "cancel", "decline_change"]
        paid = guest.post(f"/bookings/{booking['id']}/pay", json=CARD, key="pay").json
        assert (paid["check_out"], paid["total"]["amount"]) == ("2027-04-10", "615.60")

    def test_what_costs_less_is_swapped_at_once_and_the_difference_goes_back(self, guest, host, stay, count_rows):
        booking = stay()

        change = ask(host, booking, SHORTER).json
        accepted = answer(guest, change, "accept").json

        # 300.00 and 40.00, 14 % on it: 387.60.
        assert (accepted["status"], accepted["difference"]["amount"]) == ("accepted", "-114.00")
        after = shown(host, booking)
        assert (after["total"]["amount"], after["refunded"]["amount"]) == ("387.60", "114.00")
        assert after["host_payout"]["amount"] == "329.80"
        assert after["payment"]["status"] == "partially_refunded"
        with reading() as session:
            (refund,) = session.query(Refund).all()
        assert (refund.reason, refund.status.value) == ("changed", "succeeded")
        assert sum(line["amount_minor"] for line in refund.lines) == 11_400
        assert nights() == [(5, "b"), (6, "b"), (7, "b")]

    def test_a_host_does_not_pay(self, host, stay):
        refused = ask(host, stay(), **CARD)

        assert (refused.status_code, refused.json["code"]) == (422, "validation_failed")
        assert list(refused.json["errors"]) == ["payment_method"]


class TestTheSwap:
    def test_kept_nights_keep_their_price_and_new_ones_cost_todays(self, guest, host, stay, place, make_listing):
        listing = place()
        booking = stay(listing)
        host.patch(f"/listings/{listing.id}", json={"nightly_price": {"amount": "150.00", "currency": "EUR"}})

        preview = guest.post(f"/bookings/{booking['id']}/changes/preview", json=MOVED)

        assert preview.status_code == 200, preview.json
        assert [(one["night"][-2:], one["price"]["amount"], one["kept"]) for one in preview.json["nights"]] == [
            ("07", "100.00", True),
            ("08", "100.00", True),
            ("09", "150.00", False),
            ("10", "150.00", False),
        ]
        assert preview.json["difference"]["amount"] == "114.00"
        assert preview.json["before"]["total"]["amount"] == "501.60"

    def test_left_nights_are_free_for_others_and_for_search(self, guest, host, make_client, stay, place):
        listing = place(preparation_days=1)
        booking = stay(listing)
        assert nights()[-1] == (9, "p")

        answer(host, ask(guest, booking, MOVED).json, "accept")

        assert nights() == [(7, "b"), (8, "b"), (9, "b"), (10, "b"), (11, "p")]
        found = guest.get(f"/listings/{listing.id}/quote?check_in=2027-04-05&check_out=2027-04-06&adults=1")
        assert found.status_code == 200, found.json
        hits = guest.get("/listings?check_in=2027-04-04&check_out=2027-04-06&adults=1").json["data"]
        assert [hit["id"] for hit in hits] == [str(listing.id)]

    def test_only_the_guests_change(self, guest, host, stay, place):
        listing = place(extra_guest_after=2, extra_guest_fee_minor=1_000)
        booking = stay(listing)

        change = ask(guest, booking, {**SHORTER, "check_out": "2027-04-09", "guests": {"adults": 3}}, **CARD).json
        accepted = answer(host, change, "accept").json

        # 4 nights of 10.00 for one more, and 14 % on it.
        assert (accepted["status"], accepted["difference"]["amount"]) == ("accepted", "45.60")
        assert shown(guest, booking)["guests"]["adults"] == 3

    def test_the_guest_of_a_stay_that_has_begun_adds_a_night(self, guest, host, stay, freeze):
        booking = stay()
        freeze(CHECK_IN_AT + timedelta(days=1, hours=1))

        change = ask(guest, booking, **CARD).json
        assert change["expires_at"] == "2027-04-07T15:00:00.000000Z"
        answer(host, change, "accept")

        assert shown(guest, booking)["check_out"] == "2027-04-10"

    def test_it_completes_by_its_new_dates_and_pays_the_new_amount(self, guest, host, stay, freeze):
        booking = stay()
        answer(host, ask(guest, booking, **CARD).json, "accept")

        assert timers.complete_finished(datetime(2027, 4, 9, 12, tzinfo=UTC)) == 0
        assert timers.complete_finished(datetime(2027, 4, 10, 12, tzinfo=UTC)) == 1

        earnings = host.get("/users/me/earnings").json
        assert "523.80" in str(earnings)

    def test_two_changes_add_up_and_a_cancellation_goes_back_to_both_payments(self, guest, host, stay, count_rows):
        booking = stay()
        answer(host, ask(guest, booking, key="a", **CARD).json, "accept", key="a")
        answer(
            host, ask(guest, booking, {**LONGER, "check_out": "2027-04-11"}, key="b", **CARD).json, "accept", key="b"
        )

        canceled = guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel").json

        assert (canceled["paid"]["amount"], canceled["refunded"]["amount"]) == ("729.60", "729.60")
        assert count_rows(Refund) == 3
        assert nights() == []
        with reading() as session:
            told = [line for refund in session.query(Refund).all() for line in refund.lines]
        assert sum(line["amount_minor"] for line in told) == 72_960


class TestWhatCancellingGivesBack:
    def test_moving_a_stay_away_does_not_bring_back_what_was_lost(self, guest, host, stay, place, freeze):
        booking = stay(place(cancellation_policy=CancellationPolicy.MODERATE))
        freeze(CHECK_IN_AT - timedelta(days=2))
        assert guest.get(f"/bookings/{booking['id']}/cancellation").json["refund"]["amount"] == "165.00"

        answer(host, ask(guest, booking, {**MOVED, "check_in": "2027-06-07", "check_out": "2027-06-11"}).json, "accept")

        after = guest.get(f"/bookings/{booking['id']}/cancellation").json
        assert after["refund"]["amount"] == "165.00"
        assert after["schedule"][0]["refund"]["amount"] == "165.00"
        canceled = guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel").json
        assert canceled["refunded"]["amount"] == "165.00"

    @pytest.mark.usefixtures("trusted_staff")
    def test_host_and_staff_give_everything_back_all_the_same(self, guest, host, make_client, stay, place, freeze):
        booking = stay(place(cancellation_policy=CancellationPolicy.STRICT))
        freeze(CHECK_IN_AT - timedelta(days=2))
        answer(host, ask(guest, booking, {**MOVED, "check_in": "2027-06-07", "check_out": "2027-06-11"}).json, "accept")
        assert guest.get(f"/bookings/{booking['id']}/cancellation").json["refund"]["amount"] == "0.00"

        canceled = make_client(Role.SUPPORT).post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel").json

        assert canceled["refunded"]["amount"] == "501.60"

    def test_a_stay_that_becomes_long_keeps_its_policy(self, guest, host, stay):
        booking = stay()

        answer(host, ask(guest, booking, {**LONGER, "check_out": "2027-05-10"}, **CARD).json, "accept")

        assert shown(guest, booking)["cancellation"]["policy"] == "moderate"


@pytest.mark.parametrize("is_late", [False, True])
def test_advancing_to_check_in_lets_only_a_change_lapse_that_ends_before_it(guest, stay, freeze, is_late):
    booking = stay()
    if is_late:
        freeze(CHECK_IN_AT + timedelta(hours=1))
    asked = ask(guest, booking, LONGER, **CARD).json

    assert guest.post(f"/sandbox/bookings/{booking['id']}/advance", json={"to": "check_in"}).status_code == 200

    change = guest.get(f"/bookings/{booking['id']}/changes/{asked['id']}").json
    assert change["status"] == ("pending" if is_late else "expired")
    assert change["payment"]["status"] == ("authorized" if is_late else "canceled")
    assert shown(guest, booking)["status"] == "confirmed"


def test_a_host_who_changes_the_discount_of_long_stays_changes_no_agreed_stay(guest, host, place, stay):
    listing = place(weekly_discount_percent=10)
    booking = stay(listing)
    url = f"/listings/{listing.id}"
    patched = host.patch(url, json={"weekly_discount_percent": 30}, headers={"If-Match": host.get(url).headers["ETag"]})
    assert patched.status_code == 200, patched.json

    week = {"check_in": "2027-04-05", "check_out": "2027-04-12", "guests": {"adults": 2}}
    previewed = guest.post(f"/bookings/{booking['id']}/changes/preview", json=week)

    # Seven nights at 90.00 and 40.00, 14 % on it.
    assert previewed.json["total"]["amount"] == "763.80", previewed.json
