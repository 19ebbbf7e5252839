"""A payment of which the provider told something new, beside its booking and every other attempt to pay that."""

from collections.abc import Sequence
from dataclasses import dataclass

from airbnb.domain.statuses import PaymentStatus
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.queries.payments import has_other_live


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What follows from a payment's new status depends on these; their rows are locked, ``old`` is where it stood."""

    booking: Booking
    payment: Payment
    old: PaymentStatus
    attempts: Sequence[Payment]

    @property
    def is_paid_otherwise(self) -> bool:
        """Whether another attempt has money behind it."""
        return has_other_live(self.payment, self.attempts)

    @property
    def has_lost_authorisation(self) -> bool:
        """Whether what was authorised is gone and nothing stands in its place."""
        return self.old is PaymentStatus.AUTHORIZED and not self.is_paid_otherwise
