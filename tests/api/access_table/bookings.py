"""Quotes, bookings, their changes and payments."""

from tests.api.access_table.rows import (
    ANYONE,
    GUEST_OF_STAY,
    GUESTS,
    HOST_OF_STAY,
    HOSTS,
    PARTIES,
    SIGNED_IN,
    STAFF,
    Row,
    only,
)

STAY = "/bookings/<string:key>"
AT_STAY = "/bookings/{booking}"
CHANGE = f"{STAY}/changes/<id:change_id>"
AT_CHANGE = "/bookings/{booking}/changes/{change}"
OTHER_DATES = {"check_in": "2027-01-01", "check_out": "2027-01-03", "guests": {"adults": 1}}
CHOICE = {"payment_method": "sandbox", "payment_token": "tok_ok"}

BOOKINGS = [
    Row("POST /bookings", SIGNED_IN, send={"json": {}}),
    Row("GET /bookings", SIGNED_IN),
    Row(f"GET {STAY}", PARTIES | STAFF, AT_STAY),
    Row(f"GET {STAY}/cancellation", PARTIES | STAFF, f"{AT_STAY}/cancellation"),
    Row(f"POST {STAY}/pay", GUEST_OF_STAY, f"{AT_STAY}/pay", lacking=only("host") | STAFF, send={"json": CHOICE}),
    Row(f"POST {STAY}/accept", HOST_OF_STAY, f"{AT_STAY}/accept", lacking=only("guest") | STAFF),
    Row(f"POST {STAY}/decline", HOST_OF_STAY, f"{AT_STAY}/decline", lacking=only("guest") | STAFF, send={"json": {}}),
    Row(f"GET {STAY}/receipt", only("guest", "finance", "admin"), f"{AT_STAY}/receipt", lacking=only("host")),
    Row(
        f"POST {STAY}/no-show",
        HOST_OF_STAY | only("support", "admin"),
        f"{AT_STAY}/no-show",
        lacking=only("guest"),
    ),
    Row(
        f"POST {STAY}/cancel",
        PARTIES | only("support", "admin"),
        f"{AT_STAY}/cancel",
        send={"json": {"expected_refund": {"amount": "1.00", "currency": "EUR"}}},
    ),
    Row(f"GET {STAY}/changes", PARTIES | STAFF, f"{AT_STAY}/changes"),
    Row(
        f"POST {STAY}/changes/preview", PARTIES, f"{AT_STAY}/changes/preview", lacking=STAFF, send={"json": OTHER_DATES}
    ),
    Row(f"POST {STAY}/changes", PARTIES, f"{AT_STAY}/changes", lacking=STAFF, send={"json": OTHER_DATES}),
    Row(f"GET {CHANGE}", PARTIES | STAFF, AT_CHANGE),
    *(
        Row(f"POST {CHANGE}/{verb}", PARTIES, f"{AT_CHANGE}/{verb}", lacking=STAFF)
        for verb in ("accept", "decline", "withdraw")
    ),
    Row(
        "POST /bookings/<string:booking_key>/review",
        PARTIES,
        f"{AT_STAY}/review",
        send={"json": {"rating": 5, "comment": "A fine place to stay, thank you."}},
    ),
    Row("GET /payments", SIGNED_IN),
    Row("GET /payments/<id:payment_id>", only("guest", "finance", "admin"), "/payments/{payment}"),
    Row("POST /payments/<id:payment_id>/sync", only("guest"), "/payments/{payment}/sync"),
    Row("GET /payouts", HOSTS, refused=403),
    Row(
        "GET /payouts/<id:payout_id>",
        only("host", "finance", "admin"),
        "/payouts/{payout}",
        lacking=GUESTS | {"support"},
    ),
    Row("GET /users/me/earnings", HOSTS, "/users/me/earnings", refused=403),
    Row("GET /users/me/statements", HOSTS, refused=403),
    Row("GET /users/me/statements.csv", HOSTS, refused=403),
    Row(
        "GET /bookings/<string:booking_key>/statement",
        only("finance", "admin"),
        "/bookings/{booking}/statement",
        refused=403,
    ),
    Row("GET /users/me/payout-account", HOSTS, refused=403, answers=frozenset({200, 404})),
    Row("PUT /users/me/payout-account", HOSTS, refused=403, send={"json": {}}),
    Row("POST /users/me/payout-account/onboarding-link", HOSTS, refused=403, answers=frozenset({404, 409})),
    Row("POST /webhooks/sandbox", ANYONE),
    Row("POST /webhooks/stripe", ANYONE, answers=frozenset({404})),  # Stripe is not set up
    Row("POST /webhooks/paypal", ANYONE, answers=frozenset({404})),  # PayPal is not set up
    Row("POST /webhooks/sendgrid", ANYONE, answers=frozenset({404})),  # no key is set
    Row("POST /webhooks/mailgun", ANYONE, answers=frozenset({404})),
    Row(
        "POST /sandbox/payments/<id:payment_id>/events",
        only("guest"),
        "/sandbox/payments/{payment}/events",
        send={"json": {"type": "payment.captured"}},
    ),
    Row(
        f"POST /sandbox{STAY}/advance", PARTIES, "/sandbox/bookings/{booking}/advance", send={"json": {"to": "expiry"}}
    ),
]
