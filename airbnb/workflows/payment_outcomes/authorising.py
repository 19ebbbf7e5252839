"""The first call of a payment, with what the guest pays by."""

from airbnb.domain import clock
from airbnb.domain.kinds import Provider
from airbnb.domain.payment_reports import PaymentReport
from airbnb.domain.statuses import PaymentStatus
from airbnb.integrations.payments import GatewayError, GatewayRefused, GatewayUnavailable, PaymentRequest
from airbnb.queries import payments as queries
from airbnb.queries.payments import FirstCall
from airbnb.unit_of_work import reading
from airbnb.workflows import outside
from airbnb.workflows.payment_outcomes.answers import payment_report
from airbnb.workflows.payment_outcomes.calls import leave_unknown, settle_payment
from airbnb.workflows.payment_outcomes.resolving import resolve

UNAVAILABLE = "provider_unavailable"


def authorise_latest(booking_id: int, *, token: str | None) -> None:
    """Make the first call of a booking's latest attempt to pay, unless it was answered already."""
    with reading() as session:
        call = queries.find_first_call(session, booking_id)
    if call is not None:
        authorise(call, token=token)


def authorise(call: FirstCall, *, token: str | None) -> None:
    """Make a payment's first call with the guest's token.

    Idempotent: the provider knows the call by its key; once the key is forgotten, it is asked by our reference.
    """
    payment, intent = call
    if intent.key_valid_until is not None and clock.now() >= intent.key_valid_until:
        resolve(intent.id)
        return
    request = PaymentRequest(
        reference=str(payment.id),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        idempotency_key=intent.idempotency_key,
        token=token,
        return_url=payment.return_url,
        cancel_url=payment.cancel_url,
    )
    try:
        answer = outside.gateway(payment.provider).create_payment(request)
    except GatewayRefused as refusal:
        settle_payment(payment.id, PaymentReport(status=PaymentStatus.FAILED, failure_code=refusal.code))
    except GatewayUnavailable:
        settle_payment(payment.id, PaymentReport(status=PaymentStatus.FAILED, failure_code=UNAVAILABLE))
    except GatewayError as error:
        leave_unknown(intent, error)
        settle_payment(payment.id, PaymentReport(status=PaymentStatus.PROCESSING))
    else:
        settle_payment(payment.id, payment_report(answer))


def is_set_up(provider: Provider) -> bool:
    """Say whether a provider can be paid by here."""
    return provider.value in outside.gateway_names()
