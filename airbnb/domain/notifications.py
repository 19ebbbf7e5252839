"""What users are told about, and which of it they may switch off."""

from enum import StrEnum

from airbnb.domain.kinds import Channel


class NotificationKind(StrEnum):
    """One thing that a user is told; also the ``event`` of their preferences."""

    ACCOUNT_VERIFIED = "account_verified"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    EMAIL_CHANGED = "email_changed"
    NEW_SIGN_IN = "new_sign_in"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - the name of an event
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    PAYOUT_ACCOUNT_CHANGED = "payout_account_changed"
    BOOKING_REQUESTED = "booking_requested"
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_DECLINED = "booking_declined"
    BOOKING_EXPIRED = "booking_expired"
    BOOKING_CANCELED = "booking_canceled"
    BOOKING_COMPLETED = "booking_completed"
    CHECK_IN_REMINDER = "check_in_reminder"
    REQUEST_REMINDER = "request_reminder"
    REVIEW_REMINDER = "review_reminder"
    BOOKING_CHANGED = "booking_changed"
    CHANGE_REQUESTED = "change_requested"
    CHANGE_ANSWERED = "change_answered"
    BOOKING_NO_SHOW = "booking_no_show"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_RELEASED = "payment_released"
    PAYMENT_REFUNDED = "payment_refunded"
    REFUND_FAILED = "refund_failed"
    REFUND_DOUBLED = "refund_doubled"
    PAYOUT_HELD = "payout_held"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"
    DISPUTE = "dispute"
    REVIEW_RECEIVED = "review_received"
    REVIEW_PUBLISHED = "review_published"
    REVIEW_RESPONSE = "review_response"
    REVIEW_HIDDEN = "review_hidden"
    LISTING_DECISION = "listing_decision"
    FEED_CONFLICT = "feed_conflict"
    MESSAGE_RECEIVED = "message_received"
    PICTURE_REMOVED = "picture_removed"
    WEBHOOK_DISABLED = "webhook_disabled"


class Side(StrEnum):
    """From which end of a booking the reader looks at it."""

    GUEST = "guest"
    HOST = "host"


#: Told on every channel whatever the user prefers: they protect the account.
ALWAYS_TOLD = frozenset(
    {
        NotificationKind.PASSWORD_CHANGED,
        NotificationKind.EMAIL_CHANGED,
        NotificationKind.NEW_SIGN_IN,
        NotificationKind.TOKEN_REUSED,
        NotificationKind.SECOND_FACTOR_CHANGED,
        NotificationKind.PAYOUT_ACCOUNT_CHANGED,
    }
)
#: What the preferences list, in this order.
SWITCHABLE = tuple(kind for kind in NotificationKind if kind not in ALWAYS_TOLD)

#: Mails that can be stopped by one click from the mail itself: they remind, ask, or pass on words. What tells of an
#: agreement, of money or of something to answer is stopped in the settings alone, where it says what that means.
ONE_CLICK = frozenset(
    {
        NotificationKind.ACCOUNT_VERIFIED,
        NotificationKind.BOOKING_COMPLETED,
        NotificationKind.CHECK_IN_REMINDER,
        NotificationKind.REQUEST_REMINDER,
        NotificationKind.REVIEW_REMINDER,
        NotificationKind.REVIEW_RECEIVED,
        NotificationKind.REVIEW_PUBLISHED,
        NotificationKind.REVIEW_RESPONSE,
        NotificationKind.MESSAGE_RECEIVED,
    }
)


def is_wanted(kind: NotificationKind, channel: Channel, chosen: dict[tuple[str, Channel], bool]) -> bool:
    """Say whether a user is told on this channel; without a choice the answer is yes."""
    return kind in ALWAYS_TOLD or chosen.get((kind.value, channel), True)
