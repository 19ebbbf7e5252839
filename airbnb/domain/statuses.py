"""Every status that is stored, and which moves between them are allowed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from airbnb.domain.errors import InvalidTransition


class BookingStatus(StrEnum):
    """Where a booking stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELED = "canceled"


class PendingOn(StrEnum):
    """Whom a pending booking waits for."""

    PAYMENT = "payment"
    HOST = "host"


class ChangeStatus(StrEnum):
    """Where a change of an agreed stay stands; ``closed`` ones were overtaken by the booking or the calendar."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CLOSED = "closed"


class ChangeWaitsFor(StrEnum):
    """Whom an open change waits for: a side's answer, or the guest's payment of what it costs more."""

    GUEST = "guest"
    HOST = "host"
    PAYMENT = "payment"


class Phase(StrEnum):
    """Where the dates of a booking lie, seen from now; never stored."""

    UPCOMING = "upcoming"
    IN_STAY = "in_stay"
    PAST = "past"


class ListingStatus(StrEnum):
    """Where a listing stands; only ``published`` is found and booked."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    PUBLISHED = "published"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"


class PaymentStatus(StrEnum):
    """One attempt to pay at a provider, as the API shows it."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELED = "canceled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class RefundStatus(StrEnum):
    """Money on its way back; ``failed`` stays owed until staff pick another way."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REROUTED = "rerouted"


class PayoutStatus(StrEnum):
    """Money on its way to a host; a temporary failure is scheduled again."""

    SCHEDULED = "scheduled"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"


class DisputeStatus(StrEnum):
    """A payer's bank questions a payment; the last two are the bank's answer."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


class ApprovalStatus(StrEnum):
    """What staff want to do to money; ``approved`` is done."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class UserStatus(StrEnum):
    """Whether an account may be used."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class PhotoStatus(StrEnum):
    """Whether a photo's sizes are made."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class ReviewStatus(StrEnum):
    """``pending`` reviews wait for the other side or the window; ``hidden`` ones count nowhere."""

    PENDING = "pending"
    PUBLISHED = "published"
    HIDDEN = "hidden"


class NightKind(StrEnum):
    """Why a night is taken."""

    BOOKING = "booking"
    BLOCK = "block"
    FEED = "feed"
    PREPARATION = "preparation"


class ConflictResolution(StrEnum):
    """How a clash of calendars ended; ``gone`` ones ended by themselves."""

    BY_HOST = "by_host"
    GONE = "gone"


class OutboxState(StrEnum):
    """An event waiting to be acted on; ``dead`` ones spent their tries."""

    NEW = "new"
    HELD = "held"
    DONE = "done"
    DEAD = "dead"


class IntentState(StrEnum):
    """A call to a provider; ``unknown`` ones are asked about by the sweep."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


#: status -> the statuses it may move to.
BOOKING_MOVES: Mapping[BookingStatus, frozenset[BookingStatus]] = {
    # pending -> pending is the move of ``pending_on`` between payment and host.
    BookingStatus.PENDING: frozenset(
        {
            BookingStatus.PENDING,
            BookingStatus.CONFIRMED,
            BookingStatus.DECLINED,
            BookingStatus.EXPIRED,
            BookingStatus.CANCELED,
        }
    ),
    # confirmed -> confirmed is an accepted change of the stay.
    BookingStatus.CONFIRMED: frozenset({BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.CANCELED}),
    # Money that arrives late brings an expired booking back.
    BookingStatus.EXPIRED: frozenset({BookingStatus.PENDING, BookingStatus.CONFIRMED}),
    BookingStatus.COMPLETED: frozenset(),
    BookingStatus.DECLINED: frozenset(),
    BookingStatus.CANCELED: frozenset(),
}

#: The moves of ``(status, pending_on)``: finer than the status alone, for compare-and-set on both columns.
BOOKING_STEP_MOVES: Mapping[
    tuple[BookingStatus, PendingOn | None], frozenset[tuple[BookingStatus, PendingOn | None]]
] = {
    (BookingStatus.PENDING, PendingOn.PAYMENT): frozenset(
        {
            (BookingStatus.PENDING, PendingOn.HOST),
            (BookingStatus.CONFIRMED, None),
            (BookingStatus.EXPIRED, None),
            (BookingStatus.CANCELED, None),
        }
    ),
    (BookingStatus.PENDING, PendingOn.HOST): frozenset(
        {
            (BookingStatus.PENDING, PendingOn.PAYMENT),
            (BookingStatus.CONFIRMED, None),
            (BookingStatus.DECLINED, None),
            (BookingStatus.EXPIRED, None),
            (BookingStatus.CANCELED, None),
        }
    ),
    (BookingStatus.CONFIRMED, None): frozenset(
        {(BookingStatus.CONFIRMED, None), (BookingStatus.COMPLETED, None), (BookingStatus.CANCELED, None)}
    ),
    (BookingStatus.EXPIRED, None): frozenset(
        {(BookingStatus.PENDING, PendingOn.HOST), (BookingStatus.CONFIRMED, None)}
    ),
    (BookingStatus.COMPLETED, None): frozenset(),
    (BookingStatus.DECLINED, None): frozenset(),
    (BookingStatus.CANCELED, None): frozenset(),
}

CHANGE_MOVES: Mapping[ChangeStatus, frozenset[ChangeStatus]] = {
    # pending -> pending is the move of ``waits_for``.
    ChangeStatus.PENDING: frozenset(ChangeStatus),
    ChangeStatus.ACCEPTED: frozenset(),
    ChangeStatus.DECLINED: frozenset(),
    ChangeStatus.WITHDRAWN: frozenset(),
    ChangeStatus.EXPIRED: frozenset(),
    ChangeStatus.CLOSED: frozenset(),
}

LISTING_MOVES: Mapping[ListingStatus, frozenset[ListingStatus]] = {
    ListingStatus.DRAFT: frozenset(
        {ListingStatus.PUBLISHED, ListingStatus.IN_REVIEW, ListingStatus.SUSPENDED, ListingStatus.ARCHIVED}
    ),
    ListingStatus.IN_REVIEW: frozenset(
        {
            ListingStatus.PUBLISHED,
            ListingStatus.CHANGES_REQUESTED,
            ListingStatus.DRAFT,
            ListingStatus.SUSPENDED,
            ListingStatus.ARCHIVED,
        }
    ),
    ListingStatus.CHANGES_REQUESTED: frozenset(
        {ListingStatus.IN_REVIEW, ListingStatus.PUBLISHED, ListingStatus.SUSPENDED, ListingStatus.ARCHIVED}
    ),
    ListingStatus.PUBLISHED: frozenset({ListingStatus.PAUSED, ListingStatus.SUSPENDED, ListingStatus.ARCHIVED}),
    ListingStatus.PAUSED: frozenset(
        {ListingStatus.PUBLISHED, ListingStatus.IN_REVIEW, ListingStatus.SUSPENDED, ListingStatus.ARCHIVED}
    ),
    # Staff lift a suspension into pause: the host decides when guests may book again.
    ListingStatus.SUSPENDED: frozenset({ListingStatus.PAUSED, ListingStatus.ARCHIVED}),
    ListingStatus.ARCHIVED: frozenset(),
}

_PAYMENT_OPEN_ENDS = frozenset(
    {
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.PROCESSING,
        PaymentStatus.AUTHORIZED,
        PaymentStatus.CAPTURED,
        PaymentStatus.FAILED,
        PaymentStatus.CANCELED,
    }
)
PAYMENT_MOVES: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.REQUIRES_PAYMENT_METHOD: _PAYMENT_OPEN_ENDS,
    PaymentStatus.REQUIRES_ACTION: (_PAYMENT_OPEN_ENDS | {PaymentStatus.REQUIRES_PAYMENT_METHOD})
    - {PaymentStatus.REQUIRES_ACTION},
    PaymentStatus.PROCESSING: (_PAYMENT_OPEN_ENDS | {PaymentStatus.REQUIRES_PAYMENT_METHOD})
    - {PaymentStatus.PROCESSING},
    PaymentStatus.AUTHORIZED: frozenset({PaymentStatus.CAPTURED, PaymentStatus.CANCELED, PaymentStatus.FAILED}),
    PaymentStatus.CAPTURED: frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}),
    PaymentStatus.PARTIALLY_REFUNDED: frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}),
    # A provider's late word wins over our guess: a time-out counted as failed or canceled may yet turn out paid.
    PaymentStatus.FAILED: frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED}),
    PaymentStatus.CANCELED: frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED}),
    PaymentStatus.REFUNDED: frozenset(),
}

REFUND_MOVES: Mapping[RefundStatus, frozenset[RefundStatus]] = {
    # One that fails is owed no more when the guest has it by another way.
    RefundStatus.PENDING: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED, RefundStatus.REROUTED}),
    # Banks return a refund to a closed card days after it had succeeded.
    RefundStatus.SUCCEEDED: frozenset({RefundStatus.FAILED, RefundStatus.REROUTED}),
    # A provider may say that it failed and send it after all.
    RefundStatus.FAILED: frozenset({RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.REROUTED}),
    RefundStatus.REROUTED: frozenset(),
}

PAYOUT_MOVES: Mapping[PayoutStatus, frozenset[PayoutStatus]] = {
    PayoutStatus.SCHEDULED: frozenset({PayoutStatus.PROCESSING}),
    # A payout held back before it left goes to ``scheduled`` again.
    PayoutStatus.PROCESSING: frozenset({PayoutStatus.PAID, PayoutStatus.FAILED, PayoutStatus.SCHEDULED}),
    # Staff may pay by hand what failed for good.
    PayoutStatus.FAILED: frozenset({PayoutStatus.SCHEDULED, PayoutStatus.PROCESSING, PayoutStatus.PAID}),
    # A bank may return a paid payout.
    PayoutStatus.PAID: frozenset({PayoutStatus.FAILED}),
}

DISPUTE_MOVES: Mapping[DisputeStatus, frozenset[DisputeStatus]] = {
    DisputeStatus.NEEDS_RESPONSE: frozenset({DisputeStatus.UNDER_REVIEW, DisputeStatus.WON, DisputeStatus.LOST}),
    # A closed inquiry may come back as a chargeback, and a bank may ask for more.
    DisputeStatus.UNDER_REVIEW: frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.WON, DisputeStatus.LOST}),
    DisputeStatus.WON: frozenset(),
    DisputeStatus.LOST: frozenset(),
}

APPROVAL_MOVES: Mapping[ApprovalStatus, frozenset[ApprovalStatus]] = {
    ApprovalStatus.PENDING: frozenset(ApprovalStatus) - {ApprovalStatus.PENDING},
    **dict.fromkeys((ApprovalStatus.APPROVED, ApprovalStatus.REJECTED, ApprovalStatus.EXPIRED), frozenset()),
}

USER_MOVES: Mapping[UserStatus, frozenset[UserStatus]] = {
    UserStatus.ACTIVE: frozenset({UserStatus.SUSPENDED, UserStatus.CLOSED}),
    UserStatus.SUSPENDED: frozenset({UserStatus.ACTIVE, UserStatus.CLOSED}),
    UserStatus.CLOSED: frozenset(),
}

PHOTO_MOVES: Mapping[PhotoStatus, frozenset[PhotoStatus]] = {
    PhotoStatus.PROCESSING: frozenset({PhotoStatus.READY, PhotoStatus.FAILED}),
    PhotoStatus.READY: frozenset({PhotoStatus.PROCESSING}),
    PhotoStatus.FAILED: frozenset({PhotoStatus.PROCESSING}),
}

REVIEW_MOVES: Mapping[ReviewStatus, frozenset[ReviewStatus]] = {
    ReviewStatus.PENDING: frozenset({ReviewStatus.PUBLISHED, ReviewStatus.HIDDEN}),
    ReviewStatus.PUBLISHED: frozenset({ReviewStatus.HIDDEN}),
    ReviewStatus.HIDDEN: frozenset({ReviewStatus.PUBLISHED}),
}

OUTBOX_MOVES: Mapping[OutboxState, frozenset[OutboxState]] = {
    OutboxState.NEW: frozenset({OutboxState.HELD}),
    # held -> held is a claim taken over after its lease; held -> new is a retry with backoff.
    OutboxState.HELD: frozenset({OutboxState.HELD, OutboxState.DONE, OutboxState.NEW, OutboxState.DEAD}),
    OutboxState.DEAD: frozenset({OutboxState.NEW}),
    OutboxState.DONE: frozenset(),
}

INTENT_MOVES: Mapping[IntentState, frozenset[IntentState]] = {
    IntentState.PENDING: frozenset({IntentState.SUCCEEDED, IntentState.FAILED, IntentState.UNKNOWN}),
    IntentState.UNKNOWN: frozenset({IntentState.PENDING, IntentState.SUCCEEDED, IntentState.FAILED}),
    IntentState.SUCCEEDED: frozenset(),
    IntentState.FAILED: frozenset({IntentState.SUCCEEDED}),
}

#: Enum -> its table of moves.
MOVES: Mapping[type[StrEnum], Mapping[Any, frozenset[Any]]] = {
    BookingStatus: BOOKING_MOVES,
    ChangeStatus: CHANGE_MOVES,
    ListingStatus: LISTING_MOVES,
    PaymentStatus: PAYMENT_MOVES,
    RefundStatus: REFUND_MOVES,
    PayoutStatus: PAYOUT_MOVES,
    DisputeStatus: DISPUTE_MOVES,
    ApprovalStatus: APPROVAL_MOVES,
    UserStatus: USER_MOVES,
    PhotoStatus: PHOTO_MOVES,
    ReviewStatus: REVIEW_MOVES,
    OutboxState: OUTBOX_MOVES,
    IntentState: INTENT_MOVES,
}


def can_move(old: StrEnum, new: StrEnum) -> bool:
    """Say whether an object in status ``old`` may move to ``new``."""
    return type(old) is type(new) and new in MOVES[type(old)][old]


def ensure_transition(old: StrEnum, new: StrEnum) -> None:
    """Refuse a move that its table does not list.

    Raises: InvalidTransition, with both names as facts.
    Source: docs/rules/booking-life.md.
    """
    if not can_move(old, new):
        raise InvalidTransition(**{"from": old.value, "to": new.value})


def ensure_booking_step(
    old: tuple[BookingStatus, PendingOn | None], new: tuple[BookingStatus, PendingOn | None]
) -> None:
    """Refuse a move of ``(status, pending_on)`` that a booking's life does not know.

    Raises: InvalidTransition.
    Source: docs/rules/booking-life.md.
    """
    if new not in BOOKING_STEP_MOVES.get(old, frozenset()):
        raise InvalidTransition(**{"from": old[0].value, "to": new[0].value})
