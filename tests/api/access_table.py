"""Who may call what: one row a route, written by hand from the contract, and what everybody else is answered.

Objects belong to ``guest`` or ``host``; ``other_guest`` and ``other_host`` have the same roles and own nothing of it.
"""

from dataclasses import dataclass
from typing import Any

GUESTS = frozenset({"guest", "other_guest"})
HOSTS = frozenset({"host", "other_host"})
STAFF = frozenset({"support", "finance", "admin"})
SIGNED_IN = GUESTS | HOSTS | STAFF
ANYONE = SIGNED_IN | {"anonymous"}
NOBODY: frozenset[str] = frozenset()
ACTORS = (*sorted(ANYONE), "suspended")

#: What somebody who may is answered: the thing itself, or that the request as sent makes no sense.
LET_IN = frozenset({200, 201, 202, 204, 302, 304, 400, 409, 412, 422})


def only(*names: str) -> frozenset[str]:
    """Return a set of actors."""
    assert ANYONE >= set(names), names
    return frozenset(names)


@dataclass(frozen=True)
class Row:
    """One route, an address of it in the world of the matrix, and the answers."""

    #: Method and rule, as Flask has them, without ``/api/v1``.
    route: str
    may: frozenset[str]
    #: Where to call; words in braces name objects of the world. The rule itself unless given.
    at: str = ""
    #: What those get who are signed in and may not.
    refused: int = 404
    #: Those who are answered 403 though others get ``refused``: they lack the role, whoever owns the thing.
    lacking: frozenset[str] = NOBODY
    #: Body, form or query.
    send: Any = None
    answers: frozenset[int] = LET_IN
    #: What those get who are not signed in, unless they may.
    anonymous: int = 401
    suspended: int = 403

    def expected(self, actor: str) -> frozenset[int]:
        """Return the statuses that an actor may be answered."""
        if actor == "suspended":
            return self.answers if self in PAGES else frozenset({self.suspended})
        if actor in self.may:
            return self.answers
        if actor == "anonymous":
            return frozenset({self.anonymous})
        return frozenset({403 if actor in self.lacking else self.refused})


GUEST_OF_STAY = only("guest")
HOST_OF_STAY = only("host")
PARTIES = only("guest", "host")
NOT_HOSTS = SIGNED_IN - HOSTS
OWNER = only("host")
LISTING = "/listings/<id:listing_id>"
AT_LISTING = "/listings/{listing}"
AT_ENDPOINT = "/webhook-endpoints/{endpoint}"
AT_DRAFT = "/listings/{draft}"

ACCOUNTS = [
    Row("GET /config", ANYONE),
    Row("POST /auth/register", ANYONE, send={"json": {}}),
    Row("POST /auth/login", ANYONE, send={"json": {}}),
    Row("POST /auth/refresh", NOBODY, refused=401, suspended=401),  # an access token is none
    Row("POST /auth/logout", SIGNED_IN),
    Row("POST /auth/verify-email", ANYONE, send={"json": {}}),
    Row("POST /auth/verify-email/resend", SIGNED_IN),
    Row("POST /auth/password/forgot", ANYONE, send={"json": {}}),
    Row("POST /auth/password/reset", ANYONE, send={"json": {}}),
    Row("POST /auth/password/change", SIGNED_IN, send={"json": {}}),
    Row("POST /auth/email/change", SIGNED_IN, send={"json": {}}),
    Row("POST /auth/email/confirm", ANYONE, send={"json": {}}),
    Row("POST /auth/totp/setup", SIGNED_IN),
    Row("POST /auth/totp/confirm", SIGNED_IN, send={"json": {}}),
    Row("DELETE /auth/totp", NOBODY, send={"json": {}}),  # nobody has a second factor
    Row("GET /auth/oauth/<string:provider>", ANYONE, "/auth/oauth/google", answers=frozenset({422})),
    Row("GET /auth/oauth/<string:provider>/callback", ANYONE, "/auth/oauth/google/callback", answers=frozenset({404})),
    Row("POST /auth/oauth/exchange", ANYONE, send={"json": {}}),
    Row("GET /auth/sessions", SIGNED_IN),
    Row("DELETE /auth/sessions/<id:session_id>", only("guest"), "/auth/sessions/{session}"),
    Row("GET /users/me", SIGNED_IN),
    Row("PATCH /users/me", SIGNED_IN, send={"json": {}}),
    Row("DELETE /users/me", SIGNED_IN),
    Row("PUT /users/me/avatar", SIGNED_IN, send={"photo": True}),
    Row("DELETE /users/me/avatar", SIGNED_IN),
    Row("POST /users/me/exports", SIGNED_IN),
    Row("GET /users/me/exports/<id:export_id>", only("guest"), "/users/me/exports/{export}"),
    Row("POST /users/me/host", SIGNED_IN),
    Row("GET /users/me/counters", SIGNED_IN),
    Row("GET /users/me/identities", SIGNED_IN),
    Row("DELETE /users/me/identities/<string:provider>", NOBODY, "/users/me/identities/google"),  # nobody has one
    Row("GET /users/<id:user_id>", ANYONE, "/users/{host}"),
    Row("GET /users/me/notification-preferences", SIGNED_IN),
    Row("PUT /users/me/notification-preferences", SIGNED_IN, send={"json": {}}),
]

LISTINGS = [
    Row("GET /listings", ANYONE),
    Row("GET /listings/map", ANYONE),
    Row("GET /listings/facets", ANYONE),
    Row("GET /amenities", ANYONE),
    Row("GET /property-types", ANYONE),
    Row("GET /currencies", ANYONE),
    Row("GET /places", ANYONE, "/places?q=li"),
    Row("POST /listings", HOSTS, refused=403, send={"json": {}}),
    Row("GET /users/me/listings", HOSTS, refused=403),
    Row(f"GET {LISTING}", ANYONE, AT_LISTING),
    Row(f"GET {LISTING}", OWNER | STAFF, AT_DRAFT, anonymous=404),
    Row(f"PATCH {LISTING}", OWNER, AT_LISTING, refused=403, send={"json": {}}),
    Row(f"PATCH {LISTING}", OWNER, AT_DRAFT, lacking=NOT_HOSTS, send={"json": {}}),
    Row(f"DELETE {LISTING}", OWNER, AT_LISTING, refused=403),
    Row(f"DELETE {LISTING}", OWNER, AT_DRAFT, lacking=NOT_HOSTS),
    Row(f"POST {LISTING}/publish", OWNER, f"{AT_LISTING}/publish", refused=403),
    Row(f"POST {LISTING}/publish", OWNER, f"{AT_DRAFT}/publish", lacking=NOT_HOSTS),
    Row(f"POST {LISTING}/unpublish", OWNER, f"{AT_LISTING}/unpublish", refused=403),
    Row(f"GET {LISTING}/completeness", OWNER, f"{AT_LISTING}/completeness", refused=403),
    Row(f"GET {LISTING}/calendar", ANYONE, f"{AT_LISTING}/calendar"),
    Row(f"GET {LISTING}/calendar", OWNER | STAFF, f"{AT_DRAFT}/calendar", anonymous=404),
    Row(
        f"PUT {LISTING}/calendar",
        OWNER,
        f"{AT_LISTING}/calendar",
        refused=403,
        send={"json": {"ranges": [{"from": "2027-01-01", "to": "2027-01-03", "note": "x"}]}},
    ),
    Row(f"GET {LISTING}/calendar.ics", NOBODY, f"{AT_LISTING}/calendar.ics?token=guessed", anonymous=404),
    Row(f"POST {LISTING}/calendar-token", OWNER, f"{AT_LISTING}/calendar-token", refused=403),
    Row(f"GET {LISTING}/calendar-feeds", OWNER, f"{AT_LISTING}/calendar-feeds", refused=403),
    Row(
        f"POST {LISTING}/calendar-feeds",
        OWNER,
        f"{AT_LISTING}/calendar-feeds",
        refused=403,
        send={"json": {"name": "Mine", "url": "http://127.0.0.1/x.ics"}},
    ),
    Row(f"DELETE {LISTING}/calendar-feeds/<id:feed_id>", OWNER, f"{AT_LISTING}/calendar-feeds/{{feed}}", refused=403),
    Row(
        f"POST {LISTING}/calendar-feeds/<id:feed_id>/sync",
        OWNER,
        f"{AT_LISTING}/calendar-feeds/{{feed}}/sync",
        refused=403,
    ),
    Row(f"GET {LISTING}/calendar-conflicts", OWNER, f"{AT_LISTING}/calendar-conflicts", refused=403),
    Row(
        "POST /calendar-conflicts/<id:conflict_id>/resolve",
        OWNER,
        "/calendar-conflicts/{conflict}/resolve",
        lacking=NOT_HOSTS,
    ),
    Row(f"GET {LISTING}/seasons", OWNER, f"{AT_LISTING}/seasons", refused=403),
    Row(f"PUT {LISTING}/seasons", OWNER, f"{AT_LISTING}/seasons", refused=403, send={"json": []}),
    Row(f"GET {LISTING}/promotions", OWNER, f"{AT_LISTING}/promotions", refused=403),
    Row(f"PUT {LISTING}/promotions", OWNER, f"{AT_LISTING}/promotions", refused=403, send={"json": []}),
    Row(f"POST {LISTING}/report", SIGNED_IN, f"{AT_LISTING}/report", send={"json": {"reason_code": "scam"}}),
    Row("POST /users/<id:user_id>/report", SIGNED_IN, "/users/{guest}/report", send={"json": {"reason_code": "scam"}}),
    Row("GET /users/me/calendar", HOSTS, refused=403),
    Row("GET /users/me/listings.csv", HOSTS, refused=403),
    Row(f"GET {LISTING}/calendar.csv", OWNER, f"{AT_LISTING}/calendar.csv", refused=403),
    Row(f"GET {LISTING}/quote", ANYONE, f"{AT_LISTING}/quote"),
    Row(f"POST {LISTING}/photos", OWNER, f"{AT_LISTING}/photos", refused=403, send={"photo": True}),
    Row(
        f"POST {LISTING}/photos/uploads",
        OWNER,
        f"{AT_LISTING}/photos/uploads",
        refused=403,
        send={"json": {"content_type": "image/png", "size": 100}},
    ),
    Row(  # an upload of nobody
        f"POST {LISTING}/photos/uploads/<upload_id>/complete",
        NOBODY,
        f"{AT_LISTING}/photos/uploads/1-1-x/complete",
        lacking=NOT_HOSTS,
        send={"json": {}},
    ),
    Row(f"PATCH {LISTING}/photos", OWNER, f"{AT_LISTING}/photos", refused=403, send={"json": {"order": ["1"]}}),
    Row(
        f"PATCH {LISTING}/photos/<id:photo_id>",
        OWNER,
        f"{AT_LISTING}/photos/{{photo}}",
        refused=403,
        send={"json": {"caption": "x"}},
    ),
    Row(f"DELETE {LISTING}/photos/<id:photo_id>", OWNER, f"{AT_LISTING}/photos/{{photo}}", refused=403),
    Row(f"GET {LISTING}/reviews", ANYONE, f"{AT_LISTING}/reviews"),
    Row(f"POST {LISTING}/conversations", SIGNED_IN, f"{AT_LISTING}/conversations", send={"json": {}}),
    Row(f"POST {LISTING}/conversations", NOBODY, f"{AT_DRAFT}/conversations", send={"json": {"message": "A cot?"}}),
]

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

PEOPLE = [
    Row("GET /reviews/<id:review_id>", ANYONE, "/reviews/{review}"),
    Row("GET /reviews/<id:review_id>", only("guest"), "/reviews/{hidden_review}", anonymous=404),
    Row("PATCH /reviews/<id:review_id>", only("guest"), "/reviews/{hidden_review}", send={"json": {"rating": 4}}),
    Row("PATCH /reviews/<id:review_id>", only("guest"), "/reviews/{review}", refused=403, send={"json": {"rating": 4}}),
    Row(
        "POST /reviews/<id:review_id>/response",
        only("host"),
        "/reviews/{review}/response",
        refused=403,
        send={"json": {"text": "Come again any time, dear guest."}},
    ),
    Row(
        "POST /reviews/<id:review_id>/report",
        SIGNED_IN - only("guest"),
        "/reviews/{review}/report",
        refused=422,
        send={"json": {"reason_code": "offensive"}},
    ),
    Row("GET /users/<id:user_id>/reviews", ANYONE, "/users/{host}/reviews"),
    Row("GET /users/me/reviews", SIGNED_IN),
    Row("GET /webhook-endpoints", HOSTS | STAFF, refused=403),
    Row("POST /webhook-endpoints", HOSTS | STAFF, refused=403, send={"json": {}}),
    Row("PATCH /webhook-endpoints/<id:endpoint_id>", OWNER, AT_ENDPOINT, lacking=GUESTS, send={"json": {}}),
    Row("DELETE /webhook-endpoints/<id:endpoint_id>", OWNER, AT_ENDPOINT, lacking=GUESTS),
    Row(
        "POST /webhook-endpoints/<id:endpoint_id>/rotate-secret", OWNER, f"{AT_ENDPOINT}/rotate-secret", lacking=GUESTS
    ),
    Row("GET /webhook-endpoints/<id:endpoint_id>/deliveries", OWNER, f"{AT_ENDPOINT}/deliveries", lacking=GUESTS),
    Row(
        "POST /webhook-deliveries/<id:delivery_id>/resend",
        OWNER,
        "/webhook-deliveries/{delivery}/resend",
        lacking=GUESTS,
    ),
    Row("GET /wishlists", SIGNED_IN),
    Row("POST /wishlists", SIGNED_IN, send={"json": {"name": "Summer"}}),
    Row("GET /wishlists/<id:wishlist_id>", only("guest"), "/wishlists/{wishlist}"),
    Row("PATCH /wishlists/<id:wishlist_id>", only("guest"), "/wishlists/{wishlist}", send={"json": {"name": "Autumn"}}),
    Row("DELETE /wishlists/<id:wishlist_id>", only("guest"), "/wishlists/{wishlist}"),
    Row(
        "PUT /wishlists/<id:wishlist_id>/listings/<id:listing_id>",
        only("guest"),
        "/wishlists/{wishlist}/listings/{listing}",
    ),
    Row(
        "DELETE /wishlists/<id:wishlist_id>/listings/<id:listing_id>",
        only("guest"),
        "/wishlists/{wishlist}/listings/{listing}",
    ),
    Row("GET /conversations", SIGNED_IN),
    Row("GET /conversations/<id:conversation_id>", PARTIES, "/conversations/{conversation}"),
    Row("GET /conversations/<id:conversation_id>/messages", PARTIES, "/conversations/{conversation}/messages"),
    Row(
        "POST /conversations/<id:conversation_id>/messages",
        PARTIES,
        "/conversations/{conversation}/messages",
        send={"json": {"text": "Hello"}},
    ),
    Row(
        "POST /conversations/<id:conversation_id>/attachments",
        PARTIES,
        "/conversations/{conversation}/attachments",
        send={"photo": True},
    ),
    Row(
        "DELETE /conversations/<id:conversation_id>/attachments/<id:attachment_id>",
        only("guest"),
        "/conversations/{conversation}/attachments/{attachment}",
    ),
    Row(
        "POST /conversations/<id:conversation_id>/read",
        PARTIES,
        "/conversations/{conversation}/read",
        send={"json": {}},
    ),
    Row(
        "POST /messages/<id:message_id>/report",
        PARTIES,
        "/messages/{message}/report",
        send={"json": {"reason_code": "spam"}},
        answers=LET_IN | {422},
    ),
    Row("GET /notifications", SIGNED_IN),
    Row("POST /notifications/<id:notification_id>/read", only("guest"), "/notifications/{notification}/read"),
    Row("POST /notifications/read-all", SIGNED_IN),
    Row("POST /notifications/stream-ticket", SIGNED_IN),
    # A stream that opens does not end; what a good ticket or token opens is in tests/api/test_streams.py.
    Row("GET /notifications/stream", NOBODY, send={"query_string": {"ticket": "nobodys"}}, refused=401),
]

API = [*ACCOUNTS, *LISTINGS, *BOOKINGS, *PEOPLE]

#: Pages and probes outside the API know no users, so everybody is answered the same.
PAGES = [
    Row("GET /healthz", ANYONE),
    Row("GET /readyz", ANYONE),
    Row("GET /metrics", ANYONE, answers=frozenset({404})),
    Row("GET /openapi.json", ANYONE, "/api/v1/openapi.json"),
    Row("GET /docs", ANYONE, "/api/v1/docs"),
    Row("GET /docs/assets/<path:name>", ANYONE, "/api/v1/docs/assets/index.css"),
    Row("GET /static/<path:filename>", ANYONE, "/static/icon.svg"),
    Row("GET /files/<path:key>", ANYONE, "/files/no/such/file", answers=frozenset({404})),
    Row("PUT /files/<path:key>", ANYONE, "/files/not/signed", answers=frozenset({403, 404})),
    Row("GET /downloads/<id:export_id>/<secret>", ANYONE, "/downloads/{export}/guessed", answers=frozenset({404})),
    Row(
        "GET /attachments/<id:attachment_id>/<size>/<secret>",
        ANYONE,
        "/attachments/{attachment}/small/guessed",
        answers=frozenset({404}),
    ),
    Row("GET /unsubscribe/<string:token>", ANYONE, "/unsubscribe/guessed", answers=frozenset({404})),
    Row("POST /unsubscribe/<string:token>", ANYONE, "/unsubscribe/guessed", answers=frozenset({404})),
    Row("GET /mailbox", ANYONE),
    Row("GET /mailbox/<name>", ANYONE, "/mailbox/none", answers=frozenset({404})),
    Row("GET /mailbox/<name>/html", ANYONE, "/mailbox/none/html", answers=frozenset({404})),
    Row("GET /sandbox/approve/<string:provider_ref>", ANYONE, "/sandbox/approve/none", answers=frozenset({404})),
    Row(
        "POST /sandbox/approve/<string:provider_ref>/<any(yes, no):answer>",
        ANYONE,
        "/sandbox/approve/none/yes",
        answers=frozenset({404}),
    ),
]

#: The dashboard's views and actions; strangers are sent to the sign-in.
DASHBOARD: dict[str, frozenset[str]] = {
    "users": STAFF,
    "listings": STAFF,
    "bookings": STAFF,
    "payments": only("finance", "admin"),
    "payouts": only("finance", "admin"),
    "refunds": only("finance", "admin"),
    "payout-holds": only("finance", "admin"),
    "approvals": only("finance", "admin"),
    "disputes": only("finance", "admin"),
    "differences": only("finance", "admin"),
    "reviews": STAFF,
    "audit": STAFF,
    "reports": only("support", "admin"),
    "pictures": only("support", "admin"),
    "conversations": only("support", "admin"),
    "feeds": STAFF,
    "conflicts": STAFF,
    "taxes": only("finance", "admin"),
    "coupons": only("finance", "admin"),
    "rates": only("finance", "admin"),
    "mails": STAFF,
    "mail-reports": STAFF,
    "suppressions": STAFF,
    "amenities": STAFF,
    "roles": STAFF,
    "sessions": STAFF,
    "ledger": only("finance", "admin"),
    "entries": only("finance", "admin"),
    "intents": only("finance", "admin"),
    "provider-events": only("finance", "admin"),
    "notifications": STAFF,
    "runs": only("admin"),
    "outbox": STAFF,
    "webhook-endpoints": STAFF,
    "webhook-deliveries": STAFF,
}
#: Pages that are no lists.
DASHBOARD_PAGES: dict[str, frozenset[str]] = {
    "admin": STAFF,
    "policies": STAFF,
    "operations": only("admin"),
}
ACTIONS: dict[str, frozenset[str]] = {
    "users/suspend": only("support", "admin"),
    "users/reinstate": only("support", "admin"),
    "users/end-sessions": only("support", "admin"),
    "users/reset-second-factor": only("support", "admin"),
    "users/close": only("admin"),
    "users/erase": only("admin"),
    "listings/approve": only("support", "admin"),
    "listings/ask-for-changes": only("support", "admin"),
    "listings/take-down": only("support", "admin"),
    "listings/reinstate": only("support", "admin"),
    "suppressions/allow": only("support", "admin"),
    "reports/handle": only("support", "admin"),
    "pictures/take-down": only("support", "admin"),
    "reviews/hide": only("support", "admin"),
    "reviews/unhide": only("support", "admin"),
    "bookings/waive-penalty": only("finance", "admin"),
    "bookings/cancel": only("support", "admin"),
    "approvals/approve": only("finance", "admin"),
    "approvals/reject": only("finance", "admin"),
    "payouts/pay-by-hand": only("finance", "admin"),
    "payout-holds/release": only("finance", "admin"),
    "bookings/no-show": only("support", "admin"),
    "bookings/extend-hold": only("support", "admin"),
    "bookings/resend-mail": only("support", "admin"),
    "bookings/retry-payout": only("finance", "admin"),
    "taxes/retire": only("finance", "admin"),
    "coupons/retire": only("finance", "admin"),
    "outbox/resend": only("admin"),
    "webhook-deliveries/resend": only("admin"),
}
