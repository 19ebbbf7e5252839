"""Refunds that fail, go another way, or arrive late: after they had failed, come back, or been sent another way.

Source: docs/rules/refunds.md, "When a refund fails".
"""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.payment_reports import RefundReport
from airbnb.domain.staff_refunds import RefundRoute
from airbnb.domain.statuses import ApprovalStatus, RefundStatus
from airbnb.models.documents import Document
from airbnb.models.notifications import Notification
from airbnb.models.payments import Payment, Refund
from airbnb.queries.dashboard import count_what_needs_attention
from airbnb.queries.ledger import balances
from airbnb.services import refund_reports, refund_routes
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import approvals
from tests.factories.ledger import documented, in_euros, rows

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
EXAMPLE = {"cleaning": 4_000, "guest_service_fee": 560}


@pytest.fixture
def failed(stay, guest, freeze):
    """A refund of 165.00 that had arrived and came back from the bank."""
    booking_id = stay()
    freeze(CHECK_IN_AT - timedelta(days=2))
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


def reroute(finance, refund, route, reference="", key="reroute"):
    make = partial(refund_routes.reroute_proposal, refund_id=refund.id, route=route, reference=reference)
    cause = by_staff(finance.id, now=clock.now(), reason="The card is closed")
    return approvals.propose(make, request_key=key, cause=cause)


def test_guest_and_finance_staff_are_told_and_it_stays_owed(finance, failed, guest, run_outbox, mailer):
    run_outbox()
    run_outbox()

    told = [one for one in rows(Notification) if one.kind == "refund_failed"]
    assert {one.user_id for one in told} == {guest.user.id, finance.id}
    sent = {message.to: message for message in mailer.sent if "could not go back yet" in message.subject}
    assert set(sent) == {guest.user.email, finance.email}
    assert "card closed" in sent[finance.email].text
    assert "card closed" not in sent[guest.user.email].text
    with reading() as session:
        assert balances(session)["refunds_payable", "EUR"] == -16_500


def test_a_transfer_is_noted_as_the_page_shows(finance, failed, guest, run_outbox, count_rows):
    reroute(finance, failed, RefundRoute.BANK_TRANSFER, "SEPA 2027-04-03 / 17")
    again = reroute(finance, failed, RefundRoute.BANK_TRANSFER, "SEPA 2027-04-03 / 17")

    assert again.status is ApprovalStatus.APPROVED
    assert in_euros("refund_rerouted") == documented("refund_rerouted")
    (refund,) = rows(Refund)
    assert (refund.status, refund.route_reference) == (RefundStatus.REROUTED, "SEPA 2027-04-03 / 17")
    assert count_rows(Document, Document.refund_id == refund.id) == 1
    with reading() as session:
        assert balances(session)["platform_bank", "EUR"] == -16_500
    with pytest.raises(InvalidTransition):
        reroute(finance, failed, RefundRoute.PROVIDER, key="once more")


def test_the_provider_is_asked_anew_under_another_name(finance, failed, guest):
    reroute(finance, failed, RefundRoute.PROVIDER)

    old, new = rows(Refund)
    assert (old.status, new.status) == (RefundStatus.REROUTED, RefundStatus.SUCCEEDED)
    assert (new.replaces_id, new.amount_minor) == (old.id, old.amount_minor)
    assert new.provider_ref != old.provider_ref
    (payment,) = rows(Payment)
    assert payment.refunded_minor == 16_500
    assert guest.get(f"/bookings/{old.booking_id}").json["refunded"]["amount"] == "165.00"


def test_a_transfer_needs_its_reference(finance, failed):
    with pytest.raises(ValidationFailed):
        reroute(finance, failed, RefundRoute.BANK_TRANSFER, "  ")


def test_a_refund_that_arrived_is_not_sent_another_way(finance, stay, give):
    give(stay(), EXAMPLE)

    with pytest.raises(InvalidTransition):
        reroute(finance, rows(Refund)[0], RefundRoute.BANK_TRANSFER, "SEPA")


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
    freeze(CHECK_IN_AT - timedelta(days=2))
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
