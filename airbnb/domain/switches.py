"""What staff can stop in an emergency, and what stopping it means.

Source: docs/rules/switches.md.
"""

from enum import StrEnum

from airbnb.domain.errors import DomainError
from airbnb.domain.kinds import Provider

#: After so many seconds a caller may ask whether a thing goes on.
RETRY_AFTER_S = 60
JOB_PREFIX = "job:"


class Switch(StrEnum):
    """One thing that can be turned off."""

    NEW_BOOKINGS = "new_bookings"
    SIGN_UPS = "sign_ups"
    PAYOUTS = "payouts"
    MAIL = "mail"
    READ_ONLY = "read_only"
    STRIPE = "gateway_stripe"
    PAYPAL = "gateway_paypal"
    SANDBOX = "gateway_sandbox"


LABELS: dict[Switch, str] = {
    Switch.NEW_BOOKINGS: "New bookings",
    Switch.SIGN_UPS: "Sign-ups",
    Switch.PAYOUTS: "Payouts",
    Switch.MAIL: "Mail",
    Switch.READ_ONLY: "All changes",
    Switch.STRIPE: "Payments by Stripe",
    Switch.PAYPAL: "Payments by PayPal",
    Switch.SANDBOX: "Payments by the sandbox",
}
#: What happens while it is off, for the page on which staff confirm it.
EFFECTS: dict[Switch, tuple[str, ...]] = {
    Switch.NEW_BOOKINGS: (
        "Nobody can book; quotes and search go on, and so do bookings that stand.",
        "The API answers 503 with the code paused.",
    ),
    Switch.SIGN_UPS: ("Nobody can open an account; everybody with one can sign in.",),
    Switch.PAYOUTS: (
        "No money goes to hosts; what is due waits and is sent once payouts are on again.",
        "A payout that the provider has already cannot be called back.",
    ),
    Switch.MAIL: ("No mail goes out; each waits in the outbox and is sent later.",),
    Switch.READ_ONLY: (
        "Nothing can be changed through the API, and no task runs; signing in and reading go on.",
        "Providers' reports are refused with 503, and the providers send them again.",
        "The dashboard changes nothing but these switches.",
    ),
    **dict.fromkeys(
        (Switch.STRIPE, Switch.PAYPAL, Switch.SANDBOX),
        (
            "Guests cannot choose it; captures, refunds and payouts by it wait until it is on again.",
            "Its reports are still taken in.",
        ),
    ),
}


class Paused(DomainError):
    """Staff have stopped this for now."""

    code = "paused"
    message = "This is paused for the moment. Please try again later."

    def __init__(self, switch: Switch) -> None:
        super().__init__(paused=switch.value, retry_after_s=RETRY_AFTER_S)


def switch_of(provider: Provider) -> Switch:
    """Return the switch of a payment provider."""
    return Switch(f"gateway_{provider.value}")


def name_of_job(job: str) -> str:
    """Return the name under which a periodic job is paused."""
    return f"{JOB_PREFIX}{job}"
