"""What somebody asks for: a stay to be priced, and one to be booked and paid."""

from dataclasses import dataclass, field

from airbnb.domain.kinds import Provider
from airbnb.domain.money import Money
from airbnb.domain.pricing import Party, RatePlan
from airbnb.domain.quote_tokens import FrozenQuote
from airbnb.domain.stays import Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to book at a listing; ``coupon`` and ``currency`` only if they named one."""

    stay: Stay
    party: Party = field(default_factory=Party)
    rate_plan: RatePlan = RatePlan.STANDARD
    coupon: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChoice:
    """How the guest wants to pay; the token is passed on to the provider and never stored."""

    provider: Provider
    token: str | None = None
    return_url: str | None = None
    cancel_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a guest asks to book; ``frozen`` is the quote of a token, ``expected`` the total that was shown."""

    guest_id: int
    listing_id: int
    wish: Wish
    payment: PaymentChoice
    frozen: FrozenQuote | None = None
    expected: Money | None = None
    message: str | None = None
