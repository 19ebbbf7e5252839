"""A change that fails, in whatever way, leaves the agreed stay as it was; and what may not be asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.kinds import Role
from airbnb.models.booking_changes import BookingChange
from airbnb.models.notifications import Notification
from airbnb.models.payments import Payment
from airbnb.unit_of_work import reading
from airbnb.workflows import timers
from tests.api.changing import CARD, CHECK_IN_AT, LONGER, MOVED, NOW, SHORTER, answer, ask, shown, the_same


class TestUntouched:
    @pytest.mark.parametrize("who, verb", [("host", "decline"), ("guest", "withdraw")])
    def test_a_no_gives_the_authorisation_back(self, request, guest, stay, who, verb):
        booking = stay()
        change = ask(guest, booking, **CARD).json

        ended = answer(request.getfixturevalue(who), change, verb)

        status = {"decline": "declined", "withdraw": "withdrawn"}[verb]
        assert (ended.status_code, ended.json["status"]) == (200, status)
        assert ended.json["payment"]["status"] == "canceled"
        assert the_same(booking, shown(guest, booking))
        assert "request_change" in shown(guest, booking)["actions"]

    def test_time_gives_the_authorisation_back(self, guest, host, stay, freeze):
        booking = stay()
        change = ask(guest, booking, **CARD).json
        end = NOW + timedelta(hours=24)

        assert timers.expire_changes(end) == 0
        assert timers.expire_changes(end + timedelta(seconds=1)) == 1
        assert timers.expire_changes(end + timedelta(seconds=1)) == 0

        (listed,) = guest.get(f"/bookings/{booking['id']}/changes").json["data"]
        assert (listed["status"], listed["payment"]["status"]) == ("expired", "canceled")
        assert the_same(booking, shown(guest, booking))
        assert answer(host, change, "accept").json["code"] == "invalid_transition"

    def test_the_other_side_cannot_accept_too_late(self, guest, host, stay, freeze):
        change = ask(guest, stay()).json
        freeze(NOW + timedelta(hours=24, seconds=1))

        refused = answer(host, change, "accept")

        assert (refused.status_code, refused.json["code"]) == (409, "invalid_transition")

    def test_money_that_comes_after_the_end_is_given_back(self, guest, stay, own_sandbox, count_rows):
        booking = stay()
        change = ask(guest, booking, **{**CARD, "payment_token": "tok_requires_action"}).json
        answer(guest, change, "withdraw")
        with reading() as session:
            (payment,) = session.query(Payment).filter_by(change_id=int(change["id"])).all()

        guest.post(f"/sandbox/payments/{payment.id}/events", json={"type": "payment.captured"})
        guest.post(f"/payments/{payment.id}/sync")

        assert guest.get(f"/payments/{payment.id}").json["status"] in ("canceled", "refunded")
        assert the_same(booking, shown(guest, booking))

    def test_nights_that_somebody_else_took_are_refused_with_alternatives(self, guest, host, make_client, stay, place):
        listing = place()
        booking = stay(listing)
        change = ask(guest, booking, **CARD).json
        stay(listing, make_client(), "other", check_in="2027-04-09", check_out="2027-04-12")

        refused = answer(host, change, "accept")
        again = ask(guest, stay(listing, guest, "third", check_in="2027-04-20", check_out="2027-04-22"), MOVED)

        assert (refused.status_code, refused.json["code"]) == (409, "dates_unavailable")
        assert refused.json["first_taken_night"] == "2027-04-09"
        assert refused.json["alternatives"]
        assert again.json["code"] == "dates_unavailable", again.text
        assert the_same(booking, shown(guest, booking))
        assert shown(guest, booking)["change"]["payment"]["status"] == "authorized"

    def test_nights_lost_while_paying_end_the_change_and_the_money_goes_back(
        self, guest, host, make_client, stay, place, count_rows
    ):
        listing = place()
        booking = stay(listing)
        change = ask(guest, booking).json
        answer(host, change, "accept")
        stay(listing, make_client(), "other", check_in="2027-04-09", check_out="2027-04-12")

        paid = guest.post(f"/bookings/{booking['id']}/pay", json=CARD, key="pay")

        assert paid.status_code == 200
        assert the_same(booking, paid.json)
        (listed,) = guest.get(f"/bookings/{booking['id']}/changes").json["data"]
        assert (listed["status"], listed["end_reason"]) == ("closed", "dates_unavailable")
        assert listed["payment"]["status"] == "refunded"

    def test_a_cancellation_closes_the_change_and_gives_its_authorisation_back(self, guest, stay):
        booking = stay()
        ask(guest, booking, **CARD)

        guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")
        timers.resolve_unsettled(NOW + timedelta(minutes=5))

        (listed,) = guest.get(f"/bookings/{booking['id']}/changes").json["data"]
        assert (listed["status"], listed["end_reason"], listed["payment"]["status"]) == (
            "closed",
            "canceled",
            "canceled",
        )
        assert shown(guest, booking)["actions"] == []

    def test_the_end_of_the_stay_closes_the_change(self, guest, stay, freeze):
        booking = stay()
        freeze(datetime(2027, 4, 8, 12, tzinfo=UTC))
        ask(guest, booking, **CARD)

        timers.complete_finished(datetime(2027, 4, 9, 11, tzinfo=UTC))
        timers.resolve_unsettled(datetime(2027, 4, 9, 12, tzinfo=UTC))

        (listed,) = guest.get(f"/bookings/{booking['id']}/changes").json["data"]
        assert (listed["status"], listed["end_reason"], listed["payment"]["status"]) == (
            "closed",
            "completed",
            "canceled",
        )


class TestRefusals:
    def test_one_change_at_a_time(self, guest, host, stay, count_rows):
        booking = stay()
        ask(guest, booking)

        refused = [ask(guest, booking), ask(host, booking, SHORTER)]

        assert [(one.status_code, one.json["code"]) for one in refused] == [(409, "change_open")] * 2
        assert count_rows(BookingChange) == 1

    @pytest.mark.parametrize(
        "columns, wish, code",
        [
            ({}, {**SHORTER, "check_out": "2027-04-09"}, "validation_failed"),
            ({"min_nights": 4}, SHORTER, "min_nights"),
            ({"max_nights": 4}, LONGER, "max_nights"),
            ({"booking_window_days": 20}, LONGER, "outside_booking_window"),
            ({}, {**LONGER, "guests": {"adults": 9}}, "too_many_guests"),
            ({}, {**LONGER, "guests": {"adults": 2, "pets": 1}}, "pets_not_allowed"),
            ({"check_out_weekdays": 1 << 4}, LONGER, "check_out_weekday"),
            ({"check_in_weekdays": 1}, MOVED, "check_in_weekday"),
            ({"advance_notice_days": 16}, {**LONGER, "check_in": "2027-04-04"}, "advance_notice"),
            ({}, {**LONGER, "check_in": "2027-03-19"}, "validation_failed"),
            ({}, {**LONGER, "check_out": "2027-04-05"}, "validation_failed"),
        ],
    )
    def test_what_changes_keeps_the_rules(self, guest, place, stay, columns, wish, code):
        booking = stay(place(**columns))

        refused = ask(guest, booking, wish)
        previewed = guest.post(f"/bookings/{booking['id']}/changes/preview", json=wish)

        assert (refused.json["code"], previewed.json["code"]) == (code, code)

    def test_what_stays_is_not_held_to_rules_made_later(self, guest, host, place, stay):
        listing = place()
        booking = stay(listing)
        host.patch(f"/listings/{listing.id}", json={"min_nights": 10, "check_in_weekdays": [5], "max_guests": 1})

        change = ask(guest, booking)

        assert change.status_code == 201, change.json

    def test_nights_that_have_begun_stay(self, guest, stay, freeze):
        booking = stay()
        freeze(CHECK_IN_AT + timedelta(days=1, hours=1))

        later = ask(guest, booking, MOVED)
        gone = ask(guest, booking, {**LONGER, "check_out": "2027-04-06"})

        assert list(later.json["errors"]) == ["check_in"]
        assert list(gone.json["errors"]) == ["check_out"]

    def test_a_request_cannot_be_changed_before_it_is_agreed(self, guest, place, stay):
        booking = stay(place(instant_book=False))

        assert ask(guest, booking).json["code"] == "invalid_transition"

    @pytest.mark.parametrize("verb", ["accept", "decline"])
    def test_nobody_answers_themselves(self, guest, stay, verb):
        change = ask(guest, stay()).json

        assert answer(guest, change, verb).json["code"] == "invalid_transition"

    def test_strangers_see_nothing(self, make_client, guest, stay):
        booking = stay()
        change = ask(guest, booking).json
        other = make_client()

        assert ask(other, booking).status_code == 404
        assert answer(other, change, "accept").status_code == 404
        assert other.get(f"/bookings/{booking['id']}/changes").status_code == 404

    def test_a_change_of_another_booking_is_not_found(self, guest, host, stay, place):
        first, second = stay(), stay(place(), key="second")
        change = ask(guest, first).json

        assert answer(host, {**change, "booking_id": second["id"]}, "accept").status_code == 404

    def test_accepting_needs_a_key_and_is_replayed_by_it(self, guest, host, stay):
        change = ask(guest, stay(), key="same", **CARD)
        again = ask(guest, {"id": change.json["booking_id"]}, key="same", **CARD)

        without = answer(host, change.json, "accept", key=None)
        first, replay = (answer(host, change.json, "accept", key="yes") for _ in range(2))

        assert again.json == change.json
        assert without.json["code"] == "idempotency_key_required"
        assert (first.status_code, replay.json) == (200, first.json)
        assert replay.headers["Idempotent-Replayed"] == "true"


class TestLists:
    def test_every_change_is_kept_with_what_stood_before(self, guest, host, stay, count_statements):
        booking = stay()
        for number, wish in enumerate((LONGER, SHORTER, MOVED)):
            change = ask(guest, booking, wish, key=f"ask-{number}").json
            answer(guest, change, "withdraw", key=f"no-{number}")

        counts = []
        for limit in (1, 3):
            count_statements.clear()
            listed = guest.get(f"/bookings/{booking['id']}/changes?limit={limit}").json
            counts.append(len(count_statements))

        assert counts[0] == counts[1]
        assert {one["before"]["check_out"] for one in listed["data"]} == {"2027-04-09"}
        assert len(listed["data"]) == 3
        first = guest.get(f"/bookings/{booking['id']}/changes?limit=2").json
        rest = guest.get(f"/bookings/{booking['id']}/changes?limit=2&cursor={first['page']['next_cursor']}").json
        assert len({one["id"] for one in (*first["data"], *rest["data"])}) == 3

    def test_staff_look_and_do_not_answer(self, guest, make_client, stay):
        change = ask(guest, stay()).json
        support = make_client(Role.SUPPORT)

        assert support.get(f"/bookings/{change['booking_id']}/changes/{change['id']}").json["id"] == change["id"]
        assert answer(support, change, "accept").status_code == 403


def test_both_sides_are_told(guest, host, stay, run_outbox, mailer):
    booking = stay()
    run_outbox()
    mailer.sent.clear()

    change = ask(guest, booking).json
    run_outbox()
    assert [mail.to for mail in mailer.sent] == [host.user.email]
    mailer.sent.clear()

    answer(host, change, "accept")
    run_outbox()
    assert [mail.to for mail in mailer.sent] == [guest.user.email]
    assert "€114.00" in mailer.sent[0].text
    mailer.sent.clear()

    guest.post(f"/bookings/{booking['id']}/pay", json=CARD, key="pay")
    run_outbox()
    assert sorted(mail.subject for mail in mailer.sent if "hanged" in mail.subject)
    with reading() as session:
        kinds = {one.kind for one in session.query(Notification).all()}
    assert {"change_requested", "change_answered", "booking_changed"} <= kinds
