"""The adapter of PayPal: guests' payments and refunds; ``payouts`` adds the hosts' side.

A payment is an order. What a payer approves there is only a promise: asking about an approved order turns it into an
authorisation, so the webhook, the payer's return and the sweep all do, and whoever comes first does it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from airbnb.domain import clock
from airbnb.integrations.payments.abilities import GatewayDispute, GatewayMovement
from airbnb.integrations.payments.paypal import reading, webhooks
from airbnb.integrations.payments.paypal.amounts import currency_of, from_paypal, money
from airbnb.integrations.payments.paypal.client import Body, PayPalAPI
from airbnb.integrations.payments.paypal.payouts import PayPalPayouts
from airbnb.integrations.payments.protocol import (
    GatewayEvent,
    GatewayPayment,
    GatewayPaymentStatus,
    GatewayRefund,
    GatewayRefused,
    PaymentRequest,
)
from airbnb.integrations.payments.transport import Patience

#: The shortest of PayPal's: orders' keys live for six hours, captures' and refunds' for 45 days, payouts' for 30.
#: Source: the header's description at each call in https://developer.paypal.com/docs/api/
KEY_LIFETIME = timedelta(hours=6)
#: A payment's call is made within its key's life, and an order is approved within hours: nothing is later than this.
LATEST_CALL = timedelta(days=1)
LIVE_API = "https://api-m.paypal.com"
ORDERS, PAYMENTS = "/v2/checkout/orders", "/v2/payments"
#: Event codes of authorisations, which move no balance.
AUTHORIZATION_CODE = "T1300"


class PayPalGateway(PayPalPayouts):
    """PayPal. There are no tokens: the payer approves on PayPal's page. Safe for threads."""

    name = "paypal"
    key_valid_for = KEY_LIFETIME

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        webhook_ids: Sequence[str],
        api_base: str = LIVE_API,
        patience: Patience = Patience(),
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """Take the REST app's credentials, and the id of its webhook; while its address changes, of both."""
        if not webhook_ids or not all(webhook_ids):
            raise ValueError("paypal needs a webhook id")
        super().__init__(PayPalAPI(client_id, client_secret, api_base=api_base, patience=patience), now=now)
        self._webhook_ids = tuple(webhook_ids)

    def create_payment(self, request: PaymentRequest) -> GatewayPayment:
        """Make an order for the payer to approve.

        Raises: GatewayRefused, also for a token, as PayPal has none; GatewayTimeout, GatewayUnavailable.
        """
        if request.token is not None:
            raise GatewayRefused("token_not_supported")
        unit = {
            "custom_id": request.reference,
            "invoice_id": request.reference,
            "amount": money(request.amount_minor, request.currency),
            **({"description": request.description[:127]} if request.description else {}),
        }
        urls = {"return_url": request.return_url, "cancel_url": request.cancel_url or request.return_url}
        context = {
            "shipping_preference": "NO_SHIPPING",
            "user_action": "PAY_NOW",
            **{name: url for name, url in urls.items() if url},
        }
        body = {
            "intent": "CAPTURE" if request.capture else "AUTHORIZE",
            "purchase_units": [unit],
            "payment_source": {"paypal": {"experience_context": context}},
        }
        order = self._api.post(ORDERS, body, key=request.idempotency_key)
        payment = reading.as_payment(order)
        if (payment.amount_minor, payment.currency) != (request.amount_minor, request.currency):
            # PayPal answers a known key with what it made first, whatever is asked for now.
            raise GatewayRefused("idempotency_key_reused")
        return payment

    def get_payment(self, provider_ref: str) -> GatewayPayment:
        """Return the payment; an order that its payer has approved is authorised by this.

        Raises: GatewayRefused ``not_found``, also for an order that nobody approved for hours.
        """
        return reading.as_payment(self._settled(self._order(provider_ref)))

    def find_payment(self, reference: str, *, since: datetime) -> GatewayPayment | None:
        """Return the newest payment with our reference that held money since an instant, from PayPal's report.

        PayPal lists no orders. One that we know no id of can't come to hold money, as only we authorise it.
        Source: docs/decisions/2026-11-23-lookup-by-reference.md.
        """
        until = min(since + LATEST_CALL, self._now() + timedelta(seconds=1))
        moved = self._api.list_transactions(since, until, balance_affecting_records_only="N")
        for info in moved:
            code = str(info["transaction_event_code"])
            if reading.is_ours(info, reference) and code.startswith(("T00", AUTHORIZATION_CODE)):
                kind = "authorizations" if code == AUTHORIZATION_CODE else "captures"
                return self.get_payment(self._order_of(kind, info["transaction_id"]))
        return None

    def capture(self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str) -> GatewayPayment:
        """Take an authorised amount or a part of it; the rest is released. Raises: GatewayRefused."""
        order = self._order(provider_ref)
        held = reading.authorization_of(order)
        if held is None:
            raise GatewayRefused("not_authorized")
        # PayPal itself lets 115 % be captured.
        if amount_minor > from_paypal(held["amount"]) or currency != currency_of(held["amount"]):
            raise GatewayRefused("amount_too_large")
        body = {"amount": money(amount_minor, currency), "final_capture": True}
        taken = self._api.post(f"{PAYMENTS}/authorizations/{held['id']}/capture", body, key=idempotency_key)
        if from_paypal(taken["amount"]) != amount_minor:
            raise GatewayRefused("idempotency_key_reused")
        return reading.as_payment(self._order(provider_ref))

    def void(self, provider_ref: str, idempotency_key: str) -> GatewayPayment:
        """Give up an uncaptured payment. One that is already canceled or failed is answered as it stands.

        PayPal cancels no orders: one without an authorisation is marked, and what is marked is never authorised.
        Raises: GatewayRefused.
        """
        try:
            order = self._order(provider_ref)
        except GatewayRefused as refusal:
            if refusal.code != reading.NOT_FOUND:
                raise
            return reading.forgotten_payment(provider_ref)
        if reading.authorization_of(order) is None and not reading.is_captured(order):
            order = self._give_up(order)
        if reading.as_payment(order).status not in (GatewayPaymentStatus.CANCELED, GatewayPaymentStatus.FAILED):
            order = self._void_authorization(order, key=idempotency_key)
        return reading.as_payment(order)

    def refund(
        self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str, reference: str
    ) -> GatewayRefund:
        """Send captured money back, at most what is left of it. Raises: GatewayRefused."""
        capture_id = reading.capture_of(self._order(provider_ref))["id"]
        body = {"amount": money(amount_minor, currency), "custom_id": reference}
        made = self._api.post(f"{PAYMENTS}/captures/{capture_id}/refund", body, key=idempotency_key)
        refund = reading.as_refund(made, payment_ref=provider_ref)
        if (refund.amount_minor, refund.currency) != (amount_minor, currency):
            raise GatewayRefused("idempotency_key_reused")
        return refund

    def get_refund(self, provider_ref: str) -> GatewayRefund:
        """Return the refund. Raises: GatewayRefused ``not_found``."""
        body = self._api.get(f"{PAYMENTS}/refunds/{provider_ref}")
        return reading.as_refund(body, payment_ref=self._order_of("captures", reading.linked_id(body, "up")))

    def find_refund(self, reference: str, *, payment_ref: str) -> GatewayRefund | None:
        """Return the newest refund of a payment made with our reference; the order lists them all."""
        refunds = reading.refunds_of(self._order(payment_ref))
        found = next((body for body in refunds if reading.reference_of(body) == reference), None)
        return None if found is None else reading.as_refund(found, payment_ref=payment_ref)

    def get_dispute(self, provider_ref: str) -> GatewayDispute:
        """Return the dispute. Raises: GatewayRefused ``not_found``."""
        body = self._api.get(f"/v1/customer/disputes/{provider_ref}")
        disputed = (body.get("disputed_transactions") or [{}])[0].get("seller_transaction_id")
        return reading.as_dispute(body, payment_ref=self._order_of("captures", disputed) if disputed else "")

    def list_movements(self, since: datetime, until: datetime) -> Iterator[GatewayMovement]:
        """Yield what moved on our balance in ``[since, until)``, the newest first; the last three hours may lack."""
        yield from map(reading.as_movement, self._api.list_transactions(since, until))

    def verify_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> GatewayEvent:
        """Ask PayPal whether it sent this, and read the event.

        Raises: WebhookRejected; GatewayTimeout, GatewayUnavailable while PayPal can't say.
        """
        return webhooks.verify(self._api, headers, raw_body, webhook_ids=self._webhook_ids, now=self._now())

    def _order(self, order_id: str) -> Body:
        return self._api.get(f"{ORDERS}/{order_id}")

    def _order_of(self, kind: str, object_id: str) -> str:
        return reading.order_id_of(self._api.get(f"{PAYMENTS}/{kind}/{object_id}"))

    def _settled(self, order: Body) -> Body:
        """Authorise an approved order, or charge it when that was asked for; return it as it stands then."""
        if order["status"] != "APPROVED" or reading.is_given_up(order):
            return order
        verb = order["intent"].lower()
        try:
            self._api.post(f"{ORDERS}/{order['id']}/{verb}", {}, key=f"{order['id']}:{verb}")
        except GatewayRefused as refusal:
            now = self._order(order["id"])
            # Somebody else was faster, unless the order still waits: then its payer's money was refused.
            return now if now["status"] != "APPROVED" else reading.declined(now, refusal.code)
        order = self._order(order["id"])
        if reading.is_given_up(order):
            # It was given up while it was being authorised.
            return self._void_authorization(order, key=f"{order['id']}:void")
        return order

    def _give_up(self, order: Body) -> Body:
        if not reading.is_given_up(order):
            path = f"{ORDERS}/{order['id']}"
            value = reading.GIVEN_UP + reading.reference_of(reading.unit_of(order))
            change = {"op": "replace", "path": "/purchase_units/@reference_id=='default'/custom_id", "value": value}
            try:
                self._api.patch(path, [change])
            except GatewayRefused:
                # Authorised a moment ago: then that is voided.
                if reading.authorization_of(self._order(order["id"])) is None:
                    raise
        return self._order(order["id"])

    def _void_authorization(self, order: Body, *, key: str) -> Body:
        held = reading.authorization_of(order)
        if held is None:
            raise GatewayRefused("already_captured")
        if held["status"] != "VOIDED":
            self._api.post(f"{PAYMENTS}/authorizations/{held['id']}/void", {}, key=key)
        return self._order(order["id"])
