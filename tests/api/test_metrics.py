"""What Prometheus reads, and who may read it."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from airbnb.domain.statuses import BookingStatus, OutboxState, PaymentStatus, RefundStatus
from airbnb.domain.topics import Topic
from airbnb.extensions import current_settings, db
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight
from airbnb.models.payments import Payment, Refund
from airbnb.models.platform import OutboxEvent
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


def test_requests_are_counted_by_rule_and_never_by_what_the_caller_made_up(read, client):
    def seen(*labels):
        return read().get(("airbnb_request_seconds_count", *labels), 0)

    route = ("GET", "/api/v1/amenities", "200")
    before, unknown_before = seen(*route), seen("GET", "none", "404")

    client.get("/api/v1/amenities")
    client.get("/api/v1/made-up-by-somebody")

    assert (seen(*route), seen("GET", "none", "404")) == (before + 1, unknown_before + 1)
    assert not any("made-up" in label for key in read() for label in key)


def test_statements_of_a_request_are_counted(read, guest):
    def total():
        figures = read()
        return figures["airbnb_request_statements_sum",], figures["airbnb_request_statements_count",]

    statements, requests = total()

    guest.get("/bookings")

    after = total()
    assert after[1] == requests + 1
    assert 1 <= after[0] - statements <= 10


def test_problems_are_counted_by_their_code(read, client):
    before = read().get(("airbnb_problems_total", "invalid_signature"), 0)

    assert client.post("/api/v1/webhooks/sandbox", data=b"{}").status_code == 400

    assert read()["airbnb_problems_total", "invalid_signature"] == before + 1


def test_jobs_that_beat_forgot_are_late(read, freeze):
    nothing_ran = read()
    payments.audit_ledger()
    fresh = read()
    freeze(NOW + timedelta(days=2))
    forgotten = read()

    names = ("ledger-audit", "calendar-audit")
    late = [[found["airbnb_job_late", name] for name in names] for found in (nothing_ran, fresh, forgotten)]
    assert late == [[1, 1], [0, 0], [1, 1]]
    assert fresh["airbnb_job_start_timestamp_seconds", "ledger-audit"] == NOW.timestamp()


def test_a_backlog_has_an_age_and_dead_letters_a_count(read, freeze, make_user):
    user = make_user()
    for state in (OutboxState.NEW, OutboxState.DEAD):
        event = OutboxEvent(topic=Topic.USER_VERIFIED, subject_id=user.id, state=state, due_at=NOW)
        in_transaction(lambda session, event=event: session.add(event))
    freeze(NOW + timedelta(seconds=90))

    figures = read()

    assert figures["airbnb_outbox_dead",] == 1
    assert figures["airbnb_outbox_waiting",] >= 1
    assert figures["airbnb_outbox_oldest_seconds",] == 90


def test_stays_and_their_money_are_compared(read, guest, make_listing, host, make_booking, freeze):
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user, booked_days_before=0)
    freeze(NOW + timedelta(minutes=20))
    right = read()
    in_transaction(lambda session: session.execute(update(Payment).values(status=PaymentStatus.FAILED)))
    unpaid = read()

    def undo(session):
        session.execute(update(Payment).values(status=PaymentStatus.CAPTURED))
        session.execute(
            update(Booking).where(Booking.id == booking.id).values(status=BookingStatus.EXPIRED, confirmed_at=None)
        )

    in_transaction(undo)
    homeless = read()

    assert (right["airbnb_booked_not_paid",], right["airbnb_paid_not_booked",]) == (0, 0)
    assert (unpaid["airbnb_booked_not_paid",], homeless["airbnb_paid_not_booked",]) == (1, 1)
    assert right["airbnb_payments_last_hour", "sandbox", "captured"] == 1


def test_refunds_and_payouts_that_hang_have_an_age(read, guest, make_listing, host, make_booking, freeze):
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user, booked_days_before=0)

    def break_it(session):
        payment = session.scalars(select(Payment).where(Payment.booking_id == booking.id)).one()
        for status in (RefundStatus.PENDING, RefundStatus.FAILED):
            session.add(
                Refund(
                    payment_id=payment.id,
                    booking_id=booking.id,
                    provider=payment.provider,
                    status=status,
                    currency=payment.currency,
                    amount_minor=100,
                    reason="test",
                )
            )

    in_transaction(break_it)
    freeze(NOW + timedelta(hours=2))

    figures = read()

    assert (figures["airbnb_refunds", "pending"], figures["airbnb_refunds", "failed"]) == (1, 1)
    assert figures["airbnb_refund_oldest_seconds",] == 7200


def test_connections_of_both_pools_are_counted_as_they_are_taken(read, client):
    before = read()

    client.get("/api/v1/listings")
    after = read()

    for engine in ("read", "write"):
        assert after["airbnb_pool_connections_opened_total", engine] >= 1
    taken = ("airbnb_pool_in_use_count", "read")
    assert after[taken] > before[taken]
    assert after["airbnb_pool_in_use_bucket", "read", "32.0"] == after[taken]


def test_a_connection_that_turned_out_dead_is_counted(read):
    lost = ("airbnb_pool_connections_lost_total", "write")
    before = read().get(lost, 0)

    with db.engine.connect() as connection:
        connection.invalidate()

    assert read()[lost] == before + 1


def test_a_transaction_that_is_repeated_is_counted_by_its_error(read):
    busy = OperationalError("UPDATE x", {}, sqlite3.OperationalError("database is locked"))
    errors = [busy]

    def work(session):
        if errors:
            raise errors.pop()

    before = read().get(("airbnb_transactions_repeated_total", "busy"), 0)
    in_transaction(work)

    assert read()["airbnb_transactions_repeated_total", "busy"] == before + 1


def test_requests_that_a_limit_refuses_are_counted_by_its_policy(read, client, rate_limits):
    refused = ("airbnb_rate_limited_total", "secret-guess")
    before = read().get(refused, 0)

    answers = [client.post("/api/v1/auth/verify-email", json={"token": "x"}).status_code for _ in range(32)]

    assert answers.count(429) == 2
    assert read()[refused] == before + 2


def test_looks_into_the_store_and_its_failures_are_counted(read, client, guest, app_on_redis):
    hit, miss = (("airbnb_cache_lookups_total", "identities", outcome) for outcome in ("hit", "miss"))
    failed = ("airbnb_shared_store_failures_total",)
    before = read()
    for _ in range(3):
        assert guest.get("/users/me").status_code == 200
    app_on_redis.kill()
    assert guest.get("/users/me").status_code == 200
    after = read()

    gained = {name: after.get(name, 0) - before.get(name, 0) for name in (hit, miss, failed)}
    assert gained == {hit: 2, miss: 1, failed: 1}
