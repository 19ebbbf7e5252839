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
from airbnb.models.notifications import Notification
from airbnb.models.payments import Payment, Refund
from airbnb.queries import documents
from airbnb.queries.dashboard import count_what_needs_attention
from airbnb.queries.ledger import balances, find_faults
from airbnb.services import refund_reports, refund_routes
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
    report(refund, RefundStatus.FAILED)
    return refund


def report(refund, status, *, times=1, ref=None):
    told = RefundReport(
        status=status,
        provider_ref=ref or refund.provider_ref,
        failure_code="card_closed" if status is RefundStatus.FAILED else None,
    )
    for _ in range(times):
        in_transaction(partial(refund_reports.apply_refund_report, refund_id=refund.id, report=told, now=clock.now()))


def doubles():
    return [one for one in rows(Refund) if one.doubles_id is not None]


def shown_as_doubled():
    with reading() as session:
        return {one.label: one.count for one in count_what_needs_attention(session)}["Refunds sent twice"]


def told_of(kind, run_outbox):
    run_outbox()
    run_outbox()
    return sorted(one.user_id for one in rows(Notification) if one.kind == kind)


def owed():
    with reading() as session:
        found = balances(session)
    return found.get(("refunds_payable", "EUR"), 0), found.get(("goodwill", "EUR"), 0)


def reroute(finance, refund, route, reference):
    make = partial(refund_routes.reroute_proposal, refund_id=refund.id, route=route, reference=reference)
    cause = by_staff(finance.id, now=clock.now(), reason="The card is closed")
    return approvals.propose(make, request_key="reroute", cause=cause)


def test_an_old_word_that_it_had_arrived_changes_nothing(failed):
    report(failed, RefundStatus.SUCCEEDED)

    assert rows(Refund)[0].status is RefundStatus.FAILED
    assert owed() == (-16_500, 0)


@pytest.mark.parametrize("route", RefundRoute)
def test_one_that_arrives_after_it_was_sent_another_way_is_posted_and_shown(finance, failed, guest, route):
    reroute(finance, failed, route, "SEPA 2027-04-03 / 17")
    (before,) = rows(Payment)

    report(failed, RefundStatus.SUCCEEDED, times=3)

    assert in_euros("refund_doubled") == documented("refund_doubled")
    (again,) = doubles()
    assert (again.status, again.amount_minor) == (RefundStatus.SUCCEEDED, 16_500)
    assert again.provider_ref == failed.provider_ref
    (payment,) = rows(Payment)
    assert payment.refunded_minor == before.refunded_minor
    assert owed() == (0, 16_500)
    assert shown_as_doubled() == 1


@pytest.mark.parametrize("route", RefundRoute)
def test_one_of_two_that_comes_back_is_owed_no_more(finance, failed, guest, route, run_outbox, mailer):
    reroute(finance, failed, route, "SEPA 2027-04-03 / 17")
    report(failed, RefundStatus.SUCCEEDED)
    (again,) = doubles()

    report(again, RefundStatus.FAILED, times=3)
    report(again, RefundStatus.SUCCEEDED)  # an old word of before

    assert in_euros("refund_undoubled") == documented("refund_undoubled")
    assert owed() == (0, 0)
    assert [one.status for one in doubles()] == [RefundStatus.REROUTED]
    assert shown_as_doubled() == 0
    assert told_of("refund_failed", run_outbox) == sorted([finance.id, guest.user.id])  # of the first one alone
    assert told_of("refund_doubled", run_outbox) == [finance.id, finance.id]
    assert sorted(one.subject for one in mailer.sent if one.to == finance.email and "twice" in one.subject) == [
        "A guest has a refund of €165.00 twice",
        "A refund of €165.00 that a guest had twice came back",
    ]


def test_the_other_one_of_two_that_comes_back_is_owed_no_more_either(finance, failed):
    reroute(finance, failed, RefundRoute.PROVIDER, "")
    report(failed, RefundStatus.SUCCEEDED)
    (other,) = [one for one in rows(Refund) if one.replaces_id == failed.id]

    report(other, RefundStatus.FAILED, times=2)

    assert owed() == (0, 0)
    assert {one.status for one in rows(Refund)} == {RefundStatus.REROUTED, RefundStatus.SUCCEEDED}
    assert shown_as_doubled() == 0
    assert [one.reason for one in doubles()] == [failed.reason]
    report(doubles()[0], RefundStatus.FAILED)

    assert owed() == (-16_500, 0)
    assert [one.status for one in doubles()] == [RefundStatus.FAILED]


def test_one_that_arrives_when_the_other_way_failed_too_pays_what_is_owed(finance, failed):
    reroute(finance, failed, RefundRoute.PROVIDER, "")
    (other,) = [one for one in rows(Refund) if one.replaces_id == failed.id]
    report(other, RefundStatus.FAILED)
    assert owed() == (-16_500, 0)

    report(failed, RefundStatus.SUCCEEDED, times=2)

    assert owed() == (0, 0)
    assert [one.status for one in rows(Refund)] == [
        RefundStatus.REROUTED,
        RefundStatus.REROUTED,
        RefundStatus.SUCCEEDED,
    ]


def test_one_that_arrives_after_all_is_not_owed_any_more(stay, guest, freeze, own_stripe, stripe_world):
    booking_id = stay(payment_method="stripe", payment_token="pm_card_visa")
    freeze(LATE)
    stripe_world.fail("/v1/refunds", "refuse", times=9, method="POST", code="charge_not_refundable")
    guest.post(f"/bookings/{booking_id}/cancel", json={}, key="cancel")
    (refund,) = rows(Refund)
    assert refund.status is RefundStatus.FAILED
    arrived = RefundReport(status=RefundStatus.SUCCEEDED, provider_ref="re_after_all")

    for _ in range(2):
        work = partial(refund_reports.apply_refund_report, refund_id=refund.id, report=arrived, now=clock.now())
        in_transaction(work)

    assert rows(Refund)[0].status is RefundStatus.SUCCEEDED
    with reading() as session:
        assert ("refunds_payable", "EUR") not in balances(session)
        assert balances(session)["gateway_clearing:stripe", "EUR"] == 50_160 - 16_500
