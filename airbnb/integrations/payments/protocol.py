"""What the product asks of a payment provider, in its own words.

Rules that every adapter keeps (``tests/integrations/payments/contract.py`` checks them):

1. A call with a key seen before answers with the same object and does nothing again, for ``key_valid_for``.
2. The same key with another amount is refused.
3. A declined card is an answer (``status=failed`` with a ``failure_code``), not an exception.
4. Amounts are integers in the currency's smallest unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol


class GatewayPaymentStatus(StrEnum):
    """Where a payment stands at the provider."""

    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELED = "canceled"


class GatewayRefundStatus(StrEnum):
    """Where a refund stands at the provider."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class GatewayPayoutStatus(StrEnum):
    """Where a payout stands at the provider."""

    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"


class EventSubject(StrEnum):
    """What an event of a provider is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    PAYOUT = "payout"
    DISPUTE = "dispute"
    ACCOUNT = "account"


class GatewayError(Exception):
    """Anything that keeps a provider from answering as asked."""


class GatewayTimeout(GatewayError):
    """No answer came: the provider may or may not have acted. Look it up by our reference before trying again."""


class GatewayUnavailable(GatewayError):
    """The provider certainly did not act; the same call may be tried again later."""


class GatewayRefused(GatewayError):
    """The provider said no; ``permanent`` tells whether the same call can ever succeed."""

    def __init__(self, code: str, *, permanent: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class WebhookRejected(GatewayError):
    """A webhook whose signature, age or shape is wrong; ``reason`` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """What to charge; ``reference`` is ours and finds the payment again when the answer got lost."""

    reference: str
    amount_minor: int
    currency: str
    idempotency_key: str
    token: str | None = None
    capture: bool = False
    return_url: str | None = None
    cancel_url: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRequest:
    """What to send to a host; ``account_details`` is what the provider needs to find the account.

    ``reference`` names one call to one account: a payout that is tried with another account has another.
    """

    reference: str
    account_details: Mapping[str, Any] = field(repr=False)
    amount_minor: int
    currency: str
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPayment:
    """A payment as the provider knows it now."""

    provider_ref: str
    reference: str
    status: GatewayPaymentStatus
    amount_minor: int
    currency: str
    captured_minor: int = 0
    refunded_minor: int = 0
    #: Where the payer confirms; set while the status is ``requires_action`` and the provider has such a page.
    approval_url: str | None = None
    #: What the payer's browser needs to confirm in place.
    client_secret: str | None = field(default=None, repr=False)
    failure_code: str | None = None
    #: When an authorisation lapses unless captured.
    capture_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRefund:
    """A refund as the provider knows it now."""

    provider_ref: str
    payment_ref: str
    reference: str
    status: GatewayRefundStatus
    amount_minor: int
    currency: str
    failure_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPayout:
    """A payout as the provider knows it now; a failed one that is not ``permanent`` may be tried with the same key."""

    provider_ref: str
    reference: str
    status: GatewayPayoutStatus
    amount_minor: int
    currency: str
    failure_code: str | None = None
    permanent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayEvent:
    """One verified webhook; ``event_id`` is the provider's and the same on every delivery.

    ``subject`` is None for kinds that need nothing done. ``data`` is kept for staff and must hold no secrets and no
    card; its ``reference`` is ours, where the provider repeats it.
    """

    event_id: str
    type: str
    subject: EventSubject | None
    provider_ref: str
    data: Mapping[str, Any]


class PaymentGateway(Protocol):
    """A payment provider. Every call may raise GatewayTimeout, GatewayUnavailable or GatewayRefused."""

    @property
    def name(self) -> str:
        """The provider's name in the API: ``sandbox``, ``stripe``, ``paypal``."""
        ...

    @property
    def key_valid_for(self) -> timedelta:
        """How long the provider remembers idempotency keys."""
        ...

    def create_payment(self, request: PaymentRequest) -> GatewayPayment:
        """Authorise, or with ``capture`` charge at once."""
        ...

    def get_payment(self, provider_ref: str) -> GatewayPayment:
        """Return the payment. Where a payer's approval is not yet a hold, asking makes it one.

        Raises: GatewayRefused ``not_found``.
        """
        ...

    def find_payment(self, reference: str, *, since: datetime) -> GatewayPayment | None:
        """Return the newest payment made with our reference; none of ours is older than ``since``."""
        ...

    def capture(self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str) -> GatewayPayment:
        """Take an authorised amount or a part of it; the rest is released."""
        ...

    def void(self, provider_ref: str, idempotency_key: str) -> GatewayPayment:
        """Give up an uncaptured payment. One that is already canceled or failed is answered as it stands."""
        ...

    def refund(
        self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str, reference: str
    ) -> GatewayRefund:
        """Send captured money back, at most what is left of it."""
        ...

    def get_refund(self, provider_ref: str) -> GatewayRefund:
        """Return the refund. Raises: GatewayRefused ``not_found``."""
        ...

    def find_refund(self, reference: str, *, payment_ref: str) -> GatewayRefund | None:
        """Return the newest refund of a payment made with our reference."""
        ...

    def create_payout(self, request: PayoutRequest) -> GatewayPayout:
        """Send money to a host."""
        ...

    def get_payout(self, provider_ref: str) -> GatewayPayout:
        """Return the payout. Raises: GatewayRefused ``not_found``."""
        ...

    def find_payout(self, reference: str, *, since: datetime) -> GatewayPayout | None:
        """Return the newest payout made with our reference; none of ours is older than ``since``."""
        ...

    def verify_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> GatewayEvent:
        """Check the signature over the raw body and read the event. Raises: WebhookRejected."""
        ...
