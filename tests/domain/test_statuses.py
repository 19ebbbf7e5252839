"""A status moves only as its table says.

Source: docs/rules/booking-life.md.
"""

from itertools import product

import pytest

from airbnb.domain import statuses
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.statuses import BookingStatus, PaymentStatus, PendingOn, can_move, ensure_booking_step

ENUMS = list(statuses.MOVES)


@pytest.mark.parametrize("enum", ENUMS)
def test_every_status_has_its_row(enum):
    table = statuses.MOVES[enum]

    assert set(table) == set(enum)
    assert set().union(*table.values()) <= set(enum)


@pytest.mark.parametrize(
    "enum", [*ENUMS, statuses.NightKind, statuses.PendingOn, statuses.Phase], ids=lambda enum: enum.__name__
)
def test_a_name_is_its_value_in_capitals(enum):
    assert all(member.name == member.value.upper() for member in enum)


API_MOVES = {
    ("pending", "pending"),
    ("pending", "confirmed"),
    ("pending", "declined"),
    ("pending", "expired"),
    ("pending", "canceled"),
    ("confirmed", "confirmed"),
    ("confirmed", "completed"),
    ("confirmed", "canceled"),
    ("expired", "pending"),
    ("expired", "confirmed"),
}


@pytest.mark.parametrize("old, new", list(product(BookingStatus, BookingStatus)))
def test_a_booking_moves_as_the_contract_says(old, new):
    if (old, new) in API_MOVES:
        statuses.ensure_transition(old, new)
    else:
        with pytest.raises(InvalidTransition) as refusal:
            statuses.ensure_transition(old, new)
        assert refusal.value.facts == {"from": old.value, "to": new.value}


def test_the_finer_table_agrees_with_the_statuses():
    moves = {(old[0], new[0]) for old, news in statuses.BOOKING_STEP_MOVES.items() for new in news}

    assert moves == API_MOVES


PAYMENT, HOST = PendingOn.PAYMENT, PendingOn.HOST
PENDING, CONFIRMED, EXPIRED = BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.EXPIRED


@pytest.mark.parametrize(
    "old, new",
    [
        ((PENDING, PAYMENT), (PENDING, HOST)),
        ((PENDING, HOST), (PENDING, PAYMENT)),
        ((PENDING, HOST), (BookingStatus.DECLINED, None)),
        ((EXPIRED, None), (PENDING, HOST)),
        ((EXPIRED, None), (CONFIRMED, None)),
    ],
)
def test_a_step_of_a_booking_is_allowed(old, new):
    ensure_booking_step(old, new)


@pytest.mark.parametrize(
    "old, new",
    [
        ((PENDING, PAYMENT), (BookingStatus.DECLINED, None)),
        ((PENDING, PAYMENT), (PENDING, PAYMENT)),
        ((EXPIRED, None), (PENDING, PAYMENT)),
        ((CONFIRMED, HOST), (CONFIRMED, None)),
        ((BookingStatus.CANCELED, None), (CONFIRMED, None)),
    ],
)
def test_a_step_outside_a_bookings_life_is_refused(old, new):
    with pytest.raises(InvalidTransition):
        ensure_booking_step(old, new)


def test_two_kinds_of_status_never_move_into_each_other():
    assert not can_move(BookingStatus.PENDING, statuses.RefundStatus.FAILED)
    assert not can_move(statuses.RefundStatus.PENDING, statuses.PayoutStatus.FAILED)


@pytest.mark.parametrize(
    "old, new, allowed",
    [
        (PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, True),
        (PaymentStatus.CAPTURED, PaymentStatus.AUTHORIZED, False),
        (PaymentStatus.REFUNDED, PaymentStatus.CAPTURED, False),
        (PaymentStatus.FAILED, PaymentStatus.CAPTURED, True),
        (statuses.ListingStatus.DRAFT, statuses.ListingStatus.PUBLISHED, True),
        (statuses.ListingStatus.ARCHIVED, statuses.ListingStatus.PUBLISHED, False),
        (statuses.ListingStatus.SUSPENDED, statuses.ListingStatus.PUBLISHED, False),
        (statuses.UserStatus.CLOSED, statuses.UserStatus.ACTIVE, False),
        (statuses.OutboxState.NEW, statuses.OutboxState.DONE, False),
        (statuses.PayoutStatus.SCHEDULED, statuses.PayoutStatus.PAID, False),
        (statuses.RefundStatus.FAILED, statuses.RefundStatus.REROUTED, True),
    ],
)
def test_late_words_never_move_a_status_back(old, new, allowed):
    assert can_move(old, new) is allowed
