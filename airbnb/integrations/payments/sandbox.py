"""The built-in payment provider: plays the whole life of payments, refunds and payouts with no money behind it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from airbnb.domain import clock
from airbnb.integrations.payments import sandbox_rules as rules
from airbnb.integrations.payments import sandbox_webhooks, signatures
from airbnb.integrations.payments.protocol import (
    GatewayEvent,
    GatewayPayment,
    GatewayPayout,
    GatewayRefund,
    GatewayRefused,
    GatewayTimeout,
    PaymentRequest,
    PayoutRequest,
)
from airbnb.integrations.payments.sandbox_disputes import SandboxDisputes
from airbnb.integrations.payments.sandbox_movements import SandboxMovements, record
from airbnb.integrations.payments.sandbox_store import KEY_LIFETIME, PendingEvent, SandboxStore, new_ref


class SandboxGateway(SandboxDisputes, SandboxMovements):
    """A provider that remembers: it keeps its own books, idempotency keys and a queue of signed webhooks.

    Tokens: ``tok_ok`` works; ``tok_declined`` and ``tok_insufficient_funds`` fail; ``tok_requires_action``, or no
    token, waits for ``complete_action``; ``tok_timeout`` works but the answer gets lost; ``tok_capture_fails`` is
    authorised and fails when captured.
    Payout accounts: ``{"behaviour": "fail_permanent"}`` never works, ``{"behaviour": "fail_temporary"}`` fails once
    (``"times": n`` for more) and is paid when tried again with the same key.
    """

    name = "sandbox"
    key_valid_for = KEY_LIFETIME

    def __init__(
        self,
        path: Path | str,
        *,
        webhook_secrets: Sequence[str],
        approval_base_url: str = "/sandbox/approve",
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """Keep the books in the file at ``path``, made when first used.

        Webhooks are signed with the first secret and accepted with any of them. The approval page of a payment is
        ``approval_base_url/{provider_ref}``.
        """
        if not webhook_secrets or not all(webhook_secrets):
            raise ValueError("the sandbox needs a webhook secret")
        self._store = SandboxStore(Path(path))
        self._secrets = tuple(webhook_secrets)
        self._now = now
        self._payment = partial(rules.as_payment, approval_base_url=approval_base_url.rstrip("/"))

    def create_payment(self, request: PaymentRequest) -> GatewayPayment:
        """Authorise or charge as the token says; see the class for the tokens.

        Raises: GatewayTimeout after acting, for ``tok_timeout``; GatewayRefused.
        """
        fingerprint = rules.fingerprint(
            "payment", request.reference, request.amount_minor, request.currency, request.token, request.capture
        )
        now = self._now()
        with self._store.writing(now) as books:
            known = books.replay("payment", request.idempotency_key, fingerprint)
            if known is not None:
                return self._payment(known)
            payment = rules.new_payment(request, now)
            record(books, "payment", payment)
            books.remember(request.idempotency_key, fingerprint, payment)
        if request.token == rules.TIMEOUT_TOKEN:
            raise GatewayTimeout("the answer was lost on the way")
        return self._payment(payment)

    def get_payment(self, provider_ref: str) -> GatewayPayment:
        """Return the payment. Raises: GatewayRefused ``not_found``."""
        with self._store.reading(self._now()) as books:
            return self._payment(books.get("payment", provider_ref))

    def find_payment(self, reference: str, *, since: datetime) -> GatewayPayment | None:
        """Return the newest payment made with our reference, whenever it was made."""
        with self._store.reading(self._now()) as books:
            body = books.find("payment", reference)
        return None if body is None else self._payment(body)

    def capture(self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str) -> GatewayPayment:
        """Take an authorised amount or a part of it; the rest is released.

        Raises: GatewayRefused, also when the capture fails; the payment is failed or canceled then.
        """
        fingerprint = rules.fingerprint("capture", provider_ref, amount_minor)
        now = self._now()
        with self._store.writing(now) as books:
            known = books.replay("payment", idempotency_key, fingerprint)
            if known is not None:
                return self._payment(known)
            payment = books.get("payment", provider_ref)
            rules.check_currency(payment, currency)
            refusal = rules.take(payment, amount_minor, now)
            record(books, "payment", payment)
            if refusal is None:
                books.remember(idempotency_key, fingerprint, payment)
        # Raised only now: the failed payment must stay in the books.
        if refusal is not None:
            raise GatewayRefused(refusal)
        return self._payment(payment)

    def void(self, provider_ref: str, idempotency_key: str) -> GatewayPayment:
        """Give up an uncaptured payment. One that is already canceled or failed is answered as it stands.

        Raises: GatewayRefused ``already_captured``, ``not_found``.
        """
        fingerprint = rules.fingerprint("void", provider_ref)
        with self._store.writing(self._now()) as books:
            known = books.replay("payment", idempotency_key, fingerprint)
            if known is not None:
                return self._payment(known)
            payment = books.get("payment", provider_ref)
            if rules.give_up(payment):
                record(books, "payment", payment)
            books.remember(idempotency_key, fingerprint, payment)
        return self._payment(payment)

    def refund(
        self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str, reference: str
    ) -> GatewayRefund:
        """Send captured money back, at most what is left of it.

        Raises: GatewayRefused ``refund_exceeds_captured``, ``not_found``.
        """
        fingerprint = rules.fingerprint("refund", provider_ref, amount_minor, reference)
        with self._store.writing(self._now()) as books:
            known = books.replay("refund", idempotency_key, fingerprint)
            if known is not None:
                return rules.as_refund(known)
            payment = books.get("payment", provider_ref)
            rules.check_currency(payment, currency)
            refund = rules.give_back(payment, amount_minor, reference)
            books.save("payment", payment)
            record(books, "refund", refund)
            books.remember(idempotency_key, fingerprint, refund)
        return rules.as_refund(refund)

    def get_refund(self, provider_ref: str) -> GatewayRefund:
        """Return the refund. Raises: GatewayRefused ``not_found``."""
        with self._store.reading(self._now()) as books:
            return rules.as_refund(books.get("refund", provider_ref))

    def find_refund(self, reference: str, *, payment_ref: str) -> GatewayRefund | None:
        """Return the newest refund made with our reference."""
        with self._store.reading(self._now()) as books:
            body = books.find("refund", reference)
        return None if body is None else rules.as_refund(body)

    def create_payout(self, request: PayoutRequest) -> GatewayPayout:
        """Pay at once, or fail as the account's ``behaviour`` says.

        A temporary failure tried again with its key is a new attempt at the same payout.
        """
        rules.check_amount(request.amount_minor, request.currency)
        details = dict(request.account_details)
        fingerprint = rules.fingerprint("payout", request.reference, request.amount_minor, request.currency, details)
        with self._store.writing(self._now()) as books:
            payout = books.replay("payout", request.idempotency_key, fingerprint) or _new_payout(request)
            if payout["attempts"] and rules.is_settled(payout):
                return rules.as_payout(payout)
            rules.try_payout(payout, details)
            record(books, "payout", payout)
            books.remember(request.idempotency_key, fingerprint, payout)
        return rules.as_payout(payout)

    def get_payout(self, provider_ref: str) -> GatewayPayout:
        """Return the payout. Raises: GatewayRefused ``not_found``."""
        with self._store.reading(self._now()) as books:
            return rules.as_payout(books.get("payout", provider_ref))

    def find_payout(self, reference: str, *, since: datetime) -> GatewayPayout | None:
        """Return the newest payout made with our reference."""
        with self._store.reading(self._now()) as books:
            body = books.find("payout", reference)
        return None if body is None else rules.as_payout(body)

    def verify_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> GatewayEvent:
        """Check the signature over the raw body and read the event. Raises: WebhookRejected."""
        return sandbox_webhooks.verify(headers, raw_body, secrets=self._secrets, now=self._now())

    def close(self) -> None:
        """Close the file; the gateway opens it again when used."""
        self._store.close()

    # What only the sandbox has: the payer's page, and the queue of webhooks that the product posts to itself.

    def complete_action(self, provider_ref: str, ok: bool) -> GatewayPayment:
        """Play the payer's answer on the confirmation page; a payment that no longer waits stays as it is."""
        now = self._now()
        with self._store.writing(now) as books:
            payment = books.get("payment", provider_ref)
            if rules.answer(payment, ok, now):
                record(books, "payment", payment)
        return self._payment(payment)

    def return_urls(self, provider_ref: str) -> tuple[str | None, str | None]:
        """Return where the confirmation page sends the payer: (after a yes, after a no)."""
        with self._store.reading(self._now()) as books:
            payment = books.get("payment", provider_ref)
        return payment["return_url"], payment["cancel_url"] or payment["return_url"]

    def pending_events(self, limit: int = 100) -> list[PendingEvent]:
        """List the webhooks that are due, oldest first; each stays until ``mark_event_delivered``."""
        with self._store.reading(self._now()) as books:
            return books.due_events(limit)

    def mark_event_delivered(self, event: PendingEvent) -> None:
        """Take a webhook that the receiver answered with 2xx off the queue."""
        with self._store.writing(self._now()) as books:
            books.mark_delivered(event.number)

    def signed_headers(self, event: PendingEvent) -> dict[str, str]:
        """Return the headers to post the event's body with."""
        signature = signatures.sign(event.body, self._secrets[0], self._now())
        return {"Content-Type": "application/json", sandbox_webhooks.SIGNATURE_HEADER: signature}

    def forget_everything(self) -> None:
        """Empty the books, the keys and the queue, as for a world that is made anew."""
        with self._store.writing(self._now()) as books:
            books.clear()

    def emit_event(
        self, provider_ref: str, event_type: str, *, delay: timedelta = timedelta(0), duplicate: bool = False
    ) -> str:
        """Queue an event about a payment as it stands, late or twice if asked; return its id.

        For rehearsing what networks do to webhooks; it changes nothing in the books.
        """
        with self._store.writing(self._now()) as books:
            payment = books.get("payment", provider_ref)
            return books.queue(event_type, payment, delay=delay, copies=2 if duplicate else 1)


def _new_payout(request: PayoutRequest) -> dict[str, Any]:
    return {
        "provider_ref": new_ref("out"),
        "reference": request.reference,
        "amount_minor": request.amount_minor,
        "currency": request.currency,
        "attempts": 0,
    }
