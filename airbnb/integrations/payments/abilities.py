"""What only some providers can do: each ability is a protocol of its own, and callers ask with ``isinstance``."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from airbnb.domain.kinds import MovementKind as MovementKind
from airbnb.domain.statuses import DisputeStatus as DisputeStatus
from airbnb.integrations.payments.protocol import GatewayPayout


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequest:
    """A host who is to be paid through the provider's own onboarding; ``reference`` is ours."""

    reference: str
    email: str = field(repr=False)
    idempotency_key: str
    country_code: str | None = None  # ISO 3166-1 alpha-2; None: the platform's own


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAccount:
    """A host's account at the provider; ``is_verified`` once money may be sent there and paid on to a bank."""

    provider_ref: str
    reference: str
    is_verified: bool
    country_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingLink:
    """Where a host tells the provider who they are; good once, until ``expires_at``."""

    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDispute:
    """A payer's bank questions a payment; an inquiry has taken no money yet."""

    provider_ref: str
    payment_ref: str
    status: DisputeStatus
    amount_minor: int
    currency: str
    reason: str
    is_inquiry: bool = False
    evidence_due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayMovement:
    """One line of our balance at the provider. Units: minor units; money in is above zero, ``fee_minor`` is a cost.

    ``subject_ref`` is the provider's name for the payment, refund, payout or dispute; ``reference`` is ours.
    """

    provider_ref: str
    kind: MovementKind
    subject_ref: str | None
    reference: str | None
    amount_minor: int
    fee_minor: int
    currency: str
    at: datetime


@runtime_checkable
class OnboardingGateway(Protocol):
    """A provider that checks hosts itself. Every call may raise what calls of a PaymentGateway do."""

    def create_account(self, request: AccountRequest) -> GatewayAccount:
        """Open an account for a host."""
        ...

    def find_account(self, reference: str, *, since: datetime) -> GatewayAccount | None:
        """Return the newest account opened with our reference; none of ours is older than ``since``."""
        ...

    def get_account(self, provider_ref: str) -> GatewayAccount:
        """Return the account. Raises: GatewayRefused ``not_found``."""
        ...

    def make_onboarding_link(self, provider_ref: str, *, return_url: str, refresh_url: str) -> OnboardingLink:
        """Make a link for the host, who comes back to ``return_url``, or to ``refresh_url`` when it was spent."""
        ...


@runtime_checkable
class ReversingGateway(Protocol):
    """A provider that takes a payout back."""

    def reverse_payout(
        self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str
    ) -> GatewayPayout:
        """Take a payout back, whole or in part, and return it as it stands then."""
        ...


@runtime_checkable
class DisputingGateway(Protocol):
    """A provider through which payers dispute payments."""

    def get_dispute(self, provider_ref: str) -> GatewayDispute:
        """Return the dispute. Raises: GatewayRefused ``not_found``."""
        ...


@runtime_checkable
class ReconcilableGateway(Protocol):
    """A provider that lists what moved."""

    def list_movements(self, since: datetime, until: datetime) -> Iterator[GatewayMovement]:
        """Yield what moved on our balance in ``[since, until)``, the newest first."""
        ...
