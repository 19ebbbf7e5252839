"""Refunds that arrive late: after they had failed, after they had come back, after they were sent another way.

Source: docs/rules/refunds.md, "When a refund fails".
"""

from datetime import UTC, datetime
from functools import partial

import pytest

from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.kinds import Role
from airbnb.domain.payment_reports import RefundReport
from airbnb.domain.staff_refunds import RefundRoute
from airbnb.domain.statuses import RefundStatus
from airbnb.models.payments import Payment, Refund
from airbnb.queries import documents
from airbnb.queries.dashboard import count_what_needs_attention
from airbnb.queries.ledger import balances, find_faults
from airbnb.services import payments, refund_routes
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import approvals
from tests.services.test_refunds import documented, in_euros, rows

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
LATE = datetime(2027, 4, 3, 14, tzinfo=UTC)  # 2 days before check-in


@pytest.fixture(autouse=True)
def _now(freeze, own_sandbox):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []
        assert documents.find_faults(session) == []


@pytest.fixture
def finance(make_user):
    return make_user(roles=(Role.FINANCE,))


@pytest.fixture
def stay(guest, host, make_listing):
    """Book the stay of the pages' examples: 501.60 paid."""

    def book(**overrides):
        body = {
            "listing_id": str(make_listing(host=host.user, cleaning_fee_minor=4_000).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": "tok_ok",
            **overrides,
        }
        return int(guest.post("/bookings", json=body, key="book").json["id"])

    return book


@pytest.fixture
def failed(stay, guest, freeze):
    """A refund of 165.00 that had arrived and came back from the bank."""
    booking_id = stay()
    freeze(LATE)
    guest.post(f"/bookings/{booking_id}/cancel", json={}, key="cancel")
    (refund,) = rows(Refund)
    came_back = RefundReport(status=RefundStatus.FAILED, failure_code="card_closed")
    in_transaction(partial(payments.apply_refund_report, refund_id=refund.id, report=came_back, now=clock.now()))
    return refund


def reroute(finance, refund, route, reference):
    make = partial(refund_routes.reroute_proposal, refund_id=refund.id, route=route, reference=reference)
    cause = by_staff(finance.id, now=clock.now(), reason="The card is closed")
    return approvals.propose(make, request_key="reroute", cause=cause)


def test_an_old_word_that_it_had_arrived_changes_nothing(failed):
    arrived = RefundReport(status=RefundStatus.SUCCEEDED, provider_ref=failed.provider_ref)

    in_transaction(partial(payments.apply_refund_report, refund_id=failed.id, report=arrived, now=clock.now()))

    assert rows(Refund)[0].status is RefundStatus.FAILED
    with reading() as session:
        assert balances(session)["refunds_payable", "EUR"] == -16_500


@pytest.mark.parametrize("route", RefundRoute)
def test_one_that_arrives_after_it_was_sent_another_way_is_posted_and_shown(finance, failed, guest, route):
    reroute(finance, failed, route, "SEPA 2027-04-03 / 17")
    (before,) = rows(Payment)
    arrived = RefundReport(status=RefundStatus.SUCCEEDED, provider_ref=failed.provider_ref)

    for _ in range(3):
        work = partial(payments.apply_refund_report, refund_id=failed.id, report=arrived, now=clock.now())
        in_transaction(work)

    assert in_euros("refund_doubled") == documented("refund_doubled")
    (again,) = [one for one in rows(Refund) if one.reason == "doubled"]
    assert (again.status, again.amount_minor) == (RefundStatus.SUCCEEDED, 16_500)
    assert again.provider_ref == failed.provider_ref
    (payment,) = rows(Payment)
    assert payment.refunded_minor == before.refunded_minor
    with reading() as session:
        assert balances(session)["goodwill", "EUR"] == 16_500
        assert ("refunds_payable", "EUR") not in balances(session)
        shown = {one.label: one.count for one in count_what_needs_attention(session)}
    assert shown["Refunds sent twice"] == 1


def test_one_that_arrives_after_all_is_not_owed_any_more(stay, guest, freeze, own_stripe, stripe_world):
    booking_id = stay(payment_method="stripe", payment_token="pm_card_visa")
    freeze(LATE)
    stripe_world.fail("/v1/refunds", "refuse", times=9, method="POST", code="charge_not_refundable")
    guest.post(f"/bookings/{booking_id}/cancel", json={}, key="cancel")
    (refund,) = rows(Refund)
    assert refund.status is RefundStatus.FAILED
    arrived = RefundReport(status=RefundStatus.SUCCEEDED, provider_ref="re_after_all")

    for _ in range(2):
        work = partial(payments.apply_refund_report, refund_id=refund.id, report=arrived, now=clock.now())
        in_transaction(work)

    assert rows(Refund)[0].status is RefundStatus.SUCCEEDED
    with reading() as session:
        assert ("refunds_payable", "EUR") not in balances(session)
        assert balances(session)["gateway_clearing:stripe", "EUR"] == 50_160 - 16_500
