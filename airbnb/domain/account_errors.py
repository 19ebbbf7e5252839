"""Refusals around accounts, sessions and one-time tokens."""

from airbnb.domain.errors import DomainError


class Unauthenticated(DomainError):
    """There is no token, or one that does not hold."""

    code = "unauthenticated"
    message = "Send a valid access token as Authorization: Bearer."


class AccountSuspended(DomainError):
    """Staff suspended the account."""

    code = "account_suspended"
    message = "This account is suspended. Please write to support."


class EmailNotVerified(DomainError):
    """The action needs a verified e-mail address."""

    code = "email_not_verified"
    message = "Verify your e-mail address first."


class EmailTaken(DomainError):
    """Somebody registered with this address before."""

    code = "email_taken"
    message = "This address already has an account. Sign in, or reset the password."


class InvalidCredentials(DomainError):
    """No account has this address with this password; which of the two is wrong stays unsaid."""

    code = "invalid_credentials"
    message = "The address or the password is wrong."


class TokenReused(DomainError):
    """A refresh token came a second time: its session has ended, because one of the two callers is a thief."""

    code = "token_reused"
    message = "This refresh token was used before. The session has ended; sign in again."


class InvalidToken(DomainError):
    """A one-time token is unknown, spent or too old."""

    code = "invalid_token"
    message = "This link is not valid any more. Ask for a new one."


class InvalidSignInCode(InvalidToken):
    """The code from a sign-in through a provider is unknown, spent or too old, or the verifier is another one's."""

    message = "This code is not valid any more, or was asked for by somebody else. Sign in again."


class LastSignInMethod(DomainError):
    """Without this provider the user could not sign in any more."""

    code = "last_sign_in_method"
    message = "This is the only way in that is left. Set a password or sign in through another provider first."


class TooManyTries(DomainError):
    """What can be guessed was tried too often; waiting helps."""

    code = "rate_limited"
    message = "That was tried too often. Wait a while and try again."


class TotpRequired(DomainError):
    """The account has a second factor, and its code was not sent."""

    code = "totp_required"
    message = "Send the code of your authenticator app, or a recovery code, as totp_code."


class TotpCodeWrong(DomainError):
    """The code is wrong, too old, or was used before."""

    code = "invalid_totp_code"
    message = "The code is wrong, too old, or was used before. Wait for the next one."


class TotpSetupRequired(DomainError):
    """Staff need a second factor before anything else."""

    code = "totp_setup_required"
    message = "Staff sign in with a second factor: set it up and confirm it first."


class TotpAlreadySetUp(DomainError):
    """A second factor is confirmed already; it must go before another can come."""

    code = "totp_already_set_up"
    message = "A second factor is set up already. Remove it first to set up another."


class StillObliged(DomainError):
    """An account can't be erased yet: stays or money are under way.

    Shape: ``obligations`` in words.
    """

    code = "still_obliged"
    message = "This account can't be erased yet: {obligations}."
