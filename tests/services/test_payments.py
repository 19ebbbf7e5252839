"""Money without HTTP: calls planned once, refunds that fail or are reported twice, webhooks told by our reference."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.causes import by_guest
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.kinds import IntentOperation, Provider
from airbnb.domain.payment_reports import RefundReport
from airbnb.domain.statuses import BookingStatus, IntentState, PaymentStatus, RefundStatus
from airbnb.models.bookings import Booking
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import Payment, PaymentIntent, Refund, WebhookEvent
from airbnb.models.platform import OutboxEvent
from airbnb.queries.bookings import lock_booking
from airbnb.queries.ledger import find_faults
from airbnb.queries.payments import lock_payment
from airbnb.services import cancellations, refund_reports, webhooks
from airbnb.services.payment_calls import plan_payment_call
from airbnb.services.payment_starts import start_refund
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import timers

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def booking(own_sandbox, guest, host, make_listing, make_booking):
    """A booking that is paid and confirmed."""
    return make_booking(listing=make_listing(host=host.user), guest=guest.user)


def only(model):
    with reading() as session:
        return session.query(model).one()


def cancel(guest, booking):
    answer = guest.post(f"/bookings/{booking.id}/cancel", json={}, key="cancel")
    assert answer.status_code == 200, answer.json
    return answer.json


def report(refund, status, **rest):
    told = RefundReport(status=status, **rest)
    in_transaction(lambda session: refund_reports.apply_refund_report(session, refund.id, told, now=NOW))


def test_a_call_planned_twice_is_the_same_call(booking, count_rows):
    def plan(session):
        payment = lock_payment(session, only(Payment).id)
        return [plan_payment_call(session, IntentOperation.VOID, payment, now=NOW) for _ in range(2)]

    first, second = in_transaction(plan)

    assert first == second
    assert count_rows(PaymentIntent, PaymentIntent.operation == IntentOperation.VOID) == 1


def test_no_more_is_given_back_than_was_taken(booking, count_rows):
    def take_too_much(session):
        payment = lock_payment(session, only(Payment).id)
        start_refund(session, payment, payment.captured_minor + 1, reason="mistake", lines=[], now=NOW)

    with pytest.raises(RuntimeError, match="has less left"):
        in_transaction(take_too_much)

    assert count_rows(Refund) == 0
    assert only(Payment).refunded_minor == 0


def test_a_refund_that_the_provider_refuses_stays_owed(own_sandbox, booking, guest, count_rows):
    payment = only(Payment)
    own_sandbox.refund(
        payment.provider_ref, payment.captured_minor, "by-hand", currency="EUR", reference="by hand at the provider"
    )

    body = cancel(guest, booking)

    refund = only(Refund)
    assert (body["status"], body["payment"]["status"]) == ("canceled", "captured")
    assert (refund.status, refund.failure_code, refund.succeeded_at) == (
        RefundStatus.FAILED,
        "refund_exceeds_captured",
        None,
    )
    assert count_rows(LedgerTransaction, LedgerTransaction.kind == "refund_sent") == 0
    assert count_rows(OutboxEvent, OutboxEvent.topic == "payment.refunded") == 0
    assert count_rows(PaymentIntent, PaymentIntent.state == IntentState.FAILED) == 1
    assert timers.resolve_unsettled(NOW + timedelta(days=1)) == 0


def test_a_refund_reported_again_changes_nothing(booking, guest, count_rows):
    cancel(guest, booking)
    refund = only(Refund)

    for status in (RefundStatus.SUCCEEDED, RefundStatus.PENDING):
        report(refund, status, provider_ref="another name")

    again = only(Refund)
    assert (again.status, again.provider_ref) == (RefundStatus.SUCCEEDED, refund.provider_ref)
    assert count_rows(LedgerTransaction, LedgerTransaction.kind == "refund_sent") == 1
    assert count_rows(OutboxEvent, OutboxEvent.topic == "payment.refunded") == 1


def test_what_is_over_is_not_canceled_again(booking, guest):
    cancel(guest, booking)

    def again(session):
        row = lock_booking(session, booking.id)
        return cancellations.cancel(session, row, cause=by_guest(booking.guest_id, now=NOW))

    with pytest.raises(InvalidTransition) as refusal:
        in_transaction(again)

    assert refusal.value.facts == {"from": "canceled", "to": "canceled"}
    assert only(Booking).status is BookingStatus.CANCELED


class TestWebhooks:
    """An event names its payment or refund as the provider does, or by our own number."""

    @pytest.fixture
    def refunded(self, booking, guest):
        cancel(guest, booking)
        return only(Refund)

    @staticmethod
    def subject(kind, provider_ref="unheard of", provider=Provider.SANDBOX, **data):
        event = WebhookEvent(
            provider=provider,
            event_id="evt_1",
            type=f"{kind}.updated",
            payload={"provider_ref": provider_ref, "data": data},
        )
        with reading() as session:
            return webhooks.find_subject_id(session, kind, event)

    def test_a_refund_is_found_by_either_name(self, refunded):
        assert self.subject("refund", refunded.provider_ref) == refunded.id
        assert self.subject("refund", reference=str(refunded.id)) == refunded.id

    def test_a_payment_is_found_by_either_name(self, refunded):
        payment = only(Payment)

        assert self.subject("payment", payment.provider_ref) == payment.id
        assert self.subject("payment", reference=str(payment.id)) == payment.id

    @pytest.mark.parametrize("kind, model", [("payment", Payment), ("refund", Refund)])
    def test_another_provider_does_not_speak_for_it(self, refunded, kind, model):
        row = only(model)

        assert self.subject(kind, row.provider_ref, Provider.STRIPE, reference=str(row.id)) is None

    @pytest.mark.parametrize("reference", ["1", "", "-1", "one", "9" * 19, "9" * 20, "²"])
    @pytest.mark.parametrize("kind", ["payment", "refund"])
    def test_a_strange_reference_is_nobodys(self, app, kind, reference):
        assert self.subject(kind, reference=reference) is None


def test_the_whole_way_back_is_on_the_payment(booking, guest):
    assert only(Payment).status is PaymentStatus.CAPTURED

    cancel(guest, booking)

    payment = only(Payment)
    assert (payment.status, payment.refunded_minor) == (PaymentStatus.REFUNDED, payment.captured_minor)
