"""The adapter of Stripe: guests' payments and refunds; ``connect`` adds the hosts' side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from airbnb.domain import clock
from airbnb.integrations.payments.abilities import GatewayDispute, GatewayMovement
from airbnb.integrations.payments.protocol import (
    GatewayEvent,
    GatewayPayment,
    GatewayPaymentStatus,
    GatewayRefund,
    GatewayRefused,
    PaymentRequest,
)
from airbnb.integrations.payments.stripe import reading, webhooks
from airbnb.integrations.payments.stripe.amounts import to_stripe
from airbnb.integrations.payments.stripe.client import StripeAPI, StripeRefused
from airbnb.integrations.payments.stripe.connect import StripeConnect
from airbnb.integrations.payments.transport import Patience

#: Stripe forgets keys once they are at least this old. Source: https://docs.stripe.com/api/idempotent_requests
KEY_LIFETIME = timedelta(hours=24)
#: A payment's call is made within its key's life, or never: nothing of ours was made later than this after it.
LATEST_CALL = KEY_LIFETIME + timedelta(hours=1)
LIVE_API = "https://api.stripe.com"
NOT_FOUND = "not_found"


class StripeGateway(StripeConnect):
    """Stripe. Tokens are ids of payment methods that the payer's browser made; without one the browser confirms.

    Safe for threads: the library's client is this object's own.
    """

    name = "stripe"
    key_valid_for = KEY_LIFETIME

    def __init__(
        self,
        secret_key: str,
        *,
        webhook_secrets: Sequence[str],
        api_base: str = LIVE_API,
        patience: Patience = Patience(),
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """Take the account's secret key, and the secrets of every webhook endpoint; while one is rotated, both."""
        if not webhook_secrets or not all(webhook_secrets):
            raise ValueError("stripe needs a webhook secret")
        super().__init__(StripeAPI(secret_key, api_base=api_base, patience=patience))
        self._secrets = tuple(webhook_secrets)
        self._now = now

    def create_payment(self, request: PaymentRequest) -> GatewayPayment:
        """Authorise or charge a card, or let the payer's browser do so when there is no token yet.

        Raises: GatewayRefused, GatewayTimeout, GatewayUnavailable; a declined card is an answer.
        """
        params: dict[str, Any] = {
            "amount": to_stripe(request.amount_minor, request.currency),
            "currency": request.currency.lower(),
            "capture_method": "automatic" if request.capture else "manual",
            "payment_method_types": ["card"],
            "metadata": {reading.REFERENCE: request.reference},
            "expand": list(reading.PAYMENT_EXPANSIONS),
        }
        if request.description:
            params["description"] = request.description
        if request.token is not None:
            params |= {"payment_method": request.token, "confirm": True}
            if request.return_url:
                params["return_url"] = request.return_url
        try:
            return self._payment(self._intents.create, params=params, key=request.idempotency_key)
        except StripeRefused as refusal:
            if refusal.intent is None:
                raise
            return reading.as_payment(refusal.intent)

    def get_payment(self, provider_ref: str) -> GatewayPayment:
        """Return the payment. Raises: GatewayRefused ``not_found``."""
        return self._payment(self._intents.retrieve, provider_ref)

    def find_payment(self, reference: str, *, since: datetime) -> GatewayPayment | None:
        """Return the newest payment made with our reference since an instant.

        It is looked for in the list, which is exact; Stripe's search lags behind what was just made.
        Source: docs/decisions/2026-11-23-lookup-by-reference.md.
        """
        first, last = int(since.timestamp()), int((since + LATEST_CALL).timestamp())
        params = {
            "created": {"gte": first, "lte": last},
            "expand": [f"data.{name}" for name in reading.PAYMENT_EXPANSIONS],
        }
        intents = self._api.walk(self._intents.list, params)
        return next((reading.as_payment(body) for body in intents if reading.reference_of(body) == reference), None)

    def capture(self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str) -> GatewayPayment:
        """Take an authorised amount or a part of it; the rest is released. Raises: GatewayRefused."""
        params = {"amount_to_capture": to_stripe(amount_minor, currency), "expand": list(reading.PAYMENT_EXPANSIONS)}
        return self._payment(self._intents.capture, provider_ref, params=params, key=idempotency_key)

    def void(self, provider_ref: str, idempotency_key: str) -> GatewayPayment:
        """Give up an uncaptured payment. One that is already canceled is answered as it stands.

        A failed one is canceled too, so that the payer's browser can't confirm it with another card any more.
        Raises: GatewayRefused.
        """
        params = {"expand": list(reading.PAYMENT_EXPANSIONS)}
        try:
            return self._payment(self._intents.cancel, provider_ref, params=params, key=idempotency_key)
        except GatewayRefused:
            payment = self.get_payment(provider_ref)
            if payment.status is not GatewayPaymentStatus.CANCELED:
                raise
            return payment

    def refund(
        self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str, reference: str
    ) -> GatewayRefund:
        """Send captured money back, at most what is left of it. Raises: GatewayRefused."""
        params = {
            "payment_intent": provider_ref,
            "amount": to_stripe(amount_minor, currency),
            "metadata": {reading.REFERENCE: reference},
        }
        return reading.as_refund(self._api.ask(self._api.v1.refunds.create, params=params, key=idempotency_key))

    def get_refund(self, provider_ref: str) -> GatewayRefund:
        """Return the refund. Raises: GatewayRefused ``not_found``."""
        return reading.as_refund(self._api.ask(self._api.v1.refunds.retrieve, provider_ref))

    def find_refund(self, reference: str, *, payment_ref: str) -> GatewayRefund | None:
        """Return the newest refund of a payment made with our reference."""
        refunds = self._api.walk(self._api.v1.refunds.list, {"payment_intent": payment_ref})
        return next((reading.as_refund(body) for body in refunds if reading.reference_of(body) == reference), None)

    def get_dispute(self, provider_ref: str) -> GatewayDispute:
        """Return the dispute. Raises: GatewayRefused ``not_found``."""
        return reading.as_dispute(self._api.ask(self._api.v1.disputes.retrieve, provider_ref))

    def list_movements(self, since: datetime, until: datetime) -> Iterator[GatewayMovement]:
        """Yield the lines of our balance in ``[since, until)``, the newest first."""
        params = {
            "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
            "expand": ["data.source"],
        }
        yield from map(reading.as_movement, self._api.walk(self._api.v1.balance_transactions.list, params))

    def verify_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> GatewayEvent:
        """Check the signature over the raw body and read the event. Raises: WebhookRejected."""
        return webhooks.verify(headers, raw_body, secrets=self._secrets, now=self._now())

    @property
    def _intents(self) -> Any:
        return self._api.v1.payment_intents

    def _payment(
        self,
        method: Callable[..., Any],
        *names: str,
        params: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> GatewayPayment:
        asked = params or {"expand": list(reading.PAYMENT_EXPANSIONS)}
        return reading.as_payment(self._api.ask(method, *names, params=asked, key=key))
