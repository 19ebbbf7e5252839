"""Topics of the outbox: what happened, or what is to be done outside, after a change was committed."""

from enum import StrEnum


class Topic(StrEnum):
    """One kind of outbox event; ``tasks/topics.py`` names the task that handles it."""

    MAIL_SEND = "mail.send"
    PHOTO_UPLOADED = "photo.uploaded"
    USER_VERIFIED = "user.verified"
    EMAIL_VERIFICATION_ASKED = "user.email_verification_asked"
    PASSWORD_RESET_WANTED = "user.password_reset_wanted"  # noqa: S105 - the name of an event; 0 for an unknown address
    PASSWORD_RESET_ASKED = "user.password_reset_asked"  # noqa: S105 - the name of an event
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - the name of an event
    EMAIL_CHANGE_ASKED = "user.email_change_asked"
    EMAIL_CHANGED = "user.email_changed"
    NEW_SIGN_IN = "user.new_sign_in"  # about a session
    TOKEN_REUSED = "user.token_reused"  # noqa: S105 - the name of an event, about a session
    SECOND_FACTOR_CHANGED = "user.second_factor_changed"
    ACCOUNT_CLOSED = "user.account_closed"
    EXPORT_ASKED = "user.export_asked"  # about an export
    EXPORT_READY = "user.export_ready"  # about an export
    FILES_ORPHANED = "files.orphaned"
    BOOKING_REQUESTED = "booking.requested"
    BOOKING_CONFIRMED = "booking.confirmed"
    BOOKING_DECLINED = "booking.declined"
    BOOKING_EXPIRED = "booking.expired"
    BOOKING_CANCELED = "booking.canceled"
    BOOKING_COMPLETED = "booking.completed"
    CHECK_IN_NEAR = "booking.check_in_near"
    REQUEST_WAITS = "booking.request_waits"
    REVIEW_DUE = "booking.review_due"
    BOOKING_CHANGED = "booking.changed"  # about a change
    CHANGE_REQUESTED = "change.requested"
    CHANGE_ANSWERED = "change.answered"
    BOOKING_NO_SHOW = "booking.no_show"
    PAYMENT_RECEIVED = "payment.received"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_RELEASED = "payment.released"
    PAYMENT_REFUNDED = "payment.refunded"
    REFUND_FAILED = "refund.failed"
    REFUND_DOUBLED = "refund.doubled"  # about the one that arrived late, or the one of two that came back
    PAYOUT_HELD = "payout.held"
    PAYOUT_PAID = "payout.paid"
    PAYOUT_FAILED = "payout.failed"
    DISPUTE_MOVED = "dispute.moved"  # about a dispute: it was opened, won or lost
    PAYOUT_ACCOUNT_CHANGED = "user.payout_account_changed"
    REVIEW_RECEIVED = "review.received"
    REVIEW_PUBLISHED = "review.published"
    REVIEW_RESPONSE = "review.response"
    REVIEW_HIDDEN = "review.hidden"
    LISTING_DECISION = "listing.decision"
    FEED_CONFLICT = "calendar.feed_conflict"  # about a conflict
    MESSAGE_RECEIVED = "message.received"
    PICTURE_REMOVED = "message.picture_removed"  # about a picture
    WEBHOOK_DISABLED = "webhook.endpoint_disabled"  # about an endpoint of an integrator
    WEBHOOK_RECEIVED = "webhook.received"
    JOB_WANTED = "job.wanted"  # about no row: the payload names the job
