"""Refunds by staff: posted as the page shows, borne by those whose part it was, never above what is left."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain import clock
from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.postings import payment_returned
from airbnb.domain.staff_refunds import GOODWILL, RefundBearer, RefundTooLarge
from airbnb.domain.statuses import ApprovalStatus, PaymentStatus, PayoutStatus, RefundStatus
from airbnb.models.approvals import Approval
from airbnb.models.documents import Document
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout, PayoutItem
from airbnb.models.platform import AuditEntry
from airbnb.queries.ledger import balances, find_faults
from airbnb.services import ledger
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import approvals, payouts, timers
from tests.factories.ledger import booked, documented, in_euros, rows

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
EXAMPLE = {"cleaning": 4_000, "guest_service_fee": 560}


def items():
    return {one.source.partition(":")[0]: one.amount_minor for one in rows(PayoutItem)}


def pay_out(host, freeze):
    host.put("/users/me/payout-account", json={"method": "sandbox", "currency": "EUR", "details": {}})
    later = max(clock.now(), CHECK_OUT_AT) + timedelta(days=5)
    freeze(later)
    payouts.run_payouts(later)


def test_a_refund_is_posted_as_the_page_shows_whenever_it_is_given(stay, give, guest, host):
    booking_id = stay()

    give(booking_id, EXAMPLE)

    assert in_euros("refund_given") == documented("refund_given")
    (refund,) = rows(Refund)
    assert (refund.amount_minor, refund.status, refund.reason) == (4_560, RefundStatus.SUCCEEDED, "staff")
    (payment,) = rows(Payment)
    assert (payment.status, payment.refunded_minor) == (PaymentStatus.PARTIALLY_REFUNDED, 4_560)
    (note,) = [one for one in rows(Document) if one.kind.value == "credit_note"]
    assert [line["kind"] for line in note.content["refund"]["lines"]] == list(EXAMPLE)
    assert rows(AuditEntry)[-1].action == "refund"


def test_before_check_out_the_host_still_earns_the_stay_and_owes_the_part(stay, give, host, freeze):
    booking_id = stay()
    give(booking_id, EXAMPLE)
    timers.complete_finished(CHECK_OUT_AT)

    assert items() == {"stay": 42_680, "approval": -3_880}
    pay_out(host, freeze)
    assert [one.amount_minor for one in rows(Payout)] == [38_800]


def test_after_the_payout_the_host_owes_it_and_the_next_payout_takes_it(stay, give, host, freeze):
    booking_id = stay()
    timers.complete_finished(CHECK_OUT_AT)
    pay_out(host, freeze)
    assert rows(Payout)[0].status is PayoutStatus.PAID

    give(booking_id, EXAMPLE)

    assert in_euros("refund_given") == documented("refund_given")
    assert items()["approval"] == -3_880
    with reading() as session:
        assert balances(session)["host_receivable", "EUR"] == 3_880
    payouts.run_payouts(clock.now())
    assert len(rows(Payout)) == 1


def test_several_refunds_give_back_everything_and_not_more(stay, give, agree):
    booking_id = stay()
    for lines in ({"nights": 40_000}, {"cleaning": 4_000}, {"guest_service_fee": 6_000}):
        assert give(booking_id, lines).status is ApprovalStatus.APPROVED
    # One person has given 500.00 back of this booking: the next cent is for two.
    agree(give(booking_id, {GOODWILL: 160}))

    (payment,) = rows(Payment)
    assert (payment.status, payment.refunded_minor) == (PaymentStatus.REFUNDED, payment.captured_minor)
    with pytest.raises(RefundTooLarge):
        give(booking_id, {GOODWILL: 1})
    assert len(rows(Refund)) == 4


@pytest.mark.parametrize("lines", [{GOODWILL: 50_161}, {"cleaning": 4_001}, {"nights": 40_000, GOODWILL: 10_161}])
def test_case_32_above_what_was_paid_nothing_goes_back(stay, give, lines):
    booking_id = stay()

    with pytest.raises(RefundTooLarge) as refusal:
        give(booking_id, lines)

    assert refusal.value.code == "refund_too_large"
    assert (rows(Refund), rows(Approval)) == ([], [])


def test_case_32_twice_a_part_is_not_more_than_the_whole(stay, give, agree):
    """Both parts fit when they are proposed; only one does when they are approved."""
    booking_id = stay()
    give(booking_id, {GOODWILL: 50_100})
    waiting = rows(Approval)[0]
    assert waiting.status is ApprovalStatus.PENDING
    assert give(booking_id, {"cleaning": 4_000}).status is ApprovalStatus.APPROVED

    with pytest.raises(RefundTooLarge):
        agree(waiting)

    assert [one.amount_minor for one in rows(Refund)] == [4_000]
    assert rows(Approval)[0].status is ApprovalStatus.PENDING


def test_case_32_after_a_dispute_nothing_goes_back_a_second_time(stay, give, guest, run_outbox):
    booking_id = stay()
    (payment,) = rows(Payment)
    path = f"/sandbox/payments/{payment.id}/events"

    guest.post(path, json={"type": "dispute"})
    run_outbox()
    with pytest.raises(RefundTooLarge):
        give(booking_id, {"cleaning": 4_000})
    guest.post(path, json={"type": "dispute.won"})
    run_outbox()

    assert give(booking_id, {"cleaning": 4_000}).status is ApprovalStatus.APPROVED


def test_a_stay_that_the_bank_paid_back_is_canceled_without_paying_twice(stay, guest, host, run_outbox):
    booking_id = stay()
    (payment,) = rows(Payment)
    for event in ("dispute", "dispute.lost"):
        guest.post(f"/sandbox/payments/{payment.id}/events", json={"type": event})
        run_outbox()

    assert host.post(f"/bookings/{booking_id}/cancel", json={}, key="cancel").status_code == 200

    assert rows(Refund) == []
    assert in_euros("refund_covered") == documented("refund_covered")


def test_a_lost_dispute_about_the_stay_is_borne_by_the_host_as_the_page_shows(stay, guest, host, freeze, run_outbox):
    stay()
    timers.complete_finished(CHECK_OUT_AT)
    pay_out(host, freeze)
    (payment,) = rows(Payment)
    for event in ("dispute.not_received", "dispute.lost", "dispute.lost"):
        guest.post(f"/sandbox/payments/{payment.id}/events", json={"type": event})
        run_outbox()

    assert in_euros("dispute_lost") == documented("dispute_lost about the stay")
    assert items()["dispute"] == -42_680
    assert len(rows(PayoutItem)) == 2


def test_what_was_given_before_is_taken_off_a_cancellation_that_owes_everything(stay, give, host):
    booking_id = stay()
    give(booking_id, EXAMPLE)

    host.post(f"/bookings/{booking_id}/cancel", json={}, key="cancel")

    assert in_euros("refund_offset") == documented("refund_offset")
    assert [one.amount_minor for one in rows(Refund)] == [4_560, 45_600]
    assert {one.beside_minor for one in rows(Refund)} == {0}
    found = items()
    assert (found["approval"], found["refund_offset"]) == (-3_880, 3_880)


def test_it_does_not_lessen_what_a_cancellation_by_the_guest_gives_back(stay, give, guest, freeze):
    booking_id = stay()
    give(booking_id, EXAMPLE)
    freeze(CHECK_IN_AT - timedelta(days=2))

    guest.post(f"/bookings/{booking_id}/cancel", json={}, key="cancel")

    assert [one.amount_minor for one in rows(Refund)] == [4_560, 16_500]
    assert booked("refund_offset") == {}


def test_a_change_that_gives_back_more_than_is_left_takes_it_off_too(stay, give, guest, host):
    booking_id = stay()
    for _ in range(2):
        give(booking_id, {"nights": 20_000})
    shorter = {"check_in": "2027-04-05", "check_out": "2027-04-07", "guests": {"adults": 1}}

    change = guest.post(f"/bookings/{booking_id}/changes", json=shorter, key="shorter").json
    answer = host.post(f"/bookings/{booking_id}/changes/{change['id']}/accept", key="shorter")

    assert answer.status_code == 200, answer.json
    (payment,) = rows(Payment)
    assert payment.refunded_minor <= payment.captured_minor
    timers.complete_finished(CHECK_OUT_AT)


def test_the_platform_may_bear_all_of_it(stay, give):
    give(stay(), {"cleaning": 4_000}, RefundBearer.PLATFORM)

    assert in_euros("refund_given") == {"refunds_payable": -4_000, "goodwill": 4_000}
    assert items() == {}


def test_in_another_currency_the_host_owes_it_at_the_stored_rate(stay, give, host, set_rates, freeze):
    booking_id = stay(currency="USD")
    set_rates("2027-03-20", USD="2.0")

    give(booking_id, {"cleaning": 4_333})
    assert booked("refund_given") == {
        ("refunds_payable", "USD"): -4_333,
        ("currency_exchange", "USD"): 4_333,
        ("currency_exchange", "EUR"): -4_000,
        ("host_receivable", "EUR"): 3_880,
        ("service_fee_revenue", "EUR"): 120,
    }
    host.post(f"/bookings/{booking_id}/cancel", json={}, key="cancel")

    assert items()["refund_offset"] == 3_880


class TestAudit:
    """Controls: what a slip would leave is found."""

    @pytest.fixture(autouse=True)
    def _audit(self):
        """Here there are faults on purpose."""

    def test_a_refund_by_staff_that_nobody_bears_is_found(self, stay, give):
        give(stay(), EXAMPLE)
        with reading() as session:
            assert find_faults(session) == []
        (refund,) = rows(Refund)
        entries = payment_returned(booking_id=refund.booking_id, amount_minor=1, currency="EUR")
        in_transaction(lambda session: ledger.post(session, "payment_returned", "payment:x", entries, now=NOW))

        with reading() as session:
            assert {fault.what for fault in find_faults(session)} == {"booking's held money", "booking's refunds owed"}

    def test_every_kind_of_approval_is_an_act(self):
        assert set(approvals.ACTS) == set(ApprovalKind)
