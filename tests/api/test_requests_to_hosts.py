"""Requests up to their end: how long a host has, what withdrawing does, and a capture that fails at the host's yes.

Source: docs/rules/booking-life.md.
"""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.integrations.payments import sandbox_rules
from airbnb.models.calendar import BookedNight
from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.unit_of_work import reading
from airbnb.workflows import timers

CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)  # 15:00 in Lisbon
DAYS_BEFORE = CHECK_IN_AT - timedelta(days=3)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(DAYS_BEFORE)


@pytest.fixture(autouse=True)
def _audit(app, own_sandbox):
    yield
    with reading() as session:
        assert find_faults(session) == []
        assert find_night_faults(session) == []


@pytest.fixture
def request_at(guest, host, make_listing, freeze):
    """Ask for a stay at an instant, with a card that is good unless told otherwise."""

    def ask(moment, *, token="tok_ok", **columns):
        freeze(moment)
        body = {
            "listing_id": str(make_listing(host=host.user, instant_book=False, **columns).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 2},
            "payment_method": "sandbox",
            "payment_token": token,
        }
        answer = guest.post("/bookings", json=body, key="book")
        assert (answer.status_code, answer.json.get("pending_on")) == (201, "host"), answer.json
        return answer.json

    return ask


def text(instant):
    return f"{instant:%Y-%m-%dT%H:%M:%S.%fZ}"


def post(client, booking, verb, key=None, **body):
    return client.post(f"/bookings/{booking['id']}/{verb}", json=body or None, key=key or verb)


def shown(client, booking):
    return client.get(f"/bookings/{booking['id']}").json


@pytest.mark.parametrize(
    "asked_at, lasts, cut_off_hour, until",
    [
        (DAYS_BEFORE, timedelta(days=7), None, DAYS_BEFORE + DAY),
        (DAYS_BEFORE, timedelta(days=7), 9, DAYS_BEFORE + DAY),
        (CHECK_IN_AT - 20 * HOUR, timedelta(days=7), None, CHECK_IN_AT),
        (CHECK_IN_AT - 20 * HOUR, timedelta(days=7), 9, CHECK_IN_AT - 6 * HOUR),  # 9:00 in Lisbon
        (DAYS_BEFORE, 30 * HOUR, None, DAYS_BEFORE + 18 * HOUR),
        (CHECK_IN_AT - 20 * HOUR, 30 * HOUR, None, CHECK_IN_AT - 2 * HOUR),
        (CHECK_IN_AT - 20 * HOUR, 30 * HOUR, 9, CHECK_IN_AT - 6 * HOUR),
    ],
)
def test_a_host_answers_by_the_earliest_of_three_instants(
    guest, host, request_at, freeze, monkeypatch, asked_at, lasts, cut_off_hour, until
):
    monkeypatch.setattr(sandbox_rules, "AUTHORIZATION_LIFETIME", lasts)
    booking = request_at(asked_at, cut_off_hour=cut_off_hour)

    assert booking["respond_by"] == text(until)
    freeze(until + SECOND)
    assert post(host, booking, "accept", "late").status_code == 409
    freeze(until)
    assert (timers.expire_lapsed(until), shown(host, booking)["actions"]) == (0, ["accept", "decline"])
    assert post(host, booking, "accept").json["status"] == "confirmed"


def test_a_request_is_withdrawn_before_its_answer(guest, host, request_at, count_rows):
    booking = request_at(DAYS_BEFORE)

    answer = post(guest, booking, "cancel", reason="Found another place")

    assert (answer.json["status"], answer.json["payment"]["status"]) == ("canceled", "canceled")
    assert answer.json["refunded"]["amount"] == "0.00"
    assert count_rows(BookedNight) == 0
    for verb in ("accept", "decline"):
        late = post(host, booking, verb)
        assert (late.status_code, late.json["code"]) == (409, "invalid_transition")


def test_a_declined_request_is_over(guest, host, request_at):
    booking = request_at(DAYS_BEFORE)

    assert post(host, booking, "decline", reason="Away").json["status"] == "declined"

    body = shown(guest, booking)
    assert (body["actions"], body["payment"]["status"]) == ([], "canceled")
    for client, verb in ((host, "accept"), (guest, "cancel")):
        assert post(client, booking, verb).json["code"] == "invalid_transition"


@pytest.fixture
def fail_capture(host, request_at, freeze):
    """Let a host accept at an instant what can't be captured."""

    def accept(asked_at, accepted_at):
        booking = request_at(asked_at, token="tok_capture_fails")
        freeze(accepted_at)
        answer = post(host, booking, "accept")
        assert answer.status_code == 200, answer.json
        assert (answer.json["status"], answer.json["pending_on"]) == ("pending", "payment")
        assert answer.json["payment"]["status"] == "failed"
        return answer.json

    return accept


NEAR = CHECK_IN_AT - 20 * HOUR


@pytest.mark.parametrize(
    "asked_at, accepted_at, until",
    [
        (DAYS_BEFORE, DAYS_BEFORE + HOUR, DAYS_BEFORE + HOUR + DAY),
        (CHECK_IN_AT - 27 * HOUR, CHECK_IN_AT - 26 * HOUR, CHECK_IN_AT - 2 * HOUR),
        (NEAR, CHECK_IN_AT - 10 * HOUR, CHECK_IN_AT - 2 * HOUR),
    ],
)
def test_a_failed_capture_holds_the_nights_for_the_guest(
    guest, fail_capture, freeze, count_rows, asked_at, accepted_at, until
):
    booking = fail_capture(asked_at, accepted_at)

    assert booking["hold_expires_at"] == text(until)
    assert count_rows(BookedNight) == 4
    assert timers.expire_lapsed(until) == 0
    freeze(until)
    assert shown(guest, booking)["actions"] == ["pay", "cancel"]
    assert timers.expire_lapsed(until + SECOND) == 1
    freeze(until + SECOND)
    assert (shown(guest, booking)["status"], count_rows(BookedNight)) == ("expired", 0)


def test_a_failed_capture_just_before_check_in_ends_at_once(guest, fail_capture, count_rows):
    moment = CHECK_IN_AT - HOUR
    booking = fail_capture(NEAR, moment)

    assert "pay" not in shown(guest, booking)["actions"]
    assert timers.expire_lapsed(moment) == 1
    assert (shown(guest, booking)["status"], count_rows(BookedNight)) == ("expired", 0)


def test_after_a_failed_capture_the_guest_pays_and_the_host_answers_once_more(guest, host, fail_capture, run_outbox):
    moment = DAYS_BEFORE + HOUR
    booking = fail_capture(DAYS_BEFORE, moment)
    run_outbox()
    assert "payment_failed" in [alert["kind"] for alert in guest.get("/notifications").json["data"]]

    paid = post(guest, booking, "pay", payment_method="sandbox", payment_token="tok_ok").json

    assert (paid["pending_on"], paid["payment"]["status"]) == ("host", "authorized")
    assert paid["respond_by"] == text(moment + DAY)
    assert post(host, booking, "accept", "again").json["status"] == "confirmed"


def test_after_a_failed_capture_the_guest_may_leave(guest, fail_capture, count_rows):
    booking = fail_capture(DAYS_BEFORE, DAYS_BEFORE + HOUR)

    assert post(guest, booking, "cancel").json["status"] == "canceled"
    assert count_rows(BookedNight) == 0
