"""Shapes of signing in through a provider and of the identities that come of it."""

from marshmallow import Schema, fields, validate

from airbnb.domain.kinds import SignInProvider
from airbnb.schemas.auth import TOKEN_LENGTH
from airbnb.schemas.fields import Instant, text

URL_LENGTH = 2_000
#: PKCE's alphabet and lengths. Source: RFC 7636, 4.1 and 4.2.
VERIFIER = validate.Regexp(r"\A[A-Za-z0-9._~-]{43,128}\Z", error="Send 43 to 128 letters, digits and -._~")
CHALLENGE = validate.Regexp(r"\A[A-Za-z0-9_-]{43}\Z", error="Send the base64url of a SHA-256, unpadded.")


class OAuthStartQuery(Schema):
    """Query of GET /auth/oauth/{provider}."""

    redirect_uri = text(1, URL_LENGTH, required=True, metadata={"description": "Exactly one of OAUTH_REDIRECT_URIS"})
    code_challenge = fields.String(
        required=True, validate=CHALLENGE, metadata={"description": "PKCE, S256: base64url(SHA-256(code_verifier))"}
    )


class OAuthExchangeSchema(Schema):
    """Body of POST /auth/oauth/exchange."""

    code = text(1, TOKEN_LENGTH, required=True)
    code_verifier = fields.String(required=True, validate=VERIFIER)
    totp_code = text(1, 40, allow_none=True)


class IdentitySchema(Schema):
    """A provider through which the user signs in."""

    provider = fields.Enum(SignInProvider, by_value=True, required=True)
    email = fields.String(required=True, metadata={"description": "At the provider, when it was linked"})
    linked_at = Instant(required=True, attribute="created_at")
