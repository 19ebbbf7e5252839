"""The first call of a payment, with what the guest pays by."""

from airbnb.domain import clock
from airbnb.domain.kinds import IntentOperation, Provider
from airbnb.domain.payment_reports import PaymentReport
from airbnb.domain.statuses import PaymentStatus
from airbnb.integrations.payments import GatewayError, GatewayRefused, GatewayUnavailable, PaymentRequest
from airbnb.queries import payments as queries
from airbnb.unit_of_work import reading
from airbnb.workflows import outside
from airbnb.workflows.payment_outcomes.answers import payment_report
from airbnb.workflows.payment_outcomes.calls import leave_unknown, settle_payment
from airbnb.workflows.payment_outcomes.resolving import resolve

UNAVAILABLE = "provider_unavailable"


def authorise(payment_id: int, *, token: str | None) -> None:
    """Make a payment's first call with the guest's token, unless it was answered already.

    Idempotent: the provider knows the call by its key; once the key is forgotten, it is asked by our reference.
    """
    with reading() as session:
        payment = queries.get_payment(session, payment_id)
        intent = queries.find_open_intent(session, IntentOperation.AUTHORIZE, payment_id=payment_id)
    if intent is None:
        return
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
        settle_payment(payment_id, PaymentReport(status=PaymentStatus.FAILED, failure_code=refusal.code))
    except GatewayUnavailable:
        settle_payment(payment_id, PaymentReport(status=PaymentStatus.FAILED, failure_code=UNAVAILABLE))
    except GatewayError as error:
        leave_unknown(intent, error)
        settle_payment(payment_id, PaymentReport(status=PaymentStatus.PROCESSING))
    else:
        settle_payment(payment_id, payment_report(answer))


def is_set_up(provider: Provider) -> bool:
    """Say whether a provider can be paid by here."""
    return provider.value in outside.gateway_names()
