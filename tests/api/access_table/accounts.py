"""Signing in, accounts and their profiles."""

from tests.api.access_table.rows import (
    ANYONE,
    NOBODY,
    SIGNED_IN,
    Row,
    only,
)

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
