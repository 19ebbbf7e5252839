"""The refusals of quoting, booking, paying and cancelling, with the codes that the API promises.

Source: the codes are fixed by the API contract; the rules stand in docs/rules/calendar.md and docs/rules/prices.md.
"""

from airbnb.domain.errors import DomainError, InvalidTransition

__all__ = [
    "AdvanceNotice",
    "ChangeOpen",
    "CheckInWeekday",
    "CheckOutWeekday",
    "DatesUnavailable",
    "InvalidTransition",
    "ListingUnavailable",
    "MaxNights",
    "MinNights",
    "OutsideBookingWindow",
    "OwnListing",
    "PetsNotAllowed",
    "PriceChanged",
    "RefundChanged",
    "TooManyAttempts",
    "TooManyGuests",
    "TooManyHolds",
]


class DatesUnavailable(DomainError):
    """A night of the stay, or of its preparation, is taken.

    Shape: ``first_taken_night`` as YYYY-MM-DD; ``alternatives`` a list of ``{check_in, check_out}``.
    """

    code = "dates_unavailable"
    message = "These dates are not free."


class ListingUnavailable(DomainError):
    """The listing is not open for bookings."""

    code = "listing_unavailable"
    message = "This place cannot be booked at the moment."


class MinNights(DomainError):
    """The stay is shorter than the check-in night asks for."""

    code = "min_nights"
    message = "Stays that begin on this day have at least {min_nights} nights."


class MaxNights(DomainError):
    """The stay is longer than the listing takes."""

    code = "max_nights"
    message = "Stays here have at most {max_nights} nights."


class CheckInWeekday(DomainError):
    """Guests cannot arrive on this weekday."""

    code = "check_in_weekday"
    message = "Check-in is not possible on this weekday."


class CheckOutWeekday(DomainError):
    """Guests cannot leave on this weekday."""

    code = "check_out_weekday"
    message = "Check-out is not possible on this weekday."


class TooManyGuests(DomainError):
    """More adults and children than the listing takes."""

    code = "too_many_guests"
    message = "This place takes at most {max_guests} guests."


class PetsNotAllowed(DomainError):
    """The listing takes no pets."""

    code = "pets_not_allowed"
    message = "Pets are not allowed here."


class AdvanceNotice(DomainError):
    """The check-in is too near."""

    code = "advance_notice"
    message = "The host needs more notice. The first possible check-in is {earliest_check_in}."


class OutsideBookingWindow(DomainError):
    """The check-out is too far away."""

    code = "outside_booking_window"
    message = "The host takes bookings only up to {latest_check_out}."


class OwnListing(DomainError):
    """Hosts do not book their own places."""

    code = "own_listing"
    message = "You cannot book your own place."


class PriceChanged(DomainError):
    """The total is no longer the expected one; ``quote`` is the new one."""

    code = "price_changed"
    message = "The price has changed. Please look at it again."


class RefundChanged(DomainError):
    """The refund is no longer the expected one; ``refund`` is the new one."""

    code = "refund_changed"
    message = "The refund has changed. Please look at it again."


class TooManyHolds(DomainError):
    """The guest holds as many unpaid stays as one may."""

    code = "too_many_holds"
    message = "Pay or leave one of your unpaid bookings first."


class TooManyAttempts(DomainError):
    """The booking's payment attempts are used up."""

    code = "too_many_attempts"
    message = "This booking cannot be paid again. Please start over."


class ChangeOpen(DomainError):
    """Another change of the booking is still open."""

    code = "change_open"
    message = "Another change of this booking is still open. Answer or withdraw it first."
