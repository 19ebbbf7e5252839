"""People as providers of sign-in tell of them, why a sign-in can end without anybody, and the proof that ends it."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SUBJECT_LENGTH = 255
NAME_LENGTH = 80


class SignInProblem(StrEnum):
    """What a frontend reads in ``?error=`` when a sign-in through a provider ends without a code."""

    ACCESS_DENIED = "access_denied"  # the person said no at the provider
    INVALID_STATE = "invalid_state"  # not begun in this browser, begun too long ago, or another provider's answer
    PROVIDER_ERROR = "provider_error"  # the provider could not be reached, or its answer can't be used
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"  # too busy on our side; begin again
    EMAIL_MISSING = "email_missing"
    EMAIL_NOT_VERIFIED = "email_not_verified"  # the provider doesn't vouch for an address that has an account
    ACCOUNT_NOT_VERIFIED = "account_not_verified"  # the account's owner has not proved the address here
    IDENTITY_CONFLICT = "identity_conflict"  # the account is linked to somebody else at this provider
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_CLOSED = "account_closed"


class SignInRefused(Exception):
    """A sign-in through a provider ended without anybody; ``problem`` says why."""

    def __init__(self, problem: SignInProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderProfile:
    """Somebody at a provider; ``email_verified`` is whether the provider vouches for the address."""

    subject: str
    email: str | None
    email_verified: bool
    first_name: str
    last_name: str


def google_profile(claims: Mapping[str, Any]) -> ProviderProfile:
    """Read Google's userinfo, which is OpenID Connect's. Raises: SignInRefused without a usable subject."""
    return ProviderProfile(
        subject=_subject(claims.get("sub")),
        email=_text(claims.get("email")) or None,
        email_verified=claims.get("email_verified") is True,
        first_name=_name(claims.get("given_name") or claims.get("name")),
        last_name=_name(claims.get("family_name")),
    )


def facebook_profile(answer: Mapping[str, Any], *, trusts_email: bool) -> ProviderProfile:
    """Read Facebook's ``/me``, which doesn't say whether the address was proved: the operator decides what it is worth.

    Raises: SignInRefused without a usable subject.
    """
    return ProviderProfile(
        subject=_subject(answer.get("id")),
        email=_text(answer.get("email")) or None,
        email_verified=trusts_email,
        first_name=_name(answer.get("first_name") or answer.get("name")),
        last_name=_name(answer.get("last_name")),
    )


def s256(verifier: str) -> str:
    """Return the PKCE challenge of a verifier: base64url of its SHA-256, unpadded. Source: RFC 7636, 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def proves(verifier: str, challenge: str) -> bool:
    """Whether a verifier is the one that a challenge was made from."""
    return hmac.compare_digest(s256(verifier), challenge)


def _subject(value: Any) -> str:
    subject = _text(value)
    if not (subject.isascii() and 1 <= len(subject) <= SUBJECT_LENGTH):
        raise SignInRefused(SignInProblem.PROVIDER_ERROR)
    return subject


def _name(value: Any) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in _text(value))
    return " ".join(printable.split())[:NAME_LENGTH].strip()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
