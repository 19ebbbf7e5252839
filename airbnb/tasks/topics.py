"""Which task handles which topic of the outbox."""

from airbnb.domain.topics import Topic

#: Topic to the name of the task that is called with the event's id.
HANDLERS: dict[Topic, str] = {
    Topic.MAIL_SEND: "mails.send",
    Topic.PHOTO_UPLOADED: "photos.make_sizes",
    Topic.USER_REGISTERED: "notifications.tell",
    Topic.USER_VERIFIED: "notifications.tell",
    Topic.EMAIL_VERIFICATION_ASKED: "notifications.tell",
    Topic.PASSWORD_RESET_ASKED: "notifications.tell",
    Topic.PASSWORD_CHANGED: "notifications.tell",
    Topic.BOOKING_REQUESTED: "notifications.tell",
    Topic.BOOKING_CONFIRMED: "notifications.tell",
    Topic.BOOKING_DECLINED: "notifications.tell",
    Topic.BOOKING_EXPIRED: "notifications.tell",
    Topic.BOOKING_CANCELED: "notifications.tell",
    Topic.BOOKING_COMPLETED: "notifications.tell",
    Topic.PAYMENT_RECEIVED: "notifications.tell",
    Topic.PAYMENT_FAILED: "notifications.tell",
    Topic.PAYMENT_REFUNDED: "notifications.tell",
    Topic.PAYOUT_PAID: "notifications.tell",
    Topic.PAYOUT_FAILED: "notifications.tell",
    Topic.REVIEW_RECEIVED: "notifications.tell",
    Topic.REVIEW_PUBLISHED: "notifications.tell",
    Topic.REVIEW_RESPONSE: "notifications.tell",
    Topic.LISTING_DECISION: "notifications.tell",
    Topic.WEBHOOK_RECEIVED: "payments.handle_webhook",
    Topic.MESSAGE_RECEIVED: "notifications.tell",
}
