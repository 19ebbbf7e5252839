"""What a payment provider says of a payment, refund or payout, in words that need no adapter."""

from dataclasses import dataclass
from datetime import datetime

from airbnb.domain.statuses import DisputeStatus, PaymentStatus, PayoutStatus, RefundStatus

#: A payment with one of these has money behind it or on its way.
LIVE = frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED})
#: These can still be given up without money having moved.
VOIDABLE = frozenset({PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReport:
    """Where a payment stands at its provider; ``provider_ref`` is None when the provider took nothing on."""

    status: PaymentStatus
    provider_ref: str | None = None
    captured_minor: int = 0
    approval_url: str | None = None
    client_secret: str | None = None
    failure_code: str | None = None
    capture_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReport:
    """Where a refund stands at its provider."""

    status: RefundStatus
    provider_ref: str | None = None
    failure_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutReport:
    """Where a payout stands at its provider; a failed one that is not ``is_permanent`` is tried again."""

    status: PayoutStatus
    provider_ref: str | None = None
    failure_code: str | None = None
    is_permanent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeReport:
    """Where a dispute stands at its provider; of an inquiry no money was taken yet. Units: minor units."""

    provider_ref: str
    status: DisputeStatus
    amount_minor: int
    currency: str
    reason: str
    is_inquiry: bool = False
    evidence_due_at: datetime | None = None
