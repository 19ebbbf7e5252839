"""Facts for every mail template and each of its ways: for the dashboard's preview, and for tests that compare words."""

from typing import Any

from airbnb.models.users import User

BOOKING: dict[str, Any] = {
    "booking_id": 1,
    "guest_id": 2,
    "host_id": 3,
    "code": "HMXK4T2Q9P",
    "listing_title": "A room with a view",
    "guest_name": "Grace",
    "host_name": "Hugo",
    "check_in": "2026-06-01",
    "check_out": "2026-06-04",
    "check_in_at": "2026-06-01T14:00:00+00:00",
    "check_out_at": "2026-06-04T10:00:00+00:00",
    "time_zone": "Europe/Lisbon",
    "nights": 3,
    "guests": 2,
    "total": {"amount_minor": 134_200, "currency": "EUR"},
    "host_payout": {"amount_minor": 129_100, "currency": "EUR"},
    "refund": None,
    "respond_by": "2026-05-02T12:00:00+00:00",
    "was_seen_by_host": True,
    "canceled_by": None,
    "reason": None,
    "version": 3,
}
CANCELED = {**BOOKING, "refund": {"amount_minor": 16_500, "currency": "EUR"}, "reason": "Change\nof plans"}
CHANGE = {
    **BOOKING,
    "asked_by": "guest",
    "was_check_in": "2026-06-02",
    "was_check_out": "2026-06-04",
    "more": {"amount_minor": 44_700, "currency": "EUR"},
    "less": None,
    "answer_by": "2026-05-02T12:00:00+00:00",
    "is_open": True,
}
CHEAPER = {**CHANGE, "more": None, "less": {"amount_minor": 11_400, "currency": "EUR"}}
PAID = {**BOOKING, "amount": {"amount_minor": 134_200, "currency": "EUR"}}
DISPUTE = {**PAID, "dispute_reason": "product not received", "evidence_due_at": "2026-05-09T12:00:00+00:00"}
REVIEW = {
    **BOOKING,
    "author_name": "Grace",
    "responder_name": "Hugo",
    "side": "guest",
    "rating": 5,
    "comment": "Lovely place.\nQuiet, and close to the river.",
    "response": "Thank you, come again!",
    "write_until": "2026-06-18T10:00:00+00:00",
}
PAYOUT = {
    "host_id": 3,
    "amount": {"amount_minor": 129_100, "currency": "EUR"},
    "stays": 2,
    "failure": "account closed",
    "is_permanent": True,
}
EXCHANGED = {
    **PAYOUT,
    "amount": {"amount_minor": 139_841, "currency": "USD"},
    "earned": {"amount_minor": 129_100, "currency": "EUR"},
    "exchange_rate": "1.0832",
    "exchange_rate_on": "2026-06-05",
}
DECISION = {"host_id": 3, "listing_title": "A room with a view", "decision": "published"}
SIGN_IN = {
    "user_id": 2,
    "device": "Mozilla/5.0 (X11; Linux x86_64)",
    "ip": "192.0.2.7",
    "at": "2026-05-02T12:00:00+00:00",
    "time_zone": "UTC",
}
CONFLICT = {**BOOKING, "feed_name": "Elsewhere", "event_from": "2026-06-03", "event_to": "2026-06-07"}
MESSAGE = {
    "conversation_id": 9,
    "listing_title": "A room with a view",
    "author_name": "Grace",
    "comment": "Hello!\nIs there a lift?",
    "picture_count": 0,
}

#: Name of the sample -> the template and its facts.
SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "verify_email": ("verify_email", {"token": "TOKEN"}),
    "password_reset": ("password_reset", {"token": "TOKEN"}),
    "password_changed": ("password_changed", {}),
    "email_change": ("email_change", {"token": "TOKEN"}),
    "email_changed": ("email_changed", {}),
    "new_sign_in": ("new_sign_in", SIGN_IN),
    "token_reused": ("token_reused", {**SIGN_IN, "device": ""}),
    "second_factor_on": ("second_factor_changed", {"decision": "on"}),
    "second_factor_off": ("second_factor_changed", {"decision": "off"}),
    "recovery_code_used": ("second_factor_changed", {"decision": "recovery_code"}),
    "payout_account_changed": ("payout_account_changed", {}),
    "account_closed": ("account_closed", {"erase_on": "2026-06-18"}),
    "export_ready": ("export_ready", {"expires_on": "2026-05-09"}),
    "account_verified": ("account_verified", {}),
    "booking_requested_guest": ("booking_requested_guest", BOOKING),
    "booking_requested_host": ("booking_requested_host", BOOKING),
    "booking_changed_guest": ("booking_changed_guest", {**CHEAPER, "is_open": False}),
    "booking_changed_host": ("booking_changed_host", {**CHANGE, "is_open": False}),
    "change_requested_guest": ("change_requested_guest", {**CHEAPER, "asked_by": "host"}),
    "change_requested_host": ("change_requested_host", CHANGE),
    **{
        f"change_{decision}": ("change_answered", {**CHANGE, "decision": decision})
        for decision in ("accepted", "declined", "withdrawn", "expired", "closed")
    },
    "booking_confirmed_guest": ("booking_confirmed_guest", BOOKING),
    "booking_confirmed_host": ("booking_confirmed_host", BOOKING),
    "booking_declined_guest": ("booking_declined_guest", {**BOOKING, "reason": "Under repair"}),
    "booking_declined_host": ("booking_declined_host", BOOKING),
    "booking_expired_guest": ("booking_expired_guest", BOOKING),
    "booking_expired_guest_unpaid": ("booking_expired_guest", {**BOOKING, "was_seen_by_host": False}),
    "booking_expired_host": ("booking_expired_host", BOOKING),
    "booking_canceled_guest_by_guest": ("booking_canceled_guest", {**CANCELED, "canceled_by": "guest"}),
    "booking_canceled_guest_by_host": ("booking_canceled_guest", {**CANCELED, "canceled_by": "host"}),
    "booking_canceled_guest_by_staff": ("booking_canceled_guest", {**BOOKING, "canceled_by": "staff"}),
    "booking_canceled_host_by_guest": ("booking_canceled_host", {**CANCELED, "canceled_by": "guest"}),
    "booking_canceled_host_by_host": ("booking_canceled_host", {**CANCELED, "canceled_by": "host"}),
    "booking_canceled_host_by_staff": ("booking_canceled_host", {**BOOKING, "canceled_by": "staff"}),
    "booking_completed_guest": ("booking_completed_guest", BOOKING),
    "booking_completed_host": ("booking_completed_host", BOOKING),
    "booking_no_show": ("booking_no_show", BOOKING),
    "check_in_reminder": ("check_in_reminder", BOOKING),
    "request_reminder": ("request_reminder", BOOKING),
    "review_reminder_guest": ("review_reminder", REVIEW),
    "review_reminder_host": ("review_reminder", {**REVIEW, "side": "host"}),
    "payment_received": ("payment_received", PAID),
    "payment_failed": ("payment_failed", PAID),
    "payment_released": ("payment_released", PAID),
    "payment_refunded": ("payment_refunded", PAID),
    "payment_refunded_by_transfer": ("payment_refunded", {**PAID, "by_transfer": True}),
    "refund_failed_guest": ("refund_failed", {**PAID, "side": "guest", "failure_code": "card closed"}),
    "refund_failed_staff": ("refund_failed", {**PAID, "side": "staff", "failure_code": "card closed"}),
    "refund_doubled": ("refund_doubled", {**PAID, "side": "staff", "decision": "doubled"}),
    "refund_doubled_came_back": ("refund_doubled", {**PAID, "side": "staff", "decision": "came_back"}),
    "payout_paid": ("payout_paid", PAYOUT),
    "payout_paid_in_another_currency": ("payout_paid", EXCHANGED),
    "payout_held_for_a_rate": ("payout_held", {**PAYOUT, "held_reasons": ["exchange_rate"]}),
    "payout_held": ("payout_held", {**PAYOUT, "held_reasons": ["dispute", "staff"]}),
    "payout_held_for_an_account": ("payout_held", {**PAYOUT, "held_reasons": ["account_missing"]}),
    "payout_failed": ("payout_failed", PAYOUT),
    "payout_failed_for_now": ("payout_failed", {**PAYOUT, "is_permanent": False}),
    "dispute_opened_host": ("dispute", {**DISPUTE, "decision": "opened", "side": "host"}),
    "dispute_opened_staff": ("dispute", {**DISPUTE, "decision": "opened", "side": "staff"}),
    "dispute_won": ("dispute", {**DISPUTE, "decision": "won", "side": "host"}),
    "dispute_lost_host": (
        "dispute",
        {**DISPUTE, "decision": "lost", "side": "host", "host_share": {"amount_minor": 9_700, "currency": "EUR"}},
    ),
    "dispute_lost": ("dispute", {**DISPUTE, "decision": "lost", "side": "staff"}),
    "review_received": ("review_received", REVIEW),
    "review_published_guest": ("review_published_guest", {**REVIEW, "author_name": "Hugo", "side": "host"}),
    "review_published_host": ("review_published_host", REVIEW),
    "review_response": ("review_response", REVIEW),
    "review_hidden": ("review_hidden", {**REVIEW, "hidden_reason": "It names the neighbour."}),
    "listing_published": ("listing_decision", DECISION),
    "listing_changes_requested": (
        "listing_decision",
        {**DECISION, "decision": "changes_requested", "reason_code": "photos", "reason": "More pictures, please."},
    ),
    "listing_suspended": ("listing_decision", {**DECISION, "decision": "suspended", "reason": "Reports of guests."}),
    "listing_paused": ("listing_decision", {**DECISION, "decision": "paused"}),
    "feed_conflict": ("feed_conflict", CONFLICT),
    "message_received": ("message_received", MESSAGE),
    "message_received_pictures": ("message_received", {**MESSAGE, "comment": "", "picture_count": 3}),
    "picture_removed": ("picture_removed", {**MESSAGE, "reason": "It shows somebody's phone number."}),
    "webhook_disabled": ("webhook_disabled", {"endpoint": "hooks.example.com"}),
}


def sample_reader(**columns: Any) -> User:
    """Return somebody who gets mail; not in the database."""
    return User(**({"id": 2, "email": "grace@example.test", "first_name": "Grace", "locale": "en"} | columns))
