"""What Prometheus reads, and who may read it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete

from airbnb.extensions import current_settings
from airbnb.models.calendar import BookedNight
from airbnb.tasks import bookings, payments
from airbnb.unit_of_work import in_transaction

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
TOKEN = "a-token-for-metrics"


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def read(app, client, monkeypatch):
    monkeypatch.setitem(app.extensions, "airbnb_settings", replace(current_settings(), metrics_token=TOKEN))

    def get():
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.text)
        return {(sample.name, *sample.labels.values()): sample.value for one in families for sample in one.samples}

    return get


@pytest.mark.parametrize("sent", [None, "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer ü"])
def test_without_the_token_there_is_no_such_page(read, client, sent):
    answer = client.get("/metrics", headers={"Authorization": sent} if sent else {})

    assert answer.status_code == 404
    assert "airbnb" not in answer.text


def test_where_no_token_is_set_nobody_gets_in(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_audits_and_forgotten_holds_are_told(read, guest, make_listing, host, make_booking, freeze):
    make_booking(listing=make_listing(host=host.user), guest=guest.user, token="tok_declined", booked_days_before=0)
    payments.audit_ledger()
    in_transaction(lambda session: session.execute(delete(BookedNight)))
    bookings.audit_calendar()
    before = read()
    freeze(NOW + timedelta(minutes=16))

    after = read()

    assert before["airbnb_audit_faults", "ledger"] == 0
    assert before["airbnb_audit_faults", "calendar"] == 2, "the stay, and search"
    assert before["airbnb_audit_run_timestamp_seconds", "calendar"] == NOW.timestamp()
    assert (before["airbnb_holds_overdue",], after["airbnb_holds_overdue",]) == (0, 1)


def test_refused_bookings_are_counted(read, guest, make_listing, host, make_booking):
    listing = make_listing(host=host.user)
    booking = make_booking(listing=listing, guest=guest.user)
    body = {
        "listing_id": str(listing.id),
        "check_in": booking.check_in.isoformat(),
        "check_out": booking.check_out.isoformat(),
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
    }
    before = read().get(("airbnb_booking_conflicts_total", "check"), 0)

    assert guest.post("/bookings", json=body, key="late").status_code == 409

    assert read()["airbnb_booking_conflicts_total", "check"] == before + 1
